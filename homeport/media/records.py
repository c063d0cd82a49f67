"""What this process and the limited child say to each other: one order, then records, one JSON object a line."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

from homeport.media.chunking import Chunk, Chunking
from homeport.media.documents.block import Block
from homeport.media.documents.refusal import FailureKind

MAX_RECORD_BYTES = 1024 * 1024  # a line of the child's; more is not the child that we wrote


MAX_DOCUMENT_BYTES = 512 * 1024 * 1024  # what OpenAI takes, too; larger ones are not even fetched


class Limits(Struct, frozen=True):
    """What one document may cost."""

    memory_bytes: int = 1024 * 1024 * 1024  # of the child's address space
    cpu_s: int = 60  # of the child's processor time, and
    cpu_s_per_mb: float = 2.0  # as much again for each 10^6 bytes of the file
    timeout_s: float = 900.0  # that the parent waits for the child, all waits together
    max_text_chars: int = 200_000_000
    max_inflated_bytes: int = 512 * 1024 * 1024  # of all that is packed in a DOCX, PPTX or XLSX


class Order(Struct, frozen=True):
    """What the child is to do, in its only argument. Whom the file belongs to or what it is called, it is not told."""

    path: str
    suffix: str  # of the file's name: ".pdf"
    parent_pid: int
    cpu_s: int  # for a file of its size
    limits: Limits
    chunking: Chunking | None = None  # None: blocks
    tokenizer_file: str | None = None


class Failure(Struct, frozen=True, tag=True):
    """The child's last word, when it could not read the document."""

    kind: FailureKind
    reason: str


class End(Struct, frozen=True, tag=True):
    """The child's last word: that was all."""


Record: TypeAlias = Block | Chunk | Failure | End

decode_record = msgspec.json.Decoder(Record).decode
