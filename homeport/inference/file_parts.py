"""Files in messages, as what any engine reads: an image's bytes in its URL, a document's text.

A caller names a file of the project (`file_id`) or sends it along (`file_data`). Engines know neither, so a part of
this kind is replaced each time a model is asked; what was read last is kept in memory, as every round asks again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import mimetypes
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from homeport.errors import ApiError, BadRequestError, NotFoundError
from homeport.media.limited import open_blocks
from homeport.media.records import MAX_DOCUMENT_BYTES, Limits
from homeport.storage.blobs import save
from homeport.storage.files import FileStore
from homeport.storage.scratch import scratch

Message = dict[str, Any]
Part = dict[str, Any]

MAX_IMAGE_BYTES = 20 * 1024 * 1024
_LIMITS = Limits(timeout_s=120.0, max_text_chars=4_000_000)  # about a million tokens: more than any model reads
_KEPT_CHARS = 32_000_000
_READ_AT_ONCE = 4  # documents: each takes a process
_IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


class FileParts:
    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._kept: OrderedDict[str, str] = OrderedDict()  # the newest last
        self._kept_chars = 0
        self._reading = asyncio.Semaphore(_READ_AT_ONCE)

    async def inlined(
        self, project_id: str, messages: Sequence[Message], *, gone_is_told: bool = False
    ) -> list[Message]:
        """The messages with parts `input_image` as `image_url`, and parts `input_file` as `text`.

        Raises NotFoundError for a file that is not there, unless that `gone_is_told` to the model, and BadRequestError
        for one that is no image or has no text.
        """
        return [
            message | {"content": [await self._inlined(project_id, part, gone_is_told) for part in message["content"]]}
            if _has_files(message)
            else message
            for message in messages
        ]

    async def _inlined(self, project_id: str, part: Part, gone_is_told: bool) -> Part:
        try:
            match part.get("type"):
                case "input_image":
                    url = part.get("image_url") or await self._image_url(project_id, part["file_id"])
                    detail = "high" if part.get("detail") == "original" else part.get("detail") or "auto"
                    return {"type": "image_url", "image_url": {"url": url, "detail": detail}}
                case "input_file":
                    name, text = await self._document(project_id, part)
                    return {"type": "text", "text": f"{name}:\n\n{text}"}
        except ApiError as error:
            if gone_is_told and isinstance(error, NotFoundError):
                return {"type": "text", "text": f"[The file {part['file_id']} is not here any more.]"}
            error.param = "input"
            raise
        return part

    # --- images ------------------------------------------------------------------------

    async def _image_url(self, project_id: str, file_id: str) -> str:
        file = await self._files.find(project_id, file_id)
        if (kept := self._found(key := "image:" + file_id)) is not None:
            return kept
        if file.bytes > MAX_IMAGE_BYTES:
            raise BadRequestError(f"The image '{file_id}' is larger than {MAX_IMAGE_BYTES} bytes.")
        data = b"".join([block async for block in self._files.stream(file)])
        kind = _image_type(data)
        if kind is None:
            raise BadRequestError(
                f"The file '{file_id}' is no image. Supported are PNG, JPEG, GIF and WebP.", code="invalid_image_format"
            )
        return self._keep(key, f"data:{kind};base64,{base64.b64encode(data).decode()}")

    # --- documents ---------------------------------------------------------------------

    async def _document(self, project_id: str, part: Part) -> tuple[str, str]:
        """The document's name and text."""
        if (file_id := part.get("file_id")) is not None:
            file = await self._files.find(project_id, file_id)
            key, name = file_id, file.filename
            if file.bytes > MAX_DOCUMENT_BYTES:
                raise BadRequestError(f"The file '{file_id}' is larger than {MAX_DOCUMENT_BYTES >> 20} MB.")
        else:
            kind, data, digest = await asyncio.to_thread(_decoded, part["file_data"])
            name = part.get("filename") or "document" + (mimetypes.guess_extension(kind) or "")
            key = digest + Path(name).suffix
        if (kept := self._found(key)) is not None:
            return name, kept
        async with self._reading:  # its place on the disk is taken in turn, too
            if (kept := self._found(key)) is not None:  # another has read it meanwhile
                return name, kept
            with scratch() as folder:
                path = folder / "document"
                if file_id is not None:
                    path = await self._files.fetch(file, path)
                else:
                    await save(_once(data), path)
                return name, self._keep(key, await _text(path, name))

    # --- what is kept --------------------------------------------------------------------

    def _found(self, key: str) -> str | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: str, content: str) -> str:
        if key not in self._kept:
            self._kept[key] = content
            self._kept_chars += len(content)
        while self._kept_chars > _KEPT_CHARS:
            self._kept_chars -= len(self._kept.popitem(last=False)[1])
        return content


def _has_files(message: Message) -> bool:
    content = message["content"]
    return isinstance(content, list) and any(part.get("type") in ("input_image", "input_file") for part in content)


def _image_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _IMAGES.items() if data.startswith(start)), None)


def _decoded(given: str) -> tuple[str, bytes, str]:
    """The MIME type, where a data URL tells it, the bytes of `file_data`, and their hash."""
    header, comma, data = given.partition(",")
    kind = header.removeprefix("data:").partition(";")[0] if comma else ""
    try:
        decoded = base64.b64decode(data if comma else given, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequestError("Invalid 'file_data': it must be base64, or a data URL with it.") from None
    return kind, decoded, hashlib.sha256(decoded).hexdigest()


async def _text(path: Path, filename: str) -> str:
    async with open_blocks(path, filename, limits=_LIMITS) as blocks:
        return "".join([block.text async for block in blocks]).strip()


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
