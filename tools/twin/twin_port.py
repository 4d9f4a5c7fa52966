"""The Port of the twin: as microhan/board/port.py, on pins that the launcher plays (pin_1.py)."""

import os
import time

from micropython import const

_FILE = "port"  # pin_1.FILE
_PATIENCE_MS = const(1000)


class Port:
    """`stream`: the meter's pseudo-terminal, over which the launcher is asked."""

    def __init__(self, stream: object) -> None:
        self._stream = stream
        self._number = 0
        self._on = [0, 1]  # feed, request
        try:
            os.stat(_FILE)
            self.feeds = self.requests = True
            self._ask()
        except OSError:
            self.feeds = self.requests = False  # a launcher that plays no port

    def millivolts(self) -> int | None:
        """What is on pin 1."""
        return self._ask()[0] if self.feeds else None

    def fault(self) -> bool:
        """Whether the switch limits."""
        return self.feeds and self._ask()[1] == 1

    def feed(self, on: bool) -> None:
        """Switch the feed."""
        self._set(0, on)

    def request(self, on: bool) -> None:
        """Ask for telegrams, or stop asking."""
        self._set(1, on)

    def _set(self, which, on):
        if self.feeds and self._on[which] != on:
            self._on[which] = int(on)
            self._ask()

    def _ask(self):
        self._number += 1
        self._stream.write(b"port %d %d %d\n" % (self._number, self._on[0], self._on[1]))
        for _ in range(_PATIENCE_MS):
            with open(_FILE) as file:
                number, millivolts, fault = file.read().split()
            if int(number) == self._number:
                return int(millivolts), int(fault)
            time.sleep_ms(1)
        return None, 0
