"""The helper for tables of objects, on both databases."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Column, String

from homeport.core.decode import convert_query
from homeport.errors import BadRequestError, ConflictError, NotFoundError
from homeport.ids import new_id
from homeport.storage.database import Database
from homeport.storage.objects import Objects, Page, Stored, object_table
from homeport.storage.schema import metadata

pytestmark = pytest.mark.anyio


class Note(Stored):
    colour: str = "red"
    text: str = ""


table = object_table("test_notes", Column("colour", String))
metadata.remove(table)  # of this test alone: the migrations know nothing of it
notes = Objects(table, Note, "note")


def note(**fields: object) -> Note:
    return Note(id=new_id("note"), created_at=1, **fields)  # type: ignore[arg-type]


@pytest.fixture
async def made(database: Database) -> Database:
    await database.write(lambda c: table.create(c))
    return database


async def test_roundtrip_and_projects(made: Database) -> None:
    mine = note(text="é")
    await made.write(lambda c: notes.insert(c, "proj_a", mine))
    assert await made.read(lambda c: notes.retrieve(c, "proj_a", mine.id)) == mine
    for work in (
        lambda c: notes.retrieve(c, "proj_b", mine.id),
        lambda c: notes.delete(c, "proj_b", mine.id),
        lambda c: notes.update(c, "proj_b", mine),
    ):
        with pytest.raises(NotFoundError, match="No such note"):
            await made.write(work)
    await made.write(lambda c: notes.delete(c, "proj_a", mine.id))
    assert await made.read(lambda c: notes.find(c, "proj_a", mine.id)) is None


async def test_lists(made: Database) -> None:
    all_notes = [note(text=str(n), colour="blue" if n % 2 else "red") for n in range(7)]
    await made.write(lambda c: notes.insert_many(c, "p", all_notes))
    await made.write(lambda c: notes.insert(c, "other", note(text="hidden")))

    async def texts(**page: object) -> tuple[str, bool]:
        got = await made.read(lambda c: notes.list(c, "p", Page(**page)))  # type: ignore[arg-type]
        return "".join(thing.text for thing in got.data), got.has_more

    assert await texts() == ("6543210", False)
    assert await texts(order="asc", limit=3) == ("012", True)
    assert await texts(limit=2, after=all_notes[5].id) == ("43", True)
    assert await texts(order="asc", after=all_notes[4].id) == ("56", False)
    assert await texts(limit=2, before=all_notes[2].id) == ("43", True)
    assert await texts(order="asc", before=all_notes[2].id) == ("01", False)
    blue = await made.read(lambda c: notes.list(c, "p", Page(), table.c.colour == "blue"))
    assert [thing.text for thing in blue.data] == ["5", "3", "1"]
    with pytest.raises(BadRequestError) as error:
        await texts(after="note_nothing")
    assert error.value.param == "after"


async def test_two_writers_of_one_version(made: Database) -> None:
    first = note(text="a")
    await made.write(lambda c: notes.insert(c, "p", first))
    first.text, second = "b", note()
    second = Note(id=first.id, created_at=1, text="c")
    outcomes = await asyncio.gather(
        made.write(lambda c: notes.update(c, "p", first)),
        made.write(lambda c: notes.update(c, "p", second)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "Note"]
    assert any(isinstance(outcome, ConflictError) for outcome in outcomes)
    kept = await made.read(lambda c: notes.retrieve(c, "p", first.id))
    assert kept.version == 2
    assert kept.text in "bc"


async def test_whoever_deletes_what_is_listed_reaches_the_end(made: Database) -> None:
    await made.write(lambda c: notes.insert_many(c, "p", [note(text=str(n)) for n in range(5)]))
    after, met = None, ""
    while True:
        page = Page(limit=2, after=after)
        listing = await made.read(lambda c, page=page: notes.list(c, "p", page))
        for each in listing.data:
            await made.write(lambda c, each=each: notes.delete(c, "p", each.id))
            met += each.text
        after = listing.last_id
        if not listing.has_more:
            break
    assert met == "43210"
    with pytest.raises(BadRequestError, match="No such note"):  # another's, deleted or not, is no cursor
        await made.read(lambda c: notes.list(c, "other", Page(after=after)))


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({"limit": "0"}, "limit", "integer_below_min_value"),
        ({"limit": "101"}, "limit", "integer_above_max_value"),
        ({"limit": "many"}, "limit", "invalid_type"),
        ({"order": "up"}, "order", "invalid_value"),
        ({"order": "5"}, "order", "invalid_value"),
        ({"after": "7", "limit": "-3"}, "limit", "integer_below_min_value"),
        ({"page": "2"}, "page", "unknown_parameter"),
    ],
)
def test_a_page_as_query_parameters(query: dict[str, str], param: str, code: str) -> None:
    assert convert_query({"limit": "5", "order": "asc", "after": "7"}, Page) == Page(5, "asc", "7")
    with pytest.raises(BadRequestError) as error:
        convert_query(query, Page)
    assert (error.value.param, error.value.code) == (param, code)
