"""The house rules that a machine can see: layers, sizes, names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "homeport").rglob("*.py"))
MAX_LINES = 400
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "manager", "handler", "handlers", "misc"}


def test_imports_point_down_only() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_name_says_what_is_inside(path: Path) -> None:
    assert not FORBIDDEN_NAMES & {path.stem, path.parent.name}
    assert path.name == "__init__.py" or path.read_text().startswith('"""'), "a module says what it is for"


def test_the_server_starts_without_heavy_imports() -> None:
    code = "import sys, homeport.app; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "xllamacpp", "gguf", "openai", "pydantic", "torch", "yaml", "requests", "httpx"}
    assert not heavy & set(loaded)


def test_readme_is_short_and_says_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 150
    assert "make serve" in text
    assert "make test" in text


def test_every_setting_is_documented() -> None:
    """Names of settings in docs/configuration.md are those of the code, all of them."""
    import msgspec

    from homeport import config

    text = (ROOT / "docs" / "configuration.md").read_text()
    kinds = (*config._ENV_SECTIONS.values(), config.EngineConfig, config.ModelConfig)
    documented = set(re.findall(r"^\| `([a-z_]+)`", text, re.MULTILINE))
    existing = {field.name for kind in kinds for field in msgspec.structs.fields(kind)}
    assert existing <= documented, existing - documented
    assert documented <= existing, documented - existing
