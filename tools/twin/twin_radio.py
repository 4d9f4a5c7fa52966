"""What is played where a test or a person asks for it: the radio of a twin that is set up by hand
(a station, an access point and a button), and the pins of the meter's port.

Runs on the VM. status() says what ports/esp32/network_wlan.c would, stale reasons included.
"""

import os
import socket  # twin_sockets.Sockets in its place
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from typing import Any

_JOIN_MS = const(1_500)
_FAIL_MS = const(2_500)
_NO_AP = const(201)
_HANDSHAKE = const(15)
_IDLE = const(1000)
_CONNECTING = const(1001)
_GOT_IP = const(1010)
_PORT = "port"  # pin_1.FILE
_PATIENCE_MS = const(1_000)
AWAY = "no_network"
AT_HOME = "127.0.0.2"  # where the device is once it has joined: as an address of this PC


class Radio:
    """networks: [name, password, dBm, kind of protection, what goes wrong]; the last is "", "no
    address" or "mute". drop_ms: how long the phone loses the access point when we join: the
    radio changes its channel."""

    PM_NONE = 0
    ip = "127.0.0.1"  # of the access point

    def __init__(self, networks: list, drop_ms: int) -> None:
        self._networks = networks
        self._drop_ms = drop_ms
        self._active = True
        self._asked: tuple | None = None
        self._since: "Any" = 0  # ticks_ms
        self._reason = 0
        self._reconnects = -1
        self._console: "Console | None" = None

    def active(self, on: bool | None = None) -> bool:
        """As network.WLAN's; so are the others."""
        if on is not None:
            self._active = on
            if not on:
                self._asked = None
        return self._active

    def config(self, pm: int | None = None, reconnects: int | None = None) -> None:
        """Only what the firmware sets."""
        if reconnects is not None:
            self._reconnects = reconnects

    def scan(self) -> list:
        """What is there, after a while in which nothing else runs."""
        time.sleep_ms(200)
        return [(name.encode(), bytes(6), 1, rssi, security, False)
                for name, _, rssi, security, _ in self._networks]

    def connect(self, name: str, password: str = "") -> None:
        """Begin."""
        if self._asked:
            raise OSError("Wifi Internal Error")
        self._asked = name, password
        self._since = time.ticks_ms()
        found = self._found()
        if found and found[1] == password and self._drop_ms:
            socket.deaf_until = time.ticks_add(  # type: ignore[attr-defined]
                self._since, self._drop_ms)

    def disconnect(self) -> None:
        """End."""
        self._asked = None

    def _found(self):
        if self._is_away():
            return None
        for network in self._networks:
            if self._asked and network[0] == self._asked[0]:
                return network
        return None

    def _is_away(self):
        """Whether no access point is heard: as long as the launcher leaves a file there."""
        try:
            os.stat(AWAY)
            return True
        except OSError:
            return False

    def _outcome(self):
        """None while it goes on, "" once there is an address, otherwise the reason of failure."""
        if not self._asked:
            return self._reason
        passed = time.ticks_diff(time.ticks_ms(), self._since)
        found = self._found()
        if not found:
            self._reason = _NO_AP if passed > _FAIL_MS else self._reason
            return _NO_AP if passed > _FAIL_MS else None
        if found[1] != self._asked[1]:
            self._reason = _HANDSHAKE if passed > _FAIL_MS else self._reason
            return _HANDSHAKE if passed > _FAIL_MS else None
        if found[4] or passed < _JOIN_MS:
            return None
        self._reason = 0
        return ""

    def isconnected(self) -> bool:
        """Whether there is an address."""
        return self._asked is not None and self._outcome() == ""

    def ifconfig(self) -> tuple:
        """Address, mask, gateway, name server."""
        return AT_HOME if self.isconnected() else "0.0.0.0", "", "127.0.0.1", ""

    def status(self, what: str = "") -> int:
        """How it stands; or the strength of the signal, OSError without one."""
        outcome = self._outcome()
        found = self._found()
        if what:
            if not found or outcome or found[4] == "mute" or found[1] != self._asked[1]:  # type: ignore[index]
                raise OSError("not connected")
            return found[2]
        if outcome == "":
            return _GOT_IP
        if self._reason == _NO_AP:
            return _NO_AP
        if self._asked and (outcome is None or self._reconnects):
            return _CONNECTING
        return self._reason or _IDLE

    # The access point. The PC plays the phone: it is always there, but for the moment of a drop.

    def clients(self) -> int:
        """How many phones are in it."""
        return 0 if socket.is_deaf() else 1  # type: ignore[attr-defined]

    def console(self) -> "Console":
        """The cable. Kept: the collector would close stdout with it."""
        if not self._console:
            self._console = Console()
        return self._console


class Console:
    """The console as bytes: stdin, which the launcher made non-blocking, and stdout."""

    def __init__(self) -> None:
        self._in = open(0, "rb", 0)
        self._out = open(1, "wb", 0)

    def read(self) -> bytes:
        """What has come."""
        return self._in.read(64) or b""

    def write(self, data: bytes) -> None:
        """Send these bytes."""
        self._out.write(data)

    def close(self) -> None:
        """Nothing: the two stay open."""


class Port:
    """As the Port of microhan/board/port.py, on pins that the launcher plays (pin_1.py). `stream`:
    the meter's pseudo-terminal, over which it is asked."""

    def __init__(self, stream: object) -> None:
        self._stream = stream
        self._number = 0
        self._on = [0, 1]  # feed, request
        try:
            os.stat(_PORT)
            self._is_played = True
            self._ask()
        except OSError:
            self._is_played = False

    def has(self, pin: int) -> bool:
        """Whether the launcher plays a port."""
        return self._is_played

    def milli(self) -> int | None:
        """Millivolts on pin 1."""
        return self._ask()[0] if self._is_played else None

    def fault(self) -> bool:
        """Whether the switch limits."""
        return self._is_played and self._ask()[1] == 1

    def feed(self, on: bool) -> None:
        """Switch the feed."""
        self._set(0, on)

    def request(self, on: bool) -> None:
        """Ask for telegrams, or stop asking."""
        self._set(1, on)

    def _set(self, which, on):
        if self._is_played and self._on[which] != on:
            self._on[which] = int(on)
            self._ask()

    def _ask(self):
        self._number += 1
        self._stream.write(b"port %d %d %d\n" % (self._number, self._on[0], self._on[1]))
        for _ in range(_PATIENCE_MS):
            with open(_PORT) as file:
                number, millivolts, fault = file.read().split()
            if int(number) == self._number:
                return int(millivolts), int(fault)
            time.sleep_ms(1)
        return None, 0
