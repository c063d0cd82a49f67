"""What was made from a schema once, kept by the schema's bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class BoundedCache(Generic[T]):
    """A map from byte strings, bounded by their total size; the least recently used go first. Safe across threads."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._used_bytes = 0
        self._entries: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> T | None:
        digest = _digest(key)
        with self._lock:
            entry = self._entries.get(digest)
            if entry is None:
                return None
            self._entries.move_to_end(digest)
            return entry[0]

    def put(self, key: bytes, value: T) -> None:
        """Keep `value`, unless its key alone is over the bound."""
        if len(key) > self._size_bytes:
            return
        digest = _digest(key)
        with self._lock:
            if digest not in self._entries:
                self._used_bytes += len(key)
            self._entries[digest] = (value, len(key))
            self._entries.move_to_end(digest)
            while self._used_bytes > self._size_bytes:
                _, (_, size_bytes) = self._entries.popitem(last=False)
                self._used_bytes -= size_bytes


def _digest(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=16).digest()
