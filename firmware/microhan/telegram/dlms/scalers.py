"""Scales of lists that do not send any: docs/research/protocol.md, 3 and 4.3, and issue 9, A3.

One mechanism for all makers. A quantity's scale is, in this order, the owner's; what the numbers
prove; what they proved before of this meter; the maker's, where it is documented. Else it is
unknown, and the values are left out. Volts prove themselves: they are some 230. Apparent power,
the sum of volts times amperes, is never below power, so it proves the amperes. Registers are
proven by energy_unit.py.
"""

from micropython import const

from ...reading.fields import INDEX, A, V
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

    `look` at a telegram and `meet` it; then `volts` and `amperes` are powers of ten to mV and mA,
    or UNKNOWN, and `power` is one to W. `owner` is what the owner says of these three (None:
    nothing), `kept` the amperes' power of ten that was proven before of this meter, or UNKNOWN.
    """

    def __init__(self):
        self.owner = None
        self.volts = self.amperes = UNKNOWN
        self.power = 0
        self.kept = UNKNOWN
        self.disagrees = 0  # telegrams in a row whose power is more than volts and amperes allow
        self._meter = 0
        # Of the telegram that `look` saw, as sent and without sign: volts and amperes by phase,
        # their largest, and the power that the amperes must carry.
        self._u = [0, 0, 0]
        self._i = [0, 0, 0]
        self.most_volts = self.most_amperes = self.watts = 0
        self._one_phase = False

    def look(self, b, at):
        """See a telegram's numbers: bytes `b`, `at` where each field's value stands."""
        self.most_volts = _largest(b, at, _VOLTS, 3, self._u)
        self.most_amperes = _largest(b, at, _AMPERES, 3, self._i)
        self.watts = _largest(b, at, _POWERS, 4, None)
        if at[_PHASE_POWERS] or at[_PHASE_POWERS + 3]:
            phases = 0
            for i in range(_PHASE_POWERS, _PHASE_POWERS + 3):
                phases += max(raw_number(b, at[i]), raw_number(b, at[i + 3]))
            self.watts = max(self.watts, phases)
        self._one_phase = not at[_AMPERES + 1] and not at[_AMPERES + 2]

    def carried(self, volts):
        """The most power, in W, that volts times hundredths of an ampere can be; `volts`: their
        power of ten. A list may show one phase of three."""
        apparent = self._apparent(volts)
        return 3 * apparent if self._one_phase else apparent

    def _apparent(self, volts):
        divisor = 10 ** (3 - volts)
        apparent = 0
        for phase in range(3):
            apparent += self._u[phase] // divisor * self._i[phase] // 100
        return apparent

    def meet(self, b, family, meter, documented):
        """Find the scales of what `look` saw: of which `family`, where the meter's number or name
        stands, or 0, and whether this very list is `documented`, so that its scales are the
        maker's.
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
            return usual  # no ampere is none in any unit
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


def raw_number(b, p):
    """The number at p as it stands, without its sign; 0 if p is 0."""
    return abs(number(b, p)) if p else 0


def _largest(b, at, first, count, each):
    """The largest of so many fields' numbers, which go into `each`, if that is a list."""
    largest = 0
    for i in range(count):
        p = at[first + i]
        n = abs(number(b, p)) if p else 0
        if n > largest:
            largest = n
        if each:
            each[i] = n
    return largest


def hash_of(b, p):
    """A number that tells one meter from another."""
    total = 0
    if p and not is_number(b[p]):
        for i in range(p + 2, p + 2 + length(b, p)):
            total = (total * 31 + b[i]) & 0xFFFFFF
    return total
