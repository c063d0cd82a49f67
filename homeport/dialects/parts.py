"""The parts of a message's content."""

from __future__ import annotations

import base64
import binascii
from typing import Any

Part = dict[str, Any]


def from_parts(parts: list[Any]) -> None:
    """A content list, in place. Members that belong to no shape (a vendor's own) stay beside the canonical ones."""
    for index, part in enumerate(parts):
        if type(part) is dict:
            match part.get("type"):
                case "text":
                    pass
                case "image_url":
                    if type(part.get("image_url")) is not dict:
                        parts[index] = from_image(part)
                case "input_image":
                    if isinstance(part.get("image_url"), str):
                        parts[index] = from_image(part)
                case "audio":
                    if isinstance(part.get("data"), str):
                        parts[index] = from_audio(part)
                case "file" | "input_file":
                    if "file" not in part:
                        parts[index] = from_file(part)
                case "input_text" | "output_text":
                    part["type"] = "text"


def from_image(part: Part) -> Part:
    """An image as a bare string or flat, as the object with `url` and `detail`."""
    rest = dict(part, type="image_url")
    url = rest.pop("image_url", None)
    if url is None and "url" in rest:
        url = rest.pop("url")
    if not isinstance(url, str):
        return part
    rest["image_url"] = {"url": url}
    if (detail := rest.pop("detail", None)) is not None:
        rest["image_url"]["detail"] = detail
    return rest


def from_audio(part: Part) -> Part:
    """`{"type": "audio", "data"}` as `input_audio`; a data URL's MIME type or the first bytes tell the format."""
    rest = dict(part, type="input_audio")
    data: str = rest.pop("data")
    form = rest.pop("format", None)
    if data.startswith("data:"):
        header, _, data = data.partition(",")
        form = form or _MIME_FORMATS.get(header[5:].partition(";")[0].lower())
    rest["input_audio"] = {"data": data, "format": form or audio_format(data)}
    return rest


_MIME_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


def audio_format(data: str) -> str:
    """`mp3` where base64 data begins like one (an ID3 tag or a frame), else `wav`."""
    try:
        head = base64.b64decode(data[:4], validate=True)
    except (binascii.Error, ValueError):
        return "wav"
    return "mp3" if head == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0") else "wav"


def from_file(part: Part) -> Part:
    """A flat file reference as the `file` object."""
    rest = dict(part, type="file")
    rest["file"] = {name: rest.pop(name) for name in ("file_id", "file_data", "filename") if name in rest}
    return rest if rest["file"] else part
