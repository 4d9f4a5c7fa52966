"""What a broker may do wrong, in words. Imported when one does, then forgotten."""

from micropython import const

NO_ANSWER = const(0)
BAD_LENGTH = const(1)
TOO_LONG = const(2)
WRONG_LENGTH = const(3)
WRONG_TIME = const(4)
NOT_OPEN = const(5)
NO_SUBSCRIPTION = const(6)
BAD_TOPIC = const(7)
NO_PING = const(8)
NO_ACK = const(9)

_WORDS = (
    "sent 0x%02x, which is not an answer",
    "sent a malformed length",
    "sent a packet of %d bytes",
    "sent 0x%02x with a wrong length",
    "sent 0x%02x at the wrong time",
    "acknowledged message %d, which is not open",
    "acknowledged a subscription that was not made",
    "sent a message with a malformed topic",
    "did not acknowledge a ping in time",
    "did not acknowledge a message in time",
)


def wrong(what, *values):
    """An OSError that says so."""
    return OSError("the broker " + _WORDS[what] % values)
