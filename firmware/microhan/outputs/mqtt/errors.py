"""What a broker may do wrong, in words. Imported when one does, then forgotten."""

from micropython import const

NO_ANSWER = const(0)
BAD_LENGTH = const(1)
WRONG_LENGTH = const(2)
WRONG_TIME = const(3)
NOT_OPEN = const(4)
NO_SUBSCRIPTION = const(5)
BAD_TOPIC = const(6)
NO_PING = const(7)
NO_ACK = const(8)

_WORDS = (
    "sent 0x%02x, which is not an answer",
    "sent a malformed length",
    "sent 0x%02x with a wrong length",
    "sent 0x%02x at the wrong time",
    "acknowledged message %d, which is not open",
    "acknowledged a subscription that was not made",
    "sent a message with a malformed topic",
    "did not acknowledge a ping in time",
    "did not acknowledge a message in time",
)


# First byte of what others than MQTT brokers send.
_OTHERS = {0x15: "answers by TLS: turn mqtt.tls on", 0x48: "is a web server: is mqtt.port right?"}


def wrong(what, *values):
    """An OSError that says so."""
    if what == NO_ANSWER and values[0] in _OTHERS:
        return OSError("the broker " + _OTHERS[values[0]])
    return OSError("the broker " + _WORDS[what] % values)
