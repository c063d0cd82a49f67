"""Filters: what they mean, on both databases, against plain Python; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from homeport.errors import BadRequestError
from homeport.retrieval.filters import MAX_COMPARISONS, MAX_DEPTH, MAX_VALUES, condition, parse
from homeport.retrieval.tables import chunk_files
from homeport.storage.database import Database
from tests.retrieval.passages import holds

pytestmark = pytest.mark.anyio

KEYS = st.sampled_from(["a", "A", 'a"b', "a.b", "$", "é", "0", "'; DROP TABLE chunk_files; --"])
TEXTS = st.sampled_from(["", "a", "B", "b", "é", "1", "true", "🙂", "%", "a' OR '1'='1"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5
)
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 1.5, -1.0, 1e300, 5e-324, 2.0**53, 0.1]) | st.floats(
    allow_nan=False, allow_infinity=False
)
VALUES = TEXTS | NUMBERS | st.booleans()
ORDERED = TEXTS | NUMBERS

COMPARISONS = (
    st.fixed_dictionaries({"type": st.sampled_from(["eq", "ne"]), "key": KEYS, "value": VALUES})
    | st.fixed_dictionaries({"type": st.sampled_from(["gt", "gte", "lt", "lte"]), "key": KEYS, "value": ORDERED})
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["in", "nin"]), "key": KEYS, "value": st.lists(VALUES, max_size=4)}
    )
)
FILTERS = st.recursive(
    COMPARISONS,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["and", "or"]), "filters": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=6,
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=st.lists(ATTRIBUTES, min_size=1, max_size=6), given_filters=st.lists(FILTERS, min_size=1, max_size=6))
async def test_filters_are_what_they_say(
    database: Database, files: list[dict[str, Any]], given_filters: list[dict[str, Any]]
) -> None:
    def work(connection: Connection) -> list[set[str]]:
        connection.execute(delete(chunk_files))
        rows = [
            {"vector_store_id": "vs", "file_id": f"file-{n}", "attributes": attributes, "hidden": False}
            for n, attributes in enumerate(files)
        ]
        connection.execute(insert(chunk_files), rows)
        return [
            set(
                connection.execute(
                    select(chunk_files.c.file_id).where(condition(parsed, is_postgres=database.is_postgres))
                ).scalars()
            )
            for parsed in filters
        ]

    filters = [parse(each) for each in given_filters]
    for filter, found in zip(filters, await database.write(work), strict=True):
        assert found == {f"file-{n}" for n, attributes in enumerate(files) if holds(filter, attributes)}


def nested(depth: int) -> dict[str, Any]:
    innermost: dict[str, Any] = {"type": "eq", "key": "a", "value": 1}
    for _ in range(depth):
        innermost = {"type": "and", "filters": [innermost]}
    return innermost


ONE = {"type": "eq", "key": "a", "value": 1}


@pytest.mark.parametrize(
    ("given_filter", "param"),
    [
        ([], "filters"),
        ("a", "filters"),
        ({"type": "like", "key": "a", "value": "b"}, "filters.type"),
        ({"type": ["eq"], "key": "a", "value": "b"}, "filters.type"),
        ({"type": "eq", "value": "b"}, "filters.key"),
        ({"type": "eq", "key": "", "value": "b"}, "filters.key"),
        ({"type": "eq", "key": "k" * 65, "value": "b"}, "filters.key"),
        ({"type": "eq", "key": "a\0", "value": "b"}, "filters.key"),
        ({"type": "eq", "key": "a"}, "filters.value"),
        ({"type": "eq", "key": "a", "value": None}, "filters.value"),
        ({"type": "eq", "key": "a", "value": ["b"]}, "filters.value"),
        ({"type": "eq", "key": "a", "value": "b\0"}, "filters.value"),
        ({"type": "eq", "key": "a", "value": 10**400}, "filters.value"),
        ({"type": "eq", "key": "a", "value": "b" * 513}, "filters.value"),
        ({"type": "gt", "key": "a", "value": True}, "filters.value"),
        ({"type": "in", "key": "a", "value": "b"}, "filters.value"),
        ({"type": "in", "key": "a", "value": ["b", {}]}, "filters.value[1]"),
        ({"type": "in", "key": "a", "value": [1] * (MAX_VALUES + 1)}, "filters.value"),
        ({"type": "eq", "key": "a", "value": 1, "boost": 2}, "filters.boost"),
        ({"type": "and", "filters": []}, "filters.filters"),
        ({"type": "and", "filters": ONE}, "filters.filters"),
        ({"type": "or", "filters": [ONE, {"type": "and", "filters": [ONE, 3]}]}, "filters.filters[1].filters[1]"),
        ({"type": "and", "filters": [ONE], "key": "a"}, "filters.key"),
        ({"type": "and", "filters": [ONE] * (MAX_COMPARISONS + 1)}, f"filters.filters[{MAX_COMPARISONS}]"),
        (nested(MAX_DEPTH + 1), "filters" + ".filters[0]" * MAX_DEPTH),
        (nested(10_000), "filters" + ".filters[0]" * MAX_DEPTH),
    ],
)
def test_what_is_no_filter(given_filter: Any, param: str) -> None:
    with pytest.raises(BadRequestError) as error:
        parse(given_filter)
    assert error.value.param == param


@pytest.mark.parametrize("widest", [[ONE] * MAX_COMPARISONS, [{"type": "in", "key": "a", "value": [1] * MAX_VALUES}]])
async def test_the_widest_and_the_deepest(database: Database, widest: list[Any]) -> None:
    for given_filter in ({"type": "or", "filters": widest}, nested(MAX_DEPTH)):
        holds_here = condition(parse(given_filter), is_postgres=database.is_postgres)
        assert (
            await database.read(lambda c, w=holds_here: c.execute(select(chunk_files.c.file_id).where(w)).all()) == []
        )


def test_the_type_is_eq_unless_it_is_said() -> None:
    assert parse({"key": "a", "value": 1}) == parse(ONE)
