"""Which MicroPython runs the twin, and with how much heap."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import build
from build import page, vendor
from vm import vm

TOOLS = Path(__file__).resolve().parent.parent
ENTRY = "twin_main"  # the module that is run; beside the application in its tree
# What an ESP32 has left with Wi-Fi up (about 140 kB). On 64 bits every object is twice as
# wide, so the same program gets twice as much.
HEAP = {"x86": "140k", "x64": "280k"}
_ARCHES = {1: "x86", 2: "x64"}  # py/persistentcode.h, MP_NATIVE_ARCH_*
_ASK = "import sys\nprint(sys.implementation._mpy >> 10 & 15)"


class NoRuntime(Exception):
    """The wanted VM cannot be had; the text says why."""


class Runtime:
    """How to start the firmware: `command`, a list, in the flash folder, with `env`; `words`."""

    def __init__(self, command: list[str], words: str, env: dict[str, str],
                 tree: Path | None = None) -> None:
        self.command = command
        self.words = words
        self.env = {**os.environ, **env}
        self.tree = tree


def find(name: str | None, say: Callable[[str], None]) -> Runtime:
    """The Runtime for --vm `name` (None: the best there is); its `tree` is built.

    `say(line)` gets what the user should know. Raises NoRuntime, build.BuildError,
    vendor.VendorError.
    """
    if name != "cpython":
        reasons: list = []
        chosen, command = vm.choose(name or "auto", HEAP["x86"], reasons.append)
        if command:
            arch = _arch(chosen, command)
            if arch:
                command[-1] = "heapsize=" + HEAP[arch]
                words = f"{vm.WORDS.get(chosen, chosen)}, {HEAP[arch]}B heap"
                return Runtime([*command, "-m", ENTRY], words, {"MICROPYPATH": ".frozen"},
                               build.packed(arch, lambda text: None))
            reasons.append("the micropython on PATH is for another processor")
        if name:
            raise NoRuntime("; ".join(reasons) + ".")
        say(f"No MicroPython here ({'; '.join(reasons)}): CPython runs the firmware instead.")
    vendor.sources(lambda text: None)
    try:
        files = page.build()
    except page.PageError as error:
        raise NoRuntime(str(error)) from error
    path = (TOOLS / "vm" / "cpython", TOOLS.parent / "firmware", vendor.VENDOR)
    return Runtime([sys.executable, "-u", str(TOOLS / "twin" / "twin_main_cpython.py")],
                   vm.WORDS["cpython"], {"PYTHONDONTWRITEBYTECODE": "1",
                                         "MICROHAN_PAGE": f"{files}/",
                                         "PYTHONPATH": os.pathsep.join(map(str, path))})


def _arch(name, command):
    if name == "i386":
        return "x86"
    if name == "x64":
        return "x64"
    told = subprocess.run([*command, "-c", _ASK], capture_output=True, text=True)
    return _ARCHES.get(int(told.stdout or 0)) if told.returncode == 0 else None
