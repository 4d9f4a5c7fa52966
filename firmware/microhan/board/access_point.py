"""The access point of set-up mode."""

from typing import TYPE_CHECKING

import network

from micropython import const

if TYPE_CHECKING:
    from typing import Any

_WPA2 = const(3)  # network.AUTH_WPA2_PSK
_MOST_CLIENTS = const(4)


class AccessPoint:
    """Opens a network of our own, beside the station. `ip`: our address in it."""

    ip = "192.168.4.1"  # ESP-IDF's own, whose DHCP server gives it as the name server, too

    def __init__(self, name: str, password: str):
        self._wlan = network.WLAN(network.AP_IF)
        self._wlan.active(True)
        self._wlan.config(ssid=name, key=password, security=_WPA2, max_clients=_MOST_CLIENTS)

    def clients(self) -> int:
        """How many phones are in it."""
        stations: "Any" = self._wlan.status("stations")
        return len(stations)
