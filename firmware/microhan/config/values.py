"""Whether a configuration is what it may be, by the types of its keys in schema.py."""

from typing import TYPE_CHECKING

from .schema import (
    ADDRESSES,
    BOOL,
    CHOICE,
    HEADERS,
    HEX,
    HIDDEN,
    HOST,
    HTTPS,
    INT,
    LINES,
    OFFSET,
    PASSWORD,
    PORTS,
    TEXT,
    TOPIC,
    URL,
    defaults,
    rows,
)

if TYPE_CHECKING:
    from typing import Any

# Headers that a request has in any case, and their like in HTTP/1.0.
_OWN = ("host", "content-length", "transfer-encoding", "connection", "user-agent")


def validate(given: "Any", whole: bool = True) -> "tuple[dict, list[str]]":
    """(configuration, problems) of `given`, a dict of dicts as parsed from JSON.

    The configuration has the default where `given` has no value or a wrong one; not `whole`, for
    memory's sake, it has only the sections that are given. The problems are a sentence on each
    unknown section or key and on each wrong value: its name, and what is allowed.
    """
    config = defaults(None if whole or not isinstance(given, dict) else given)
    problems: list[str] = []
    if not isinstance(given, dict):
        return config, ["the configuration must be a JSON object of sections"]
    for section in given:
        if section not in config:
            problems.append(_unknown(section, "section", config if whole else defaults()))
        elif not isinstance(given[section], dict):
            problems.append("%s: must be an object of keys, not %r"
                            % (section, type(given[section]).__name__))
        else:
            for key in given[section]:
                if key not in config[section]:
                    problems.append(_unknown(section + "." + key, "key", config[section]))
    for section, key, kind, _, limits in rows():
        keys = given.get(section)
        if isinstance(keys, dict) and key in keys:
            value = keys[key]
            problem = _check(kind, value, limits)
            if problem:
                shown = "(not shown)" if key in HIDDEN else repr(value)[:40]
                problems.append("%s.%s is %s: %s" % (section, key, shown, problem))
            else:
                config[section][key] = value
    return config, problems


def _unknown(name, kind, known):
    return "%s: no such %s; there are %s" % (name, kind, ", ".join(sorted(known)))


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


def _check(kind, value, limits):
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
