"""The Reading: the values of one telegram. fields.py has the table of its fields.

Values are integers in the smallest unit, because the device's floats have 24 bits and a meter's
register needs 27 or more (law 1). Decimals are written out by integer arithmetic.
"""

from array import array
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

# The length of a Reading's `numbers`: one for each field, then the decimals of V and A, two bits
# each. numbers[i]: 0 = absent; n > 0 = value n - 1; n < 0 = value n, but IN_WIDE: the value is a
# text, or more than a small integer holds, and stands in `wide`.
NUMBERS = const(48)
IN_WIDE = const(-(1 << 30))

_KEYS = memoryview(KEYS)  # its slices copy nothing


def kind_of(i: int) -> int:
    """Kind (TIME, TEXT, WH ...) of field number i."""
    return KIND[i]


def key_of(i: int) -> str:
    """Key of field number i, as text."""
    keys = KEYS
    if i >= COUNT:
        from .extras import EXTRA_KEYS as keys

        i -= COUNT
    return key_at(keys, i)


def index_of(key: str) -> int:
    """Number of the field with this key; ValueError if there is none."""
    name = (',"%s":' % key).encode()
    at = KEYS.find(name)
    if at >= 0:
        return KEYS[:at].count(b":")
    from .extras import EXTRA_KEYS as keys

    return COUNT + keys[: keys.index(name)].count(b":")


def is_momentary(i: int) -> bool:
    """True for power, voltage, current and the like, whose old values are worth nothing."""
    return W <= KIND[i] < LEVEL


class Reading:
    """One proven telegram. A field that the meter did not send is absent, never 0 (law 2).

    The values are packed, since many Readings are made and few are asked for all of them:
    `numbers` as above, and `wide`, a dict {field: value} of what those do not hold. Readings share
    that dict, so it is never changed, only replaced. Fields from COUNT on are in `wide` only;
    extras.py describes their shapes.
    """

    def __init__(self, numbers: "array[int] | None" = None, wide: "dict[int, Any] | None" = None,
                 utc_offset: int = 60):
        self.numbers = numbers or array("i", bytes(4 * NUMBERS))
        self.wide = wide or {}
        self.utc_offset = utc_offset  # minutes, of TIME
        self.boot = 0  # which start of the device it came in, and its number: set by the hub
        self.seq = 0

    def at(self, i: int) -> "Any":
        """Field i in Wh, varh, W, var, mV or mA; TIME: local seconds since 2000; TEXT: text. None
        if absent. extras.py has the shapes of fields from COUNT on.
        """
        if i >= COUNT:
            return self.wide.get(i)
        n = self.numbers[i]
        if n > 0:
            return n - 1
        return self.wide[i] if n == IN_WIDE else n or None

    def put(self, i: int, value: "Any", decimals: int = 0) -> None:
        """Set field i; None removes it. `decimals`: of V and A, as sent, 0 to 3."""
        numbers = self.numbers
        if i >= COUNT:
            self.wide = dict(self.wide)
            self.wide[i] = value
            if value is None:
                del self.wide[i]
            return
        if value is None:
            numbers[i] = 0
        elif KIND[i] == TEXT or not IN_WIDE < value < -IN_WIDE - 1:
            numbers[i] = IN_WIDE
            self.wide = dict(self.wide)
            self.wide[i] = value
        else:
            numbers[i] = value + 1 if value >= 0 else value
        if KIND[i] >= V:
            at = 2 * (i - I_VOLTAGE)
            numbers[COUNT] = numbers[COUNT] & ~(3 << at) | decimals << at

    def decimals(self, i: int) -> int:
        """The decimals of field i, 0 to 3, if it is written as sent (V, A, HZ, FACTOR)."""
        if i >= COUNT:
            return self.wide[i][1] if HZ <= KIND[i] <= FACTOR and i in self.wide else 0
        return self.numbers[COUNT] >> 2 * (i - I_VOLTAGE) & 3 if KIND[i] >= V else 0

    def identity(self) -> str:
        """Its identity as first members of a JSON object."""
        return '"boot":%d,"seq":%d,' % (self.boot, self.seq)

    def get(self, key: str) -> "Any":
        """The value of a key, as at() gives it."""
        return self.at(index_of(key))

    def fields(self) -> "Iterator[int]":
        """Numbers of the fields that are there, in the order of FIELDS and EXTRAS."""
        for i in range(COUNT):
            if self.numbers[i]:
                yield i
        for i in self.extras():
            yield i

    def extras(self) -> list[int]:
        """A list of those from COUNT on: empty for a Swedish meter."""
        return sorted([i for i in self.wide if i >= COUNT])

    def text(self, i: int) -> str | None:
        """Field i as exact text in the unit of its key, without quotes; None if absent. A history
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

    def write(self, put: "Callable[[bytes | memoryview], object]", extra: bytes = b"") -> None:
        """Give `put` the flat JSON object as bytes, in pieces: joining them would copy the text
        several times. `extra` goes in front, like b'"seq":7,'.
        """
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
                    put(json_text(self.text(i)).encode())  # type: ignore[arg-type]
                else:
                    put(self._number(i, n - 1 if n > 0 else self.at(i)))
                first = 0
            start = end
        for i in self.extras():
            from .extras import member

            put(member(i, self.wide[i])[first:])
            first = 0
        put(b"}")

    def json(self, extra: str = "") -> str:
        """The same as text."""
        out = Buffer(1024)
        self.write(out.put, extra.encode())
        return out.content().decode()
