"""Shapes: `CreateResponse` and `Response` of OpenAI's specification, as far as this server has what they ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from homeport.core.chat import Metadata, Name, Penalty, Temperature, TopP
from homeport.core.items import Item
from homeport.resources.vector_stores import RankingOptions
from homeport.storage.containers import MemoryLimit
from homeport.storage.objects import Page

# --- tools -----------------------------------------------------------------------


class FunctionTool(Struct, tag_field="type", tag="function", forbid_unknown_fields=True):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FileSearchTool(Struct, tag_field="type", tag="file_search", forbid_unknown_fields=True):
    vector_store_ids: Annotated[list[str], Meta(min_length=1, max_length=10)]
    max_num_results: Annotated[int, Meta(ge=1, le=50)] | None = None
    ranking_options: RankingOptions | None = None
    filters: dict[str, Any] | None = None


class NoNetwork(Struct, tag_field="type", tag="disabled", forbid_unknown_fields=True):
    pass


class AutoContainer(Struct, tag_field="type", tag="auto", forbid_unknown_fields=True):
    """A sandbox of the response's, or of its conversation's."""

    file_ids: Annotated[list[str], Meta(max_length=50)] = []
    memory_limit: MemoryLimit | None = None  # of one that is made
    network_policy: NoNetwork | UnsetType = UNSET  # there is none in any case


class CodeInterpreterTool(Struct, tag_field="type", tag="code_interpreter", forbid_unknown_fields=True):
    container: str | AutoContainer


Tool: TypeAlias = FunctionTool | FileSearchTool | CodeInterpreterTool


class FunctionChoice(Struct, tag_field="type", tag="function", forbid_unknown_fields=True):
    name: str


class FileSearchChoice(Struct, tag_field="type", tag="file_search", forbid_unknown_fields=True):
    pass


class CodeInterpreterChoice(Struct, tag_field="type", tag="code_interpreter", forbid_unknown_fields=True):
    pass


NamedChoice: TypeAlias = FunctionChoice | FileSearchChoice | CodeInterpreterChoice


class AllowedTools(Struct, tag_field="type", tag="allowed_tools", forbid_unknown_fields=True):
    mode: Literal["auto", "required"]
    tools: Annotated[list[NamedChoice], Meta(min_length=1)]


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | NamedChoice | AllowedTools

# --- text and reasoning ------------------------------------------------------------


class TextFormat(Struct, tag_field="type", tag="text", forbid_unknown_fields=True):
    pass


class JsonObjectFormat(Struct, tag_field="type", tag="json_object", forbid_unknown_fields=True):
    pass


class JsonSchemaFormat(
    Struct, tag_field="type", tag="json_schema", rename={"schema_": "schema"}, forbid_unknown_fields=True
):
    name: Name
    schema_: dict[str, Any]
    description: str | UnsetType = UNSET
    strict: bool | None = None


class Text(Struct, forbid_unknown_fields=True):
    format: TextFormat | JsonObjectFormat | JsonSchemaFormat | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


Summary: TypeAlias = Literal["auto", "concise", "detailed"]


class Reasoning(Struct, forbid_unknown_fields=True):
    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: Summary | None = None
    generate_summary: Summary | None = None  # the older name of `summary`


# --- the request -------------------------------------------------------------------


class ConversationRef(Struct, forbid_unknown_fields=True):
    id: str


class StreamOptions(Struct, forbid_unknown_fields=True):
    include_obfuscation: bool | None = None  # only where it is true: who listens on the wire is mostly nobody here


# What items can be shown with. The rest of what they hold is always shown.
Include: TypeAlias = Literal[
    "file_search_call.results",
    "code_interpreter_call.outputs",
    "message.input_image.image_url",  # always shown
    "message.output_text.logprobs",  # asks the model for them; what was kept with them is always shown with them
    "reasoning.encrypted_content",
    # Of tools that are none of this server's: nothing that it keeps has these.
    "web_search_call.results",
    "web_search_call.action.sources",
    "computer_call_output.output.image_url",
]


class CreateResponse(Struct, kw_only=True):
    model: str = ""  # "" is the server's default
    input: str | list[Any] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    conversation: str | ConversationRef | None = None
    store: bool | None = None
    background: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: Annotated[list[Tool], Meta(max_length=128)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Annotated[int, Meta(ge=16, le=2**31 - 1)] | None = None
    max_tool_calls: Annotated[int, Meta(ge=1)] | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    presence_penalty: Penalty | None = None  # this and the next are Open Responses'
    frequency_penalty: Penalty | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    text: Text | None = None
    reasoning: Reasoning | None = None
    truncation: Literal["auto", "disabled"] | None = None
    metadata: Metadata | None = None
    include: list[Include] | None = None
    user: str | None = None
    safety_identifier: Annotated[str, Meta(max_length=64)] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"] | None = None
    # Known, and refused by name: they ask for what this server does not have.
    prompt: Any = None
    moderation: Any = None
    context_management: Any = None
    prompt_cache_options: Any = None


class InputTokensRequest(Struct, kw_only=True):
    """OpenAI's `TokenCountsBody`: what of a request its prompt depends on."""

    model: str | None = None
    input: str | list[Any] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    conversation: str | ConversationRef | None = None
    tools: Annotated[list[Tool], Meta(max_length=128)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    text: Text | None = None
    reasoning: Reasoning | None = None
    truncation: Literal["auto", "disabled"] | None = None
    personality: str | None = None


class InputTokens(Struct):
    """OpenAI's `TokenCountsResource`."""

    input_tokens: int
    object: Literal["response.input_tokens"] = "response.input_tokens"


# --- the response ------------------------------------------------------------------


class InputTokensDetails(Struct):
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputTokensDetails(Struct):
    reasoning_tokens: int = 0


class ResponseUsage(Struct):
    """Of all rounds together."""

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class IncompleteDetails(Struct):
    reason: Literal["max_output_tokens", "content_filter"]


class ResponseError(Struct):
    code: str
    message: str


Status: TypeAlias = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]


