"""What a connection's errors mean, in words. Imported when one fails, then forgotten."""

import errno

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
)
# What MicroPython's errno module leaves out; the same on Linux and lwIP.
_NUMBERS = {"EPIPE": 32, "ENFILE": 23, "ENETUNREACH": 101}


def meaning(code, peer):
    """Say in a sentence what `code`, an errno or a name, on the connection to `peer` means."""
    for name, text in _WORDS:
        if code == name or code == getattr(errno, name, _NUMBERS.get(name)):
            return text % peer
    return "connection to %s failed: error %s" % (peer, code)
