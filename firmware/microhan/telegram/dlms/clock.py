"""COSEM date-time (IEC 62056-6-2, clause 4.1.6.1): twelve bytes, any of which may be undefined.

Year (2), month, day, weekday, hour, minute, second, hundredths, deviation (2), status.
"""

from micropython import const

from ...reading.calendar import days_from_civil
from ..clock import is_time

_UNDEFINED = const(0xFF)
_NO_DEVIATION = const(0x8000)
_MOST_DEVIATION = const(840)  # minutes: UTC+14
_SUMMER = const(0x80)  # in the status


def is_known(b, p):
    """Whether the twelve bytes at b[p] are a possible time; the year 2000 is a clock never set."""
    year = b[p] << 8 | b[p + 1]
    second = 0 if b[p + 7] == _UNDEFINED else b[p + 7]
    if not 2000 <= year <= 2099 or b[p + 2] > 12 or b[p + 3] > 31 or b[p + 5] > 23 or (
            b[p + 6] > 59 or second > 59):
        return False
    return is_time((year - 2000) * 10_000_000 + b[p + 2] * 100_000 + b[p + 3] * 1000
                   + b[p + 5] * 10 + b[p + 6] // 10, b[p + 6] % 10 * 100 + second)


def seconds(b, p):
    """Local seconds since 2000-01-01 of a date-time that is_known(); unknown seconds are 0."""
    days = days_from_civil(b[p] << 8 | b[p + 1], b[p + 2], b[p + 3])
    second = 0 if b[p + 7] == _UNDEFINED else b[p + 7]
    return days * 86400 + b[p + 5] * 3600 + b[p + 6] * 60 + second


def offset(b, p, rule, zero_is_none):
    """UTC offset in minutes: the date-time's own deviation, else what the ClockRule says.

    The deviation is of local time to UTC, so Sweden's normal time is -60 (FFC4).
    `zero_is_none`: this maker writes 0 where it means that it states none.
    """
    deviation = b[p + 9] << 8 | b[p + 10]
    if deviation != _NO_DEVIATION and (deviation or not zero_is_none):
        if deviation > 0x7FFF:
            deviation -= 0x10000
        if -_MOST_DEVIATION <= deviation <= _MOST_DEVIATION:
            return -deviation
    status = b[p + 11]
    letter = "S" if status != _UNDEFINED and status & _SUMMER else ""
    return rule.offset(b[p] << 8 | b[p + 1], seconds(b, p), letter)
