"""Responses over an engine that is watched: what it is asked, and that it is stopped when nobody waits any more."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.engines.raw_peer import HANG, Answer, RawPeer, Request, event, streamed, text_stream
from tests.media.pdf import write_pdf
from tests.support import LiveServer

pytestmark = pytest.mark.anyio

CONFIG = '[engines.peer]\nurl = "{url}"\nmodels = ["sees", "hangs", "thinks"]\n'


def answer(request: Request) -> Answer:
    model = request.json["model"]
    if model == "hangs":
        return [HANG]
    if model == "thinks":
        return streamed(event({"reasoning_content": "I wonder."}), *text_stream("Because."))
    return streamed(*text_stream("I see", " it."))


@pytest.fixture(scope="module")
async def peer() -> AsyncIterator[RawPeer]:
    async with RawPeer(answer) as peer:
        yield peer


@pytest.fixture(scope="module")
async def sdk(peer: RawPeer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncOpenAI]:
    server = LiveServer(tmp_path_factory.mktemp("engine"), CONFIG.format(url=peer.url))
    await asyncio.to_thread(server.start)
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.key, max_retries=0) as sdk:
        yield sdk
    await asyncio.to_thread(server.stop)
    assert "Traceback" not in "".join(server.output)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("store", [False, True])
async def test_a_caller_who_leaves_stops_the_engine(sdk: AsyncOpenAI, peer: RawPeer, stream: bool, store: bool) -> None:
    """Before there is anything to answer with. Nothing is kept."""
    asked, thread = len(peer.requests), await sdk.conversations.create()
    peer.hung_up.clear()
    create: Any = sdk.responses.create
    waiting = asyncio.create_task(create(model="hangs", input="x", stream=stream, store=store, conversation=thread.id))
    async with asyncio.timeout(30):
        while len(peer.requests) == asked:
            await asyncio.sleep(0.01)
        waiting.cancel()
        await peer.hung_up.wait()
    assert (await sdk.conversations.items.list(thread.id)).data == []


async def test_reasoning_goes_round_however_much_of_it_a_caller_keeps(sdk: AsyncOpenAI, peer: RawPeer) -> None:
    asked: dict[str, Any] = {"model": "thinks", "store": False, "include": ["reasoning.encrypted_content"]}
    first = await sdk.responses.create(input="Why?", **asked)
    thought, message = first.output
    assert thought.type == "reasoning"
    assert thought.content is not None
    assert thought.content[0].text == "I wonder."
    bare = {"type": "reasoning", "summary": [], "encrypted_content": thought.encrypted_content}
    for kept in (bare, thought.to_dict()):
        given: Any = [{"role": "user", "content": "Why?"}, kept, message.to_dict(), {"role": "user", "content": "Oh?"}]
        await sdk.responses.create(input=given, **asked)
        assert peer.requests[-1].json["messages"] == [
            {"role": "user", "content": "Why?"},
            {"role": "assistant", "content": "Because.", "reasoning_content": "I wonder."},
            {"role": "user", "content": "Oh?"},
        ]
    bare["encrypted_content"] = "somebody else's"
    with pytest.raises(openai.BadRequestError) as caught:
        await sdk.responses.create(input=[bare, {"role": "user", "content": "Oh?"}], **asked)  # type: ignore[list-item]
    assert caught.value.code == "invalid_encrypted_content"


async def test_one_call_at_a_time_holds_for_the_server_s_tools_alone(sdk: AsyncOpenAI, peer: RawPeer) -> None:
    tools: Any = [{"type": "code_interpreter", "container": {"type": "auto"}}]
    await sdk.responses.create(model="thinks", input="Why?", tools=tools, parallel_tool_calls=False)
    asked = peer.requests[-1].json
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["code_interpreter"]
    assert asked["parallel_tool_calls"] is False


# --- images and documents --------------------------------------------------------------------

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PNG_URL = "data:image/png;base64," + base64.b64encode(PNG).decode()


def asked(peer: RawPeer) -> list[Any]:
    """The parts of the last message that the engine was sent."""
    parts: list[Any] = peer.requests[-1].json["messages"][-1]["content"]
    return parts


def user(*parts: dict[str, Any]) -> list[Any]:
    return [{"role": "user", "content": [{"type": "input_text", "text": "Look:"}, *parts]}]


def image(url: str, detail: str = "auto") -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": detail}}


async def upload(sdk: AsyncOpenAI, name: str, data: bytes) -> str:
    return (await sdk.files.create(file=(name, data), purpose="user_data")).id


async def test_images(sdk: AsyncOpenAI, peer: RawPeer) -> None:
    """By URL, and by the id of a file. What is shown afterwards is what was sent."""
    file_id = await upload(sdk, "red.png", PNG)
    given = user(
        {"type": "input_image", "image_url": PNG_URL},
        {"type": "input_image", "file_id": file_id, "detail": "original"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
    )
    made = await sdk.responses.create(model="sees", input=given)
    assert made.output_text == "I see it."
    text = {"type": "text", "text": "Look:"}
    assert asked(peer) == [text, image(PNG_URL), image(PNG_URL, "high"), image("https://example.com/a.png", "low")]
    (shown,) = (await sdk.responses.input_items.list(made.id)).data
    assert [part.file_id for part in shown.content[1:]] == [None, file_id, None]  # type: ignore[union-attr]
    await sdk.responses.create(model="sees", input="And now?", previous_response_id=made.id)
    assert peer.requests[-1].json["messages"][0]["content"][2] == image(PNG_URL, "high")


async def test_images_that_functions_return(sdk: AsyncOpenAI, peer: RawPeer) -> None:
    given: Any = [
        *user(),
        {"type": "function_call", "call_id": "call_1", "name": "draw", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": [{"type": "input_image", "image_url": PNG_URL}],
        },
    ]
    await sdk.responses.create(model="sees", input=given)
    tool, shown = peer.requests[-1].json["messages"][-2:]
    assert (tool["role"], tool["content"]) == ("tool", "See below.")
    assert shown == {"role": "user", "content": [image(PNG_URL)]}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK calls the Assistants API so
async def test_an_image_in_a_thread(sdk: AsyncOpenAI, peer: RawPeer) -> None:
    file_id = await upload(sdk, "red.png", PNG)
    assistant = await sdk.beta.assistants.create(model="sees")
    content: Any = [{"type": "image_file", "image_file": {"file_id": file_id}}]
    run = await sdk.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": content}]}, poll_interval_ms=20
    )
    assert run.status == "completed"
    assert asked(peer) == [image(PNG_URL)]


async def test_documents(sdk: AsyncOpenAI, peer: RawPeer) -> None:
    """Their text goes into the context, read by the limited child."""
    text_id, pdf_id = (
        await upload(sdk, "note.md", b"# Giraffes\n"),
        await upload(sdk, "six.pdf", write_pdf([["Six metres."]])),
    )
    data = base64.b64encode(b"Sent along.").decode()
    given = user(
        {"type": "input_file", "file_id": text_id},
        {"type": "input_file", "file_id": pdf_id},
        {"type": "input_file", "filename": "mine.txt", "file_data": f"data:text/plain;base64,{data}"},
        {"type": "input_file", "filename": "bare.txt", "file_data": data},
    )
    conversation = await sdk.conversations.create()
    await sdk.responses.create(model="sees", input=given, conversation=conversation.id)
    expected = ["note.md:\n\n# Giraffes", "six.pdf:\n\nSix metres.", "mine.txt:\n\nSent along."]
    assert [part["text"] for part in asked(peer)[1:]] == [*expected, "bare.txt:\n\nSent along."]
    items = (await sdk.conversations.items.list(conversation.id, order="asc")).data
    parts: Any = items[0].content  # type: ignore[union-attr]
    assert [part.file_id for part in parts[1:3]] == [text_id, pdf_id]
    await sdk.files.delete(text_id)
    with pytest.raises(openai.NotFoundError, match=text_id):
        await sdk.responses.create(model="sees", input="Again", conversation=conversation.id)


BAD_FILES: list[tuple[dict[str, Any], str]] = [
    ({"type": "input_file", "file_url": "https://example.com/a.pdf"}, "fetches no files"),
    ({"type": "input_file", "file_data": "no base64!"}, "file_data"),
    ({"type": "input_file", "file_data": base64.b64encode(PNG).decode(), "filename": "a.png"}, "a.png"),
    ({"type": "input_image", "file_id": "{note}"}, "is no image"),
    ({"type": "input_image"}, "exactly one of"),
]


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize(("part", "message"), BAD_FILES, ids=[case[1] for case in BAD_FILES])
async def test_files_that_can_t_be_read(sdk: AsyncOpenAI, part: dict[str, Any], message: str, background: bool) -> None:
    if part.get("file_id") == "{note}":
        part = part | {"file_id": await upload(sdk, "note.txt", b"Text.")}
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        await sdk.responses.create(model="sees", input=user(part), background=background)
    assert str(caught.value.param).startswith("input")
