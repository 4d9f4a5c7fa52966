"""Between the meter and everyone who wants its readings.

Keeps the newest Reading, the State (each field's newest proven value) and the newest telegram's
bytes. Followers have queues of their own: a slow one loses its own oldest and nobody else's.
"""

from array import array

from micropython import const

from ..reading.buffer import Buffer
from ..reading.calendar import iso_time
from ..reading.derived import derived
from ..reading.fields import ALL, COUNT, I_MESSAGE, I_METER_ID, I_TIME, I_VOLTAGE
from ..reading.json_text import json_text
from ..reading.reading import ELSEWHERE, Reading, is_momentary, key_of

_USUAL_S = const(10)  # the Swedish recommendation's interval, until a field came twice
_STALE = const(3)  # momentary values leave the State after so many intervals of their list
_LONGEST = const(65535)  # seconds of a gap; one that is longer counts as this
# What the fields of one telegram share, a tuple: uptime of its arrival, the meter's time in it
# (None: it had none), and that one's UTC offset.
_UPTIME = const(0)
_TIME = const(1)
_OFFSET = const(2)


class Follower:
    """One reader's bounded queue. `limit` Readings at most: the oldest goes, and is counted."""

    def __init__(self, hub, limit, wake):
        self._hub = hub
        self._limit = limit
        self._wake = wake
        self._queue = []
        self._news = False
        self.dropped = 0

    @property
    def queued(self):
        """Readings waiting."""
        return len(self._queue)

    def get(self):
        """The oldest Reading waiting, taken out; None if there is none."""
        return self._queue.pop(0) if self._queue else None

    def take_news(self):
        """True once after each change of the diagnosis."""
        news = self._news
        self._news = False
        return news

    def close(self):
        """Follow no longer."""
        self._hub.leave(self)

    def offer(self, reading):
        """The hub's call: a new Reading."""
        if len(self._queue) >= self._limit:
            self._queue.pop(0)
            self.dropped += 1
        self._queue.append(reading)
        self._wake()

    def tell(self):
        """The hub's call: the diagnosis changed."""
        self._news = True
        self._wake()


