"""How OpenAI's lists answer. What they take is `storage.objects.Page`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from homeport.storage.objects import Listing

T = TypeVar("T")


class ListOf(Struct, Generic[T]):
    """A page of objects. The ids are those of its first and last, for `before` and `after`."""

    data: Sequence[T]
    first_id: str | None
    last_id: str | None
    has_more: bool
    object: Literal["list"] = "list"


def list_of(listing: Listing, shown: Sequence[Any]) -> ListOf[Any]:
    """`listing` with its objects as the caller sees them."""
    return ListOf(shown, listing.first_id, listing.last_id, listing.has_more)
