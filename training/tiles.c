// Matrix products and causal attention for one core with AMX, whose tiles multiply 16 rows of 32 numbers with 32 rows of
// 16. Of attention's squares of scores, nothing leaves the cache. Compiled together with `kernels.c`; see `kernels.py`.
//
// A tile on the left has rows as they lie. One on the right has pairs of rows side by side, so what stands there is
// laid out first: `across` for products with the transpose of some rows, `paired` for products with the rows themselves.
#if defined(__AMX_BF16__) && defined(__AVX512BF16__)
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef uint16_t bf16;
enum { SIZE = 64, BLOCK = 32, TILE = 512 };  // numbers of a head, rows taken at once, numbers of a tile
enum { ASK_FOR_STATE = 0x1023, TILE_STATE = 18 };  // of arch_prctl

#define LOG2E 1.44269504f
#define NEVER 1e30f  // of a score so far below the others nothing is left; infinities may not occur under -ffast-math

static inline __m512 two_to(__m512 x) {  // x <= 0 or little above; off by 4e-6 at most
    __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), r = _mm512_sub_ps(x, whole);
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(0.00967346f), r, _mm512_set1_ps(0.05550410f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.24022651f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.69314718f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(p, whole);
}

static inline __m512 wide16(const bf16 *x) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)x)), 16));
}

static inline __m256i narrow16(__m512 x) { return (__m256i)_mm512_cvtneps_pbh(x); }

static inline __m512i side_by_side(__m256i first, __m256i second) {
    return _mm512_or_si512(_mm512_cvtepu16_epi32(first), _mm512_slli_epi32(_mm512_cvtepu16_epi32(second), 16));
}

#define COUNTED _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

static inline void transpose(__m512i r[16]) {  // 16 rows of 16 words of 32 bits
    __m512i t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int k = 0; k < 2; k++) {
            r[i + 2 * k] = _mm512_unpacklo_epi64(t[i + k], t[i + k + 2]);
            r[i + 2 * k + 1] = _mm512_unpackhi_epi64(t[i + k], t[i + k + 2]);
        }
    for (int i = 0; i < 16; i += 8)
        for (int k = 0; k < 4; k++) {
            t[i + k] = _mm512_shuffle_i32x4(r[i + k], r[i + k + 4], 0x88);
            t[i + k + 4] = _mm512_shuffle_i32x4(r[i + k], r[i + k + 4], 0xdd);
        }
    for (int k = 0; k < 8; k++) {
        r[k] = _mm512_shuffle_i32x4(t[k], t[k + 8], 0x88);
        r[k + 8] = _mm512_shuffle_i32x4(t[k], t[k + 8], 0xdd);
    }
}

// [rows, width] -> for each 16 rows `width / 32` tiles to multiply with their transpose
static void lay_across(const bf16 *rows, bf16 *out, long count, long width) {
    for (long n = 0; n < count; n += 16)
        for (long part = 0; part < width; part += 32, out += TILE) {
            __m512i r[16];
            for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_si512(rows + (n + i) * width + part);
            transpose(r);
            for (int i = 0; i < 16; i++) _mm512_storeu_si512(out + 32 * i, r[i]);
        }
}

static inline __m512i row_or_none(const bf16 *rows, long n, long count, long width) {
    return n < count ? _mm512_loadu_si512(rows + n * width) : _mm512_setzero_si512();
}

// [rows, width] -> for each 32 rows `width / 16` tiles to multiply with them; noughts where rows are missing
static void lay_paired(const bf16 *rows, bf16 *out, long count, long width) {
    const __m512i low = _mm512_add_epi32(_mm512_set1_epi32(32 << 16), _mm512_mullo_epi32(_mm512_set1_epi32(0x10001), COUNTED));
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(0x100010));
    for (long n = 0; n < count; n += BLOCK)
        for (long part = 0; part < width; part += 32, out += 2 * TILE)
            for (int i = 0; i < 16; i++) {
                __m512i first = row_or_none(rows + part, n + 2 * i, count, width), second = row_or_none(rows + part, n + 2 * i + 1, count, width);
                _mm512_storeu_si512(out + 32 * i, _mm512_permutex2var_epi16(first, low, second));
                _mm512_storeu_si512(out + TILE + 32 * i, _mm512_permutex2var_epi16(first, high, second));
            }
}

