"""What OpenAI's lists take as query parameters, and how they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

from msgspec import Meta, Struct

from homeport.storage.objects import Listing, Page

T = TypeVar("T")


class ListParams(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    before: str | None = None

    def page(self) -> Page:
        return Page(self.limit, self.order, self.after, self.before)


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
