"""Writes a checkpoint as a GGUF file that llama.cpp loads as an ordinary Llama."""

from __future__ import annotations

import argparse
from pathlib import Path

import gguf
import numpy as np
import torch
from tokenizers import Tokenizer

from .render import TEMPLATE
from .tokenizer import CONTROL, END, PAD, TEXT_TOKENS, merges_of

NAME = "homeport-small"
#: our name in a block -> llama.cpp's
TENSORS = {
    "attn_norm": "attn_norm", "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output",
    "ffn_norm": "ffn_norm", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}  # fmt: skip


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """In the rotary embedding we pair row i with row i + half, llama.cpp neighbouring rows: only the order differs."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def convert(checkpoint: Path, target: Path, kind: str = "q8_0") -> None:
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    config, weights = state["config"], {name: value.float().numpy() for name, value in state["model"].items()}
    tokenizer = Tokenizer.from_file(str(checkpoint.with_name("tokenizer.json")))
    heads = config["dim"] // config["head_dim"]
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_name(NAME)
    writer.add_description("Homeport's small demo and test model; see MODEL_CARD.md")
    writer.add_license("Apache-2.0")
    writer.add_vocab_size(config["vocab"])
    writer.add_context_length(config["context"])
    writer.add_embedding_length(config["dim"])
    writer.add_block_count(config["layers"])
    writer.add_feed_forward_length(config["ffn"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["theta"])
    writer.add_layer_norm_rms_eps(config["eps"])
    add_tokenizer(writer, tokenizer)
    # One table is read and is the output: there the norm makes up for its loudness.
    weights["embed.weight"] *= config["loudness"]
    weights["norm.weight"] /= config["loudness"]
    add_weights(writer, weights, config["layers"], heads, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    vocab = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    # <tool_call> and the like are text to the reader of an answer, so they must not be hidden as control tokens are
    types = [
        gguf.TokenType.CONTROL
        if text in CONTROL
        else gguf.TokenType.USER_DEFINED
        if text in TEXT_TOKENS
        else gguf.TokenType.NORMAL
        for text, _ in vocab
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([text for text, _ in vocab])
    writer.add_token_types(types)
    writer.add_token_merges(merges_of(tokenizer))
    writer.add_eos_token_id(tokenizer.token_to_id(END))
    writer.add_eot_token_id(tokenizer.token_to_id(END))  # else llama.cpp takes whichever it meets first
    writer.add_pad_token_id(tokenizer.token_to_id(PAD))
    writer.add_bos_token_id(tokenizer.token_to_id(PAD))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE.read_text())


def add_weights(writer: gguf.GGUFWriter, weights: dict[str, np.ndarray], layers: int, heads: int, kind: str) -> None:
    def add(name: str, value: np.ndarray) -> None:
        value = np.ascontiguousarray(value, dtype=np.float32)
        if value.ndim == 1:
            writer.add_tensor(name, value)
        elif kind == "q8_0":
            quantised = gguf.quants.quantize(value, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, quantised, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, value.astype(np.float16 if kind == "f16" else np.float32))

    add("token_embd.weight", weights["embed.weight"])  # also the output: the two are tied
    add("output_norm.weight", weights["norm.weight"])
    for layer in range(layers):
        for ours, theirs in TENSORS.items():
            value = weights[f"blocks.{layer}.{ours}.weight"]
            add(f"blk.{layer}.{theirs}.weight", interleave(value, heads) if ours in ("q", "k") else value)
    file_type = {
        "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
        "f16": gguf.LlamaFileType.MOSTLY_F16,
        "f32": gguf.LlamaFileType.ALL_F32,
    }[kind]
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path("training/build/checkpoint.pt"))
    parser.add_argument("--out", type=Path, default=Path("homeport/models/homeport-small.gguf"))
    parser.add_argument("--kind", choices=("q8_0", "f16", "f32"), default="q8_0")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    convert(options.checkpoint, options.out, options.kind)


if __name__ == "__main__":
    main()
