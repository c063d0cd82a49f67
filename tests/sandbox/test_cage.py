"""What a machine must have, and what is said where it hasn't."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.cli import checks
from homeport.errors import SandboxUnavailable
from homeport.sandbox import Limits, Sandboxes, probe
from homeport.sandbox.cage import find_cage
from homeport.sandbox.cgroups import _parent, create_cgroup, remove_leftovers
from homeport.sandbox.runtime import python_runtime

ROOT = Path(__file__).parent.parent.parent
BWRAP = find_cage().bwrap


def program(folder: Path, text: str) -> str:
    """A folder for PATH, in which `bwrap` is this program."""
    folder.mkdir(exist_ok=True)
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    folder.chmod(0o755)
    return str(folder)


@pytest.mark.anyio
async def test_this_machine_is_fit() -> None:
    found = await probe()
    assert found.missing_packages == []
    assert found.drops_root == (os.geteuid() == 0)
    assert found.control_group == (create_and_remove_cgroup())
    check = await asyncio.to_thread(checks.code_interpreter)
    assert (check.state, check.what, check.remedy) == ("ok", "code interpreter", None)
    assert "bubblewrap" in check.found


def create_and_remove_cgroup() -> bool:
    group = create_cgroup(Limits())
    if group is not None:
        group.remove()
    return group is not None


@pytest.mark.anyio
async def test_without_bubblewrap_nothing_runs(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with Sandboxes(folder) as owner:
        box = owner.sandbox("a")
        with pytest.raises(SandboxUnavailable, match=r"bubblewrap is missing\. Remedy: install bubblewrap") as caught:
            await box.run("open('ran', 'w')")
        assert (caught.value.status, caught.value.code) == (400, "code_interpreter_unavailable")
        assert await box.files() == []
        monkeypatch.setenv("PATH", os.path.dirname(BWRAP))
        assert (await box.run("1")).status == "completed", "installed meanwhile: it works without a restart"
    monkeypatch.setenv("PATH", str(tmp_path))
    check = await asyncio.to_thread(checks.code_interpreter)
    assert (check.state, check.found) == ("warning", "bubblewrap is missing")
    assert check.remedy is not None
    assert "apt-get install bubblewrap" in check.remedy


@pytest.mark.parametrize("answer", ["echo bubblewrap 0.6.1", "echo something else", "exit 1"])
def test_a_bubblewrap_that_is_too_old_is_not_used(answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", program(tmp_path / "bin", answer))
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap 0\.7 or newer"):
        find_cage()


@pytest.mark.anyio
async def test_a_machine_without_user_namespaces_says_so(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What bubblewrap says there, word for word; the code must not run."""
    said = "bwrap: No permissions to create new namespace, likely because the kernel does not allow it"
    script = f'if [ "$1" = --version ]; then echo bubblewrap 0.8.0; else echo "{said}" >&2; exit 1; fi'
    monkeypatch.setenv("PATH", program(tmp_path / "bin", script))
    tmp_path.chmod(0o755)
    async with Sandboxes(folder) as owner:
        with pytest.raises(SandboxUnavailable, match="No permissions to create new namespace") as caught:
            await owner.sandbox("a").run("1")
        assert "allow user namespaces" in caught.value.remedy
        assert owner.sandbox("a").interpreter is None
    assert (await asyncio.to_thread(checks.code_interpreter)).state == "warning"


@pytest.mark.anyio
async def test_a_bubblewrap_that_runs_things_unprotected_gets_no_code(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ignores what it is told: there is no /interpreter outside a sandbox."""
    script = (
        'if [ "$1" = --version ]; then echo bubblewrap 0.8.0; exit; fi\n'
        'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
    )
    monkeypatch.setenv("PATH", program(tmp_path / "bin", script))
    async with Sandboxes(folder) as owner:
        with pytest.raises(SandboxUnavailable):
            await owner.sandbox("a").run("open('/tmp/ran-unprotected', 'w')")
    assert not Path("/tmp/ran-unprotected").exists()


@pytest.mark.anyio
async def test_without_libseccomp_nothing_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from homeport.sandbox import syscalls

    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    syscalls._program.cache_clear()
    try:
        async with Sandboxes(folder) as owner:
            with pytest.raises(SandboxUnavailable, match="libseccomp"):
                await owner.sandbox("a").run("1")
    finally:
        syscalls._program.cache_clear()


def test_packages_that_are_not_installed_are_told() -> None:
    assert python_runtime(["numpy", "no-such-package"]).missing == ["no-such-package"]


def test_only_what_code_may_import_is_shown() -> None:
    shown = {mount.target for mount in python_runtime(["sympy"]).mounts if mount.target.startswith("/python/packages/")}
    assert {"/python/packages/sympy", "/python/packages/mpmath"} <= shown
    assert all("numpy" not in target and "homeport" not in target for target in shown)


@pytest.mark.anyio
async def test_a_server_without_the_packages_still_runs_code(folder: Path) -> None:
    async with Sandboxes(folder, packages=[]) as owner:
        result = await owner.sandbox("a").run("import math; print(math.pi)\nimport numpy")
        assert result.error == "ModuleNotFoundError: No module named 'numpy'"
        assert result.outputs[0].text.startswith("3.14")  # type: ignore[union-attr]


def test_a_group_that_can_not_bound_memory_is_none() -> None:
    if _parent() is None:
        assert create_cgroup(Limits()) is None
    else:
        group = create_cgroup(Limits(memory_bytes=1 << 20))
        assert group is not None
        folder = Path(group.joined_by).parent
        expected = (1 << 20) + Limits().data_bytes + 2 * Limits().scratch_bytes
        assert int((folder / "memory.max").read_text()) == expected
        group.remove()
        assert not folder.exists()
    remove_leftovers()


def test_the_library_is_not_imported_by_a_server_that_runs_no_code() -> None:
    code = "import sys, homeport.sandbox; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert not {"pyseccomp", "numpy", "matplotlib", "pandas"} & set(loaded)
