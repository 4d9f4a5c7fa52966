"""The elements of InfluxDB's line protocol: tags, texts, times."""

from micropython import const

from ...reading.json_text import letters

_EPOCH_2000 = const(946684800)  # 2000-01-01T00:00:00Z in unix seconds


def escape_tag(text: str) -> str:
    """Escape a tag key, tag value or field key; a line feed would end the line."""
    return _escape(text, ",= \\", "_")


def quote(text: str) -> str:
    """Return a string field's value, with its quotes."""
    return '"' + _escape(text, '"\\', " ") + '"'


def _escape(text, special, control):
    """Put a backslash before each special letter, and `control` for each control letter."""
    out = ""
    for ch in letters(text):
        if ch in special:
            out += "\\" + ch
        else:
            out += ch if ch >= " " else control
    return out


def unix(local: int, utc_offset: int) -> int:
    """Local seconds since 2000 and their UTC offset in minutes as unix seconds."""
    return local - 60 * utc_offset + _EPOCH_2000
