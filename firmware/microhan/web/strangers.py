"""Addresses that were refused often within a few seconds: they are sent away unheard for a while.

Hearing and answering a request takes tens of milliseconds, closing a connection one or two: so
fifty programs with a wrong token leave time for the owner.
"""

import time

from micropython import const

_MOST = const(20)  # refusals
_WINDOW_MS = const(10_000)  # within which they count, and how long they are held against somebody
_MAX_ROWS = const(8)
# Fields of a row.
_ADDRESS = const(0)
_BEGAN = const(1)
_COUNT = const(2)


def address_of(peer: "tuple | bytes") -> str:
    """The IPv4 address of the peer that accept() gives: a pair on the ESP32, and on a PC's
    MicroPython a struct sockaddr_in."""
    return peer[0] if isinstance(peer, tuple) else "%d.%d.%d.%d" % tuple(peer[4:8])


class Strangers:
    """What is remembered of the addresses that were refused lately, eight at most."""

    def __init__(self) -> None:
        self._rows: list[list] = []  # [address, ticks_ms of its first refusal, how many]

    def note(self, address: str) -> None:
        """Somebody there was refused, or kept a place without asking anything."""
        now = time.ticks_ms()
        for row in self._rows:
            if row[_ADDRESS] == address:
                if time.ticks_diff(now, row[_BEGAN]) >= _WINDOW_MS:
                    row[_COUNT] = 0
                if not row[_COUNT]:
                    row[_BEGAN] = now
                row[_COUNT] += 1
                if row[_COUNT] == _MOST:
                    row[_BEGAN] = now  # the time that it is held against them begins
                return
        if len(self._rows) >= _MAX_ROWS:
            self._rows.pop(0)
        self._rows.append([address, now, 1])

    def forget(self, address: str) -> None:
        """Somebody there was let in."""
        self._rows = [row for row in self._rows if row[_ADDRESS] != address]

    def are_at(self, address: str) -> bool:
        """Whether who comes from there is to be sent away unheard."""
        now = time.ticks_ms()
        for row in self._rows:
            if row[_ADDRESS] == address and row[_COUNT] >= _MOST:
                return time.ticks_diff(now, row[_BEGAN]) < _WINDOW_MS
        return False
