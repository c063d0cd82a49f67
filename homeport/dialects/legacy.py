"""What a chat was before `messages` and `tools`: `prompt` with `text`, `functions` with `function_call`."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.core.sse import event, payloads
from homeport.errors import BadRequestError

Json = dict[str, Any]


def from_prompt(body: Json) -> None:
    """`prompt` as one user message."""
    prompt = body["prompt"]
    if not isinstance(prompt, str):
        raise BadRequestError(
            "Invalid type for 'prompt': expected a string in a chat completion.", param="prompt", code="invalid_type"
        )
    del body["prompt"]
    body["messages"] = [{"role": "user", "content": prompt}]


def to_text(choice: Json) -> None:
    """`text` beside the `message` of a choice, or beside the `delta` of a streamed one."""
    said = choice.get("message") or choice.get("delta") or {}
    choice["text"] = said.get("content") or ""


def from_functions(body: Json) -> bool:
    """`functions` as tools, `function_call` as tool_choice, calls and results in messages as those of tools.

    Returns whether the body itself offers functions; messages alone may be history.
    """
    messages = body.get("messages")
    if isinstance(messages, list):
        _from_function_messages(messages)
    functions, call = body.get("functions"), body.get("function_call")
    if functions is None:
        body.pop("functions", None)
    elif isinstance(functions, list) and "tools" not in body:
        del body["functions"]
        body["tools"] = [{"type": "function", "function": function} for function in functions]
        body.setdefault("parallel_tool_calls", False)  # a `function_call` has room for one
    if call is None:
        body.pop("function_call", None)
    elif "tool_choice" not in body:
        del body["function_call"]
        body["tool_choice"] = {"type": "function", "function": call} if isinstance(call, dict) else call
    return functions is not None or call is not None


def _from_function_messages(messages: list[Any]) -> None:
    call_id = ""
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        role = message.get("role")
        if role == "function":
            rest = dict(message, role="tool", tool_call_id=call_id or f"call_{index}")
            rest.pop("name", None)
            rest["content"] = rest.get("content") or ""
            messages[index] = rest
        elif role == "assistant" and message.get("function_call") is not None and not message.get("tool_calls"):
            call_id = f"call_{index}"
            rest = dict(message)
            rest["tool_calls"] = [{"id": call_id, "type": "function", "function": rest.pop("function_call")}]
            messages[index] = rest


def to_function_call(choice: Json) -> None:
    """The call of a choice, whole or streamed, as `function_call`."""
    said = choice.get("message") or choice.get("delta") or {}
    for call in said.pop("tool_calls", None) or []:
        if call.get("index", 0) == 0 and "function_call" not in said:
            said["function_call"] = call.get("function") or {}
    if choice.get("finish_reason") == "tool_calls":
        choice["finish_reason"] = "function_call"


class LegacyAnswer(msgspec.Struct, frozen=True):
    """The answer to a request in an older form (an AnswerForm): canonical bytes in, the caller's bytes out."""

    text: bool
    function_call: bool

    def body(self, body: bytes) -> bytes:
        return msgspec.json.encode(self._rewritten(msgspec.json.decode(body)))

    def block(self, block: bytes) -> bytes:
        return b"".join(event(self._rewritten(msgspec.json.decode(payload))) for payload in payloads(block))

    def _rewritten(self, answer: Json) -> Json:
        for choice in answer.get("choices", ()):
            if self.text:
                to_text(choice)
            if self.function_call:
                to_function_call(choice)
        return answer
