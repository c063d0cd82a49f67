"""Bytes over HTTP into a partial file, resumed after a cut, until the file is whole."""

from __future__ import annotations

import errno
import re
import shutil
import time
import urllib.error
from collections.abc import Callable
from contextlib import closing
from email.message import Message
from pathlib import Path

import click
import msgspec

from homeport.cli import transport
from homeport.cli.table import size
from homeport.engines.folder import MAGIC

CHUNK_BYTES = 1 << 20
RESERVE_BYTES = 64 << 20  # disk space that must stay free
ATTEMPTS = 5  # in a row without a single new byte
BACKOFF_S = 0.5  # doubled with each attempt
LONGEST_PAUSE_S = 60.0
READ_TIMEOUT_S = 30.0

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes (?:(?P<start>\d+)-\d+|\*)/(?:(?P<total>\d+)|\*)")

Progress = Callable[[int, int | None], None]  # bytes there are, bytes there will be if that is known


class Origin(msgspec.Struct):
    """What a partial file is a part of, kept beside it: a resumed download must go on with the very same bytes."""

    url: str
    validator: str | None = None  # a strong ETag or the date of the last change


class Cut(OSError):
    """The answer ended before the file did."""


def forget_origin(part: Path) -> None:
    """No later download goes on with this file: its bytes are, or will be, from elsewhere."""
    _note_of(part).unlink(missing_ok=True)


def _note_of(part: Path) -> Path:
    return part.with_name(part.name + ".json")


