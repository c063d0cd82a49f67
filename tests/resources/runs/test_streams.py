"""Streams of runs and messages: followed, gone on with, replayed, cut down to the answer."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.runs_server import (
    BEGIN,
    MESSAGE,
    WEATHER,
    assistant,
    call_ids,
    eventually,
    every,
    kinds,
    thread,
)
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")


def blocks(answer: httpx.Response) -> list[tuple[str, str]]:
    """(event, id) of all events."""
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], lines.get("id", "")))
    return found


def test_a_stream_goes_on_after_any_event(sdk: Judged, http: httpx.Client) -> None:
    on = thread(sdk, "slowly")
    with http.stream("POST", f"/threads/{on}/runs", json={"assistant_id": assistant(sdk), "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():  # hang up in the middle
            if line == "event: thread.message.delta":
                break
    (run,) = sdk.beta.threads.runs.list(on).data
    at = f"/threads/{on}/runs/{run.id}/stream"
    whole = blocks(http.get(at))
    assert [number for _, number in whole[:-1]] == [str(number) for number in range(1, len(whole))]
    assert [name for name, _ in whole[-2:]] == ["thread.run.completed", "done"]
    for seen in (3, 9, len(whole) - 1):
        assert blocks(http.get(at, headers={"Last-Event-ID": str(seen)})) == whole[seen:]
    assert blocks(http.get(f"{at}?after=5")) == whole[5:]
    assert http.get(at, headers={"Last-Event-ID": "x"}).status_code == 400


def test_a_stream_ends_where_its_run_waits_now(sdk: Judged, http: httpx.Client) -> None:
    """Not where it has waited before."""
    on = thread(sdk, "two cities")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=assistant(sdk, tools=[WEATHER]), poll_interval_ms=20
    )
    at = f"/threads/{on}/runs/{run.id}/stream"
    assert [name for name, _ in blocks(http.get(at))[-2:]] == ["thread.run.requires_action", "done"]
    for following in ("thread.run.requires_action", "thread.run.completed"):
        outputs: Any = [{"tool_call_id": call, "output": "sun"} for call in call_ids(run)]
        run = sdk.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id, thread_id=on, tool_outputs=outputs, poll_interval_ms=20
        )
        names = [name for name, _ in blocks(http.get(at))]
        assert names[-2:] == [following, "done"]
        assert names.count("thread.run.requires_action") == 2


def test_an_answer_that_says_nothing_has_a_text(sdk: Judged) -> None:
    on = thread(sdk, "say nothing")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=assistant(sdk)) as stream:
        created = next(event.data for event in stream if event.event == "thread.message.created")
        stream.until_done()
        (told,) = stream.get_final_messages()
    assert created.content == []
    (kept,) = sdk.beta.threads.messages.list(on, limit=1).data
    for message in (told, kept):
        assert (message.role, message.status) == ("assistant", "completed")
        assert message.content[0].text.value == ""  # type: ignore[union-attr]


def test_a_message_is_followed_and_replayed(sdk: Judged, http: httpx.Client) -> None:
    on = thread(sdk, "slowly")
    followed = None
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=assistant(sdk)) as stream:
        for event in stream:
            if event.event == "thread.message.created":
                followed = http.get(f"/threads/{on}/messages/{event.data.id}/stream")
    assert followed is not None
    names = [name for name, _ in blocks(followed)]
    assert names[:3] == ["thread.message.created", "thread.message.in_progress", "thread.message.delta"]
    assert names[-2:] == ["thread.message.completed", "done"]
    assert len(names) == 12 + 4
    message, asked = sdk.beta.threads.messages.list(on).data
    again = http.get(f"/threads/{on}/messages/{message.id}/stream")
    assert blocks(again) == blocks(followed)
    replayed = [name for name, _ in blocks(http.get(f"/threads/{on}/messages/{asked.id}/stream"))]
    assert replayed == [
        *("thread.message.created", "thread.message.in_progress", "thread.message.delta"),
        *("thread.message.completed", "done"),
    ]
    assert http.get(f"/threads/{on}/messages/msg_none/stream").status_code == 404


def test_thoughts_are_items_of_the_conversation(sdk: Judged, http: httpx.Client) -> None:
    on = thread(sdk, "think")
    sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=assistant(sdk), poll_interval_ms=20)
    items = http.get(f"/conversations/{on.replace('thread_', 'conv_')}/items?order=asc").json()["data"]
    assert [item["type"] for item in items] == ["message", "reasoning", "message"]
    assert items[1]["content"][0]["text"] == "Let me see."


def test_thoughts_are_steps_for_who_asks(server: LiveServer, sdk: Judged, http: httpx.Client) -> None:
    """OpenAI has no such steps: nobody sees them unasked, and its SDK takes them as they come."""
    ada, on = assistant(sdk), thread(sdk, "think")
    include: Any = ["step_details.reasoning"]
    with openai.OpenAI(base_url=server.base_url, api_key=server.key) as own:  # whose bodies are not judged
        with own.beta.threads.runs.stream(thread_id=on, assistant_id=ada, include=include) as stream:
            events = every(stream)
        run_id = events[0].data.id
        thought, message = own.beta.threads.runs.steps.list(run_id, thread_id=on, order="asc", include=include).data
    step = ["thread.run.step.created", "thread.run.step.in_progress", "thread.run.step.delta"]
    assert kinds(events)[3:6] == step
    assert kinds(events)[-3:] == ["thread.message.completed", "thread.run.step.completed", "thread.run.completed"]
    snapshots: Any = stream.get_final_run_steps()  # as the SDK puts the deltas together
    assert [snapshot.step_details.type for snapshot in snapshots] == ["reasoning", "message_creation"]
    own_details: Any = thought.step_details
    for details in (snapshots[0].step_details, own_details):
        assert details.reasoning["text"] == "Let me see."
    assert thought.status == "completed"
    whole = blocks(http.get(f"/threads/{on}/runs/{run_id}/stream"))
    assert len(whole) == len(events) + 1  # the run says what its caller asked for
    assert [listed.id for listed in sdk.beta.threads.runs.steps.list(run_id, thread_id=on).data] == [message.id]
    answer = sdk.beta.threads.messages.list(on).data[0].id
    with_steps = [name for name, _ in blocks(http.get(f"/threads/{on}/messages/{answer}/stream?steps=true"))]
    assert with_steps[:3] == step
    assert with_steps[-2:] == ["thread.message.completed", "done"]

    with sdk.beta.threads.runs.stream(thread_id=thread(sdk, "think"), assistant_id=ada) as stream:
        events = every(stream)
    assert kinds(events) == [*BEGIN, *MESSAGE, "thread.run.completed"]
    at = f"/threads/{events[0].data.thread_id}/runs/{events[0].data.id}/stream"
    told = blocks(http.get(f"{at}?include[]=step_details.reasoning"))
    assert len(told) > len(blocks(http.get(at))) == len(events) + 1
    refused = http.get(f"/threads/{events[0].data.thread_id}/runs/{events[0].data.id}/steps?include[]=thoughts")
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "include[0]"
    run = sdk.beta.threads.create_and_run_poll(
        assistant_id=ada,
        thread={"messages": [{"role": "user", "content": "think"}]},
        extra_query={"include[]": "step_details.reasoning"},
        poll_interval_ms=20,
    )
    assert run.status == "completed"


def test_the_final_answer_only(sdk: Judged, http: httpx.Client) -> None:
    """Every step stays recorded; who asks sees nothing of the way to the answer."""
    ada, on = assistant(sdk, tools=[WEATHER]), thread(sdk, "look it up")
    only: Any = {"answer_only": "true"}
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada, extra_query=only) as stream:
        events = every(stream)
    assert kinds(events) == [*BEGIN, "thread.run.requires_action"]
    run: Any = stream.current_run
    outputs: Any = [{"tool_call_id": call, "output": "sun"} for call in call_ids(run)]
    with sdk.beta.threads.runs.submit_tool_outputs_stream(run_id=run.id, thread_id=on, tool_outputs=outputs) as stream:
        events = every(stream)
    assert kinds(events) == [
        *("thread.run.queued", "thread.run.in_progress", "thread.message.created", "thread.message.in_progress"),
        *("thread.message.delta", "thread.message.completed", "thread.run.completed"),
    ]
    (message,) = stream.get_final_messages()
    assert message.content[0].text.value == "It is sunny in Rome."  # type: ignore[union-attr]
    answer, said, _ = sdk.beta.threads.messages.list(on).data
    assert (answer.id, said.content[0].text.value) == (message.id, "Let me look.")  # type: ignore[union-attr]
    assert len(sdk.beta.threads.runs.steps.list(run.id, thread_id=on).data) == 3

    again = sdk.beta.threads.runs.create_and_poll(thread_id=thread(sdk, "you"), assistant_id=ada, poll_interval_ms=20)
    at = f"/threads/{again.thread_id}/runs/{again.id}/stream"
    assert len(blocks(http.get(at))) - len(blocks(http.get(f"{at}?answer_only=true"))) == 3  # its step


def test_what_is_used_is_metered(server: LiveServer, sdk: Judged, http: httpx.Client) -> None:
    sdk.beta.threads.runs.create_and_poll(
        thread_id=thread(sdk, "you"), assistant_id=assistant(sdk), poll_interval_ms=20
    )
    metrics = eventually(
        lambda: next(
            (
                line
                for line in httpx.get(f"{server.url}/metrics").text.splitlines()
                if 'model="scripted"' in line and "token" in line
            ),
            None,
        )
    )
    assert metrics
