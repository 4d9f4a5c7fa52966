"""Whether there is memory for what is about to begin: a request, or an output's connection."""

import gc
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# What the figures of a row are; those of memory are bytes.
_PLACES = const(0)  # requests that are answered at once
# Free memory of the system without which nothing begins. 8 kB must remain whatever it takes, and
# with TLS 4 kB (docs/memory.md).
_REQUEST = const(1)
_OUTPUT = const(2)
# Python's heap that lies about in pieces too small for what is asked for. A request reckons with
# more: it must not cost an output its memory.
_SCATTERED = const(3)
_OUTPUT_SCATTERED = const(4)
_CONNECTING = const(5)  # ms: for how long requests wait for an output that connects
_WAITING = const(6)  # connections that may wait to be accepted; such a one takes up to 2.5 kB
# The least that the largest piece must have: what a packet is received into is 1,692 bytes, and
# MicroPython 1.25 (ESP-IDF 5.2) finds it only in a piece of 1,728. What was sent keeps its memory
# until the packet that acknowledges it is received.
PACKET = const(1728)
_PLAIN = (2, 14000, 9000, 5000, 1500, 4000, 4)
_PLAIN_TLS = (1, 11000, 14000, 3000, 1500, 8000, 2)
_SETTLES_MS = const(15_000)
_OTHER = (4, 9000, 4000, 0, 0, 0, 8)  # not divided: only what Wi-Fi itself must have


class Room:
    """Says whether something may begin.

    is_plain: an ESP32 without PSRAM; tls: some connection will be encrypted; heaps: () -> list,
    esp32.idf_heap_info() of the system's data.
    """

    def __init__(self, is_plain: bool, tls: bool, heaps: "Callable[[], list[tuple]]"):
        self._limits = (_PLAIN_TLS if tls else _PLAIN) if is_plain else _OTHER
        self._heaps = heaps
        self._is_divided = is_plain
        self._hold_off: Any = None  # requests, until then (ticks_ms)
        self._settles = False  # whether nothing but that time ends it
        self.places = self._limits[_PLACES]
        self.waiting = self._limits[_WAITING]

    def has(self, heap: int, output: bool = False) -> bool:
        """Whether something may begin that takes `heap` bytes of Python's heap for a while, and
        some of the system's memory: a request, or an `output`'s connection. heap -1: whether what
        has begun may go on: only the system's memory counts.

        Requests come second: there is no room for them while an output connects, or waits for
        memory to do so.
        """
        limits = self._limits
        now = time.ticks_ms()
        if output:
            if not self._settles:
                self._hold_off = time.ticks_add(now, limits[_CONNECTING])
        elif heap >= 0 and self._hold_off is not None:
            if time.ticks_diff(self._hold_off, now) > 0:
                return False
            self._hold_off = None  # ticks_ms() turns over
            self._settles = False
        heaps = self._heaps()
        if sum([one[1] for one in heaps]) < limits[_OUTPUT if output else _REQUEST]:
            return False
        largest = max([one[2] for one in heaps])
        if largest < PACKET:
            return False
        if heap < 0:
            return True
        heap += limits[_OUTPUT_SCATTERED if output else _SCATTERED]
        if self._is_divided:
            # mem_free() counts what the heap could take from the system. It is to take nothing.
            heap += largest
        if gc.mem_free() < heap:
            gc.collect()
        return gc.mem_free() >= heap

    def end_wait(self) -> None:
        """What an output needed memory for is over: requests need not wait any longer."""
        if not self._settles:
            self._hold_off = None

    def settle(self) -> None:
        """Have requests wait while the first connection by TLS is made: what both load for good
        must not come to lie between what both load for a while."""
        self._settles = True
        self._hold_off = time.ticks_add(time.ticks_ms(), _SETTLES_MS)
