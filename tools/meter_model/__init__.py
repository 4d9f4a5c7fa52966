"""Simulated electricity meters: a house, a meter in it, and the dialects that meters write.

    dialect = find("kamstrup-p1")
    meter = new_meter(dialect, seed=1, ms=to_ms(datetime.datetime(2026, 1, 15, 17)))
    snapshot = meter.advance(meter.ms + 10_000)
    data = write(dialect, snapshot)
"""

from typing import TYPE_CHECKING, Any

from .catalogue import DEFAULT, DIALECTS, UnknownMeter, find
from .clock import moment, start_ms, to_ms
from .dialects import Dialect, crc16
from .house import House
from .meter import Habits, Meter, Snapshot

if TYPE_CHECKING:
    from meter_model.binary import Binary

__all__ = ["DEFAULT", "DIALECTS", "Dialect", "Habits", "House", "Meter", "Snapshot",
           "UnknownMeter", "crc16", "find", "moment", "new_meter", "shown",
           "start_ms", "to_ms", "write"]


def write(dialect: "Dialect | Binary", snapshot: Snapshot) -> bytes:
    """The telegram of a Snapshot, bytes, as that dialect has it."""
    return dialect.write(snapshot)


def shown(dialect: "Dialect | Binary", snapshot: Snapshot) -> dict[str, Any]:
    """What a reader of that telegram can know: {OBIS code: value in the smallest unit}."""
    return dialect.shown(snapshot)


def new_meter(dialect: "Dialect | Binary", seed: int, ms: int) -> Meter:
    """A Meter of that dialect in a House of that seed; `ms` normal time since 1970."""
    return Meter(House(seed, dialect.habits.phases), dialect.habits, ms)