// [rows, width] -> the transpose as tiles to stand on the left: for each 16 of `width` one for each 32 rows, noughts where rows are missing
static void lay_upright(const bf16 *rows, bf16 *out, long count, long width) {
    const __m512i even = _mm512_add_epi32(_mm512_set1_epi32(2 << 16), _mm512_mullo_epi32(_mm512_set1_epi32(0x40004), COUNTED));
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(0x10001));
    long steps = (count + 31) / 32;
    for (long n = 0; n < steps; n++)
        for (long part = 0; part < width; part += 32) {
            __m512i upper[16], lower[16];
            for (int i = 0; i < 16; i++) {
                upper[i] = row_or_none(rows + part, 32 * n + i, count, width);
                lower[i] = row_or_none(rows + part, 32 * n + 16 + i, count, width);
            }
            transpose(upper);
            transpose(lower);
            for (int i = 0; i < 16; i++) {
                bf16 *to = out + ((part / 16 + i / 8) * steps + n) * TILE + 64 * (i % 8);
                _mm512_storeu_si512(to, _mm512_permutex2var_epi16(upper[i], even, lower[i]));
                _mm512_storeu_si512(to + 32, _mm512_permutex2var_epi16(upper[i], odd, lower[i]));
            }
        }
}

// what `lay_across` made -> the transpose itself, [64, rows]
static void lay_over(const bf16 *across, bf16 *out, long count) {
    for (long n = 0; n < count; n += 16)
        for (int half = 0; half < 2; half++, across += TILE)
            for (int i = 0; i < 16; i++) {
                __m512i pair = _mm512_loadu_si512(across + 32 * i);
                bf16 *to = out + (32 * half + 2 * i) * count + n;
                _mm256_storeu_si256((__m256i *)to, _mm512_cvtepi32_epi16(pair));
                _mm256_storeu_si256((__m256i *)(to + count), _mm512_cvtepi32_epi16(_mm512_srli_epi32(pair, 16)));
            }
}

// Rows of one head, every `stride` numbers, turned by the angles of their places; noughts up to `padded`.
static void take(const bf16 *from, long stride, const float *cosine, const float *sine, float scale, bf16 *to, long length, long padded) {
    for (long t = 0; t < length; t++, from += stride, to += SIZE) {
        if (!cosine) {
            memcpy(to, from, SIZE * sizeof(bf16));
            continue;
        }
        for (int i = 0; i < 32; i += 16) {
            __m512 by = _mm512_set1_ps(scale), first = wide16(from + i) * by, second = wide16(from + i + 32) * by;
            __m512 c = _mm512_loadu_ps(cosine + 32 * t + i), s = _mm512_loadu_ps(sine + 32 * t + i);
            _mm256_storeu_si256((__m256i *)(to + i), narrow16(first * c - second * s));
            _mm256_storeu_si256((__m256i *)(to + i + 32), narrow16(second * c + first * s));
        }
    }
    memset(to, 0, (padded - length) * SIZE * sizeof(bf16));
}

// One row of gradients back to where `take` had it from.
static void give_back(const float *from, const float *cosine, const float *sine, float scale, bf16 *to) {
    for (int i = 0; i < 32; i += 16) {
        __m512 by = _mm512_set1_ps(scale), first = _mm512_loadu_ps(from + i) * by, second = _mm512_loadu_ps(from + i + 32) * by;
        __m512 c = _mm512_loadu_ps(cosine + i), s = _mm512_loadu_ps(sine + i);
        _mm256_storeu_si256((__m256i *)(to + i), narrow16(first * c + second * s));
        _mm256_storeu_si256((__m256i *)(to + i + 32), narrow16(second * c - first * s));
    }
}

