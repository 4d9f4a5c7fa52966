"""A new copy on trial: the task that looks each second whether it has proven itself."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from ..update.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..hub.hub import Hub

_STEP_MS = const(1_000)


class UpdateWatch(Trial):
    """As Trial; beat(): the supervisor's. told: what the device says of an update, a dict."""

    told: "Any" = None

    def __init__(self, folder: str, is_connected: "Callable[[str], bool]", hub: "Hub",
                 restart: "Callable[[], None]", log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        Trial.__init__(self, folder, is_connected, hub, restart, log)
        self._beat = beat

    async def run(self) -> bool:
        """Watch until it is kept. Returns True then."""
        began = time.ticks_ms()
        while not self.look(time.ticks_diff(time.ticks_ms(), began)):
            self._beat()
            await asyncio.sleep_ms(_STEP_MS)
        if self.told:
            self.told.clear()
        return True
