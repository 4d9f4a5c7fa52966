"""What a device prints on UART0: its lines, its memory samples, and how fast its time goes."""

import contextlib
import re
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from .terminal import Terminal

# What a device that is well never prints. on_device.py's lines are none of it.
TROUBLE = re.compile(r"Traceback|Guru Meditation|abort\(\)|Backtrace:|Brownout|task_wdt|"
                     r"Interrupt wdt|assert failed|MemoryError|ENOMEM|[Cc]orrupt|heap not grown|"
                     r"hung: ")
_BOOT = re.compile(r"rst:0x")  # the ROM's first line
_SAMPLE = re.compile(r"@ (\d+)(?: (\d+) (-?\d+) (\d+) (\d+) (\d+))?\s*$")
_PIECE = re.compile(r"max free sz: (\d+)")  # the end of a line of mem_info()
_BLOCK = 16  # bytes; what it counts in
_SLOWEST = 0.02  # of real time: a guest that stands still is no reason to wait for ever
_FASTEST = 20  # ... and one that has nothing to do leaps
_SILENT_S = 2  # between two samples; a second is usual
_PATIENCE = 20  # s, to be listened to


class Sample(NamedTuple):
    """Both memories at a moment of the guest's time, in bytes; see on_device.py."""

    at: float
    allocated: int
    free: int
    system: int
    block: int
    least: int


class Clock:
    """The guest's time in seconds since it was first switched on, from what it prints each second.

    A busy PC makes the guest slow; whoever deals with it keeps its time, not the PC's.
    """

    def __init__(self) -> None:
        self.rate = 1.0  # of real time
        self.is_told = False  # since this start: until then the rate is an old one
        self._base = 0.0  # the guest's time before this start
        self._heard = 0.0, time.monotonic()  # (guest's time, ours) of the newest sample
        self._on = False
        self._silent = False  # switched on, and nothing came yet

    def switch_on(self) -> None:
        """It is switched on now, or again. An emulator takes a while until anything runs on it."""
        if self._on:
            self.start()
        self._heard = self._base, time.monotonic()
        self._on = self._silent = True

    def start(self) -> None:
        """It starts: its own count begins anew."""
        if not self._silent:
            self._base = self.now()
        self._silent = self.is_told = False
        self._heard = self._base, time.monotonic()

    def tell(self, ms: int) -> float:
        """It says its ticks_ms. Returns the time."""
        self.is_told = True
        now, guest = time.monotonic(), self._base + ms / 1000
        before, then = self._heard
        if now - then > 0.2 and guest > before:
            newest = (guest - before) / (now - then)
            self.rate = max(_SLOWEST, min(_FASTEST, 0.5 * self.rate + 0.5 * newest))
        self._heard = guest, now
        return guest

    def now(self) -> float:
        """Seconds, estimated between two samples. One that gives none for longer than it should is
        at work or starts anew: then its time does not leap."""
        guest, then = self._heard
        silent = time.monotonic() - then
        leaps = min(silent, _SILENT_S / self.rate)
        return guest + leaps * self.rate + (silent - leaps) * min(1.0, self.rate)

    def real(self, seconds: float) -> float:
        """How long so many of the guest's seconds take us."""
        return seconds / self.rate


class Console:
    """Everything that a device printed, over all its starts."""

    def __init__(self, log: Path | str) -> None:
        self.clock = Clock()
        self.lines: list[tuple[float, str]] = []  # (guest's time, text)
        self.samples: list[Sample] = []
        self.pieces: list[int] = []  # the largest free ones of Python's heap, bytes
        self.starts: list[float] = []  # the guest's time of each
        self.terminal: Terminal | None = None  # which is to get all that comes, byte by byte
        self._log = log
        self._socket: socket.socket | None = None

    def attach(self, port: int) -> None:
        """Listen at the TCP port that plays UART0."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._socket = socket.create_connection(("127.0.0.1", port), 2)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self._socket.settimeout(None)
        self.clock.switch_on()
        threading.Thread(target=self._read, args=(self._socket,), daemon=True).start()

    def send(self, data: bytes) -> None:
        """To the device's UART0, if it is on."""
        with contextlib.suppress(OSError, AttributeError):
            self._socket.sendall(data)  # type: ignore[union-attr]

    def _read(self, sock):
        pending = b""
        with sock, open(self._log, "a", encoding="utf-8") as log:
            while True:
                try:
                    data = sock.recv(4096)
                except OSError:
                    return
                if not data:
                    return
                if self.terminal:
                    self.terminal.take(data)
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self.take(line.decode("utf-8", "replace").rstrip(), log)

    def take(self, text: str, log: TextIO | None = None) -> None:
        """One line of the device's."""
        sample = _SAMPLE.match(text)
        at = self.clock.tell(int(sample[1])) if sample else self.clock.now()
        if sample and sample[2]:
            self.samples.append(Sample(at, *map(int, sample.groups()[1:])))
        elif not sample:
            self.lines.append((at, text))
            if piece := _PIECE.search(text):
                self.pieces.append(int(piece[1]) * _BLOCK)
            if _BOOT.search(text):
                self.clock.start()
                self.starts.append(self.clock.now())
        if log:
            log.write(f"[{at:8.2f}] {text}\n")
            log.flush()

    @property
    def boots(self) -> int:
        """How often it started."""
        return len(self.starts)

    def trouble(self) -> list[str]:
        """The lines of a device that is not well."""
        return [text for _, text in self.lines if TROUBLE.search(text)]

    def says(self, pattern: str, since: int = 0) -> bool:
        """Whether a line from number `since` on has this regular expression."""
        return any(re.search(pattern, text) for _, text in self.lines[since:])
