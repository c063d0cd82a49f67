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


_REASONING_TAGS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"))

# DeepSeek's tags are written with a full-width bar and a block character.
_BAR, _GAP = "\uff5c", "\u2581"
DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALLS_END, DEEPSEEK_CALL_BEGIN, DEEPSEEK_CALL_END, DEEPSEEK_SEP = (
    f"<{_BAR}tool{_GAP}{words.replace(' ', _GAP)}{_BAR}>"
    for words in ("calls begin", "calls end", "call begin", "call end", "sep")
)

# What ends an answer, apart from the token that the model's file names.
END_TEXTS = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|endoftext|>", "<end_of_turn>", "</s>")

# What begins a call, for the parser.
OPENING_TAGS: dict[Family, tuple[str, ...]] = {
    "plain": (),
    "hermes": ("<tool_call>",),
    "llama3": ("<|python_tag|>",),
    "mistral": ("[TOOL_CALLS]",),
    "mistral_v11": ("[TOOL_CALLS]",),
    "deepseek": (DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALL_BEGIN),
    "deepseek_v31": (DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALL_BEGIN),
}
CLOSING_TAGS: dict[Family, str] = {"hermes": "</tool_call>"}

_SPECIAL_TEXTS: dict[Family, tuple[str, ...]] = {
    "plain": (),
    "hermes": ("<tool_call>", "</tool_call>"),
    "llama3": ("<|python_tag|>",),
    "mistral": ("[TOOL_CALLS]",),
    "mistral_v11": ("[TOOL_CALLS]", "[CALL_ID]", "[ARGS]"),
    "deepseek": (DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALLS_END, DEEPSEEK_CALL_BEGIN, DEEPSEEK_CALL_END, DEEPSEEK_SEP),
    "deepseek_v31": (DEEPSEEK_CALLS_BEGIN, DEEPSEEK_CALLS_END, DEEPSEEK_CALL_BEGIN, DEEPSEEK_CALL_END, DEEPSEEK_SEP),
}


class ModelFormat(Struct, frozen=True):
    """What a parser and a grammar must know of a model.

    `control_tokens` are those of `special_texts` that the model's vocabulary has as control tokens, with their ids. A
    grammar can name such a token by its id only; spelt out as text it would be another token, one the model never
    learnt. `ends` are the ids of those that end an answer: of several, llama.cpp tells its grammars of one, and not
    always of the one that the model writes. A template does not say, so an engine that knows the vocabulary adds both.
    """

    family: Family = "plain"
    reasoning_tags: tuple[str, str] | None = None  # ("<think>", "</think>")
    control_tokens: dict[str, int] = {}
    ends: tuple[int, ...] = ()
    shows_schema: bool = False  # the template reads `response_format`: the model sees which JSON is wanted

    def opens_reasoning(self, prompt: str) -> bool:
        """Whether the rendered prompt ends inside an opened reasoning block, so that the output starts there."""
        return self.reasoning_tags is not None and prompt.rstrip().endswith(self.reasoning_tags[0])

    @property
    def special_texts(self) -> tuple[str, ...]:
        """Texts that may be control tokens: the engine must render them (llama.cpp: `preserved_tokens`)."""
        return _SPECIAL_TEXTS[self.family] + (self.reasoning_tags or ())


def detect_family(chat_template: str) -> Family:
    """The tool-call family that a Jinja chat template teaches; "plain" where it teaches none that is known here."""
    if DEEPSEEK_CALL_BEGIN in chat_template:
        return "deepseek" if "```json" in chat_template else "deepseek_v31"
    if "[TOOL_CALLS]" in chat_template:
        return "mistral_v11" if "[ARGS]" in chat_template else "mistral"
    if "<tool_call>" in chat_template:
        # Qwen3-Coder and GLM put XML between the same tags: reading that as JSON would find no call.
        return "plain" if "<function=" in chat_template or "<arg_key>" in chat_template else "hermes"
    if "<|python_tag|>" in chat_template or ("<|start_header_id|>" in chat_template and "parameters" in chat_template):
        return "llama3"
    return "plain"


def detect_format(chat_template: str) -> ModelFormat:
    """Family, reasoning tags and whether wanted JSON is shown, of a Jinja chat template."""
    tags = next((tags for tags in _REASONING_TAGS if tags[0] in chat_template or tags[1] in chat_template), None)
    return ModelFormat(detect_family(chat_template), tags, shows_schema="response_format" in chat_template)
