"""`homeport pull`: a model file into DATA/models, where `serve` finds it."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from homeport.cli import hub
from homeport.cli.download import CHUNK_BYTES, RESERVE_BYTES, Download, forget_origin
from homeport.cli.progress import Bar
from homeport.cli.table import size
from homeport.config import ConfigError, load
from homeport.engines.folder import models_dir, part_names, read_header, split_parts

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Transfer = Callable[[Path, Bar], str | None]  # fills the partial file; answers with the sha256 it should have


class Item:
    """One file to fetch: its name here, how it comes."""

    def __init__(self, name: str, transfer: Transfer) -> None:
        self.name = name
        self.transfer = transfer


@click.command()
@click.argument("source")
@click.option("--name", metavar="N", help="the model's name here [default: the file's]")
@click.option("--sha256", metavar="HEX", help="what the file must hash to")
@click.option("--data-dir", metavar="D", help="the server's folder [default: ./data]")
@click.option("--config", "config_file", metavar="F", help="a TOML file that names the data folder")
@click.option("--force", is_flag=True, help="replace a model of that name")
def pull(
    source: str, name: str | None, sha256: str | None, data_dir: str | None, config_file: str | None, force: bool
) -> None:
    """Fetch a model in GGUF format into DATA/models.

    SOURCE is a path, a URL, or a Hugging Face reference; of a repository alone, its models are listed when there are
    several. A download that was cut goes on where it stopped. HF_TOKEN opens gated repositories, HF_ENDPOINT names a
    mirror.

    \b
    homeport pull ./model.gguf
    homeport pull https://example.org/model.gguf --sha256 9f86d0…
    homeport pull hf:owner/repo/model-q4_k_m.gguf
    homeport pull owner/repo:Q4_K_M
    """
    if sha256 is not None:
        sha256 = sha256.lower().removeprefix("sha256:")
        if not _SHA256.fullmatch(sha256):
            raise click.BadParameter("a SHA-256 has 64 hexadecimal digits", param_hint="--sha256")
    if name is not None:
        name = name.removesuffix(".gguf")
        if not _NAME.fullmatch(name):
            raise click.BadParameter("letters, digits, '.', '_' and '-' only", param_hint="--name")
    try:
        folder = models_dir(load(config_file, flags={"server.data_dir": data_dir}).data_dir)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    items = _renamed(_items(source, sha256), name)
    if sha256 is not None and len(items) > 1:
        raise click.UsageError(f"--sha256 is of one file, and this model has {len(items)}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for item in items:
            _bring(item, folder, sha256, force)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}") from None
    except KeyboardInterrupt:
        click.echo("\nStopped. Run the command again to go on.", err=True)
        sys.exit(130)
    click.echo(f"{_model_name(items[0].name)} is in {folder}; a server started now serves it.")


# --- sources -----------------------------------------------------------------------


def _items(source: str, sha256: str | None) -> list[Item]:
    path = Path(source).expanduser()
    if path.is_file():
        return [_copied(part) for part in _all_parts(path)]
    reference = hub.parse(source)
    if reference is not None:
        return [_from_hub(file) for file in hub.files(reference)]
    if source.startswith(("http://", "https://")):
        name = unquote(urlsplit(source).path).rpartition("/")[2]
        return [Item(name if name.endswith(".gguf") else f"{name or 'model'}.gguf", _from_url(source, sha256))]
    if source and path.is_dir():
        raise click.UsageError(f"'{source}' is a folder; name a file in it.")
    raise click.UsageError(f"'{source}' is no file, no http(s) URL and no Hugging Face reference (owner/repo:file).")


def _from_url(url: str, sha256: str | None) -> Transfer:
    def transfer(part: Path, bar: Bar) -> str | None:
        Download(url, part, bar, sha256=sha256).run()
        return None

    return transfer


def _from_hub(file: hub.HubFile) -> Item:
    def transfer(part: Path, bar: Bar) -> str | None:
        download = Download(
            file.url, part, bar, key=hub.token(), size_bytes=file.size_bytes, sha256=file.sha256, trust_linked=True
        )
        download.run()
        return download.sha256

    return Item(file.path.rpartition("/")[2], transfer)


def _copied(path: Path) -> Item:
    def transfer(part: Path, bar: Bar) -> str | None:
        read_header(path)
        total = path.stat().st_size
        if total + RESERVE_BYTES > shutil.disk_usage(part.parent).free:
            raise click.ClickException(f"{part.parent} has too little space for {size(total)}.")
        forget_origin(part)  # what a download has left is not gone on with after this
        with path.open("rb") as source, part.open("wb") as target:
            while chunk := source.read(CHUNK_BYTES):
                target.write(chunk)
                bar(target.tell(), total)
        return None

    return Item(path.name if path.suffix == ".gguf" else f"{path.name}.gguf", transfer)


def _all_parts(path: Path) -> list[Path]:
    split = split_parts(path.stem)
    if split is None:
        return [path]
    parts = [path.with_name(name) for name in part_names(split[0], split[2])]
    for part in parts:
        if not part.is_file():
            raise click.ClickException(f"{part} is missing, a part of the same model.")
    return parts


def _renamed(items: list[Item], name: str | None) -> list[Item]:
    if name is not None:
        names = [f"{name}.gguf"] if len(items) == 1 else part_names(name, len(items))
        for item, new in zip(items, names, strict=True):
            item.name = new
    return items


def _model_name(file_name: str) -> str:
    stem = file_name.removesuffix(".gguf")
    split = split_parts(stem)
    return split[0] if split else stem


# --- arrival -----------------------------------------------------------------------


def _bring(item: Item, folder: Path, sha256: str | None, force: bool) -> None:
    """Fetch one file, check it, and put it in place in one step."""
    target = folder / item.name
    if target.exists() and not force:
        if sha256 is not None and _sha256(target) != sha256:
            raise click.ClickException(f"{target} is there already, with another sha256; --force replaces it.")
        click.echo(f"{target} is there already; --force fetches it again.", err=True)
        return
    part = target.with_name(target.name + ".part")
    with _alone(part), Bar(item.name) as bar:
        published = item.transfer(part, bar)
        bar.done()
        expected = sha256 or published
        try:
            if expected is not None and (actual := _sha256(part)) != expected:
                raise ConfigError(f"{item.name}: the sha256 is {actual}, not {expected} as expected")
            read_header(part)
        except ConfigError as error:
            part.unlink()
            raise click.ClickException(f"{error}. It was thrown away.") from None
        part.replace(target)


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Holds the partial file for this process: two downloads into one would mix their bytes."""
    try:
        import fcntl
    except ImportError:  # a system without POSIX locks
        yield
        return
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise click.ClickException(f"{part} is being fetched by another process.") from None
        try:
            yield
        finally:
            if part.exists() and part.stat().st_size == 0:
                part.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
