"""Scales of lists that do not send any: research/protocol.md, 3 and 4.3, and issue 9, A3.

One mechanism for all makers. A quantity's scale is, in this order, the owner's; what the numbers
prove; what they proved before of this meter; the maker's, where it is documented. Else it is
unknown, and the values are left out. Volts prove themselves: they are some 230. Apparent power,
the sum of volts times amperes, is never below power, so it proves the amperes. Registers are
proven by energy_unit.py.
"""

from micropython import const

from ..reading import INDEX, A, V
from .axdr import is_number, length, number

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

# By maker, powers of ten: volts to mV where the maker's document tells; amperes to mA, of a meter
# without transformers and of one behind them; and whether the document rules out any other.
_VOLTS_OF = bytes((UNKNOWN, UNKNOWN, 2, 2, UNKNOWN, UNKNOWN))
_AMPERES_OF = bytes((UNKNOWN, 1, 0, 1, 1, UNKNOWN))
_TRANSFORMERS = bytes((UNKNOWN, 0, 0, 3, 3, UNKNOWN))

_POWERS = INDEX["active_power_import_w"]  # P import and export, Q import and export
_PHASE_POWERS = INDEX["active_power_import_l1_w"]  # import of L1 to L3, export of L1 to L3
_VOLTS = INDEX["voltage_l1_v"]
_AMPERES = INDEX["current_l1_a"]
_ROUNDED = const(10)  # hundredths of an ampere times volts: what is cut off of three amperes
_DIRECT = const(10000)  # hundredths: no meter without transformers carries 100 A on a phase
_MANY = const(3)  # telegrams in a row whose numbers disagree: no chance, and no step of the load


def family_of(letters):
    """Whose the three letters are."""
    for family in range(1, len(_LETTERS)):
        if _LETTERS[family] == letters:
            return family
    return NOBODY


class Judge:
    """Finds the scales of volts, amperes and power from the numbers themselves.

    `meet` a telegram; then `volts` and `amperes` are powers of ten to mV and mA, or UNKNOWN, and
    `power` is one to W. `owner` is what the owner says of these three (None: nothing), `kept` the
    amperes' power of ten that was proven before of this meter, or UNKNOWN.
    """

    def __init__(self):
        self.owner = None
        self.volts = self.amperes = UNKNOWN
        self.power = 0
        self.kept = UNKNOWN
        self.disagrees = 0  # telegrams in a row whose power is more than volts and amperes allow
        self._meter = 0

    def meet(self, b, at, family, meter, documented):
        """Look at a telegram's numbers: bytes `b`, `at` where each field's value stands, which
        `family`, where the meter's number or name stands, or 0, and whether this very list is
        `documented`, so that its scales are the maker's.
        """
        meter = hash_of(b, meter)
        if meter != self._meter:
            self._meter = meter
            self.disagrees = 0
            self.kept = UNKNOWN
        volts, amperes, power = self.owner or (None, None, None)
        self.power = power if power is not None else 0 if family else UNKNOWN
        self.volts = _volts(most(b, at, _VOLTS, 3), family) if volts is None else volts
        if amperes is None:
            documented = documented or family == KAIFA
            self.amperes = self._amperes(b, at, family, documented)
        else:
            self.amperes = amperes

    def _amperes(self, b, at, family, documented):
        usual = _AMPERES_OF[family]
        raw = most(b, at, _AMPERES, 3)
        if usual == UNKNOWN or not raw:
            return usual  # no ampere is none in any unit
        if self.volts == UNKNOWN or raw > 1_000_000:
            return UNKNOWN
        if not most(b, at, _VOLTS, 3):
            documented = documented or self.kept == UNKNOWN and family == KAMSTRUP
            return usual if documented else self.kept
        apparent = apparent_power(b, at, self.volts)
        power = watts(b, at)
        if self.power != UNKNOWN:
            power = power * 10 ** self.power if self.power >= 0 else power // 10
        other = _TRANSFORMERS[family]
        high = max(usual, other)
        # a list may show one phase of three
        most_power = apparent if at[_AMPERES + 1] or at[_AMPERES + 2] else 3 * apparent
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
            return self.kept  # hardly any power says nothing about amperes
        if raw > _DIRECT:
            self.kept = other
            return other
        # a tenth of the volt-amperes: transformers, or phases that cancel out by chance
        return UNKNOWN if 20 * power > apparent else usual

    def scale(self, kind):
        """Power of ten of the newest telegram's values of this kind, or UNKNOWN."""
        if kind == V:
            return self.volts
        if kind == A:
            return self.amperes
        return UNKNOWN if self.disagrees == _MANY else self.power


def _in(apparent, exponent):
    """Apparent power of hundredths of an ampere, if a count is 10**exponent mA instead."""
    return apparent * 10 ** (exponent - 1) if exponent else apparent // 10


def _volts(raw, family):
    """Power of ten to mV of volts whose largest is `raw`, or UNKNOWN."""
    documented = _VOLTS_OF[family]
    if not raw:
        return 3 if documented == UNKNOWN else documented  # none is none in any unit
    found = volts_exponent(raw)
    if found == UNKNOWN:
        return documented
    return found if documented == UNKNOWN or documented == found else UNKNOWN


def volts_exponent(raw):
    """Power of ten to mV that makes 80 to 480 V of it, or UNKNOWN."""
    for exponent in (3, 2, 1):
        if 80 <= raw <= 480:
            return exponent
        raw //= 10
    return UNKNOWN


def apparent_power(b, at, volts):
    """Sum of volts times amperes, of hundredths of an ampere; `volts`: their power of ten."""
    apparent = 0
    for phase in range(3):
        u = raw_number(b, at[_VOLTS + phase])
        for _ in range(volts, 3):
            u //= 10
        apparent += u * raw_number(b, at[_AMPERES + phase]) // 100
    return apparent


def watts(b, at):
    """The power that the amperes must carry, as sent: the largest total, or the phases' sum."""
    phases = 0
    for i in range(3):
        there = _PHASE_POWERS + i
        phases += max(raw_number(b, at[there]), raw_number(b, at[there + 3]))
    return max(phases, most(b, at, _POWERS, 4))


def raw_number(b, p):
    """The number at p as it stands, without its sign; 0 if there is none."""
    return abs(number(b, p)) if p and is_number(b[p]) else 0


def most(b, at, first, count):
    """The largest of so many fields' numbers."""
    largest = 0
    for i in range(first, first + count):
        largest = max(largest, raw_number(b, at[i]))
    return largest


def hash_of(b, p):
    """A number that tells one meter from another."""
    total = 0
    if p and not is_number(b[p]):
        for i in range(p + 2, p + 2 + length(b, p)):
            total = (total * 31 + b[i]) & 0xFFFFFF
    return total
