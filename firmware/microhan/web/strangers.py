"""Addresses that were refused often within a few seconds: they are sent away unheard for a while.

Hearing and answering a request takes tens of milliseconds, closing a connection one or two: so
fifty programs with a wrong token leave time for the owner.
"""

import time

from micropython import const

_MOST = const(20)  # refusals
_WINDOW_MS = const(10_000)  # within which they count, and how long they are held against somebody
_MAX_ADDRESSES = const(8)


class Strangers:
    """What is remembered of the addresses that were refused lately: eight at most, and when a
    ninth comes, only that one."""

    def __init__(self) -> None:
        # {address: (ticks_ms of the first refusal or, once there were too many, of the last one;
        # how many there were)}
        self._refusals: dict = {}

    def note(self, address: str) -> None:
        """Somebody there was refused, or kept a place without asking anything."""
        now = time.ticks_ms()
        since, count = self._refusals.get(address, (now, 0))
        if time.ticks_diff(now, since) >= _WINDOW_MS:
            count = 0
        if not count or count == _MOST - 1:
            since = now
        if address not in self._refusals and len(self._refusals) >= _MAX_ADDRESSES:
            self._refusals.clear()
        self._refusals[address] = since, count + 1

    def forget(self, address: str) -> None:
        """Somebody there was let in."""
        self._refusals.pop(address, None)

    def are_at(self, address: str) -> bool:
        """Whether who comes from there is to be sent away unheard."""
        since, count = self._refusals.get(address, (0, 0))
        return count >= _MOST and time.ticks_diff(time.ticks_ms(), since) < _WINDOW_MS
