"""A Reading as the difference to the one before, in bits: some 20 bytes at a meter's full rate.

docs/store.md has the format. What a Reading holds is kept exactly: reading it back (delta_read.py)
gives the same numbers, texts and identity.
"""

from typing import TYPE_CHECKING

from micropython import const

from ..reading.fields import COUNT, I_VOLTAGE
from ..reading.reading import NUMBERS

if TYPE_CHECKING:
    from ..reading.reading import Reading

# Differences are written as Exp-Golomb codes: this many bits are written as they are.
_PLAIN = const(3)
_UNITS = (1000, 100, 10, 1)  # thousandths, by the decimals that were sent


class BitWriter:
    """Bits in a bytearray that does not grow: IndexError beyond it. `at`: bits written."""

    def __init__(self, size: int):
        self.data = bytearray(size)
        self.at = 0

    def put(self, value: int, count: int) -> None:
        """The lowest `count` bits of `value`."""
        data = self.data
        at = self.at
        while count > 0:
            room = 8 - (at & 7)
            some = min(room, count)
            count -= some
            data[at >> 3] |= (value >> count & (1 << some) - 1) << room - some
            at += some
        self.at = at

    def natural(self, value: int, plain: int = 0) -> None:
        """A number from 0 on: Exp-Golomb, with `plain` of its bits as they are."""
        high = (value >> plain) + 1
        count = 0
        while high >> count > 1:
            count += 1
        self.put(0, count)
        self.put(high, count + 1)
        self.put(value, plain)

    def signed(self, value: int, plain: int = 0) -> None:
        """Any number, small ones shorter."""
        self.natural(2 * value if value >= 0 else -2 * value - 1, plain)

    def back_to(self, at: int) -> None:
        """Take back what was written from bit `at` on."""
        data = self.data
        for i in range((at >> 3) + 1, min(len(data), (self.at >> 3) + 4)):
            data[i] = 0
        if at >> 3 < len(data):
            data[at >> 3] &= 0xFF00 >> (at & 7)
        self.at = at


def write(out: BitWriter, reading: "Reading", before: "Reading") -> None:
    """Append `reading` to `out`. IndexError if it is full; then take back what was written."""
    now = reading.numbers
    old = before.numbers
    out.signed(reading.seq - before.seq - 1)
    out.signed(reading.utc_offset - before.utc_offset)
    _write_wide(out, reading.wide, before.wide)
    _write_fields_there(out, now, old)
    decimals = now[COUNT]
    out.signed(decimals - old[COUNT])
    is_even = True  # each voltage and current ends where its decimals do
    for i in range(I_VOLTAGE, I_VOLTAGE + 6):
        if _value(now[i]) % _unit(decimals, i):
            is_even = False
    out.put(is_even, 1)
    same = 0
    for i in range(COUNT):
        if not now[i]:
            continue
        unit = _unit(decimals, i) if is_even else 1
        change = _value(now[i]) // unit - _value(old[i]) // unit
        if change:
            out.natural(same)
            out.signed(change, _PLAIN)
            same = 0
        else:
            same += 1
    if same:
        out.natural(same)


def _write_fields_there(out, now, old):
    """Which fields are there, if they are others than before."""
    for i in range(COUNT):
        if (now[i] == 0) != (old[i] == 0):
            break
    else:
        out.put(1, 1)
        return
    out.put(0, 1)
    for i in range(COUNT):
        out.put(now[i] != 0, 1)


def _write_wide(out, wide, old):
    """What numbers do not hold: what is new or has changed, and what is gone."""
    changed = {}
    if wide is not old:
        for i in wide:
            if i not in old or old[i] != wide[i]:
                changed[i] = wide[i]
        for i in old:
            if i not in wide:
                changed[i] = None
    if not changed:
        out.put(1, 1)
        return
    from .values import put

    out.put(0, 1)
    data = bytearray()
    put(data, changed)
    out.natural(len(data), 6)
    for byte in data:
        out.put(byte, 8)


def _value(n):
    """The value of an element of `numbers`; 0 for an absent one."""
    return n - 1 if n > 0 else n


def _unit(decimals, i):
    """The unit in which field i is written: that of its last decimal as sent."""
    if I_VOLTAGE <= i < NUMBERS - 1 and i < I_VOLTAGE + 6:
        return _UNITS[decimals >> 2 * (i - I_VOLTAGE) & 3]
    return 1