class Download:
    """One file on its way into `part`.

    `size_bytes` and `sha256` are what the caller knows of it. `trust_linked`: the server may name the sha256, as
    Hugging Face does. Checking the sum is the caller's: `sha256` holds what to expect once `run` has returned.
    """

    def __init__(
        self,
        url: str,
        part: Path,
        progress: Progress,
        *,
        key: str | None = None,
        size_bytes: int | None = None,
        sha256: str | None = None,
        trust_linked: bool = False,
    ) -> None:
        self.url = url
        self.part = part
        self.note = _note_of(part)
        self.progress = progress
        self.key = key
        self.size_bytes = size_bytes
        self.sha256 = sha256
        self.trust_linked = trust_linked

    def run(self) -> None:
        """Fetch to the end. Raises click.ClickException, or OSError for the disk.

        What has come is kept unless it is known to be wrong.
        """
        try:
            self._persist()
        finally:
            if not self._have():
                self.note.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def _persist(self) -> None:
        """Attempts, until one comes to the end."""
        failures = 0
        while True:
            before = self._have()
            pause_s = 0.0
            try:
                self._attempt(before)
                return
            except urllib.error.HTTPError as error:
                error.close()
                if error.code not in _RETRIED:
                    raise click.ClickException(self._refusal(error.code)) from None
                problem = f"the server answered {error.code}"
                pause_s = _seconds(error.headers.get("retry-after"))
            except transport.FAILURES as error:
                if isinstance(error, OSError) and (error.filename or error.errno in _DISK):
                    raise  # this machine's trouble, which waiting does not cure
                problem = transport.reason(error)
            failures = 1 if self._have() > before else failures + 1
            if failures >= ATTEMPTS:
                kept = f" {size(self._have())} are kept: run the command again to go on." if self._have() else ""
                raise click.ClickException(f"Cannot fetch {self.url}: {problem}.{kept}")
            time.sleep(max(pause_s, BACKOFF_S * 2 ** (failures - 1)))

    def _attempt(self, have: int) -> None:
        """One request. Raises HTTPError or one of transport.FAILURES when the file is not whole after it."""
        origin = self._origin() if have else None
        headers = {"accept-encoding": "identity"}  # a compressed answer has other offsets
        if origin is not None and (origin.validator or self.sha256):
            headers["range"] = f"bytes={have}-"
            if origin.validator:
                headers["if-range"] = origin.validator
        try:
            response = transport.open_url(
                self.url, headers=headers, key=self.key, timeout_s=READ_TIMEOUT_S, on_redirect=self._linked
            )
        except urllib.error.HTTPError as error:
            if error.code != 416 or "range" not in headers:
                raise
            error.close()
            if _content_range(error.headers)[1] == have:
                return  # it was whole already
            self._discard()
            raise Cut("the file on the server has changed") from None
        with closing(response):
            self._linked(response.headers)
            if response.status == 206:
                start, total = _content_range(response.headers)
                if start != have:
                    self._discard()
                    raise Cut("the server sent another part of the file than it was asked for")
                if total is None and self.size_bytes is None and (rest := _length(response.headers)) is not None:
                    total = have + rest  # it need not say how large the whole is
            else:
                start, total = 0, _length(response.headers)
                self._discard()
                self.note.write_bytes(msgspec.json.encode(Origin(self.url, _validator(response.headers))))
            self._receive(response, start, total)

    def _receive(self, response: transport.Response, have: int, total: int | None) -> None:
        if total is not None and self.size_bytes is not None and total != self.size_bytes:
            self._discard()
            raise click.ClickException(f"{self.url} has {total:,} bytes, but the repository says {self.size_bytes:,}.")
        total = total if total is not None else self.size_bytes
        self._check_space(have, total)
        with self.part.open("r+b") as file:
            file.seek(have)
            if have == 0:
                first = response.read(len(MAGIC))
                self._check_magic(first, response.headers)
                have = file.write(first)
            self.progress(have, total)
            while chunk := response.read1(CHUNK_BYTES):
                have += file.write(chunk)
                self.progress(have, total)
        if total is not None and have < total:
            raise Cut(f"the connection was cut after {size(have)} of {size(total)}")

    def _check_magic(self, first: bytes, headers: Message) -> None:
        """A wrong file is known by its first bytes: gigabytes of it need not come."""
        if first == MAGIC or (len(first) < len(MAGIC) and MAGIC.startswith(first)):
            return
        self._discard()
        kind = (headers.get("content-type") or "").partition(";")[0]
        what = f", but {kind}" if kind and kind != "application/octet-stream" else ""
        raise click.ClickException(f"{self.url} is no GGUF file{what}: it starts with {first!r}.")

    def _check_space(self, have: int, total: int | None) -> None:
        if total is None:
            return
        folder = self.part.parent
        needed, free = total - have + RESERVE_BYTES, shutil.disk_usage(folder).free
        if needed > free:
            raise click.ClickException(
                f"{folder} has {size(free)} free, {size(needed)} are needed: free some, or choose another --data-dir."
            )

    def _linked(self, headers: Message) -> None:
        """Hugging Face names the file's sha256 in the headers of its redirect to the content network."""
        etag = (headers.get("x-linked-etag") or "").strip('"')
        if self.trust_linked and self.sha256 is None and _SHA256.fullmatch(etag):
            self.sha256 = etag

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _origin(self) -> Origin | None:
        try:
            origin = msgspec.json.decode(self.note.read_bytes(), type=Origin)
        except (OSError, msgspec.MsgspecError):
            return None
        return origin if origin.url == self.url else None

    def _discard(self) -> None:
        """Empties the partial file; it stays, as the caller may hold a lock on it."""
        with self.part.open("wb"):
            self.note.unlink(missing_ok=True)

    def _refusal(self, status: int) -> str:
        if status in (401, 403):
            return f"{self.url} may not be read (the server answered {status}). For Hugging Face, set HF_TOKEN."
        if status in (404, 410):
            return f"There is no file at {self.url} (the server answered {status})."
        return f"Cannot fetch {self.url}: the server answered {status}."


def _validator(headers: Message) -> str | None:
    etag = headers.get("etag")
    if etag and not etag.startswith("W/"):
        return etag
    return headers.get("last-modified")


def _length(headers: Message) -> int | None:
    length = headers.get("content-length") or ""
    return int(length) if length.isdigit() else None


def _content_range(headers: Message) -> tuple[int | None, int | None]:
    """(first byte, bytes in all) of a Content-Range header."""
    match = _RANGE.fullmatch(headers.get("content-range") or "")
    if match is None:
        return None, None
    return (int(match["start"]) if match["start"] else None), (int(match["total"]) if match["total"] else None)


def _seconds(retry_after: str | None) -> float:
    return min(float(retry_after), LONGEST_PAUSE_S) if retry_after and retry_after.isdigit() else 0.0
