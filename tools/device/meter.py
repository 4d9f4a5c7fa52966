"""A simulated meter at the device's UART1: its telegrams at the pace of the guest's time, heard as
the UART is set at that moment."""

import datetime
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import meter_model
from meter_model import play
from meter_model.line_model import Line, LineModel

if TYPE_CHECKING:
    from .console import Clock
    from .emulator import Emulator

QUARTER_MS = 900_000
_LOOK = 0.05  # s of ours between two looks at the guest's clock


class Sent(NamedTuple):
    """A telegram: the guest's time when its last byte was out, and what is in it: the power, W;
    the meter's clock, ms of normal time since 1970; the import register, Wh."""

    at: float
    watts: int
    ms: int = 0
    wh: int = 0


class Meter:
    """Sends from start() to stop(). `log` gets a line for each telegram, and each setting of the
    UART. at_once: each telegram's bytes together, for a guest whose time leaps: a pace of ours
    would leave gaps between them."""

    def __init__(self, name: str, interval: float, emulator: "Emulator", clock: "Clock",
                 log: Path, at_once: bool, before_s: int | None = None) -> None:
        self.dialect = meter_model.find(name)
        self.sent: list[Sent] = []
        self.began = 0.0
        self.lost = 0  # bytes that found nobody
        self.lines: list[Line] = []  # as the firmware set its UART
        self._log = log
        self._interval = interval
        self._emulator = emulator
        self._clock = clock
        self._model = LineModel(self.dialect.line)
        self._byte_s = 0 if at_once else self.dialect.line.byte_s
        utc = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
        ms = meter_model.to_ms(utc) + self.dialect.habits.utc_offset * 60_000
        if before_s is not None:
            ms += QUARTER_MS - ms % QUARTER_MS - 1000 * before_s
        self._meter = meter_model.new_meter(self.dialect, 1, ms)
        self._socket: socket.socket | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """The plug is in."""
        self.began = self._clock.now()
        self._thread.start()

    def stop(self) -> None:
        """The plug is out, after the telegram that is on its way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self._close()

    def _run(self):
        index = 0
        while not self._stopped.is_set():
            if self._clock.now() < self.began + index * self._interval:
                self._stopped.wait(_LOOK)
                continue
            snapshot = self._meter.advance(self._meter.ms + int(self._interval * 1000))
            data = self.dialect.write(snapshot)
            # to the end, also when stopped: half a telegram is another test
            play.send(self, data, self._clock.real(self._byte_s), self._pause)
            self._put(self._model.rest())
            values = snapshot.values
            self.sent.append(Sent(self._clock.now(), values.get("1.7.0"), snapshot.ms,
                                  values.get("1.8.0")))
            self._note(f"sent {len(data)} bytes, {self.sent[-1].watts} W")
            index += 1

    def _note(self, text):
        with open(self._log, "a", encoding="utf-8") as log:
            log.write(f"[{self._clock.now():8.2f}] {text}\n")

    @staticmethod
    def _pause(seconds: float) -> bool:
        threading.Event().wait(seconds)
        return False

    def write(self, data: bytes) -> None:
        """Some bytes onto the line; play.send calls it."""
        line = self._emulator.line()
        if line and line != self._model.uart:
            self.lines.append(line)
            self._note(f"UART set to {line}")
            self._put(self._model.open(line))
        self._put(self._model.send(data))

    def _put(self, data):
        if not data:
            return
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._emulator.uart1), 2)
                self._socket.settimeout(5)
            self._socket.sendall(data)
        except OSError:
            self.lost += len(data)
            self._close()

    def _close(self):
        if self._socket:
            self._socket.close()
        self._socket = None
