"""The Python that the sandbox sees: this one, read-only, and of its packages only those that code may import.

/python/bin/python3              the executable
/python/lib/python3.x            the standard library, site-packages emptied
/python/packages/…               numpy, pandas, matplotlib, sympy and what they need, one mount each
/interpreter                     `homeport.sandbox.inside`
/python/lib                      libraries of a Python that doesn't belong to the system
/usr/lib/x86_64-linux-gnu, …     the folders that hold the C library and what the standard library links to
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from msgspec import Struct

PACKAGES = ("numpy", "pandas", "matplotlib", "sympy")
EXECUTABLE = "/python/bin/python3"
_INSIDE = Path(__file__).parent / "inside"
_SYSTEM_LIBRARIES = re.compile(r"(/usr)?/lib(32|64)?(/[a-z0-9_]+-linux-[a-z0-9]+)?")
_PT_INTERP = 3


class Mount(Struct, frozen=True):
    """A file or folder of this machine, shown read-only at `target`."""

    source: str
    target: str


class Runtime(Struct, frozen=True):
    mounts: list[Mount]
    hidden: list[str]  # folders inside the mounts to cover with empty ones
    environment: dict[str, str]
    missing: list[str]  # wanted packages that are not installed


def python_runtime(packages: Iterable[str] = PACKAGES) -> Runtime:
    """Where the parts of this Python are. Reads package metadata, so done once."""
    standard_library = os.path.realpath(sysconfig.get_path("stdlib"))
    library = f"/python/{sys.platlibdir}/{os.path.basename(standard_library)}"
    mounts = [
        Mount(str(_INSIDE), "/interpreter"),
        Mount(str(_INSIDE / "etc"), "/etc"),
        Mount(os.path.realpath(sys.executable), EXECUTABLE),
        Mount(standard_library, library),
        *_system_libraries(),
    ]
    for extensions in (path for path in sys.path if os.path.basename(path) == "lib-dynload"):
        if os.path.dirname(os.path.realpath(extensions)) != standard_library:
            mounts.append(Mount(extensions, f"{library}/lib-dynload"))
    found: dict[str, Distribution] = {}
    missing = [name for name in packages if not _collect(name, found)]
    for item in sorted({item for package in found.values() for item in _top_level(package)}):
        mounts.append(Mount(str(item), f"/python/packages/{item.name}"))
    hidden = [
        f"{library}/{name}" for name in ("site-packages", "dist-packages") if Path(standard_library, name).is_dir()
    ]
    environment = {
        "PATH": "/python/bin",
        "LD_LIBRARY_PATH": "/python/lib",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONPATH": "/interpreter:/python/packages",
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "MPLBACKEND": "module://homeport_figures",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "OPENBLAS_NUM_THREADS": "1",  # a thread is a process to the limit, and a stack to the memory's
        "OMP_NUM_THREADS": "1",
    }
    return Runtime(mounts, hidden, environment, missing)


def _system_libraries() -> Iterator[Mount]:
    """The dynamic loader, and the libraries that this process has mapped.

    A folder of the system's own libraries is shown whole, for those modules of the standard library not loaded here.
    """
    loader = _dynamic_loader(Path(os.path.realpath(sys.executable)))
    if loader:
        yield Mount(os.path.realpath(loader), loader)
    with open("/proc/self/maps") as maps:
        mapped = {os.path.realpath(line.split(maxsplit=5)[5].strip()) for line in maps if ".so" in line}
    folders = {os.path.dirname(path) for path in mapped}
    for folder in sorted(filter(_SYSTEM_LIBRARIES.fullmatch, folders)):
        yield Mount(folder, folder)
    for path in sorted(mapped):
        if re.match(r"libpython", os.path.basename(path)) and not _SYSTEM_LIBRARIES.fullmatch(os.path.dirname(path)):
            yield Mount(path, f"/python/lib/{os.path.basename(path)}")


def _dynamic_loader(executable: Path) -> str | None:
    """The path that an ELF executable names as its loader, such as /lib64/ld-linux-x86-64.so.2."""
    with executable.open("rb") as file:
        header = file.read(64)
        if header[:5] != b"\x7fELF\x02":
            return None
        table, size, count = (int.from_bytes(header[a:b], sys.byteorder) for a, b in ((32, 40), (54, 56), (56, 58)))
        for index in range(count):
            file.seek(table + index * size)
            entry = file.read(size)
            if int.from_bytes(entry[:4], sys.byteorder) == _PT_INTERP:
                file.seek(int.from_bytes(entry[8:16], sys.byteorder))
                return file.read(int.from_bytes(entry[32:40], sys.byteorder)).rstrip(b"\0").decode()
    return None


def _collect(name: str, found: dict[str, Distribution]) -> bool:
    """Put a package and all that it needs into `found`; False where it isn't installed."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return True
    try:
        found[key] = package = distribution(name)
    except PackageNotFoundError:
        return False
    for requirement in package.requires or ():
        needed = re.match(r"[\w.-]+", requirement)
        if needed and "extra ==" not in requirement:
            _collect(needed[0], found)  # those for other systems are not installed, and so left out
    return True


def _top_level(package: Distribution) -> Iterator[Path]:
    """The files and folders of site-packages that a package consists of."""
    record = package.read_text("RECORD") or ""  # `package.files` makes an object of each of its thousands of lines
    names = {line.partition("/")[0].partition(",")[0] for line in record.splitlines()}
    for name in names - {"..", "", "__pycache__"}:
        path = Path(os.path.realpath(str(package.locate_file(name))))
        if path.exists():
            yield path
