"""From the bytes of a body to a typed request: parse, normalise, convert, check.

    bytes → dict          JSON as it came; malformed, too deep or not an object is a 400
    dict  → canonical     `normalise`, given by the layer above, rewrites other dialects in place
    canonical → Struct    types and ranges; `core.violations` says in OpenAI's words what is wrong
    Struct → checked      `core.rules`: what OpenAI refuses although every type fits; `core.schemas`: its schemas

A small chat request takes under 10 µs. Every failure is a BadRequestError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from homeport.core.chat import (
    AnswerForm,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    FunctionDefinition,
    FunctionTool,
    GenerationRequest,
    JsonObjectFormat,
    JsonSchema,
    JsonSchemaFormat,
    StreamOptions,
    TextFormat,
)
from homeport.core.rules import check_chat, check_completion, check_embedding
from homeport.errors import BadRequestError

T = TypeVar("T", bound=msgspec.Struct)

# Rewrites a body in place into canonical form; returns how the caller wants the answer, where that isn't canonical too.
Normalise = Callable[[dict[str, Any]], AnswerForm | None]

# Deeper than any honest request. A bound of our own, because what may be decoded here must also be encodable for an
# engine later, from a deeper stack, without a RecursionError.
MAX_DEPTH = 128

# A value takes up to 300 bytes of memory, and a microsecond, where it took two bytes on the wire.
MAX_VALUES = 500_000

_STRUCTURE = b'"{[,'
_NO_STRUCTURE = bytes(set(range(256)) - set(_STRUCTURE))
_HINT = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON: {}.)"
)

_parse_object = msgspec.json.Decoder(dict[str, Any]).decode


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a body."""
    if len(body) > MAX_VALUES:
        _check_values(body)
    try:
        data = _parse_object(body)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError as error:
        raise BadRequestError(_HINT.format(f"a string in it is not UTF-8 ({error.reason})")) from None
    except msgspec.ValidationError as error:
        if (got := str(error)).startswith("Expected `object`"):
            kind = got.rpartition("got ")[2].strip("`")
            kind = _ARTICLES.get(kind, kind)
            raise BadRequestError(
                f"Invalid type for the request's body: expected an object, but got {kind} instead.",
                code="invalid_type",
            ) from None
        raise BadRequestError(_HINT.format(got.partition(" - at")[0].lower())) from None
    except msgspec.DecodeError as error:
        raise BadRequestError(_HINT.format(str(error).lower() if body else "the body is empty")) from None
    # Every level opens with a bracket, so only a body with many of them has to be measured.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        _check_depth(data)
    return data


_ARTICLES = {"array": "an array", "str": "a string", "int": "an integer", "float": "a decimal", "bool": "a boolean"}


def _check_values(body: bytes) -> None:
    """Refuse a body of too many values before they are made: nothing else runs while it is parsed."""
    if sum(body.count(mark) for mark in (b"{", b"[", b",")) <= MAX_VALUES:
        return
    # What stands in strings doesn't count. Without escapes a quotation mark begins or ends one, and two in a row don't
    # change what is inside and what is outside.
    marks = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_STRUCTURE).replace(b'""', b"")
    values = inside = 0
    for start in range(0, len(marks), 1 << 20):
        pieces = marks[start : start + (1 << 20)].split(b'"')
        values += sum(map(len, pieces[inside::2]))
        inside ^= (len(pieces) - 1) & 1
        if values > MAX_VALUES:
            raise BadRequestError(f"The request's body has more than {MAX_VALUES} values.", code="invalid_value")


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            value
            for parent in level
            for value in (parent.values() if type(parent) is dict else parent)
            if type(value) is dict or type(value) is list
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> BadRequestError:
    return BadRequestError(f"The request's body is nested more than {MAX_DEPTH} levels deep.", code="invalid_value")


def prepare_types() -> None:
    """Have msgspec learn every type there is by now, while there is one thread; to be called before others start.

    It learns a type at its first use, and files the type before it is done with it: a second thread that comes just
    then finds it half known and crashes the process (as of 0.22, for all that its functions are called threadsafe).
    A module that is imported later makes its own decoders as it is imported.
    """
    ahead = [msgspec.Struct]
    while ahead:
        for kind in ahead.pop().__subclasses__():
            ahead.append(kind)
            with suppress(NameError, TypeError):  # one never decoded, with members that could not be or are unknown
                msgspec.json.Decoder(kind)


def convert(data: dict[str, Any], type_: type[T]) -> T:
    """A canonical object as its type; what does not fit is told in OpenAI's words, with `param` and `code`."""
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        from homeport.core.violations import explain  # only refused requests need it

        raise explain(error, data, type_) from None


