"""DLMS/COSEM push lists (data-notification) to Readings.

A list is read in place, in two passes. The first walks over all of its A-XDR and notes where each
plain value stands, so nothing is believed unless every byte fits. The second gives those values to
fields: by the OBIS code that stands before a value, by descriptions of the columns at the list's
beginning, or by the maker's order (shapes.py). Numbers become integers only when the Reading is
asked for. A value without a scale, its own or one that is known (scalers.py), is left out.
"""

from array import array

from micropython import const

from ...reading.fields import (
    COUNT,
    I_LIST_ID,
    I_METER_ID,
    I_METER_TYPE,
    I_TIME,
    INDEX,
    TEXT,
    TIME,
    VAR,
    VARH,
    WH,
    A,
    V,
    W,
)
from ...reading.reading import Reading, kind_of
from ..clock import ClockRule
from ..counters import C_MALFORMED_VALUES, C_UNKNOWN_LIST
from ..tariffs import Totals
from .axdr import DEEPEST, MOST, is_number, is_plain, is_text, length, number, scaled, text, walk
from .clock import is_known, offset, seconds
from .lookup import field_of
from .scalers import KAIFA, KAMSTRUP, NOBODY, UNKNOWN, ScaleGuess, family_of

_NULL = const(0)
_OCTETS = const(0x09)
_INT8 = const(0x0F)
_UINT16 = const(0x12)
_UINT32 = const(0x06)
_UINT64 = const(0x15)
_ENUM = const(0x16)
_DATE_TIME = const(0x19)
_CODE = const(6)  # bytes of an OBIS code
_MOMENT = const(12)  # bytes of a date-time
_NO_CODE = const(-1)
_NO_FIELD = const(255)
# In place of an exponent:
_BARE = const(127)  # no scaler was sent
_OPEN = const(126)  # nor do all of this maker's meters count alike: reading() is given the unit
_WATT_HOURS = const(125)  # nor was a unit; it is taken for Wh, unless reading() is given another
_NAME = const(0x2A0000)  # 0-0:42.0.0, the logical device name
_KAM = const(0x4B414D)
_KFM = const(0x4B464D)
_CHANNEL = const(1 << 25)

_IMPORT = INDEX["active_energy_import_kwh"]

# DLMS unit (IEC 62056-6-2, table 4) -> kind of field.
_KINDS = {27: W, 29: VAR, 30: WH, 32: VARH, 33: A, 35: V}

# A, B, C, D, E packed as by obis.pack, B in front -> text. B matters: 0-1 to 0-4 are gas, water.
_TEXTS = {
    _CHANNEL | 1 << 24 | 0x000281: I_LIST_ID, 1 << 24 | 0x000281: I_LIST_ID,
    0x600101: I_METER_ID, 0x600100: I_METER_ID, 0x600107: I_METER_TYPE,
    _CHANNEL | 1 << 24 | 0x000005: I_METER_ID, _CHANNEL | 1 << 24 | 0x000001: I_METER_ID,
    _CHANNEL | 1 << 24 | 0x600101: I_METER_TYPE,
}


