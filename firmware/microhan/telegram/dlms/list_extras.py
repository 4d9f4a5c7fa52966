"""Fields that Swedish meters do not send, in lists with OBIS codes. Loaded with the first code
that has no field among the others (lookup.field_of).
"""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import ALL, COUNT, FACTOR, HZ, INDEX, LEVEL, TEXT, VARH, W
from ...reading.reading import kind_of
from .axdr import is_number, number, scaled, text
from .extra_codes import FIELD_OF_CODE

if TYPE_CHECKING:
    from ...reading.reading import Reading

_BOOLEAN = const(0x03)
_BARE = const(127)  # no scaler was sent
_NO_UNIT = const(255)
_MOST_FACTOR = const(1000)  # thousandths
_BREAKER = INDEX["breaker"]
# COSEM disconnect control (IEC 62056-6-2, class 70): output_state, or control_state.
_STATES = ("disconnected", "connected", "ready_for_reconnection")

# DLMS unit (IEC 62056-6-2, table 4) -> kind of field; a peak is a power, too.
_KINDS = {27: W, 32: VARH, 44: HZ, _NO_UNIT: FACTOR}


class ListExtras:
    """Where a list has such fields: `take` notes one, `clear` forgets them all."""

    def __init__(self) -> None:
        self._at = array("H", bytes(2 * (ALL - COUNT)))  # where each field's value stands, or 0
        self._exponent = array("b", bytes(ALL - COUNT))  # as sent

    def clear(self) -> None:
        """Another list begins."""
        for i in range(ALL - COUNT):
            self._at[i] = 0

    def take(self, b: bytearray, code: int, p: int, scaler: int) -> bool:
        """Note the value at p for the field of this code. `scaler`: where its scaler stands, or 0.
        False if that field has no such values.
        """
        i = FIELD_OF_CODE.get(code)
        if i is None or not b[p]:  # null-data
            return True
        kind = kind_of(i)
        exponent = _BARE
        if kind != TEXT:
            if not is_number(b[p]):
                return False
            if scaler:
                exponent = b[scaler + 1] if b[scaler + 1] < 128 else b[scaler + 1] - 256
                if _KINDS.get(b[scaler + 3]) != (W if kind == LEVEL else kind) or (
                        not -12 <= exponent <= 9):
                    return False
        self._at[i - COUNT] = p
        self._exponent[i - COUNT] = exponent
        return True

    def put(self, b: bytearray, reading: "Reading", is_kamstrup: bool) -> None:
        """Give the newest list's fields to a Reading. A number without a scaler is left out, but
        for Kamstrup's power factors, which are hundredths.
        """
        for i in range(COUNT, ALL):
            p = self._at[i - COUNT]
            if not p:
                continue
            kind = kind_of(i)
            exponent = self._exponent[i - COUNT]
            if exponent == _BARE and kind == FACTOR and is_kamstrup:
                exponent = -2
            if kind == TEXT:
                value = _text(b, p, i)
            elif exponent == _BARE:
                continue
            elif kind == HZ or kind == FACTOR:
                value = (scaled(number(b, p), exponent + 3), max(0, min(3, -exponent)))
                if kind == FACTOR and abs(value[0]) > _MOST_FACTOR:
                    continue
            else:
                value = scaled(number(b, p), exponent)
            if value is not None:
                reading.put(i, value)


def _text(b, p, i):
    if not is_number(b[p]):
        return text(b, p) or None
    value = number(b, p)
    if i == _BREAKER and (b[p] == _BOOLEAN or 0 <= value < len(_STATES)):
        return _STATES[value and 1 if b[p] == _BOOLEAN else value]
    return str(value)
