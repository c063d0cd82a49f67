"""Runs through the official SDK and its helpers, on both databases: every body and event as OpenAI specifies it."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai.lib.streaming import AssistantEventHandler
from typing_extensions import override

from tests.live.test_conformance import Judged
from tests.openai_spec import httpx
from tests.runs_server import (
    BEGIN,
    MESSAGE,
    WEATHER,
    assistant,
    call_ids,
    every,
    kinds,
    thread,
)

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")


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


def test_a_new_thread_that_knows_its_assistant(http: httpx.Client, sdk: Judged) -> None:
    """The run is its assistant's, if the request names none; the thread keeps it in any case."""
    ada, bea = assistant(sdk), assistant(sdk)
    for asked, runs_as in (({}, ada), ({"assistant_id": bea}, bea)):
        made = http.post("/threads/runs", json=asked | {"thread": {"assistant_id": ada}})
        assert made.status_code == 200, made.text
        assert made.json()["assistant_id"] == runs_as
        assert http.get(f"/threads/{made.json()['thread_id']}").json()["assistant_id"] == ada
    refused = http.post("/threads/runs", json={"assistant_id": bea, "thread": {"assistant_id": "asst_none"}})
    assert refused.status_code == 404


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
