"""The task that sets the device's clock. It loads net/ntp.py once somebody needs the time."""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from .names import Names

_CHECK_MS = const(5000)


class TimeSync:
    """Waits until the time is needed, and then runs a net.ntp.Ntp of the same parameters."""

    def __init__(self, host: str, names: "Names", needed: "Callable[[], bool]",
                 set_clock: "Callable[..., None]", log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self._host = host
        self._names = names
        self._needed = needed
        self._set_clock = set_clock
        self._log = log
        self._beat = beat

    async def run(self) -> None:
        """Set the clock now and then, for ever."""
        while not self._needed():
            self._beat()
            await asyncio.sleep_ms(_CHECK_MS)
        from .ntp import Ntp

        await Ntp(self._host, self._names, self._needed, self._set_clock, self._log,
                  self._beat).run()
