"""What follows from a meter's values and was not sent by it: the object `derived`.

Only on /reading.json and MQTT `reading`, beside the keys that are as sent (issue 9, D).
"""

from micropython import const

from .reading import I_VOLTAGE, milli

# Numbers of fields (fields.py). Each is the first of three phases but the first two.
_IMPORT = const(5)
_EXPORT = const(6)
_PHASE_IMPORT = const(9)
_PHASE_EXPORT = const(12)
_CURRENT = const(24)


def derived(reading, seen, came=None):
    """b'"derived":{...},' of a Reading, b"" where nothing follows from it.

    `seen(i)`: whether this meter ever sent field i. `came`: of a State's Reading, what each field
    came with: a value is derived from one telegram only. Net power: import minus export, where
    both are there. Currents: negative where that phase's export is more than its import, absent
    where one of the two is. Apparent power: the sum of volts times amperes, where no phase lacks
    one of them.
    """
    parts = []
    if _together(reading, came, _IMPORT, _EXPORT):
        parts.append(b'"net_power_w":%d' % (reading.at(_IMPORT) - reading.at(_EXPORT)))
    for phase in range(3):
        i = _CURRENT + phase
        if _together(reading, came, i, _PHASE_IMPORT + phase, _PHASE_EXPORT + phase):
            n = reading.at(i)
            if reading.at(_PHASE_EXPORT + phase) > reading.at(_PHASE_IMPORT + phase):
                n = -abs(n)
            parts.append(b'"current_l%d_a":' % (phase + 1) + milli(n, reading.decimals(i)))
    pairs = [i for i in range(I_VOLTAGE, I_VOLTAGE + 3)
             if seen(i) or seen(i + 3) or reading.at(i) is not None]
    if pairs and _together(reading, came, *pairs, *[i + 3 for i in pairs]):
        total = sum([reading.at(i) * abs(reading.at(i + 3)) for i in pairs])
        parts.append(b'"apparent_power_va":%d' % (total // 1_000_000))
    return b'"derived":{' + b",".join(parts) + b"}," if parts else b""


def _together(reading, came, *fields):
    """Whether these fields are there, of one telegram."""
    for i in fields:
        if reading.at(i) is None or came and came[i] is not came[fields[0]]:
            return False
    return True