def convert_query(params: Mapping[str, str | list[str]], type_: type[T]) -> T:
    """Query parameters, which are texts, as `type_`."""
    try:
        return msgspec.convert(params, type_, strict=False)
    except msgspec.ValidationError as error:
        from homeport.core.violations import explain_query

        raise explain_query(error, params, type_) from None


def decode(body: bytes, type_: type[T], normalise: Callable[[dict[str, Any]], None] | None = None) -> T:
    """A body as `type_`. Members that `type_` does not have are refused."""
    data = parse(body)
    if normalise is not None:
        normalise(data)
    request = convert(data, type_)
    if unknown := data.keys() - set(type_.__struct_encode_fields__):
        raise unrecognized(sorted(unknown))
    return request


def decode_chat(body: bytes, normalise: Normalise) -> ChatRequest:
    return chat_request(parse(body), normalise)


def chat_request(data: dict[str, Any], normalise: Normalise) -> ChatRequest:
    """A chat request from parsed JSON, as in a batch's line; `data` is normalised in place and kept as `wire`."""
    answer_form = normalise(data)
    request = convert(data, ChatRequest)
    check_chat(request)
    if request.tools is not None or request.response_format is not None:
        from homeport.core import schemas  # only requests that bring schemas need it

        schemas.check_request(request)
    request.wire = data
    request.answer_form = answer_form
    return request


def decode_completion(body: bytes, normalise: Normalise) -> CompletionRequest:
    data = parse(body)
    normalise(data)
    request = convert(data, CompletionRequest)
    check_completion(request)
    request.wire = data
    return request


def decode_embedding(body: bytes, normalise: Normalise) -> EmbeddingRequest:
    data = parse(body)
    normalise(data)
    request = convert(data, EmbeddingRequest)
    check_embedding(request)
    request.wire = data
    return request


# --- what we do not know ---------------------------------------------------------

_REQUEST_FIELDS = {
    type_: frozenset(type_.__struct_encode_fields__) - {"(wire)", "(answer_form)"}
    for type_ in (ChatRequest, CompletionRequest, EmbeddingRequest)
}
_STREAM_OPTIONS = frozenset(StreamOptions.__struct_encode_fields__)
_TOOL = frozenset({"type", *FunctionTool.__struct_encode_fields__})
_FUNCTION = frozenset(FunctionDefinition.__struct_encode_fields__)
_FORMATS = {
    type_: frozenset({"type", *type_.__struct_encode_fields__})
    for type_ in (TextFormat, JsonObjectFormat, JsonSchemaFormat)
}
_JSON_SCHEMA = frozenset(JsonSchema.__struct_encode_fields__)


def unknown_parameters(request: GenerationRequest) -> list[str]:
    """What a request asks for that no typed field stands for: `["top_k", "tools[0].function.cache"]`.

    An engine that speaks OpenAI itself is sent them in `wire`; any other must refuse them. Members of messages don't
    count: clients send back what they were given, with whatever their vendor had added. Null asks for nothing.
    """
    wire = request.wire
    unknown = sorted(name for name in wire.keys() - _REQUEST_FIELDS[type(request)] if wire[name] is not None)
    if isinstance(request, EmbeddingRequest):
        return unknown
    if request.stream_options is not None:
        unknown += _beyond(wire["stream_options"], _STREAM_OPTIONS, "stream_options")
    if isinstance(request, CompletionRequest):
        return unknown
    if request.tools is not None:
        for index, tool in enumerate(wire["tools"]):
            unknown += _beyond(tool, _TOOL, f"tools[{index}]")
            unknown += _beyond(tool["function"], _FUNCTION, f"tools[{index}].function")
    if request.response_format is not None:
        unknown += _beyond(wire["response_format"], _FORMATS[type(request.response_format)], "response_format")
        if isinstance(request.response_format, JsonSchemaFormat):
            unknown += _beyond(wire["response_format"]["json_schema"], _JSON_SCHEMA, "response_format.json_schema")
    return unknown


def _beyond(data: dict[str, Any], known: frozenset[str], path: str) -> list[str]:
    return [f"{path}.{name}" for name in sorted(data.keys() - known) if data[name] is not None]


def refuse_unknown(request: GenerationRequest) -> None:
    """For engines that have no use for parameters nobody here knows: BadRequestError naming them."""
    if unknown := unknown_parameters(request):
        raise unrecognized(unknown)


def unrecognized(names: list[str]) -> BadRequestError:
    plural = "s" if len(names) > 1 else ""
    return BadRequestError(
        f"Unrecognized request argument{plural} supplied: {', '.join(names)}", param=names[0], code="unknown_parameter"
    )
