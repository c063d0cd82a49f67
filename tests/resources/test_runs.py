"""Runs through the official SDK and its helpers, on both databases: every body and event as OpenAI specifies it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.lib.streaming import AssistantEventHandler
from typing_extensions import override

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.runs_server import WEATHER, eventually, runs_server
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")

MESSAGE = [
    *("thread.run.step.created", "thread.run.step.in_progress", "thread.message.created"),
    *("thread.message.in_progress", "thread.message.delta", "thread.message.completed", "thread.run.step.completed"),
]
BEGIN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    with runs_server(url) as running:
        yield running


@pytest.fixture
def sdk(server: LiveServer) -> Iterator[Judged]:
    with Judged(server) as client:
        yield client
        assert client.passed()


@pytest.fixture
def http(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60) as one:
        yield one


def assistant(sdk: openai.OpenAI, **fields: Any) -> str:
    return sdk.beta.assistants.create(**{"model": "scripted", **fields}).id


def thread(sdk: openai.OpenAI, *said: str) -> str:
    return sdk.beta.threads.create(messages=[{"role": "user", "content": text} for text in said]).id


def kinds(events: list[Any]) -> list[str]:
    """Names of the events; neighbours of one name as one."""
    names = [event.event for event in events]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


def every(stream: Any) -> list[Any]:
    return list(stream)


def call_ids(run: Any) -> list[str]:
    assert run.required_action is not None
    return [call.id for call in run.required_action.submit_tool_outputs.tool_calls]


# --- a run's life ----------------------------------------------------------------


def test_create_and_poll(sdk: Judged) -> None:
    ada = assistant(sdk, instructions="Be kind.", temperature=0.3, metadata={"team": "a"})
    on = thread(sdk, "you")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=ada, additional_instructions="Be brief.", metadata={"a": "b"}, poll_interval_ms=20
    )
    assert (run.status, run.instructions, run.temperature) == ("completed", "Be kind. Be brief.", 0.3)
    assert run.usage is not None
    assert run.usage.completion_tokens == 2
    assert run.usage.total_tokens == run.usage.prompt_tokens + 2
    assert run.metadata == {"a": "b"}
    (answer, asked) = sdk.beta.threads.messages.list(on).data
    assert answer.content[0].text.value == "Hello you"  # type: ignore[union-attr]
    assert (answer.run_id, answer.assistant_id, answer.status) == (run.id, ada, "completed")
    (step,) = sdk.beta.threads.runs.steps.list(run.id, thread_id=on).data
    assert step.step_details.message_creation.message_id == answer.id  # type: ignore[union-attr]
    assert step.usage is not None
    assert step.usage.total_tokens == run.usage.total_tokens
    assert sdk.beta.threads.runs.steps.retrieve(step.id, thread_id=on, run_id=run.id).id == step.id
    assert [listed.id for listed in sdk.beta.threads.runs.list(on).data] == [run.id]
    changed = sdk.beta.threads.runs.update(run.id, thread_id=on, metadata={"c": "d"})
    assert changed.metadata == {"c": "d"}
    assert asked.run_id is None


def test_stream_with_a_handler(sdk: Judged) -> None:
    class Handler(AssistantEventHandler):
        def __init__(self) -> None:
            super().__init__()
            self.text = ""
            self.done: list[str] = []
            self.events: list[Any] = []

        @override
        def on_event(self, event: Any) -> None:
            self.events.append(event)

        @override
        def on_text_delta(self, delta: Any, snapshot: Any) -> None:
            self.text += delta.value

        @override
        def on_message_done(self, message: Any) -> None:
            self.done.append(message.content[0].text.value)

    handler = Handler()
    on = thread(sdk, "you")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=assistant(sdk), event_handler=handler) as stream:
        stream.until_done()
    assert handler.text == "Hello you"
    assert handler.done == ["Hello you"]
    assert kinds(handler.events) == [*BEGIN, *MESSAGE, "thread.run.completed"]
    assert stream.get_final_messages()[0].content[0].text.value == "Hello you"  # type: ignore[union-attr]


def test_create_thread_and_run(sdk: Judged) -> None:
    said: Any = {"messages": [{"role": "user", "content": "you"}], "metadata": {"a": "b"}}
    run = sdk.beta.threads.create_and_run_poll(assistant_id=assistant(sdk), thread=said, poll_interval_ms=20)
    assert run.status == "completed"
    assert sdk.beta.threads.retrieve(run.thread_id).metadata == {"a": "b"}
    with sdk.beta.threads.create_and_run_stream(assistant_id=assistant(sdk), thread=said) as stream:
        assert kinds(every(stream))[:2] == ["thread.created", "thread.run.created"]


def test_tools_of_the_caller(sdk: Judged) -> None:
    ada, on = assistant(sdk, tools=[WEATHER]), thread(sdk, "both")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada) as stream:
        events = every(stream)
    step = ["thread.run.step.created", "thread.run.step.in_progress", "thread.run.step.delta"]
    assert kinds(events) == [*BEGIN, *step, "thread.run.requires_action"]
    run = stream.current_run
    assert run is not None
    calls = stream.get_final_run_steps()[0].step_details.tool_calls  # type: ignore[union-attr]
    assert [call.function.arguments for call in calls] == ['{"city":"Rome"}', '{"city":"Bonn"}']  # type: ignore[union-attr]
    first, second = call_ids(run)
    with pytest.raises(openai.BadRequestError, match=second):
        sdk.beta.threads.runs.submit_tool_outputs(
            run.id, thread_id=on, tool_outputs=[{"tool_call_id": first, "output": "sun"}]
        )
    outputs: Any = [{"tool_call_id": first, "output": "sun"}, {"tool_call_id": second, "output": "rain"}]
    with sdk.beta.threads.runs.submit_tool_outputs_stream(run_id=run.id, thread_id=on, tool_outputs=outputs) as stream:
        events = every(stream)
    assert kinds(events) == [
        *("thread.run.step.completed", "thread.run.queued", "thread.run.in_progress"),
        *(*MESSAGE, "thread.run.completed"),
    ]
    shown = events[0].data.step_details.tool_calls
    assert [call.function.output for call in shown] == ["sun", "rain"]
    run = sdk.beta.threads.runs.retrieve(run.id, thread_id=on)
    steps = sdk.beta.threads.runs.steps.list(run.id, thread_id=on, order="asc").data
    assert [step.type for step in steps] == ["tool_calls", "message_creation"]
    assert run.usage is not None
    assert run.usage.total_tokens == sum(step.usage.total_tokens for step in steps if step.usage)
    with pytest.raises(openai.BadRequestError, match="do not accept tool outputs"):
        sdk.beta.threads.runs.submit_tool_outputs(run.id, thread_id=on, tool_outputs=outputs)


def test_submit_and_poll_after_a_refused_call(sdk: Judged) -> None:
    ada, on = assistant(sdk, tools=[WEATHER]), thread(sdk, "badly")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada, poll_interval_ms=20)
    assert run.status == "requires_action"
    (call,) = call_ids(run)
    run = sdk.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=on, tool_outputs=[{"tool_call_id": call, "output": "sun"}], poll_interval_ms=20
    )
    assert run.status == "completed"
    steps = sdk.beta.threads.runs.steps.list(run.id, thread_id=on, order="asc").data
    refused = steps[0].step_details.tool_calls[0].function  # type: ignore[union-attr]
    assert refused.arguments == '{"town":"Rome"}'
    assert "was not made" in refused.output  # type: ignore[operator]
    assert [step.status for step in steps] == ["completed"] * 3


# --- what ends a run -------------------------------------------------------------


def test_one_run_at_a_time(sdk: Judged) -> None:
    ada, on = assistant(sdk, tools=[WEATHER]), thread(sdk, "weather")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada, poll_interval_ms=20)
    with pytest.raises(openai.BadRequestError, match=f"Thread {on} already has an active run {run.id}."):
        sdk.beta.threads.runs.create(thread_id=on, assistant_id=ada)
    with pytest.raises(openai.BadRequestError, match=f"while a run {run.id} is active"):
        sdk.beta.threads.messages.create(on, role="user", content="More")
    cancelled = sdk.beta.threads.runs.cancel(run.id, thread_id=on)
    assert cancelled.status == "cancelled"  # nobody was at it
    with pytest.raises(openai.BadRequestError, match="Cannot cancel run with status 'cancelled'"):
        sdk.beta.threads.runs.cancel(run.id, thread_id=on)
    sdk.beta.threads.messages.create(on, role="user", content="More")
    again = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada, poll_interval_ms=20)
    assert again.status == "completed"  # what the cancelled run has left disturbs nobody


def test_cancel_in_the_middle(sdk: Judged) -> None:
    ada, on = assistant(sdk), thread(sdk, "forever")
    events: list[Any] = []
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada) as stream:
        for event in stream:
            events.append(event)
            if event.event == "thread.run.in_progress":
                assert sdk.beta.threads.runs.cancel(event.data.id, thread_id=on).status in ("cancelling", "cancelled")
    assert kinds(events)[-2:] == ["thread.run.cancelling", "thread.run.cancelled"]
    assert sdk.beta.threads.retrieve(on).id == on
    on = thread(sdk, "slowly")
    events = []
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada) as stream:
        for event in stream:
            events.append(event)
            if event.event == "thread.message.delta" and len(events) < 12:
                run_id = events[0].data.id
                if sdk.beta.threads.runs.retrieve(run_id, thread_id=on).status == "in_progress":
                    sdk.beta.threads.runs.cancel(run_id, thread_id=on)
    assert kinds(events)[-3:] == ["thread.message.incomplete", "thread.run.step.cancelled", "thread.run.cancelled"]
    (message, _) = sdk.beta.threads.messages.list(on).data
    assert message.status == "incomplete"
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "run_cancelled"
    assert message.content[0].text.value.startswith("one")  # type: ignore[union-attr]


def test_failures(sdk: Judged) -> None:
    ada = assistant(sdk)
    on = thread(sdk, "break in the middle")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada) as stream:
        events = every(stream)
    assert kinds(events)[-3:] == ["thread.message.incomplete", "thread.run.step.failed", "thread.run.failed"]
    assert events[-1].data.last_error.code == "server_error"
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=thread(sdk, "too often"), assistant_id=ada, poll_interval_ms=20
    )
    assert run.last_error is not None
    assert (run.status, run.last_error.code) == ("failed", "rate_limit_exceeded")


def test_a_thread_that_says_nothing(sdk: Judged) -> None:
    """The assistant begins, with instructions or without."""
    for instructions in (None, "Be kind."):
        ada, on = assistant(sdk, instructions=instructions), thread(sdk)
        run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada, poll_interval_ms=20)
        assert run.status == "completed"
        assert sdk.beta.threads.messages.list(on).data[0].role == "assistant"


def test_an_image_that_the_model_can_t_see(sdk: Judged) -> None:
    """The run says so. What models that see are sent: tests/live/test_responses_engine.py."""
    file = sdk.files.create(file=("a.png", b"\x89PNG\r\n\x1a\n"), purpose="vision")
    ada = assistant(sdk)
    for image, reason in (
        ({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, "takes no `image_url` parts"),
        ({"type": "image_file", "image_file": {"file_id": file.id}}, "takes no `image_url` parts"),
    ):
        said: Any = {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]}
        run = sdk.beta.threads.create_and_run_poll(assistant_id=ada, thread=said, poll_interval_ms=20)
        assert run.last_error is not None
        assert (run.status, run.last_error.code) == ("failed", "invalid_prompt")
        assert reason in run.last_error.message
    sdk.files.delete(file.id)
    sdk.beta.threads.messages.create(run.thread_id, role="user", content="And now?")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=run.thread_id, assistant_id=ada, poll_interval_ms=20)
    assert run.status == "completed"  # what is gone is told to the model


def test_a_content_filter_ends_the_run(sdk: Judged) -> None:
    """OpenAI's runs have no reason of that name to be incomplete for; its messages do."""
    on = thread(sdk, "filtered")
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=assistant(sdk)) as stream:
        events = every(stream)
    assert kinds(events)[-3:] == ["thread.message.incomplete", "thread.run.step.failed", "thread.run.failed"]
    assert events[-1].data.last_error.code == "invalid_prompt"
    message = sdk.beta.threads.messages.list(on).data[0]
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "content_filter"


