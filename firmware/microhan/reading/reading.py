"""The Reading: what one telegram said. fields.py has the table of its fields.

Values are integers in the smallest unit, because the device's floats have 24 bits and a meter
register needs 27 and more (law 1). Decimals are written out by integer arithmetic.
"""

from array import array

from micropython import const

from .buffer import Buffer
from .calendar import iso_time
from .fields import (
    COUNT,
    FACTOR,
    HZ,
    I_VOLTAGE,
    KEYS,
    KIND,
    LEVEL,
    TEXT,
    TIME,
    V,
    W,
)
from .json_text import json_text, milli
from .keys import key_at

# A Reading's numbers: of each field its value, those from 0 on one too high, since 0 is "absent";
# behind them the decimals of V and A, two bits each.
NUMBERS = const(48)
ELSEWHERE = const(-(1 << 30))  # a text, or more than a small integer holds: see `more`

_KEYS = memoryview(KEYS)  # its slices copy nothing


def kind_of(i):
    """Kind (TIME, TEXT, WH ...) of field number i."""
    return KIND[i]


def key_of(i):
    """Key of field number i, as text."""
    keys = KEYS
    if i >= COUNT:
        from .extras import EXTRA_KEYS as keys

        i -= COUNT
    return key_at(keys, i)


def index_of(key):
    """Number of the field with this key; ValueError if there is none."""
    name = (',"%s":' % key).encode()
    at = KEYS.find(name)
    if at >= 0:
        return KEYS[:at].count(b":")
    from .extras import EXTRA_KEYS as keys

    return COUNT + keys[: keys.index(name)].count(b":")


def is_momentary(i):
    """True for power, voltage, current and their like: old values of these are worth nothing."""
    return W <= KIND[i] < LEVEL


class Reading:
    """One proven telegram. A field that the meter did not send is absent, never 0 (law 2).

    Packed, since many are made and few are asked for everything: `numbers` as above, and `more`,
    a dict of what they do not hold, by field. That one Readings share: it is never written to.
    Fields from COUNT on are in `more` alone; extras.py says in what shape.
    """

    def __init__(self, numbers=None, more=None, utc_offset=60):
        self.numbers = numbers or array("i", bytes(4 * NUMBERS))
        self.more = more or {}
        self.utc_offset = utc_offset  # minutes, of TIME
        self.seq = 0  # set by the hub; rises also across restarts

    def at(self, i):
        """Field i: Wh, varh, W, var, mV, mA; TIME: local s since 2000; text. None if absent.

        For the shape of a field from COUNT on see extras.py.
        """
        if i >= COUNT:
            return self.more.get(i)
        n = self.numbers[i]
        if n > 0:
            return n - 1
        return self.more[i] if n == ELSEWHERE else n or None

    def put(self, i, value, decimals=0):
        """Make `value` field i's; None takes it out. `decimals`: of V and A, as sent, 0 to 3."""
        numbers = self.numbers
        if i >= COUNT:
            self.more = dict(self.more)
            self.more[i] = value
            if value is None:
                del self.more[i]
            return
        if value is None:
            numbers[i] = 0
        elif KIND[i] == TEXT or not ELSEWHERE < value < -ELSEWHERE - 1:
            numbers[i] = ELSEWHERE
            self.more = dict(self.more)
            self.more[i] = value
        else:
            numbers[i] = value + 1 if value >= 0 else value
        if KIND[i] >= V:
            at = 2 * (i - I_VOLTAGE)
            numbers[COUNT] = numbers[COUNT] & ~(3 << at) | decimals << at

    def decimals(self, i):
        """Of V, A and whatever else is written as sent: its decimals, 0 to 3."""
        if i >= COUNT:
            return self.more[i][1] if HZ <= KIND[i] <= FACTOR and i in self.more else 0
        return self.numbers[COUNT] >> 2 * (i - I_VOLTAGE) & 3 if KIND[i] >= V else 0

    def get(self, key):
        """Value of a key in the smallest unit (see at()), or None if absent."""
        return self.at(index_of(key))

    def fields(self):
        """Indices of the fields that are there, in the order of FIELDS and EXTRAS."""
        for i in range(COUNT):
            if self.numbers[i]:
                yield i
        for i in self.extras():
            yield i

    def extras(self):
        """Of these the ones from COUNT on, a list: empty of a Swedish meter."""
        return sorted([i for i in self.more if i >= COUNT])

    def text(self, i):
        """Field i as exact text in the unit of its key (no quotes), or None if absent. A history
        and channels are JSON.
        """
        value = self.at(i)
        if value is None or KIND[i] == TEXT:
            return value
        if i >= COUNT:
            from .extras import text

            return text(i, value)
        if KIND[i] == TIME:
            return iso_time(value, self.utc_offset)
        return self._number(i, value).decode()

    def _number(self, i, value):
        kind = KIND[i]
        if kind >= V:
            return milli(value, self.decimals(i))
        return milli(value, 3) if kind < W else b"%d" % value

    def write(self, put, extra=b""):
        """Give `put` the flat JSON object, bytes in pieces: a whole text would be
        made several times over. `extra` is spliced in front, like b'"seq":7,'."""
        put(b"{")
        put(extra)
        numbers = self.numbers
        start = 0
        first = 1
        for i in range(COUNT):
            end = KEYS.find(b":", start) + 1
            n = numbers[i]
            if n:
                put(_KEYS[start + first : end])
                if KIND[i] <= TEXT:
                    put(json_text(self.text(i)).encode())
                else:
                    put(self._number(i, n - 1 if n > 0 else self.at(i)))
                first = 0
            start = end
        for i in self.extras():
            from .extras import member

            put(member(i, self.more[i])[first:])
            first = 0
        put(b"}")

    def json(self, extra=""):
        """The same as one text."""
        out = Buffer(1024)
        self.write(out.put, extra.encode())
        return out.content().decode()
