"""The button: held for 5 seconds it asks for set-up mode, for 15 to erase everything.

What counts is how long it was held when it is released; the light says what a release would do.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP_MS = const(50)
SET_UP_MS = const(5_000)
ERASE_MS = const(15_000)


class Button:
    """is_pressed() -> whether it is held; asked(reason) is called with "button" or "erase".

    `held`: what a release now would do: "button", "erase", or "" for nothing.
    """

    def __init__(self, is_pressed: "Callable[[], bool]", asked: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self._is_pressed = is_pressed
        self._asked = asked
        self._beat = beat
        self.held = ""

    async def run(self) -> None:
        """Watch it for ever. A button that is held while the power comes does not count before it
        was released once: it may be stuck, or be there to load other firmware."""
        while self._is_pressed():
            self._beat()
            await asyncio.sleep_ms(_STEP_MS)
        since = None
        while True:
            self._beat()
            if not self._is_pressed():
                reason, self.held, since = self.held, "", None
                if reason:
                    self._asked(reason)
            elif since is None:
                since = time.ticks_ms()
            else:
                ms = time.ticks_diff(time.ticks_ms(), since)
                self.held = "erase" if ms >= ERASE_MS else "button" if ms >= SET_UP_MS else ""
            await asyncio.sleep_ms(_STEP_MS)
