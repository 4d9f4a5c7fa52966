"""Which speed, framing and polarity the meter's line has: found by trying, kept once it works.

A meter sends a burst at each interval. A burst that gives no telegram costs one candidate, so the
right one is reached after as many intervals as it stands down the list; with 10 s between bursts
that is within a minute and a half. What worked is remembered across restarts.
"""

from micropython import const

# bit/s, data bits, parity, inverted by the ESP32. The likely ones first: a P1 port behind the
# board's transistor, then the binary lists of Kamstrup, Kaifa and Aidon, then boards without the
# transistor, then DSMR 2.
CANDIDATES = (
    (115200, 8, "none", False),
    (2400, 8, "none", False),
    (2400, 8, "even", False),
    (115200, 8, "none", True),
    (2400, 8, "none", True),
    (2400, 8, "even", True),
    (9600, 8, "none", False),
    (9600, 7, "even", False),
)
_MUTE_S = const(25)  # not one byte: a wrong polarity can look like that
_CHANCES = const(3)  # bursts that look right get so many, as the first one may have been cut
_LOST_S = const(120)  # bad for so long after it worked: look again; silence alone is no reason


class Line:
    """The UART, with the settings that `open_uart(baud, bits, parity, invert)` opens it with.

    `fixed` is one candidate that the owner chose, or None to search. `remembered` is the number of
    the candidate that worked last; `remember(number)` keeps it.
    """

    def __init__(self, open_uart, fixed=None, remembered=0, remember=None):
        self._open = open_uart
        self._fixed = fixed
        self._remember = remember
        self._remembered = remembered
        self._number = remembered if 0 <= remembered < len(CANDIDATES) else 0
        self._chances = 0
        self._tried = 0
        self._since = 0  # uptime of the last change, or of the last telegram
        self.found = fixed is not None
        self._apply()

    @property
    def settings(self):
        """(bit/s, data bits, parity, inverted) in use."""
        return self._fixed or CANDIDATES[self._number]

    @property
    def exhausted(self):
        """True once every candidate was tried and none gave a telegram."""
        return self._tried >= len(CANDIDATES)

    def _apply(self):
        self.uart = self._open(*self.settings)

    def works(self, now):
        """A telegram came at uptime `now` (s): these settings are right."""
        self._since = now
        self._tried = 0
        if not self.found:
            self.found = True
            if self._remember and self._number != self._remembered:
                self._remembered = self._number
                self._remember(self._number)

    def burst(self, now, promising):
        """A burst ended without a telegram; `promising`: it looked like one. True if that changed
        the settings."""
        if self.found:
            if self._fixed or now - self._since < _LOST_S:
                return False
            self.found = False
            self._chances = 0
        self._chances += 1
        if promising and self._chances < _CHANCES:
            return False
        return self._next(now)

    def mute(self, now, heard):
        """Once a second; `heard` is the uptime of the last byte, or None. No byte at all since the
        last change is a reason for the next one."""
        if not self.found and now - self._since >= _MUTE_S:
            if heard is None or heard <= self._since:
                self._next(now)

    def _next(self, now):
        self._number = (self._number + 1) % len(CANDIDATES)
        self._tried += 1
        self._chances = 0
        self._since = now
        self._apply()
        return True