def test_budgets(sdk: Judged) -> None:
    ada, on = assistant(sdk), thread(sdk, "at length")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=ada, max_completion_tokens=256, poll_interval_ms=20
    )
    assert run.status == "incomplete"
    assert run.incomplete_details is not None
    assert run.incomplete_details.reason == "max_completion_tokens"
    assert run.usage is not None
    assert run.usage.completion_tokens == 256
    message = sdk.beta.threads.messages.list(on).data[0]
    assert message.incomplete_details is not None
    assert message.incomplete_details.reason == "max_tokens"
    on = thread(sdk, "word " * 300)
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=ada, max_prompt_tokens=256, poll_interval_ms=20
    )
    assert run.incomplete_details is not None
    assert (run.status, run.incomplete_details.reason) == ("incomplete", "max_prompt_tokens")


def test_truncation(sdk: Judged) -> None:
    ada = assistant(sdk)
    on = thread(sdk, *(f"{number} " + "word " * 50 for number in range(20)), "you")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada, poll_interval_ms=20)
    assert run.status == "completed"  # 1000 words, and a context of 400 tokens
    assert run.usage is not None
    assert 50 < run.usage.prompt_tokens <= 400
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=ada, max_prompt_tokens=256, poll_interval_ms=20
    )
    assert run.status == "completed"  # what is too much is left out, oldest first
    assert run.usage is not None
    assert 50 < run.usage.prompt_tokens <= 256
    last: Any = {"type": "last_messages", "last_messages": 1}
    sdk.beta.threads.messages.create(on, role="user", content="you")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on, assistant_id=ada, truncation_strategy=last, poll_interval_ms=20
    )
    assert run.usage is not None
    assert run.usage.prompt_tokens == 3
    assert run.truncation_strategy is not None
    assert run.truncation_strategy.last_messages == 1


