"""Every error a caller can meet, as one tree. Names and statuses follow openai-python: the SDK raises the same class.

    ApiError
    ├── BadRequestError 400
    │   ├── UnsupportedParameter      an engine or this server cannot do what was asked; `param` names it
    │   ├── ContextLengthExceeded
    │   └── SandboxUnavailable        this machine can't run code safely; the message says what to install
    ├── AuthenticationError 401
    ├── PermissionDeniedError 403
    ├── NotFoundError 404
    │   └── ModelNotFound
    ├── MethodNotAllowed 405
    ├── ConflictError 409
    ├── RequestTooLarge 413
    ├── RateLimitError 429
    └── InternalServerError 500
        ├── EngineError 502           an engine failed or spoke nonsense
        ├── Overloaded 503            queues are full or no engine is healthy; carries Retry-After
        ├── StorageUnavailable 503    the database or the file store can't be reached or written
        └── EngineTimeout 504

`web.errors` is the only renderer. Anything that is not an ApiError is a bug and becomes a plain 500.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """An error with a place in OpenAI's envelope ``{"error": {message, type, param, code}}``."""

    status: int = 500
    type: str = "server_error"
    default_code: ClassVar[str | None] = None
    model: str = ""  # a name that is served, where the failure is that model's

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        type: str | None = None,
        status: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code or self.default_code
        self.headers = headers or {}
        if type is not None:
            self.type = type
        if status is not None:
            self.status = status  # an engine's own status, passed through

    def envelope(self) -> dict[str, Any]:
        """The JSON body: ``{"error": {"message", "type", "param", "code"}}``."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


class BadRequestError(ApiError):
    status = 400
    type = "invalid_request_error"


class UnsupportedParameter(BadRequestError):
    default_code = "unsupported_parameter"


class ContextLengthExceeded(BadRequestError):
    default_code = "context_length_exceeded"


class SandboxUnavailable(BadRequestError):
    """`problem`: what is wrong with this machine; `remedy`: what its operator can do."""

    default_code = "code_interpreter_unavailable"

    def __init__(self, problem: str, remedy: str, **kwargs: Any) -> None:
        super().__init__(f"The code interpreter can't run on this machine: {problem}. Remedy: {remedy}.", **kwargs)
        self.problem = problem
        self.remedy = remedy


class AuthenticationError(ApiError):
    status = 401
    type = "invalid_request_error"
    default_code = "invalid_api_key"


class PermissionDeniedError(ApiError):
    status = 403
    type = "invalid_request_error"
    default_code = "insufficient_permissions"


class NotFoundError(ApiError):
    status = 404
    type = "invalid_request_error"
    default_code = "not_found"


class ModelNotFound(NotFoundError):
    default_code = "model_not_found"


class MethodNotAllowed(ApiError):
    status = 405
    type = "invalid_request_error"
    default_code = "method_not_allowed"


class ConflictError(ApiError):
    status = 409
    type = "invalid_request_error"
    default_code = "conflict"


class RequestTooLarge(ApiError):
    status = 413
    type = "invalid_request_error"
    default_code = "request_too_large"


class RateLimitError(ApiError):
    status = 429
    type = "rate_limit_error"
    default_code = "rate_limit_exceeded"


class InternalServerError(ApiError):
    status = 500
    default_code = "internal_error"


class EngineError(InternalServerError):
    """The engine behind a model failed. `retryable`: nothing was generated, so another replica may be asked."""

    status = 502
    default_code = "engine_error"

    def __init__(self, message: str, *, retryable: bool = True, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.retryable = retryable


class Overloaded(InternalServerError):
    status = 503
    default_code = "overloaded"

    def __init__(self, message: str, *, retry_after_s: float = 1.0, **kwargs: Any) -> None:
        headers = {"retry-after": str(max(1, round(retry_after_s)))} | kwargs.pop("headers", {})
        super().__init__(message, headers=headers, **kwargs)


class StorageUnavailable(InternalServerError):
    status = 503
    default_code = "storage_unavailable"


class EngineTimeout(InternalServerError):
    status = 504
    default_code = "timeout"
