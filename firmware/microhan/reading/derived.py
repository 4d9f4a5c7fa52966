"""What follows from a meter's values and was not sent by it: the object `derived`.

Only on /reading.json and MQTT `reading`, beside the keys that are as sent (issue 9, D).
"""

from micropython import const

from .fields import I_VOLTAGE

# Numbers of fields (fields.py); those of a phase as seen from its voltage.
_IMPORT = const(5)
_EXPORT = const(6)
_TAKEN = const(-12)  # power
_GIVEN = const(-9)
_CURRENT = const(3)


def derived(reading, seen, came=None):
    """`"derived":{...},` of a Reading, "" where nothing follows from it.

    `seen(i)`: whether this meter ever sent field i. `came`: of a State's Reading, what each field
    came with: a value is derived from one telegram only. Net power: import minus export, where
    both are there. Currents: negative where that phase's export is more than its import, absent
    where one of the two is. Apparent power: the sum of volts times amperes, where no phase lacks
    one of them.
    """
    at = reading.at
    out = ""
    if _together(reading, came, _IMPORT, _EXPORT):
        out = '"net_power_w":%d,' % (at(_IMPORT) - at(_EXPORT))
    total = first = 0
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
    """Whether these fields are there, of one telegram."""
    for i in fields:
        if reading.at(i) is None or came and came[i] is not came[fields[0]]:
            return False
    return True
