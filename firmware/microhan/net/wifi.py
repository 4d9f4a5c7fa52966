"""The Wi-Fi station: connects, and connects again, for ever.

ESP-IDF reconnects by itself without a pause, and then reports a wrong state (micropython #17661).
So each try is: disconnect, wait a second, connect, wait. After several failures the radio is
switched off and on. `isconnected()` stays True after a DHCP lease is lost; the outputs notice that
by their own traffic.
"""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

from .pause import pause

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_REST_MS = const(1000)
_TRY_MS = const(20000)
_STEP_MS = const(250)
_LONGEST_MS = const(60000)
_TRIES_TO_RADIO = const(5)


class Wifi:
    """networks: (name, password) of each (networks.py), tried in turn. wlan: network.WLAN's
    station. connected(address) is called at each connection."""

    def __init__(self, networks: list[tuple[str, str]], wlan: "Any", log: "Callable[[str], None]",
                 beat: "Callable[[], None]", connected: "Callable[[str], None]"):
        self._networks = networks
        self._at = 0  # which of them is tried, and the one that was there last
        self._wlan = wlan
        self._log = log
        self._beat = beat
        self._connected = connected
        self._failures = 0  # in a row

    async def run(self) -> None:
        """Stay connected for ever."""
        wlan = self._wlan
        wait = _REST_MS
        while True:
            if await self._connect():
                wait = _REST_MS
                self._failures = 0
                self._log("wifi: %s, address %s" % (self._name(), wlan.ifconfig()[0]))
                self._connected(wlan.ifconfig()[0])
                while wlan.isconnected():
                    self._beat()
                    await asyncio.sleep_ms(_REST_MS)
                self._log("wifi: lost")
                continue
            self._failures += 1
            self._log("wifi: cannot join %s (status %s)" % (self._name(), wlan.status()))
            self._at = (self._at + 1) % len(self._networks)
            if self._failures % _TRIES_TO_RADIO == 0:
                wlan.active(False)
            # The next network has not been tried yet: it need not wait.
            await pause(_REST_MS if self._at else wait, self._beat)
            if not self._at:
                wait = min(2 * wait, _LONGEST_MS)

    def _name(self):
        return self._networks[self._at][0]

    async def _connect(self):
        """One try; True once there is an address."""
        wlan = self._wlan
        if not wlan.active():
            wlan.active(True)
        wlan.config(pm=wlan.PM_NONE)  # modem sleep costs latency and multicasts
        try:
            wlan.disconnect()
        except OSError:
            pass  # it was not connecting
        await pause(_REST_MS, self._beat)
        try:
            name, password = self._networks[self._at]
            if password:
                wlan.connect(name, password)
            else:
                wlan.connect(name)
        except OSError as error:
            self._log("wifi: %s" % error)
            return False
        for _ in range(_TRY_MS // _STEP_MS):
            if wlan.isconnected():
                return True
            self._beat()
            await asyncio.sleep_ms(_STEP_MS)
        return False