// out [32, 32] = `steps` products of two tiles on the left, `a` and what is `lower` beyond it, and two on the right.
static inline void multiply(const bf16 *a, long a_stride, long lower, long a_step, const bf16 *b0, const bf16 *b1, long b_step, long steps, float *out,
                            long out_stride) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (long n = 0; n < steps; n++, a += a_step, b0 += b_step, b1 += b_step) {
        _tile_loadd(4, a, a_stride * 2);
        _tile_loadd(6, b0, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b1, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + lower, a_stride * 2);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, out, out_stride * 4);
    _tile_stored(1, out + 16, out_stride * 4);
    _tile_stored(2, out + 16 * out_stride, out_stride * 4);
    _tile_stored(3, out + 16 * out_stride + 16, out_stride * 4);
}

// The same of rows as they lie.
static inline void multiply_rows(const bf16 *a, long stride, const bf16 *b0, const bf16 *b1, long b_step, long steps, float *out, long out_stride) {
    multiply(a, stride, 16 * stride, 32, b0, b1, b_step, steps, out, out_stride);
}

static void begin(void) {
    static const struct { uint8_t palette, start, none[14]; uint16_t bytes[16]; uint8_t rows[16]; } eight = {
        .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    static int asked;
    if (!asked) asked = syscall(SYS_arch_prctl, ASK_FOR_STATE, TILE_STATE) == 0;
    _tile_loadconfig(&eight);
}

static void *room(long bytes) {  // kept for the next call
    static __thread void *held;
    static __thread long size;
    if (bytes > size) {
        free(held);
        held = aligned_alloc(64, size = (bytes + 4095) / 4096 * 4096);
    }
    return held;
}

static inline void *cut(char **from, long bytes) {
    void *part = *from;
    *from += (bytes + 63) / 64 * 64;
    return part;
}

static inline void store_square(const float *square, bf16 *to, long stride) {
    for (int row = 0; row < BLOCK; row++, square += BLOCK, to += stride)
        _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(square + 16), _mm512_loadu_ps(square)));
}

static inline long last_square(long start, long count) { return start + BLOCK <= count ? start : count - BLOCK; }

// y [rows, outputs] = x [rows, inputs] times the transpose of w [outputs, inputs]. At least 32 rows; outputs and inputs come in 32s.
void product(const bf16 *x, const bf16 *w, bf16 *y, long rows, long outputs, long inputs) {
    bf16 *across = room(outputs * inputs * sizeof(bf16));
    float square[BLOCK * BLOCK] __attribute__((aligned(64)));
    lay_across(w, across, outputs, inputs);
    begin();
    for (long start = 0; start < rows; start += BLOCK) {
        long m = last_square(start, rows);
        for (long n = 0; n < outputs; n += BLOCK) {
            multiply_rows(x + m * inputs, inputs, across + n * inputs, across + (n + 16) * inputs, TILE, inputs / 32, square, BLOCK);
            store_square(square, y + m * outputs + n, outputs);
        }
    }
    _tile_release();
}

// The gradients of x and w, given that of y.
void product_back(const bf16 *x, const bf16 *w, const bf16 *dy, bf16 *dx, bf16 *dw, long rows, long outputs, long inputs) {
    long steps = (rows + 31) / 32, tiles = inputs / 16;
    char *left = room((outputs * inputs + 32 * steps * (inputs + outputs)) * sizeof(bf16) + 256);
    bf16 *w_paired = cut(&left, outputs * inputs * 2), *x_paired = cut(&left, 32 * steps * inputs * 2), *upright = cut(&left, 32 * steps * outputs * 2);
    float square[BLOCK * BLOCK] __attribute__((aligned(64)));
    lay_paired(w, w_paired, outputs, inputs);
    lay_paired(x, x_paired, rows, inputs);
    lay_upright(dy, upright, rows, outputs);
    begin();
    for (long start = 0; start < rows; start += BLOCK) {
        long m = last_square(start, rows);
        for (long k = 0; k < tiles; k += 2) {
            multiply_rows(dy + m * outputs, outputs, w_paired + k * TILE, w_paired + (k + 1) * TILE, tiles * TILE, outputs / 32, square, BLOCK);
            store_square(square, dx + m * inputs + 16 * k, inputs);
        }
    }
    for (long n = 0; n < outputs; n += BLOCK)
        for (long k = 0; k < tiles; k += 2) {
            multiply(upright + n / 16 * steps * TILE, 32, steps * TILE, TILE, x_paired + k * TILE, x_paired + (k + 1) * TILE, tiles * TILE, steps, square, BLOCK);
            store_square(square, dw + n * inputs + 16 * k, inputs);
        }
    _tile_release();
}

