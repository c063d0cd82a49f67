"""What a file is: by its first bytes, by what is packed in it, and among texts by its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from homeport.media.documents.encoding import check_text
from homeport.media.documents.refusal import Refusal


class Kind(NamedTuple):
    module: str  # beside this one
    title: str  # as in "it is not …"


PDF = Kind("pdf", "a PDF")
DOCX = Kind("docx", "a Word document (DOCX)")
PPTX = Kind("pptx", "a PowerPoint presentation (PPTX)")
XLSX = Kind("xlsx", "an Excel workbook (XLSX)")
HTML = Kind("html", "an HTML page")
MARKDOWN = Kind("markdown", "a Markdown text")
CSV = Kind("csv", "a CSV table")
JSON = Kind("json", "a JSON text")
JSONL = Kind("jsonl", "a text of JSON lines")
PLAIN = Kind("plain", "a text")

# Any other text, whatever its name ends in, is read as it stands: sources of programs, logs, configuration.
_TEXTS = {
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".csv": CSV,
    ".tsv": CSV,
    ".json": JSON,
    ".jsonl": JSONL,
    ".ndjson": JSONL,
}
# Comments are atomic: else, before no page, each is tried up to the end of every later one, in all combinations.
_HTML_START = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?((?><!--.*?-->)\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_HEAD_BYTES = 64 * 1024

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office until 2003, and of encrypted Office files
_OFFICE = {"word/": DOCX, "ppt/": PPTX, "xl/": XLSX}
_MAX_PARTS = 20_000
# A page of text packs to a tenth. Past the first MiB, what unpacks to this many times as much is made to.
_MAX_RATIO, _RATIO_COUNTS_FROM_BYTES = 200, 1024 * 1024


def kind_of(path: Path, suffix: str, max_inflated_bytes: int) -> Kind:
    """What the file is. Raises Refusal for what Homeport does not read."""
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise Refusal("empty", "it is empty")
    if head.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:1024]):
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(path, max_inflated_bytes)
    if head.startswith(_OLE):
        raise _old_office(path)
    if head.startswith(b"{\\rtf"):
        raise Refusal("unsupported", "it is in Rich Text Format: save it as .docx or .pdf")
    check_text(head)
    if _HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        return HTML
    return _TEXTS.get(suffix, PLAIN)


def _packed(path: Path, max_inflated_bytes: int) -> Kind:
    """Which Office document a ZIP file is, and that it is no bomb by what it says itself.

    One that lies about what it unpacks to meets the limit of memory.
    """
    try:
        with ZipFile(path) as packed:
            parts = packed.infolist()
    except BadZipFile as error:
        raise Refusal("unreadable", f"it is damaged, or cut off ({error})") from error
    if len(parts) > _MAX_PARTS:
        raise Refusal("too_large", f"more than {_MAX_PARTS:,} parts are packed in it")
    inflated = sum(part.file_size for part in parts)
    if inflated > max_inflated_bytes:
        raise Refusal("too_large", f"it unpacks to more than {max_inflated_bytes >> 20} MiB")
    if inflated > max(_RATIO_COUNTS_FROM_BYTES, _MAX_RATIO * path.stat().st_size):
        raise Refusal("unreadable", f"it unpacks to more than {_MAX_RATIO} times its size, as bombs do")
    names = {part.filename for part in parts}
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return kind
    if "mimetype" in names:
        raise Refusal("unsupported", "it is an OpenDocument or EPUB file: save it as .docx, .pptx, .xlsx or .pdf")
    raise Refusal("unsupported", "it is a ZIP archive, not a document: upload the documents that are in it")


def _old_office(path: Path) -> Refusal:
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        return Refusal("unreadable", "it is encrypted: save it without a password")
    return Refusal("unsupported", "it is in a format of Office before 2007: save it as .docx, .pptx or .xlsx")
