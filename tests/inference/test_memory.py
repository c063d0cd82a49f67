"""Working memory: measured on what the model reads, not on how it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.core.items import Item
from homeport.inference.turn.memory import remembered
from tests.inference.turns import Model, said

pytestmark = pytest.mark.anyio

LIMIT = 1_000
ASKED = said("How many doors does it have?")


@pytest.fixture(params=["counting", "not counting"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Model, bool]:
    return Model(tmp_path, '[[rules]]\nreply = "ok"'), request.param == "counting"


async def kept(model: tuple[Model, bool], history: list[Item]) -> list[Item]:
    scripted, counts = model
    return await remembered("scripted", history, LIMIT, scripted.count if counts else None)


def noted(text: str) -> Item:
    """An answer as it is kept, with what is noted beside its text."""
    item = said(text, "assistant")
    notes = [{"type": "file_citation", "file_id": f"file-{number}", "index": 0} for number in range(20)]
    return item | {"content": [item["content"][0] | {"annotations": notes, "logprobs": []}]}


async def test_what_is_noted_beside_a_text_is_not_read(model: tuple[Model, bool]) -> None:
    """Neither does it make room for a text that is too long, nor does it take the room of others."""
    long, short = said("lorem ipsum " * 1_000), said("lorem ipsum " * 250)
    assert await kept(model, [long, noted("Noted."), said("And?")]) == [said("And?")]
    assert len(await kept(model, [short, noted("Noted."), said("And?")])) == 3
    many = [each for _ in range(20) for each in (said("Go on."), noted("Noted."))]
    assert await kept(model, [*many, said("And?")]) == [*many, said("And?")]


async def test_a_short_question_tells_little_of_the_tokens(model: tuple[Model, bool]) -> None:
    """A turn that fits is kept, whatever the template adds to the question."""
    history = [said("lorem ipsum " * 300), said("Noted.", "assistant"), said("?")]
    assert await kept(model, history) == history


@pytest.mark.parametrize(
    "file",
    [
        {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 300_000, "detail": "auto"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "A" * 300_000},
    ],
)
async def test_a_file_s_bytes_are_not_read(model: tuple[Model, bool], file: Item) -> None:
    first = said("What is it?")
    first["content"].append(file)
    history = [first, said("A red car.", "assistant"), ASKED]
    scripted, counts = model
    assert await remembered("scripted", history, 5_000, scripted.count if counts else None) == history


async def test_logs_that_the_model_reads_a_part_of(model: tuple[Model, bool]) -> None:
    call = {"id": "ci_1", "type": "code_interpreter_call", "status": "completed", "code": "print(x)"}
    logs = {"type": "logs", "logs": "9" * 150_000}
    history = [said("Print it."), call | {"container_id": "cntr_1", "outputs": [logs]}, noted("Here it is."), ASKED]
    scripted, counts = model
    assert await remembered("scripted", history, 20_000, scripted.count if counts else None) == history


async def test_what_no_model_can_be_sent_harms_nobody_once_it_is_left_out(model: tuple[Model, bool]) -> None:
    foreign: Item = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAAAAB-not-ours"}
    history = [said("old " * 3_000), foreign, said("Yes.", "assistant"), said("And?")]
    assert await kept(model, history) == [said("And?")]
