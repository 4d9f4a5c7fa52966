"""Begins a connection; link.py has what runs after that."""

import errno
import socket
import time
from typing import TYPE_CHECKING

from .sockets import explain, ms_left, no_delay, sockaddr

if TYPE_CHECKING:
    from typing import Any

    from .names import Names
    from .tls import TlsSettings


async def begin(names: "Names", host: str, port: int, tls: "TlsSettings | None",
                deadline_ms: int) -> tuple:
    """Begin a connection and return the arguments for a Link, whose first write waits for it.

    names: net.names.Names. host: a name or an IPv4 address; with TLS the certificate must be
    made out to it. tls: None or net.tls.TlsSettings. deadline_ms: for finding the address.
    Raises OSError with a sentence.
    """
    peer = "%s:%d" % (host, port)
    if tls:
        tls.check()
    end = time.ticks_add(time.ticks_ms(), deadline_ms)
    ip = await names.resolve(host, deadline_ms)
    raw: Any = None
    sock: Any = None
    try:
        address = sockaddr(ip, port)
        if tls and tls.wants_names:
            await tls.fetch_names(host, address, ms_left(end))
        if tls:
            raw, sock = tls.sockets(host)
        else:
            raw = sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            raw.setblocking(False)
        no_delay(raw)
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
        if tls and isinstance(error.args[0], int) and error.args[0] < -1000:
            problem = tls.explain(peer, error)
        else:
            problem = explain(error, peer)
    if raw:
        sock.close()  # its memory, which the next one needs, is free then
        raw.close()
    if tls:
        tls.reserve()
    raise OSError(problem)
