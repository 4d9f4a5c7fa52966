"""The search for the line's speed, framing and polarity. Loaded while they are not known.

It begins at the fastest speed, because a slower line shows itself there at once, in the middle of
a burst, while a faster one would not. So each burst leads straight to the next candidate; where
the bytes say nothing, whatever was not tried yet is next, at the same speed first.

A line of 8E1 or 8O1 is read right as 8N1, and one of 7O1 as 7E1 (line_model.py): those candidates
are for UARTs that mind the parity.
"""

from micropython import const

from .uart_line import (
    BEGINS,
    FASTER,
    FRAMING,
    HELD,
    NINE,
    ODD,
    POLARITY,
    SEVEN,
    SLOWER,
    SPEEDS,
    ZEROS,
)

# The likeliest first: known meters use 8N1, 8E1, 7N1 and 7E1 (docs/meters.md).
_FRAMINGS = ((8, "none"), (8, "even"), (7, "none"), (7, "even"), (7, "odd"), (8, "odd"))
_RANKS = b"\x00\x03\x05\x01\x02\x04\x06"  # of SPEEDS, likewise: 115200, 9600, 2400 …
_EACH = const(12)  # candidates of one speed
COUNT = const(84)
# What the bytes say -> number of the framing that they come from.
_FRAMED = {NINE: 2, SEVEN: 3, ODD: 4}
_STRONG = (SLOWER, POLARITY, SEVEN, FRAMING, ODD, NINE)

_UNTRIED = const(0)  # in this round
_TRIED = const(1)
_AGAIN = const(2)  # a second time, since the bytes said so

_MUTE_S = const(25)  # not one byte ever: a wrong polarity may look like that
_MUTED_S = const(150)  # none any more: longer than the meter's interval
_CHANCES = const(3)  # bursts that look right get so many, as the first one may have been cut
_DOUBTS = const(3)  # and so many say that a speed is too slow, which a faster one had led to


def candidate(number):
    """(bit/s, data bits, parity, inverted by the ESP32) of a number from 0 to COUNT - 1."""
    bits, parity = _FRAMINGS[number % _EACH // 2]
    return SPEEDS[number // _EACH], bits, parity, bool(number & 1)


class Search:
    """Opens `line` with one candidate after the other, from the settings that it has."""

    def __init__(self, line, now):
        self._line = line
        self._number = 0
        for number in range(COUNT):
            if candidate(number) == line.settings:
                self._number = number
        self._tried = bytearray(COUNT)
        self._tried[self._number] = _TRIED
        self._chances = 0
        self._doubts = 0
        self.since = now  # uptime of the last change
        self.exhausted = False  # every candidate was tried and none gave a telegram

    def failed(self, now, clue, promising, sure, speed):
        """A burst gave no telegram at uptime `now` (s), and its bytes say `clue`; `promising`: it
        looked like one; `sure`: only the right settings look like that; `speed`: bit/s that it
        seems to have. True if that changed the settings."""
        if sure:
            return False
        self._chances += 1
        if (promising and clue not in _STRONG or clue == BEGINS) and self._chances < _CHANCES:
            return False
        return self.go(now, FRAMING if clue == BEGINS else clue, speed)

    def mute(self, now, heard):
        """Once a second; `heard` is the uptime of the last byte, or None. No byte at all is a
        reason for the other polarity."""
        patience = _MUTE_S if heard is None else _MUTED_S
        if now - max(self.since, heard or 0) >= patience:
            for number in range(COUNT):
                self._tried[number] = _UNTRIED
            self._turn(now, self._number ^ 1)  # the other one has heard nothing yet

    def go(self, now, clue, speed):
        """Try what the clue leads to, or else what was not tried yet, at this speed first."""
        tried = self._tried
        row, wish = self._led(clue, speed)
        if tried[wish] and (clue not in _STRONG or tried[wish] == _AGAIN
                            or tried[self._number] == _AGAIN):
            wish = self._untried(row, 1)
            for rank in _RANKS:
                if wish < 0:
                    wish = self._untried(rank * _EACH, 1)
            if wish < 0:
                self.exhausted = True
                for number in range(COUNT):
                    tried[number] = _UNTRIED
                wish = (self._number + 1) % COUNT
        return self._turn(now, wish)

    def _led(self, clue, speed):
        """(first number of the speed, number) of the candidate that a clue leads to."""
        here = self._number
        turned = here & 1
        row = here - here % _EACH
        if clue in _FRAMED:
            return row, row + 2 * _FRAMED[clue] + turned
        if clue == HELD:
            return 0, turned ^ 1
        if clue == FASTER and self._doubts:
            self._doubts -= 1
            return row, here ^ 1  # a short list of the wrong polarity looks like that
        if clue == FASTER:
            row = 0
        elif clue == SLOWER or clue == ZEROS:
            row = SPEEDS.index(speed) * _EACH
            self._doubts = _DOUBTS
        elif clue != FRAMING:
            return row, here ^ 1
        wish = self._untried(row + turned, 2)
        return row, wish if wish >= 0 else row + turned

    def _untried(self, first, step):
        """Of the speed that begins at `first`, the next number not tried yet; -1: none."""
        for number in range(first, first - first % _EACH + _EACH, step):
            if not self._tried[number]:
                return number
        return -1

    def _turn(self, now, number):
        self._tried[number] += 1
        self._number = number
        self._chances = 0
        self.since = now
        self._line.change(candidate(number))
        return True
