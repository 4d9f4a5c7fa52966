"""Ruff over everything, mypy over the firmware and the tools, tsc over the page: `make lint`.

mypy runs twice, since there are two Pythons. What runs on MicroPython is checked against its own
modules (micropython-esp32-stubs: machine and network, its asyncio, time and gc), the tools
against CPython's. tsc, TypeScript's checker, is a program of its own that needs no Node.js.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

Command = tuple[list[str], dict[str, str]]  # and what it adds to the environment
ROOT = Path(__file__).resolve().parents[2]
STUBS = ROOT / "build" / "stubs"
_MYPY = [sys.executable, "-m", "mypy", "--no-error-summary"]
_PACKAGES = ("micropython-esp32-stubs", "micropython-stdlib-stubs")
# Of the tools, what MicroPython runs: the twin's end, and what measures from within.
_INSIDE = ("twin/twin_board.py", "twin/twin_main.py", "twin/twin_radio.py", "twin/twin_sockets.py",
           "measure/memory_probe.py", "measure/vm_*.py", "soak/soak_main.py")


def stubs() -> Path:
    """Puts the stubs of MicroPython's modules into a folder of their own, and returns it.

    pip lays them among CPython's packages, where mypy would take both for one.
    """
    for package in _PACKAGES:
        wanted = importlib.metadata.distribution(package)
        mark = STUBS / f".{package}-{wanted.version}"
        if mark.exists():
            continue
        for file in wanted.files or ():
            if file.suffix == ".pyi" or file.name == "VERSIONS":
                to = STUBS / file
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(wanted.locate_file(file)), to)
        mark.touch()
    (STUBS / "stubs").mkdir(exist_ok=True)  # mypy looks for it beside stdlib/
    return STUBS


def inside() -> list[str]:
    """Returns the tools that run on MicroPython, by their paths."""
    return [file.relative_to(ROOT).as_posix() for pattern in _INSIDE
            for file in sorted((ROOT / "tools").glob(pattern))]


def on_micropython(*paths: str) -> Command:
    """Returns the call of mypy for what runs on MicroPython."""
    here = stubs()
    return ([*_MYPY, "--no-site-packages", "--custom-typeshed-dir", str(here),
             "--cache-dir", ".mypy_cache/device", *paths], {"MYPYPATH": str(here)})


def on_cpython(*paths: str) -> Command:
    """Returns the call of mypy for what runs on CPython."""
    others = "|".join(re.escape(file) for file in inside())
    return [*_MYPY, "--cache-dir", ".mypy_cache/tools", "--exclude", others, *paths], {}


def on_page(project: Path = ROOT / "firmware" / "page") -> Command:
    """Returns the call of TypeScript's checker."""
    found = sorted((ROOT / "node_modules" / "@typescript").glob("*/lib/tsc"))
    return [str(found[0]) if found else "tsc", "-p", str(project), "--pretty", "false"], {}


def main() -> int:
    """Runs all side by side, prints what they find, and returns the exit status."""
    commands: list[Command] = [([sys.executable, "-m", "ruff", "check", "."], {}),
                               on_micropython("firmware", *inside()), on_cpython("tools"),
                               on_page()]
    running = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, **more}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
               for command, more in commands]
    for one in running:
        said = one.communicate()[0]
        if one.returncode:
            print(said, end="")
    return int(any(one.returncode for one in running))


if __name__ == "__main__":
    sys.exit(main())
