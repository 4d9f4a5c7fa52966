"""What a connection's errors mean, and what to do about them."""

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# What an error means, and its names: of an errno, or of an error of link.py's own. By name,
# because the numbers differ between ports.
_MEANINGS = (
    ("%s refuses the connection: is the service running, is the port right?",
     "ECONNREFUSED", "ENOTCONN"),
    ("%s broke the connection", "ECONNRESET", "ECONNABORTED"),
    ("%s closed the connection", "EPIPE"),
    ("%s does not answer", "ETIMEDOUT"),
    ("no way to %s: is it on, and in this network?", "EHOSTUNREACH"),
    ("no network to reach %s", "ENETUNREACH"),
    ("not enough memory for a connection to %s", "ENOMEM", "ENOBUFS"),
    ("no free socket for a connection to %s", "ENFILE"),
    ("%s takes no more data", "FULL"),
    ("%s does not answer, or not by TLS", "TLS"),
    ("not enough memory to look up %s", "EAI_MEMORY"),
)
# What MicroPython's errno module lacks; the same on Linux and lwIP.
_NUMBERS = {"EPIPE": 32, "ENFILE": 23, "ENETUNREACH": 101, "EAI_MEMORY": -203}


def meaning(code: int | str, peer: str) -> str:
    """Say in a sentence what an errno, or its name, on the connection to `peer` means."""
    for text, *names in _MEANINGS:
        for name in names:
            if code == name or code == getattr(errno, name, _NUMBERS.get(name)):
                return text % peer
    return "connection to %s failed: error %s" % (peer, code)


# By section: the key that sets its host, and what to do if the server does not speak TLS.
_SECTIONS = {
    "mqtt": ("mqtt.host", "turn mqtt.tls off, or give its TLS port (mostly 8883)"),
    "push": ("push.url", "write http:// in push.url, or give its TLS port"),
    "update": ("update.url", "give its TLS port"),
    "webhook": ("webhook.url", "write http:// in webhook.url, or give its TLS port"),
}
# Codes of mbedTLS: no memory (in SSL, X509, PK, ECP, MD, CIPHER), and what it makes of bytes that
# are not TLS.
_NO_MEMORY = (0x7F00, 0x2880, 0x3F80, 0x4D80, 0x5180, 0x6180)
_LOW_NO_MEMORY = (0x10, 0x6A)  # in big numbers and ASN.1, added to another module's code
_NO_TLS = (0x7200, 0x7280, 0x6600, 0x7100)
_MAX_NAMES = 2
_HANGS_UP = (errno.ECONNRESET, getattr(errno, "EPIPE", 32), errno.ECONNABORTED)


def tls_meaning(section: str, peer: str, error: Exception,
                names: "Sequence[str]" = ()) -> str:
    """Say what an exception of the handshake with `peer` means, and what to do. `names`: whom its
    certificate is made out to, where that is known."""
    host_key, instead = _SECTIONS[section]
    args = error.args
    code = args[0] if args and isinstance(args[0], int) else 0
    reason = ("%s" % (args[1] if len(args) > 1 else error)).strip()
    if isinstance(error, ValueError):  # why mbedTLS refused the certificate, in English
        begin = "certificate of %s refused: " % peer
        if is_name_mismatch(error):
            return "%sit is made out to %s: set %s to that" % (
                begin, ", ".join(names[:_MAX_NAMES]) or "another name", host_key)
        return "%s%s: is %s.ca its authority's?" % (begin, reason.replace("\n", ", "), section)
    if "ALLOC" in reason or -code in _NO_MEMORY or code < 0 and -code % 128 in _LOW_NO_MEMORY:
        return "not enough memory for TLS with %s" % peer
    if -code in _NO_TLS or code in _HANGS_UP or "EOF" in reason:
        return "%s does not seem to speak TLS: %s" % (peer, instead)
    if code > 1:  # 1: CPython's SSLError
        return meaning(code, peer)
    return "TLS with %s failed: %s" % (
        peer, "mbedTLS error -0x%x" % -code if code and len(args) == 1 else reason)


def is_name_mismatch(error: Exception) -> bool:
    """True if a certificate was refused because it is made out to somebody else."""
    text = "%s" % error
    return isinstance(error, ValueError) and ("(CN)" in text or "mismatch" in text)
