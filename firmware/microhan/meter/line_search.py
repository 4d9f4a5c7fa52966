"""The search for the line's speed, framing and polarity. Loaded while they are not known.

It begins at the fastest speed. There the bytes of a slower line show that it is slower, even in
the middle of a burst; at a slow speed those of a faster line show nothing. So the bytes of a burst
lead straight to the next candidate. Where they give no clue, a candidate that was not tried yet is
next, of the same speed first.

8E1 and 8O1 are read right as 8N1, and 7O1 as 7E1 (tools/meter_model/line_model.py). Those
candidates are for UARTs that check the parity.
"""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from .uart_line import UartLine

# The likeliest first: known meters use 8N1, 8E1, 7N1 and 7E1 (docs/meters.md).
_FRAMINGS = ((8, "none"), (8, "even"), (7, "none"), (7, "even"), (7, "odd"), (8, "odd"))
# Indices of SPEEDS, likewise: 115200, 9600, 2400, 38400, 19200, 4800, 1200.
_SPEEDS_BY_RANK = b"\x00\x03\x05\x01\x02\x04\x06"
_EACH = const(12)  # candidates of one speed
COUNT = const(84)
# Clue -> number of the framing that it points to.
_FRAMED = {NINE: 2, SEVEN: 3, ODD: 4}
# Clues that lead to a candidate even a second time.
_STRONG = (SLOWER, POLARITY, SEVEN, FRAMING, ODD, NINE)

# How often a candidate was tried in this round.
_UNTRIED = const(0)
_TRIED = const(1)
_AGAIN = const(2)

_MUTE_S = const(25)  # without a byte: a wrong polarity may look like that
_MUTED_S = const(150)  # the same after the line was heard: longer than any meter's interval
_CHANCES = const(3)  # bursts at settings that look right: the first one may have been cut
# Bursts that may call a speed too slow for which the search has left a faster one.
_DOUBTS = const(3)


def candidate(number: int) -> tuple[int, int, str, bool]:
    """(bit/s, data bits, parity, inverted by the ESP32) of a number from 0 to COUNT - 1."""
    bits, parity = _FRAMINGS[number % _EACH // 2]
    return SPEEDS[number // _EACH], bits, parity, bool(number & 1)


class Search:
    """Tries one candidate after the other on `line`, starting with the settings that it has."""

    def __init__(self, line: "UartLine", now: int):
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

    def burst_failed(self, now: int, clue: int, promising: bool, sure: bool, speed: int) -> bool:
        """A burst that ended at uptime `now` (s) gave no telegram, but `clue`. `promising`: it
        looked like one; `sure`: only with the right settings does it look like that; `speed`:
        bit/s that the line seems to have. True if the settings were changed."""
        if sure:
            return False
        self._chances += 1
        if (promising and clue not in _STRONG or clue == BEGINS) and self._chances < _CHANCES:
            return False
        self.advance(now, FRAMING if clue == BEGINS else clue, speed)
        return True

    def tick(self, now: int, last_byte: int | None) -> None:
        """Once a second. `last_byte`: uptime of the newest byte, or None. If none comes, the other
        polarity is tried."""
        patience = _MUTE_S if last_byte is None else _MUTED_S
        if now - max(self.since, last_byte or 0) >= patience:
            for number in range(COUNT):
                self._tried[number] = _UNTRIED
            self._try(now, self._number ^ 1)

    def advance(self, now: int, clue: int, speed: int) -> None:
        """Try what the clue points to, or otherwise a candidate that was not tried yet."""
        tried = self._tried
        row, wish = self._suggested(clue, speed)
        if tried[wish] and (clue not in _STRONG or tried[wish] == _AGAIN
                            or tried[self._number] == _AGAIN):
            wish = self._untried(row, 1)
            for index in _SPEEDS_BY_RANK:
                if wish < 0:
                    wish = self._untried(index * _EACH, 1)
            if wish < 0:
                self.exhausted = True
                for number in range(COUNT):
                    tried[number] = _UNTRIED
                wish = (self._number + 1) % COUNT
        self._try(now, wish)

    def _suggested(self, clue, speed):
        """The candidate that a clue points to: (first number of its speed, its number)."""
        here = self._number
        inverted = here & 1
        row = here - here % _EACH
        if clue in _FRAMED:
            return row, row + 2 * _FRAMED[clue] + inverted
        if clue == HELD:
            return 0, inverted ^ 1
        if clue == FASTER and self._doubts:
            self._doubts -= 1
            return row, here ^ 1  # a short list with the wrong polarity looks like that
        if clue == FASTER:
            row = 0
        elif clue == SLOWER or clue == ZEROS:
            row = SPEEDS.index(speed) * _EACH
            self._doubts = _DOUBTS
        elif clue != FRAMING:
            return row, here ^ 1
        wish = self._untried(row + inverted, 2)
        return row, wish if wish >= 0 else row + inverted

    def _untried(self, first, step):
        """The next number from `first` on, of the same speed, that was not tried yet; -1: none."""
        for number in range(first, first - first % _EACH + _EACH, step):
            if not self._tried[number]:
                return number
        return -1

    def _try(self, now, number):
        self._tried[number] += 1
        self._number = number
        self._chances = 0
        self.since = now
        self._line.change(candidate(number))
