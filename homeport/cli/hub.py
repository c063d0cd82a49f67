"""Hugging Face: what a reference means, and which files a repository has."""

from __future__ import annotations

import os
import re
import urllib.error
from contextlib import closing
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

import click
import msgspec
from msgspec import Meta, Struct

from homeport.cli import did_you_mean, transport
from homeport.engines.folder import part_names, split_parts

DEFAULT_ENDPOINT = "https://huggingface.co"

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class _LargeFile(Struct):
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None


class _Sibling(Struct):
    rfilename: str
    size: int | None = None
    lfs: _LargeFile | None = None


class _Listing(Struct):
    siblings: list[_Sibling]


class HubFile(Struct, frozen=True):
    """One file of a repository. `sha256` and `size_bytes` as far as the hub tells."""

    url: str
    path: str
    size_bytes: int | None = None
    sha256: str | None = None


class Reference(Struct, frozen=True):
    """`owner/repo`, a revision, and what was named in it: a file, a quantisation such as Q4_K_M, or nothing."""

    repository: str
    revision: str = "main"
    wanted: str | None = None


def endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def token() -> str | None:
    return os.environ.get("HF_TOKEN") or None


def parse(source: str) -> Reference | None:
    """The reference in `hf:owner/repo/file.gguf`, `owner/repo:file`, `owner/repo@revision` or a hub URL; else None."""
    if source.startswith(("http://", "https://")):
        return _parse_url(source)
    explicit = source.startswith("hf:")
    text = source.removeprefix("hf:").removeprefix("//")
    match = _REPOSITORY.match(text)
    if match is None:
        return None
    repository, rest = match.group(), text[match.end() :]
    revision = "main"
    if rest.startswith("@"):
        end = rest.find(":") if ":" in rest else rest.find("/") if rest.endswith(".gguf") else len(rest)
        revision, rest = rest[1:end], rest[end:]
    if rest.startswith(":") or (rest.startswith("/") and explicit):
        return Reference(repository, revision, rest[1:] or None)
    if rest or (repository.endswith(".gguf") and not explicit):  # more likely a path where nothing is
        return None
    return Reference(repository, revision)


def _parse_url(url: str) -> Reference | None:
    if not url.startswith(endpoint() + "/"):
        return None
    parts = urlsplit(url.removeprefix(endpoint())).path.strip("/").split("/")
    if len(parts) == 2:
        return Reference("/".join(parts))
    if len(parts) >= 5 and parts[2] in ("resolve", "blob"):
        return Reference("/".join(parts[:2]), unquote(parts[3]), unquote("/".join(parts[4:])))
    return None


def files(reference: Reference) -> list[HubFile]:
    """The files to fetch, all parts of a model in several. Raises click.ClickException; when unclear, it lists them."""
    known = _list(reference)
    paths = {file.path: file for file in known}
    wanted = reference.wanted
    if wanted in paths:
        return _with_parts(paths[wanted], paths)
    models = [file for file in known if _is_first_part(file.path) and not _name(file.path).startswith("mmproj")]
    if not models:
        raise click.ClickException(
            f"{reference.repository} holds no GGUF file; look for a repository whose name ends in -GGUF."
        )
    fitting = [file for file in models if wanted is None or _fits(file.path, wanted)]
    if len(fitting) == 1:
        return _with_parts(fitting[0], paths)
    listing = "\n".join(f"  {reference.repository}:{file.path}{_size(file)}" for file in fitting or models)
    if wanted is not None and not fitting:
        hint = did_you_mean(wanted, [file.path for file in models])
        raise click.ClickException(f"{reference.repository} has no '{wanted}'. {hint} There are:\n{listing}")
    raise click.ClickException(f"{reference.repository} has several models; name one:\n{listing}")


def _with_parts(file: HubFile, paths: dict[str, HubFile]) -> list[HubFile]:
    split = split_parts(file.path.removesuffix(".gguf"))
    if split is None:
        return [file]
    names = part_names(split[0], split[2])
    missing = [name for name in names if name not in paths]
    if missing:
        raise click.ClickException(f"The repository has no '{missing[0]}', a part of the model '{file.path}'.")
    return [paths[name] for name in names]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _is_first_part(path: str) -> bool:
    split = split_parts(path.removesuffix(".gguf"))
    return path.endswith(".gguf") and (split is None or split[1] == 1)


def _fits(path: str, wanted: str) -> bool:
    """Whether a file is meant: by its name without folder, or by its quantisation as a word (Q4_K, not Q4_K_M)."""
    if wanted.lower() in (_name(path).lower(), _name(path).lower().removesuffix(".gguf")):
        return True
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(wanted)}(?![A-Za-z0-9_])", path, re.IGNORECASE) is not None


def _size(file: HubFile) -> str:
    return f"  ({file.size_bytes / 1e9:.2f} GB)" if file.size_bytes else ""


def _list(reference: Reference) -> list[HubFile]:
    base = endpoint()
    revision = quote(reference.revision, safe="")
    url = f"{base}/api/models/{reference.repository}/revision/{revision}?blobs=true"
    try:
        with closing(transport.open_url(url, key=token(), timeout_s=30)) as response:
            answer = response.read()
    except urllib.error.HTTPError as error:
        error.close()
        raise click.ClickException(_refusal(error.code, reference)) from None
    except transport.FAILURES as error:
        raise click.ClickException(f"Cannot reach {base}: {transport.reason(error)}.") from None
    try:
        siblings = msgspec.json.decode(answer, type=_Listing).siblings
    except msgspec.MsgspecError:
        raise click.ClickException(f"{base} does not answer as a Hugging Face hub does.") from None
    found = [
        HubFile(
            url=f"{base}/{reference.repository}/resolve/{revision}/{quote(sibling.rfilename)}",
            path=sibling.rfilename,
            size_bytes=sibling.size,
            sha256=sibling.lfs.sha256 if sibling.lfs else None,
        )
        for sibling in siblings
    ]
    return sorted(found, key=lambda file: file.path)


def _refusal(status: int, reference: Reference) -> str:
    if status in (401, 403):
        need = "HF_TOKEN has no access to it" if token() else "set HF_TOKEN to a token that may read it"
        return f"{reference.repository} does not exist or is gated: {need} (the hub answered {status})."
    if status == 404:
        return f"The hub knows no repository '{reference.repository}' with revision '{reference.revision}'."
    return f"The hub answered {status} for {reference.repository}."
