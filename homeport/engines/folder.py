"""A folder of models: every GGUF file in `DATA/models` is served under its file name.

`read_header` looks at the first kilobytes of a file only, so a folder of large models is listed in milliseconds.
"""

from __future__ import annotations

import logging
import re
import struct
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct, structs

from homeport.config import ConfigError, EngineConfig

logger = logging.getLogger(__name__)

MAGIC = b"GGUF"
IDLE_UNLOAD_S = (
    900.0  # where several models share the memory, one nobody asked for in a quarter of an hour gives its share back
)

_PART = re.compile(r"-(?P<part>\d{5})-of-(?P<parts>\d{5})$")
_ENCODERS = frozenset(
    {"bert", "modern-bert", "neo-bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "t5encoder"}
)
_POOLED = frozenset({1, 2, 3})  # mean, cls, last: a decoder with one of these was trained to embed
_RERANKER = 4

# GGUF's value types: code -> struct format; 8 is a string, 9 an array.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONGEST_KEY = 1 << 16
_LONGEST_VALUE = 1 << 26


class GgufHeader(Struct, frozen=True):
    """What the head of a GGUF file says about its model."""

    architecture: str
    name: str | None = None
    context_length: int | None = None  # tokens the model was trained for
    pooling: int | None = None

    @property
    def embedding(self) -> bool:
        return self.architecture in _ENCODERS or self.pooling in _POOLED

    @property
    def unserved(self) -> str | None:
        """Why this file is no model that answers by itself, if it is none."""
        if self.architecture == "clip":
            return "a vision projector, which belongs to another model"
        if self.pooling == _RERANKER:
            return "a reranker"
        return None


def read_header(path: Path) -> GgufHeader:
    """The header of the GGUF file at `path`. Raises ConfigError, which names file and reason, when it can't be read."""
    try:
        with path.open("rb") as file:
            return _parse(file)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (struct.error, UnicodeDecodeError, OverflowError):
        raise ConfigError(f"{path}: the GGUF header is damaged or cut short") from None
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _parse(file: BinaryIO) -> GgufHeader:
    magic = file.read(4)
    if magic != MAGIC:
        raise ConfigError(f"no GGUF file: it starts with {magic!r}" if magic else "the file is empty")
    version, _tensors, entries = _read(file, "IQQ")
    if version not in (2, 3):
        raise ConfigError(f"GGUF version {version} is not supported, only 2 and 3")
    known: dict[str, Any] = {}
    for _ in range(entries):
        key = _string(file, _LONGEST_KEY)
        if key.startswith("tokenizer.") and "general.architecture" in known:
            break  # the vocabulary: megabytes, and writers put it after what we came for
        known[key] = _value(file, _read(file, "I")[0])
    architecture = known.get("general.architecture")
    if not isinstance(architecture, str):
        raise ConfigError("the GGUF header names no architecture")
    return GgufHeader(
        architecture=architecture,
        name=known.get("general.name"),
        context_length=known.get(f"{architecture}.context_length"),
        pooling=known.get(f"{architecture}.pooling_type"),
    )


def _read(file: BinaryIO, form: str) -> tuple[Any, ...]:
    form = "<" + form
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _string(file: BinaryIO, longest: int = _LONGEST_VALUE) -> str:
    (length,) = _read(file, "Q")
    if length > longest:
        raise OverflowError
    data = file.read(length)
    if len(data) < length:
        raise struct.error
    return data.decode()


def _value(file: BinaryIO, kind: int) -> Any:
    if kind in _SCALARS:
        return _read(file, _SCALARS[kind])[0]
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        raise ConfigError(f"the GGUF header holds a value of unknown type {kind}")
    inner, length = _read(file, "IQ")
    if inner in _SCALARS:
        file.seek(struct.calcsize(_SCALARS[inner]) * length, 1)
        return None
    if inner != _STRING:
        raise ConfigError(f"the GGUF header holds an array of unknown type {inner}")
    for _ in range(length):
        _string(file)
    return None


def split_parts(stem: str) -> tuple[str, int, int] | None:
    """("name", part, parts) of a file name stem like `name-00001-of-00003`, None for a model in one file."""
    match = _PART.search(stem)
    return (stem[: match.start()], int(match["part"]), int(match["parts"])) if match else None


def part_names(name: str, parts: int) -> list[str]:
    """The file names of a model in several files."""
    return [f"{name}-{part:05}-of-{parts:05}.gguf" for part in range(1, parts + 1)]


def models_dir(data_dir: Path) -> Path:
    """Where `homeport pull` puts models and `serve` looks for them."""
    return data_dir / "models"


def discover_models(data_dir: Path) -> dict[str, EngineConfig]:
    """An embedded engine for each GGUF file in `data_dir/models`, by the file's name without its ending.

    Of a model in several files the first stands for all. A file that can't be served is logged and left out: one bad
    download must not keep the others from starting. A single model is loaded at start, several when first asked for.
    """
    found: dict[str, EngineConfig] = {}
    for path in sorted(models_dir(data_dir).glob("*.gguf")):
        name = path.stem
        split = split_parts(name)
        if split is not None:
            name, part, parts = split
            if part != 1:
                continue
            missing = [other for other in part_names(name, parts) if not path.with_name(other).exists()]
            if missing:
                logger.warning(
                    "not served: %s: %d of %d files are missing, first %s", path, len(missing), parts, missing[0]
                )
                continue
        try:
            header = read_header(path)
        except ConfigError as error:
            logger.warning("not served: %s", error)
            continue
        if header.unserved:
            logger.info("not served: %s is %s", path, header.unserved)
            continue
        found[name] = EngineConfig(type="llama_cpp", path=str(path), embedding=header.embedding)
    if len(found) == 1:
        return found
    return {name: structs.replace(engine, prewarm=False, idle_unload_s=IDLE_UNLOAD_S) for name, engine in found.items()}
