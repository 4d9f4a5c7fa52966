"""What a broker may do wrong, in sentences."""

from micropython import const

NO_ANSWER = const(0)
BAD_LENGTH = const(1)
WRONG_LENGTH = const(2)
WRONG_TIME = const(3)
NOT_OPEN = const(4)
NO_SUBSCRIPTION = const(5)
BAD_TOPIC = const(6)
NO_PINGRESP = const(7)
NO_PUBACK = const(8)

_SENTENCES = (
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

# By the first byte that other servers than MQTT brokers send.
_OTHER_SERVERS = {0x15: "answers by TLS: turn mqtt.tls on",
                  0x48: "is a web server: is mqtt.port right?"}


def protocol_error(what: int, *values: int) -> OSError:
    """The OSError that says so."""
    if what == NO_ANSWER and values[0] in _OTHER_SERVERS:
        return OSError("the broker " + _OTHER_SERVERS[values[0]])
    return OSError("the broker " + _SENTENCES[what] % values)
