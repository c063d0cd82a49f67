"""Dialects: how the shapes of other API versions become OpenAI's /v1, once, at the edge. Nothing behind it knows them.

`/v1`, `/v2`, `/v3` and `/v26` are the same routes: shapes decide, not version numbers, so any prefix takes any shape.
A `from_…` rewrites a parsed body in place. It does not judge: what it doesn't recognise stays as it is, for
`core.decode` to refuse by its name. Where the answer must have another shape too, a `to_…` gives it back.
Rewriting twice is rewriting once, and a canonical body is never touched.

| sent | becomes | in |
|---|---|---|
| `model: null` | no `model`: the default one | here |
| `output: ["text", "audio"]` | `modalities`, and `audio: {voice: alloy, format: wav}` where none is given | here |
| `max_output_tokens` | `max_completion_tokens` | here |
| `prompt` without `messages` in a chat | a user message; the answer has `choices[].text` beside `message` | legacy |
| `functions`, `function_call` | `tools`, `tool_choice`; answered with `function_call` | legacy |
| role `function`, an assistant's `function_call` | role `tool`, `tool_calls`; answered with `function_call` | legacy |
| tool `{"type": "function", "name", …}` | `{"type": "function", "function": {…}}` | tools |
| tool `{"type": "code_interpreter", "name", …}` | a function tool that takes `code`; the caller runs it | tools |
| any other built-in tool | 400 `unsupported_parameter`, `param` is `tools[i].type` | tools |
| tool_choice `{"type": "function", "name"}` | `{"type": "function", "function": {"name"}}` | tools |
| tool_choice `{"type": "code_interpreter"}` | the function tool that stands for it | tools |
| tool_choice `{"type": "allowed_tools", "mode", "tools"}` | `{"type": "allowed_tools", "allowed_tools": {…}}` | tools |
| response_format `{"type": "json_schema", "schema", …}` | `{"type": "json_schema", "json_schema": {…}}` | tools |
| part `{"type": "image_url", "image_url": "…"}` | `{"type": "image_url", "image_url": {"url"}}` | parts |
| part `{"type": "image_url", "url": "…", "detail"}` | `{"type": "image_url", "image_url": {"url", "detail"}}` | parts |
| part `{"type": "input_image", "image_url": "…"}` | `{"type": "image_url", "image_url": {"url"}}` | parts |
| part `{"type": "audio", "data": "…"}` | `{"type": "input_audio", "input_audio": {"data", "format"}}` | parts |
| part `{"type": "file", "file_id"}`, `input_file` | `{"type": "file", "file": {…}}` | parts |
| part `input_text`, `output_text` | `text` | parts |
| an assistant's `persona` | the beginning of its `instructions` | assistants |
| an assistant's tool `{"type": "file_search", "vector_store_ids"}` | `tool_resources.file_search` | assistants |
| an assistant's tool `{"type": "code_interpreter", "enabled"}` | the tool, or none | assistants |
| part `{"type": "file", "file_id"}` of a thread's message | an attachment for `file_search` | assistants |

A chat completion is one exchange: whoever sends tools runs them. So a `code_interpreter` is offered to the model as a
function and its call is handed to the caller, as the first document's loop has it ("model decides, you execute, model
synthesizes"). Where Homeport itself runs code, in assistants' runs, it does not come through here.
"""

from __future__ import annotations

from typing import Any

from homeport.core.chat import AnswerForm
from homeport.dialects.assistants import NORMALISERS as NORMALISERS
from homeport.dialects.legacy import LegacyAnswer, from_functions, from_prompt
from homeport.dialects.parts import from_parts
from homeport.dialects.tools import from_response_format, from_tool_choice, from_tools
from homeport.errors import BadRequestError

PREFIXES = ("/v1", "/v2", "/v3", "/v26")

Body = dict[str, Any]


def from_chat(body: Body) -> AnswerForm | None:
    """A chat request, in place. Returns how its answer must be rewritten, None where it must not."""
    text = "prompt" in body and "messages" not in body
    if text:
        from_prompt(body)
    old_messages = False
    messages = body.get("messages")
    if type(messages) is list:
        for message in messages:
            if type(message) is dict:
                content = message.get("content")
                if type(content) is list:
                    from_parts(content)
                if message.get("role") == "function" or message.get("function_call") is not None:
                    old_messages = True
    function_call = False
    if old_messages or "functions" in body or "function_call" in body:
        function_call = from_functions(body)
    if type(choice := body.get("tool_choice")) is dict:
        body["tool_choice"] = from_tool_choice(choice, body.get("tools"))
    if type(tools := body.get("tools")) is list:
        from_tools(tools)
    if type(response_format := body.get("response_format")) is dict:
        body["response_format"] = from_response_format(response_format)
    if "output" in body:
        _from_output(body)
    if "max_output_tokens" in body and "max_completion_tokens" not in body:
        body["max_completion_tokens"] = body.pop("max_output_tokens")
    if body.get("model", "") is None:
        del body["model"]
    return LegacyAnswer(text, function_call) if text or function_call else None


def from_completion(body: Body) -> None:
    """A completion request, in place."""
    if body.get("model", "") is None:
        del body["model"]


def from_embedding(body: Body) -> None:
    """An embedding request, in place."""
    if body.get("model", "") is None:
        del body["model"]


def _from_output(body: Body) -> None:
    output = body["output"]
    if not isinstance(output, list) or not all(isinstance(kind, str) for kind in output):
        raise BadRequestError(
            "Invalid type for 'output': expected an array of strings.", param="output", code="invalid_type"
        )
    if body.get("modalities", output) != output:
        raise BadRequestError(
            "'output' and 'modalities' ask for different things; send one of them.",
            param="output",
            code="invalid_parameter_combination",
        )
    body["modalities"] = body.pop("output")
    if "audio" in output and body.get("audio") is None:
        body["audio"] = {"voice": "alloy", "format": "wav"}
