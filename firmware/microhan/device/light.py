"""The light: one short flash for each reading, or a pattern that says what is missing, or what the
device is doing instead."""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..hub.hub import Hub

_STEP_MS = const(100)
_FLASH_MS = const(60)
# What is missing, or going on: how many steps the light is on, off, on ..., repeated.
_PATTERNS = {
    "network": (1, 1, 1, 7),  # a double blink
    "meter": (5, 5),  # a slow blink
    "setup": (2, 2),  # a quick even blink: the access point is open
    "trying": (1, 1, 1, 1, 1, 5),  # three short ones: set-up is joining the network
    "button": (9, 1),  # nearly always on: a release begins set-up
    "erase": (1, 1),  # flickers: a release asks whether to erase everything
}


class Light:
    """`led(on)` switches it; `missing()` gives the key of a pattern, "" for nothing."""

    def __init__(self, led: "Callable[[bool], None]", hub: "Hub", missing: "Callable[[], str]",
                 beat: "Callable[[], None]"):
        self._led = led
        self._missing = missing
        self._beat = beat
        self._flash = False
        hub.follow(1, self._wake)

    def _wake(self):
        self._flash = True

    async def run(self) -> None:
        """Blink for ever."""
        step = 0
        while True:
            self._beat()
            pattern = _PATTERNS.get(self._missing())
            if pattern:
                step = (step + 1) % sum(pattern)
                self._led(_is_on(pattern, step))
            elif self._flash:
                self._flash = False
                self._led(True)
                await asyncio.sleep_ms(_FLASH_MS)
                self._led(False)
            await asyncio.sleep_ms(_STEP_MS)


def _is_on(pattern, step):
    """Whether the light is on at this step of a pattern."""
    on = True
    for length in pattern:
        if step < length:
            return on
        step -= length
        on = not on
    return on
