"""The State: each field's newest proven value, when it came, and how often it comes."""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from ..reading.buffer import Buffer
from ..reading.calendar import iso_time
from ..reading.derived import derived
from ..reading.fields import ALL, COUNT, I_MESSAGE, I_METER_ID, I_TIME, I_VOLTAGE
from ..reading.json_text import json_text
from ..reading.reading import IN_WIDE, Reading, is_momentary, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

_USUAL_S = const(10)  # the Swedish recommendation's interval: assumed until a field came twice
_STALE = const(3)  # a momentary value is stale after this many intervals of its list
_LONGEST_S = const(65535)  # what is kept of a longer gap: 16 bits
# An arrival is a tuple, shared by all fields of one telegram: our uptime, the meter's time in the
# telegram (None if it had none), and the UTC offset of that time.
_UPTIME = const(0)
_TIME = const(1)
_OFFSET = const(2)


class State:
    """Each field's newest proven value.

    `uptime_s()` is the clock that dates what comes: it counts seconds and never wraps.
    `version` rises when a field is new or its interval has changed; `shape` (and version, too)
    when a channel is new or says something that it did not say before.
    """

    def __init__(self, uptime_s: "Callable[[], int]"):
        self.uptime_s = uptime_s
        self.version = 0
        self.shape = 0
        self._clear()

    def _clear(self):
        self._newest = Reading()
        self._arrivals = [None] * ALL  # of each field's newest value
        self._gap = array("H", bytes(2 * ALL))  # seconds between a field's last two arrivals, or 0
        self._interval = array("H", bytes(2 * ALL))

    def update(self, reading: Reading) -> None:
        """Take over a proven Reading's values. If its meter has another number than the last one,
        everything that the last one sent goes first."""
        meter = self._newest.at(I_METER_ID)
        if meter is not None and reading.at(I_METER_ID) not in (None, meter):
            self._clear()
            self.version += 1
        newest = self._newest
        time = reading.at(I_TIME)
        if time is not None:
            newest.utc_offset = reading.utc_offset
        newest.boot = reading.boot
        newest.seq = reading.seq
        arrival = (self.uptime_s(), time, reading.utc_offset)
        numbers = reading.numbers
        wide = reading.wide
        ours = newest.numbers
        for i in range(COUNT):
            n = numbers[i]
            if not n:
                continue
            if n == IN_WIDE and newest.wide.get(i) != wide[i]:
                newest.put(i, wide[i])
            ours[i] = n
            self._note_arrival(i, arrival)
        extras = reading.extras()
        if extras:
            from ..reading.extras import take_in

            if take_in(newest, wide):
                self.shape += 1
                self.version += 1
            for i in extras:
                self._note_arrival(i, arrival)
        sent = 0  # which of the decimals behind the numbers belong to a value that was sent
        for i in range(I_VOLTAGE, I_VOLTAGE + 6):
            if numbers[i]:
                sent |= 3 << 2 * (i - I_VOLTAGE)
        ours[COUNT] = ours[COUNT] & ~sent | numbers[COUNT] & sent

    def _note_arrival(self, i, arrival):
        """Learn how often field i comes: the shorter of its last two gaps, so that one lost
        telegram does not count."""
        before = self._arrivals[i]
        self._arrivals[i] = arrival
        if before is None:
            self.version += 1
            return
        last = self._gap[i]
        gap = self._gap[i] = min(max(1, arrival[_UPTIME] - before[_UPTIME]), _LONGEST_S)
        if last and last < gap:
            gap = last
        if gap != self._interval[i]:
            self._interval[i] = gap
            self.version += 1

    def seen(self, i: int) -> bool:
        """Whether this meter has sent field i since the start."""
        return self._arrivals[i] is not None

    def interval_of(self, i: int) -> int | None:
        """Seconds between arrivals of field i; None until it has come twice."""
        return self._interval[i] or None

    def interval(self) -> int | None:
        """Seconds between telegrams (the shortest interval of any field); None while unknown."""
        known = [n for n in self._interval if n]
        return min(known) if known else None

    def wall_clock(self, at: int | None = None) -> str | None:
        """What the meter's clock shows at uptime `at` (None: now), ISO text; None before it is
        known."""
        seconds = self._newest.at(I_TIME)
        if seconds is None:
            return None
        passed = (self.uptime_s() if at is None else at) - self._arrivals[I_TIME][_UPTIME]
        return iso_time(seconds + passed, self._newest.utc_offset)

    def utc(self) -> int | None:
        """Seconds since 2000, UTC, by the meter's clock; None before it is known."""
        seconds = self._newest.at(I_TIME)
        if seconds is None:
            return None
        passed = self.uptime_s() - self._arrivals[I_TIME][_UPTIME]
        return seconds + passed - self._newest.utc_offset * 60

    def _is_stale(self, i, now):
        if not is_momentary(i) and i != I_MESSAGE:  # a message is over when it comes no more
            return False
        interval = self._interval[i] or max(_USUAL_S, self.interval() or 0)
        return now - self._arrivals[i][_UPTIME] > _STALE * interval

    def reading(self) -> Reading:
        """A new Reading of the newest values, without stale ones."""
        now = self.uptime_s()
        newest = self._newest
        out = Reading(newest.numbers[:], newest.wide, newest.utc_offset)
        out.boot = newest.boot
        out.seq = newest.seq
        for i in newest.fields():
            if self._is_stale(i, now):
                out.put(i, None)
        return out

    def age(self) -> int:
        """Seconds since the newest telegram, or since the start before there is one."""
        last = max([arrival[_UPTIME] for arrival in self._arrivals if arrival] or [0])
        return self.uptime_s() - last

    def as_of(self) -> dict[str, str | None]:
        """{key: ISO time or None} of the values that are older than the newest telegram."""
        now = self.uptime_s()
        last = now - self.age()
        out = {}
        for i in self._newest.fields():
            arrival = self._arrivals[i]
            if arrival[_UPTIME] < last and not self._is_stale(i, now):
                time = arrival[_TIME]
                out[key_of(i)] = None if time is None else iso_time(time, arrival[_OFFSET])
        return out

    def json(self) -> bytes:
        """The body of `/reading.json`, bytes: the newest values, what is derived from them, and
        `as_of` for the older ones."""
        out = Buffer(1024)
        reading = self.reading()
        reading.write(out.put)
        out.size -= 1  # the closing brace
        comma = "," if out.size > 1 else ""
        out.put((comma + derived(reading, self.seen, self._arrivals) + '"as_of":{').encode())
        old = self.as_of()
        comma = ""
        for key in sorted(old):
            time = old[key]
            shown = json_text(time) if time else "null"
            out.put(('%s"%s":%s' % (comma, key, shown)).encode())
            comma = ","
        out.put(b"}}")
        return out.content()
