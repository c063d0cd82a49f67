"""Why a value doesn't fit its type, in OpenAI's words.

msgspec decides whether a request fits; this tells why one doesn't. It follows the one path that msgspec names, so that
a large body costs no more than a small one, and reads what would have been right from the types themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

import msgspec
from msgspec import inspect

from homeport.errors import BadRequestError

_PATH = re.compile(r" - at `(?:key` in `)?\$([^`]*)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`(?: - at `\$\.?([^`]*)`)?\Z")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_STEP = re.compile(r"\.(\w+(?:\[\])?)|\[(\d+)\]|\[\.\.\.\]")


_type_info = lru_cache(maxsize=None)(inspect.type_info)  # 3 ms for a chat request; there are as many types as routes


def explain(error: msgspec.ValidationError, value: Any, type_: type[msgspec.Struct]) -> BadRequestError:
    """The error to answer with: `param` is the path from the body's root, as in ``messages[0].content``."""
    if unknown := _UNKNOWN.match(str(error)):
        param = f"{unknown[2]}.{unknown[1]}" if unknown[2] else unknown[1]
        return _error(f"Unrecognized request argument supplied: {param}", param, "unknown_parameter")
    found = _PATH.search(str(error))
    steps = list(_STEP.finditer(found[1])) if found else []
    return _follow(_type_info(type_), value, steps, "") or BadRequestError(
        f"The request is invalid: {error}", code="invalid_value"
    )


def explain_query(
    error: msgspec.ValidationError, params: Mapping[str, str | list[str]], type_: type[msgspec.Struct]
) -> BadRequestError:
    """As `explain`, of query parameters. They are texts; one is read as a number where no text is wanted."""
    fields = {field.encode_name: field.type for field in cast("inspect.StructType", _type_info(type_)).fields}
    read: dict[str, Any] = dict(params)
    for name, value in params.items():
        wants_text = name in fields and any(_takes(t, value) for t in _alternatives(fields[name]))
        if isinstance(value, str) and not wants_text and _INTEGER.fullmatch(value):
            read[name] = int(value)
    return explain(error, read, type_)


def _follow(type_: inspect.Type, value: Any, steps: list[re.Match[str]], param: str) -> BadRequestError | None:
    if not steps:
        return _violation(type_, value, param)
    (name, index), rest = steps[0].groups(), steps[1:]
    if name is not None:
        structs = [t for t in _alternatives(type_) if isinstance(t, inspect.StructType)]
        if not isinstance(value, dict) or not structs:
            return None
        shown = name.removesuffix("[]")  # as in `?include[]=…`
        inner = f"{param}.{shown}" if param else shown
        if name == structs[0].tag_field:
            tags = tuple(cast("str", t.tag) for t in structs)
            return _violation(inspect.LiteralType(tags), value.get(name), inner)
        for struct in structs:
            if struct.tag_field is None or value.get(struct.tag_field) == struct.tag:
                for field in struct.fields:
                    if field.encode_name == name:
                        return _follow(field.type, value.get(name), rest, inner)
        return None
    for t in _alternatives(type_):
        if index is not None and isinstance(t, inspect.ListType) and isinstance(value, list):
            return _follow(t.item_type, value[int(index)], rest, f"{param}[{index}]")
        if index is None and isinstance(t, inspect.DictType) and isinstance(value, dict):
            for key, member in value.items():  # msgspec doesn't say which one it was
                if (bad := _follow(t.value_type, member, rest, f"{param}.{key}")) is not None:
                    return bad
    return None


def _violation(type_: inspect.Type, value: Any, param: str) -> BadRequestError | None:
    """What is wrong with `value` itself; None where nothing is."""
    candidates = [t for t in _alternatives(type_) if _takes(t, value)]
    if not candidates:
        return _error(
            f"Invalid type for '{param}': expected {_expected(type_)}, but got {_kind(value)} instead.",
            param,
            "invalid_type",
        )
    bad = None
    for t in candidates:
        if isinstance(t, inspect.LiteralType):
            bad = _choice(t, value, param)
        elif isinstance(t, inspect.IntType | inspect.FloatType):
            bad = _range(t, value, param)
        elif isinstance(t, inspect.StrType):
            bad = _text(t, value, param)
        elif isinstance(t, inspect.ListType):
            bad = _size(t, value, param, "array", "length")
        elif isinstance(t, inspect.DictType):
            bad = _size(t, value, param, "object", "properties") or _keys(t, value, param)
        elif isinstance(t, inspect.StructType):
            if t.tag_field is not None and value.get(t.tag_field, t.tag) != t.tag:
                continue
            bad = _missing(t, value, param)
        if bad is None:
            return None
    return bad


def _choice(t: inspect.LiteralType, value: Any, param: str) -> BadRequestError | None:
    if value in t.values:
        return None
    quoted = [f"'{choice}'" for choice in t.values]
    return _error(
        f"Invalid value: '{_shown(value)}'. Supported values are: {_listed(quoted, 'and')}.", param, "invalid_value"
    )


