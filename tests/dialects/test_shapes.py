"""Every request shape of the five documents, and of OpenAI's neighbouring APIs, becomes canonical."""

from __future__ import annotations

import base64
import copy
from typing import Any

import msgspec
import pytest

from homeport.core.chat import AudioPart, FilePart, ImagePart, UserMessage
from homeport.core.decode import decode_chat, unknown_parameters
from homeport.dialects import from_chat, from_completion, from_embedding
from homeport.errors import BadRequestError, UnsupportedParameter
from tests.dialects.documents import CANONICAL, CODE, REWRITTEN

FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
NESTED = {"type": "function", "function": FUNCTION}
FLAT = {"type": "function", **FUNCTION}
INTERPRETER = {
    "type": "function",
    "function": {
        "name": "code_interpreter",
        "description": "Run Python code and return its output.",
        "parameters": CODE,
    },
}


def rewritten(body: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(body)
    from_chat(body)
    return body


@pytest.mark.parametrize("name", CANONICAL)
def test_canonical_bodies_of_the_documents_are_untouched(name: str) -> None:
    assert rewritten(CANONICAL[name]) == CANONICAL[name]
    request = decode_chat(msgspec.json.encode(CANONICAL[name]), from_chat)
    assert request.answer_form is None
    assert unknown_parameters(request) == (["session_id"] if "session" in name else [])


@pytest.mark.parametrize("name", REWRITTEN)
def test_other_bodies_of_the_documents_become_canonical(name: str) -> None:
    sent, canonical = REWRITTEN[name]
    assert rewritten(sent) == canonical
    assert rewritten(canonical) == canonical
    request = decode_chat(msgspec.json.encode(sent), from_chat)
    assert request.wire == canonical
    assert unknown_parameters(request) == []


def test_parts_of_the_documents_arrive_typed() -> None:
    def part(name: str) -> object:
        message = decode_chat(msgspec.json.encode(REWRITTEN[name][0]), from_chat).messages[0]
        assert isinstance(message, UserMessage)
        return message.content[-1]

    image, audio, file = part("0 flat image"), part("0 audio"), part("3 file")
    assert isinstance(image, ImagePart)
    assert image.image_url.url == "https://example.com/receipt.jpg"
    assert isinstance(audio, AudioPart)
    assert audio.input_audio.format == "wav"
    assert isinstance(file, FilePart)
    assert file.file.file_id == "file_contract_2026"


CHOSEN = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ({"model": None}, {}),
        ({"output": ["text"]}, {"modalities": ["text"]}),
        (
            {"output": ["audio"], "audio": {"voice": "nova", "format": "mp3"}},
            {"modalities": ["audio"], "audio": {"voice": "nova", "format": "mp3"}},
        ),
        ({"output": ["text"], "modalities": ["text"]}, {"modalities": ["text"]}),
        ({"max_output_tokens": 5}, {"max_completion_tokens": 5}),
        ({"tools": [FLAT]}, {"tools": [NESTED]}),
        ({"tools": [FLAT, NESTED]}, {"tools": [NESTED, NESTED]}),
        ({"tools": [{"type": "code_interpreter"}]}, {"tools": [INTERPRETER]}),
        ({"tools": [{"type": "code_interpreter", "enabled": True}]}, {"tools": [INTERPRETER]}),
        (
            {"tools": [FLAT], "tool_choice": {"type": "function", "name": "f"}},
            {"tools": [NESTED], "tool_choice": CHOSEN},
        ),
        (
            {"tools": [{"type": "code_interpreter", "name": "f"}], "tool_choice": {"type": "code_interpreter"}},
            {
                "tools": [{"type": "function", "function": INTERPRETER["function"] | {"name": "f"}}],
                "tool_choice": CHOSEN,
            },
        ),
        (
            {"tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]}},
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [CHOSEN]}}},
        ),
        (
            {"response_format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}, "strict": True}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": True},
                }
            },
        ),
        (
            {"response_format": {"type": "json_schema", "schema": {"type": "object"}}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "response", "schema": {"type": "object"}},
                }
            },
        ),
    ],
)
def test_parameters(sent: dict[str, Any], canonical: dict[str, Any]) -> None:
    assert rewritten(sent) == canonical
    assert rewritten(canonical) == canonical


