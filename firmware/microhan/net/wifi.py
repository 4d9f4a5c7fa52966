"""The Wi-Fi station: connects, and connects again, for ever.

ESP-IDF reconnects by itself without a pause, and then reports a wrong state (micropython #17661).
So each try is: disconnect, wait a second, connect, wait. After several failures the radio is
switched off and on. `isconnected()` stays True after a DHCP lease is lost; the outputs notice that
by their own traffic.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from .pause import pause

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..board.esp32 import Board
    from ..store.files import Folder

_REST_MS = const(1000)
_TRY_MS = const(20000)
_STEP_MS = const(250)
_LONGEST_MS = const(60000)
_TRIES_TO_RADIO = const(5)
_LOOK_MS = const(180000)
_RESTS = const(60)
_QUESTIONS = const(3)  # to find out whether a gateway answers at all


class Wifi:
    """networks: (name, password) of each (networks.py), tried in turn. wlan: network.WLAN's
    station. connected(address) is called at each connection. board, folder: what healing.py
    restarts, and where it notes that. healed: a dict, what it tells on /status.json."""

    def __init__(self, networks: list[tuple[str, str]], wlan: "Any", log: "Callable[[str], None]",
                 beat: "Callable[[], None]", connected: "Callable[[str], None]", board: "Board",
                 folder: "Folder", healed: "dict[str, Any]"):
        self._networks = networks
        self._at = 0  # which of them is tried, and the one that was there last
        self.wlan = wlan
        self.log = log
        self.beat = beat
        self._connected = connected
        self._failures = 0  # in a row
        # The rest is for health.py.
        self.board = board
        self.folder = folder
        self.healed = healed
        self.healed_at: int | None = None  # `looks` when Wi-Fi was last switched off and on
        self.looks = 0  # since the start
        self.gateway = 0  # see gateway.ANSWERS
        self.short = 0  # looks in a row at which memory was
        self.refused = 0  # those and one more, while each try to switch the radio on fails
        self._looked = time.ticks_ms()

    async def run(self) -> None:
        """Stay connected for ever."""
        wlan = self.wlan
        wait = _REST_MS
        while True:
            if await self._connect():
                wait = _REST_MS
                self._failures = 0
                self.log("wifi: %s, address %s" % (self._name(), wlan.ifconfig()[0]))
                self._connected(wlan.ifconfig()[0])
                # The address came from the network: whatever was before, now we hear it.
                self.gateway = _QUESTIONS
                rests = 0
                while wlan.isconnected():
                    self.beat()
                    await asyncio.sleep_ms(_REST_MS)
                    rests += 1
                    if rests % _RESTS == 0:
                        await self._look()
                self.log("wifi: lost")
                continue
            self._failures += 1
            self.log("wifi: cannot join %s (status %s)" % (self._name(), wlan.status()))
            self._at = (self._at + 1) % len(self._networks)
            if self._failures % _TRIES_TO_RADIO == 0:
                wlan.active(False)
            # The next network has not been tried yet: it need not wait.
            await pause(_REST_MS if self._at else wait, self.beat)
            await self._look()
            if not self._at:
                wait = min(2 * wait, _LONGEST_MS)

    def _name(self):
        return self._networks[self._at][0]

    async def _look(self):
        """Have health.py look at us, every three minutes. Separate, so that the locals of the
        import are freed: run() keeps its frame."""
        now = time.ticks_ms()
        if time.ticks_diff(now, self._looked) >= _LOOK_MS:
            self._looked = now
            try:
                from .health import look

                await look(self)
            except MemoryError:
                pass  # Python's own heap is full: the next time

    async def _connect(self):
        """One try; True once there is an address."""
        wlan = self.wlan
        try:
            if not wlan.active():
                self.refused = max(self.refused, 1)
                wlan.active(True)
            self.refused = 0
            wlan.config(pm=wlan.PM_NONE)  # modem sleep costs latency and multicasts
            try:
                wlan.disconnect()
            except OSError:
                pass  # it was not connecting
            await pause(_REST_MS, self.beat)
            name, password = self._networks[self._at]
            if password:
                wlan.connect(name, password)
            else:
                wlan.connect(name)
        except OSError as error:
            self.log("wifi: %s" % error)
            return False
        for _ in range(_TRY_MS // _STEP_MS):
            if wlan.isconnected():
                return True
            self.beat()
            await asyncio.sleep_ms(_STEP_MS)
        return False
