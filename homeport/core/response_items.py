"""The Responses API's input as chat messages: what one endpoint calls items, the other calls messages.

| item | becomes |
|---|---|
| a text | a user message |
| `message`, or no type but a role | a message of that role |
| `function_call` | a tool call of the assistant message before it, or of a new one |
| `function_call_output` | a message of role tool; images in it become a user message after it |
| `reasoning` | `reasoning_content` of the assistant message after it |
| any other | 400 `unsupported_parameter`, `param` is `input[i].type` |
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

from homeport.errors import BadRequestError, UnsupportedParameter

Message = dict[str, Any]

_SEAL = "homeport1."
_MAX_SEALED = 4 * 1024 * 1024  # bytes of a text: a few bytes may say that there are gigabytes


def to_messages(items: str | list[Any], instructions: str | None = None) -> list[Message]:
    """Messages for `input` and `instructions`; parts keep Responses' own types, which the dialects' normaliser knows.

    Raises BadRequestError for an item that is none, UnsupportedParameter for one that means nothing here.
    """
    messages: list[Message] = []
    if instructions is not None:
        messages.append({"role": "system", "content": instructions})
    if isinstance(items, str):
        return [*messages, {"role": "user", "content": items}]
    reasoning: str | None = None
    images: list[Any] = []  # in outputs of tools, whose messages can't hold them
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise BadRequestError(
                f"Invalid type for 'input[{index}]': expected an object.", param=f"input[{index}]", code="invalid_type"
            )
        kind = item.get("type") or ("message" if "role" in item else None)
        if kind == "reasoning":
            reasoning = (reasoning or "") + _reasoning(item, index)
            continue
        if images and kind != "function_call_output":
            messages.append({"role": "user", "content": images})
            images = []
        if kind == "message":
            content = _content(_member(item, "content", index))
            messages.append({"role": _member(item, "role", index), "content": content})
        elif kind == "function_call":
            if reasoning is not None or not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            messages[-1].setdefault("tool_calls", []).append(_tool_call(item, index))
        elif kind == "function_call_output":
            call_id, output = _member(item, "call_id", index), _member(item, "output", index)
            shown = [part for part in output if _is_image(part)] if isinstance(output, list) else []
            if shown:
                images = [*images, *shown]
                output = [part for part in output if not _is_image(part)] or "See below."
            messages.append({"role": "tool", "tool_call_id": call_id, "content": _content(output)})
        else:
            raise UnsupportedParameter(
                f"Items of type {kind!r} are not supported. Supported values are: 'message', 'function_call', "
                "'function_call_output' and 'reasoning'.",
                param=f"input[{index}].type",
            )
        if reasoning is not None and messages[-1]["role"] == "assistant":
            messages[-1]["reasoning_content"] = reasoning
        reasoning = None
    return [*messages, {"role": "user", "content": images}] if images else messages


def sealed(item: Message) -> str:
    """A reasoning item's text as its `encrypted_content`, for a caller who keeps nothing else of it.

    No secret: what it hides is shown beside it. It is opaque, as OpenAI's is.
    """
    return _SEAL + base64.b64encode(zlib.compress(_reasoning(item, 0).encode())).decode()


def unsealed(content: Any, param: str) -> str:
    """What `sealed` has sealed. Raises BadRequestError for what it has not; `param` names the item."""
    try:
        seal, packed = content[: len(_SEAL)], content[len(_SEAL) :]
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(base64.b64decode(packed, validate=True), _MAX_SEALED)
        if seal != _SEAL or not unpacking.eof:
            raise ValueError(content)
        return text.decode()
    except (TypeError, ValueError, zlib.error):
        raise BadRequestError(
            "The encrypted content could not be verified: it is not this server's.",
            param=f"{param}.encrypted_content",
            code="invalid_encrypted_content",
        ) from None


def _content(content: Any) -> Any:
    """Without what Responses note beside a text, which engines don't know. One text by itself is a plain string."""
    if not isinstance(content, list):
        return content
    parts = [_bare(part) for part in content]
    match parts:
        case [{"type": "text" | "input_text" | "output_text", "text": str(text)}]:
            return text
    return parts


def _is_image(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "input_image"


def _bare(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    return {name: value for name, value in part.items() if name not in ("annotations", "logprobs")}


def _tool_call(item: Message, index: int) -> dict[str, Any]:
    name, arguments = _member(item, "name", index), _member(item, "arguments", index)
    return {
        "id": _member(item, "call_id", index),
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _member(item: Message, name: str, index: int) -> Any:
    if item.get(name) is None:
        raise BadRequestError(
            f"Missing required parameter: 'input[{index}].{name}'.",
            param=f"input[{index}].{name}",
            code="missing_required_parameter",
        )
    return item[name]


def _reasoning(item: Message, index: int) -> str:
    """The full text where it is there, else the summary (models without hidden reasoning return both), else what is
    sealed."""
    for member in ("content", "summary"):
        parts = item.get(member)
        if parts is None:
            continue
        if not isinstance(parts, list) or not all(
            isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts
        ):
            raise BadRequestError(
                f"Invalid type for 'input[{index}].{member}': expected an array of texts.",
                param=f"input[{index}].{member}",
                code="invalid_type",
            )
        if parts:
            return "".join(part["text"] for part in parts)
    return unsealed(item["encrypted_content"], f"input[{index}]") if item.get("encrypted_content") else ""
