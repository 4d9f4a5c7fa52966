"""The other meters, gas, water or heat: what they stood at, once a day.

12 bytes a record: 4 time, the channel's own if it sends one; 1 channel, 1 to 4; 1 type, the M-Bus
medium; 4 value in thousandths of its unit, 0xFFFFFFFF if it is more than fits; 1 unit (UNITS);
1 of the channel meter's number, so that another one is told apart.
"""

from binascii import crc32
from struct import pack
from typing import TYPE_CHECKING

from ..reading.fields import I_CHANNELS

if TYPE_CHECKING:
    from ..reading.reading import Reading
    from .ledger import Ledger

UNITS = ("", "m3", "GJ", "kWh", "MJ", "MWh")


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
            UNITS.index(unit) if unit in UNITS else 0,
            crc32((one.get("id") or "").encode()) & 0xFF))