class ResponseObject(Struct, kw_only=True):
    """Times in seconds since 1970."""

    id: str
    object: Literal["response"] = "response"
    created_at: int
    completed_at: int | None = None
    status: Status
    background: bool
    error: ResponseError | None = None
    incomplete_details: IncompleteDetails | None = None
    instructions: str | None
    max_output_tokens: int | None
    max_tool_calls: int | None
    model: str
    output: list[Item] = field(default_factory=list)
    parallel_tool_calls: bool
    previous_response_id: str | None
    conversation: ConversationRef | None
    reasoning: dict[str, Any]
    service_tier: str
    store: bool
    temperature: float
    text: dict[str, Any]
    tool_choice: Any
    tools: list[dict[str, Any]]
    top_logprobs: int
    top_p: float
    presence_penalty: float
    frequency_penalty: float
    truncation: str
    usage: ResponseUsage | None = None
    user: str | UnsetType = UNSET
    safety_identifier: str | None
    prompt_cache_key: str | None
    metadata: dict[str, str]


class ResponseDeleted(Struct):
    id: str
    deleted: bool = True
    object: Literal["response"] = "response"


# --- query parameters --------------------------------------------------------------


class GetParams(Struct, forbid_unknown_fields=True, rename={"include_": "include[]"}):
    include_: list[Include] = field(default_factory=list)
    include: list[Include] | Include | None = None
    stream: bool = False
    starting_after: Annotated[int, Meta(ge=0, le=10**15 - 1)] | None = None
    include_obfuscation: bool | None = None


class ItemParams(Struct, forbid_unknown_fields=True, rename={"include_": "include[]"}):
    include_: list[Include] = field(default_factory=list)
    include: list[Include] | Include | None = None


class ItemListParams(Page, frozen=True, forbid_unknown_fields=True, rename={"include_": "include[]"}):
    include_: list[Include] = field(default_factory=list)
    include: list[Include] | Include | None = None


def included(asked: GetParams | ItemParams | ItemListParams) -> list[Include]:
    """What is asked for, however the list is written."""
    more = asked.include or []
    return [*asked.include_, *([more] if isinstance(more, str) else more)]
