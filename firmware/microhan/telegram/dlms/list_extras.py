"""Fields that Swedish meters do not send, in lists with OBIS codes. Loaded with the first code
that is none of obis.py's.
"""

from array import array

from micropython import const

from ...reading.fields import ALL, COUNT, FACTOR, HZ, INDEX, LEVEL, TEXT, VARH, W
from ...reading.reading import kind_of
from .axdr import is_number, number, scaled, text

_BOOLEAN = const(0x03)
_BARE = const(127)  # no scaler was sent
_NO_UNIT = const(255)
_MOST_FACTOR = const(1000)  # thousandths
_BREAKER = INDEX["breaker"]
# COSEM disconnect control (IEC 62056-6-2, class 70): output_state, or control_state.
_STATES = ("disconnected", "connected", "ready_for_reconnection")

# A, C, D, E packed as by obis.pack -> field; A is 0 or 1.
_FIELDS = {
    0x600E00: INDEX["tariff"], 0x60030A: _BREAKER, 0x600D00: INDEX["message"],
    0x110000: INDEX["limiter_w"],
    1 << 24 | 0x0E0700: INDEX["frequency_hz"], 1 << 24 | 0x0D0700: INDEX["power_factor"],
    1 << 24 | 0x210700: INDEX["power_factor_l1"], 1 << 24 | 0x350700: INDEX["power_factor_l2"],
    1 << 24 | 0x490700: INDEX["power_factor_l3"],
    1 << 24 | 0x050800: INDEX["reactive_energy_q1_kvarh"],
    1 << 24 | 0x060800: INDEX["reactive_energy_q2_kvarh"],
    1 << 24 | 0x070800: INDEX["reactive_energy_q3_kvarh"],
    1 << 24 | 0x080800: INDEX["reactive_energy_q4_kvarh"],
    1 << 24 | 0x010400: INDEX["demand_import_w"],
    1 << 24 | 0x010600: INDEX["demand_peak_import_w"],
}
# DLMS unit (IEC 62056-6-2, table 4) -> kind of field; a peak is a power, too.
_KINDS = {27: W, 32: VARH, 44: HZ, _NO_UNIT: FACTOR}


class ListExtras:
    """Where a list has such fields. What it is told of one list is forgotten with `clear`."""

    def __init__(self):
        self._at = array("H", bytes(2 * (ALL - COUNT)))  # where each field's value stands, or 0
        self._exponent = array("b", bytes(ALL - COUNT))  # as sent

    def clear(self):
        """Another list begins."""
        for i in range(ALL - COUNT):
            self._at[i] = 0

    def take(self, b, code, p, scaler):
        """Note the value at p as that of the field of this code; `scaler`: where that stands, or
        0. False if the value is not that field's.
        """
        i = _FIELDS.get(code)
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

    def put(self, b, reading, is_kamstrup):
        """Give the newest list's fields to a Reading. Of a number without a scaler nobody knows
        the scale; but Kamstrup's power factors are hundredths.
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
