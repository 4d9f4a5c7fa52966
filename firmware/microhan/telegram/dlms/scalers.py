"""Scales of lists that do not send any (docs/research/protocol.md, 3 and 4.3).

All makers' lists are treated alike. A quantity's scale is the owner's; or what the numbers prove;
or what they proved before of this meter; or the maker's, where it is documented: the first of
these that there is. Otherwise it is unknown, and the values are left out. Volts prove themselves:
they are about 230. Apparent power, the sum of volts times amperes, is never below power, so it
proves the amperes. Registers are proven by meter/energy_unit.py.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import INDEX, A, V
from .axdr import is_number, length, number

if TYPE_CHECKING:
    from array import array

# Whose list it is.
NOBODY = const(0)
KAMSTRUP = const(1)
KAIFA = const(2)
ISKRA = const(3)
LANDIS = const(4)
SIEMENS = const(5)

# The three letters (IEC 62056-21's manufacturer ids) of a system title or a logical device name.
_LETTERS = (0, 0x4B414D, 0x4B464D, 0x49534B, 0x4C475A, 0x534D53)  # KAM, KFM, ISK, LGZ, SMS

UNKNOWN = const(101)

# By maker, powers of ten: volts to mV where the maker's document says; amperes to mA, of a meter
# without current transformers and of one behind them.
_VOLTS_OF = bytes((UNKNOWN, UNKNOWN, 2, 2, UNKNOWN, UNKNOWN))
_AMPERES_OF = bytes((UNKNOWN, 1, 0, 1, 1, UNKNOWN))
_TRANSFORMERS = bytes((UNKNOWN, 0, 0, 3, 3, UNKNOWN))

_POWERS = INDEX["active_power_import_w"]  # P import and export, Q import and export
_PHASE_POWERS = INDEX["active_power_import_l1_w"]  # import of L1 to L3, export of L1 to L3
_VOLTS = INDEX["voltage_l1_v"]
_AMPERES = INDEX["current_l1_a"]
_ROUNDED = const(10)  # hundredths of an ampere times volts: what is cut off from three amperes
_DIRECT = const(10000)  # hundredths: no meter without transformers carries 100 A on a phase
_MANY = const(3)  # in a row whose numbers disagree: neither chance nor a step of the load


def family_of(letters: int) -> int:
    """The maker that the three letters stand for."""
    for family in range(1, len(_LETTERS)):
        if _LETTERS[family] == letters:
            return family
    return NOBODY


class ScaleGuess:
    """Finds the scales of volts, amperes and power from the numbers themselves.

    `observe` a list, then `guess`: `volts` and `amperes` are then powers of ten to mV and mA, or
    UNKNOWN, and `power` is one to W. `owner` is what the owner says of these three (None:
    nothing), `kept` the amperes' power of ten that was proven before for this meter, or UNKNOWN.
    """

    def __init__(self) -> None:
        self.owner: "list[int | None] | None" = None
        self.volts = self.amperes = UNKNOWN
        self.power = 0
        self.kept = UNKNOWN
        self.disagrees = 0  # telegrams in a row whose power is more than volts and amperes allow
        self._meter = 0
        # Of the list observed, as sent and without sign: volts and amperes by phase, the largest
        # of each, and the power that the amperes must carry.
        self._u = [0, 0, 0]
        self._i = [0, 0, 0]
        self.most_volts = self.most_amperes = self.watts = 0
        self._one_phase = False

    def observe(self, b: bytearray, at: "array[int]") -> None:
        """Read a list's numbers. `at`: where in `b` each field's value stands."""
        self.most_volts = _largest(b, at, _VOLTS, 3, self._u)
        self.most_amperes = _largest(b, at, _AMPERES, 3, self._i)
        self.watts = _largest(b, at, _POWERS, 4, None)
        if at[_PHASE_POWERS] or at[_PHASE_POWERS + 3]:
            phases = 0
            for i in range(_PHASE_POWERS, _PHASE_POWERS + 3):
                phases += max(raw_number(b, at[i]), raw_number(b, at[i + 3]))
            self.watts = max(self.watts, phases)
        self._one_phase = not at[_AMPERES + 1] and not at[_AMPERES + 2]

    def carried(self, volts: int) -> int:
        """The most power, in W, that these volts and amperes can carry, if a count of amperes is a
        hundredth; `volts`: the power of ten to mV. A list may show one phase of three."""
        apparent = self._apparent(volts)
        return 3 * apparent if self._one_phase else apparent

    def _apparent(self, volts):
        divisor = 10 ** (3 - volts)
        apparent = 0
        for phase in range(3):
            apparent += self._u[phase] // divisor * self._i[phase] // 100
        return apparent

    def guess(self, b: bytearray, family: int, meter: int, documented: bool) -> None:
        """Find the scales of the list observed. `family`: its maker; `meter`: where the meter's
        number or name stands, or 0; `documented`: the maker's document describes this very list.
        """
        meter = hash_of(b, meter)
        if meter != self._meter:
            self._meter = meter
            self.disagrees = 0
            self.kept = UNKNOWN
        volts, amperes, power = self.owner or (None, None, None)
        self.power = power if power is not None else 0 if family else UNKNOWN
        self.volts = _volts(self.most_volts, family) if volts is None else volts
        if amperes is None:
            self.amperes = self._amperes(family, documented or family == KAIFA)
        else:
            self.amperes = amperes

    def _amperes(self, family, documented):
        usual = _AMPERES_OF[family]
        raw = self.most_amperes
        if usual == UNKNOWN or not raw:
            return usual  # 0 A is 0 in any unit
        if self.volts == UNKNOWN or raw > 1_000_000:
            return UNKNOWN
        if not self.most_volts:
            documented = documented or self.kept == UNKNOWN and family == KAMSTRUP
            return usual if documented else self.kept
        apparent = self._apparent(self.volts)
        power = self.watts
        if self.power != UNKNOWN:
            power = power * 10 ** self.power if self.power >= 0 else power // 10
        other = _TRANSFORMERS[family]
        high = max(usual, other)
        most_power = 3 * apparent if self._one_phase else apparent
        if 7 * power > 10 * _in(most_power + _ROUNDED, high):
            if power > 4 * _in(most_power + _ROUNDED, high):
                self.disagrees = min(self.disagrees + 1, _MANY)
            return UNKNOWN
        self.disagrees = 0
        if documented:
            return usual
        low = min(usual, other)
        if 7 * power > 10 * _in(most_power, low):  # the smaller scale is ruled out
            if 10 * power > _in(apparent, high):
                self.kept = high
            return UNKNOWN if self.kept == low else self.kept
        if low == usual and 10 * power > _in(apparent, low):
            self.kept = low  # with the larger one the power factor would be below a hundredth
        if self.kept != UNKNOWN or family != KAMSTRUP:
            return self.kept  # with hardly any power nothing can be said about amperes
        if raw > _DIRECT:
            self.kept = other
            return other
        # a tenth of the volt-amperes: transformers, or phases that cancel out by chance
        return UNKNOWN if 20 * power > apparent else usual

    def scale(self, kind: int) -> int:
        """The power of ten of the list's values of this kind, or UNKNOWN."""
        if kind == V:
            return self.volts
        if kind == A:
            return self.amperes
        return UNKNOWN if self.disagrees == _MANY else self.power


