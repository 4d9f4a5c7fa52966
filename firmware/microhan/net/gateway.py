"""Asks the gateway whether it is there, without blocking. One socket, for six seconds at most."""

import asyncio
import errno
import select
import socket
from typing import TYPE_CHECKING

from micropython import const

from .sockets import sockaddr

if TYPE_CHECKING:
    from typing import Any

# Wifi.gateway, since it joined the network. Above 0: questions left to find out whether a gateway
# answers at all. 0: it does not. -1: it does; each less: a question that was left open since.
ANSWERS = const(-1)
_PORTS = (80, 53)  # of a router: its page, its name server
_ANSWER_MS = const(3000)  # lwIP repeats a lost SYN after 1.5 s
_POLL_MS = const(20)


async def answers(ip: str) -> bool:
    """Whether somebody at this address takes a TCP connection, or refuses it.

    Not by a ping: the Python of a PC may not send one, and a test should do what the device does.
    Where we have no socket or memory to ask, the answer is no: that is a fault of our own, too.
    """
    for port in _PORTS:
        sock: Any = None
        try:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            if await _is_answered(sock, sockaddr(ip, port)):
                return True
        except (OSError, MemoryError):
            pass
        finally:
            if sock:
                sock.close()
    return False


async def _is_answered(sock, address):
    try:
        sock.connect(address)
    except OSError as error:
        if error.args[0] != errno.EINPROGRESS:
            return error.args[0] == errno.ECONNREFUSED
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    for _ in range(_ANSWER_MS // _POLL_MS):
        await asyncio.sleep_ms(_POLL_MS)
        if poller.poll(0):  # connected or refused: lwIP gives up by itself only after minutes
            return True
    return False
