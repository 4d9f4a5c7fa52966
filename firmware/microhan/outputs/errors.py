"""What a server did wrong: a broker that breaks MQTT's rules, an HTTP server that refuses."""

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

_MQTT = (
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

_HTTP = {
    400: "it does not understand the data: is push.format right?",
    401: "wrong token, user or password",
    403: "this token or user may not write there",
    404: "nothing there: is push.url right?",
    405: "it takes no POST there: is push.url right?",
    408: "too slow",
    413: "too much data",
    422: "it does not like the data: is push.format right?",
    429: "too many requests",
}


def mqtt_error(what: int, *values: int) -> OSError:
    """The error of a broker that did `what`, one of the numbers above."""
    if what == NO_ANSWER and values[0] in _OTHER_SERVERS:
        return OSError("the broker " + _OTHER_SERVERS[values[0]])
    return OSError("the broker " + _MQTT[what] % values)


def http_error(status: int, section: str) -> OSError:
    """The error of an HTTP status other than 2xx. section: of the configuration."""
    if 300 <= status < 400:
        reason = "the address has moved: set push.url to the new one"
    else:
        other = "the server has a problem" if status >= 500 else "refused"
        reason = _HTTP.get(status, other)
    if section == "webhook":
        reason = reason.replace("push.format", "webhook.body").replace("push", "webhook")
    return OSError("the server answers %d: %s" % (status, reason))