class PushList:
    """`parse` a list. Until the next one, `reading()` then makes it a Reading.

    `clock` is a ClockRule, `counts` the array of counters.py.
    """

    def __init__(self, clock: "ClockRule | None", counts: "array[int]"):
        self._clock = clock or ClockRule()
        self._counts = counts
        # Of the newest list:
        self.is_unknown = False  # nobody knows what its numbers are
        self.whole = False  # it could be read to its last byte
        self.pushed_by = NOBODY  # the maker of the push object that it describes
        self._documented = False  # shapes.py knows it
        self.is_bare = False  # it has a value without a scale
        self.is_open = False  # the unit of its registers is the grid company's choice
        self._counted = 0  # where the import register stands, if it came without a scale
        self._b = bytearray()  # its bytes
        self._values = array("H", bytes(2 * MOST))  # where each plain value stands
        self._left = array("H", bytes(4 * DEEPEST + 2))
        self._at = array("H", bytes(2 * COUNT))  # where each field's value stands; 0: absent
        self._malformed = bytearray(COUNT)
        self._exponent = array("b", bytes(COUNT))  # of ten, to the smallest unit
        self.left_out = bytearray(COUNT)  # 1: a value without a scale came for this field
        self._name = 0  # where the logical device name stands
        self._apdu = self._body = 0  # where the list, and the value in it, begin
        self._frame: bytearray | None = None  # its first frame
        self._title = 0  # the maker's letters in the system title that it came with
        self.scales = ScaleGuess()
        self._shapes = None
        self._take_described = None  # columns.take_described, from the first such list on
        self._extras = None  # list_extras.ListExtras, from the first such code on
        self._is_kamstrup = False
        self._totals = Totals()

    def end_of(self, b: bytearray, p: int, end: int) -> int:
        """Where the data-notification at b[p] ends; 0 if it does not before b[end]."""
        p = self._value_at(b, p, end)
        if p:
            walk(b, p, end, self._values, self._left)
        return self._left[2 * DEEPEST] if p else 0

    def _value_at(self, b, p, end):
        """Where the value in the data-notification b[p:end] begins, or 0 if it has none."""
        p += 5  # tag, invoke-id-and-priority
        if p < end and b[p] == _OCTETS:  # Kaifa, and Kamstrup in 2017, tag the date-time
            p += 1
        size = b[p] if p < end else 1
        return 0 if size and size != 12 else p + 1 + size

    def parse(self, b: bytearray, p: int, end: int, frame: "bytearray | None" = None,
              maker: int = 0) -> bool:
        """Read the data-notification b[p:end]. False if it is none to its last byte, or has no
        field of ours. `frame`: the first bytes of the frame that it came in; `maker`: the three
        letters of the system title that it came with, or 0.
        """
        self.whole = False
        body = self._value_at(b, p, end)
        n = walk(b, body, end, self._values, self._left) if body else 0
        if n < 1:
            return False
        self.whole = True
        self._b = b
        self._clear()
        self._apdu = p
        self._body = body
        self._frame = frame
        self._title = maker
        self.is_unknown = False
        family = self._assign(n)
        if self.is_unknown:
            self._counts[C_UNKNOWN_LIST] += 1
        if not self._at[I_TIME] and body - p > _MOMENT and is_known(b, body - _MOMENT):
            self._at[I_TIME] = body - _MOMENT - 2  # as if it had a tag and a length
        self._find_scales(family)
        for i in range(COUNT):
            if self._at[i]:
                return True
        return False

    def _clear(self):
        self._name = 0
        self._documented = False
        if self.is_bare:
            for i in range(COUNT):
                self.left_out[i] = 0
            self.is_bare = False
        for i in range(COUNT):
            self._at[i] = self._malformed[i] = 0
        if self._extras:
            self._extras.clear()

    def _assign(self, n):
        """Give values to fields. Returns the list's maker."""
        values = self._values
        if self._b[values[0]] == _UINT16 and n > 4:
            if not self._take_described:
                from .columns import take_described
                self._take_described = take_described
            if self._take_described(self, self._b, values, n):
                return self._maker(self.pushed_by)
        for k in range(min(n, 3)):
            if self.code(values[k]) > 0:
                self._take_labelled(n)
                return self._maker(NOBODY)
        return self._take_by_position(n)

    def code(self, p: int) -> int:
        """The OBIS code at p, packed, or -1 if the value is none. Its last part is always 255."""
        b = self._b
        if b[p] != _OCTETS or b[p + 1] != _CODE or b[p + 2] > 1 or b[p + 7] != 0xFF:
            return _NO_CODE
        channel = b[p + 3]
        if channel > 1:
            return 0  # a code, but none of ours
        return channel << 25 | b[p + 2] << 24 | b[p + 4] << 16 | b[p + 5] << 8 | b[p + 6]

    def _take_labelled(self, n):
        """Take a list of codes and values, with or without scaler and unit behind each."""
        b = self._b
        values = self._values
        code = _NO_CODE
        k = 0
        while k < n:
            p = values[k]
            k += 1
            if code == _NO_CODE:
                code = self.code(p)
                if code == _NO_CODE:
                    self._take_unlabelled(p, k)
                continue
            scaled = k + 1 < n and b[values[k]] == _INT8 and b[values[k + 1]] == _ENUM
            self.take(code, p, values[k] if scaled else 0)
            if scaled:
                k += 2
            code = _NO_CODE

    def _take_unlabelled(self, p, k):
        """Take value k, which has no code: first the list's name, later the meter's number."""
        i = I_LIST_ID if k == 1 else I_METER_ID
        if not self._at[i] and is_plain(self._b, p):
            self._at[i] = p

    def _take_by_position(self, n):
        """Take values alone in the order of a maker's list, if there is a reason to believe that
        it is this maker's."""
        if not self._shapes:
            from .shapes import Shapes
            self._shapes = Shapes()
        b = self._b
        values = self._values
        row = self._shapes.find(b, values, n, self._title, self._frame, self._apdu, self._body)
        if row:
            fields = row[3]
            for k in range(n):
                if fields[k] != _NO_FIELD:
                    self._put(fields[k], values[k], _BARE)
            self.scales.observe(b, self._at)
            if self._shapes.agrees(b, self._at, row, self.scales):
                self._documented = True
                return self._shapes.family
            self._clear()
        self.is_unknown = True
        self._shapes.take_the_known(b, values, n, self._at)
        return NOBODY

    def take(self, code: int, p: int, scaler: int) -> None:
        """Give the value at p to the field of this code. `scaler`: where that stands, or 0."""
        i = _TEXTS.get(code)
        if code == _NAME:
            self._name = p
        if i is None:
            i = field_of(code & _CHANNEL - 1)
            if i is None and code > 0 and code != _NAME:
                self._take_extra(code & _CHANNEL - 1, p, scaler)
            if i is None or self._b[p] == _NULL:
                return
        elif i == I_METER_ID and self._at[i] and code == 0x600101:
            self._at[i] = 0  # 96.1.1 is preferred to 96.1.0
        # two calls, not one within the other: the frame of this function stays on the stack
        # (tools/measure/frame_sizes.py)
        scaler = self._exponent_of(i, scaler) if scaler else _BARE
        self._put(i, p, scaler)

    def _take_extra(self, code, p, scaler):
        if not self._extras:
            from .list_extras import ListExtras
            self._extras = ListExtras()
        if not self._extras.take(self._b, code, p, scaler):
            self._counts[C_MALFORMED_VALUES] += 1

    def _exponent_of(self, i, scaler):
        """The power of ten to the smallest unit, or _NO_FIELD if the unit is not the field's."""
        b = self._b
        exponent = b[scaler + 1]
        if exponent > 127:
            exponent -= 256
        kind = kind_of(i)
        if _KINDS.get(b[scaler + 3]) != kind or not -12 <= exponent <= 9:
            return _NO_FIELD
        return exponent + 3 if kind == V or kind == A else exponent

    def _put(self, i, p, exponent):
        """Note the value at p as field i's, or count it as malformed if it cannot be that: bytes
        that no text has come in place of a segment that was lost."""
        b = self._b
        kind = kind_of(i)
        if kind == TIME:
            p = p - 1 if b[p] == _DATE_TIME else p  # as if it had a length
            right = (b[p + 1] == _DATE_TIME or b[p] == _OCTETS and b[p + 1] == 12) and (
                is_known(b, p + 2))
        elif kind == TEXT:
            right = is_plain(b, p) or is_number(b[p])
        else:
            right = is_number(b[p]) and exponent != _NO_FIELD
        if right and not self._at[i]:
            self._at[i] = p
            if kind > TEXT:  # what stands behind a text is no scale of it
                self._exponent[i] = exponent
                if exponent == _BARE:
                    self.is_bare = True
        else:
            self._counts[C_MALFORMED_VALUES] += 1
            self._malformed[i] = 1

    def _maker(self, otherwise):
        """Who made the list: by the name that it gives itself or its meter, or by the system title
        that it came with. `otherwise`, if these say nothing; NOBODY, if they differ.
        """
        b = self._b
        p = self._name
        own = _KAM if self._is_named(b"Kamstrup_V") else _KFM if self._is_named(b"KFM_") else 0
        if not own and p and is_text(b, p) and length(b, p) > 3:
            own = b[p + 2] << 16 | b[p + 3] << 8 | b[p + 4]
        own = family_of(own)
        title = family_of(self._title)
        return NOBODY if own and title and own != title else own or title or otherwise

    def _is_named(self, name):
        """Whether the list's name begins with `name`."""
        b = self._b
        p = self._at[I_LIST_ID]
        if not p or is_number(b[p]) or length(b, p) < len(name):
            return False
        for k in range(len(name)):
            if b[p + 2 + k] != name[k]:
                return False
        return True

    def _find_scales(self, family):
        """Find scales for values that came without; what has none is left out."""
        at = self._at
        exponent = self._exponent
        self._counted = 0
        self._is_kamstrup = family == KAMSTRUP
        if not self.is_bare:
            return
        scales = self.scales
        if not self._documented:
            scales.observe(self._b, at)
        scales.guess(self._b, family, at[I_METER_ID] or self._name, self._documented)
        if exponent[_IMPORT] == _BARE:
            self._counted = at[_IMPORT]
        # Kamstrup's registers count what the grid company chose, all others' Wh. Kaifa's document
        # says so, whatever the owner says
        self.is_open = family <= KAMSTRUP
        scale = _OPEN if self.is_open else 0 if family == KAIFA else _WATT_HOURS
        for i in range(I_METER_ID, COUNT):
            if not at[i] or exponent[i] != _BARE or kind_of(i) == TEXT:
                continue
            kind = kind_of(i)
            exponent[i] = scale if kind == WH or kind == VARH else scales.scale(kind)
            if exponent[i] == UNKNOWN:
                at[i] = 0
                self.left_out[i] = 1

    def energy_count(self) -> "int | None":
        """The active import register as sent if it came without a scale; otherwise None."""
        return number(self._b, self._counted) if self._counted else None

    def meter(self) -> "str | None":
        """The meter's number, or its name, as text; None if the list has neither."""
        p = self._at[I_METER_ID] or self._name
        if not p:
            return None
        return str(number(self._b, p)) if is_number(self._b[p]) else text(self._b, p)

    def reading(self, energy_unit: "int | None" = None) -> Reading:
        """The list as a Reading; for `energy_unit` see decoder.Decoder."""
        b = self._b
        reading = Reading()
        for i in range(COUNT):
            p = self._at[i]
            if not p:
                continue
            kind = kind_of(i)
            if self._exponent[i] == _OPEN and kind > TEXT:
                self.left_out[i] = not energy_unit
                if not energy_unit:
                    continue
            if kind == TIME:
                reading.put(i, seconds(b, p + 2))
                # Aidon's Norwegian clock runs at UTC+1 and states 0 (docs/research/protocol.md)
                reading.utc_offset = offset(b, p + 2, self._clock, self._is_named(b"AIDON_"))
            elif kind == TEXT:
                reading.put(i, (str(number(b, p)) if is_number(b[p]) else text(b, p)) or None)
            else:
                decimals = max(0, min(3, 3 - self._exponent[i])) if kind == V or kind == A else 0
                reading.put(i, self._value(i, energy_unit or 1), decimals)
        self._totals.observe(reading.wide)
        self._totals.complete(reading, self._is_malformed)
        if self._extras:
            self._extras.put(b, reading, self._is_kamstrup)
        return reading

    def _value(self, i, energy_unit):
        value = number(self._b, self._at[i])
        exponent = self._exponent[i]
        if exponent == _OPEN or exponent == _WATT_HOURS:
            return value * energy_unit
        return scaled(value, exponent)

    def _is_malformed(self, i):
        return self._malformed[i]
