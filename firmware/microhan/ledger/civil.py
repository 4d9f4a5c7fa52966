"""Civil time: a configured UTC offset, and the summer time of directive 2000/84/EC. Seconds since
2000, UTC unless they are called local."""

from micropython import const

from ..reading.calendar import civil_from_days, days_from_civil

_DAY = const(86400)


def offset(utc: int, base_min: int) -> int:
    """The UTC offset at a moment, minutes. Summer time is from the last Sunday of March to the
    last Sunday of October, both at 01:00 UTC."""
    year, month, _ = civil_from_days(utc // _DAY)
    if month < 3 or month > 10:
        return base_min
    if month == 3 or month == 10:
        last = days_from_civil(year, month, 31)
        change = (last - (last + 6) % 7) * _DAY + 3600  # 2000-01-01, day 0, was a Saturday
        return base_min + 60 if (utc >= change) == (month == 3) else base_min
    return base_min + 60


def utc_of(local: int, base_min: int) -> int:
    """The moment of a local time. Of an hour that occurs twice it is the first; a time that is
    left out in spring is an hour later."""
    utc = local - 60 * base_min
    return utc - 3600 if offset(utc - 3600, base_min) != base_min else utc


def midnight(utc: int, base_min: int) -> int:
    """The moment at which the civil day of a moment began."""
    local = utc + 60 * offset(utc, base_min)
    return utc_of(local - local % _DAY, base_min)


def next_midnight(utc: int, base_min: int) -> int:
    """The moment at which the next civil day begins. A day has 23 to 25 hours."""
    return midnight(midnight(utc, base_min) + 26 * 3600, base_min)


def month_of(utc: int, base_min: int) -> tuple[int, int]:
    """(year, month) of a moment."""
    year, month, _ = civil_from_days((utc + 60 * offset(utc, base_min)) // _DAY)
    return year, month


def month_start(year: int, month: int, base_min: int) -> int:
    """The moment at which a month begins; month 13 is January of the next year."""
    if month > 12:
        year += 1
        month = 1
    return utc_of(days_from_civil(year, month, 1) * _DAY, base_min)


def parse(text: str, base_min: int) -> int:
    """The moment of a civil time, `2026`, `2026-11`, `2026-11-27` or `2026-11-27T10:15`.
    ValueError if it is none between 2001 and 2098."""
    date, mark, clock = text.partition("T")
    numbers = [int(one) for one in date.split("-")]
    if not 1 <= len(numbers) <= 3 or mark and len(numbers) < 3:
        raise ValueError(text)
    year, month, day = (numbers + [1, 1])[:3]
    if not (2000 < year < 2099 and 0 < month < 13 and 0 < day < 32):
        raise ValueError(text)
    days = days_from_civil(year, month, day)
    seconds = 0
    if mark:
        hours, _, minutes = clock.partition(":")
        seconds = int(hours) * 3600 + int(minutes) * 60
        if not (0 <= int(hours) < 24 and 0 <= int(minutes) < 60):
            raise ValueError(text)
    if civil_from_days(days) != (year, month, day):
        raise ValueError(text)
    return utc_of(days * _DAY + seconds, base_min)


def usual_span(step: str, utc: int, base_min: int) -> tuple[int, int]:
    """(begin, end) of what is shown unless asked for otherwise: today's quarters, the hours of 7
    days, this month's days, this year's months."""
    year, month = month_of(utc, base_min)
    if step == "month":
        return month_start(year, 1, base_min), month_start(year, 13, base_min)
    if step == "day":
        return month_start(year, month, base_min), month_start(year, month + 1, base_min)
    end = next_midnight(utc, base_min)
    back = 6 * _DAY if step == "hour" else 0
    return midnight(midnight(utc, base_min) - back + 7200, base_min), end
