"""The words of InfluxDB's line protocol: tags, texts, times."""

from micropython import const

_EPOCH_2000 = const(946684800)  # 2000-01-01T00:00:00Z in unix seconds


def escape_tag(text):
    """Escape a tag key, tag value or field key; a line feed would end the line."""
    out = ""
    for ch in text:
        if ch in ",= \\":
            out += "\\" + ch
        else:
            out += ch if ch >= " " else "_"
    return out


def quote(text):
    """Return a string field's value, with its quotes."""
    out = '"'
    for ch in text:
        if ch in '"\\':
            out += "\\" + ch
        else:
            out += ch if ch >= " " else " "
    return out + '"'


def unix(local, utc_offset):
    """Local seconds since 2000 and their UTC offset in minutes as unix seconds."""
    return local - 60 * utc_offset + _EPOCH_2000
