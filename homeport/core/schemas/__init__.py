"""JSON Schemas that callers send (`response_format`, `tools[].function.parameters`): checked, bounded, cached.

`check_request` is for the door, before any engine sees the request: a schema that is broken must never come to mean
"unconstrained". What a certain engine cannot enforce is that engine's to refuse (see `core.grammar`).
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec
from msgspec import Struct

from homeport.core.chat import ChatRequest, FunctionDefinition, FunctionTool, JsonSchema, JsonSchemaFormat
from homeport.core.schemas.cache import BoundedCache
from homeport.core.schemas.document import (
    MAX_SIZE_BYTES,
    Context,
    InvalidSchema,
    check_bounds,
    check_references,
)
from homeport.core.schemas.strict import check_strict
from homeport.errors import BadRequestError

__all__ = [
    "BoundedCache",
    "InvalidSchema",
    "Place",
    "check_function",
    "check_request",
    "check_response_format",
    "validate",
    "validate_arguments",
]

MAX_REASONS = 5
MAX_REASON_CHARACTERS = 300
BACKTRACK_LIMIT = 100_000  # steps of a pattern with look-around; without, matching takes linear time

_checked: BoundedCache[bool] = BoundedCache(4 * 1024 * 1024)
# A compiled validator takes some 20 times the bytes of its schema.
_validators: BoundedCache[Any] = BoundedCache(512 * 1024)


class Place(Struct, frozen=True):
    """Where in a request a schema stands, for the error message."""

    what: str  # "response_format 'invoice'"
    param: str
    code: str

    @classmethod
    def of_response_format(cls, json_schema: JsonSchema) -> Place:
        return cls(f"response_format '{json_schema.name}'", "response_format", "invalid_json_schema")

    @classmethod
    def of_function(cls, function: FunctionDefinition, param: str) -> Place:
        return cls(f"function '{function.name}'", param, "invalid_function_parameters")

    def refuse(self, reason: str, context: Context | None = None) -> BadRequestError:
        where = "" if context is None else f"In context={context!r}, "
        return BadRequestError(f"Invalid schema for {self.what}: {where}{reason}", param=self.param, code=self.code)


def check_request(request: ChatRequest) -> None:
    """Check every schema of a request. Raises BadRequestError: code `invalid_json_schema` with param `response_format`,
    or code `invalid_function_parameters` with param `tools[0].function.parameters`."""
    if isinstance(request.response_format, JsonSchemaFormat):
        check_response_format(request.response_format)
    for index, tool in enumerate(request.tools or ()):
        check_function(tool.function, f"tools[{index}].function.parameters")


def check_response_format(format: JsonSchemaFormat) -> None:
    """Raises BadRequestError, as `check_request` does."""
    wanted = format.json_schema
    if wanted.schema_ is None:
        raise BadRequestError(
            "Missing required parameter: 'response_format.json_schema.schema'.",
            param="response_format.json_schema.schema",
            code="missing_required_parameter",
        )
    _check(wanted.schema_, Place.of_response_format(wanted), strict=bool(wanted.strict))


def check_function(function: FunctionDefinition, param: str) -> None:
    """`param` names its parameters in the request. Raises BadRequestError, as `check_request` does."""
    if function.parameters is None:
        return
    place = Place.of_function(function, param)
    if (kind := function.parameters.get("type", "object")) != "object":
        raise place.refuse(f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'.")
    _check(function.parameters, place, strict=bool(function.strict))


def _check(schema: dict[str, Any], place: Place, *, strict: bool) -> None:
    try:
        check_bounds(schema)
        key = msgspec.json.encode(schema) + (b"s" if strict else b"")
        if _checked.get(key):
            return
        if len(key) > MAX_SIZE_BYTES:
            raise InvalidSchema(f"schema is too large: expected at most {MAX_SIZE_BYTES} bytes")
        check_references(schema)
        _compile(schema)
        if strict:
            check_strict(schema)
    except InvalidSchema as error:
        raise place.refuse(error.reason, error.context) from None
    _checked.put(key, True)


# --- validation ----------------------------------------------------------------------


def _refuse_to_fetch(uri: str) -> Any:
    raise InvalidSchema(f"{uri} is outside the schema")


def _compile(schema: dict[str, Any]) -> Any:
    """A validator. Raises InvalidSchema where the schema is none."""
    import jsonschema_rs  # lazily: requests without schemas never need it

    try:
        return jsonschema_rs.validator_for(
            schema,
            retriever=_refuse_to_fetch,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT),
        )
    except jsonschema_rs.ValidationError as error:
        raise InvalidSchema(_short(error.message), tuple(map(str, error.instance_path))) from None
    except (jsonschema_rs.ReferencingError, ValueError, OverflowError) as failure:
        raise InvalidSchema(_short(str(failure))) from None


def validate(schema: dict[str, Any], text: str) -> list[str]:
    """Why the JSON `text` does not satisfy `schema`, which was checked before; empty when it does."""
    key = msgspec.json.encode(schema)
    validator = _validators.get(key)
    if validator is None:
        validator = _compile(schema)
        _validators.put(key, validator)
    try:
        value = _decoded(text)
    except RecursionError:
        return ["JSON is nested too deeply"]
    except msgspec.DecodeError as failure:
        return [_short(f"not valid JSON: {failure}")]
    reasons: list[str] = []
    for error in validator.iter_errors(value):
        if len(reasons) == MAX_REASONS:
            reasons.append("and more")
            break
        place = "".join(f"/{part}" for part in error.instance_path)
        reasons.append(_short(f"{place}: {error.message}" if place else error.message))
    return reasons


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:  # a number that no machine holds, such as 1e999, is JSON all the same
        return json.loads(text, parse_float=_finite, parse_int=_finite)


def _finite(text: str) -> float:
    return max(-sys.float_info.max, min(sys.float_info.max, float(text)))


def validate_arguments(tool: FunctionTool, arguments: str) -> list[str]:
    """Why `arguments` (JSON text) break the tool's schema; empty when they do not. Short: the model reads it."""
    reasons = validate({"type": "object"}, arguments)
    if reasons or tool.function.parameters is None:
        return reasons
    return validate(tool.function.parameters, arguments)


def _short(text: str) -> str:
    return text if len(text) <= MAX_REASON_CHARACTERS else text[: MAX_REASON_CHARACTERS - 1] + "…"