def test_overrides(sdk: Judged) -> None:
    ada, on = assistant(sdk, instructions="Be kind.", model="scripted"), thread(sdk, "json")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on,
        assistant_id=ada,
        instructions="Be rude.",
        tools=[WEATHER],
        tool_choice="none",
        response_format={"type": "json_object"},
        parallel_tool_calls=False,
        top_p=0.5,
        additional_messages=[{"role": "user", "content": "json"}],
        poll_interval_ms=20,
    )
    assert (run.status, run.instructions, run.top_p, run.tool_choice) == ("completed", "Be rude.", 0.5, "none")
    assert [message.content[0].text.value for message in sdk.beta.threads.messages.list(on)] == [  # type: ignore[union-attr]
        *('{"a": 1}', "json", "json"),
    ]
    named: Any = {"type": "function", "function": {"name": "get_weather"}}
    on = thread(sdk, "weather")
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=on,
        assistant_id=ada,
        tools=[WEATHER],
        tool_choice=named,
        poll_interval_ms=20,  # type: ignore[list-item]
    )
    assert run.status == "requires_action"


def test_refusals(sdk: Judged) -> None:
    ada, on = assistant(sdk), thread(sdk, "you")
    create = sdk.beta.threads.runs.create
    with pytest.raises(openai.NotFoundError):
        create(thread_id=on, assistant_id="asst_none")
    with pytest.raises(openai.NotFoundError):
        create(thread_id="thread_none", assistant_id=ada)
    with pytest.raises(openai.NotFoundError):
        create(thread_id=on, assistant_id=ada, model="nobody")
    refused_ones: list[tuple[Any, str]] = [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "file_search"}}, "tool_choice"),
        ({"max_completion_tokens": 10}, "max_completion_tokens"),
        ({"truncation_strategy": {"type": "last_messages"}}, "truncation_strategy.last_messages"),
        ({"extra_body": {"nonsense": 1}}, "nonsense"),
    ]
    for wrong, param in refused_ones:
        with pytest.raises(openai.BadRequestError) as refused:
            create(thread_id=on, assistant_id=ada, **wrong)
        assert refused.value.param == param
    with pytest.raises(openai.NotFoundError, match="run_none"):
        sdk.beta.threads.runs.retrieve("run_none", thread_id=on)
    run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=ada, poll_interval_ms=20)
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.runs.retrieve(run.id, thread_id=thread(sdk, "you"))


