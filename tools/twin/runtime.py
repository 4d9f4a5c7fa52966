"""Which MicroPython runs the twin, and with how much heap."""

import os
import subprocess
import sys
from pathlib import Path

import build
import vendor
import vm

TOOLS = Path(__file__).resolve().parent.parent
ENTRY = TOOLS / "twin" / "twin_main.py"
# What an ESP32 has left with Wi-Fi up (research: 140 kB). On 64 bits every object is twice as
# wide, so the same program gets twice as much.
HEAP = {"x86": "140k", "x64": "280k"}
_ARCHES = {1: "x86", 2: "x64"}  # py/persistentcode.h, MP_NATIVE_ARCH_*
_ASK = "import sys\nprint(sys.implementation._mpy >> 10 & 15)"


class NoRuntime(Exception):
    """The wanted VM cannot be had; the text says why."""


class Runtime:
    """How to start the firmware: `command(settings_json)`, `env`, `path`, `words`."""

    def __init__(self, base, words, path, tree=None, env=None):
        self.base = base
        self.words = words
        self.path = path
        self.tree = tree
        self.env = env

    def command(self, argument):
        """The command line, a list."""
        return [*self.base, str(ENTRY), argument]


def find(name, flash, say):
    """The Runtime for --vm `name` (None: the best there is); its `tree` is built.

    `flash` is the root Path, `say(line)` gets what the user should know. Raises NoRuntime,
    build.BuildError, vendor.VendorError.
    """
    if name != "cpython":
        reasons = []
        chosen, command = vm.choose(name or "auto", HEAP["x86"], reasons.append)
        if command:
            arch = _arch(chosen, command)
            if arch:
                command[-1] = "heapsize=" + HEAP[arch]
                words = f"{vm.WORDS.get(chosen, chosen)}, {HEAP[arch]}B heap"
                return Runtime(command, words, [str(flash / "app" / "a")],
                               build.build(arch, say=lambda text: None))
            reasons.append("the micropython on PATH is for another processor")
        if name:
            raise NoRuntime("; ".join(reasons) + ".")
        say(f"No MicroPython here ({'; '.join(reasons)}): CPython runs the firmware instead.")
    vendor.sources(lambda text: None)
    path = [str(TOOLS / "cpython"), str(TOOLS.parent / "firmware"), str(vendor.VENDOR)]
    return Runtime([sys.executable, "-u"], vm.WORDS["cpython"], path,
                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def _arch(name, command):
    if name == "i386":
        return "x86"
    if name == "x64":
        return "x64"
    told = subprocess.run([*command, "-c", _ASK], capture_output=True, text=True)
    return _ARCHES.get(int(told.stdout or 0)) if told.returncode == 0 else None
