"""Telegrams of our own with what a reader must find in them, worked out from the model and not by
the firmware's decoder: what host_tests/telegrams/ holds.

A record has the shape of an index of real telegrams: file, country, meter, format, line, crc,
expected (under the keys of a Reading, in their units), key, aad, refuse.
"""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import catalogue
from .binary import Binary
from .clock import moment, to_ms
from .house import House
from .meter import Meter

if TYPE_CHECKING:
    from meter_model.dialects import Dialect
    from meter_model.meter import Snapshot

START = to_ms(datetime.datetime(2026, 1, 15, 16, 30))  # normal time, of a winter afternoon
SEED = 11
# Milliseconds after START: some telegram, and the one of the full hour.
MOMENTS = {"": 7_000, "-hour": 1_800_000}

_KEYS = {
    "1.8": "active_energy_import{}_kwh", "2.8": "active_energy_export{}_kwh",
    "3.8": "reactive_energy_import{}_kvarh", "4.8": "reactive_energy_export{}_kvarh",
    "1.7": "active_power_import_w", "2.7": "active_power_export_w",
    "3.7": "reactive_power_import_var", "4.7": "reactive_power_export_var",
    "21.7": "active_power_import_l{}_w", "22.7": "active_power_export_l{}_w",
    "23.7": "reactive_power_import_l{}_var", "24.7": "reactive_power_export_l{}_var",
    "31.7": "current_l{}_a", "32.7": "voltage_l{}_v",
}
_COUNTRIES = ("fi", "lt", "lu", "hu", "at", "de", "nl", "be", "no", "dk")
_ELSEWHERE = {"landisgyr-hdlc": "CH", "iskra-hdlc": "SI", "kaifa-mbus": "AT"}

# What real meters do to the frame of a text telegram: name, dialect, what is other.
_QUIRKS = (
    ("nul-padding", "kaifa-p1", {"end": "\r\n\0\0\0\0"}),
    ("no-line-end", "landisgyr-p1", {"end": ""}),
    ("line-ends-before", "landisgyr-p1", {"lead": "\r\n\r\n"}),
    ("no-blank-line", "aidon-p1", {"blank": False}),
    ("lower-crc", "sagemcom-p1", {"crc": "lower"}),
    ("short-crc", "sanxing-p1", {"crc": "short"}),
    ("no-star", "sagemcom-p1", {"star": ""}),
    ("suffix-255", "kaifa-p1", {"suffix": "*255"}),
    ("no-crc", "kamstrup-p1", {"crc": "none"}),
)


def key_of(code: str) -> str | None:
    """The Reading's key of an OBIS "C.D.E", or None."""
    c, d, e = map(int, code.split("."))
    if d == 8 and c <= 4 and e <= 4:
        return _KEYS[f"{c}.8"].format(f"_t{e}" if e else "")
    if d != 7:
        return None
    phase = (c - 1) // 20 if c > 20 else 0
    return _KEYS.get(f"{c - 20 * (phase - 1) if phase else c}.7", "").format(phase) or None


def truth(dialect: "Dialect | Binary", snapshot: "Snapshot") -> dict[str, Any]:
    """{key: value in the smallest unit} that a Reading of this telegram must have.

    Where a meter sends only tariffs, their sum is the total.
    """
    values = {key: value for code, value in dialect.shown(snapshot).items()
              if (key := key_of(code))}
    for form in (form for form in _KEYS.values() if "energy" in form):
        tariffs = [values[key] for t in "1234" if (key := form.format("_t" + t)) in values]
        if tariffs:
            values.setdefault(form.format(""), sum(tariffs))
    return values


def records() -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yields (record, bytes) of every dialect, and of every quirk of a text telegram's frame."""
    for name, dialect in catalogue.DIALECTS.items():
        hourly = isinstance(dialect, Binary) and len(dialect.lists) > 1
        for suffix in MOMENTS if hourly else [""]:
            yield _record(name + suffix, name, dialect, MOMENTS[suffix])
    for quirk, name, other in _QUIRKS:
        yield _record(f"{name}-{quirk}", name, catalogue.DIALECTS[name]._replace(**other),
                      MOMENTS[""])
    for name in ("kamstrup-p1", "kamstrup-hdlc", "kaifa-mbus"):
        record, data = _record(name, name, catalogue.DIALECTS[name], MOMENTS[""])
        yield _damaged(record, data)


def country_of(name: str) -> str:
    """Two letters."""
    start = name.split("-")[0]
    return _ELSEWHERE.get(name) or (start.upper() if start in _COUNTRIES else "SE")


def _record(file, name, dialect, step):
    meter = Meter(House(SEED, dialect.habits.phases), dialect.habits, START)
    snapshot = meter.advance(START + step)
    record = {"file": file + ".bin", "country": country_of(name), "meter": dialect.title,
              "format": _format(dialect), "line": str(dialect.line).replace(" baud", ""),
              "crc": "none" if dialect.crc == "none" else "valid",
              "provenance": "simulated", "expected": _expected(dialect, snapshot)}
    if "kamstrup" in name and isinstance(dialect, Binary):
        record["unit"] = 10 if "10wh" in name or country_of(name) != "SE" else 1
    if dialect.secret:
        record["key"] = dialect.secret.key
        record["aad"] = dialect.secret.auth
    return record, dialect.write(snapshot)


def _format(dialect):
    if not isinstance(dialect, Binary):
        return "p1-encrypted" if dialect.secret else "p1-ascii"
    if dialect.wrap == "mbus":
        return "dlms-mbus"
    return "dlms-hdlc" if dialect.wrap == "one" else "dlms-hdlc-stream"


def _expected(dialect, snapshot):
    """In the units of the keys, as JSON has them."""
    out = {}
    for key, value in truth(dialect, snapshot).items():
        thousandths = key.endswith(("_kwh", "_kvarh", "_v", "_a"))
        out[key] = value / 1000 if thousandths else value
    if isinstance(dialect, Binary):
        has_clock = bool(dialect.header) or " clock" in dialect.due(snapshot)
    else:
        has_clock = "0-0:1.0.0(" in dialect.lists
    if has_clock:
        # the instant: of a clock in local time as of one that keeps normal time
        utc = moment(snapshot.ms // 1000 * 1000 - dialect.habits.utc_offset * 60_000)
        out["time_utc"] = utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    return out


def _damaged(record, data):
    """One bit of it turned."""
    at = len(data) // 2
    data = data[:at] + bytes((data[at] ^ 4,)) + data[at + 1:]
    name = record["file"].removesuffix(".bin") + "-damaged.bin"
    why = "frame check" if "dlms" in record["format"] else "checksum"
    return dict(record, file=name, crc="invalid", refuse=why, expected={}), data
