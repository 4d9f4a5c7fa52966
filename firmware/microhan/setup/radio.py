"""The Wi-Fi station in set-up mode: which networks there are, and whether one can be joined.

Each try is one connection without ESP-IDF's own reconnects: only then does status() say why it
failed (ports/esp32/network_wlan.c). connect() does not clear the reason of an earlier try, and
some are shown while the new one goes on: a status that was there from the beginning is only
believed when a connection would have been there by then.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TRY_MS = const(25_000)  # all tries together: Improv waits 30 s, and so does a person
_SETTLE_MS = const(2_000)  # a scan of all channels takes as long: no try has failed before
_STALE_MS = const(8_000)  # scan, handshake and address take less
_REST_MS = const(500)
_STEP_MS = const(250)
_SCAN_MS = const(10_000)  # no second scan within: each stops everything else for two seconds
_MOST = const(20)  # networks kept, the strongest
_TRIES = const(2)  # a first refusal is often chance

# status(): what is no end yet (network.STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP)
_UNDER_WAY = (1000, 1001, 1010)
# ESP-IDF's reasons (wifi_err_reason_t), by what they mean to the owner.
_REASONS = (
    # authentication expired, MIC failure, 4-way handshake timeout, AUTH_FAIL, handshake timeout,
    # connection failed: what routers answer to a wrong password
    ("wrong_password", (2, 14, 15, 202, 204, 205)),
    ("no_such_network", (201, 212)),
    ("not_supported", (210, 211)),
)
# Kinds of protection (network.WLAN.SEC_…) that a name and a password are not enough for.
_NEEDS_MORE = (1, 5, 8, 10, 11, 12)  # WEP, enterprise, WAPI
_WPA3_ONLY = const(6)
_OPEN = const(0)


class Radio:
    """wlan: network.WLAN's station, or the twin's. log: (text) -> None.

    networks: (name, dBm, kind of protection) of those seen last, the strongest first.
    """

    def __init__(self, wlan: "Any", log: "Callable[[str], None]"):
        self._wlan = wlan
        self._log = log
        self.networks: list[tuple[str, int, int]] = []
        self._scanned: "Any" = None  # ticks_ms

    def scan(self) -> None:
        """Look for networks, unless that was done a moment ago. Nothing else runs meanwhile: there
        is no other way in MicroPython, and in set-up mode nobody waits for a reading."""
        now = time.ticks_ms()
        if self._scanned is not None and time.ticks_diff(now, self._scanned) < _SCAN_MS:
            return
        try:
            found = self._wlan.scan()
        except OSError as error:
            self._log("wifi: cannot scan (%s)" % error)
            return
        finally:
            self._scanned = time.ticks_ms()
        best: dict = {}
        for name, _, _, rssi, security, *_ in found:
            try:
                name = name.decode()
            except ValueError:
                continue  # no UTF-8: it could not be sent back
            if name and (name not in best or best[name][1] < rssi):  # "": hidden
                best[name] = (name, rssi, security)
        self.networks = sorted(best.values(), key=lambda one: -one[1])[:_MOST]

    def security(self, name: str) -> int | None:
        """How a network that was seen is protected; None if it was not."""
        for other, _, security in self.networks:
            if other == name:
                return security
        return None

    def address(self) -> str:
        """Our own address there, "" when not connected."""
        address = self._wlan.ifconfig()[0] if self._wlan.isconnected() else "0.0.0.0"
        return "" if address == "0.0.0.0" else address

    async def join_network(self, name: str, password: str, beat: "Callable[[], None]") -> str:
        """Try to join. Returns "" once there is an address, otherwise the code of why not."""
        wlan = self._wlan
        wlan.active(True)
        wlan.config(pm=wlan.PM_NONE)
        wlan.config(reconnects=0)
        end = time.ticks_add(time.ticks_ms(), _TRY_MS)
        code = ""
        failures = 0
        while failures < _TRIES and time.ticks_diff(end, time.ticks_ms()) > 0:
            status = await self._try(name, password, end, beat)
            if status is None:
                self._wlan.config(reconnects=-1)  # for ever, from now on
                return ""
            if status in _UNDER_WAY:  # the time is over
                code = ("no_address" if self._is_associated()
                        else code or self._code(name, status))
            else:
                code = self._code(name, status)
                failures += 1
            self._log("wifi: cannot join %s: %s (status %d)" % (name, code, status))
        self._leave()
        return code

    async def _try(self, name, password, end, beat):
        """One try. Returns None once there is an address, otherwise the status."""
        self._leave()
        beat()
        await asyncio.sleep_ms(_REST_MS)
        began = time.ticks_ms()
        try:
            if password:
                self._wlan.connect(name, password)
            else:
                self._wlan.connect(name)
        except (OSError, ValueError) as error:  # "Wifi Internal Error" while another one ends
            self._log("wifi: %s" % error)
        before = status = self._wlan.status()
        while time.ticks_diff(end, time.ticks_ms()) > 0:
            beat()
            await asyncio.sleep_ms(_STEP_MS)
            if self.address():
                return None
            passed = time.ticks_diff(time.ticks_ms(), began)
            status = self._wlan.status()
            if passed < _SETTLE_MS or status in _UNDER_WAY:
                continue
            if status != before or passed > _STALE_MS and not self._is_associated():
                return status
        return _UNDER_WAY[0]

    def _leave(self):
        try:
            self._wlan.disconnect()
        except OSError:
            pass  # it was not connecting

    def _is_associated(self):
        """Whether a router has let us in, with or without an address."""
        try:
            return self._wlan.status("rssi") is not None
        except (OSError, ValueError):
            return False

    def _code(self, name, status):
        """What a status means, with what is known of the network."""
        security = self.security(name)
        if security in _NEEDS_MORE:
            return "not_supported"
        code = "no_answer"
        for name_of, reasons in _REASONS:
            if status in reasons:
                code = name_of
        if security is None:
            return "five_ghz" if code == "no_such_network" and _is_5_ghz(name) else code
        if security == _OPEN and code == "not_supported":
            return "is_open"  # ESP-IDF joins none that has less protection than a password needs
        if security == _WPA3_ONLY and code != "wrong_password":
            return "wpa3_only"
        # It was seen a moment ago: then it is too weak, or the reason is an earlier try's.
        return "no_answer" if code == "no_such_network" else code


def _is_5_ghz(name):
    """Whether its name says that the network is on 5 GHz, where no ESP32 hears it."""
    return "5G" in name.upper().replace(" ", "").replace("_", "").replace("-", "")
