"""Ports of this PC that nobody uses."""

import random
import socket

# Below those that Linux gives to clients (ip_local_port_range begins with 32768): a client may
# take one of those before the server that is to have it opens it.
among = range(20_000, 32_000)
_given: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1", kind: int = socket.SOCK_STREAM) -> bool:
    """True if a TCP port of this PC can be listened on; SOCK_DGRAM: a UDP port."""
    with socket.socket(type=kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port `among` those that is free now, and that this process has not been given before."""
    while True:
        port = random.SystemRandom().choice(among)
        if port not in _given and is_free(port, "", kind):
            _given.add(port)
            return port
