"""Days and times, without the float seconds of a PC's calendar: local seconds since 2000."""


def days_from_civil(year, month, day):
    """Days from 2000-01-01 to a date of the Gregorian calendar, 2000 to 2099."""
    if month < 3:
        year -= 1
        month += 12
    leaps = year // 4 - year // 100 + year // 400
    return 365 * year + leaps + (153 * month - 457) // 5 + day - 730426


def civil_from_days(days):
    """(year, month, day) of a day number counted from 2000-01-01."""
    n = days + 730425  # days since 0000-03-01
    era = n // 146097
    n %= 146097
    y = (n - n // 1460 + n // 36524 - n // 146096) // 365
    n -= 365 * y + y // 4 - y // 100
    m = (5 * n + 2) // 153
    day = n - (153 * m + 2) // 5 + 1
    month = m + 3 if m < 10 else m - 9
    return era * 400 + y + (1 if month < 3 else 0), month, day


def iso_time(seconds, offset_min):
    """Local seconds since 2000-01-01 and a UTC offset in minutes, as ISO 8601 text."""
    y, mo, d = civil_from_days(seconds // 86400)
    s = seconds % 86400
    sign = "-" if offset_min < 0 else "+"
    o = abs(offset_min)
    return "%04d-%02d-%02dT%02d:%02d:%02d%s%02d:%02d" % (
        y, mo, d, s // 3600, s // 60 % 60, s % 60, sign, o // 60, o % 60)
