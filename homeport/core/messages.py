"""The messages of a conversation and the parts they are made of, in canonical form (OpenAI /v1).

Import these names from `core.chat`, where the requests are.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct


class TextPart(Struct, tag_field="type", tag="text"):
    text: str


class RefusalPart(Struct, tag_field="type", tag="refusal"):
    refusal: str


class ImageURL(Struct):
    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class ImagePart(Struct, tag_field="type", tag="image_url"):
    image_url: ImageURL


class AudioData(Struct):
    data: str
    format: Literal["wav", "mp3"] = "wav"


class AudioPart(Struct, tag_field="type", tag="input_audio"):
    input_audio: AudioData


class FileRef(Struct):
    file_id: str | None = None
    file_data: str | None = None
    filename: str | None = None


class FilePart(Struct, tag_field="type", tag="file"):
    file: FileRef


Part: TypeAlias = TextPart | RefusalPart | ImagePart | AudioPart | FilePart


class FunctionCall(Struct):
    name: str
    arguments: str


class ToolCall(Struct):
    id: str
    function: FunctionCall
    type: Literal["function"] = "function"


class DeveloperMessage(Struct, tag_field="role", tag="developer"):
    content: str | Annotated[list[TextPart], Meta(min_length=1)]
    name: str | None = None


class SystemMessage(Struct, tag_field="role", tag="system"):
    content: str | Annotated[list[TextPart], Meta(min_length=1)]
    name: str | None = None


class UserMessage(Struct, tag_field="role", tag="user"):
    content: str | Annotated[list[Part], Meta(min_length=1)]
    name: str | None = None


class AssistantMessage(Struct, tag_field="role", tag="assistant"):
    content: str | list[TextPart | RefusalPart] | None = None
    name: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None
    audio: dict[str, Any] | None = None


class ToolMessage(Struct, tag_field="role", tag="tool"):
    content: str | list[TextPart]
    tool_call_id: str


class FunctionMessage(Struct, tag_field="role", tag="function"):
    name: str
    content: str | None = None


Message: TypeAlias = SystemMessage | AssistantMessage | UserMessage | FunctionMessage | ToolMessage | DeveloperMessage


def text_of(content: str | list[Any] | None) -> str:
    """The text of a message's content; parts are joined, parts that are no text are left out."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(part.text for part in content if isinstance(part, TextPart))