def _range(t: inspect.IntType | inspect.FloatType, value: float, param: str) -> BadRequestError | None:
    kind = "integer" if isinstance(t, inspect.IntType) else "decimal"
    for bound, sign, where, code in (
        (t.ge, ">=", "below minimum", "below_min"),
        (t.le, "<=", "above maximum", "above_max"),
    ):
        if bound is not None and (value < bound if sign == ">=" else value > bound):
            return _error(
                f"Invalid '{param}': {kind} {where} value. Expected a value {sign} {bound}, "
                f"but got {_shown(value)} instead.",
                param,
                f"{kind}_{code}_value",
            )
    return None


def _text(t: inspect.StrType, value: str, param: str) -> BadRequestError | None:
    if t.min_length and not value:
        return _error(
            f"Invalid '{param}': empty string. Expected a string with minimum length {t.min_length}, "
            "but got an empty string instead.",
            param,
            "empty_string",
        )
    if t.max_length is not None and len(value) > t.max_length:
        return _error(
            f"Invalid '{param}': string too long. Expected a string with maximum length {t.max_length}, "
            f"but got a string with length {len(value)} instead.",
            param,
            "string_above_max_length",
        )
    if t.pattern is not None and not re.search(t.pattern, value):
        pattern = t.pattern.replace(r"\Z", "$")
        return _error(
            f"Invalid '{param}': string does not match pattern. "
            f"Expected a string that matches the pattern '{pattern}'.",
            param,
            "invalid_value",
        )
    return None


def _size(
    t: inspect.ListType | inspect.DictType, value: list[Any] | dict[str, Any], param: str, kind: str, unit: str
) -> BadRequestError | None:
    if t.min_length and not value:
        return _error(
            f"Invalid '{param}': empty {kind}. Expected an {kind} with minimum {unit} {t.min_length}, "
            f"but got an empty {kind} instead.",
            param,
            f"empty_{kind}",
        )
    if t.max_length is not None and len(value) > t.max_length:
        return _error(
            f"Invalid '{param}': {kind} too long. Expected an {kind} with maximum {unit} {t.max_length}, "
            f"but got an {kind} with {unit} {len(value)} instead.",
            param,
            f"{kind}_above_max_{unit}",
        )
    return None


def _keys(t: inspect.DictType, value: dict[str, Any], param: str) -> BadRequestError | None:
    return next((bad for key in value if (bad := _violation(t.key_type, key, f"{param}.{key}")) is not None), None)


def _missing(t: inspect.StructType, value: dict[str, Any], param: str) -> BadRequestError | None:
    required = [field.encode_name for field in t.fields if field.required]
    if t.tag_field is not None:
        required.insert(0, t.tag_field)
    for name in required:
        if name not in value:
            inner = f"{param}.{name}" if param else name
            return _error(f"Missing required parameter: '{inner}'.", inner, "missing_required_parameter")
    return None


# --- words -----------------------------------------------------------------------

_TAKES: dict[type[inspect.Type], tuple[type, ...]] = {
    inspect.StrType: (str,),
    inspect.IntType: (int,),
    inspect.FloatType: (int, float),
    inspect.BoolType: (bool,),
    inspect.ListType: (list,),
    inspect.DictType: (dict,),
    inspect.StructType: (dict,),
    inspect.NoneType: (type(None),),
}
_WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "string",
    inspect.IntType: "integer",
    inspect.FloatType: "decimal",
    inspect.BoolType: "boolean",
    inspect.ListType: "array",
    inspect.DictType: "object",
    inspect.StructType: "object",
}
_KINDS = {
    str: "a string",
    int: "an integer",
    float: "a decimal",
    bool: "a boolean",
    list: "an array",
    dict: "an object",
}


def _alternatives(type_: inspect.Type) -> tuple[inspect.Type, ...]:
    return type_.types if isinstance(type_, inspect.UnionType) else (type_,)


def _takes(t: inspect.Type, value: Any) -> bool:
    accepted = tuple(map(type, t.values)) if isinstance(t, inspect.LiteralType) else _TAKES.get(type(t))
    return accepted is None or type(value) in accepted  # `type`, not isinstance: a bool is no integer here


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "null")


def _expected(type_: inspect.Type) -> str:
    words: list[str] = []
    for t in _alternatives(type_):
        word = _word(t)
        if word == "array":
            items = {_word(item) or "value" for item in _alternatives(cast("inspect.ListType", t).item_type)}
            word += f" of {items.pop()}s" if len(items) == 1 else ""
        if word is not None and word not in words:
            words.append(word)
    words[0] = ("an " if words[0][0] in "aeiou" else "a ") + words[0]
    return words[0] if len(words) == 1 else f"one of {_listed(words, 'or')}"


def _word(t: inspect.Type) -> str | None:
    if isinstance(t, inspect.LiteralType):
        return "integer" if isinstance(t.values[0], int) else "string"
    return _WORDS.get(type(t))


def _listed(words: Iterable[str], conjunction: str) -> str:
    *first, last = words
    if not first:
        return last
    comma = "," if len(first) > 1 else ""
    return f"{', '.join(first)}{comma} {conjunction} {last}"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 100 else text[:100] + "…"


def _error(message: str, param: str, code: str) -> BadRequestError:
    return BadRequestError(message, param=param or None, code=code)
