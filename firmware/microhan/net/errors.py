"""What a connection's errors mean, in words. Imported when one fails, then forgotten."""

import asyncio
import errno
import time

# errno name, or one of link.py's -> what it means for the owner. Numbers differ between ports,
# names do not.
_WORDS = (
    ("ECONNREFUSED", "%s refuses the connection: is the service running, is the port right?"),
    ("ENOTCONN", "%s refuses the connection: is the service running, is the port right?"),
    ("ECONNRESET", "%s broke the connection"),
    ("ECONNABORTED", "%s broke the connection"),
    ("EPIPE", "%s closed the connection"),
    ("ETIMEDOUT", "%s does not answer"),
    ("EHOSTUNREACH", "no way to %s: is it on, and in this network?"),
    ("ENETUNREACH", "no network to reach %s"),
    ("ENOMEM", "not enough memory for a connection to %s"),
    ("ENOBUFS", "not enough memory for a connection to %s"),
    ("ENFILE", "no free socket for a connection to %s"),
    ("FULL", "%s takes no more data"),
    ("TLS", "%s does not answer, or not by TLS"),
    ("EAI_MEMORY", "not enough memory to look up %s"),
)
# What MicroPython's errno module leaves out; the same on Linux and lwIP.
_NUMBERS = {"EPIPE": 32, "ENFILE": 23, "ENETUNREACH": 101, "EAI_MEMORY": -203}


def meaning(code, peer):
    """Say in a sentence what `code`, an errno or a name, on the connection to `peer` means."""
    for name, text in _WORDS:
        if code == name or code == getattr(errno, name, _NUMBERS.get(name)):
            return text % peer
    return "connection to %s failed: error %s" % (peer, code)


# section: where its host is set, and what to do if the other side speaks no TLS.
_SECTIONS = {
    "mqtt": ("mqtt.host", "turn mqtt.tls off, or give its TLS port (mostly 8883)"),
    "push": ("push.url", "write http:// in push.url, or give its TLS port"),
}
# mbedTLS: SSL, X509, PK without memory; what it takes for no TLS at all.
_NO_MEMORY = (0x7F00, 0x2880, 0x3F80)
_LOW_NO_MEMORY = (0x10, 0x6A)  # of big numbers and ASN.1, added to another module's code
_NO_TLS = (0x7200, 0x7280, 0x6600, 0x7100)
_MOST_NAMES = 2
_CN = b"\x06\x03\x55\x04\x03"  # ids of a subject's common name and of its other names
_OTHER_NAMES = b"\x06\x03\x55\x1d\x11"
_HANGS_UP = (errno.ECONNRESET, getattr(errno, "EPIPE", 32), errno.ECONNABORTED)


def tls_meaning(section, peer, error, made=()):
    """Say what an exception of the handshake with `peer` means, and what to do. `made`: whom its
    certificate is made out to, where that is known."""
    where, instead = _SECTIONS[section]
    args = error.args
    code = args[0] if args and isinstance(args[0], int) else 0
    reason = ("%s" % (args[1] if len(args) > 1 else error)).strip()
    if isinstance(error, ValueError):  # the port's verdict on the certificate, in English
        begin = "certificate of %s refused: " % peer
        if is_name(error):
            return "%sit is made out to %s: set %s to that" % (
                begin, ", ".join(made[:_MOST_NAMES]) or "another name", where)
        return "%s%s: is %s.ca its authority's?" % (begin, reason.replace("\n", ", "), section)
    if "ALLOC" in reason or -code in _NO_MEMORY or code < 0 and -code % 128 in _LOW_NO_MEMORY:
        return "not enough memory for TLS with %s" % peer
    if -code in _NO_TLS or code in _HANGS_UP or "EOF" in reason:
        return "%s does not seem to speak TLS: %s" % (peer, instead)
    if code > 1:  # 1: CPython's SSLError
        return meaning(code, peer)
    return "TLS with %s failed: %s" % (
        peer, "mbedTLS error -0x%x" % -code if code and len(args) == 1 else reason)


def is_name(error):
    """True if a certificate was refused because it is made out to somebody else."""
    text = "%s" % error
    return isinstance(error, ValueError) and ("(CN)" in text or "mismatch" in text)


async def look(sockets, address, deadline_ms):
    """The names in the certificate of whoever listens at `address`; () if it shows none.

    sockets: TCP and TLS, the latter of a context that checks nothing. mbedTLS forgets what it
    refuses, and a verify_callback, which would see it, crashes MicroPython 1.25 where the
    handshake is not done by wrap_socket().
    """
    raw, sock = sockets
    end = time.ticks_add(time.ticks_ms(), deadline_ms)
    buf = bytearray(1)
    found = ()
    try:
        try:
            raw.connect(address)
        except OSError as error:
            if error.args[0] != errno.EINPROGRESS:
                raise
        while not found and time.ticks_diff(end, time.ticks_ms()) > 0:
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


def names(certificate):
    """Whom a certificate (DER) is made out to: its DNS names and addresses, else the common
    name."""
    at = certificate.find(_OTHER_NAMES)
    found = []
    if at >= 0:
        at += len(_OTHER_NAMES)
        if certificate[at] == 1:  # "critical"
            at += 3
        at = _inside(certificate, at)[0]
        at, end = _inside(certificate, at)
        while at < end:
            kind = certificate[at]
            at, stop = _inside(certificate, at)
            if kind == 0x82:
                found.append(certificate[at:stop].decode())
            elif kind == 0x87 and stop - at == 4:
                found.append("%d.%d.%d.%d" % tuple(certificate[at:stop]))
            at = stop
    elif certificate.find(_CN) >= 0:
        at, stop = _inside(certificate, certificate.rfind(_CN) + len(_CN))  # the issuer's is first
        found.append(certificate[at:stop].decode())
    return found


def _inside(data, at):
    """(start, end) of the content of the DER object at `at`."""
    size = data[at + 1]
    at += 2
    if size > 127:
        count = size & 127
        size = int.from_bytes(data[at:at + count], "big")
        at += count
    return at, at + size
