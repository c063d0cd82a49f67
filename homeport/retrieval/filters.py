"""Filters on the attributes of files: OpenAI's comparisons, joined by `and` and `or`, as SQL.

    {"type": "and", "filters": [
        {"type": "eq", "key": "team", "value": "ops"},
        {"type": "gte", "key": "year", "value": 2024}
    ]}

What is compared must be of one kind: text with text (by code points), number with number, boolean with boolean. Where
it is not, or the attribute is missing, a comparison is false; `ne` and `nin` are `eq` and `in` denied, and so true.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, cast, get_args

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Double,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from homeport.errors import BadRequestError
from homeport.retrieval.tables import chunk_files

MAX_DEPTH = 8
MAX_COMPARISONS = 128
MAX_VALUES = 512  # in all lists of `in` and `nin`
MAX_KEY, MAX_TEXT = 64, 512  # characters: those of attributes

Value: TypeAlias = str | float | bool
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]


class Comparison(Struct, frozen=True):
    """`value` is a tuple for `in` and `nin`, a single value for the others."""

    type: Operator
    key: str
    value: Value | tuple[Value, ...]


class Compound(Struct, frozen=True):
    type: Literal["and", "or"]
    filters: tuple[Filter, ...]


Filter: TypeAlias = Comparison | Compound


# --- from JSON -------------------------------------------------------------------


def parse(given: Any, param: str = "filters") -> Filter:
    """A filter from decoded JSON. Raises BadRequestError with the place that is wrong."""
    return _Parser().parse(given, param, 1)


class _Parser:
    def __init__(self) -> None:
        self._comparisons = 0
        self._values = 0

    def parse(self, given: Any, param: str, depth: int) -> Filter:
        if not isinstance(given, dict):
            raise BadRequestError(f"`{param}` must be an object with a `type`.", param=param)
        type = given.get("type", "eq")
        if type in ("and", "or"):
            return self._compound(given, param, depth)
        if not isinstance(type, str) or type not in get_args(Operator):
            known = ", ".join(("and", "or", *get_args(Operator)))
            raise BadRequestError(f"`{param}.type` must be one of {known}.", param=f"{param}.type")
        return self._comparison(given, cast(Operator, type), param)

    def _compound(self, given: dict[str, Any], param: str, depth: int) -> Compound:
        _only(given, {"type", "filters"}, param)
        if depth > MAX_DEPTH:
            raise BadRequestError(f"Filters may be nested at most {MAX_DEPTH} deep.", param=param)
        parts = given.get("filters")
        if not isinstance(parts, list) or not parts:
            raise BadRequestError(f"`{param}.filters` must be a list of filters.", param=f"{param}.filters")
        parsed = tuple(self.parse(part, f"{param}.filters[{number}]", depth + 1) for number, part in enumerate(parts))
        return Compound(given["type"], parsed)

    def _comparison(self, given: dict[str, Any], type: Operator, param: str) -> Comparison:
        _only(given, {"type", "key", "value"}, param)
        self._comparisons += 1
        if self._comparisons > MAX_COMPARISONS:
            raise BadRequestError(f"A filter may have at most {MAX_COMPARISONS} comparisons.", param=param)
        key, value = given.get("key"), given.get("value")
        if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY or "\0" in key:
            raise BadRequestError(
                f"`{param}.key` must be the name of an attribute: 1 to {MAX_KEY} characters.", param=f"{param}.key"
            )
        where = f"{param}.value"
        if type in ("in", "nin"):
            if not isinstance(value, list):
                raise BadRequestError(f"`{where}` must be a list for `{type}`.", param=where)
            self._values += len(value)
            if self._values > MAX_VALUES:
                raise BadRequestError(f"A filter may list at most {MAX_VALUES} values.", param=where)
            return Comparison(type, key, tuple(_value(one, f"{where}[{n}]") for n, one in enumerate(value)))
        single = _value(value, where)
        if isinstance(single, bool) and type not in ("eq", "ne"):
            raise BadRequestError(f"`{type}` compares text or numbers; `{where}` is a boolean.", param=where)
        return Comparison(type, key, single)


def _only(given: dict[str, Any], known: set[str], param: str) -> None:
    for name in given.keys() - known:
        raise BadRequestError(f"Unknown parameter: `{param}.{name}`.", param=f"{param}.{name}")


def _value(value: Any, where: str) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    if isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value:
        return value
    raise BadRequestError(
        f"`{where}` must be a text of at most {MAX_TEXT} characters, a number or a boolean.", param=where
    )


# --- to SQL ----------------------------------------------------------------------


def condition(filter: Filter, *, is_postgres: bool) -> ColumnElement[bool]:
    """The filter as a condition on rows of `chunk_files`: true or false, never null. Values are bound."""
    if isinstance(filter, Compound):
        joined = and_ if filter.type == "and" else or_
        return joined(*(condition(part, is_postgres=is_postgres) for part in filter.filters))
    holds = _postgres if is_postgres else _sqlite
    if filter.type in ("in", "nin"):
        values = cast(Sequence[Value], filter.value)
        found = or_(*(holds(filter.key, "eq", value) for value in values)) if values else false()
        return not_(found) if filter.type == "nin" else found
    value = cast(Value, filter.value)
    if filter.type == "ne":
        return not_(holds(filter.key, "eq", value))
    return holds(filter.key, filter.type, value)


def _sqlite(key: str, operator: str, value: Value) -> ColumnElement[bool]:
    attribute = func.json_each(chunk_files.c.attributes).table_valued("key", "type", "atom")
    if isinstance(value, bool):
        same = attribute.c.type == ("true" if value else "false")
    elif isinstance(value, str):
        same = and_(attribute.c.type == "text", _compared(attribute.c.atom, operator, literal(value)))
    else:
        numbers = attribute.c.type.in_(("integer", "real"))
        same = and_(numbers, _compared(attribute.c.atom, operator, literal(value, Double)))
    return exists(select(true()).select_from(attribute).where(attribute.c.key == key, same))


def _postgres(key: str, operator: str, value: Value) -> ColumnElement[bool]:
    # By hand, for a literal cast: the key is always bound.
    attribute = chunk_files.c.attributes.op("->")(bindparam(None, key))
    text = func.jsonb_extract_path_text(chunk_files.c.attributes, key)
    kind = func.jsonb_typeof(attribute)
    if isinstance(value, bool):
        return func.coalesce(and_(kind == "boolean", text == ("true" if value else "false")), false())
    if isinstance(value, str):
        compared = _compared(text.collate("C"), operator, literal(value))
        return func.coalesce(and_(kind == "string", compared), false())
    number = case((kind == "number", text)).cast(Double)  # CASE: what is no number is never cast
    return func.coalesce(_compared(number, operator, literal(value, Double)), false())


def _compared(column: Any, operator: str, value: Any) -> ColumnElement[bool]:
    compared: dict[str, ColumnElement[bool]] = {
        "eq": column == value,
        "gt": column > value,
        "gte": column >= value,
        "lt": column < value,
        "lte": column <= value,
    }
    return compared[operator]
