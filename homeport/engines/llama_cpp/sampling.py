"""OpenAI's parameters as llama.cpp's, and the refusal, by name, of what this engine cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.core.chat import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    CompletionRequest,
    FilePart,
    ImagePart,
    UserMessage,
)
from homeport.core.decode import refuse_unknown
from homeport.core.parsers import ModelFormat
from homeport.engines.llama_cpp.server import Properties
from homeport.errors import BadRequestError, UnsupportedParameter

_SEEDS = 2**32 - 1  # llama.cpp takes the one above as "random"


def sampling(request: ChatRequest | CompletionRequest, properties: Properties) -> dict[str, Any]:
    """The part of a `/completion` body that is the same for all choices. Raises BadRequestError for unknown tokens.

    OpenAI's defaults are the whole distribution at temperature 1, llama.cpp's are not, so everything is said.
    """
    return {
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "top_k": 0,
        "min_p": 0.0,
        "presence_penalty": request.presence_penalty or 0.0,
        "frequency_penalty": request.frequency_penalty or 0.0,
        "repeat_last_n": properties.context_length,  # penalties look at the whole text, not at its last 64 tokens
        "logit_bias": _logit_bias(request.logit_bias or {}, properties.vocabulary),
    }


def seed_of_choice(request: ChatRequest | CompletionRequest, index: int) -> dict[str, int]:
    """The seed of choice `index`: the same request gives the same choices, and they differ."""
    return {} if request.seed is None else {"seed": (request.seed + index) % _SEEDS}


def stop_sequences(request: ChatRequest | CompletionRequest) -> tuple[str, ...]:
    stops = (request.stop,) if isinstance(request.stop, str) else tuple(request.stop or ())
    if "" in stops:
        raise BadRequestError("Invalid 'stop': a stop sequence cannot be empty.", param="stop", code="invalid_value")
    return stops


def check_tokens(tokens: Sequence[int], properties: Properties, param: str) -> None:
    """Raises BadRequestError unless all are tokens of the model."""
    if any(not 0 <= token < properties.vocabulary for token in tokens):
        raise BadRequestError(
            f"Invalid '{param}': there are token ids in it that are none of this model's {properties.vocabulary}.",
            param=param,
            code="invalid_value",
        )


def _logit_bias(bias: dict[str, float], vocabulary: int) -> list[tuple[int, float]]:
    pairs = []
    for key, value in bias.items():
        token = int(key) if key.isascii() and key.isdecimal() else -1
        if not 0 <= token < vocabulary:
            raise BadRequestError(
                f"Invalid key in 'logit_bias': {key} is no token of this model, which has {vocabulary}.",
                param="logit_bias",
                code="invalid_value",
            )
        pairs.append((token, value))
    return pairs


# --- refusals --------------------------------------------------------------------

_BATCH_ONLY = "is not supported: this model has one way of being run."


def refuse_unsupported_chat(request: ChatRequest, format: ModelFormat) -> None:
    """Raises UnsupportedParameter, or BadRequestError for parameters nobody knows."""
    refuse_unknown(request)
    if request.modalities is not None and "audio" in request.modalities:
        raise UnsupportedParameter("This model cannot answer with audio.", param="modalities")
    for name in ("audio", "prediction", "web_search_options"):
        if getattr(request, name) is not None:
            raise UnsupportedParameter(f"'{name}' is not supported with this model.", param=name)
    if request.verbosity not in (None, "medium"):
        raise UnsupportedParameter("'verbosity' is not supported with this model.", param="verbosity")
    if request.service_tier not in (None, "auto", "default"):
        raise UnsupportedParameter(f"The service tier '{request.service_tier}' {_BATCH_ONLY}", param="service_tier")
    if request.reasoning_effort not in (None, "none") and format.reasoning_tags is None:
        raise UnsupportedParameter(
            "'reasoning_effort' is not supported with this model: it does not reason.", param="reasoning_effort"
        )
    if request.tools and request.tool_choice != "none" and format.family == "plain":
        raise UnsupportedParameter("This model was not trained to call tools.", param="tools")
    for i, message in enumerate(request.messages):
        if isinstance(message, AssistantMessage) and message.audio is not None:
            raise UnsupportedParameter("This model cannot hear.", param=f"messages[{i}].audio")
        if isinstance(message, UserMessage) and not isinstance(message.content, str):
            for j, part in enumerate(message.content):
                _refuse_medium(part, f"messages[{i}].content[{j}]")


def _refuse_medium(part: object, param: str) -> None:
    if isinstance(part, ImagePart):
        raise UnsupportedParameter("This model cannot see images.", param=param)
    if isinstance(part, AudioPart):
        raise UnsupportedParameter("This model cannot hear audio.", param=param)
    if isinstance(part, FilePart):
        raise UnsupportedParameter("This model cannot read files.", param=param)


def refuse_unsupported_completion(request: CompletionRequest) -> None:
    refuse_unknown(request)
    if request.suffix:
        raise UnsupportedParameter("'suffix' is not supported with this model.", param="suffix")
    if request.best_of is not None and request.best_of != (request.n or 1):
        raise UnsupportedParameter("'best_of' is not supported with this model unless it equals 'n'.", param="best_of")
    if request.echo and request.logprobs is not None:
        raise UnsupportedParameter(
            "'logprobs' together with 'echo' is not supported: the prompt's are not known.", param="logprobs"
        )
