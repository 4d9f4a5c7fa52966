"""The lines of a P1 telegram for fields that Swedish meters do not send (fields.EXTRAS).

writer.py loads it for a Reading that has such fields. The forms are those of DSMR 5.0.2 (6.12),
Fluvius' e-MUCS P1 1.7 (demand and its history) and OBIS (quadrants, frequency, power factor).
"""

from binascii import hexlify
from typing import TYPE_CHECKING

from ...reading.fields import HZ, INDEX, LEVEL, TEXT, VARH, W
from ...reading.json_text import letters
from ...reading.reading import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...reading.reading import Reading
    from .writer import _Dialect

# States of a switch (IEC 62056-6-2, class 70) as a Reading has them; a line has the number.
_STATES = ("disconnected", "connected", "ready_for_reconnection")

_I_MESSAGE = INDEX["message"]
_I_PEAK = INDEX["demand_peak_import_w"]
_I_PEAK_TIME = INDEX["demand_peak_time"]
_I_HISTORY = INDEX["demand_history"]
_I_CHANNELS = INDEX["channels"]


def lines(reading: "Reading", how: "_Dialect", code_text: "Callable[[int], str]",
          padded: "Callable[[int, int, int], str]",
          spelled: "Callable[[str | None], str]") -> "Iterator[str]":
    """Each line as text. `how`: the dialect; the other arguments are writer.py's functions."""
    for i in reading.extras():
        value = reading.at(i)
        if i == _I_HISTORY:
            yield code_text(i) + _history(value, code_text(_I_PEAK), how)
        elif i == _I_CHANNELS:
            for n in sorted(value):
                for line in _channel("0-%d:" % n, value[n], how, padded, spelled):
                    yield line
        elif i != _I_PEAK_TIME:  # which stands in the peak's line
            shown = _shown(i, value, how, padded)
            if shown:
                when = reading.at(_I_PEAK_TIME) if i == _I_PEAK else None
                yield code_text(i) + (how.stamp(*when) if when else "") + shown


def _shown(i, value, how, padded):
    """The value of field i in parentheses; "" if P1 cannot say it."""
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
    """A short text as it is, the state of a switch as its number; "" if the text has a character
    that would end it, or the telegram.
    """
    if text in _STATES:
        return "(%d)" % _STATES.index(text)
    for ch in letters(text):
        if ch in "()!/" or not " " <= ch <= "~":
            return ""
    return "(%s)" % text if text else ""


def _history(months, peak, how):
    """98.1.0: for each month the end of its period, which a Reading does not have (its peak's
    time stands there, too), the peak's time, and the peak.
    """
    out = "(%d)(%s)(%s)" % (len(months), peak, peak)
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
        quantity = _plain(padded(value, 5, decimals) + ("*" + unit if unit else ""))
        if quantity:
            yield code + "24.2.1" + stamp + quantity
    valve = _plain(members.get("valve", ""))
    if valve:
        yield code + "24.4.0" + valve
