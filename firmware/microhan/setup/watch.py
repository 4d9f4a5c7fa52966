"""The first minutes of the application: do new settings connect, is a known network there."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP_MS = const(1_000)
# Saved settings that do not connect are gone within two minutes, 22 s of which may pass until this
# begins (memory.md: boot). Three networks have each been tried once by then.
_TRIAL_MS = const(90_000)
_LOST_MS = const(600_000)


class Watch:
    """sections: what is on trial (config/trial.py); path: of config.json; connected(section) ->
    whether that section's connection is there; restart(): restarts the device.

    ask_set_up(reason), or None: what to do when no known network was there for ten minutes.
    """

    def __init__(self, sections: list[str], path: str, connected: "Callable[[str], bool]",
                 ask_set_up: "Callable[[str], None] | None", restart: "Callable[[], None]",
                 log: "Callable[[str], None]", beat: "Callable[[], None]"):
        self._sections = sections
        self._path = path
        self._connected = connected
        self._ask_set_up = ask_set_up
        self._restart = restart
        self._log = log
        self._beat = beat

    async def run(self) -> bool:
        """Watch until nothing is left to be seen. Returns True then."""
        began = time.ticks_ms()
        while self._sections or self._ask_set_up:
            self._beat()
            passed = time.ticks_diff(time.ticks_ms(), began)
            if self._sections:
                self._watch_trial(passed)
            if self._ask_set_up:
                self._watch_network(passed)
            await asyncio.sleep_ms(_STEP_MS)
        return True

    def _watch_trial(self, passed):
        missing = [section for section in self._sections if not self._connected(section)]
        if not missing:
            self._log("config: the new settings of %s connect, and stay"
                      % ", ".join(self._sections))
            from ..config.trial import keep

            keep(self._path)
            self._sections = []
        elif passed > _TRIAL_MS:
            self._log("config: no connection with the new settings of %s: going back"
                      % ", ".join(missing))
            from ..config.trial import revert

            revert(self._path, missing)
            self._restart()

    def _watch_network(self, passed):
        if self._connected("wifi"):
            self._ask_set_up = None
        elif passed > _LOST_MS:
            self._log("wifi: no known network for ten minutes: opening the access point")
            self._ask_set_up("lost")
            self._ask_set_up = None
