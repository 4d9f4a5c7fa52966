"""Values that follow from others and that the meter did not send: the object `derived`.

It is only on /reading.json and MQTT `reading`, so that all other keys hold what was sent.
"""

from typing import TYPE_CHECKING

from micropython import const

from .fields import I_VOLTAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .reading import Reading

# Numbers of fields (fields.py); those of a phase relative to the phase's voltage.
_IMPORT = const(5)
_EXPORT = const(6)
_TAKEN = const(-12)  # power
_GIVEN = const(-9)
_CURRENT = const(3)


def derived(reading: "Reading", seen: "Callable[[int], object]",
            came: "Sequence[object] | None" = None) -> str:
    """`"derived":{...},` of a Reading; "" if nothing follows from it.

    `seen(i)`: whether this meter ever sent field i. `came`: for a Reading of the State, what each
    field came with, since a value is derived from the values of one telegram only.

    Net power is import minus export. A current is negative if that phase exports more power than
    it imports. Apparent power is the sum of volts times amperes. Each is absent if a value that it
    needs is: for apparent power, on any phase that the meter has.
    """
    at = reading.at
    out = ""
    if _together(reading, came, _IMPORT, _EXPORT):
        out = '"net_power_w":%d,' % (at(_IMPORT) - at(_EXPORT))
    total: int | None = 0
    first = 0
    for i in range(I_VOLTAGE, I_VOLTAGE + 3):
        current = i + _CURRENT
        n = at(current)
        if _together(reading, came, current, i + _TAKEN, i + _GIVEN):
            sign = "-" if n > 0 and at(i + _GIVEN) > at(i + _TAKEN) else ""
            out += '"current_l%d_a":%s%s,' % (i - I_VOLTAGE + 1, sign, reading.text(current))
        if n is not None or seen(i) or seen(current):
            first = first or i
            if total is not None and _together(reading, came, first, i, current):
                total += at(i) * abs(n)
            else:
                total = None
    if first and total is not None:
        out += '"apparent_power_va":%d,' % (total // 1_000_000)
    return '"derived":{' + out[:-1] + "}," if out else out


def _together(reading, came, *fields):
    """Whether these fields are there and came with one telegram."""
    for i in fields:
        if reading.at(i) is None or came and came[i] is not came[fields[0]]:
            return False
    return True