@pytest.mark.parametrize("as_conversation", [False, True])
def test_a_thread_deleted_under_its_run(sdk: Judged, server: LiveServer, as_conversation: bool) -> None:
    ada, on = assistant(sdk), thread(sdk, "slowly")
    seen = []
    with sdk.beta.threads.runs.stream(thread_id=on, assistant_id=ada) as stream:
        for event in stream:
            if event.event == "thread.message.delta" and "deleted" not in seen:
                if as_conversation:
                    sdk.conversations.delete(on.replace("thread_", "conv_"))
                else:
                    sdk.beta.threads.delete(on)
                seen.append("deleted")
            seen.append(event.event)
    ends = ["thread.message.incomplete", "thread.run.step.cancelled", "thread.run.cancelled"]
    assert [each for each in seen[seen.index("deleted") :] if not each.endswith(".delta")] == ["deleted", *ends]
    assert seen.count("thread.message.delta") < 12  # nobody goes on with it
    (said,) = stream.get_final_messages()
    assert said.content[0].text.value.startswith("one")  # type: ignore[union-attr]
    run = stream.current_run
    assert run is not None
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.runs.retrieve(run.id, thread_id=on)
    assert "Traceback" not in "".join(server.output)


def test_a_thread_deleted_while_its_run_waits(sdk: Judged, server: LiveServer) -> None:
    on = thread(sdk, "weather")
    run = sdk.beta.threads.runs.create_and_poll(thread_id=on, assistant_id=assistant(sdk, tools=[WEATHER]))
    assert run.status == "requires_action"
    sdk.beta.threads.delete(on)
    with pytest.raises(openai.NotFoundError):
        sdk.beta.threads.runs.steps.list(run.id, thread_id=on)
    assert "Traceback" not in "".join(server.output)


# --- streams ---------------------------------------------------------------------


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
