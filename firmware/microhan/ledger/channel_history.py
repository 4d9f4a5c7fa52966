"""What the history says of a channel, gas, water or heat: docs/history.md. What its meter stood at,
once a day."""

from struct import unpack
from typing import TYPE_CHECKING

from ..reading.calendar import iso_time
from ..reading.json_text import milli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_COLUMNS = "time", "type", "value", "unit", "meter"


def json_pieces(rings: "Any", channel: int, begin: int, end: int,
                base_min: int) -> "Iterator[bytes]":
    """/history.json of a channel, in pieces; as history.json_pieces()."""
    yield ('{"step":"day","channel":%d,"columns":["%s"],"rows":['
           % (channel, '","'.join(_COLUMNS))).encode()
    comma = ""
    for t, kind, value, unit, meter in _rows(rings, channel, begin, end):
        yield ('%s\n[%d,%d,%s,"%s",%d]' % (comma, t + 946684800, kind, value or "null", unit,
                                          meter)).encode()
        comma = ","
    yield b"\n]}\n"


def csv_pieces(rings: "Any", channel: int, begin: int, end: int,
               base_min: int) -> "Iterator[bytes]":
    """The same as /history.csv."""
    from .civil import offset

    yield (",".join(_COLUMNS) + "\r\n").encode()
    for t, kind, value, unit, meter in _rows(rings, channel, begin, end):
        minutes = offset(t, base_min)
        yield ("%s,%d,%s,%s,%d\r\n" % (iso_time(t + 60 * minutes, minutes), kind, value, unit,
                                       meter)).encode()


def _rows(rings, channel, begin, end):
    from .channels import UNITS

    for row in rings.channels.rows(begin, end):
        t, number, kind, n, unit, meter = unpack("<IBBIBB", row)
        if number == channel:
            yield (t, kind, "" if n == 0xFFFFFFFF else milli(n, 3).decode(),
                   UNITS[unit] if unit < len(UNITS) else "", meter)
