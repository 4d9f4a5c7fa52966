"""Whom a server's certificate is made out to. Asked for after one was refused for its name."""

import asyncio
import errno
import time
from typing import TYPE_CHECKING

from .sockets import ms_left

if TYPE_CHECKING:
    from typing import Any

_COMMON_NAME = b"\x06\x03\x55\x04\x03"  # object ids: of a subject's common name ...
_ALTERNATIVE_NAMES = b"\x06\x03\x55\x1d\x11"  # ... and of its other names


async def fetch_names(sockets: tuple, address: "Any", deadline_ms: int) -> list[str]:
    """The names in the certificate of the server at `address`; [] if it shows none.

    sockets: TCP and TLS, the latter of a context that checks nothing. mbedTLS does not keep a
    certificate that it refuses, and a verify_callback, which would see it, crashes MicroPython
    1.25 where the handshake is not done by wrap_socket().
    """
    raw, sock = sockets
    end = time.ticks_add(time.ticks_ms(), deadline_ms)
    buf = bytearray(1)
    found: list[str] = []
    try:
        try:
            raw.connect(address)
        except OSError as error:
            if error.args[0] != errno.EINPROGRESS:
                raise
        while ms_left(end) > 0:
            sock.readinto(buf)  # drives the handshake
            certificate = sock.getpeercert(True)
            if certificate:
                found = names(certificate)
                break
            await asyncio.sleep_ms(10)
    except (OSError, ValueError):
        pass
    for one in (sock, raw):
        try:
            one.close()
        except OSError:
            pass
    return found


def names(certificate: bytes) -> list[str]:
    """Whom a certificate (DER) is made out to: its DNS names and IPv4 addresses, or its common
    name if it has no other."""
    at = certificate.find(_ALTERNATIVE_NAMES)
    found = []
    if at >= 0:
        at += len(_ALTERNATIVE_NAMES)
        if certificate[at] == 1:  # a BOOLEAN: the extension is marked as critical
            at += 3
        at = _content(certificate, at)[0]
        at, end = _content(certificate, at)
        while at < end:
            kind = certificate[at]
            at, stop = _content(certificate, at)
            if kind == 0x82:  # dNSName
                found.append(certificate[at:stop].decode())
            elif kind == 0x87 and stop - at == 4:  # iPAddress
                found.append("%d.%d.%d.%d" % tuple(certificate[at:stop]))
            at = stop
    elif certificate.find(_COMMON_NAME) >= 0:
        # The last one is the subject's; before it stands the issuer's.
        at, stop = _content(certificate, certificate.rfind(_COMMON_NAME) + len(_COMMON_NAME))
        found.append(certificate[at:stop].decode())
    return found


def _content(data, at):
    """(start, end) of the content of the DER object at `at`."""
    size = data[at + 1]
    at += 2
    if size > 127:
        count = size & 127
        size = int.from_bytes(data[at:at + count], "big")
        at += count
    return at, at + size
