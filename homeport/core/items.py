"""Items: what a conversation consists of, in the Responses API's words, and the Assistants API's view of the messages.

One vocabulary is stored. A thread's message is a `message` item seen through `thread_content`; what either API writes,
the other reads. Shapes: `ConversationItem` and `MessageObject` of OpenAI's specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from homeport.core.response_items import unsealed
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
    "message": ("phase",),
    "function_call": (),
    "function_call_output": (),
    "reasoning": ("content", "encrypted_content"),
    "file_search_call": ("results",),
    "code_interpreter_call": ("code", "outputs"),
}

_WORDS = {"role": ROLES, "phase": ("commentary", "final_answer")}


class _Text(Struct):
    text: str


class _Logs(Struct, tag_field="type", tag="logs"):
    logs: str


class _Image(Struct, tag_field="type", tag="image"):
    url: str


class _Found(Struct):
    file_id: str
    filename: str
    text: str


_TYPES: dict[str, Any] = {  # of members that a model is shown, messages aside
    **dict.fromkeys(("call_id", "name", "arguments", "encrypted_content", "code", "container_id"), str),
    **dict.fromkeys(("summary", "content"), list[_Text]),
    "queries": list[str],
    "results": list[_Found],
    "outputs": list[_Logs | _Image],
}


class _FileCitation(Struct, tag_field="type", tag="file_citation"):
    file_id: str
    index: int
    filename: str = ""


class _FilePath(Struct, tag_field="type", tag="file_path"):
    file_id: str
    index: int


class _ContainerFileCitation(Struct, tag_field="type", tag="container_file_citation"):
    container_id: str
    file_id: str
    start_index: int
    end_index: int
    filename: str


class _UrlCitation(Struct, tag_field="type", tag="url_citation"):
    url: str
    title: str
    start_index: int
    end_index: int


_PART_TYPES: dict[str, Any] = {
    **dict.fromkeys(("image_url", "file_id", "filename", "file_data", "file_url"), str),
    "detail": Literal["auto", "low", "high", "original"],
    "annotations": list[_FileCitation | _FilePath | _ContainerFileCitation | _UrlCitation],
}


def stored_item(given: Any, param: str) -> Item:
    """An input item as it is kept: with an id and a status, its texts as parts. `param` names it in errors.

    Raises BadRequestError for what is no item, UnsupportedParameter for a type that means nothing here.
    """
    if not isinstance(given, dict):
        raise BadRequestError(f"Invalid type for '{param}': expected an object.", param=param, code="invalid_type")
    kind = given.get("type") or ("message" if "role" in given else None)
    if not isinstance(kind, str) or kind not in ID_PREFIXES:
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
    _check_members(item, param)
    if item.get("encrypted_content") and not (item.get("content") or item.get("summary")):
        unsealed(item["encrypted_content"], param)  # or it would be found out by whoever reads the conversation
    if kind == "message":
        item["content"] = _parts(item["role"], item["content"], f"{param}.content")
    elif kind == "function_call_output" and not isinstance(item["output"], str):
        item["output"] = _parts("user", item["output"], f"{param}.output")
    return item


def _check_members(item: Item, param: str) -> None:
    for name, supported in _WORDS.items():
        if name in item and item[name] not in supported:
            raise _invalid(f"{param}.{name}", supported)
    if item["type"] != "message":
        _check_types(item, _TYPES, param)


def _check_types(given: dict[str, Any], types: dict[str, Any], param: str) -> None:
    for name, kind in types.items():
        if given.get(name) is None:
            continue
        try:
            msgspec.convert(given[name], kind)
        except msgspec.ValidationError as error:
            message = f"Invalid type for '{param}.{name}': {error}."
            raise BadRequestError(message, param=f"{param}.{name}", code="invalid_type") from None


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
    if isinstance(part, dict):
        _check_types(part, _PART_TYPES, param)
    if kind in ("input_text", "output_text", "text"):
        kept = text_part(role, _string(part, "text", param))
        if role == "assistant" and part.get("annotations") is not None:
            known = msgspec.convert(part["annotations"], _PART_TYPES["annotations"])
            kept["annotations"] = msgspec.to_builtins(known)
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
        if part.get("file_url") is not None:
            raise UnsupportedParameter(
                "This server fetches no files: send it as 'file_data', or upload it and send its 'file_id'.",
                param=f"{param}.file_url",
            )
        _one_of(part, ("file_id", "file_data"), param)
        names = ("file_id", "filename", "file_data")
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


def thread_content(parts: list[Part], exported: Mapping[str, str] | None = None) -> list[Part]:
    """An item's parts as the content of a thread's message. Files are no content there: see `attached_files`.

    `exported`: ids of the files that containers' ones were made, by theirs.
    """
    return [seen for part in parts if (seen := _thread_part(part, exported or {})) is not None]


def attached_files(parts: list[Part]) -> list[str]:
    """Ids of the files among the parts, which a thread's message shows as attachments."""
    return [part["file_id"] for part in parts if part["type"] == "input_file" and part.get("file_id")]


def _thread_part(part: Part, exported: Mapping[str, str]) -> Part | None:
    kind = part["type"]
    if kind in ("input_text", "output_text"):
        return {"type": "text", "text": cited(part["text"], part.get("annotations", []), exported)}
    if kind == "refusal":
        return {"type": "refusal", "refusal": part["refusal"]}
    if kind == "input_image":
        if part.get("file_id") is not None:
            return {"type": "image_file", "image_file": {"file_id": part["file_id"], "detail": part["detail"]}}
        return {"type": "image_url", "image_url": {"url": part["image_url"], "detail": part["detail"]}}
    return None


def cited(text: str, annotations: list[dict[str, Any]], exported: Mapping[str, str] | None = None) -> dict[str, Any]:
    """`{"value", "annotations"}` of a thread's text, its annotations in their order.

    A citation stands in the text as a marker, `【1†name】`: Responses note its place (`index`) and leave the text
    alone, so it is put in here. A link to a file that code has made stands there anyway; it is annotated where the file
    is one of `exported` (see `thread_content`). An imported text has its markers, and its annotations say where.
    """
    if any("end_index" in note and "text" in note for note in annotations):
        return {"value": text, "annotations": [_standing(note) for note in annotations if note["type"] in note]}
    value, last, markers = "", 0, 0
    shown: dict[int, dict[str, Any]] = {}
    for number, note in sorted(enumerate(annotations), key=lambda each: _place(each[1], text)):
        start = end = min(max(_place(note, text), last), len(text))
        file_id, kind = note.get("file_id"), "file_citation"
        if note["type"] == "container_file_citation":
            file_id, kind = (exported or {}).get(note["file_id"]), "file_path"
            end = min(max(note["end_index"], start), len(text))
        elif note["type"] == "file_path":
            kind = "file_path"
        if file_id is None:
            continue
        value += text[last:start]
        mark = text[start:end]
        if note["type"] != "container_file_citation":
            markers += 1
            mark = f"【{markers}†{note.get('filename') or 'source'}】"
        place = {"start_index": len(value), "end_index": len(value) + len(mark)}
        shown[number] = {"type": kind, "text": mark, **place, kind: {"file_id": file_id}}
        value += mark
        last = end
    return {"value": value + text[last:], "annotations": [note for _, note in sorted(shown.items())]}


def _place(note: dict[str, Any], text: str) -> int:
    return int(note.get("index", note.get("start_index", len(text))))


def _standing(note: dict[str, Any]) -> dict[str, Any]:
    return {name: note[name] for name in ("type", "text", "start_index", "end_index", note["type"])}
