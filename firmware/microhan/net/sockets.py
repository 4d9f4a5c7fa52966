"""What every use of a socket needs: its address, the time that is left, errors explained."""

import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from _mpy_shed.time_mp import _TicksMs as Ticks


# [0] is set to 1 by whoever receives a byte from the network. health.py clears it at each look.
HEARD = bytearray(1)


def sockaddr(ip: str, port: int) -> "Any":
    """Return the address for connect() and sendto(): a tuple, or bytes on MicroPython's unix port.

    `ip` is an IPv4 literal. For a literal getaddrinfo neither asks a server nor blocks.
    """
    return socket.getaddrinfo(ip, port)[0][-1]


def address_of(peer: "tuple | bytes") -> str:
    """The IPv4 address of the peer that accept() gives: a pair on the ESP32, and on a PC's
    MicroPython a struct sockaddr_in."""
    return peer[0] if isinstance(peer, tuple) else "%d.%d.%d.%d" % tuple(peer[4:8])


def listening(port: int, waiting: int) -> "Any":
    """A listener that does not block, for as many connections that wait. OSError if the port
    cannot be opened."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(sockaddr("0.0.0.0", port))
        listener.listen(waiting)
        listener.setblocking(False)
        return listener
    except OSError:
        listener.close()
        raise


def no_delay(sock: "Any") -> None:
    """Send each packet at once (no Nagle): the second must not wait for the first one's ACK."""
    try:
        # IPPROTO_TCP, TCP_NODELAY, as numbers, since not every port has the names.
        sock.setsockopt(6, 1, 1)
    except OSError:
        pass  # only slower


def ms_left(end: "Ticks") -> int:
    """Milliseconds until `end` (ticks_ms); not above 0 once it has passed."""
    return time.ticks_diff(end, time.ticks_ms())


def explain(error: Exception, peer: str) -> str:
    """Say in a sentence what an error on the connection to `peer` means. Its first argument is a
    number, one of the names in errors.py, or a sentence already."""
    code = error.args[0] if error.args else 0
    if isinstance(code, str) and " " in code:
        return code
    from .errors import meaning

    return meaning(code, peer)
