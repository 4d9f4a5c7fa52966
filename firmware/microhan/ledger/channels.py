"""The other meters, gas, water or heat: what they stood at, once a day.

12 bytes a record: 4 time, the channel's own if it sends one; 1 channel, 1 to 4; 1 type, the M-Bus
medium; 4 value in thousandths of its unit, 0xFFFFFFFF if it is more than fits; 1 unit (_UNITS);
1 of the channel meter's number, so that another one is told apart.
"""

from binascii import crc32
from struct import pack, unpack
from typing import TYPE_CHECKING

from ..reading.calendar import iso_time
from ..reading.fields import I_CHANNELS
from ..reading.json_text import milli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..reading.reading import Reading
    from .ledger import Ledger

_UNITS = ("", "m3", "GJ", "kWh", "MJ", "MWh")


def keep(ledger: "Ledger", reading: "Reading", t: int) -> None:
    """Write the channels of a Reading of time t, unless this day has them already."""
    from .civil import midnight

    ring = ledger.rings.channels
    today = midnight(t, ledger.base_min)
    known = {row[4] for row in ring.rows(today, t + 1)}
    found = reading.at(I_CHANNELS)
    for n in sorted(found):
        one = found[n]
        if "value" not in one or one["value"][0] < 0:
            continue
        time = one.get("time")
        at = time[0] - 60 * time[1] if time else t
        if n in known or not today <= at <= t:
            continue
        unit = one.get("unit")
        ring.append(pack(
            "<IBBIBB", at, n, one.get("type") or 0, min(one["value"][0], 0xFFFFFFFF),
            _UNITS.index(unit) if unit in _UNITS else 0,
            crc32((one.get("id") or "").encode()) & 0xFF))


def pieces(rings: "Any", is_csv: bool, channel: int, begin: int, end: int,
           base_min: int) -> "Iterator[bytes]":
    """What /history.json, or .csv, says of a channel from begin to end: docs/history.md."""
    from .civil import offset

    between = "" if is_csv else ",\n"
    row = "%s,%d,%s,%s,%d\r\n" if is_csv else '[%s,%d,%s,"%s",%d]'
    yield (b"time,type,value,unit,meter\r\n" if is_csv else b'{"step":"day","channel":%d,'
           b'"columns":["time","type","value","unit","meter"],"rows":[\n' % channel)
    comma = ""
    for record in rings.channels.rows(begin, end):
        t, n, kind, value, unit, meter = unpack("<IBBIBB", record)
        if n != channel:
            continue
        minutes = offset(t, base_min)
        yield (comma + row % (
            iso_time(t + 60 * minutes, minutes) if is_csv else t + 946684800, kind,
            milli(value, 3).decode() if value != 0xFFFFFFFF else "" if is_csv else "null",
            _UNITS[unit], meter)).encode()
        comma = between
    if not is_csv:
        yield b"\n]}\n"
