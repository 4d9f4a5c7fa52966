"""Pins 1 and 2 of the twin's meter port, and what hangs behind them. The firmware's end is
in twin_radio.py; tests of the firmware's Feed play with it directly.
"""

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

# What `--pin-1` may say.
KINDS = {
    "dead": "gives no voltage; its module sends only while it is fed",
    "gives": "gives 5 V itself, and sends",
    "open": "gives no voltage, and sends without it",
    "short": "is shorted: whoever feeds it is limited",
    "weak": "takes so much that 4 V are left of what is fed, and never sends",
    "hung": "as dead, but its module hangs until it was without any supply for 8 s",
}
_FED_MV = 4980
_OWN_MV = 5050
_WITH = {"short": 300, "weak": 4000}  # mV while it is fed
_EMPTY_S = 1.5  # in which what is charged falls to a third
_BOOT_S = 1.0  # a module takes this long before it sends
_CURE_S = 8.0
FILE = "port"  # in the twin's folder: the answer to the firmware's question


class Pin1:
    """The port of this kind; `clock()` gives seconds."""

    def __init__(self, kind: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.kind = kind
        self.feed = False
        self.request = True
        self.fed = 0  # how often the feed was switched on
        self.hung = kind == "hung"
        self._clock = clock
        self._since = self._off_since = clock()
        self._left_mv = 0.0  # on the pin when the feed was switched off

    def set(self, feed: bool, request: bool) -> None:
        """The firmware's pins, as they are from now on."""
        now = self._clock()
        if self.kind == "hung" and self._without_s() >= _CURE_S:
            self.hung = False
        if (feed, request) == (self.feed, self.request):
            return
        if not feed:
            self._left_mv = self.millivolts()
        if feed and not self.feed:
            self.fed += 1
        if not (feed or request) and (self.feed or self.request):
            self._off_since = now
        self._since = now
        self.feed, self.request = feed, request

    def _without_s(self):
        """For how long neither pin has had anything."""
        return 0 if self.feed or self.request else self._clock() - self._off_since

    def millivolts(self) -> int:
        """What a voltmeter shows at pin 1."""
        if self.feed:
            return max(_WITH.get(self.kind, _FED_MV), _OWN_MV if self.kind == "gives" else 0)
        if self.kind == "gives":
            return _OWN_MV
        return int(self._left_mv * math.exp((self._since - self._clock()) / _EMPTY_S))

    def fault(self) -> bool:
        """Whether the switch limits."""
        return self.feed and self.kind == "short"

    def sends(self) -> bool:
        """Whether the module hands telegrams on."""
        if not self.request or self.hung or self.kind in ("short", "weak"):
            return False
        if self.kind in ("gives", "open"):
            return True
        return self.feed and self._clock() - self._since >= _BOOT_S


class Answers:
    """Answers the firmware of a twin: it says "port N FEED REQUEST", and reads N, mV and whether
    the switch limits out of a file in its folder."""

    def __init__(self, pin_1: Pin1, folder: Path) -> None:
        self._pin_1 = pin_1
        self._file = folder / FILE
        self.begin("power on")

    def begin(self, cause: str) -> None:
        """The chip starts: where power came its pins are inputs, else they are as they were."""
        if cause == "power on":
            self._pin_1.set(False, True)
        self._write(0)

    def answer(self, line: bytes) -> None:
        """To such a line."""
        _, number, feed, request = map(int, line.replace(b"port", b"0").split())
        self._pin_1.set(feed == 1, request == 1)
        self._write(number)

    def _write(self, number):
        new = self._file.with_suffix(".new")
        new.write_text(f"{number} {self._pin_1.millivolts()} {self._pin_1.fault():d}\n")
        os.replace(new, self._file)
