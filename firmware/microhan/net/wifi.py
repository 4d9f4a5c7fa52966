"""The Wi-Fi station: connects, and connects again, for ever.

ESP-IDF reconnects by itself without pause and its state then lies (micropython #17661), so each
try is: disconnect, a second's rest, connect, wait. After several failures the radio is switched
off and on. `isconnected()` stays True after a lost lease; who needs the network notices by
traffic.
"""

import asyncio

from micropython import const

_REST_MS = const(1000)
_TRY_MS = const(20000)
_STEP_MS = const(250)
_LONGEST_MS = const(60000)
_TRIES_TO_RADIO = const(5)


class Wifi:
    """`wlan` is network.WLAN's station; `config` the section `wifi`."""

    def __init__(self, config, wlan, log, beat, connected):
        self._config = config
        self._wlan = wlan
        self._log = log
        self._beat = beat
        self._connected = connected
        self.failures = 0

    async def run(self):
        """Stay connected for ever."""
        wlan = self._wlan
        wait = _REST_MS
        while True:
            if await self._connect():
                wait = _REST_MS
                self.failures = 0
                self._log("wifi: %s, address %s" % (self._config["ssid"], wlan.ifconfig()[0]))
                self._connected(wlan.ifconfig()[0])
                while wlan.isconnected():
                    self._beat()
                    await asyncio.sleep_ms(_REST_MS)
                self._log("wifi: lost")
                continue
            self.failures += 1
            self._log("wifi: cannot join %s (status %s)" % (self._config["ssid"], wlan.status()))
            if self.failures % _TRIES_TO_RADIO == 0:
                wlan.active(False)
            await self._sleep(wait)
            wait = min(2 * wait, _LONGEST_MS)

    async def _sleep(self, ms):
        while ms > 0:
            self._beat()
            await asyncio.sleep_ms(min(ms, 5000))
            ms -= 5000

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
        await self._sleep(_REST_MS)
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
