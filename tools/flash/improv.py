"""Improv's other end: sets up a dongle at the end of a cable (improv-wifi.com/serial)."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from . import device_config, serial_port

if TYPE_CHECKING:
    import serial

device_config.SettingsError  # noqa: B018 - it puts the firmware on sys.path
from microhan.setup import improv  # noqa: E402

PROVISIONED = improv.PROVISIONED

_ANSWER_S = 3
_SCAN_S = 20
_JOIN_S = 40  # the dongle gives up after 30
_AGAIN_S = 1  # between questions to a dongle that is still starting
_ERRORS = {improv.BAD_PACKET: "it did not understand the packet",
           improv.UNKNOWN_COMMAND: "it does not know this command",
           improv.CANNOT_CONNECT: "it could not join that network"}


class ImprovError(Exception):
    """The dongle cannot be set up so; the text says why."""


class Network(NamedTuple):
    """One that the dongle hears."""

    name: str
    rssi: int
    is_secure: bool


class Improv:
    """A dongle on an open serial line. `on_line(text)` gets what else its console says; now():
    seconds of the dongle's time, where that is not ours."""

    def __init__(self, line: "serial.Serial", on_line: Callable[[str], object] = len,
                 now: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._now = now
        self._packets = improv.Packets()
        self._queue: list[tuple[int, bytes]] = []
        self._on_line = on_line
        self._text = b""

    def _read(self, end):
        """The next packet, None once it is `end`."""
        while not self._queue:
            if self._now() >= end:
                return None
            for byte in self._line.read(max(1, self._line.in_waiting)):
                packet = self._packets.feed(byte)
                if packet:
                    self._queue.append(packet)
                    self._text = b""
                elif byte == 10:
                    with contextlib.suppress(UnicodeDecodeError):
                        self._on_line(self._text.decode().strip())
                    self._text = b""
                else:
                    self._text = (self._text + bytes([byte]))[-1000:]
        return self._queue.pop(0)

    def _send(self, command, data=b""):
        self._line.write(improv.packet(improv.RPC, bytes((command, len(data))) + data))

    def _results(self, command, seconds):
        """Yields the texts of each result of a command; raises ImprovError for an error."""
        end = self._now() + seconds
        while packet := self._read(end):
            kind, data = packet
            if kind == improv.ERROR and data[:1] != b"\0":
                raise ImprovError(_ERRORS.get(data[0], f"error {data[0]}"))
            if kind == improv.RESULT and data[0] == command:
                yield texts_of(data)
        raise ImprovError(f"it did not answer within {seconds:g} s")

    def state(self, patience: float = _ANSWER_S) -> int:
        """2: ready, 3: joining, 4: on a network. Asked again until the dongle has started."""
        end = self._now() + patience
        while self._now() < end:
            self._send(improv.ASK_STATE)
            until = min(end, self._now() + _AGAIN_S)
            while packet := self._read(until):
                if packet[0] == improv.STATE:
                    return packet[1][0]
        raise ImprovError("nobody there speaks Improv. Is it the right port, and does microhan "
                          "run? Once it is on a network it listens for 15 s after power-on only: "
                          "take the cable out and in again")

    def info(self) -> list[str]:
        """Firmware, version, chip, name."""
        self._send(improv.INFO)
        return next(self._results(improv.INFO, _ANSWER_S))

    def scan(self) -> list[Network]:
        """What it hears, the strongest first."""
        self._send(improv.SCAN)
        found = []
        for texts in self._results(improv.SCAN, _SCAN_S):
            if not texts:
                break
            found.append(Network(texts[0], int(texts[1]), texts[2] == "YES"))
        return found

    def address(self) -> str:
        """What to open of a dongle that is on a network: its page, or where to claim it."""
        self._send(improv.ASK_STATE)
        return next(self._results(improv.ASK_STATE, _ANSWER_S))[0]

    def provision(self, name: str, password: str) -> str:
        """Have it join a network. Returns what to open next."""
        data = b"".join(bytes([len(text.encode())]) + text.encode() for text in (name, password))
        self._send(improv.WIFI, data)
        return next(self._results(improv.WIFI, _JOIN_S))[0]


def texts_of(data: bytes) -> list[str]:
    """The texts in the data of a result."""
    texts, rest = [], data[2:]
    while rest:
        texts.append(rest[1:1 + rest[0]].decode("utf-8", "replace"))
        rest = rest[1 + rest[0]:]
    return texts


@contextlib.contextmanager
def opened(port: str, on_line: Callable[[str], object] = len) -> Iterator[Improv]:
    """An Improv on this port."""
    with contextlib.closing(serial_port.open_port(port)) as line:
        yield Improv(line, on_line)
