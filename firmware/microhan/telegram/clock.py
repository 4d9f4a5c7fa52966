"""The meter's clock, `YYMMDDhhmmssX` (P1 Companion Standard 5.0.2, clause 6.4).

Swedish meters keep normal time all year and some still send S in summer, so in "normal" the
letter means nothing; in "local" it adds an hour, and where it is missing the EU's rule decides.
"""

import micropython

from ..reading.calendar import days_from_civil

_DAYS = bytes((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


@micropython.viper
def is_time(high: int, low: int) -> bool:
    """Whether a stamp's twelve digits are a possible time. No allocation.

    `high` is YYMMDDhhm and `low` is mss, as integers: all twelve do not fit in 30 bits. The year
    2000 is a clock that was never set.
    """
    year = high // 10_000_000
    month = high // 100_000 % 100
    day = high // 1000 % 100
    if not year or month < 1 or month > 12:
        return False
    last = 29 if month == 2 and not year & 3 else int(_DAYS[month - 1])
    return bool(1 <= day and day <= last and high // 10 % 100 < 24
                and high % 10 * 10 + low // 100 < 60 and low % 100 < 60)


@micropython.viper
def day_of(high: int) -> int:
    """Days since 2000-01-01 of a stamp that is_time(): native days_from_civil()."""
    year = high // 10_000_000
    month = high // 100_000 % 100
    if month < 3:
        year -= 1
        month += 12
    # every fourth year is a leap year from 2001 to 2099
    return 365 * year + (year + 4) // 4 + (153 * month - 457) // 5 + high // 1000 % 100 + 58


@micropython.viper
def second_of(high: int, low: int) -> int:
    """Seconds since midnight of a stamp."""
    return high // 10 % 100 * 3600 + (high % 10 * 10 + low // 100) * 60 + low % 100


def _last_sunday(year, month):
    """Day number of the last Sunday of a month of 31 days."""
    last = days_from_civil(year, month, 31)
    return last - (last + 6) % 7  # 2000-01-01, day 0, was a Saturday


def eu_summer(year, seconds, base_min):
    """Whether local wall-clock `seconds` lie in EU summer time; the doubled hour counts as winter.

    `base_min` is the zone's normal UTC offset in minutes. Directive 2000/84/EC: from the last
    Sunday of March to the last Sunday of October, both at 01:00 UTC.
    """
    one_utc = 3600 + base_min * 60
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
        summer = letter == "S" if letter else eu_summer(year, seconds, self.base_min)
        return self.base_min + 60 if self.local and summer else self.base_min
