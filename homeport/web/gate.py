"""Authenticate and limit: what every request passes before anything else looks at it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from msgspec import Struct

from homeport.core.gcra import Limiter, Verdict
from homeport.errors import AuthenticationError, PermissionDeniedError, RateLimitError
from homeport.web.errors import Headers


class Principal(Protocol):
    """Who is asking. `storage.api_keys` makes them."""

    key_id: str
    project_id: str
    admin: bool
    limiter: Limiter


Authenticate = Callable[[bytes], Principal | None]


class Admission(Struct):
    """A request that was let in, and the rate-limit headers of its answer."""

    principal: Principal
    headers: Headers


class Gate:
    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate

    def identify(self, headers: Headers) -> Principal:
        """The principal of the bearer key, or 401."""
        key = None
        for name, value in headers:
            if name == b"authorization":
                key = value[7:].strip() if value[:7].lower() == b"bearer " else b""
                break
        if key is None:
            raise AuthenticationError(
                "You didn't provide an API key. You need to provide your API key in an Authorization header using"
                " Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                code="missing_api_key",
                headers={"www-authenticate": "Bearer"},
            )
        principal = self._authenticate(key)
        if principal is None:
            raise AuthenticationError(
                f"Incorrect API key provided: {_redacted(key)}.", headers={"www-authenticate": "Bearer"}
            )
        return principal

    def admit(self, headers: Headers) -> Admission:
        """Identify the caller and take one request from the key's bucket, or 401 / 429."""
        principal = self.identify(headers)
        verdict = principal.limiter.reserve(monotonic())
        limit_headers = _limit_headers(verdict)
        if not verdict.admitted:
            wait_s = max(1, -int(-verdict.retry_after_s // 1))
            raise RateLimitError(
                f"Try again in {wait_s}s.",
                headers={"retry-after": str(wait_s)} | {n.decode(): v.decode() for n, v in limit_headers},
            )
        return Admission(principal, limit_headers)


def require_admin(principal: Principal) -> None:
    if not principal.admin:
        raise PermissionDeniedError("This needs an admin key.")


def _limit_headers(verdict: Verdict) -> Headers:
    """Both families: seed 2's `X-RateLimit-*` (seconds) and OpenAI's `x-ratelimit-*-requests` (Go durations)."""
    limit = b"%d" % verdict.limit
    remaining = b"%d" % verdict.remaining
    reset_s = verdict.reset_s
    reset = b"%dms" % (reset_s * 1000) if reset_s < 1 else b"%ds" % reset_s
    return [
        (b"x-ratelimit-limit", limit),
        (b"x-ratelimit-remaining", remaining),
        (b"x-ratelimit-reset", b"%d" % -int(-reset_s // 1)),
        (b"x-ratelimit-limit-requests", limit),
        (b"x-ratelimit-remaining-requests", remaining),
        (b"x-ratelimit-reset-requests", reset),
    ]


def _redacted(key: bytes) -> str:
    text = key.decode("latin-1")
    return f"{text[:7]}{'*' * 8}{text[-4:]}" if len(text) > 16 else "*" * 8
