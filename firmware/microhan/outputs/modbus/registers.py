"""The registers of an Eastron SDM630: docs/integrations/modbus.md has them with their meanings.

Two make a value, a float32 with the high word first. What is no register of a row below is NaN.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import HZ, I_VOLTAGE, INDEX, KIND, V, W
from ...reading.net_power import STALE_S
from .float32 import NAN, float32

if TYPE_CHECKING:
    from typing import Any

_HOLDING = const(3)  # functions
_INPUT = const(4)
# Exceptions. Not "busy" (6) for what is old: there are clients that then ask without end.
_NO_FUNCTION = const(1)
_NO_ADDRESS = const(2)
_NO_COUNT = const(3)
_NO_DATA = const(4)
_MOST = const(125)  # registers of one request
_END = const(0x17E)  # of the input registers
_SERIAL = const(0xFC00)
# Blocks of holding registers: the first, and behind the last.
_BLOCKS = ((0, 0x26), (0xF910, 0xF912), (_SERIAL, _SERIAL + 2))
# What differs from 0 there: three phases and neutral, the unit's number, code 2 for 9600 bit/s.
_SET = {0x0A: 3, 0x14: 1, 0x1C: 2}

# How a value comes about; of phases, that of the first one's fields.
_FIELD = const(0)
_NET = const(1)  # a field minus another
_SUM = const(2)
_VA = const(3)
_MEAN = const(4)  # over the phases of this field
_TOTAL = const(5)
_TOTAL_VA = const(6)
_CURRENT = const(3)  # behind the voltage of the same phase
_I_CURRENT = INDEX["current_l1_a"]
# Each row: half the first register, how many values, how, and the fields that it takes. Bytes,
# since tuples take 1 kB.
_WIDTH = const(5)
_ROWS = bytes((
    0x00 // 2, 3, _FIELD, I_VOLTAGE, 0,
    0x06 // 2, 3, _FIELD, _I_CURRENT, 0,
    0x0C // 2, 3, _NET, INDEX["active_power_import_l1_w"], INDEX["active_power_export_l1_w"],
    0x12 // 2, 3, _VA, I_VOLTAGE, 0,
    0x18 // 2, 3, _NET, INDEX["reactive_power_import_l1_var"],
    INDEX["reactive_power_export_l1_var"],
    0x1E // 2, 3, _FIELD, INDEX["power_factor_l1"], 0,
    0x2A // 2, 1, _MEAN, I_VOLTAGE, 0,
    0x2E // 2, 1, _MEAN, _I_CURRENT, 0,
    0x30 // 2, 1, _TOTAL, _I_CURRENT, 0,
    0x34 // 2, 1, _NET, INDEX["active_power_import_w"], INDEX["active_power_export_w"],
    0x38 // 2, 1, _TOTAL_VA, I_VOLTAGE, 0,
    0x3C // 2, 1, _NET, INDEX["reactive_power_import_var"], INDEX["reactive_power_export_var"],
    0x3E // 2, 1, _FIELD, INDEX["power_factor"], 0,
    0x46 // 2, 1, _FIELD, INDEX["frequency_hz"], 0,
    0x48 // 2, 1, _FIELD, INDEX["active_energy_import_kwh"], 0,
    0x4A // 2, 1, _FIELD, INDEX["active_energy_export_kwh"], 0,
    0x4C // 2, 1, _FIELD, INDEX["reactive_energy_import_kvarh"], 0,
    0x4E // 2, 1, _FIELD, INDEX["reactive_energy_export_kvarh"], 0,
    0x156 // 2, 1, _SUM, INDEX["active_energy_import_kwh"], INDEX["active_energy_export_kwh"],
    0x158 // 2, 1, _SUM, INDEX["reactive_energy_import_kvarh"],
    INDEX["reactive_energy_export_kvarh"],
))


class Registers:
    """hub: hub.Hub; serial: the number that the holding registers tell."""

    def __init__(self, hub: "Any", serial: int):
        self._hub = hub
        self._serial = serial
        # While a request is answered: State.reading() and as_of().
        self._reading: "Any" = None
        self._old: "Any" = None

    def answer(self, asked: bytes) -> bytes:
        """The answer to a request; both without the header of Modbus TCP."""
        function = asked[0]
        if function not in (_HOLDING, _INPUT):
            return self._refusal(function, _NO_FUNCTION)
        if len(asked) != 5:
            return self._refusal(function, _NO_COUNT)
        first = asked[1] << 8 | asked[2]
        count = asked[3] << 8 | asked[4]
        if not 1 <= count <= _MOST:
            return self._refusal(function, _NO_COUNT)
        blocks = ((0, _END),) if function == _INPUT else _BLOCKS
        # Half of a value is none.
        if (first | count) & 1 or not [
                1 for begin, end in blocks if begin <= first and first + count <= end]:
            return self._refusal(function, _NO_ADDRESS)
        value_at = self._setting
        if function == _INPUT:
            state = self._hub.state
            if not self._hub.reading or state.age() > STALE_S:
                return self._refusal(function, _NO_DATA)
            self._reading = state.reading()
            self._old = state.as_of()
            value_at = self._value
        out = bytes((function, 2 * count)) + b"".join(
            [value_at(register) for register in range(first, first + count, 2)])
        self._reading = self._old = None
        return out

    def _refusal(self, function, why):
        return bytes((function | 0x80, why))

    def _setting(self, register):
        if register == _SERIAL:
            return self._serial.to_bytes(4, "big")
        return float32(_SET.get(register, 0), 1)

    def _value(self, register):
        """The float of an input register and the next one."""
        for at in range(0, len(_ROWS), _WIDTH):
            phase = (register >> 1) - _ROWS[at]
            if 0 <= phase < _ROWS[at + 1]:
                n, d = self._quotient(_ROWS[at + 2], _ROWS[at + 3] + phase, _ROWS[at + 4] + phase)
                return NAN if n is None else float32(n, d)
        return NAN

    def _quotient(self, how, one, other):
        """A value as (integer or None, what it is to be divided by)."""
        thousand = 1 if W <= KIND[one] < V else 1000
        if how == _FIELD:
            return self._at(one), thousand
        if how == _NET:
            from ...reading.net_power import net

            return net(self._reading, self._old, self._hub.state.seen, one, other), thousand
        if how == _SUM:
            a, b = self._at(one), self._at(other)
            return None if a is None or b is None else a + b, thousand
        if how == _VA:
            return self._apparent(one), 1_000_000
        phases = (one, one + 1, one + 2)
        if how == _TOTAL_VA:
            # of each phase with a current
            parts = [self._apparent(i) for i in phases if self._at(i + _CURRENT) is not None]
        else:
            parts = [n for n in [self._at(i) for i in phases] if n is not None]
        if not parts or None in parts:
            return None, 1
        if how == _MEAN:
            thousand *= len(parts)
        elif how == _TOTAL_VA:
            thousand = 1_000_000
        return sum(parts), thousand

    def _at(self, i):
        """A field's number. Currents have no sign in this meter: the power's is theirs."""
        n = self._reading.at(i)
        if n is not None and KIND[i] >= HZ:
            return n[0]
        return abs(n) if n is not None and _I_CURRENT <= i < _I_CURRENT + 3 else n

    def _apparent(self, i):
        """Millionths of VA of the phase whose voltage is field i."""
        volts, amperes = self._at(i), self._at(i + _CURRENT)
        return None if volts is None or amperes is None else volts * amperes
