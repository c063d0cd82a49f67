"""What a model name means: the table from public names to engines. Pure; the pool makes a new one when a list changes.

A name is looked for in this order, and the first hit counts:

1. `[models.NAME]` of the configuration;
2. `[aliases]` of the configuration: what the operator wrote goes before what an engine says of itself;
3. the names that engines report, engine by engine in the order of the configuration;
4. the built-in aliases (`core.aliases`) and the empty name: the default model of their kind.

The default is `default_model`, else the first configured model of the kind, else the first that the first engine has.
As long as an engine that might own a name, or the default, has never listed its models, 4 does not apply: a name must
not mean another model because a peer happened to be down when Homeport started.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, structs

from homeport.config import Config, ConfigError
from homeport.core.aliases import ALIASES, family
from homeport.core.models import ModelInfo
from homeport.engines.base import Engine

Kind: TypeAlias = Literal["chat", "completion", "embeddings"]
KINDS: tuple[Kind, ...] = ("chat", "completion", "embeddings")

_PIN = re.compile(r"(.+)@\d{4}-\d{2}-\d{2}", re.ASCII)
# Engines rarely say what a model is for. These are only kept from being a *default* by their names.
_NAMED_EMBEDDINGS = re.compile(r"embed|minilm|\b(bge|e5|gte)-", re.IGNORECASE)
_NAMED_OTHERWISE = re.compile(
    r"whisper|transcribe|tts|dall-e|image|moderation|rerank|realtime|audio|sora", re.IGNORECASE
)


class Target(Struct, frozen=True, eq=False):
    """Where a name leads: the engine, its own name for the model, and who is asked next when it fails."""

    name: str
    engine: Engine
    model: str
    info: ModelInfo
    fallback: tuple[Target, ...] = ()


class Names:
    """The table. `by_kind[kind][name]` is all that a request costs; "" is the default."""

    def __init__(
        self, config: Config, engines: Mapping[str, Engine], listings: Mapping[str, list[ModelInfo] | None]
    ) -> None:
        """`listings`: engine name → what it serves, None while it has never said. Raises ConfigError."""
        self._config = config
        self._engines = engines
        self._listings = listings
        self.unlisted = [name for name in engines if listings.get(name) is None]
        self._models = self._configured()
        for name, engine in engines.items():
            for info in listings.get(name) or ():
                if info.id not in self._models and info.id not in config.aliases:
                    self._models[info.id] = Target(info.id, engine, info.id, info)
        self._defaults = {kind: self._default(kind) for kind in KINDS}
        self._aliases = self._configured_aliases() | self._built_in_aliases()
        self.by_kind: dict[Kind, dict[str, Target]] = {kind: self._of_kind(kind) for kind in KINDS}
        self.infos = {name: target.info for name, target in self._models.items()} | {
            alias: structs.replace(target.info, id=alias, alias_of=target.name)
            for alias, target in self._aliases.items()
        }

    def find(self, name: str, kind: Kind) -> Target | None:
        """The target of a name or pin."""
        table = self.by_kind[kind]
        found = table.get(name) or table.get(unpinned(name))
        if found is None and kind != "embeddings":
            found = self._former(name, table)
        return found

    def _former(self, name: str, table: dict[str, Target]) -> Target | None:
        """What a name that OpenAI had stands for, unless somebody means a model by it, be it here today or not."""
        plain = unpinned(name)
        of = family(plain)
        if of is None or self.unlisted or self._is_claimed(name, plain):
            return None
        return table.get(of) or (None if self._is_claimed(of) else table.get(""))

    def _is_claimed(self, *names: str) -> bool:
        return any(name in self._models or name in self._config.aliases for name in names)

    # --- building --------------------------------------------------------------

    def _configured(self) -> dict[str, Target]:
        plain: dict[str, Target] = {}
        for name, model in self._config.models.items():
            own_name = model.name or name
            reported = {info.id: info for info in self._listings.get(model.engine) or ()}.get(own_name)
            info = structs.replace(reported, id=name) if reported else ModelInfo(id=name, created=0)
            if model.context_length is not None:
                info = structs.replace(info, context_length=model.context_length)
            plain[name] = Target(name, self._engines[model.engine], own_name, info)
        return {
            name: structs.replace(target, fallback=tuple(plain[other] for other in self._config.models[name].fallback))
            for name, target in plain.items()
        }

    def _default(self, kind: Kind) -> Target | None:
        wanted = self._config.default_model
        if wanted is not None:
            end = self._end_of_chain(wanted)
            named = self._model(end)
            if named is not None and _can(named, kind):
                return named
            if named is None and kind != "embeddings" and end not in ALIASES:
                return None  # it may be the model of a peer that has not said so yet
        configured = [self._models[name] for name in self._config.models]
        for target in configured:
            if _declares(target, kind) or _sounds_like(target, kind):
                return target
        if kind == "embeddings":  # stored vectors outlive a peer's list: prefer what is certain to what it is called
            for target in self._models.values():
                if _declares(target, kind):
                    return target
        for name in self._engines:
            if name in self.unlisted:
                return None
            for info in self._listings[name] or ():
                reported = self._models.get(info.id)
                if reported is not None and (_declares(reported, kind) or _sounds_like(reported, kind)):
                    return reported
        return None

    def _end_of_chain(self, name: str) -> str:
        """The name that is left when aliases of the configuration are followed. Raises ConfigError for a circle."""
        seen = [name]
        while name in self._config.aliases and name not in self._config.models:
            name = self._config.aliases[name]
            seen.append(name)
            if name in seen[:-1]:
                raise ConfigError(f"aliases.{seen[0]}: {' → '.join(seen)} is a circle")
        return name

    def _model(self, name: str) -> Target | None:
        return self._models.get(name) or self._models.get(unpinned(name))

    def _configured_aliases(self) -> dict[str, Target]:
        """Those that lead somewhere today."""
        found = {}
        for alias in self._config.aliases:
            end = self._end_of_chain(alias)
            target = self._model(end) or (self._defaults[ALIASES[end]] if end in ALIASES else None)
            if target is not None and alias not in self._models:
                found[alias] = target
        return found

    def _built_in_aliases(self) -> dict[str, Target]:
        if self.unlisted:
            return {}
        return {
            alias: target
            for alias, kind in ALIASES.items()
            if alias not in self._models
            and alias not in self._config.aliases
            and (target := self._defaults[kind]) is not None
        }

    def _of_kind(self, kind: Kind) -> dict[str, Target]:
        table = {name: target for name, target in (self._models | self._aliases).items() if _can(target, kind)}
        if (default := self._defaults[kind]) is not None:
            table[""] = default
        return table


def unpinned(name: str) -> str:
    """`name` without its date, where it is a pin (`gpt-4.5-mini@2026-04-15`)."""
    match = _PIN.fullmatch(name)
    return match[1] if match else name


def _can(target: Target, kind: Kind) -> bool:
    capabilities = target.info.capabilities
    return capabilities is UNSET or kind in capabilities


def _declares(target: Target, kind: Kind) -> bool:
    capabilities = target.info.capabilities
    return capabilities is not UNSET and kind in capabilities


def _sounds_like(target: Target, kind: Kind) -> bool:
    if target.info.capabilities is not UNSET:
        return False
    embeds = _NAMED_EMBEDDINGS.search(target.model) is not None
    return embeds if kind == "embeddings" else not embeds and not _NAMED_OTHERWISE.search(target.model)
