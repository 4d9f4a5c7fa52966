"""Which speed, framing and polarity the meter's line has: found from what its bytes look like
(meter_clues.py), kept once it works.

Reading begins at the fastest speed, because a slower line shows itself there at once, in the
middle of a burst, while a faster one would not. So each burst leads straight to the next
candidate; where the bytes say nothing, whatever was not tried yet is next.
"""

from micropython import const

SPEEDS = (115200, 9600, 2400)
_FRAMINGS = ((8, "none"), (8, "even"), (7, "even"))
_EACH = const(6)  # candidates of one speed
COUNT = const(18)

# What a burst's bytes say of the settings in use.
NOTHING = const(0)
SLOWER = const(1)  # than the settings in use: the line is
FASTER = const(2)
POLARITY = const(3)
SEVEN = const(4)  # every byte has an even number of ones: seven bits and parity
FRAMING = const(5)  # begins as a telegram does, but under other bits or parity than 8N1
PULLUP = const(6)  # zeros come out short
BEGINS = const(7)  # as a telegram does
OTHER = const(8)  # a speed that is none of SPEEDS
CLUES = const(9)

_STRONG = (SLOWER, POLARITY, SEVEN, FRAMING)

_MUTE_S = const(25)  # not one byte ever: a wrong polarity may look like that
_MUTED_S = const(150)  # none any more: longer than the meter's interval
_CHANCES = const(3)  # bursts that look right get so many, as the first one may have been cut
_LOST_S = const(45)  # bad for so long after it worked: look again; silence alone is no reason
_LOST_BURSTS = const(3)  # and so many bursts, of a meter that sends seldom


def candidate(number):
    """(bit/s, data bits, parity, inverted by the ESP32) of a number from 0 to COUNT - 1."""
    bits, parity = _FRAMINGS[number // 2 % 3]
    return SPEEDS[number // _EACH], bits, parity, bool(number & 1)


def text_of(settings):
    """Settings as they are kept on flash: b"2400 8 even 0"."""
    return b"%d %d %s %d" % (settings[0], settings[1], settings[2].encode(), settings[3])


def number_of(text):
    """The candidate whose text (bytes, or None) this is; 0 if it is none."""
    for number in range(COUNT):
        if text_of(candidate(number)) == text:
            return number
    return 0


class Line:
    """The UART, with the settings that `open_uart(baud, bits, parity, invert)` opens it with.

    `fixed` is one candidate that the owner chose, or None to search. `remembered` is the text of
    the candidate that worked last, bytes or None; `remember(text)` keeps it.
    """

    def __init__(self, open_uart, fixed=None, remembered=None, remember=None):
        self._open = open_uart
        self._fixed = fixed
        self._remember = remember
        self._remembered = self._number = number_of(remembered)
        self._tried = 1 << self._number  # bit n: candidate n, in this round
        self._forced = 0  # bit n: again, since the bytes said so
        self._chances = 0
        self._since = 0  # uptime of the last change, or of the last telegram
        self._bad = 0  # bursts without a telegram
        self.exhausted = False  # every candidate was tried and none gave a telegram
        self.found = fixed is not None
        self._apply()

    @property
    def settings(self):
        """(bit/s, data bits, parity, inverted) in use."""
        return self._fixed or candidate(self._number)

    def _apply(self):
        self.uart = self._open(*self.settings)

    def works(self, now):
        """A telegram came at uptime `now` (s): these settings are right."""
        self._since = now
        self._bad = 0
        if not self.found:
            self.found = True
            self.exhausted = False
            if self._remember and self._number != self._remembered:
                self._remembered = self._number
                try:
                    self._remember(text_of(self.settings))
                except OSError:
                    pass  # a full flash: found again after the next start

    def failed(self, now, clue, promising, sure=False):
        """A burst gave no telegram at uptime `now`, and its bytes say `clue`; `promising`: it
        looked like one; `sure`: only the right settings look like that. True if that changed the
        settings."""
        self._bad += 1
        if self.found:
            if self._fixed or now - self._since < _LOST_S or self._bad < _LOST_BURSTS:
                return False
            self.found = False
            self._tried = 1 << self._number
            self._forced = self._chances = 0
        if sure:
            return False
        self._chances += 1
        if (promising or clue == BEGINS) and self._chances < _CHANCES:
            return False
        return self._go(now, FRAMING if clue == BEGINS else clue)

    def slower(self, now):
        """In mid-burst: the line is surely slower. True if that changed the settings."""
        return not self.found and self._go(now, SLOWER)

    def mute(self, now, heard):
        """Once a second; `heard` is the uptime of the last byte, or None. No byte at all is a
        reason for the other polarity."""
        patience = _MUTE_S if heard is None else _MUTED_S
        if not self.found and now - max(self._since, heard or 0) >= patience:
            self._tried = 1 << (self._number ^ 1)  # the other one has heard nothing yet
            self._turn(now, self._number ^ 1)

    def _go(self, now, clue):
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
        self._since = now
        self._apply()
        return True
