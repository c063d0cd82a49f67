"""multipart/form-data, read as it comes: fields in their order, a file's bytes in the pieces that the network brings.

Nothing is held but the piece at hand, so how large a form is decides who reads it: `Form.at_most` bounds the whole,
`Field.pieces` and `Field.text` one field.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from homeport.core.decode import convert, unrecognized
from homeport.errors import BadRequestError, RequestTooLarge

MAX_FIELDS = 32
MAX_TEXT_BYTES = 16 * 1024  # of a field that is no file
MAX_FILENAME = 255  # characters
OVERHEAD_BYTES = 64 * 1024  # what a form may have beside its file

_BRACKETS = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")  # expires_after[seconds]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_FIELD_ENDS = b""

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # what is wrong with a form, its sender is told

T = TypeVar("T", bound=msgspec.Struct)


class Field:
    """One field of a form. Its content is read, or passed over, before the form goes on to the next."""

    def __init__(self, form: Form, name: str, filename: str | None) -> None:
        self.name = name
        self.filename = filename  # without folders; None for a field that is no file
        self._form = form

    async def pieces(self, limit_bytes: int) -> AsyncIterator[bytes]:
        """The content as it comes. Raises RequestTooLarge once it is more than that."""
        size_bytes = 0
        while piece := await self._form.event():
            assert isinstance(piece, bytes), "a form is read field by field"
            size_bytes += len(piece)
            if size_bytes > limit_bytes:
                raise too_large(self.name, limit_bytes)
            yield piece

    async def text(self) -> str:
        """The content of a small field."""
        content = b"".join([piece async for piece in self.pieces(MAX_TEXT_BYTES)])
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise BadRequestError(f"`{self.name}` is not UTF-8.", param=self.name) from None


class Form:
    """The body of a request: iterate over its fields, once. Raises BadRequestError for what is no form."""

    def __init__(self, headers: Mapping[str, str], body: AsyncIterator[bytes]) -> None:
        content_type = headers.get("content-type", "")
        media_type, options = parse_options_header(content_type)
        if media_type != b"multipart/form-data":
            raise BadRequestError(f"The body must be multipart/form-data; its content-type is `{content_type}`.")
        if not options.get(b"boundary"):
            raise BadRequestError("The content-type multipart/form-data needs a boundary.")
        self._length_bytes = int(headers.get("content-length", 0))
        self._file, self._limit_bytes = "", 0
        self._left_bytes = OVERHEAD_BYTES
        self._body = body
        self._events: deque[Field | bytes] = deque()  # a field begins, a piece of its content, `_FIELD_ENDS`
        self._closed = False  # the closing boundary has come
        self._fields = 0
        self._disposition: dict[bytes, bytes] = {}
        self._header_name = self._header_value = b""
        with _refusing():
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                    "on_part_end": lambda: self._events.append(_FIELD_ENDS),
                    "on_end": self._on_end,
                },
            )

    def at_most(self, name: str, limit_bytes: int) -> None:
        """Say how large its one file `name` may be. Raises RequestTooLarge where the whole is known to be larger."""
        self._file, self._limit_bytes = name, limit_bytes
        self._left_bytes = limit_bytes + OVERHEAD_BYTES
        if self._length_bytes > self._left_bytes:
            raise too_large(name, limit_bytes)

    async def __aiter__(self) -> AsyncIterator[Field]:
        while (event := await self.event()) is not None:
            if isinstance(event, Field):
                yield event

    async def event(self) -> Field | bytes | None:
        """What comes next in the body, None at its end. For `Field`."""
        while not self._events:
            piece = await anext(self._body, b"")
            if not piece:
                if not self._closed:
                    raise BadRequestError("The body ends before the form's closing boundary.")
                return None
            self._left_bytes -= len(piece)
            if self._left_bytes < 0:
                raise too_large(self._file, self._limit_bytes)
            if not self._closed:
                with _refusing():
                    self._parser.write(piece)
        return self._events.popleft()

    # --- what the parser calls -------------------------------------------------------

    def _on_part_begin(self) -> None:
        self._disposition = {}
        self._fields += 1
        if self._fields > MAX_FIELDS:
            raise BadRequestError(f"The form has more than {MAX_FIELDS} fields.")

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            _, self._disposition = parse_options_header(self._header_value.decode("latin-1"))
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        name, filename = (_decoded(self._disposition.get(option)) for option in (b"name", b"filename"))
        if not name:
            raise BadRequestError("A field of the form has no name.")
        self._events.append(Field(self, name, None if filename is None else _plain(filename, name)))

    def _on_end(self) -> None:
        self._closed = True


def too_large(name: str, limit_bytes: int) -> RequestTooLarge:
    return RequestTooLarge(f"`{name}` is larger than {limit_bytes} bytes.", param=name)


def typed(fields: dict[str, str], kind: type[T], file: str) -> T:
    """The text fields of a form as `kind`, whose field `file` is there and stays empty.

    Members of objects come as `expires_after[seconds]`, or the object as JSON. Raises BadRequestError.
    """
    data: dict[str, Any] = {file: b""}
    for name, text in fields.items():
        if nested := _BRACKETS.fullmatch(name):
            outer = data.setdefault(nested[1], {})
            if not isinstance(outer, dict):
                raise BadRequestError(f"`{nested[1]}` comes twice.", param=nested[1])
            outer[nested[2]] = int(text) if text.isdecimal() and len(text) < 16 else text
        elif text.startswith("{"):
            try:
                data[name] = msgspec.json.decode(text)
            except (msgspec.DecodeError, RecursionError):
                raise BadRequestError(f"`{name}` is no valid JSON.", param=name) from None
        else:
            data[name] = text
    if unknown := data.keys() - set(kind.__struct_encode_fields__):
        raise unrecognized(sorted(unknown))
    return convert(data, kind)


def _decoded(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _plain(filename: str, field: str) -> str:
    """A file's name as its owner would say it: never a path. Raises BadRequestError for one that can't be a name."""
    for escape, meant in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):  # what browsers write, and no others
        filename = filename.replace(escape, meant)
    name = filename.replace("\\", "/").rpartition("/")[2].strip()
    if len(name) > MAX_FILENAME:
        raise BadRequestError(f"The file's name is longer than {MAX_FILENAME} characters.", param=field)
    if _CONTROL.search(name):
        raise BadRequestError("The file's name has control characters.", param=field)
    return name


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise BadRequestError(f"The body is no valid multipart/form-data: {error}") from None
