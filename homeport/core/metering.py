"""What is noted of every request."""

from __future__ import annotations

from typing import NamedTuple

HUNG_UP = 499  # nginx's status for a caller that went away; only our records see it


class UsageRecord(NamedTuple):
    """One request, finished, refused or cut. `status` 499: the caller hung up.

    The order of the fields is that of the stored arrays: new ones go to the end.
    """

    at: float  # seconds since 1970
    request_id: str
    project_id: str
    key_id: str
    operation: str  # OpenTelemetry's gen_ai.operation.name: chat, text_completion, embeddings
    model: str
    status: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    duration_s: float
    first_token_s: float | None
