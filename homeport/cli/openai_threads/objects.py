"""OpenAI's objects as rows: assistants, threads and messages, with the ids and times that they had.

Shapes: `AssistantObject`, `ThreadObject` and `MessageObject` of OpenAI's specification. Members that are not known are
left out: OpenAI has added some over the years, of which nothing here depends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from homeport.core.chat import Metadata
from homeport.core.items import Part
from homeport.core.violations import explain
from homeport.errors import BadRequestError
from homeport.resources.assistants import Assistant, Description, Effort, Format, Instructions, Name, Tools, check_tools
from homeport.storage.conversations import Attachment, Conversation, ConversationItem, conversation_id

# --- shapes --------------------------------------------------------------------

_ID = r"_[A-Za-z0-9_-]{1,120}\Z"
AssistantId: TypeAlias = Annotated[str, Meta(pattern=r"\Aasst" + _ID)]
ThreadId: TypeAlias = Annotated[str, Meta(pattern=r"\Athread" + _ID)]
MessageId: TypeAlias = Annotated[str, Meta(pattern=r"\Amsg" + _ID)]
AnyId: TypeAlias = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,127}\Z")]
Time: TypeAlias = Annotated[int, Meta(ge=0, le=1 << 53)]  # seconds since 1970


class CodeInterpreterResources(Struct):
    file_ids: list[AnyId] = []


class FileSearchResources(Struct):
    vector_store_ids: list[AnyId] = []


class ToolResources(Struct):
    code_interpreter: CodeInterpreterResources | None = None
    file_search: FileSearchResources | None = None


class AssistantLine(Struct):
    id: AssistantId
    created_at: Time
    model: str
    name: Name | None = None
    description: Description | None = None
    instructions: Instructions | None = None
    reasoning_effort: Effort | None = None
    tools: Tools = []
    tool_resources: ToolResources | None = None
    metadata: Metadata | None = None
    temperature: float | None = None
    top_p: float | None = None
    response_format: Format | None = None


class ThreadLine(Struct):
    id: ThreadId
    created_at: Time
    tool_resources: ToolResources | None = None
    metadata: Metadata | None = None


class FileReference(Struct):
    file_id: AnyId


class Annotation(Struct):
    """A mark that stands in the text, and what it stands for."""

    type: Literal["file_citation", "file_path"]
    text: str
    start_index: Annotated[int, Meta(ge=0)]
    end_index: Annotated[int, Meta(ge=0)]
    file_citation: FileReference | None = None
    file_path: FileReference | None = None


class Text(Struct):
    value: str
    annotations: list[Annotation] = []


class TextPart(Struct, tag_field="type", tag="text"):
    text: Text | str


class ImageFile(Struct):
    file_id: AnyId
    detail: Literal["auto", "low", "high"] = "auto"


class ImageFilePart(Struct, tag_field="type", tag="image_file"):
    image_file: ImageFile


class ImageURL(Struct):
    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class ImageURLPart(Struct, tag_field="type", tag="image_url"):
    image_url: ImageURL


class RefusalPart(Struct, tag_field="type", tag="refusal"):
    refusal: str


class AttachmentTool(Struct):
    type: Literal["code_interpreter", "file_search"]


class AttachmentLine(Struct):
    """`file_id` is null where the file was deleted."""

    file_id: AnyId | None = None
    tools: list[AttachmentTool] | None = None


class IncompleteDetails(Struct):
    reason: str


class MessageLine(Struct):
    id: MessageId
    created_at: Time
    thread_id: ThreadId
    role: Literal["user", "assistant"]
    content: list[TextPart | ImageFilePart | ImageURLPart | RefusalPart] | str
    assistant_id: AnyId | None = None
    run_id: AnyId | None = None
    attachments: list[AttachmentLine] | None = None
    file_ids: list[AnyId] = []  # what attachments were before 2024-04
    metadata: Metadata | None = None
    status: Literal["in_progress", "incomplete", "completed"] | None = None
    incomplete_details: IncompleteDetails | None = None
    completed_at: Time | None = None
    incomplete_at: Time | None = None


Row: TypeAlias = Assistant | Conversation | ConversationItem

# --- rules ---------------------------------------------------------------------


def row(value: Mapping[str, Any], renamed: Mapping[str, str]) -> Row | None:
    """The row of an object; None for an object of a kind that is not imported. `renamed`: ids of files and stores.

    Raises BadRequestError for one that is not as OpenAI has it.
    """
    kind = value.get("object")
    if kind == "assistant":
        return _assistant(_checked(value, AssistantLine), renamed)
    if kind == "thread":
        return _thread(_checked(value, ThreadLine), renamed)
    if kind == "thread.message":
        return _message(_checked(value, MessageLine), renamed)
    if not isinstance(kind, str):
        raise BadRequestError("nothing says what this is: `object` is missing")
    return None


def mentioned(row: Row) -> Iterable[str]:
    """Ids of the files and vector stores that a row mentions."""
    if not isinstance(row, ConversationItem):
        resources = row.tool_resources or {}
        yield from resources.get("code_interpreter", {}).get("file_ids", ())
        yield from resources.get("file_search", {}).get("vector_store_ids", ())
        return
    yield from (given.file_id for given in row.attachments)
    for part in row.item["content"]:
        yield from (each["file_id"] for each in (part, *part.get("annotations", ())) if each.get("file_id"))


def _checked(value: Mapping[str, Any], kind: type[Any]) -> Any:
    """OpenAI's SDKs write members that are not there as null: `{"file_search": {"vector_store_ids": null}}`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        value = _without_nulls(value)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise explain(error, value, kind) from None


