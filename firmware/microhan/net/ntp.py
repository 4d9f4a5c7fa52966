"""Asks a time server (SNTP, RFC 4330), without blocking.

Asked only while somebody needs it: TLS cannot check a certificate's dates without a clock, and
some meters send no time. The meter's own time is published as it is; this clock never replaces it.
"""

import asyncio
import socket
from typing import TYPE_CHECKING

from micropython import const

from ..reading.calendar import civil_from_days
from .pause import BEAT_MS, pause
from .sockets import HEARD, explain, sockaddr

if TYPE_CHECKING:
    from .names import Names
    from .time_sync import TimeSync

_PORT = const(123)
_WAIT_MS = const(3000)
_POLL_MS = const(50)
_FIRST_MS = const(5000)
_LONGEST_MS = const(600000)
_REPEAT_MS = const(12 * 3600 * 1000)  # the crystal drifts a second or two in half a day
_NTP_TO_2000 = 3155673600  # seconds from 1900-01-01 to 2000-01-01


async def keep_time(sync: "TimeSync") -> None:
    """Ask whenever the time is needed, for ever."""
    wait = _FIRST_MS
    while True:
        while not sync.needed():
            await pause(BEAT_MS, sync.beat)
        try:
            sync.set_clock(*date_and_time(await ask(sync.host, sync.names)))
            sync.log("clock set from " + sync.host)
            wait = _FIRST_MS
            await pause(_REPEAT_MS, sync.beat)
        except OSError as error:
            sync.log("time server %s: %s" % (sync.host, explain(error, sync.host)))
            await pause(wait, sync.beat)
            wait = min(2 * wait, _LONGEST_MS)


async def ask(host: str, names: "Names") -> int:
    """Seconds since 2000-01-01 UTC."""
    address = await names.resolve(host, _WAIT_MS)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.sendto(b"\x1b" + bytes(47), sockaddr(address, _PORT))
        for _ in range(_WAIT_MS // _POLL_MS):
            await asyncio.sleep_ms(_POLL_MS)
            try:
                data = sock.recv(48)
            except OSError:
                continue  # nothing yet
            HEARD[0] = 1
            if data and len(data) == 48 and data[0] & 7 == 4 and 0 < data[1] < 16:
                return int.from_bytes(data[40:44], "big") - _NTP_TO_2000
    finally:
        sock.close()
    raise OSError("no answer")


def date_and_time(seconds: int) -> tuple:
    """(year, month, day, hour, minute, second) of seconds since 2000."""
    if seconds < 0:
        seconds += 1 << 32  # the counter's second era begins in 2036
    rest = seconds % 86400
    return civil_from_days(seconds // 86400) + (rest // 3600, rest // 60 % 60, rest % 60)
