"""The task that keeps the clock: it loads net/ntp.py only once somebody needs the time."""

import asyncio

from micropython import const

_SLICE_MS = const(5000)


class Clock:
    """Takes what net.ntp.Ntp takes, and becomes one when `needed()`."""

    def __init__(self, host, names, needed, set_clock, log, beat):
        self._parts = (host, names, needed, set_clock, log, beat)

    async def run(self):
        """Wait for the need, then ask time servers for ever."""
        _, _, needed, _, _, beat = self._parts
        while not needed():
            beat()
            await asyncio.sleep_ms(_SLICE_MS)
        from .ntp import Ntp

        await Ntp(*self._parts).run()