// qkv [batch, length, 3, heads, 64] -> out [batch, length, heads, 64]; `sums` [batch, heads, length] keeps the logarithms
// (to the base of two) of what each row's exponentials come to.
void attention(const bf16 *qkv, const float *cosine, const float *sine, bf16 *out, float *sums, long batch, long length, long heads) {
    long padded = (length + BLOCK - 1) / BLOCK * BLOCK, width = heads * SIZE, bytes = padded * SIZE * sizeof(bf16);
    char *left = room(5 * bytes + BLOCK * padded * 6 + BLOCK * SIZE * 4 + 1024);
    bf16 *q = cut(&left, bytes), *rows = cut(&left, bytes), *k = cut(&left, bytes), *v = cut(&left, bytes), *p = cut(&left, BLOCK * padded * 2);
    float *scores = cut(&left, BLOCK * padded * 4), *sum = cut(&left, BLOCK * SIZE * 4);
    begin();
    for (long b = 0; b < batch; b++)
        for (long h = 0; h < heads; h++) {
            const bf16 *from = qkv + b * length * 3 * width + h * SIZE;
            take(from, 3 * width, cosine, sine, 0.125f, q, length, padded);
            take(from + width, 3 * width, cosine, sine, 1.0f, rows, length, padded);
            lay_across(rows, k, padded, SIZE);
            take(from + 2 * width, 3 * width, NULL, NULL, 1.0f, rows, length, padded);
            lay_paired(rows, v, padded, SIZE);
            for (long start = 0; start < length; start += BLOCK) {
                long end = start + BLOCK, blocks = end / BLOCK;
                for (long j = 0; j < blocks; j++) multiply_rows(q + start * SIZE, SIZE, k + 4 * j * TILE, k + (4 * j + 2) * TILE, TILE, 2, scores + 32 * j, padded);
                float part[BLOCK];
                for (long row = 0; row < BLOCK; row++) {
                    float *s = scores + row * padded;
                    bf16 *to = p + row * padded;
                    for (long i = start; i < end; i += 16) {  // what comes later is not seen
                        long seen = start + row + 1 - i;
                        __mmask16 hidden = seen >= 16 ? 0 : seen <= 0 ? 0xffff : (__mmask16)(0xffff << seen);
                        _mm512_storeu_ps(s + i, _mm512_mask_mov_ps(_mm512_loadu_ps(s + i), hidden, _mm512_set1_ps(-NEVER)));
                    }
                    __m512 most = _mm512_loadu_ps(s), all = _mm512_setzero_ps();
                    for (long i = 16; i < end; i += 16) most = _mm512_max_ps(most, _mm512_loadu_ps(s + i));
                    float highest = _mm512_reduce_max_ps(most) * LOG2E;
                    __m512 less = _mm512_set1_ps(highest);
                    for (long i = 0; i < end; i += 16) {
                        __m512 e = two_to(_mm512_fmsub_ps(_mm512_loadu_ps(s + i), _mm512_set1_ps(LOG2E), less));
                        all = _mm512_add_ps(all, e);
                        _mm256_storeu_si256((__m256i *)(to + i), narrow16(e));
                    }
                    float total = _mm512_reduce_add_ps(all);
                    part[row] = 1 / total;
                    if (start + row < length) sums[(b * heads + h) * length + start + row] = highest + log2f(total);
                }
                for (int half = 0; half < 2; half++) multiply_rows(p, padded, v + 2 * half * TILE, v + (2 * half + 1) * TILE, 4 * TILE, blocks, sum + 32 * half, SIZE);
                for (long row = 0; row < BLOCK && start + row < length; row++)
                    for (int i = 0; i < SIZE; i += 16) {
                        __m512 x = _mm512_loadu_ps(sum + row * SIZE + i) * _mm512_set1_ps(part[row]);
                        _mm256_storeu_si256((__m256i *)(out + (b * length + start + row) * width + h * SIZE + i), narrow16(x));
                    }
            }
        }
    _tile_release();
}

