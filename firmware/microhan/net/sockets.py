"""What every use of a socket needs: its address, the time that is left, an error in words."""

import socket
import time


def sockaddr(ip, port):
    """Return the address for connect() and sendto(): a tuple, or bytes on MicroPython's unix port.

    `ip` is an IPv4 literal. For a literal getaddrinfo neither asks a server nor blocks.
    """
    return socket.getaddrinfo(ip, port)[0][-1]


def left(end):
    """Milliseconds until `end` (ticks_ms); not above 0 once it has passed."""
    return time.ticks_diff(end, time.ticks_ms())


def words(error, peer):
    """Say in a sentence what the OSError `error` on the connection to `peer` means."""
    code = error.args[0] if error.args else 0
    return code if isinstance(code, str) else meaning_of(code, peer)


def meaning_of(code, peer):
    """The same for an error code, or for the name of one."""
    from .errors import meaning

    return meaning(code, peer)
