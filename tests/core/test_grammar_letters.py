"""What a grammar lets through, byte by byte, against what JSON Schema says of the same text."""

from __future__ import annotations

import contextlib
import json
import string
from typing import Any

import llguidance
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.core.chat import FunctionDefinition, FunctionTool
from homeport.core.grammar import for_tool_calls
from homeport.core.grammar.lark import json_body
from homeport.core.grammar.patterns import from_ecma
from homeport.core.parsers import ModelFormat
from homeport.core.schemas import InvalidSchema, validate

BYTES = llguidance.LLTokenizer("byte")


def accepts(schema: dict[str, Any], text: str) -> bool:
    matcher = llguidance.LLMatcher(BYTES, "start: " + json_body(schema), log_level=0)
    data = text.encode()
    return matcher.try_consume_tokens(list(data)) == len(data) and matcher.is_accepting()


def agree(schema: dict[str, Any], *texts: str) -> None:
    for text in texts:
        assert accepts(schema, text) == (not validate(schema, text)), text


# --- patterns ----------------------------------------------------------------------------

SHOWN = "1a[]&~-:+,!_.bce^/dt"
PATTERNS = [
    *("^[[:digit:]]+$", r"^[\w--_]+$", r"^[\w&&\d]$", "^[+--]$", "^[!--]+$", "^[^[]+$", r"^[a-z[\]]+$", "^[[]+$"),
    *("^[a&&b]$", "^[a~~b-]$", "^[--a]$", "^[a-]$", "^[-a]$", "^[^-a]$", r"^[\d-]+$", r"^[\]-a]$", "^[a-c-e]$"),
    *(
        r"^[\--/]$",
        r"^[\w.-]+$",
        "^[~-~]$",
        r"^\[[a]\]$",
        r"^[\\[]$",
        "^(a|[b-c])[^d]?$",
        r"^[^\\]$",
        '^[^"a]$',
        r"^[^\x5c]+$",
    ),
    *(r"^[\x00-\x20]$", r"^[\x00-!]$", r"^[\x00-\x08]$", r"^[\s]$", r"^[\x00-~]$", r"^[\n]$", r"^[\u0000-\u001f]$"),
    *(r'^[^\p{L}"]$', r"^[^\p{Lu}\\]+$"),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_classes_of_patterns_mean_what_json_schema_means(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    agree(
        schema,
        *(json.dumps(text) for text in [*SHOWN, "1]", "[a", "d:]", "[a]", "a-", "", '"', "\\", "\\a", "\n", "\t", " "]),
    )


@settings(deadline=None)
@given(st.text('ab[^-&~\\d+"', min_size=1, max_size=8))
def test_no_pattern_is_enforced_otherwise_than_it_is_checked(inside: str) -> None:
    schema = {"type": "string", "pattern": f"^[{inside}]$"}
    with contextlib.suppress(InvalidSchema):  # refused, by the one or the other
        agree(schema, *(json.dumps(text) for text in 'ab[]^-&~\\d1"/'))


@settings(deadline=None)
@given(st.text(string.ascii_letters + string.digits + "().*+?|^$ ", max_size=20))
def test_what_has_no_class_stays_as_it_is(pattern: str) -> None:
    assert from_ecma(pattern) == pattern


# --- keys --------------------------------------------------------------------------------


@pytest.mark.parametrize("further", [True, {"type": ["integer", "string"]}])
def test_further_properties_are_no_known_ones_in_disguise(further: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"größe": {"type": "integer"}},
        "required": ["größe"],
        "additionalProperties": further,
    }
    disguised = '{"größe": 1, "gr\\u00f6\\u00dfe": "x"}'
    assert json.loads(disguised) == {"größe": "x"}
    agree(
        schema,
        disguised,
        '{"größe": 1, "größe": "x"}',
        '{"größe": 1, "b": "x"}',
        '{"größe": 1, "": 2, "a \\"quoted\\" one": "x", "größer": 3}',
        '{"größe": 1}',
        '{"b": 1}',
    )


# --- thoughts ----------------------------------------------------------------------------


def test_a_model_that_thinks_in_control_tokens_may_think_with_tools_at_hand() -> None:
    control = ["</s>", "[THINK]", "[/THINK]", "[TOOL_CALLS]", "[ARGS]"]
    format = ModelFormat(
        "mistral_v11",
        ("[THINK]", "[/THINK]"),
        {text: 256 + place for place, text in enumerate(control) if place},
        ends=(256,),
    )
    tool = FunctionTool(FunctionDefinition("f", parameters={"type": "object", "properties": {}}))
    constraint = for_tool_calls([tool], "auto", format)
    assert constraint is not None
    tokenizer = llguidance.LLTokenizer(json.dumps(_tokenizer(control)), eos_token=256)
    matcher = llguidance.LLMatcher(tokenizer, constraint.grammar, log_level=0)
    for first in (control.index("[THINK]"), control.index("[TOOL_CALLS]")):
        assert matcher.try_consume_tokens([256 + first]) == 1, matcher.get_error()
        matcher.reset()
    hello = tokenizer.tokenize_str("Hello")
    assert matcher.try_consume_tokens(hello) == len(hello)


def _tokenizer(control: list[str]) -> dict[str, Any]:
    """A tokenizer of single bytes and control tokens, as `tokenizers` writes it."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    names = {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "added_tokens": [{"id": 256 + place, "content": text, **plain} for place, text in enumerate(control)],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "decoder": byte_level,
        "post_processor": None,
        "model": {
            "type": "BPE",
            "vocab": names | {text: 256 + place for place, text in enumerate(control)},
            "merges": [],
            "unk_token": None,
        },
    }
