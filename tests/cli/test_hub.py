"""`homeport pull` from a Hugging Face hub: a real server that answers as the hub does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeport.cli import download, hub, main
from tests.cli.file_server import FileServer, file_server

API = "/api/models/owner/repo/revision/main?blobs=true"


@pytest.fixture(autouse=True)
def _local_hub(files: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", files.url)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(download, "BACKOFF_S", 0.005)


@pytest.fixture
def network() -> Iterator[FileServer]:
    """The content network that the hub redirects to: another origin."""
    with file_server() as server:
        yield server


def publish(files: FileServer, contents: dict[str, bytes], *, sums: bool = True) -> None:
    siblings = []
    for path, content in contents.items():
        files.add(f"/owner/repo/resolve/main/{path}", content)
        lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        siblings.append({"rfilename": path, "size": len(content)} | ({"lfs": lfs} if sums else {}))
    files.add(API, json.dumps({"id": "owner/repo", "siblings": siblings}).encode())


def pull(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["pull", "--data-dir", str(data), *arguments])


def models(data: Path) -> list[str]:
    folder = data / "models"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(
    ("source", "reference"),
    [
        ("owner/repo", hub.Reference("owner/repo")),
        ("hf:owner/repo", hub.Reference("owner/repo")),
        ("hf://owner/repo/folder/m.gguf", hub.Reference("owner/repo", "main", "folder/m.gguf")),
        ("hf:owner/repo/m.gguf", hub.Reference("owner/repo", "main", "m.gguf")),
        ("owner/repo:m.gguf", hub.Reference("owner/repo", "main", "m.gguf")),
        ("owner/repo@v1.0:Q4_K_M", hub.Reference("owner/repo", "v1.0", "Q4_K_M")),
        ("owner/repo@refs/pr/3", hub.Reference("owner/repo", "refs/pr/3")),
        ("hf:owner/repo@v1/m.gguf", hub.Reference("owner/repo", "v1", "m.gguf")),
        ("hf:owner/repo@refs/pr/3:m.gguf", hub.Reference("owner/repo", "refs/pr/3", "m.gguf")),
        ("HUB/owner/repo", hub.Reference("owner/repo")),
        ("HUB/owner/repo/blob/main/folder/m.gguf", hub.Reference("owner/repo", "main", "folder/m.gguf")),
        ("HUB/owner/repo/resolve/v1/m.gguf?download=true", hub.Reference("owner/repo", "v1", "m.gguf")),
        ("HUB/owner/repo/resolve/main/a%20b.gguf", hub.Reference("owner/repo", "main", "a b.gguf")),
        ("owner/repo/m.gguf", None),
        ("models/m.gguf", None),
        ("./owner/repo", None),
        ("owner", None),
        ("https://elsewhere.example/owner/repo", None),
    ],
)
def test_references(files: FileServer, source: str, reference: hub.Reference | None) -> None:
    assert hub.parse(source.replace("HUB", files.url)) == reference


def test_the_only_model_of_a_repository(files: FileServer, model: bytes, data: Path) -> None:
    publish(files, {"README.md": b"# Model", "folder/m-q8_0.gguf": model, "mmproj-m.gguf": model})
    result = pull(data, "owner/repo")
    assert result.exit_code == 0, result.output
    assert (data / "models" / "m-q8_0.gguf").read_bytes() == model


def test_several_models_are_listed(files: FileServer, model: bytes, data: Path) -> None:
    publish(files, {"m-Q4_K.gguf": model, "m-Q4_K_M.gguf": model, "m-q8_0.gguf": model})
    result = pull(data, "owner/repo")
    assert result.exit_code == 1
    assert "owner/repo has several models; name one:\n  owner/repo:m-Q4_K.gguf  (0.00 GB)\n" in result.output
    assert pull(data, "owner/repo:Q4_K").exit_code == 0
    assert pull(data, "owner/repo:Q8_0").exit_code == 0
    assert models(data) == ["m-Q4_K.gguf", "m-q8_0.gguf"]
    misspelt = pull(data, "owner/repo:m-Q4_KM.gguf")
    assert misspelt.exit_code == 1
    assert "has no 'm-Q4_KM.gguf'. Did you mean 'm-Q4_K_M.gguf' or" in misspelt.output


def test_all_parts_are_fetched(files: FileServer, model: bytes, data: Path) -> None:
    parts = {f"q4/big-0000{part}-of-00003.gguf": model for part in (1, 2, 3)}
    publish(files, parts)
    result = pull(data, "owner/repo")
    assert result.exit_code == 0, result.output
    assert models(data) == [path.removeprefix("q4/") for path in parts]
    assert "big is in" in result.output

    del parts["q4/big-00003-of-00003.gguf"]
    publish(files, parts)
    result = pull(data, "owner/repo", "--force")
    assert result.exit_code == 1
    assert "has no 'q4/big-00003-of-00003.gguf', a part of" in result.output


def test_the_key_stays_with_the_hub_and_its_sum_is_checked(
    files: FileServer, network: FileServer, model: bytes, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sha256 is in the header of the hub's redirect, as it is for files whose repository lists none."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    publish(files, {"m.gguf": model}, sums=False)
    files.files[API].needs_key = "hf_secret"
    resolve = files.files["/owner/repo/resolve/main/m.gguf"]
    resolve.needs_key = "hf_secret"
    resolve.headers = {"X-Linked-Etag": f'"{hashlib.sha256(model).hexdigest()}"', "X-Linked-Size": str(len(model))}
    resolve.redirect = network.add("/blob", model, cut_after=[200_000])
    assert pull(data, "owner/repo:m.gguf").exit_code == 0
    first, second = network.asked("/blob")
    assert "authorization" not in first | second
    assert second["range"] == "bytes=200000-"

    changed = bytearray(model)
    changed[-1] ^= 1
    network.files["/blob"].content = bytes(changed)
    result = pull(data, "owner/repo:m.gguf", "--force")
    assert result.exit_code == 1
    assert "the sha256 is" in result.output


def test_the_key_follows_a_renamed_repository(
    files: FileServer, model: bytes, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    publish(files, {"m.gguf": model})
    files.add("/new/name/resolve/main/m.gguf", model, needs_key="hf_secret")
    files.files["/owner/repo/resolve/main/m.gguf"].redirect = "/new/name/resolve/main/m.gguf"
    assert pull(data, "owner/repo").exit_code == 0


def test_a_file_that_differs_from_its_listing(files: FileServer, model: bytes, data: Path) -> None:
    publish(files, {"m.gguf": model})
    files.files["/owner/repo/resolve/main/m.gguf"].content = model + b"more"
    result = pull(data, "owner/repo")
    assert result.exit_code == 1
    assert f"has {len(model) + 4:,} bytes, but the repository says {len(model):,}" in result.output
    assert models(data) == []


def test_gated_unknown_and_empty_repositories(files: FileServer, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.add(API, b"{}", needs_key="hf_right")
    assert "set HF_TOKEN to a token that may read it" in pull(data, "owner/repo").output
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "HF_TOKEN has no access to it" in pull(data, "owner/repo").output
    assert "knows no repository 'owner/other' with revision 'main'" in pull(data, "owner/other").output
    monkeypatch.delenv("HF_TOKEN")
    publish(files, {"model.safetensors": b"weights"})
    assert "owner/repo holds no GGUF file" in pull(data, "owner/repo").output


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"siblings": [{}]}'])
def test_what_is_no_hub(files: FileServer, data: Path, answer: bytes) -> None:
    files.add(API, answer)
    result = pull(data, "owner/repo")
    assert result.exit_code == 1
    assert "does not answer as a Hugging Face hub does" in result.output


def test_no_hub_at_all(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    result = pull(data, "owner/repo")
    assert result.exit_code == 1
    assert "Cannot reach http://127.0.0.1:9: connection refused." in result.output
