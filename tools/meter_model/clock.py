"""Stamps of meters: YYMMDDhhmmssX, and the European Union's summer time."""

import datetime

_EPOCH = datetime.datetime(1970, 1, 1)


def moment(ms: int) -> datetime.datetime:
    """Milliseconds since 1970 as a plain datetime of the same clock."""
    return _EPOCH + datetime.timedelta(milliseconds=ms)


def to_ms(when: datetime.datetime) -> int:
    """A plain datetime as milliseconds since 1970 of the same clock."""
    return (when - _EPOCH) // datetime.timedelta(milliseconds=1)


def start_ms(text: str, utc_offset: int) -> int:
    """The meter's clock at the start: ms since 1970, normal time. Raises ValueError, in words."""
    if text:
        try:
            when = datetime.datetime.fromisoformat(text)
            if when.tzinfo:
                when = when.astimezone(datetime.timezone(datetime.timedelta(minutes=utc_offset)))
            if not 2001 <= when.year < 2099:
                raise ValueError
        except (ValueError, OverflowError):
            raise ValueError(f'--start "{text}" is no time from 2001 to 2098, like '
                             "2026-01-15T17:00:00 or 2026-01-15") from None
        return to_ms(when.replace(tzinfo=None))
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
    return to_ms(now) + utc_offset * 60_000


def month_start(year: int, month: int) -> int:
    """The first moment of a month, milliseconds since 1970."""
    return to_ms(datetime.datetime(year, month, 1))


def is_summer(ms: int, utc_offset: int) -> bool:
    """True if summer time holds; `ms` is normal time, `utc_offset` its minutes from UTC.

    From the last Sunday of March to the last of October, both at 01:00 UTC (2000/84/EC).
    """
    utc = moment(ms) - datetime.timedelta(minutes=utc_offset)
    return _last_sunday(utc.year, 3) <= utc < _last_sunday(utc.year, 10)


def _last_sunday(year, month):
    last = datetime.datetime(year, month, 31, 1)
    return last - datetime.timedelta(days=(last.weekday() + 1) % 7)


def stamp(ms: int, summer: bool) -> str:
    """The meter's stamp of a moment of normal time, an hour more in summer."""
    when = moment(ms + 3_600_000 * bool(summer))
    return when.strftime("%y%m%d%H%M%S") + ("S" if summer else "W")


def garbage_stamp() -> str:
    """What Belgian meters write for a month without a peak: all fields "not specified"."""
    return "632525252525W"
