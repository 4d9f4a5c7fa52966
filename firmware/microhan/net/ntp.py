"""Sets the device's clock from a time server (SNTP, RFC 4330), without blocking.

Asked only while somebody needs it: TLS cannot check a certificate's dates without a clock, and
some meters send no time. The meter's own time goes out untouched; this clock never replaces it.
"""

import asyncio
import socket

from micropython import const

from ..reading.calendar import civil_from_days
from .sockets import sockaddr

_PORT = const(123)
_WAIT_MS = const(3000)
_FIRST_MS = const(5000)
_LONGEST_MS = const(600000)
_AGAIN_MS = const(12 * 3600 * 1000)  # the crystal drifts a second or two in half a day
_NTP_TO_2000 = 3155673600  # seconds from 1900-01-01 to 2000-01-01
_SLICE_MS = const(5000)


class Ntp:
    """`needed()` tells whether anybody needs the time; `set_clock(y, mo, d, h, mi, s)` sets it."""

    def __init__(self, host, names, needed, set_clock, log, beat):
        self._host = host
        self._names = names
        self._needed = needed
        self._set_clock = set_clock
        self._log = log
        self._beat = beat

    async def run(self):
        """Ask whenever needed, for ever."""
        wait = _FIRST_MS
        while True:
            while not self._needed():
                await self._sleep(_SLICE_MS)
            try:
                self._set(await self._ask())
                wait = _FIRST_MS
                await self._sleep(_AGAIN_MS)
            except OSError as error:
                self._log("time server %s: %s" % (self._host, error))
                await self._sleep(wait)
                wait = min(2 * wait, _LONGEST_MS)

    async def _sleep(self, ms):
        while ms > 0:
            self._beat()
            await asyncio.sleep_ms(min(ms, _SLICE_MS))
            ms -= _SLICE_MS

    async def _ask(self):
        """Seconds since 2000-01-01 UTC."""
        address = await self._names.resolve(self._host, _WAIT_MS)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.sendto(b"\x1b" + bytes(47), sockaddr(address, _PORT))
            for _ in range(_WAIT_MS // 50):
                await asyncio.sleep_ms(50)
                try:
                    data = sock.recv(48)
                except OSError:
                    continue  # nothing yet
                if data and len(data) == 48 and data[0] & 7 == 4 and 0 < data[1] < 16:
                    return int.from_bytes(data[40:44], "big") - _NTP_TO_2000
        finally:
            sock.close()
        raise OSError("no answer")

    def _set(self, seconds):
        if seconds < 0:
            seconds += 1 << 32  # the counter's second era begins in 2036
        year, month, day = civil_from_days(seconds // 86400)
        rest = seconds % 86400
        self._set_clock(year, month, day, rest // 3600, rest // 60 % 60, rest % 60)
        self._log("clock set from " + self._host)
