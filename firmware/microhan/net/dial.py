"""Begins a connection. Loaded for it, then forgotten: link.py has what stays."""

import errno
import socket
import time

from .sockets import left, sockaddr, words


async def begin(names, host, port, tls, deadline_ms):
    """Begin a connection and return what a Link is made of; its first write waits for it.

    names: net.names.Names. host: a name or an IPv4 address; with TLS the certificate must be
    made out to it. tls: None or net.tls.TlsSettings. deadline_ms: for finding the address.
    Raises OSError with words.
    """
    peer = "%s:%d" % (host, port)
    if tls:
        tls.check()
    end = time.ticks_add(time.ticks_ms(), deadline_ms)
    ip = await names.resolve(host, deadline_ms)
    raw = None
    try:
        address = sockaddr(ip, port)
        if tls and tls.curious:
            await tls.look(host, address, left(end))
        if tls:
            raw, sock = tls.sockets(host)
        else:
            raw = sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            raw.setblocking(False)
        _no_delay(raw)
        try:
            raw.connect(address)
        except OSError as error:
            if error.args[0] != errno.EINPROGRESS:
                raise
        return raw, sock, peer, tls
    except MemoryError:
        problem = "not enough memory for a connection to %s" % peer
    except ValueError as error:
        problem = "TLS with %s failed: %s" % (peer, error)
    except OSError as error:
        is_tls = tls and isinstance(error.args[0], int) and error.args[0] < -1000
        problem = tls.words(peer, error) if is_tls else words(error, peer)
    if raw:
        raw.close()
    if tls:
        tls.keep()
    raise OSError(problem)


def _no_delay(sock):
    """Send each packet at once (no Nagle). The unix port takes the numbers, but has no names."""
    try:
        level = getattr(socket, "IPPROTO_TCP", 6)
        sock.setsockopt(level, getattr(socket, "TCP_NODELAY", 1), 1)
    except OSError:
        pass  # slower by some milliseconds, nothing else
