"""Items and the thread's view of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.core.items import attached_files, cited, from_thread_content, stored_item, thread_content
from homeport.errors import BadRequestError, UnsupportedParameter


def test_a_role_and_a_text_are_a_message() -> None:
    user = stored_item({"role": "user", "content": "Hi"}, "items[0]")
    assert user["id"].startswith("msg_")
    assert {name: user[name] for name in ("type", "status", "content")} == {
        "type": "message",
        "status": "completed",
        "content": [{"type": "input_text", "text": "Hi"}],
    }
    assistant = stored_item({"role": "assistant", "content": "Ho"}, "items[0]")
    assert assistant["content"] == [{"type": "output_text", "text": "Ho", "annotations": [], "logprobs": []}]


def test_a_caller_s_id_is_not_kept() -> None:
    item = stored_item({"type": "message", "id": "msg_mine", "role": "user", "content": "Hi"}, "items[0]")
    assert item["id"] != "msg_mine"


@pytest.mark.parametrize(
    ("item", "param", "kind"),
    [
        ("text", "items[0]", BadRequestError),
        ({"type": "computer_call"}, "items[0].type", UnsupportedParameter),
        ({}, "items[0].type", UnsupportedParameter),
        ({"role": "user"}, "items[0].content", BadRequestError),
        ({"role": "tool", "content": "x"}, "items[0].role", BadRequestError),
        ({"role": "user", "content": 3}, "items[0].content", BadRequestError),
        ({"role": "user", "content": [{"type": "audio"}]}, "items[0].content[0].type", BadRequestError),
        ({"role": "user", "content": [{"type": "input_text"}]}, "items[0].content[0].text", BadRequestError),
        ({"role": "user", "content": [{"type": "input_image"}]}, "items[0].content[0]", BadRequestError),
        ({"type": "function_call", "call_id": "c", "name": "f"}, "items[0].arguments", BadRequestError),
    ],
)
def test_what_is_no_item(item: Any, param: str, kind: type[BadRequestError]) -> None:
    with pytest.raises(kind) as refused:
        stored_item(item, "items[0]")
    assert refused.value.param == param


def test_thread_content_comes_back_as_it_went() -> None:
    content = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
        {"type": "image_file", "image_file": {"file_id": "file-1"}},
    ]
    assert thread_content(from_thread_content("user", content)) == [
        {"type": "text", "text": {"value": "Look:", "annotations": []}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
        {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "auto"}},
    ]


def test_a_file_among_the_parts_is_an_attachment() -> None:
    item = stored_item({"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}, "items[0]")
    assert thread_content(item["content"]) == []
    assert attached_files(item["content"]) == ["file-1"]


@given(
    text=st.text(max_size=60),
    places=st.lists(st.integers(min_value=-5, max_value=80), max_size=5),
)
def test_citations_stand_where_they_say(text: str, places: list[int]) -> None:
    notes = [
        {"type": "file_citation", "index": place, "file_id": f"file-{n}", "filename": "a.txt"}
        for n, place in enumerate(places)
    ]
    shown = cited(text, notes)
    bare = shown["value"]
    for note in sorted(shown["annotations"], key=lambda note: -note["start_index"]):  # they come in the order of notes
        assert shown["value"][note["start_index"] : note["end_index"]] == note["text"]
        bare = bare[: note["start_index"]] + bare[note["end_index"] :]
    assert bare == text
    assert {note["file_citation"]["file_id"] for note in shown["annotations"]} == {n["file_id"] for n in notes}


def test_links_to_what_code_has_made() -> None:
    """They stand in the text anyway; markers before them move them on. One whose file was not exported is text."""
    text = "See it here, or there."
    mark = {"type": "file_citation", "index": 3, "file_id": "file-1", "filename": "a.txt"}
    here, there = (
        {"type": "container_file_citation", "file_id": f"cfile_{word}", "start_index": start, "end_index": start + 4}
        for word, start in (("here", 7), ("ther", 16))
    )
    shown = cited(text, [here, there, mark], {"cfile_here": "file-2"})
    assert shown["value"] == "See【1†a.txt】 it here, or there."
    link, citation = shown["annotations"]
    assert (link["type"], link["text"], link["file_path"]) == ("file_path", "here", {"file_id": "file-2"})
    assert shown["value"][link["start_index"] : link["end_index"]] == "here"
    assert citation["file_citation"] == {"file_id": "file-1"}
