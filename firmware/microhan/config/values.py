"""What a value of the configuration may be, by its type. schema.py has every key with its type."""

from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from typing import Any

TEXT = const(0)  # one line; limits: shortest, longest
INT = const(1)  # limits: least, most
BOOL = const(2)
CHOICE = const(3)  # limits: the values, of which the first is the default
OFFSET = const(4)  # +HH:MM
HEX = const(5)  # limits: the numbers of digits; none is allowed, too
LINES = const(6)  # text of several lines; limits of this and the next three: as of TEXT
HOST = const(7)
URL = const(8)
TOPIC = const(9)
PASSWORD = const(10)  # one line, or empty; limits: as of TEXT
HTTPS = const(11)  # limits of this and the next two: as of TEXT
ADDRESSES = const(12)
HEADERS = const(13)  # as LINES, each a header
PORTS = const(14)  # limits: as of TEXT
# Headers that a request has in any case, and their like in HTTP/1.0.
_OWN = ("host", "content-length", "transfer-encoding", "connection", "user-agent")


def allowed(kind: int, limits: "Any") -> str:
    """Say what a value of this type may be."""
    if kind == BOOL:
        return "true or false"
    if kind == INT:
        return "a whole number from %d to %d" % limits
    if kind == CHOICE:
        return "one of " + ", ".join(limits)
    if kind == OFFSET:
        return "an offset like +01:00"
    if kind == HEX:
        return "empty, or %s hexadecimal digits" % " or ".join([str(n) for n in limits])
    return _TEXTS[kind] % limits


# What a text of each type may be.
_TEXTS = {
    TEXT: "text of %d to %d characters, on one line",
    PASSWORD: "empty, or text of %d to %d characters, on one line",
    LINES: "text of %d to %d characters",
    HOST: "a name or an IPv4 address, %d to %d characters without http://, port or blanks",
    URL: "empty or a URL, http:// or https://, %d to %d characters without blanks",
    HTTPS: "empty or a URL, https://, %d to %d characters without blanks",
    TOPIC: "an MQTT topic of %d to %d bytes, without + and #",
    ADDRESSES: "text of %d to %d characters: IPv4 addresses, or ranges like 192.168.1.0/24, with "
               "commas between them",
    PORTS: "text of %d to %d characters: a port, or two with a comma between them",
    HEADERS: "lines like `Name: value`, %d to %d characters, without those that each request has",
}


def problem_of(kind: int, value: "Any", limits: "Any") -> str | None:
    """None if the value is allowed, otherwise what is."""
    if kind == BOOL:
        fits = isinstance(value, bool)
    elif kind == INT:
        fits = isinstance(value, int) and not isinstance(value, bool)
        fits = fits and limits[0] <= value <= limits[1]
    elif not isinstance(value, str):
        fits = False
    elif kind == CHOICE:
        fits = value in limits
    elif kind == OFFSET:
        fits = _is_offset(value)
    elif kind == HEX:
        fits = not value or len(value) in limits and not value.lower().strip("0123456789abcdef")
    else:
        fits = limits[0] <= len(value) <= limits[1] and _is_text(kind, value)
        fits = fits or kind == PASSWORD and not value
    return None if fits else "must be " + allowed(kind, limits)


def _is_text(kind, text):
    """Whether the text may go where it is used. A line end in an HTTP header would begin another
    one, and a broker closes the connection on a topic with wildcards (MQTT 3.1.1, 4.7)."""
    if kind == LINES:
        return True
    if kind == HEADERS:
        return all([_is_header(line) for line in text.split("\n") if line.strip()])
    least = 33 if kind in (HOST, URL, HTTPS) else 32
    data = text.encode()  # no loop over the text: MicroPython would keep each of its letters
    for i in range(len(data)):
        # 0xC2 begins the letters from 0x80 to 0xBF
        if data[i] < least or data[i] == 0x7F or data[i] == 0xC2 and data[i + 1] < 0xA0:
            return False
    if kind in (URL, HTTPS):
        scheme, mark, _ = text.partition("://")
        return not text or mark != "" and (
            scheme.lower() == "https" or kind == URL and scheme.lower() == "http")
    if kind == ADDRESSES:
        from ..net.allowed import is_list

        return is_list(text)
    if kind == PORTS:
        return not text or text.count(",") < 2 and not [
            port for port in text.replace(" ", "").split(",")
            if port.strip("0123456789") or not 0 < int(port or 0) < 65536]
    if kind == TOPIC:
        return not ("+" in text or "#" in text or text[:1] == "$" or len(text.encode()) > 64)
    return kind != HOST or not ("/" in text or ":" in text or "@" in text)


def _is_header(line):
    name, colon, value = line.strip().partition(":")
    return (colon != "" and name != "" and name.lower() not in _OWN
            and not name.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            and _is_text(TEXT, value))


def offset_minutes(text: str) -> int:
    """Minutes of a UTC offset written "+01:00" or "-03:30"; ValueError with a sentence if it is
    none."""
    if (len(text) == 6 and text[0] in "+-" and text[3] == ":" and text[1:3].isdigit()
            and text[4:].isdigit() and int(text[1:3]) <= 14 and int(text[4:]) < 60):
        minutes = int(text[1:3]) * 60 + int(text[4:])
        return -minutes if text[0] == "-" else minutes
    raise ValueError("the UTC offset must look like +01:00, not " + text)


def _is_offset(text):
    try:
        offset_minutes(text)
    except ValueError:
        return False
    return True
