"""The helper for tables of objects against what it should be: a list in the order of insertion."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from homeport.errors import BadRequestError
from homeport.storage.database import Database
from homeport.storage.objects import Objects, Page, Stored, object_table
from homeport.storage.schema import metadata

pytestmark = pytest.mark.anyio


class Thing(Stored):
    text: str = ""


table = object_table("test_things")
metadata.remove(table)  # of this test alone: the migrations know nothing of it
things = Objects(table, Thing, "thing")
_project = itertools.count(1)

# What happens, in order: an object is added, the n-th of those ever added is changed or deleted.
STEPS = st.lists(
    st.one_of(
        st.just(("add", 0)), st.tuples(st.sampled_from(["change", "delete"]), st.integers(min_value=0, max_value=11))
    ),
    max_size=14,
)
CURSORS = st.none() | st.integers(min_value=0, max_value=11)
PAGES = st.lists(
    st.tuples(st.integers(min_value=1, max_value=5), st.sampled_from(["asc", "desc"]), CURSORS, CURSORS),
    min_size=1,
    max_size=4,
)


@pytest.fixture
async def made(database: Database) -> Database:
    await database.write(lambda connection: table.create(connection))
    return database


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, pages=PAGES)
async def test_lists_are_those_of_a_list(made: Database, steps: list[tuple[str, int]], pages: list[Any]) -> None:
    project = f"proj_{next(_project)}"
    ever: list[str] = []  # every id, in the order of insertion
    alive: dict[str, str] = {}

    def happen(connection: Connection) -> None:
        ever.clear()
        alive.clear()
        for what, n in steps:
            if what == "add":
                id = f"{project}_thing_{len(ever)}"
                things.insert(connection, project, Thing(id=id, created_at=7))  # all in one second, as in life
                ever.append(id)
                alive[id] = ""
            elif n < len(ever) and (id := ever[n]) in alive:
                if what == "delete":
                    things.delete(connection, project, id)
                    del alive[id]
                else:
                    changed = things.retrieve(connection, project, id)
                    changed.text = alive[id] = changed.text + "x"
                    assert things.update(connection, project, changed).version == len(alive[id]) + 1

    await made.write(happen)
    for limit, order, after, before in pages:
        cursors = [n for n in (after, before) if n is not None]
        ids = {n: ever[n] if n < len(ever) else "thing_of_nobody" for n in cursors}
        page = Page(limit, order, ids.get(after), ids.get(before))
        if any(n >= len(ever) for n in cursors):
            with pytest.raises(BadRequestError, match="No such thing"):
                await made.read(lambda connection, page=page: things.list(connection, project, page))
            continue
        got = await made.read(lambda connection, page=page: things.list(connection, project, page))
        shown = ever if order == "asc" else ever[::-1]
        first = 0 if after is None else shown.index(ever[after]) + 1
        last = len(shown) if before is None else shown.index(ever[before])
        between = [id for id in shown[first : max(first, last)] if id in alive]
        expected = between[-limit:] if after is None and before is not None else between[:limit]
        assert [thing.id for thing in got.data] == expected
        assert [thing.text for thing in got.data] == [alive[id] for id in expected]
        assert got.has_more == (len(between) > limit)
        assert (got.first_id, got.last_id) == ((expected[0], expected[-1]) if expected else (None, None))
