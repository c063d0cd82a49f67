"""JSON Schemas that callers send (`response_format`, `tools[].function.parameters`): checked, bounded, cached."""

from __future__ import annotations

from typing import Any

from homeport.core.chat import ChatRequest, FunctionTool


def check_request(request: ChatRequest) -> None:
    """Check every schema of a request. Raises BadRequestError: code `invalid_json_schema`, param `response_format`, or
    code `invalid_function_parameters`, param `tools[0].function.parameters`."""
    raise NotImplementedError


def validate_arguments(tool: FunctionTool, arguments: str) -> list[str]:
    """Why `arguments` (JSON text) break the tool's schema; empty when they do not. Short: the model reads it."""
    raise NotImplementedError


def validate(schema: dict[str, Any], text: str) -> list[str]:
    """Why the JSON `text` does not satisfy `schema`; empty when it does."""
    raise NotImplementedError
