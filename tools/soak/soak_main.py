"""Starts the firmware as twin/twin_main.py does, on a Board that tells what memory it has.

Compiled with the twin's own files. Each simulated hour it prints `soak: [...]`: seconds since the
start, the least free heap after a collection, and before one. micropython.mem_info() and
qstr_info() print what else there is.
"""

import gc
import time

from twin_board import Board
from twin_main import start

import micropython
from micropython import const

_FEEDS = const(1792)  # of 2 s each between two reports: an hour


class Soaked(Board):
    """The twin's. poll_ms: a UART's buffer holds a telegram, and nobody has to look each 5 ms."""

    poll_ms = 100

    def __init__(self, *args: object) -> None:
        Board.__init__(self, *args)
        self._told = True
        self._feeds = 0
        self._least = self._least_standing = 1 << 30
        self._seconds = 0
        self._since = time.ticks_ms()

    def is_pressed(self) -> bool:
        """No: nobody is there, and a look for the launcher's file costs more than the rest."""
        return False

    def feed(self) -> None:
        """Fed every two seconds: the one moment that comes round by itself."""
        Board.feed(self)
        self._feeds += 1
        self._least_standing = min(self._least_standing, gc.mem_free())
        gc.collect()
        self._least = min(self._least, gc.mem_free())
        if self._feeds == _FEEDS:
            self._feeds = 0
            now = time.ticks_ms()
            self._seconds += time.ticks_diff(now, self._since) // 1000
            self._since = now
            print("soak:", [self._seconds, self._least, self._least_standing])
            micropython.mem_info()
            micropython.qstr_info()
            self._least = self._least_standing = 1 << 30


if __name__ == "__main__":
    start(Soaked)
