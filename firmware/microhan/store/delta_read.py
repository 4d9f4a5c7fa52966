"""Reads what delta_write.py wrote. docs/store.md has the format."""

from typing import TYPE_CHECKING

from micropython import const

from ..reading.fields import COUNT, I_VOLTAGE
from ..reading.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = const(3)  # as in delta_write.py, with _UNITS
_UNITS = (1000, 100, 10, 1)


class BitReader:
    """Bits out of bytes; IndexError behind their end."""

    def __init__(self, data: "bytes | bytearray"):
        self._data = data
        self._at = 0

    def take(self, count: int) -> int:
        """The next `count` bits."""
        data = self._data
        at = self._at
        out = 0
        while count > 0:
            room = 8 - (at & 7)
            some = min(room, count)
            count -= some
            out = out << some | data[at >> 3] >> room - some & (1 << some) - 1
            at += some
        self._at = at
        return out

    def natural(self, plain: int = 0) -> int:
        """As BitWriter.natural."""
        count = 0
        while not self.take(1):
            count += 1
        high = (1 << count | self.take(count)) - 1
        return high << plain | self.take(plain)

    def signed(self, plain: int = 0) -> int:
        """As BitWriter.signed."""
        n = self.natural(plain)
        return -(n + 1 >> 1) if n & 1 else n >> 1


def readings(data: "bytes | bytearray", count: int, boot: int,
             before: Reading) -> "Iterator[Reading]":
    """The `count` Readings in `data`, the first of which was written against `before`.
    IndexError, KeyError or ValueError if it is something else."""
    bits = BitReader(data)
    for _ in range(count):
        before = _read(bits, before)
        before.boot = boot
        yield before


def _read(bits, before):
    out = Reading()
    numbers = out.numbers
    old = before.numbers
    out.seq = before.seq + 1 + bits.signed()
    out.utc_offset = before.utc_offset + bits.signed()
    out.wide = before.wide if bits.take(1) else _read_wide(bits, before.wide)
    if bits.take(1):
        for i in range(COUNT):
            numbers[i] = 1 if old[i] else 0
    else:
        for i in range(COUNT):
            numbers[i] = bits.take(1)
    decimals = numbers[COUNT] = old[COUNT] + bits.signed()
    is_even = bits.take(1)
    there = 0
    for i in range(COUNT):
        there += numbers[i]
    same = bits.natural() if there else 0
    for i in range(COUNT):
        if not numbers[i]:
            continue
        there -= 1
        value = old[i] - 1 if old[i] > 0 else old[i]
        if same:
            same -= 1
            change = 0
        else:
            change = bits.signed(_PLAIN)
            if there:
                same = bits.natural()
        if is_even and I_VOLTAGE <= i < I_VOLTAGE + 6:
            unit = _UNITS[decimals >> 2 * (i - I_VOLTAGE) & 3]
            value = (value // unit + change) * unit
        else:
            value += change
        numbers[i] = value + 1 if value >= 0 else value
    return out


def _read_wide(bits, old):
    from .values import get

    data = bytearray(bits.natural(6))
    for i in range(len(data)):
        data[i] = bits.take(8)
    changed = get(data, [0])
    out = {}
    for i in old:
        if i not in changed:
            out[i] = old[i]
    for i in changed:
        if changed[i] is not None:
            out[i] = changed[i]
    return out