def b64(head: bytes) -> str:
    return base64.b64encode(head + b"rest of the sound").decode()


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ({"type": "image_url", "image_url": "u"}, {"type": "image_url", "image_url": {"url": "u"}}),
        (
            {"type": "image_url", "url": "u", "detail": "low"},
            {"type": "image_url", "image_url": {"url": "u", "detail": "low"}},
        ),
        (
            {"type": "image_url", "image_url": "u", "cache_control": 1},
            {"type": "image_url", "image_url": {"url": "u"}, "cache_control": 1},
        ),
        (
            {"type": "input_image", "image_url": "u", "detail": "high"},
            {"type": "image_url", "image_url": {"url": "u", "detail": "high"}},
        ),
        ({"type": "input_text", "text": "t"}, {"type": "text", "text": "t"}),
        ({"type": "output_text", "text": "t"}, {"type": "text", "text": "t"}),
        (
            {"type": "file", "file_data": "d", "filename": "n"},
            {"type": "file", "file": {"file_data": "d", "filename": "n"}},
        ),
        ({"type": "input_file", "file_id": "f"}, {"type": "file", "file": {"file_id": "f"}}),
        (
            {"type": "audio", "data": "xyz", "format": "mp3"},
            {"type": "input_audio", "input_audio": {"data": "xyz", "format": "mp3"}},
        ),
        (
            {"type": "audio", "data": "data:audio/mpeg;base64,xyz"},
            {"type": "input_audio", "input_audio": {"data": "xyz", "format": "mp3"}},
        ),
        (
            {"type": "audio", "data": "data:;base64," + b64(b"ID3")},
            {"type": "input_audio", "input_audio": {"data": b64(b"ID3"), "format": "mp3"}},
        ),
        *(
            (
                {"type": "audio", "data": b64(head)},
                {"type": "input_audio", "input_audio": {"data": b64(head), "format": form}},
            )
            for head, form in [
                (b"RIFF\x00\x00\x00\x00WAVE", "wav"),
                (b"ID3\x04", "mp3"),
                (b"\xff\xfb\x90", "mp3"),
                (b"\xff\xf3\x40", "mp3"),
                (b"\xff\x00", "wav"),
                (b"OggS", "wav"),
            ]
        ),
        (
            {"type": "audio", "data": ""},
            {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
        ),
    ],
)
def test_parts(sent: dict[str, Any], canonical: dict[str, Any]) -> None:
    body = {"messages": [{"role": "user", "content": [sent]}]}
    expected = {"messages": [{"role": "user", "content": [canonical]}]}
    assert rewritten(body) == expected
    assert rewritten(expected) == expected


@pytest.mark.parametrize(
    "tool", ["file_search", "web_search", "webhook", "agent_routing", "mcp", "computer_use", "custom"]
)
def test_a_built_in_tool_is_refused_by_name(tool: str) -> None:
    with pytest.raises(UnsupportedParameter) as caught:
        rewritten({"tools": [FLAT, {"type": tool}]})
    assert caught.value.param == "tools[1].type"
    assert caught.value.code == "unsupported_parameter"
    assert f"'{tool}'" in caught.value.message


def test_what_a_code_interpreter_has_beside_its_name_is_not_overlooked() -> None:
    body = CANONICAL["0 quick check"] | {"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}
    request = decode_chat(msgspec.json.encode(body), from_chat)
    assert unknown_parameters(request) == ["tools[0].function.container"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": ["a"]}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"output": "audio", "messages": []}, "output"),
        ({"output": [1], "messages": []}, "output"),
        ({"output": ["text"], "modalities": ["audio"], "messages": []}, "output"),
    ],
)
def test_shapes_that_mean_nothing(body: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        rewritten(body)
    assert caught.value.param == param


@pytest.mark.parametrize(
    "body",
    [
        {"messages": 5},
        {"messages": [5, None, "x"]},
        {"messages": [{"role": "user", "content": [5, None, {}, {"type": 5}, {"type": ["x"]}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}, {"type": "image_url", "url": 5}]}]},
        {"messages": [{"role": "user", "content": [{"type": "audio"}, {"type": "file"}, {"type": "input_image"}]}]},
        {"tools": 5},
        {"tools": [5, {}, {"type": 5}, {"type": "function"}, {"type": "hammer"}]},
        {"tool_choice": {"type": "function"}},
        {"tool_choice": {"type": "code_interpreter"}},
        {"tool_choice": {"type": "allowed_tools"}},
        {"tool_choice": {"type": ["x"]}},
        {"response_format": {"type": "json_schema"}},
        {"response_format": "json"},
        {"max_output_tokens": 1, "max_completion_tokens": 2},
        {"prompt": "x", "messages": []},
    ],
)
def test_what_is_no_known_shape_is_left_for_decode_to_refuse(body: dict[str, Any]) -> None:
    assert rewritten(body) == body


def test_completions_and_embeddings_may_leave_the_model_null() -> None:
    completion: dict[str, Any] = {"model": None, "prompt": "x"}
    embedding: dict[str, Any] = {"model": None, "input": "x"}
    from_completion(completion)
    from_embedding(embedding)
    assert completion == {"prompt": "x"}
    assert embedding == {"input": "x"}
    from_completion(completion)
    from_embedding(embedding)