def _without_nulls(value: Any) -> Any:
    """Without those that stand for nothing. In a JSON schema they stand for null."""
    if isinstance(value, dict):
        return {
            name: member if name in ("parameters", "schema") else _without_nulls(member)
            for name, member in value.items()
            if member is not None
        }
    return [_without_nulls(member) for member in value] if isinstance(value, list) else value


def _assistant(line: AssistantLine, renamed: Mapping[str, str]) -> Assistant:
    check_tools(line.tools, line.response_format)
    return Assistant(
        id=line.id,
        created_at=line.created_at,
        model=line.model,
        name=line.name,
        description=line.description,
        instructions=line.instructions,
        reasoning_effort=line.reasoning_effort,
        tools=line.tools,
        tool_resources=_resources(line.tool_resources, renamed),
        metadata=line.metadata or {},
        temperature=line.temperature,
        top_p=line.top_p,
        response_format=line.response_format or "auto",
    )


def _thread(line: ThreadLine, renamed: Mapping[str, str]) -> Conversation:
    return Conversation(
        id=conversation_id(line.id, "thread"),
        created_at=line.created_at,
        metadata=line.metadata or {},
        tool_resources=_resources(line.tool_resources, renamed),
    )


def _resources(given: ToolResources | None, renamed: Mapping[str, str]) -> dict[str, Any] | None:
    kept: dict[str, Any] = {}
    if given is not None and given.code_interpreter is not None:
        kept["code_interpreter"] = {"file_ids": [renamed.get(id, id) for id in given.code_interpreter.file_ids]}
    if given is not None and given.file_search is not None:
        kept["file_search"] = {"vector_store_ids": [renamed.get(id, id) for id in given.file_search.vector_store_ids]}
    return kept or None


def _message(line: MessageLine, renamed: Mapping[str, str]) -> ConversationItem:
    status = line.status or "completed"
    reason = None if line.incomplete_details is None else line.incomplete_details.reason
    if status == "in_progress":  # the run that wrote it goes on nowhere
        status, reason = "incomplete", "run_expired"
    attachments = [
        Attachment(renamed.get(given.file_id, given.file_id), msgspec.to_builtins(given.tools or []))
        for given in line.attachments or ()
        if given.file_id is not None
    ]
    both: list[dict[str, Any]] = [{"type": "file_search"}, {"type": "code_interpreter"}]
    attachments += [Attachment(renamed.get(id, id), both) for id in line.file_ids]
    return ConversationItem(
        id=line.id,
        created_at=line.created_at,
        conversation_id=conversation_id(line.thread_id, "thread"),
        type="message",
        role=line.role,
        run_id=line.run_id,
        item={
            "id": line.id,
            "type": "message",
            "status": status,
            "role": line.role,
            "content": list(_parts(line, renamed)),
        },
        assistant_id=line.assistant_id,
        attachments=attachments,
        metadata=line.metadata or {},
        completed_at=line.completed_at,
        incomplete_at=line.incomplete_at,
        incomplete_reason=reason,
    )


def _parts(line: MessageLine, renamed: Mapping[str, str]) -> Iterable[Part]:
    given = [TextPart(line.content)] if isinstance(line.content, str) else line.content
    for part in given:
        if isinstance(part, TextPart):
            text = Text(part.text) if isinstance(part.text, str) else part.text
            notes = [_annotation(note, renamed) for note in text.annotations]
            if line.role == "assistant":
                yield {"type": "output_text", "text": text.value, "annotations": notes, "logprobs": []}
            else:
                yield {"type": "input_text", "text": text.value} | ({"annotations": notes} if notes else {})
        elif isinstance(part, RefusalPart):
            yield {"type": "refusal", "refusal": part.refusal}
        elif isinstance(part, ImageFilePart):
            image = part.image_file
            file_id = renamed.get(image.file_id, image.file_id)
            yield {"type": "input_image", "image_url": None, "file_id": file_id, "detail": image.detail}
        else:
            url = part.image_url
            yield {"type": "input_image", "image_url": url.url, "file_id": None, "detail": url.detail}


def _annotation(note: Annotation, renamed: Mapping[str, str]) -> dict[str, Any]:
    """As a thread shows it and as a response does, in one: its mark stands in the text (see `core.items.cited`)."""
    target = note.file_citation if note.type == "file_citation" else note.file_path
    if target is None:
        raise BadRequestError(f"an annotation of type {note.type} lacks its `{note.type}`")
    file_id = renamed.get(target.file_id, target.file_id)
    name = note.text.rpartition("†" if note.type == "file_citation" else "/")[2].rstrip("】")
    return {
        "type": note.type,
        "file_id": file_id,
        "filename": name,
        "index": note.start_index,
        "text": note.text,
        "start_index": note.start_index,
        "end_index": note.end_index,
        note.type: {"file_id": file_id},
    }
