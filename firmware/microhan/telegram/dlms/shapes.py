"""Push lists without OBIS codes: whose are they, and do their numbers agree with each other?

A list is compared with the rows of positional.py. That its types fit proves nothing: nine
counters fit another maker's list as well. A row is believed if the list's own name, or the system
title that it came with, is its maker's, and if then volts are volts, power is no more than volts
and amperes allow, tariffs add up to totals, and no register has fallen. Loaded with the first
list without codes.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import I_METER_ID, I_TIME, INDEX
from .axdr import is_number, is_text, length
from .clock import is_known
from .positional import ROWS
from .scalers import KAIFA, NOBODY, UNKNOWN, family_of, hash_of, raw_number, volts_exponent

if TYPE_CHECKING:
    from array import array

    from .scalers import ScaleGuess

_STRUCTURE = const(0x02)
_OCTETS = const(0x09)
_UINT32 = const(0x06)
_UINT16 = const(0x12)
_UINT64 = const(0x15)
_ANY = const(255)
_NAME = const(16)  # bytes of a logical device name: three letters and 13 digits
_FLAG = const(0x7E)

_AMPERES = INDEX["current_l1_a"]
_ENERGIES = bytes((
    INDEX["active_energy_import_kwh"], INDEX["active_energy_export_kwh"],
    INDEX["reactive_energy_import_kvarh"], INDEX["reactive_energy_export_kvarh"]))
_MOST_WATTS = const(100_000)  # none of these meters has current transformers: 3 x 230 V x 100 A
_NOISE = const(100)  # W or var that power may be above volts times amperes
_TWICE = const(2)  # Wh that two tariffs may lack of their total, each cut off
_AGAIN = const(3)  # lists in a row with lower registers: it is another meter, or was reset

# What Kaifa's list 1 begins with: HDLC address 1, 2, 1; data-notification; a date-time with tag.
_LIST_1 = b"\x01\x02\x01"
_LIST_1_APDU = b"\x0f\x40\x00\x00\x00\x09\x0c"


class Shapes:
    """Finds the row of positional.py that a list is, and checks that its numbers agree."""

    def __init__(self) -> None:
        self._registers = [0] * (5 * len(_ENERGIES))
        self._newest = self._registers[:]
        self._row = None  # whose registers these are: the list's row, and a hash of the meter
        self._meter = 0
        self.family = NOBODY  # whose the newest list is
        self._fallen = _AGAIN

    def find(self, b: bytearray, values: "array[int]", n: int, title: int, frame: bytearray,
             apdu: int, root: int) -> "tuple[bytes, bytes, bytes, bytes] | None":
        """The row of ROWS that the n `values` of a list are, or None. `title`: the three letters
        of its system title, or 0; `frame`: the first bytes that it came in; `apdu`, `root`: where
        the data-notification and its value begin.
        """
        if b[root] != _STRUCTURE or b[root + 1] != n or values[0] != root + 2:
            return None
        own = name_of(b, values[0])
        if own and title and family_of(title) and own != title:
            return None
        letters = own or title
        for row in ROWS:
            makers, types, lengths, _ = row
            if len(types) == n and _fits(b, values, types, lengths):
                if makers:
                    believed = _is_one_of(makers, letters)
                    self.family = family_of(letters)
                else:
                    believed = not title and _is_list_1(b, frame, apdu)
                    self.family = KAIFA
                if believed:
                    return row
        return None

    def agrees(self, b: bytearray, at: "array[int]", row: tuple, scales: "ScaleGuess") -> bool:
        """Whether the numbers of a list agree; `at`: where each field's value stands; `scales`:
        the ScaleGuess that has observed them.
        """
        power = scales.watts
        volts = volts_exponent(scales.most_volts) if scales.most_volts else 0
        if power > _MOST_WATTS or volts == UNKNOWN:
            return False
        if volts and at[_AMPERES]:
            # half as much again is let through, for what is rounded off, and for meters that
            # measure one quantity after the other
            carried = scales.carried(volts) // (10 if self.family == KAIFA else 1)
            if 2 * (power - _NOISE) > 3 * carried:
                return False
        if not at[_ENERGIES[0]] and not at[_ENERGIES[0] + 1]:
            return True
        for total in _ENERGIES:
            tariffs = raw_number(b, at[total + 1]) + raw_number(b, at[total + 2])
            if at[total] and at[total + 1] and at[total + 2] and (
                    not -_TWICE <= raw_number(b, at[total]) - tariffs <= _TWICE):
                return False
        return not self._fell(b, at, row)

    def take_the_known(self, b: bytearray, values: "array[int]", n: int, at: "array[int]") -> None:
        """Note what is sure of a list whose numbers nobody knows: its meter's number, if that is a
        logical device name, and its time, if it begins with one."""
        for k in range(min(n, 3)):
            if not at[I_METER_ID] and name_of(b, values[k]) and b[values[k] + 1] == _NAME:
                at[I_METER_ID] = values[k]
        if b[values[0]] == _OCTETS and b[values[0] + 1] == 12 and is_known(b, values[0] + 2):
            at[I_TIME] = values[0]

    def _fell(self, b, at, row):
        """Whether a register is lower than in the list before. Notes them."""
        meter = hash_of(b, at[I_METER_ID])
        if row is not self._row or meter != self._meter:
            self._row = row
            self._meter = meter
            self._fallen = _AGAIN
        before = self._registers
        fell = False
        for k in range(len(before)):
            n = raw_number(b, at[_ENERGIES[k // 5] + k % 5])
            fell = fell or n < before[k]
            self._newest[k] = n
        if fell and self._fallen < _AGAIN:
            self._fallen += 1
            if self._fallen < _AGAIN:
                return True
        self._fallen = 0
        self._registers, self._newest = self._newest, before
        return False


def name_of(b: bytearray, p: int) -> int:
    """The maker's three letters, packed, of the name at b[p]: a logical device name (IEC
    62056-6-2: three letters and a number), or a list's name. 0 if it is neither."""
    if not is_text(b, p) or length(b, p) < 7:
        return 0
    p += 2
    for k in range(3):
        if not 65 <= b[p + k] <= 90:
            return 0
    if b[p - 1] == _NAME:
        for k in range(3, _NAME):
            if not 48 <= b[p + k] <= 57:
                return 0
    elif b[p + 3] != 0x5F:  # KFM_001
        return 0
    return b[p] << 16 | b[p + 1] << 8 | b[p + 2]


def _is_one_of(makers, letters):
    for k in range(0, len(makers), 3):
        if makers[k] << 16 | makers[k + 1] << 8 | makers[k + 2] == letters:
            return True
    return False


def _is_list_1(b, frame, apdu):
    if frame[0] != _FLAG:
        return False
    for k in range(len(_LIST_1)):
        if frame[3 + k] != _LIST_1[k]:
            return False
    for k in range(len(_LIST_1_APDU)):
        if b[apdu + k] != _LIST_1_APDU[k]:
            return False
    return True


def _fits(b, values, types, lengths):
    """Whether the values are of these types and lengths."""
    for k in range(len(types)):
        p = values[k]
        tag = b[p]
        letter = types[k]
        if letter == 116:  # t
            right = is_text(b, p) and (lengths[k] == _ANY or length(b, p) == lengths[k])
        elif letter == 99:  # c
            right = tag == _OCTETS and b[p + 1] == 12
        elif letter == 120:  # x
            right = is_number(tag)
        else:  # l, d, e
            right = tag == (_UINT16 if letter == 108 else _UINT32) or (
                letter == 101 and tag == _UINT64)
        if not right:
            return False
    return True
