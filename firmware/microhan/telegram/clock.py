"""The meter's clock, `YYMMDDhhmmssX` (P1 Companion Standard 5.0.2, clause 6.4).

Swedish meters keep normal time all year and some still send S in summer, so in "normal" the
letter means nothing; in "local" it adds an hour, and where it is missing the EU's rule decides.
"""

from micropython import const

from ..reading import days_from_civil

_HOUR = const(3600)
_DAYS = bytes((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


def local_seconds(high, low):
    """Local seconds since 2000-01-01 of a stamp's digits, or None if it is no possible time.

    `high` is YYMMDDhhm and `low` is mss, as integers: twelve digits do not fit in 30 bits.
    The year 2000 is a clock that was never set: None.
    """
    year = high // 10_000_000
    month = high // 100_000 % 100
    day = high // 1000 % 100
    hour = high // 10 % 100
    minute = high % 10 * 10 + low // 100
    second = low % 100
    if not year or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        return None
    last = 29 if month == 2 and year % 4 == 0 else _DAYS[month - 1]
    if not 1 <= day <= last:
        return None
    return days_from_civil(2000 + year, month, day) * 86400 + hour * _HOUR + minute * 60 + second


def _last_sunday(year, month):
    """Day number of the last Sunday of a month of 31 days."""
    last = days_from_civil(year, month, 31)
    return last - (last + 6) % 7  # 2000-01-01, day 0, was a Saturday


def eu_summer(year, seconds, base_min):
    """Whether local wall-clock `seconds` lie in EU summer time; the doubled hour counts as winter.

    `base_min` is the zone's normal UTC offset in minutes. Directive 2000/84/EC: from the last
    Sunday of March to the last Sunday of October, both at 01:00 UTC.
    """
    one_utc = _HOUR + base_min * 60
    start = _last_sunday(year, 3) * 86400 + one_utc
    end = _last_sunday(year, 10) * 86400 + one_utc
    return start <= seconds < end


class ClockRule:
    """How a stamp's wall clock becomes a UTC offset.

    `mode` is "normal" (offset fixed all year) or "local" (an hour more in summer);
    `base_min` the zone's normal offset in minutes.
    """

    def __init__(self, mode="normal", base_min=60):
        if mode not in ("normal", "local"):
            raise ValueError("clock must be normal or local, not " + mode)
        self.local = mode == "local"
        self.base_min = base_min

    def offset(self, year, seconds, letter):
        """UTC offset in minutes. `letter` is "S", "W" or "" (none sent)."""
        if self.local and (letter == "S" or not letter and eu_summer(year, seconds, self.base_min)):
            return self.base_min + 60
        return self.base_min
