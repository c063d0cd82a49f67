"""Items: what a conversation consists of, in the Responses API's words, and the Assistants API's view of the messages.

One vocabulary is stored. A thread's message is a `message` item seen through `thread_content`; what either API writes,
the other reads. Shapes: `ConversationItem` and `MessageObject` of OpenAI's specification.
"""

from __future__ import annotations

from typing import Any

from homeport.errors import BadRequestError, UnsupportedParameter
from homeport.ids import new_id

Item = dict[str, Any]
Part = dict[str, Any]

ID_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "reasoning": "rs",
    "file_search_call": "fs",
    "code_interpreter_call": "ci",
}
ROLES = ("user", "assistant", "system", "developer")
_REQUIRED = {
    "message": ("role", "content"),
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "reasoning": ("summary",),
    "file_search_call": ("queries",),
    "code_interpreter_call": ("container_id",),
}
_OPTIONAL = {
    "message": (),
    "function_call": (),
    "function_call_output": (),
    "reasoning": ("content", "encrypted_content"),
    "file_search_call": ("results",),
    "code_interpreter_call": ("code", "outputs"),
}


def stored_item(given: Any, param: str) -> Item:
    """An input item as it is kept: with an id and a status, its texts as parts. `param` names it in errors.

    Raises BadRequestError for what is no item, UnsupportedParameter for a type that means nothing here.
    """
    if not isinstance(given, dict):
        raise BadRequestError(f"Invalid type for '{param}': expected an object.", param=param, code="invalid_type")
    kind = given.get("type") or ("message" if "role" in given else None)
    if kind not in ID_PREFIXES:
        supported = ", ".join(f"'{name}'" for name in ID_PREFIXES)
        raise UnsupportedParameter(
            f"Items of type {kind!r} are not supported. Supported values are: {supported}.", param=f"{param}.type"
        )
    item: Item = {"id": new_id(ID_PREFIXES[kind]), "type": kind, "status": "completed"}
    for name in _REQUIRED[kind]:
        if given.get(name) is None:
            raise BadRequestError(
                f"Missing required parameter: '{param}.{name}'.",
                param=f"{param}.{name}",
                code="missing_required_parameter",
            )
        item[name] = given[name]
    item |= {name: given[name] for name in _OPTIONAL[kind] if given.get(name) is not None}
    if kind == "message":
        if item["role"] not in ROLES:
            raise _invalid(f"{param}.role", ROLES)
        item["content"] = _parts(item["role"], item["content"], f"{param}.content")
    return item


def text_part(role: str, text: str) -> Part:
    """What a role's text is called: the assistant's is output."""
    if role == "assistant":
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": "input_text", "text": text}


def _parts(role: str, content: Any, param: str) -> list[Part]:
    if isinstance(content, str):
        return [text_part(role, content)]
    if not isinstance(content, list):
        raise BadRequestError(
            f"Invalid type for '{param}': expected a string or an array of parts.", param=param, code="invalid_type"
        )
    return [_part(role, part, f"{param}[{index}]") for index, part in enumerate(content)]


def _part(role: str, part: Any, param: str) -> Part:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in ("input_text", "output_text", "text"):
        kept = text_part(role, _string(part, "text", param))
        if role == "assistant" and isinstance(part.get("annotations"), list):
            kept["annotations"] = part["annotations"]
        return kept
    if kind == "refusal":
        return {"type": "refusal", "refusal": _string(part, "refusal", param)}
    if kind == "input_image":
        _one_of(part, ("image_url", "file_id"), param)
        return {
            "type": "input_image",
            "image_url": part.get("image_url"),
            "file_id": part.get("file_id"),
            "detail": part.get("detail") or "auto",
        }
    if kind == "input_file":
        _one_of(part, ("file_id", "file_data", "file_url"), param)
        names = ("file_id", "filename", "file_data", "file_url")
        return {"type": "input_file"} | {name: part[name] for name in names if part.get(name) is not None}
    raise _invalid(f"{param}.type", ("input_text", "input_image", "input_file", "output_text", "refusal"))


def _string(part: Part, name: str, param: str) -> str:
    value = part.get(name)
    if not isinstance(value, str):
        raise BadRequestError(
            f"Invalid type for '{param}.{name}': expected a string.", param=f"{param}.{name}", code="invalid_type"
        )
    return value


def _one_of(part: Part, names: tuple[str, ...], param: str) -> None:
    if sum(part.get(name) is not None for name in names) != 1:
        raise BadRequestError(f"'{param}' takes exactly one of {', '.join(names)}.", param=param, code="invalid_value")


def _invalid(param: str, supported: tuple[str, ...]) -> BadRequestError:
    names = ", ".join(f"'{name}'" for name in supported)
    return BadRequestError(
        f"Invalid value for '{param}'. Supported values are: {names}.", param=param, code="invalid_value"
    )


# --- the thread's view of a message ----------------------------------------------


def from_thread_content(role: str, content: str | list[Part]) -> list[Part]:
    """A thread message's content, checked by its shape, as an item's parts."""
    if isinstance(content, str):
        return [text_part(role, content)]
    parts: list[Part] = []
    for part in content:
        if part["type"] == "text":
            parts.append(text_part(role, part["text"]))
            continue
        image = part[part["type"]]  # image_url or image_file
        parts.append(
            {
                "type": "input_image",
                "image_url": image.get("url"),
                "file_id": image.get("file_id"),
                "detail": image.get("detail") or "auto",
            }
        )
    return parts


def thread_content(parts: list[Part]) -> list[Part]:
    """An item's parts as the content of a thread's message. Files are no content there: see `attached_files`."""
    return [seen for part in parts if (seen := _thread_part(part)) is not None]


def attached_files(parts: list[Part]) -> list[str]:
    """Ids of the files among the parts, which a thread's message shows as attachments."""
    return [part["file_id"] for part in parts if part["type"] == "input_file" and part.get("file_id")]


def _thread_part(part: Part) -> Part | None:
    kind = part["type"]
    if kind in ("input_text", "output_text"):
        return {"type": "text", "text": cited(part["text"], part.get("annotations", []))}
    if kind == "refusal":
        return {"type": "refusal", "refusal": part["refusal"]}
    if kind == "input_image":
        if part.get("file_id") is not None:
            return {"type": "image_file", "image_file": {"file_id": part["file_id"], "detail": part["detail"]}}
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part["detail"]}}
    return None


def cited(text: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """`{"value", "annotations"}` of a thread's text: a citation stands in the text as a marker, `【1†name】`.

    Responses note the place of a citation (`index`) and leave the text alone, so the markers are put in here.
    """
    value, shown, last = "", [], 0
    for number, note in enumerate(
        sorted((a for a in annotations if "file_id" in a), key=lambda a: a.get("index", 0)), 1
    ):
        place = min(max(int(note.get("index", len(text))), last), len(text))
        marker = f"【{number}†{note.get('filename') or 'source'}】"
        value += text[last:place]
        start = len(value)
        value += marker
        kind = "file_path" if note["type"] == "file_path" else "file_citation"
        shown.append(
            {
                "type": kind,
                "text": marker,
                "start_index": start,
                "end_index": len(value),
                kind: {"file_id": note["file_id"]},
            }
        )
        last = place
    return {"value": value + text[last:], "annotations": shown}
