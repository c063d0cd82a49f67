"""A document that its parser can't read: raised in the child, told to the parent, raised there by its own name."""

from __future__ import annotations

from typing import Literal, TypeAlias

FailureKind: TypeAlias = Literal["unsupported", "unreadable", "empty", "too_large", "failed"]


class Refusal(Exception):
    """`reason` follows the file's name and a colon: "it is encrypted"."""

    def __init__(self, kind: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
