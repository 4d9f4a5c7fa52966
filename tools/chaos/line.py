"""The meter's line, which notes every telegram that it carries: stands for the twin's `faults`."""

import time
from typing import TYPE_CHECKING

from meter_model.play import Faults

from .record import CLEAN, NEVER, SPOILED, Record, Telegram, content_of

if TYPE_CHECKING:
    from twin.twin import Twin

GARBLED = {"flip": 0.002, "cut": 0.2, "noise": 0.4, "skip": 0.1}


class Line:
    """`pulled`: the plug is out; `garbled`: bits turn, ends are missing, noise comes before."""

    def __init__(self, record: Record, seed: int) -> None:
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
        sent = b"" if self.pulled else self._faults.spoil(data) if self.garbled else data
        state = CLEAN if sent == data else SPOILED if sent else NEVER
        telegrams.append(Telegram(now, now + 2 * self.twin.options.interval,
                                  content_of(*self.twin.snapshots[-1]), state))
        return sent