def _in(apparent, exponent):
    """Apparent power worked out for hundredths of an ampere, if a count is 10**exponent mA."""
    return apparent * 10 ** (exponent - 1) if exponent else apparent // 10


def _volts(raw, family):
    """The power of ten to mV of volts of which the largest is `raw`, or UNKNOWN."""
    documented = _VOLTS_OF[family]
    if not raw:
        return 3 if documented == UNKNOWN else documented  # 0 V is 0 in any unit
    found = volts_exponent(raw)
    if found == UNKNOWN:
        return documented
    return found if documented == UNKNOWN or documented == found else UNKNOWN


def volts_exponent(raw: int) -> int:
    """The power of ten to mV that makes `raw` 80 to 480 V, or UNKNOWN."""
    for exponent in (3, 2, 1):
        if 80 <= raw <= 480:
            return exponent
        raw //= 10
    return UNKNOWN


def raw_number(b: bytearray, p: int) -> int:
    """The number at p as it stands, without its sign; 0 if p is 0."""
    return abs(number(b, p)) if p else 0


def _largest(b, at, first, count, each):
    """The largest number of `count` fields. All of them go into `each`, if that is a list."""
    largest = 0
    for i in range(count):
        p = at[first + i]
        n = abs(number(b, p)) if p else 0
        if n > largest:
            largest = n
        if each:
            each[i] = n
    return largest


def hash_of(b: bytearray, p: int) -> int:
    """A number that tells one meter from another."""
    total = 0
    if p and not is_number(b[p]):
        for i in range(p + 2, p + 2 + length(b, p)):
            total = (total * 31 + b[i]) & 0xFFFFFF
    return total
