"""Finds a MicroPython that runs on this PC, fetching Debian's when there is none.

    .venv/bin/python -m vm.vm [auto|i386|x64|path|wasm] [--heap 140k] [--path | --json]

The best stand-in for the device is Debian 13's i386 package (32-bit integers and pointers, and a
heap that `-X heapsize` really caps), run by its own loader, also on a 64-bit system. Debian 13's
amd64 package is next, then a `micropython` on PATH; a PC with none of them has CPython left.
"""

import argparse
import functools
import json
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from build import setup_env

from . import debian

VM = Path(setup_env.BUILD) / "vm"
# name: (Debian's architecture, its loader, its library folder); both inside the unpacked tree
DEBIAN = {
    "i386": ("i386", "usr/lib/i386-linux-gnu/ld-linux.so.2", "usr/lib/i386-linux-gnu"),
    "x64": ("amd64", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu"),
}
WASM = "@micropython/micropython-webassembly-pyscript/micropython.mjs"
OLDEST = (1, 25)
AUTO = ("i386", "x64", "path")
WORDS = {
    "i386": "MicroPython i386 (32-bit integers, as on the device)",
    "x64": "MicroPython x64 (63-bit integers, unlike the device)",
    "path": "the micropython on PATH",
    "cpython": "CPython (no MicroPython could be had: timing and memory say nothing here)",
}
# Prints version and the largest small integer's width class, so a wrong binary shows itself.
PROBE = (
    "import sys, gc\n"
    "v = sys.implementation.version\n"
    "print('microhan', sys.implementation.name, v[0], v[1], sys.maxsize)\n"
)


class Unavailable(Exception):
    """This MicroPython cannot be had or does not run here; the text says why."""


def command(name: str = "auto", heap: str = "140k",
            say: Callable[[str], None] | None = None) -> list[str] | None:
    """Returns the command, a list, that runs this MicroPython with a capped heap; None if none.

    `name`: i386, x64, path, wasm, cpython, or auto (the first of AUTO that works). `say` is called
    with one line a reason. On wasm `heap` is only where the heap starts: it grows there.
    """
    return choose(name, heap, say)[1]


def choose(name: str = "auto", heap: str = "140k",
           say: Callable[[str], None] | None = None) -> tuple[str, list[str] | None]:
    """Returns (name, command) of the MicroPython used; ("cpython", None) where there is none."""
    say = say or (lambda text: print("vm: " + text, file=sys.stderr))
    for one in AUTO if name == "auto" else (name,):
        if one == "cpython":
            break
        try:
            return one, [*_base(one), "-X", "heapsize=" + heap]
        except Unavailable as error:
            say(str(error))
    return "cpython", None


@functools.cache
def _base(name):
    """Returns the command without options, after it has proven that it runs; or raises."""
    if name == "wasm":
        base = _wasm()
    elif name == "path":
        found = shutil.which("micropython")
        if not found:
            raise Unavailable("there is no micropython on PATH")
        base = [found]
    else:
        base = _debian(name)
    check(name, base)
    return base


def check(name: str, base: list[str]) -> None:
    """Raises Unavailable unless the command runs a MicroPython that is new enough."""
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.py"
        probe.write_text(PROBE)
        try:
            # node's loader has no -c: a file serves all of them
            ran = subprocess.run([*base, str(probe)], capture_output=True, text=True, timeout=30,
                                 stdin=subprocess.DEVNULL)
        except OSError as error:
            raise Unavailable(f"{name}: this system does not run it ({error.strerror}); a kernel "
                              "without 32-bit support says so of i386") from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"{name}: started, but did not answer in 30 s") from error
    words = ran.stdout.split()
    if ran.returncode or words[:2] != ["microhan", "micropython"]:
        reason = (ran.stderr or ran.stdout).strip().splitlines()[-1:] or [f"exit {ran.returncode}"]
        raise Unavailable(f"{name}: does not run here: {reason[0]}")
    version = (int(words[2]), int(words[3]))
    if version < OLDEST:
        raise Unavailable(f"{name}: it is MicroPython {version[0]}.{version[1]}, and "
                          f"{OLDEST[0]}.{OLDEST[1]} is needed")


def _wasm():
    node = shutil.which("node")
    if not node:
        raise Unavailable("wasm: there is no node here (install nodejs and npm)")
    module = Path(setup_env.NODE_MODULES) / WASM
    try:
        setup_env.node_modules(say=lambda text: None)
    except setup_env.Missing as error:
        raise Unavailable(f"wasm: {error}") from error
    return [node, str(module)]


def _debian(name):
    """Returns the command of the unpacked Debian package, fetching it if need be; or raises."""
    architecture, loader, libraries = DEBIAN[name]
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "i686"):
        raise Unavailable(f"{name}: is for Linux on an x86 processor only")
    tree = VM / name
    with setup_env.lock("vm-" + name):
        if not (tree / debian.CONTENTS).exists():
            print(f"vm: fetching Debian's MicroPython ({architecture}, once)", file=sys.stderr)
            try:
                debian.fetch(architecture, tree)
            except debian.DebianError as error:
                raise Unavailable(f"{name}: {error}") from error
    return [str(tree / loader), "--library-path", str(tree / libraries),
            str(tree / "usr/bin/micropython")]


def main() -> int:
    """Prints the command, or says why there is none (exit 3)."""
    parser = argparse.ArgumentParser(description="Find or fetch a MicroPython for this PC.")
    names = ["auto", *DEBIAN, "path", "wasm"]
    parser.add_argument("name", nargs="?", default="auto", choices=names)
    parser.add_argument("--heap", default="140k", help="cap of its heap (140k)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--path", action="store_true", help="print the command as a shell line")
    shape.add_argument("--json", action="store_true", help="print the command as a JSON list")
    options = parser.parse_args()
    name, found = choose(options.name, options.heap)
    if options.json:
        print(json.dumps(found))
    elif options.path:
        print(shlex.join(found or []))
    else:
        print(WORDS.get(name, "MicroPython " + name))
    return 0 if found else setup_env.MISSING_TOOL


if __name__ == "__main__":
    sys.exit(main())
