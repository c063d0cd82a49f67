"""The request bodies of the five documents (contract: `seed N`), as they stand there, and what each becomes.

Quotation marks and trailing commas are the documents' own where they were readable; the text around them isn't copied.
"""

from __future__ import annotations

from typing import Any

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["c", "f"]}},
    "required": ["city"],
}
CODE = {
    "type": "object",
    "properties": {"code": {"type": "string", "description": "Python source code"}},
    "required": ["code"],
    "additionalProperties": False,
}
TASK = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "Short task title, max 10 words"},
        "priority": {"type": "string", "enum": ["low", "medium", "high", "critical"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "priority", "tags"],
    "additionalProperties": False,
}

# Bodies that are canonical already: they must come through untouched.
CANONICAL: dict[str, dict[str, Any]] = {
    "0 quick check": {"model": "gpt-4.5-mini", "messages": [{"role": "user", "content": "Hello world"}]},
    "0 streaming": {
        "model": "gpt-4.5-mini",
        "messages": [{"role": "user", "content": "Write a haiku about AI"}],
        "stream": True,
    },
    "0 batched": {
        "model": "gpt-4.5-mini",
        "messages": [{"role": "user", "content": "Write a haiku about AI"}],
        "stream": False,
    },
    "0 feed results back": {
        "model": "gpt-4.5-mini",
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "What\u2019s the weather in Tokyo?"},
            {"role": "tool", "content": "sunny", "tool_call_id": "call_123"},
        ],
    },
    "0 pinned": {"model": "gpt-4.5-mini@2026-04-15", "messages": [{"role": "user", "content": "x"}]},
    "1 hello": {"model": "gpt-4-2026", "messages": [{"role": "user", "content": "Hello, how are you?"}]},
    "1 tools": {
        "model": "gpt-4-2026",
        "messages": [{"role": "user", "content": "What's the weather in Paris?"}],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "Get weather data for a location",
                    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
                },
            }
        ],
        "tool_choice": "auto",
    },
    "1 two agents": {
        "model": "gpt-4-2026",
        "messages": [
            {"role": "user", "content": "Summarize these studies."},
            {"role": "assistant", "content": "Study one …"},
        ],
    },
    "2 support": {
        "model": "gpt-4o-2026",
        "messages": [
            {"role": "system", "content": "You are a helpful customer support agent."},
            {"role": "user", "content": "Help me reset my password."},
        ],
        "stream": True,
        "max_tokens": 1024,
        "temperature": 0.7,
    },
    "2 session": {"session_id": "sess_1", "messages": [{"role": "user", "content": "What was my last question?"}]},
    "3 tool result": {
        "messages": [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1234",
                        "type": "function",
                        "function": {"name": "retrieve_clauses", "arguments": '{"section": "liability"}'},
                    }
                ],
            },
            {
                "role": "tool",
                "tool_call_id": "call_1234",
                "content": "The liability clause caps damages at $5M annually.",
            },
        ]
    },
    "4 chat": {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "You are a concise Python expert. Answer technically and precisely."},
            {"role": "user", "content": "What is the difference between a generator and an iterator in Python?"},
        ],
        "temperature": 0,
        "max_tokens": 500,
    },
    "4 stream": {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "x"}],
        "max_tokens": 1024,
        "temperature": 0.7,
        "stream": True,
        "stream_options": {"include_usage": True},
    },
    "4 function calling": {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "Extract task information accurately from the provided text."},
            {"role": "user", "content": "Extract task: deploy"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "extract_task", "description": "Extract", "parameters": TASK}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "extract_task"}},
        "temperature": 0,
        "max_tokens": 256,
    },
    "4 structured": {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "Analyze this review:\n\nGreat battery life"}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "ProductReview",
                "schema": {
                    "type": "object",
                    "properties": {"sentiment": {"type": "string"}, "score": {"type": "integer"}},
                    "required": ["sentiment", "score"],
                    "additionalProperties": False,
                },
                "strict": True,
            },
        },
        "temperature": 0,
        "max_tokens": 512,
    },
    "4 image url": {
        "model": "gpt-4o",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Describe"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/system-architecture.png"}},
                ],
            }
        ],
        "max_tokens": 1024,
    },
    "4 local image": {
        "model": "gpt-4o",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Describe"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K", "detail": "high"}},
                ],
            }
        ],
    },
    "4 batch line": {
        "model": "gpt-4o-mini",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "t"}],
        "max_tokens": 200,
        "temperature": 0,
    },
}


