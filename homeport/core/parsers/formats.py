"""How a model writes: which tool-call family and which reasoning tags, read off its chat template."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Family: TypeAlias = Literal[
    "plain",  # writes no tool calls of its own
    "hermes",  # <tool_call>\n{"name": …, "arguments": {…}}\n</tool_call>      Hermes, Qwen 2.5 and 3
    "llama3",  # {"name": …, "parameters": {…}} alone or after <|python_tag|>    Llama 3.1 to 3.3
    "mistral",  # [TOOL_CALLS][{"name": …, "arguments": {…}}, …]                 Mistral, tokenizers v3 and v7
    "mistral_v11",  # [TOOL_CALLS]name[ARGS]{…}                                  Mistral, tokenizers v11 and later
    "deepseek",  # <calls begin><call begin>function<sep>name\n```json\n{…}\n```<call end>…   DeepSeek V3, R1
    "deepseek_v31",  # <calls begin><call begin>name<sep>{…}<call end>…                     DeepSeek V3.1
]


class ModelFormat(Struct, frozen=True):
    """The two things a parser and a grammar must know of a model."""

    family: Family = "plain"
    reasoning_tags: tuple[str, str] | None = None  # ("<think>", "</think>")

    def opens_reasoning(self, prompt: str) -> bool:
        """Whether the rendered prompt ends inside an opened reasoning block, so that the output starts there."""
        return self.reasoning_tags is not None and prompt.rstrip().endswith(self.reasoning_tags[0])

    @property
    def special_texts(self) -> tuple[str, ...]:
        """Texts that may be control tokens: the engine must render them (llama.cpp: `preserved_tokens`)."""
        return ()


def detect_family(chat_template: str) -> Family:
    """The tool-call family that a Jinja chat template teaches; "plain" where it teaches none."""
    return detect_format(chat_template).family


def detect_format(chat_template: str) -> ModelFormat:
    """Family and reasoning tags of a Jinja chat template."""
    return ModelFormat()