// The gradient of qkv, given that of `out`.
void attention_back(const bf16 *qkv, const float *cosine, const float *sine, const bf16 *out, const float *sums, const bf16 *d_out, bf16 *d, long batch, long length,
                    long heads) {
    long padded = (length + BLOCK - 1) / BLOCK * BLOCK, width = heads * SIZE, bytes = padded * SIZE * sizeof(bf16), blocks = padded / BLOCK;
    char *left = room(9 * bytes + BLOCK * padded * 4 + padded * padded * 2 + 4 * BLOCK * SIZE * 4 + 2 * padded * 4 + 2048);
    bf16 *rows = cut(&left, bytes), *k = cut(&left, bytes), *v = cut(&left, bytes), *k_over = cut(&left, bytes);
    bf16 *q_across = cut(&left, bytes), *q_paired = cut(&left, bytes), *c_across = cut(&left, bytes), *c_paired = cut(&left, bytes);
    bf16 *p = cut(&left, BLOCK * padded * 2), *ds = cut(&left, BLOCK * padded * 2), *ds_paired = cut(&left, padded * padded * 2);
    float *s = cut(&left, BLOCK * BLOCK * 4), *dp = cut(&left, BLOCK * BLOCK * 4), *sum = cut(&left, BLOCK * SIZE * 4), *turned = cut(&left, BLOCK * SIZE * 4);
    float *log = cut(&left, padded * 4), *mean = cut(&left, padded * 4);
    begin();
    for (long b = 0; b < batch; b++)
        for (long h = 0; h < heads; h++) {
            const bf16 *from = qkv + b * length * 3 * width + h * SIZE;
            bf16 *to = d + b * length * 3 * width + h * SIZE;
            take(from + width, 3 * width, cosine, sine, 1.0f, k, length, padded);
            lay_across(k, rows, padded, SIZE);
            lay_over(rows, k_over, padded);
            take(from + 2 * width, 3 * width, NULL, NULL, 1.0f, v, length, padded);
            take(from, 3 * width, cosine, sine, 0.125f, rows, length, padded);
            lay_across(rows, q_across, padded, SIZE);
            lay_paired(rows, q_paired, padded, SIZE);
            take(d_out + b * length * width + h * SIZE, width, NULL, NULL, 1.0f, rows, length, padded);
            lay_across(rows, c_across, padded, SIZE);
            lay_paired(rows, c_paired, padded, SIZE);
            for (long t = 0; t < padded; t++) {
                __m512 along = _mm512_setzero_ps();
                if (t < length)
                    for (int i = 0; i < SIZE; i += 16) along += wide16(rows + t * SIZE + i) * wide16(out + (b * length + t) * width + h * SIZE + i);
                mean[t] = _mm512_reduce_add_ps(along);
                log[t] = t < length ? sums[(b * heads + h) * length + t] : NEVER;
            }
            for (long j = 0; j < blocks; j++) {  // keys; squares have a row for each key and a column for each query
                long queries = blocks - j;
                for (long i = j; i < blocks; i++) {
                    multiply_rows(k + j * BLOCK * SIZE, SIZE, q_across + 4 * i * TILE, q_across + (4 * i + 2) * TILE, TILE, 2, s, BLOCK);
                    multiply_rows(v + j * BLOCK * SIZE, SIZE, c_across + 4 * i * TILE, c_across + (4 * i + 2) * TILE, TILE, 2, dp, BLOCK);
                    for (int part = 0; part < 2; part++) {
                        long at = i * BLOCK + 16 * part;
                        bf16 *tile = ds_paired + (j * 2 * blocks + 2 * i + part) * TILE;
                        __m512 less = _mm512_loadu_ps(log + at), middle = _mm512_loadu_ps(mean + at);
                        __m256i before = _mm256_setzero_si256();
                        for (int row = 0; row < BLOCK; row++) {
                            __m512 e = two_to(_mm512_fmsub_ps(_mm512_loadu_ps(s + row * BLOCK + 16 * part), _mm512_set1_ps(LOG2E), less));
                            if (i == j) {  // no query sees a later key
                                int later = row - 16 * part;
                                e = _mm512_maskz_mov_ps(later <= 0 ? 0xffff : later >= 16 ? 0 : (__mmask16)(0xffff << later), e);
                            }
                            __m512 change = e * (_mm512_loadu_ps(dp + row * BLOCK + 16 * part) - middle);
                            __m256i small = narrow16(change);
                            long place = row * padded + (i - j) * BLOCK + 16 * part;
                            _mm256_storeu_si256((__m256i *)(p + place), narrow16(e));
                            _mm256_storeu_si256((__m256i *)(ds + place), small);
                            if (row % 2) _mm512_storeu_si512(tile + 16 * (row - 1), side_by_side(before, small));
                            before = small;
                        }
                    }
                }
                long first = j * BLOCK, last = first + BLOCK < length ? first + BLOCK : length;
                for (int half = 0; half < 2; half++)
                    multiply_rows(p, padded, c_paired + (4 * j + 2 * half) * TILE, c_paired + (4 * j + 2 * half + 1) * TILE, 4 * TILE, queries, sum + 32 * half, SIZE);
                for (long t = first; t < last; t++)
                    for (int i = 0; i < SIZE; i += 16)
                        _mm256_storeu_si256((__m256i *)(to + t * 3 * width + 2 * width + i), narrow16(_mm512_loadu_ps(sum + (t - first) * SIZE + i)));
                for (int half = 0; half < 2; half++)
                    multiply_rows(ds, padded, q_paired + (4 * j + 2 * half) * TILE, q_paired + (4 * j + 2 * half + 1) * TILE, 4 * TILE, queries, sum + 32 * half, SIZE);
                for (long t = first; t < last; t++) give_back(sum + (t - first) * SIZE, cosine + 32 * t, sine + 32 * t, 1.0f, to + t * 3 * width + width);
            }
            for (long i = 0; i < blocks; i++) {
                long first = i * BLOCK, last = first + BLOCK < length ? first + BLOCK : length;
                for (int half = 0; half < 2; half++)  // the transpose of the gradient, [64, 32 queries]
                    multiply_rows(k_over + 32 * half * padded, padded, ds_paired + 2 * i * TILE, ds_paired + (2 * i + 1) * TILE, 2 * blocks * TILE, i + 1, turned + half * BLOCK * 32, BLOCK);
                for (int high = 0; high < SIZE; high += 16)
                    for (int right = 0; right < BLOCK; right += 16) {
                        __m512i r[16];
                        for (int n = 0; n < 16; n++) r[n] = _mm512_loadu_si512(turned + (high + n) * BLOCK + right);
                        transpose(r);
                        for (int n = 0; n < 16; n++) _mm512_storeu_si512(sum + (right + n) * SIZE + high, r[n]);
                    }
                for (long t = first; t < last; t++) give_back(sum + (t - first) * SIZE, cosine + 32 * t, sine + 32 * t, 0.125f, to + t * 3 * width);
            }
        }
    _tile_release();
}
#endif
