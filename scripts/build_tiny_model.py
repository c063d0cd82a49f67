"""Build a tiny but real language model for tests: a llama-architecture GGUF with seeded random weights.

    python scripts/build_tiny_model.py PATH

It generates noise (broken UTF-8 included), which is what tests of plumbing need: the tokenizer, the chat template, the
sampler, grammars and batching are the engine's real ones. Needs the packages `gguf` and `tokenizers`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

CONTROL = ["<unk>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
USER_DEFINED = ["<tool_call>", "</tool_call>", "<think>", "</think>"]
CONTEXT_LENGTH, VOCABULARY, WIDTH, LAYERS, HEADS, FEED_FORWARD = 4096, 384, 64, 2, 4, 128

# ChatML with tools as Hermes and Qwen 2.5 write them.
CHAT_TEMPLATE = r"""
{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\n\n' }}
    {%- endif %}
    {{- "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n" }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant' }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for call in message.tool_calls %}
            {{- '\n<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}
            {{- call.function.arguments if call.function.arguments is string else call.function.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == 'tool' %}
        {%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' + message.content + '\n</tool_response>' }}
        {%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""  # noqa: E501

CORPUS = [
    "Hello world, how are you today? I am fine, thank you. What is the weather in Tokyo and in Paris?",
    "The quick brown fox jumps over the lazy dog. One two three four five six seven eight nine ten.",
    '{"name": "get_weather", "arguments": {"city": "Tokyo", "unit": "celsius"}} true false null 0 1 2 3.14',
]


def _tokenizer() -> tuple[list[str], list[str]]:
    """The vocabulary in id order and the merges of a byte-level BPE, trained on a few sentences."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=CONTROL + USER_DEFINED,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = sorted(model["vocab"], key=model["vocab"].get)
    return vocabulary, [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]


def build(
    path: Path,
    width: int = WIDTH,
    layers: int = LAYERS,
    *,
    chat_template: str = CHAT_TEMPLATE,
    tags_are_control: bool = False,
) -> None:
    """Write the model to `path`, atomically: about 0.5 MB unless it is made larger. The same call, the same weights.

    `tags_are_control`: the tags of tool calls and reasoning are control tokens, as some models have them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".gguf.part")
    os.close(handle)
    try:
        _write(temporary, width, layers, chat_template, CONTROL + USER_DEFINED if tags_are_control else CONTROL)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _write(path: str, width: int, layers: int, chat_template: str, control: list[str]) -> None:
    feed_forward = width * FEED_FORWARD // WIDTH
    vocabulary, merges = _tokenizer()
    kinds = dict.fromkeys(USER_DEFINED, gguf.TokenType.USER_DEFINED) | dict.fromkeys(control, gguf.TokenType.CONTROL)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT_LENGTH)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(width // HEADS)
    writer.add_vocab_size(len(vocabulary))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types([int(kinds.get(token, gguf.TokenType.NORMAL)) for token in vocabulary])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(vocabulary.index("<|endoftext|>"))
    writer.add_eos_token_id(vocabulary.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(chat_template)

    random = np.random.default_rng(0)

    def weight(name: str, *shape: int) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) * 0.5 / np.sqrt(shape[-1])).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(width, np.float32))

    weight("token_embd.weight", len(vocabulary), width)
    for layer in range(layers):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weight(f"blk.{layer}.{part}.weight", width, width)
        weight(f"blk.{layer}.ffn_gate.weight", feed_forward, width)
        weight(f"blk.{layer}.ffn_up.weight", feed_forward, width)
        weight(f"blk.{layer}.ffn_down.weight", width, feed_forward)
        ones(f"blk.{layer}.attn_norm.weight")
        ones(f"blk.{layer}.ffn_norm.weight")
    ones("output_norm.weight")
    weight("output.weight", len(vocabulary), width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--width", type=int, default=WIDTH, help="a multiple of the number of heads, times two")
    arguments.add_argument("--layers", type=int, default=LAYERS)
    asked = arguments.parse_args()
    build(asked.path, asked.width, asked.layers)
