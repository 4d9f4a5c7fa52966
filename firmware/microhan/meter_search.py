"""The search for the line's speed, framing and polarity. Loaded while they are not known.

It begins at the fastest speed, because a slower line shows itself there at once, in the middle of
a burst, while a faster one would not. So each burst leads straight to the next candidate; where
the bytes say nothing, whatever was not tried yet is next.
"""

from micropython import const

from .meter_line import BEGINS, FASTER, FRAMING, POLARITY, SEVEN, SLOWER, SPEEDS

_FRAMINGS = ((8, "none"), (8, "even"), (7, "even"))
_EACH = const(6)  # candidates of one speed
COUNT = const(18)
_STRONG = (SLOWER, POLARITY, SEVEN, FRAMING)

_MUTE_S = const(25)  # not one byte ever: a wrong polarity may look like that
_MUTED_S = const(150)  # none any more: longer than the meter's interval
_CHANCES = const(3)  # bursts that look right get so many, as the first one may have been cut


def candidate(number):
    """(bit/s, data bits, parity, inverted by the ESP32) of a number from 0 to COUNT - 1."""
    bits, parity = _FRAMINGS[number // 2 % 3]
    return SPEEDS[number // _EACH], bits, parity, bool(number & 1)


class Search:
    """Opens `line` with one candidate after the other, from the settings that it has."""

    def __init__(self, line, now):
        self._line = line
        self._number = 0
        for number in range(COUNT):
            if candidate(number) == line.settings:
                self._number = number
        self._tried = 1 << self._number  # bit n: candidate n, in this round
        self._forced = 0  # bit n: again, since the bytes said so
        self._chances = 0
        self.since = now  # uptime of the last change
        self.exhausted = False  # every candidate was tried and none gave a telegram

    def failed(self, now, clue, promising, sure):
        """A burst gave no telegram at uptime `now` (s), and its bytes say `clue`; `promising`: it
        looked like one; `sure`: only the right settings look like that. True if that changed the
        settings."""
        if sure:
            return False
        self._chances += 1
        if (promising or clue == BEGINS) and self._chances < _CHANCES:
            return False
        return self.go(now, FRAMING if clue == BEGINS else clue)

    def mute(self, now, heard):
        """Once a second; `heard` is the uptime of the last byte, or None. No byte at all is a
        reason for the other polarity."""
        patience = _MUTE_S if heard is None else _MUTED_S
        if now - max(self.since, heard or 0) >= patience:
            self._tried = 1 << (self._number ^ 1)  # the other one has heard nothing yet
            self._turn(now, self._number ^ 1)

    def go(self, now, clue):
        """Try what the clue leads to, or else what was not tried yet, at this speed first."""
        here = self._number
        speed = here // _EACH * _EACH
        if clue == SLOWER:
            wish = here % 2 + speed + _EACH
        elif clue == FASTER:
            wish = here % 2
        elif clue == SEVEN:
            wish = here % 2 + speed + 4
        elif clue == FRAMING:
            wish = speed + (here + 2) % _EACH
        else:
            wish = here ^ 1
        if wish >= COUNT or self._tried >> wish & 1 and (
                clue not in _STRONG or self._forced >> wish & 1):
            for n in range(speed, speed + COUNT):
                if not self._tried >> n % COUNT & 1:
                    wish = n % COUNT
                    break
            else:
                self.exhausted = True
                self._tried = self._forced = 0
                wish = (here + 1) % COUNT
        elif self._tried >> wish & 1:
            self._forced |= 1 << wish
        self._tried |= 1 << wish
        return self._turn(now, wish)

    def _turn(self, now, number):
        self._number = number
        self._chances = 0
        self.since = now
        self._line.open(candidate(number))
        return True
