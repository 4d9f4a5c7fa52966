"""The VM with the firmware, on a clock that leaps from one thing to the next."""

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import build
from build import setup_env
from twin.children import end, spawn
from vm import vm

if TYPE_CHECKING:
    from twin.flash import Flash

    from .world import World

HERE = Path(__file__).parent
FOLDER = Path(setup_env.BUILD) / "soak"
_QUESTION = struct.Struct("<iii")  # as in vm_clock.c
_ANSWER = struct.Struct("<ii")
_PATIENCE = 120  # s of ours for a turn of the firmware's loop
# A small heap, too, is to lie where mmap() puts it: of an address in malloc's own area id() loses
# a bit on this VM (py/obj.c takes it for a small integer), and board/in_place.py goes by it.
_MALLOC = "glibc.malloc.mmap_threshold=65536:glibc.malloc.top_pad=0"
_FLAGS = ("-m32", "-Os", "-shared", "-fPIC", "-nostdlib", "-fno-builtin",
          "-fno-stack-protector")


class Stopped(Exception):
    """The VM has ended, or hangs; the text is what it said last."""


def clock() -> Path:
    """The library that makes the VM's clock leap. Raises vm.Unavailable."""
    compiler = shutil.which("gcc")
    if not compiler:
        raise vm.Unavailable("gcc is missing: apt install gcc")
    FOLDER.mkdir(parents=True, exist_ok=True)
    library = FOLDER / "vm_clock.so"
    fresh = library.with_suffix(f".{os.getpid()}")  # another run may use the other one
    made = subprocess.run([compiler, *_FLAGS, "-o", str(fresh), str(HERE / "vm_clock.c")],
                          capture_output=True, text=True)
    if made.returncode:
        raise vm.Unavailable("gcc does not make 32-bit code here: " + made.stderr.strip())
    fresh.replace(library)
    return library


def command(heap: str) -> list[str]:
    """The VM on that clock, up to its last options. Raises vm.Unavailable."""
    found = vm.command("i386", heap)
    if not found:
        raise vm.Unavailable("the i386 MicroPython is needed")
    return [found[0], "--preload", str(clock()), *found[1:]]


def environment(control: int, epoch: int) -> dict[str, str]:
    """What the VM must find there. `control`: the descriptor by which its clock asks; `epoch`:
    what time it is at its start."""
    return {**os.environ, "MICROPYPATH": ".frozen", "GLIBC_TUNABLES": _MALLOC,
            "SOAK_CLOCK": f"{control} {epoch}"}


def serve(control: socket.socket, world: "World") -> int | None:
    """Answer one question of the clock. Returns the longest turn since the one before, us; None
    if the VM has ended."""
    question = control.recv(_QUESTION.size)
    if len(question) != _QUESTION.size:
        return None
    s, ns, longest = _QUESTION.unpack(question)
    following = world.turn(s + ns / 1e9)
    s = int(following)
    with contextlib.suppress(OSError):
        control.send(_ANSWER.pack(s, int((following - s) * 1e9)))
    return longest


class Machine:
    """The firmware on `flash`, its words in the file `log`. `longest_us`: the processor time of
    the longest turn of its loop since this was set to 0."""

    def __init__(self, world: "World", flash: "Flash", log: Path, heap: str) -> None:
        self._command = [*command(heap), "-m", "soak_main"]
        self._world = world
        self._flash = flash
        self._log = log
        self._read = 0
        self.longest_us = 0
        self._process: subprocess.Popen | None = None
        flash.install(build.packed("x86", lambda text: None))

    def start(self, uart: int, epoch: int) -> None:
        """Begin. `uart`: the descriptor of the meter's line; `epoch`: the device's clock, s."""
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_PATIENCE)
        arguments = json.dumps([uart, self._flash.device_id(), "power on", [], None])
        with open(self._log, "wb") as log, theirs:
            self._process = spawn(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                pass_fds=[uart, theirs.fileno()], cwd=self._flash.root, umask=0o077,
                env={**environment(theirs.fileno(), epoch), "MICROHAN_TWIN": arguments})

    def run(self, until: Callable[[], bool]) -> None:
        """Let it run; `until()` is asked at each turn of the world. Raises Stopped."""
        while not until():
            try:
                longest = serve(self._control, self._world)
            except TimeoutError:
                raise Stopped(f"no turn for {_PATIENCE} s; " + self._last_words()) from None
            if longest is None:
                raise Stopped(self._last_words())
            self.longest_us = max(self.longest_us, longest)

    def said(self) -> str:
        """What it said since it was asked last."""
        with open(self._log, "rb") as log:
            log.seek(self._read)
            data = log.read()
        whole = data[:data.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode(errors="replace")

    def _last_words(self):
        text = self._log.read_text(errors="replace")
        return "its last words: " + text[-1500:]

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._control.close()
            end(self._process)
            self._process = None

    def seconds(self) -> float:
        """The processor time that it took; 0 if it has ended."""
        try:
            with open(f"/proc/{self._process.pid}/stat") as stat:  # type: ignore[union-attr]
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
