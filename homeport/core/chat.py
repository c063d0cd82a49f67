"""Chat completions and completions: the canonical request (OpenAI /v1), typed and checked at the door.

A request keeps two faces. `wire` is the canonical JSON object as it came, for engines that speak OpenAI themselves: a
vendor's own fields inside a message survive. The typed fields are for everything here that has to understand it.
Requests are made by `core.decode`, which alone sets the fields named in parentheses on the wire: no caller can.
Shapes: `CreateChatCompletionRequest` and `CreateCompletionRequest` of OpenAI's specification.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeAlias, runtime_checkable

from msgspec import Meta, Struct, field

from homeport.core.answers import (
    ChatChunk as ChatChunk,
)
from homeport.core.answers import (
    ChatCompletion as ChatCompletion,
)
from homeport.core.answers import (
    Choice as Choice,
)
from homeport.core.answers import (
    ChoiceLogprobs as ChoiceLogprobs,
)
from homeport.core.answers import (
    ChunkChoice as ChunkChoice,
)
from homeport.core.answers import (
    Completion as Completion,
)
from homeport.core.answers import (
    CompletionChoice as CompletionChoice,
)
from homeport.core.answers import (
    CompletionLogprobs as CompletionLogprobs,
)
from homeport.core.answers import (
    CompletionTokensDetails as CompletionTokensDetails,
)
from homeport.core.answers import (
    Delta as Delta,
)
from homeport.core.answers import (
    FinishReason as FinishReason,
)
from homeport.core.answers import (
    FunctionDelta as FunctionDelta,
)
from homeport.core.answers import (
    PromptTokensDetails as PromptTokensDetails,
)
from homeport.core.answers import (
    ResponseMessage as ResponseMessage,
)
from homeport.core.answers import (
    TokenLogprob as TokenLogprob,
)
from homeport.core.answers import (
    ToolCallDelta as ToolCallDelta,
)
from homeport.core.answers import (
    TopLogprob as TopLogprob,
)
from homeport.core.answers import (
    Usage as Usage,
)
from homeport.core.messages import (
    AssistantMessage as AssistantMessage,
)
from homeport.core.messages import (
    AudioData as AudioData,
)
from homeport.core.messages import (
    AudioPart as AudioPart,
)
from homeport.core.messages import (
    DeveloperMessage as DeveloperMessage,
)
from homeport.core.messages import (
    FilePart as FilePart,
)
from homeport.core.messages import (
    FileRef as FileRef,
)
from homeport.core.messages import (
    FunctionCall as FunctionCall,
)
from homeport.core.messages import (
    FunctionMessage as FunctionMessage,
)
from homeport.core.messages import (
    ImagePart as ImagePart,
)
from homeport.core.messages import (
    ImageURL as ImageURL,
)
from homeport.core.messages import (
    Message as Message,
)
from homeport.core.messages import (
    Part as Part,
)
from homeport.core.messages import (
    RefusalPart as RefusalPart,
)
from homeport.core.messages import (
    SystemMessage as SystemMessage,
)
from homeport.core.messages import (
    TextPart as TextPart,
)
from homeport.core.messages import (
    ToolCall as ToolCall,
)
from homeport.core.messages import (
    ToolMessage as ToolMessage,
)
from homeport.core.messages import (
    UserMessage as UserMessage,
)
from homeport.core.messages import (
    text_of as text_of,
)

# --- tools and formats -----------------------------------------------------------


Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+\Z")]


class FunctionDefinition(Struct, omit_defaults=True):
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FunctionTool(Struct, tag_field="type", tag="function"):
    function: FunctionDefinition


class FunctionName(Struct):
    name: str


class NamedToolChoice(Struct, tag_field="type", tag="function"):
    function: FunctionName


class AllowedTools(Struct):
    mode: Literal["auto", "required"]
    tools: list[dict[str, Any]]


class AllowedToolsChoice(Struct, tag_field="type", tag="allowed_tools"):
    allowed_tools: AllowedTools


ToolChoice: TypeAlias = Literal["none", "auto", "required"] | NamedToolChoice | AllowedToolsChoice


class TextFormat(Struct, tag_field="type", tag="text"):
    pass


class JsonObjectFormat(Struct, tag_field="type", tag="json_object"):
    pass


class JsonSchema(Struct, rename={"schema_": "schema"}):
    name: Name
    schema_: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class JsonSchemaFormat(Struct, tag_field="type", tag="json_schema"):
    json_schema: JsonSchema


ResponseFormat: TypeAlias = TextFormat | JsonObjectFormat | JsonSchemaFormat


class StreamOptions(Struct):
    include_usage: bool = False
    include_obfuscation: bool = False
    resumable: bool = False  # Homeport's own: the generation outlives a lost connection, see web.resume


# --- requests --------------------------------------------------------------------

Temperature: TypeAlias = Annotated[float, Meta(ge=0, le=2)]
TopP: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Penalty: TypeAlias = Annotated[float, Meta(ge=-2, le=2)]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=128)]
MaxTokens: TypeAlias = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Seed: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Stop: TypeAlias = str | Annotated[list[str], Meta(max_length=4)] | None
Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]], Meta(max_length=16)
]
TokenId: TypeAlias = Annotated[int, Meta(ge=0, le=2**31 - 1)]
# A string, a list of strings, token ids, or a list of lists of token ids. msgspec takes one list type in a union, so
# `core.rules` sees to it that a list isn't mixed.
TextOrTokens: TypeAlias = (
    str | Annotated[list[str | TokenId | Annotated[list[TokenId], Meta(min_length=1)]], Meta(min_length=1)]
)


@runtime_checkable
class AnswerForm(Protocol):
    """How a caller of another dialect wants the answer: applied to canonical bytes on their way out."""

    def body(self, body: bytes) -> bytes:
        """A whole answer."""

    def block(self, block: bytes) -> bytes:
        """A block of one or more whole events of a stream."""


class ChatRequest(Struct, kw_only=True):
    """`POST /chat/completions` in canonical form."""

    path: ClassVar[str] = "/chat/completions"

    wire: dict[str, Any] = field(default_factory=dict, name="(wire)")
    answer_form: AnswerForm | None = field(default=None, name="(answer_form)")
    model: str = ""  # "" is the default model of the key or project
    messages: Annotated[list[Message], Meta(min_length=1)]
    temperature: Temperature | None = None
    top_p: TopP | None = None
    max_tokens: MaxTokens | None = None
    max_completion_tokens: MaxTokens | None = None
    n: Count | None = None
    stop: Stop = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    seed: Seed | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    tools: Annotated[list[FunctionTool], Meta(min_length=1, max_length=128)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    modalities: Annotated[list[Literal["text", "audio"]], Meta(min_length=1)] | None = None
    audio: dict[str, Any] | None = None
    user: str | None = None
    safety_identifier: Annotated[str, Meta(max_length=64)] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: Literal["in_memory", "24h"] | None = None
    metadata: Metadata | None = None
    store: bool | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | None = None
    prediction: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    truncation: Literal["auto", "disabled"] | None = None  # Homeport's own, Responses' word: drop the oldest turns

    @property
    def token_limit(self) -> int | None:
        """The most tokens to generate, whichever of the two names was used."""
        return self.max_completion_tokens if self.max_completion_tokens is not None else self.max_tokens

    @property
    def include_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


class CompletionRequest(Struct, kw_only=True):
    """`POST /completions` in canonical form."""

    path: ClassVar[str] = "/completions"

    wire: dict[str, Any] = field(default_factory=dict, name="(wire)")
    model: str = ""
    prompt: TextOrTokens | None = None
    suffix: str | None = None
    max_tokens: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    n: Count | None = None
    best_of: Annotated[int, Meta(ge=0, le=20)] | None = None
    stop: Stop = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    seed: Seed | None = None
    echo: bool | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    user: str | None = None

    @property
    def include_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


class EmbeddingRequest(Struct, kw_only=True):
    """`POST /embeddings` in canonical form."""

    path: ClassVar[str] = "/embeddings"
    stream: ClassVar[None] = None

    wire: dict[str, Any] = field(default_factory=dict, name="(wire)")
    model: str = ""
    input: TextOrTokens
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1)] | None = None
    user: str | None = None


GenerationRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest
