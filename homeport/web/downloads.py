"""Answers that are bytes: streamed as the caller takes them, whole or one range of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from homeport.errors import BadRequestError

_RANGE = re.compile(r"bytes=(\d{0,1000})-(\d{0,1000})")  # `int` refuses more than 4,300 digits


class Download(Struct, frozen=True):
    """What a handler returns for bytes. It is an attachment of no type: no browser shows a caller's file as a page."""

    filename: str
    size_bytes: int
    etag: str  # without quotation marks; other bytes have another
    stream: Callable[[int, int], AsyncIterator[bytes]]  # the bytes from … up to …

    async def response(self, request: Request) -> Response:
        """Honours `Range` (one range) and HEAD. Raises BadRequestError (416) for a range that is not there."""
        start, end, status = 0, self.size_bytes, 200
        headers = {
            "content-disposition": _attachment(self.filename),
            "x-content-type-options": "nosniff",
            "accept-ranges": "bytes",
            "etag": f'"{self.etag}"',
        }
        wanted = _RANGE.fullmatch(request.headers.get("range", "").strip())
        if wanted and any(wanted.groups()) and request.headers.get("if-range", headers["etag"]) == headers["etag"]:
            start, end = self._range(*wanted.groups())
            status = 206
            headers["content-range"] = f"bytes {start}-{end - 1}/{self.size_bytes}"
        headers["content-length"] = str(end - start)
        media_type = "application/octet-stream"
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=media_type)
        pieces = self.stream(start, end)
        first = await anext(pieces, b"")  # what is wrong with the store is told before the answer has begun
        return StreamingResponse(_following(first, pieces), status, headers, media_type)

    def _range(self, first: str, last: str) -> tuple[int, int]:
        start = int(first) if first else max(0, self.size_bytes - int(last))
        end = min(int(last) + 1, self.size_bytes) if first and last else self.size_bytes
        if start >= end:
            raise BadRequestError(
                f"The file has {self.size_bytes} bytes: there is no such range.",
                status=416,
                code="range_not_satisfiable",
                headers={"content-range": f"bytes */{self.size_bytes}"},
            )
        return start, end


async def _following(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


def _attachment(filename: str) -> str:
    """RFC 6266: the name in ASCII for the old, as it is for the others."""
    plain = re.sub(r'[^ -~]|["\\%]', "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