def _asked(*content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": list(content)}], **more}


# name: (as sent, canonical)
REWRITTEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "0 tools": (
        {
            "model": "gpt-4.5-mini",
            "messages": [
                {"role": "system", "content": "You are a helpful assistant."},
                {"role": "user", "content": "What\u2019s the weather in Tokyo?"},
            ],
            "tools": [
                {
                    "type": "function",
                    "name": "get_weather",
                    "description": "Get weather for a city",
                    "parameters": WEATHER,
                },
                {
                    "type": "code_interpreter",
                    "name": "run_python",
                    "description": "Run Python code safely in a sandbox",
                },
            ],
        },
        {
            "model": "gpt-4.5-mini",
            "messages": [
                {"role": "system", "content": "You are a helpful assistant."},
                {"role": "user", "content": "What\u2019s the weather in Tokyo?"},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "description": "Get weather for a city",
                        "parameters": WEATHER,
                    },
                },
                {
                    "type": "function",
                    "function": {
                        "name": "run_python",
                        "description": "Run Python code safely in a sandbox",
                        "parameters": CODE,
                    },
                },
            ],
        },
    ),
    "0 flat image": (
        _asked(
            {"type": "text", "text": "Describe this photo and transcribe the text."},
            {"type": "image_url", "url": "https://example.com/receipt.jpg"},
        ),
        _asked(
            {"type": "text", "text": "Describe this photo and transcribe the text."},
            {"type": "image_url", "image_url": {"url": "https://example.com/receipt.jpg"}},
        ),
    ),
    "0 audio": (
        _asked({"type": "audio", "data": "base64..."}, output=["text", "audio"]),
        _asked(
            {"type": "input_audio", "input_audio": {"data": "base64...", "format": "wav"}},
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "wav"},
        ),
    ),
    "1 prompt": (
        {"model": "gpt-4-2026", "prompt": "\nGenerate a 200-word LinkedIn post about AI in 2026.\n", "max_tokens": 250},
        {
            "model": "gpt-4-2026",
            "messages": [{"role": "user", "content": "\nGenerate a 200-word LinkedIn post about AI in 2026.\n"}],
            "max_tokens": 250,
        },
    ),
    "1 bare image": (
        _asked(
            {"type": "text", "text": "Summarize this document."},
            {"type": "image_url", "image_url": "https://example.com/doc.png"},
        ),
        _asked(
            {"type": "text", "text": "Summarize this document."},
            {"type": "image_url", "image_url": {"url": "https://example.com/doc.png"}},
        ),
    ),
    "2 bare image": (
        _asked(
            {"type": "text", "text": "Describe this image."},
            {"type": "image_url", "image_url": "https://example.com/receipt.jpg"},
        ),
        _asked(
            {"type": "text", "text": "Describe this image."},
            {"type": "image_url", "image_url": {"url": "https://example.com/receipt.jpg"}},
        ),
    ),
    "3 file": (
        _asked(
            {"type": "text", "text": "Review this contract for exclusivity clauses."},
            {"type": "file", "file_id": "file_contract_2026"},
        ),
        _asked(
            {"type": "text", "text": "Review this contract for exclusivity clauses."},
            {"type": "file", "file": {"file_id": "file_contract_2026"}},
        ),
    ),
}
