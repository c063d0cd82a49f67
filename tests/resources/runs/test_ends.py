"""What ends a run, and what is refused."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.live.test_conformance import Judged
from tests.runs_server import WEATHER, assistant, every, kinds, thread
from tests.support import LiveServer

pytestmark = pytest.mark.filterwarnings("ignore:(deprecated|The Assistants API is deprecated):DeprecationWarning")


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
    conversation = "conv_" + on.removeprefix("thread_")
    assert sdk.responses.create(model="scripted", input="More", conversation=conversation).status == "completed"


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