class State:
    """Each field's newest proven value. `uptime_s()` counts seconds and never wraps."""

    def __init__(self, uptime_s):
        self._uptime_s = uptime_s
        self.version = 0  # rises when a field is new or an interval changes
        self.shape = 0  # rises, and version too, when channels are others or say more
        self._clear()

    def _clear(self):
        self._newest = Reading()
        self._came = [None] * ALL  # the telegram that each value came with, as above
        self._gap = array("H", bytes(2 * ALL))  # seconds between its last two arrivals, or 0
        self._interval = array("H", bytes(2 * ALL))

    def update(self, reading):
        """Take in a proven Reading. Another meter's number forgets all that the last one said."""
        meter = self._newest.at(I_METER_ID)
        if meter is not None and reading.at(I_METER_ID) not in (None, meter):
            self._clear()
            self.version += 1
        newest = self._newest
        time = reading.at(I_TIME)
        if time is not None:
            newest.utc_offset = reading.utc_offset
        newest.seq = reading.seq
        came = (self._uptime_s(), time, reading.utc_offset)
        numbers = reading.numbers
        more = reading.more
        mine = newest.numbers
        shown = 0
        for i in range(COUNT):
            n = numbers[i]
            if not n:
                continue
            if n == ELSEWHERE and newest.more.get(i) != more[i]:
                newest.put(i, more[i])
            mine[i] = n
            self._clock_in(i, came)
        extras = reading.extras()
        if extras:
            from ..reading.extras import take_in

            if take_in(newest, more):
                self.shape += 1
                self.version += 1
            for i in extras:
                self._clock_in(i, came)
        for i in range(I_VOLTAGE, I_VOLTAGE + 6):
            if numbers[i]:
                shown |= 3 << 2 * (i - I_VOLTAGE)
        mine[COUNT] = mine[COUNT] & ~shown | numbers[COUNT] & shown

    def _clock_in(self, i, came):
        """Learn how often field i comes: the shorter of its last two gaps, so that one telegram
        lost in between does not count."""
        before = self._came[i]
        self._came[i] = came
        if before is None:
            self.version += 1
            return
        last = self._gap[i]
        gap = self._gap[i] = min(max(1, came[_UPTIME] - before[_UPTIME]), _LONGEST)
        if last and last < gap:
            gap = last
        if gap != self._interval[i]:
            self._interval[i] = gap
            self.version += 1

    def seen(self, i):
        """Whether this meter ever sent field i since the start."""
        return self._came[i] is not None

    def interval_of(self, i):
        """Seconds between arrivals of field i; None until it came twice."""
        return self._interval[i] or None

    def interval(self):
        """Seconds between telegrams: the shortest interval of any field; None while unknown."""
        known = [n for n in self._interval if n]
        return min(known) if known else None

    def wall_clock(self, at=None):
        """ISO text of the meter's clock at uptime `at` (now if None), None before it is known."""
        seconds = self._newest.at(I_TIME)
        if seconds is None:
            return None
        passed = (self._uptime_s() if at is None else at) - self._came[I_TIME][_UPTIME]
        return iso_time(seconds + passed, self._newest.utc_offset)

    def _stale(self, i, now):
        if not is_momentary(i) and i != I_MESSAGE:  # a message is over when it is left out
            return False
        interval = self._interval[i] or max(_USUAL_S, self.interval() or 0)
        return now - self._came[i][_UPTIME] > _STALE * interval

    def reading(self):
        """A new Reading of the newest values; stale momentary ones are left out."""
        now = self._uptime_s()
        newest = self._newest
        out = Reading(newest.numbers[:], newest.more, newest.utc_offset)
        out.seq = newest.seq
        for i in newest.fields():
            if self._stale(i, now):
                out.put(i, None)
        return out

    def as_of(self):
        """{key: ISO time or None} of each value older than the newest telegram."""
        last = max([came[_UPTIME] for came in self._came if came] or [0])
        now = self._uptime_s()
        out = {}
        for i in self._newest.fields():
            came = self._came[i]
            if came[_UPTIME] < last and not self._stale(i, now):
                time = came[_TIME]
                out[key_of(i)] = None if time is None else iso_time(time, came[_OFFSET])
        return out

    def json(self):
        """The body of `/reading.json`, bytes: the State's keys, what is derived from them, and
        `as_of` for the older ones."""
        out = Buffer(1024)
        reading = self.reading()
        reading.write(out.put)
        out.size -= 1  # the closing brace
        joint = "," if out.size > 1 else ""
        out.put((joint + derived(reading, self.seen, self._came) + '"as_of":{').encode())
        old = self.as_of()
        joint = ""
        for key in sorted(old):
            stamp = json_text(old[key]) if old[key] else "null"
            out.put(('%s"%s":%s' % (joint, key, stamp)).encode())
            joint = ","
        out.put(b"}}")
        return out.content()


class Hub:
    """`uptime_s()` counts seconds since the start; `number()` gives each Reading's `seq`."""

    def __init__(self, uptime_s, number):
        self.uptime_s = uptime_s
        self._number = number
        self._followers = []
        self._source = None
        self.state = State(uptime_s)
        self.reading = None
        self.diagnosis = None
        self.raw_is_text = False
        self.capture = bytes  # () -> what was no telegram; the meter puts its own here
        self.base_min = 60  # UTC offset of the meter's normal time, minutes

    @property
    def raw(self):
        """The newest proven telegram as sent, bytes; b"" before the first one."""
        return self._source() if self._source else b""

    def publish(self, reading, raw, is_text):
        """A proven Reading. `raw()` gives the bytes that it was read from."""
        reading.seq = self._number()
        self.reading = reading
        self._source = raw
        self.raw_is_text = is_text
        self.state.update(reading)
        for follower in self._followers:
            follower.offer(reading)

    def diagnose(self, diagnosis):
        """What the meter's line is like now (meter.Diagnosis)."""
        self.diagnosis = diagnosis
        for follower in self._followers:
            follower.tell()

    def follow(self, limit, wake):
        """A new Follower of at most `limit` Readings; `wake()` is called at each new one."""
        follower = Follower(self, limit, wake)
        self._followers.append(follower)
        return follower

    def leave(self, follower):
        """Forget a Follower."""
        if follower in self._followers:
            self._followers.remove(follower)
