"""Tool calls under our grammars, written by the real engine with a model of random weights and read by our parsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.core.chat import (
    FunctionDefinition,
    FunctionName,
    FunctionTool,
    JsonSchema,
    JsonSchemaFormat,
    NamedToolChoice,
)
from homeport.core.grammar import Constraint, for_response_format, for_tool_calls
from homeport.core.parsers import (
    ContentText,
    ModelFormat,
    OutputParser,
    ReasoningText,
    ToolCallArguments,
    ToolCallStart,
)
from homeport.core.parsers.formats import OPENING_TAGS
from homeport.core.schemas import validate
from tests.core.raw_engine import RawEngine, closed, raw_engine

HERMES = ModelFormat("hermes")
IM_START, TOOL_CALL, THINK_END = 2, 4, 7  # in the tiny model's vocabulary; the first is a control token


@pytest.fixture(scope="module")
def engine(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawEngine]:
    with raw_engine(tiny_model, tmp_path_factory.mktemp("engine")) as running:
        yield running


WEATHER = FunctionDefinition("get_weather", None, closed(city={"enum": ["Rome", "Tōkyō"]}, days={"const": 3}), True)
TIME = FunctionDefinition("get_time", None, {"properties": {"zone": {"enum": ["UTC"]}}, "required": ["zone"]})
PING = FunctionDefinition("ping")
TOOLS = [FunctionTool(function) for function in (WEATHER, TIME, PING)]
THINK = ("<think>", "</think>")
FAMILIES = ["hermes", "llama3", "mistral", "mistral_v11", "deepseek", "deepseek_v31"]
family = pytest.mark.parametrize("family", FAMILIES)


class Output:
    """An output put together: every finished call's arguments are checked against its schema."""

    def __init__(self, engine: RawEngine, constraint: Constraint, format: ModelFormat, **more: Any) -> None:
        in_reasoning = more.pop("in_reasoning", False)
        self.stopped, text = engine.complete(constraint, **more)
        for tag in format.control_tokens:
            text = text.replace("<|im_start|>", tag)
        parser = OutputParser(format, tools=[tool.function.name for tool in TOOLS], in_reasoning=in_reasoning)
        self.content, self.reasoning = "", ""
        self.calls: list[list[str]] = []
        for event in [*parser.feed(constraint.prefill), *parser.feed(text), *parser.finish()]:
            match event:
                case ContentText(text):
                    self.content += text
                case ReasoningText(text):
                    self.reasoning += text
                case ToolCallStart(_, _, name):
                    self.calls.append([name, ""])
                case ToolCallArguments(index, text):
                    self.calls[index][1] += text
        finished = self.calls if self.stopped == "eos" else self.calls[:-1]
        for name, arguments in finished:
            function = next(tool.function for tool in TOOLS if tool.function.name == name)
            assert validate(function.parameters or {"const": {}}, arguments) == []


def tools_constraint(choice: Any, format: ModelFormat, **more: Any) -> Constraint:
    constraint = for_tool_calls(more.pop("tools", TOOLS), choice, format, **more)
    assert constraint is not None
    return constraint


@family
def test_a_named_function_is_called_once_and_nothing_else_is_said(engine: RawEngine, family: Any) -> None:
    format = ModelFormat(family)
    constraint = tools_constraint(NamedToolChoice(FunctionName("get_weather")), format)
    for seed in range(4):
        output = Output(engine, constraint, format, seed=seed)
        assert output.stopped == "eos"
        assert [name for name, _ in output.calls] == ["get_weather"]
        assert output.content == ""


@family
def test_required_means_a_call_at_least(engine: RawEngine, family: Any) -> None:
    format = ModelFormat(family)
    most = 0
    for seed in range(40):
        output = Output(engine, tools_constraint("required", format), format, seed=seed, tokens=250)
        assert output.calls
        assert output.content == "" or output.stopped == "limit"  # the next tag, cut off
        most = max(most, len(output.calls))
        if seed > 4 and most > 1:
            break
    assert most > 1
    for seed in range(4):
        alone = Output(engine, tools_constraint("required", format, parallel=False), format, seed=seed)
        assert (alone.stopped, len(alone.calls), alone.content) == ("eos", 1, "")


@family
@pytest.mark.parametrize("in_reasoning", [False, True])
def test_a_reasoning_model_may_think_before_it_must_call(engine: RawEngine, family: Any, in_reasoning: bool) -> None:
    format = ModelFormat(family, THINK)
    constraint = tools_constraint("required", format, parallel=False, in_reasoning=in_reasoning)
    assert constraint.prefill == ""
    outputs = [
        Output(engine, constraint, format, seed=seed, tokens=400, in_reasoning=in_reasoning) for seed in range(4)
    ]
    for output in outputs:
        assert output.content == ""
        assert len(output.calls) == 1 if output.stopped == "eos" else output.reasoning
    assert any(output.stopped == "eos" for output in outputs)
    assert not in_reasoning or any(output.reasoning for output in outputs)


@family
def test_auto_leaves_text_free_and_holds_calls_to_their_schema(engine: RawEngine, family: Any) -> None:
    """The random model hardly ever begins a call, so the opening is made as likely as can be."""
    tag = OPENING_TAGS[family][0]
    format = ModelFormat(family, control_tokens={} if family in ("hermes", "llama3") else {tag: IM_START})
    constraint = tools_constraint(None, format, parallel=False, tools=[TOOLS[0], TOOLS[2]])
    free = [Output(engine, constraint, format, seed=seed, tokens=30) for seed in range(4)]
    assert not any(output.calls for output in free)
    assert any(output.content for output in free)
    likely = {"hermes": TOOL_CALL, "llama3": engine.token("{")}.get(family, IM_START)
    for seed in range(4):
        output = Output(engine, constraint, format, seed=seed, bias={likely: 100.0})
        assert (output.stopped, len(output.calls), output.content) == ("eos", 1, "")


@pytest.mark.parametrize("choice", ["required", None])
def test_control_tokens_are_written_as_such(engine: RawEngine, choice: Any) -> None:
    control = {"[TOOL_CALLS]": IM_START, "[/THINK]": IM_START}
    format = ModelFormat("mistral_v11", ("[THINK]", "[/THINK]"), control)
    constraint = tools_constraint(choice, format, parallel=False, in_reasoning=True)
    stopped, text = engine.complete(constraint, bias={IM_START: 3.0}, tokens=400)
    assert stopped == "eos"
    assert text.count("<|im_start|>") == (2 if "{" in text.split("<|im_start|>")[-1] else 1)


def test_tools_beside_a_response_format_leave_both_open(engine: RawEngine) -> None:
    wanted = JsonSchemaFormat(JsonSchema("answer", closed(ok={"type": "boolean"})))
    constraint = tools_constraint("auto", HERMES, response_format=wanted)
    contents = {Output(engine, constraint, HERMES, seed=seed).content for seed in range(12)}
    assert contents <= {"", '{"ok": true}', '{"ok": false}'}
    assert len(contents) > 1


def test_thought_comes_before_an_answer_in_json(engine: RawEngine) -> None:
    format = ModelFormat("hermes", THINK)
    wanted = JsonSchemaFormat(JsonSchema("answer", closed(ok={"type": "boolean"})))
    constraint = for_response_format(wanted, format, in_reasoning=True)
    assert constraint is not None
    output = Output(engine, constraint, format, bias={THINK_END: 4.0}, in_reasoning=True, tokens=400)
    assert output.stopped == "eos"
    assert output.content in ('{"ok": true}', '{"ok": false}')
    assert output.reasoning
