"""Grammars in llguidance's dialect of Lark, as llama.cpp's server takes them in `grammar`.

llama.cpp runs without any grammar when llguidance refuses one, and says so only in its log. So each grammar is compiled
here first, by the package `llguidance` of the version that llama.cpp carries.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import msgspec

from homeport.core.grammar.enforceable import enforceable
from homeport.core.schemas.cache import BoundedCache
from homeport.core.schemas.document import InvalidSchema, check_bounds, check_references, subschemas

# One way to write JSON: left free, small models wander off in white space. This is how most models learnt it.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}

MAX_SYMBOLS = 50_000  # of a grammar; the engine's own bound is ten times higher and lets it stand still for seconds
MAX_PLACES_TRIED = 100  # to tell where in a schema the error is

_bodies: BoundedCache[str] = BoundedCache(2 * 1024 * 1024)
_compiled: BoundedCache[bool] = BoundedCache(4 * 1024 * 1024)

TEXT = "/(?s:.*)/"
_TOO_LARGE = re.compile(r"too (large|big)")
_TOKEN_ID = re.compile(r"<\[\d+\]>")


def literal(text: str) -> str:
    """Text as a Lark string."""
    return msgspec.json.encode(text).decode()


def json_body(schema: dict[str, Any]) -> str:
    """`%json {…}` for what `schema` allows. Raises InvalidSchema where it cannot be enforced."""
    key = msgspec.json.encode(schema)
    body = _bodies.get(key)
    if body is None:
        check_bounds(schema)
        check_references(schema)
        body = _rendered(enforceable(schema))
        try:
            if any("oneOf" in node.schema for node in subschemas(schema)):
                # That alternatives exclude each other must hold for them as the caller wrote them, not once narrowed.
                compile_grammar(grammar(f"start: {_rendered(enforceable(schema, close=False))}"))
            compile_grammar(grammar(f"start: {body}"))
        except InvalidSchema as error:
            raise error if _TOO_LARGE.search(error.reason) else _located(schema, error) from None
        _bodies.put(key, body)
    return body


def _rendered(schema: dict[str, Any]) -> str:
    return "%json " + msgspec.json.encode({**schema, "x-guidance": _LAYOUT}).decode()


def _located(root: dict[str, Any], error: InvalidSchema) -> InvalidSchema:
    """The same error with its place: the innermost subschema that is refused on its own, whatever it refers to."""
    nodes = sorted(subschemas(root), key=lambda node: -len(node.context))
    for node in nodes[:MAX_PLACES_TRIED]:
        alone = enforceable(root, close=False, part=node)
        alone["$defs"] = dict.fromkeys(alone.get("$defs", ()), True)
        try:
            compile_grammar(grammar(f"start: {_rendered(alone)}"))
        except InvalidSchema as found:
            return InvalidSchema(found.reason, node.context)
    return error


def grammar(*rules: str) -> str:
    """A whole grammar, its rules checked by `compile_grammar`."""
    return "\n".join(("%llguidance {}", *rules))


def compile_grammar(text: str) -> None:
    """Raise InvalidSchema where the engine would refuse `text`, could not even begin with it, or take long over it."""
    key = text.encode()
    if _compiled.get(key):
        return
    import llguidance  # lazily: 30 ms and 6 MB that requests without grammars never need

    # Bytes for tokens will do: whether a grammar compiles and can begin does not depend on the vocabulary. Only ids of
    # control tokens must be ones that this one has.
    limits = llguidance.LLParserLimits(max_grammar_size=MAX_SYMBOLS)
    matcher = llguidance.LLMatcher(_vocabulary(), _TOKEN_ID.sub("<[256]>", text), log_level=0, limits=limits)
    if not matcher.is_error():
        matcher.compute_bitmask()
    if matcher.is_error():
        raise InvalidSchema(_reason(matcher.get_error()))
    _compiled.put(key, True)


@functools.cache
def _vocabulary() -> Any:
    import llguidance

    return llguidance.LLTokenizer("byte")


def _reason(refusal: str) -> str:
    """llguidance's message in the caller's terms, without the place in a text that the caller never saw."""
    reason, *more = refusal.splitlines()
    reason = reason.split("failed to compile JSON schema: ")[-1]
    if reason == "NoExtensionBias":
        reason = "nothing satisfies it."
    elif reason.startswith("oneOf"):
        reason = "the alternatives of 'oneOf' must be told apart by type or by a required constant; use 'anyOf'."
    elif reason.startswith("regex parse error"):
        reason = f"'pattern': {next(line for line in more if line.startswith('error: ')).removeprefix('error: ')}."
    elif " in regex " in reason:
        reason = f"'pattern': {reason}."
    return f"cannot be enforced while decoding: {reason}"
