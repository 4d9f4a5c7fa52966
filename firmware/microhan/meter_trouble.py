"""There is no telegram: why? Loaded for as long as that lasts, with meter_clues.py, which looks at
the bytes, and meter_search.py.

Marks are numbers that only a telegram, or something like one, makes rise.
"""

from micropython import const

from .meter_clues import Clues
from .meter_line import (
    BEGINS,
    CLUES,
    FASTER,
    FRAMING,
    NOTHING,
    OTHER,
    POLARITY,
    PULLUP,
    SEVEN,
    SLOWER,
)
from .meter_search import Search

_LOST_S = const(45)  # bad for so long after it worked: look again; silence alone is no reason
_LOST_BURSTS = const(3)  # and so many bursts, of a meter that sends seldom
_LONGEST = const(8192)  # bytes without a pause and without a telegram: judged all the same
_SEARCH_S = const(90)  # without a telegram for so long, the garbage itself is told of
_SEARCH_BURSTS = const(8)

# What the bytes say -> the code that is told.
_CODES = {SLOWER: "garbage_baud", FASTER: "garbage_baud", OTHER: "garbage_baud",
          POLARITY: "garbage_polarity", SEVEN: "parity", FRAMING: "parity"}


class Trouble:
    """What is wrong with the line of `meter` (meter.Meter), at uptime `now` (s)."""

    def __init__(self, meter, now):
        self._meter = meter
        self._line = meter.line
        self._began = now if meter.last_ok is None else meter.last_ok
        self._clues = Clues()
        self._search = None
        self._bursts = 0
        self._alike = False  # the last burst looked like a telegram
        self._cut = False  # the settings changed in mid-burst: what is left of it says nothing
        self._before = self._at_burst = self._marks()  # then, and when the last burst was over
        if not self._line.found:
            self._look_for_it(now)

    @property
    def heard(self):
        """Bytes of the burst under way."""
        return self._clues.n

    @property
    def speed(self):
        """bit/s that the line seems to have, or 0."""
        return self._clues.speed

    def _look_for_it(self, now):
        self._line.found = False
        self._search = Search(self._line, now)

    def _marks(self):
        parser = self._meter.parser
        counters = parser.counters()
        return (counters.get("no_key", 0), counters.get("wrong_key", 0),
                counters.get("repeated", 0), self._meter.refused, counters.get("cut_short", 0),
                parser.identified, counters.get("fcs", 0), counters.get("unknown_list", 0),
                self._meter.bytes)

    def second(self, now, heard):
        """Once a second; `heard` is the uptime of the last byte, or None."""
        if self._search:
            self._search.mute(now, heard)

    def take(self, buf, n, whole, now):
        """Bytes buf[:n] have come; `whole`: after silence."""
        clues = self._clues
        if whole:
            clues.begin(True)
            self._cut = False
        clues.take(buf, n)
        if self._search and clues.surely_slower(self._line.settings[0]):
            self._cut = True
            clues.votes[SLOWER] += 1
            clues.begin(False)
            self._told(self._search.go(now, SLOWER))
        elif clues.n > _LONGEST:
            self.burst_over(now)

    def burst_over(self, now):
        """The line is quiet after bytes: if no telegram was among them, it may be set wrong."""
        clues = self._clues
        if not clues.n:
            return
        before, after = self._at_burst, self._marks()
        self._at_burst = after
        says = NOTHING if self._cut else clues.verdict(self._line.settings)
        moved = after[:-1] != before[:-1]
        self._alike = clues.is_text or says == BEGINS
        # an envelope, or a whole telegram though a damaged one
        sure = (after[:3] != before[:3] or after[7] != before[7]
                or after[3] != before[3] and self._alike)
        # a byte or two: the break that opening a line hears whose idle is low, or all that is left
        real = clues.n > 2 or moved or self._search and now - self._search.since > 2
        if real and not self._cut:
            self._bursts += 1
            # promising: bytes that all look like text, or anything that only a telegram has
            if clues.whole or says or moved or clues.n > _LONGEST:
                self._failed(now, says, clues.is_text or moved, sure)
        self._cut = False
        clues.begin(False)

    def _failed(self, now, says, promising, sure):
        if not self._search:
            if self._line.fixed or now - self._began < _LOST_S or self._bursts < _LOST_BURSTS:
                return
            self._look_for_it(now)
        self._told(self._search.failed(now, says, promising, sure))

    def _told(self, changed):
        if changed:
            self._meter.log("meter: trying %d bit/s, %d bits, parity %s, inverted %s"
                            % self._line.settings)

    def cause(self, waited, current):
        """The code for bytes that come without a telegram for `waited` s; `current`: not clear
        yet."""
        no_key, wrong_key, repeated, crc, cut, identified, fcs, unknown, count = (
            a - b for a, b in zip(self._marks(), self._before))
        if not self._bursts:
            return current
        if no_key:
            return "no_key"
        if wrong_key > 1 and not fcs:  # a damaged envelope does not open either
            return "wrong_key"
        if unknown:
            return "unknown_list"
        if repeated:
            return "silent"  # it says nothing new
        searches = self._search and not self._search.exhausted and (
            waited <= _SEARCH_S or self._bursts < _SEARCH_BURSTS)
        if searches and not self._alike:
            return current
        garbage = self._garbage()
        if garbage == "parity" and not fcs:
            return garbage
        if fcs or crc and self._alike:
            return "checksum"
        if identified and self._alike:
            # a lone identification is a line or two each time, a telegram cut short far more
            return "ident_only" if count < 64 * identified else "cut_short"
        if cut:
            return "cut_short"
        return current if searches else garbage

    def _garbage(self):
        """The code that most of the bursts speak for."""
        votes = self._clues.votes
        if self._search:
            # it tries the usual speeds, both polarities, and parity: those it is not
            return "garbage_baud" if votes[OTHER] and not votes[PULLUP] else "garbage_pullup"
        sums = {}
        best = "garbage_pullup"
        for which in range(SLOWER, CLUES):
            code = _CODES.get(which, "garbage_pullup")
            sums[code] = sums.get(code, 0) + votes[which]
            if sums[code] > sums.get(best, 0):
                best = code
        return best
