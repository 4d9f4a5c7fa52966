"""Scales of lists that do not send any: research/protocol.md, 3 and 4.3."""

from micropython import const

from ..reading import I_METER_ID, INDEX, V
from .axdr import is_number, length, number

# Whose scales hold.
NOBODY = const(0)
KAMSTRUP = const(1)
KAIFA = const(2)
ISKRA = const(3)
LANDIS = const(4)

JUDGE = const(100)  # the numbers, or the owner, have to tell
UNKNOWN = const(101)

# Powers of ten to mV, mA, Wh and varh, by maker.
SCALES = ((UNKNOWN, UNKNOWN, UNKNOWN), (JUDGE, JUDGE, JUDGE), (2, 0, 0), (2, 1, 0), (JUDGE, 1, 0))

_POWERS = INDEX["active_power_import_w"]  # P import and export, Q import and export
_VOLTS = INDEX["voltage_l1_v"]
_AMPERES = INDEX["current_l1_a"]
_HUNDREDTHS = const(1)  # of an ampere: power of ten to mA
_THOUSANDTHS = const(0)
_DIRECT = const(10000)  # no meter without transformers carries 100 A on a phase


class Judge:
    """Finds the scale of Kamstrup's volts and amperes from the numbers themselves.

    Volts are whole ones, or (a firmware of 2025) hundredths; amperes are hundredths, or behind
    current transformers thousandths. Apparent power never exceeds the sum of U times I: where
    that rules thousandths out, it does so for as long as this meter is there.
    """

    def __init__(self):
        self._volts = 3
        self._amperes = UNKNOWN
        self._sure = False
        self._meter = 0

    def scale(self, kind):
        """Power of ten of the newest telegram's volts (to mV) or amperes (to mA), or UNKNOWN."""
        return self._volts if kind == V else self._amperes

    def meet(self, b, at):
        """Look at a telegram's numbers: bytes `b`, `at` where each field's value stands."""
        meter = _hash(b, at[I_METER_ID])
        if meter != self._meter:
            self._meter = meter
            self._sure = False
        volts = _most(b, at, _VOLTS, 3)
        self._volts = 1 if volts > 5000 else 2 if volts > 1000 else 3
        amperes = _most(b, at, _AMPERES, 3)
        if amperes > 1_000_000:
            self._amperes = UNKNOWN
            return
        apparent = 0
        for phase in range(3):
            u = _raw(b, at[_VOLTS + phase])
            for _ in range(self._volts, 3):
                u //= 10
            apparent += u * _raw(b, at[_AMPERES + phase]) // 100
        power = _most(b, at, _POWERS, 4)
        if 7 * power > apparent:
            self._sure = self._sure or apparent > 0
            self._amperes = _HUNDREDTHS
        elif self._sure:
            self._amperes = _HUNDREDTHS
        elif amperes > _DIRECT:
            self._amperes = _THOUSANDTHS
        else:
            # a tenth of the volt-amperes: transformers, or phases that cancel out by chance
            self._amperes = UNKNOWN if 20 * power > apparent else _HUNDREDTHS


def _raw(b, p):
    """The number at p as it stands, without its sign; 0 if there is none."""
    return abs(number(b, p)) if p and is_number(b[p]) else 0


def _most(b, at, first, count):
    """The largest of so many fields' numbers."""
    most = 0
    for i in range(first, first + count):
        most = max(most, _raw(b, at[i]))
    return most


def _hash(b, p):
    """A number that tells one meter from another."""
    total = 0
    if p and not is_number(b[p]):
        for i in range(p + 2, p + 2 + length(b, p)):
            total = (total * 31 + b[i]) & 0xFFFFFF
    return total
