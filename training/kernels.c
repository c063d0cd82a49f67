// What stands between the matrix products of a step, for one core: each row is read and written once.
// `kernels.py` compiles this with -O3 -march=native -ffast-math, so that loops over a row become vector instructions.
#include <stdint.h>
#include <string.h>

typedef uint16_t bf16;

static inline float wide(bf16 x) {
    uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline bf16 narrow(float x) {  // to the nearest
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return (bf16)((bits + 0x8000) >> 16);
}

static inline float exponential(float x) {  // two to a whole number times a polynomial; 1e-38 and 1e38 at the ends
    float t = __builtin_fminf(__builtin_fmaxf(x * 1.44269504f, -126.0f), 126.0f);
    int whole = (int)(t + 126.5f) - 126;
    float r = (t - (float)whole) * 0.69314718f;
    float p = 1.0f + r * (1.0f + r * (0.5f + r * (0.16666667f + r * (0.041666667f + r * 0.0083333333f))));
    uint32_t bits = (uint32_t)(whole + 127) << 23;
    float scale;
    memcpy(&scale, &bits, 4);
    return p * scale;
}

static inline float scale_of(const float *restrict x, long width, float eps) {
    float square = 0;
    for (long i = 0; i < width; i++) square += x[i] * x[i];
    return 1.0f / __builtin_sqrtf(square / (float)width + eps);
}

// total = x + added, normed = total / its root mean square * weight
void add_norm(const float *restrict x, const bf16 *restrict added, const float *restrict weight, float *restrict total, bf16 *restrict normed, long rows, long width,
              float eps) {
    for (long n = 0; n < rows; n++, x += width, added += width, total += width, normed += width) {
        for (long i = 0; i < width; i++) total[i] = x[i] + wide(added[i]);
        float scale = scale_of(total, width, eps);
        for (long i = 0; i < width; i++) normed[i] = narrow(total[i] * scale * weight[i]);
    }
}

// `d` becomes the gradient of x and (as `d_added`) of what was added; that of the weight is added to `d_weight`.
void add_norm_back(const bf16 *restrict d_normed, const float *restrict d_total, const float *restrict total, const float *restrict weight, float *restrict d,
                   bf16 *restrict d_added, float *restrict d_weight, long rows, long width, float eps) {
    for (long n = 0; n < rows; n++, d_normed += width, d_total += width, total += width, d += width, d_added += width) {
        float scale = scale_of(total, width, eps), along = 0;
        for (long i = 0; i < width; i++) {
            float unit = total[i] * scale, change = wide(d_normed[i]);
            d_weight[i] += change * unit;
            along += change * weight[i] * unit;
        }
        along /= (float)width;
        for (long i = 0; i < width; i++) {
            d[i] = d_total[i] + scale * (wide(d_normed[i]) * weight[i] - along * total[i] * scale);
            d_added[i] = narrow(d[i]);
        }
    }
}

// [rows, 2 * width] -> [rows, width]: the second half through the gate of the first, x * sigmoid(x).
void gated(const bf16 *restrict x, bf16 *restrict out, long rows, long width) {
    for (long n = 0; n < rows; n++, x += 2 * width, out += width)
        for (long i = 0; i < width; i++) {
            float gate = wide(x[i]);
            out[i] = narrow(gate / (1.0f + exponential(-gate)) * wide(x[width + i]));
        }
}

void gated_back(const bf16 *restrict x, const bf16 *restrict d_out, bf16 *restrict d, long rows, long width) {
    for (long n = 0; n < rows; n++, x += 2 * width, d += 2 * width, d_out += width)
        for (long i = 0; i < width; i++) {
            float gate = wide(x[i]), change = wide(d_out[i]), open = 1.0f / (1.0f + exponential(-gate));
            d[i] = narrow(change * wide(x[width + i]) * open * (1.0f + gate * (1.0f - open)));
            d[width + i] = narrow(change * gate * open);
        }
}

// The surprise at each target; `sums` keeps the logarithm of what the exponentials come to.
void surprise(const bf16 *restrict logits, const int64_t *restrict targets, float *restrict losses, float *restrict sums, long rows, long width) {
    for (long n = 0; n < rows; n++) {
        const bf16 *restrict x = logits + n * width;
        float most = -3e38f, sum = 0;
        for (long i = 0; i < width; i++) most = __builtin_fmaxf(most, wide(x[i]));
        for (long i = 0; i < width; i++) sum += exponential(wide(x[i]) - most);
        sums[n] = most + __builtin_logf(sum);
        losses[n] = sums[n] - wide(x[targets[n]]);
    }
}

void surprise_back(const bf16 *restrict logits, const int64_t *restrict targets, const float *restrict sums, const float *restrict d_losses, bf16 *restrict d, long rows,
                   long width) {
    for (long n = 0; n < rows; n++) {
        const bf16 *restrict x = logits + n * width;
        bf16 *restrict y = d + n * width;
        for (long i = 0; i < width; i++) y[i] = narrow(d_losses[n] * exponential(wide(x[i]) - sums[n]));
        y[targets[n]] = narrow(d_losses[n] * (exponential(wide(x[targets[n]]) - sums[n]) - 1.0f));
    }
}

// What lies in `changes` is added to `gradients`.
void collect(const bf16 *restrict changes, float *restrict gradients, long count) {
    for (long i = 0; i < count; i++) gradients[i] += wide(changes[i]);
}
