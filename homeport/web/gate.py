"""Authenticate and limit: what every request passes before anything else looks at it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from msgspec import Struct

from homeport.core.gcra import Limiter, Verdict
from homeport.errors import AuthenticationError, BadRequestError, PermissionDeniedError, RateLimitError
from homeport.web.errors import Headers


class Principal(Protocol):
    """Who is asking. `storage.api_keys` makes them."""

    key_id: str
    project_id: str
    admin: bool
    limiter: Limiter


Authenticate = Callable[[bytes], Principal | None]


class Admission(Struct):
    """A request that was let in, and what its key's bucket said."""

    principal: Principal
    verdict: Verdict


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
        if not verdict.admitted:
            wait_s = max(1, -int(-verdict.retry_after_s // 1))
            raise RateLimitError(
                f"Try again in {wait_s}s.",
                headers={"retry-after": str(wait_s)} | {n.decode(): v.decode() for n, v in limit_headers(verdict)},
            )
        return Admission(principal, verdict)


def refuse_region(region: bytes) -> None:
    """Where data stays is a promise: a server that can't make it must not seem to."""
    raise BadRequestError(
        f"This server has no region `{region.decode('latin-1')}`: none are configured.",
        param="OpenAI-Data-Region",
        code="region_not_available",
    )


def require_admin(principal: Principal) -> None:
    if not principal.admin:
        raise PermissionDeniedError("This needs an admin key.")


def limit_lines(verdict: Verdict) -> bytes:
    """Both families as header lines: `X-RateLimit-*` in seconds, and OpenAI's `x-ratelimit-*-requests`."""
    limit, remaining, reset_s = verdict.limit, verdict.remaining, verdict.reset_s
    reset = b"%dms" % (reset_s * 1000) if reset_s < 1 else b"%ds" % reset_s
    return _LIMIT_LINES % (limit, remaining, -int(-reset_s // 1), limit, remaining, reset)


_LIMIT_LINES = (
    b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\nx-ratelimit-reset: %d\r\n"
    b"x-ratelimit-limit-requests: %d\r\nx-ratelimit-remaining-requests: %d\r\nx-ratelimit-reset-requests: %b\r\n"
)


def limit_headers(verdict: Verdict) -> Headers:
    """The same as a list."""
    pairs = (line.split(b": ") for line in limit_lines(verdict).splitlines())
    return [(name, value) for name, value in pairs]


def _redacted(key: bytes) -> str:
    text = key.decode("latin-1")
    return f"{text[:7]}{'*' * 8}{text[-4:]}" if len(text) > 16 else "*" * 8
