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
    """config: the section "wifi". wlan: network.WLAN's station. connected(address) is called at
    each connection."""

    def __init__(self, config: dict, wlan: "Any", log: "Callable[[str], None]",
                 beat: "Callable[[], None]", connected: "Callable[[str], None]"):
        self._config = config
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
                self._log("wifi: %s, address %s" % (self._config["ssid"], wlan.ifconfig()[0]))
                self._connected(wlan.ifconfig()[0])
                while wlan.isconnected():
                    self._beat()
                    await asyncio.sleep_ms(_REST_MS)
                self._log("wifi: lost")
                continue
            self._failures += 1
            self._log("wifi: cannot join %s (status %s)" % (self._config["ssid"], wlan.status()))
            if self._failures % _TRIES_TO_RADIO == 0:
                wlan.active(False)
            await pause(wait, self._beat)
            wait = min(2 * wait, _LONGEST_MS)

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
            if self._config["password"]:
                wlan.connect(self._config["ssid"], self._config["password"])
            else:
                wlan.connect(self._config["ssid"])
        except OSError as error:
            self._log("wifi: %s" % error)
            return False
        for _ in range(_TRY_MS // _STEP_MS):
            if wlan.isconnected():
                return True
            self._beat()
            await asyncio.sleep_ms(_STEP_MS)
        return False
