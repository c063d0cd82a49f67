"""Models: what can be asked for by name."""

from __future__ import annotations

from typing import Protocol

from homeport.core.models import ModelInfo, ModelList
from homeport.web.routes import Call, Route

# --- rules ---------------------------------------------------------------------


class Catalogue(Protocol):
    """`engines.pool`, as far as this resource needs it."""

    async def models(self) -> list[ModelInfo]: ...
    async def model(self, name: str) -> ModelInfo: ...


# --- routes --------------------------------------------------------------------


def routes(catalogue: Catalogue) -> list[Route]:
    async def list_models(call: Call) -> ModelList:
        return ModelList(await catalogue.models())

    async def retrieve_model(call: Call) -> ModelInfo:
        return await catalogue.model(call.path["model"])

    return [
        Route(
            method="GET",
            path="/models",
            operation_id="listModels",
            summary="List the models, with their context lengths.",
            tag="Models",
            result=ModelList,
            handler=list_models,
        ),
        Route(
            method="GET",
            path="/models/{model}",
            operation_id="retrieveModel",
            summary="Retrieve a model by its name or an alias of it.",
            tag="Models",
            result=ModelInfo,
            handler=retrieve_model,
        ),
    ]
