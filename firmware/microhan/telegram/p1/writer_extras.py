"""The lines of a P1 telegram for fields that Swedish meters do not send (fields.EXTRAS).

Loaded by writer.py for a Reading that has such. The codes are those of DSMR 5.0.2 (6.12),
Fluvius' e-MUCS P1 1.7 (demand and its history) and OBIS (quadrants, frequency, power factor).
"""

from binascii import hexlify

from ...reading.fields import HZ, INDEX, LEVEL, TEXT, VARH, W
from ...reading.reading import kind_of

# States of a switch (IEC 62056-6-2, class 70) as a Reading has them; a line has the place.
_STATES = ("disconnected", "connected", "ready_for_reconnection")

_I_MESSAGE = INDEX["message"]
_I_PEAK = INDEX["demand_peak_import_w"]
_I_HISTORY = INDEX["demand_history"]
_I_CHANNELS = INDEX["channels"]
_CODES = {
    INDEX["tariff"]: "0-0:96.14.0",
    INDEX["frequency_hz"]: "1-0:14.7.0",
    INDEX["power_factor"]: "1-0:13.7.0",
    INDEX["power_factor_l1"]: "1-0:33.7.0",
    INDEX["power_factor_l2"]: "1-0:53.7.0",
    INDEX["power_factor_l3"]: "1-0:73.7.0",
    INDEX["reactive_energy_q1_kvarh"]: "1-0:5.8.0",
    INDEX["reactive_energy_q2_kvarh"]: "1-0:6.8.0",
    INDEX["reactive_energy_q3_kvarh"]: "1-0:7.8.0",
    INDEX["reactive_energy_q4_kvarh"]: "1-0:8.8.0",
    INDEX["demand_import_w"]: "1-0:1.4.0",
    _I_PEAK: "1-0:1.6.0",
    INDEX["limiter_w"]: "0-0:17.0.0",
    INDEX["breaker"]: "0-0:96.3.10",
    _I_MESSAGE: "0-0:96.13.0",
}


def lines(reading, how, padded, spelled):
    """Each line as text. `how`: the dialect; the others are writer.py's functions."""
    for i in reading.extras():
        value = reading.at(i)
        if i == _I_HISTORY:
            yield _history(value, how)
        elif i == _I_CHANNELS:
            for n in sorted(value):
                for line in _channel("0-%d:" % n, value[n], how, padded, spelled):
                    yield line
        elif i in _CODES:
            told = _told(i, value, how, padded)
            if told:
                when = reading.at(_I_PEAK + 1) if i == _I_PEAK else None
                yield _CODES[i] + (how.stamp(*when) if when else "") + told


def _told(i, value, how, padded):
    """What stands in the brackets of field i, with them; "" if P1 cannot say it."""
    kind = kind_of(i)
    if i == _I_MESSAGE:
        return "(%s)" % hexlify(value.encode()).decode().upper()
    if kind == TEXT:
        return _plain(value)
    if kind == VARH:
        return how.quantity(VARH, value)
    if kind == W or kind == LEVEL:
        return how.quantity(W, value)
    thousandths, decimals = value
    return "(%s%s)" % (padded(thousandths, 1, decimals), "*Hz" if kind == HZ else "")


def _plain(text):
    """A short text as it is, a switch's state as its number; "" if it has a letter that ends it,
    or the telegram."""
    if text in _STATES:
        return "(%d)" % _STATES.index(text)
    for ch in text:
        if ch in "()!/" or not " " <= ch <= "~":
            return ""
    return "(%s)" % text if text else ""


def _history(months, how):
    """98.1.0: of each month the end of its period, which a Reading has not, the time and value."""
    out = "0-0:98.1.0(%d)(1-0:1.6.0)(1-0:1.6.0)" % len(months)
    for when, watts in months:
        stamp = how.stamp(*when) if when else "()"
        out += stamp + stamp + how.quantity(W, watts)
    return out


def _channel(code, members, how, padded, spelled):
    """The lines of the meter on one channel."""
    if "type" in members:
        yield code + "24.1.0(%03d)" % members["type"]
    number = spelled(members.get("id"))
    if number:
        yield code + "96.1.0" + number
    if "value" in members:
        value, decimals = members["value"]
        stamp = how.stamp(*members["time"]) if "time" in members else ""
        unit = members.get("unit")
        told = padded(value, 5, decimals) + ("*" + unit if unit else "")
        if _plain(told):
            yield code + "24.2.1" + stamp + _plain(told)
    valve = _plain(members.get("valve", ""))
    if valve:
        yield code + "24.4.0" + valve
