"""Sending telegrams at the pace of a serial line, and spoiling them on the way."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meter_model.binary import Binary
    from meter_model.dialects import Dialect
    from meter_model.meter import Meter, Snapshot
    from meter_model.ports import Port

_SLICE = 0.010  # s; a UART's driver hands bytes on in such lumps


class Faults:
    """What goes wrong on a line, as probabilities.

    drop, flip: of each byte (lost, one bit turned); cut: of each telegram, its end is missing;
    noise: of each telegram, up to 200 random bytes come before it; skip: it does not come.
    """

    NAMES = ("drop", "flip", "cut", "noise", "skip")

    def __init__(self, seed: int = 1, **chances: float) -> None:
        wrong = [name for name in chances if name not in self.NAMES]
        if wrong:
            raise ValueError(f"no fault is called {wrong[0]}; known: {', '.join(self.NAMES)}")
        if any(not 0 <= chance <= 1 for chance in chances.values()):
            raise ValueError("a probability is from 0 to 1")
        self._chances = dict.fromkeys(self.NAMES, 0.0) | chances
        self._random = random.Random(seed)
        self.counts = dict.fromkeys(self.NAMES, 0)

    @classmethod
    def parse(cls, text: str, seed: int = 1) -> "Faults":
        """Faults out of "drop=0.001,cut=0.1". Raises ValueError with words."""
        chances = {}
        for item in filter(None, text.split(",")):
            name, _, chance = item.partition("=")
            try:
                chances[name.strip()] = float(chance)
            except ValueError:
                raise ValueError(f'"{item}" should look like drop=0.001') from None
        return cls(seed, **chances)

    def _strikes(self, name):
        if self._chances[name] and self._random.random() < self._chances[name]:
            self.counts[name] += 1
            return True
        return False

    def spoil(self, data: bytes) -> bytes:
        """The bytes that arrive when `data` is sent."""
        if self._strikes("skip"):
            return b""
        if self._strikes("cut"):
            data = data[:self._random.randrange(len(data))]
        if self._chances["drop"] or self._chances["flip"]:
            data = bytes(byte ^ (self._strikes("flip") << self._random.randrange(8))
                         for byte in data if not self._strikes("drop"))
        if self._strikes("noise"):
            data = self._random.randbytes(self._random.randrange(1, 200)) + data
        return data


def telegrams(dialect: "Dialect | Binary", meter: "Meter", step_ms: int,
              seen: "Callable[[Snapshot], None] | None" = None) -> Iterator[bytes]:
    """Endless bytes of telegrams; `step_ms` of the meter's time pass between two. `seen(snapshot)`
    is told what each of them is about."""
    while True:
        snapshot = meter.advance(meter.ms + step_ms)
        if seen:
            seen(snapshot)
        yield dialect.write(snapshot)


def send(port: "Port", data: bytes, byte_s: float, wait: Callable[[float], bool]) -> bool:
    """Send at the pace of a line: `byte_s` seconds a byte, in slices of 10 ms.

    `wait(seconds)` sleeps and returns True when it is time to stop. Returns False then.
    """
    if not byte_s:
        port.write(data)
        return True
    start = time.monotonic()
    sent = 0
    while sent < len(data):
        if wait(min(_SLICE, (len(data) - sent) * byte_s)):
            return False
        due = min(len(data), int((time.monotonic() - start) / byte_s) + 1)
        if due > sent:
            port.write(data[sent:due])
            sent = due
    return True


def play(port: "Port", source: Iterable[bytes], wait: Callable[[float], bool], interval: float,
         duration: float = 0, faults: Faults | None = None,
         told: Callable[[int], None] | None = None) -> int:
    """Send each item of `source` at multiples of `interval` s until `duration` s have passed.

    duration 0: until `wait` says stop. `told(index)` is called when a telegram's last byte is
    out. A port that is not paced gets all at once, any other at its line's speed. Returns how
    many were begun.
    """
    start = time.monotonic()
    index = 0
    for index, data in enumerate(source):
        begin = index * interval
        if duration and begin >= duration:
            if port.paced:
                wait(max(0, start + duration - time.monotonic()))
            return index
        if port.paced and wait(max(0, start + begin - time.monotonic())):
            return index
        data = faults.spoil(data) if faults else data
        if not send(port, data, port.byte_s if port.paced else 0, wait):
            return index + 1
        port.rest()
        if told:
            told(index)
    return index + 1
