"""What /history.json and /history.csv say: docs/history.md. A piece is a row, or the names of
columns: at most 512 bytes."""

from struct import unpack_from
from typing import TYPE_CHECKING

from micropython import const

from ..reading.calendar import iso_time
from ..reading.json_text import milli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .reader import Span

_UNIX = const(946684800)  # 2000-01-01 in seconds since 1970
_QUALITIES = (b"measured", b"shaped", b"interpolated", b"missing")
# One text each takes half the memory of its names.
COLUMNS = (b"time,quality,active_energy_import_kwh,active_energy_export_kwh,"
           b"reactive_energy_import_kvarh,reactive_energy_export_kvarh")
_OF_QUARTERS = (b",active_power_import_max_w,active_power_export_max_w,current_l1_max_a,"
                b"current_l2_max_a,current_l3_max_a")


def read(rings: "Any", step: str, begin: int, end: int, base_min: int) -> "Iterator[Span]":
    """The Spans of a step."""
    from .reader import days, hours, months, quarters

    if step == "quarter":
        return quarters(rings, begin, end)
    if step == "hour":
        return hours(rings, begin, end)
    if step == "day":
        return days(rings, begin, end, base_min)
    return months(rings, begin, end, base_min)


def json_pieces(rings: "Any", step: str, begin: int, end: int, base_min: int) -> "Iterator[bytes]":
    """/history.json, in pieces. step: quarter, hour, day or month; begin and end: seconds since
    2000, UTC, at boundaries of the step (civil.py)."""
    spans = read(rings, step, begin, end, base_min)  # loaded before anything is held
    yield b'{"step":"%s","from":%d,"to":%d,"columns":["' % (
        step.encode(), begin + _UNIX, end + _UNIX)
    yield _columns(step).replace(b",", b'","')
    yield b'"],"rows":['
    comma = b"\n["
    for span in spans:
        yield _row(span, step, comma + b",".join(time_and_quality(span)), b"null", b"]")
        comma = b",\n["
    yield b"\n]}\n"


def csv_pieces(rings: "Any", step: str, begin: int, end: int, base_min: int) -> "Iterator[bytes]":
    """The same as /history.csv: time with the civil offset, what is not known empty."""
    from .civil import offset

    spans = read(rings, step, begin, end, base_min)
    yield _columns(step) + b"\r\n"
    for span in spans:
        minutes = offset(span.start, base_min)
        yield _row(span, step, b"%s,%s" % (
            iso_time(span.start + 60 * minutes, minutes).encode(), _QUALITIES[span.quality]),
            b"", b"\r\n")


def _columns(step):
    """Their names, with commas."""
    return COLUMNS + (_OF_QUARTERS if step == "quarter" else b"")


def _row(span, step, begin, unknown, end):
    """A row, behind its first two columns: bytes."""
    out = bytearray(begin)
    for value in values(span, step):
        out += b","
        out += value or unknown
    out += end
    return out


def time_and_quality(span: "Span") -> tuple[bytes, bytes]:
    """The first two columns, as JSON has them."""
    return b"%d" % (span.start + _UNIX), b'"%s"' % _QUALITIES[span.quality]


def values(span: "Span", step: str) -> "Iterator[bytes]":
    """The columns behind time and quality; b"" where not known."""
    for n in span.gains:
        yield b"" if n is None else milli(n, 3)
    if step == "quarter":
        row = span.row
        for i in range(5):
            n = row and _highest(row, i)
            if n is None:
                yield b""
            else:
                yield milli(10 * n, 2) if i > 1 else b"%d" % n


def _highest(row, i):
    """The highest import or export, W (0, 1), or current of a phase, 10 mA (2 to 4); None if not
    known."""
    if i > 1:
        n = unpack_from("<H", row, 22 + 2 * i)[0]
        return None if n == 0xFFFF else n
    n = unpack_from("<H", row, 20 + 3 * i)[0] | row[22 + 3 * i] << 16
    return None if n == 0xFFFFFF else n
