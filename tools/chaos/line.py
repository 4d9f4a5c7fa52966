"""The meter's line, which notes every telegram that it carries: stands for the twin's `faults`."""

import time
from typing import TYPE_CHECKING

from meter_model import crc16
from meter_model.play import Faults

from .record import CLEAN, NEVER, SPOILED, Record, Telegram, content_of

if TYPE_CHECKING:
    from twin.twin import Twin

GARBLED = {"flip": 0.002, "cut": 0.2, "noise": 0.4, "skip": 0.1}


class Line:
    """`pulled`: the plug is out; `garbled`: bits turn, ends are missing, noise comes before.
    has_clock: whether the meter sends its time."""

    def __init__(self, record: Record, seed: int, has_clock: bool) -> None:
        self._has_clock = has_clock
        self._record = record
        self._faults = Faults(seed, **GARBLED)
        self.twin: Twin | None = None
        self.pulled = self.garbled = False
        self._overrun = 0  # bytes that a busy PC's firmware did not fetch in time

    def spoil(self, data: bytes) -> bytes:
        """The bytes that arrive. The twin asks when the telegram before is out."""
        assert self.twin
        telegrams = self._record.telegrams
        now = time.monotonic()
        if telegrams:
            telegrams[-1].end = now
            if self.twin.port.lost != self._overrun and telegrams[-1].state == CLEAN:
                telegrams[-1].state = SPOILED
            self._overrun = self.twin.port.lost
        if not self._has_clock:
            data = _without_clock(data)
        sent = b"" if self.pulled else self._faults.spoil(data) if self.garbled else data
        state = CLEAN if sent == data else SPOILED if sent else NEVER
        dialect, snapshot = self.twin.snapshots[-1]
        telegrams.append(Telegram(now, now + 2 * self.twin.options.interval,
                                  content_of(dialect, snapshot, self._has_clock), state))
        return sent


def _without_clock(data):
    """The telegram without its line of the clock, and with the right checksum."""
    head, _, rest = data.partition(b"0-0:1.0.0(")
    text = head + rest.partition(b"\r\n")[2]
    text = text[:text.rindex(b"!") + 1]
    return text + b"%04X\r\n" % crc16(text[text.index(b"/"):])
