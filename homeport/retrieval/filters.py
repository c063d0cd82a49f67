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
    operator = _DENIED.get(filter.type, filter.type)
    values = filter.value if isinstance(filter.value, tuple) else (filter.value,)
    holds = (_postgres if is_postgres else _sqlite)(filter.key, operator, values)
    return not_(holds) if filter.type in _DENIED else holds


_DENIED: dict[Operator, Operator] = {"ne": "eq", "nin": "in"}


def _sqlite(key: str, operator: Operator, values: Sequence[Value]) -> ColumnElement[bool]:
    attribute = func.json_each(chunk_files.c.attributes).table_valued("key", "type", "atom")
    kind, atom = attribute.c.type, attribute.c.atom
    texts, numbers, booleans = _by_kind(values)
    same = or_(
        and_(kind == "text", _compared(atom, operator, texts)) if texts else false(),
        and_(kind.in_(("integer", "real")), _compared(atom, operator, numbers)) if numbers else false(),
        kind.in_(["true" if value else "false" for value in booleans]) if booleans else false(),
    )
    return exists(select(true()).select_from(attribute).where(attribute.c.key == key, same))


def _postgres(key: str, operator: Operator, values: Sequence[Value]) -> ColumnElement[bool]:
    kind = func.jsonb_typeof(func.jsonb_extract_path(chunk_files.c.attributes, key))
    text = func.jsonb_extract_path_text(chunk_files.c.attributes, key)
    number = case((kind == "number", text)).cast(Double)  # CASE: what is no number is never cast
    texts, numbers, booleans = _by_kind(values)
    same = or_(
        and_(kind == "string", _compared(text.collate("C"), operator, texts)) if texts else false(),
        _compared(number, operator, numbers) if numbers else false(),
        and_(kind == "boolean", text.in_(["true" if value else "false" for value in booleans]))
        if booleans
        else false(),
    )
    return func.coalesce(same, false())


def _by_kind(values: Sequence[Value]) -> tuple[list[str], list[float], list[bool]]:
    texts = [value for value in values if isinstance(value, str)]
    booleans = [value for value in values if isinstance(value, bool)]
    numbers = [value for value in values if isinstance(value, float)]
    return texts, numbers, booleans


def _compared(column: ColumnElement[Any], operator: Operator, values: Sequence[Any]) -> ColumnElement[bool]:
    if operator in ("eq", "in"):
        return column.in_([literal(value, Double) if isinstance(value, float) else literal(value) for value in values])
    (value,) = values
    bound = literal(value, Double) if isinstance(value, float) else literal(value)
    compared: dict[str, ColumnElement[bool]] = {
        "gt": column > bound,
        "gte": column >= bound,
        "lt": column < bound,
        "lte": column <= bound,
    }
    return compared[operator]
