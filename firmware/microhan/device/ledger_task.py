"""Hands each Reading to the ledger, which writes to flash at each quarter of an hour."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..hub.hub import Hub
    from ..ledger.ledger import Ledger

_QUEUE = const(8)  # Readings
# So soon after a telegram a write to flash, which stops the chip for 80 ms, meets no other one.
_STEP_MS = const(200)
_SET = const(1_700_000_000)  # a clock that shows less has not been set, whatever its epoch
_FROM_1970 = const(946_684_800)  # seconds to 2000


def utc_now() -> int | None:
    """Seconds since 2000, UTC, by the device's own clock; None while that has not been set."""
    now = int(time.time())
    if time.gmtime(0)[0] == 2000:  # an ESP32's epoch
        now += _FROM_1970
    return now - _FROM_1970 if now > _SET else None


class LedgerTask:
    """Follows the hub for a Ledger."""

    def __init__(self, hub: "Hub", ledger: "Ledger", log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        # What comes in says nothing of whether anybody takes it out: no beat of this task's.
        self._follower = hub.follow(_QUEUE, lambda: None)
        self._ledger = ledger
        self._log = log
        self._beat = beat

    async def run(self) -> None:
        """Record for ever."""
        while True:
            self._beat()
            reading = self._follower.get()
            if reading:
                try:
                    self._ledger.take(reading)
                except MemoryError:
                    # The next Reading finds the same boundary.
                    self._log("history: no memory just now, it is tried again")
            await asyncio.sleep_ms(_STEP_MS)
