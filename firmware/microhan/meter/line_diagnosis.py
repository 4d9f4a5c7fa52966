"""There is no telegram: why? Loaded for as long as that lasts, with byte_statistics.py, which
looks at the bytes, and line_search.py.

Marks are numbers that only a telegram, or something like one, makes rise.
"""

from micropython import const

from ..telegram.counters import (
    C_CUT_SHORT,
    C_FCS,
    C_IDENTIFIED,
    C_NO_KEY,
    C_REPEATED,
    C_UNKNOWN_LIST,
    C_WRONG_KEY,
)
from .byte_statistics import Clues
from .line_search import Search
from .uart_line import (
    BEGINS,
    CLUES,
    FASTER,
    FRAMING,
    HELD,
    NINE,
    NOTHING,
    ODD,
    ONES,
    OTHER,
    POLARITY,
    PULLUP,
    SEVEN,
    SLOWER,
    SPEEDS,
    UNIFORM,
    ZEROS,
)

_LOST_S = const(45)  # bad for so long after it worked: look again; silence alone is no reason
_LOST_BURSTS = const(3)  # and so many bursts, of a meter that sends seldom
_LONGEST = const(8192)  # bytes without a pause and without a telegram: judged all the same
_SEARCH_S = const(90)  # without a telegram for so long, the garbage itself is told of
_SEARCH_BURSTS = const(8)
_PULLUPS = const(2)  # bursts that speak for a weak pull-up, before the search has tried all else
_OPENED_S = const(2)  # a byte so soon after the UART was opened is its own, or a break
_ZEROS_S = const(2)  # zeros for so long after a change in mid-burst were not heard before it
_HELD_S = const(15)  # zeros without a pause, for longer than any telegram
_SOON_S = const(2)  # bytes have come, but no burst is over yet; at SPEEDS[0] none lasts so long
_TEXT = const(24)  # so many bytes are not text by chance
_BOTH = const(3)  # polarities, a bit each

# What the bytes say -> the code that is told.
_CODES = {SLOWER: "garbage_baud", FASTER: "garbage_baud", OTHER: "garbage_baud",
          ZEROS: "garbage_baud", HELD: "garbage_baud", POLARITY: "garbage_polarity",
          SEVEN: "parity", ODD: "parity", NINE: "parity", FRAMING: "parity"}
# What does not speak against a line that is held low.
_AS_HELD = (NOTHING, ZEROS, HELD, ONES, FASTER)
# Codes that the search says nothing against.
_NAMED = ("ident_only", "checksum", "no_key", "wrong_key", "cut_short")


class Trouble:
    """What is wrong with the line of `meter` (meter.Meter), at uptime `now` (s)."""

    def __init__(self, meter, now):
        self._meter = meter
        self._line = meter.line
        self._began = now if meter.last_ok is None else meter.last_ok
        self._clues = Clues()
        self._search = None
        self._bursts = 0
        self._judged = False  # one of them from its beginning, or by what it says
        self._started = now  # of the burst under way
        self._held = False  # the line is held low
        self.unclear = True  # nothing speaks for one cause or another yet
        self._alike = False  # the last burst looked like a telegram
        self._cut = False  # the settings changed in mid-burst: what is left of it says nothing
        self._uniform = 0  # polarities in which a burst at the fastest speed was uniform
        self._zeros = False  # and that because of zeros: bytes heard before are zeros, too
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

    @property
    def trying(self):
        """The settings that the search tries, like "38400 7N1"; "" if there is no search."""
        baud, bits, parity, _ = self._line.settings
        return "%d %d%s1" % (baud, bits, parity[0].upper()) if self._search else ""

    def opening(self, now):
        """Whether the UART was opened just now, so that a lone byte is no meter's: it hears a
        break where idle is low, and an ESP32-S3 a start where it is high (circuitpython #8890).
        """
        return now - (self._search.since if self._search else self._began) <= _OPENED_S

    def _look_for_it(self, now):
        self._line.found = False
        self._search = Search(self._line, now)

    def _marks(self):
        counts = self._meter.parser.counts()
        return (counts[C_NO_KEY], counts[C_WRONG_KEY], counts[C_REPEATED], self._meter.refused,
                counts[C_CUT_SHORT], counts[C_IDENTIFIED], counts[C_FCS], counts[C_UNKNOWN_LIST],
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
            self._cut = self._zeros = False
        elif self._line.stale_ms > 0 and not (self._zeros and any(buf[:n])):
            return  # it may have been heard with the settings before
        if not clues.n:
            self._started = now
        clues.take(buf, n)
        says = clues.surely_slower(self._line.settings[0])
        if says and self._search and not self._waits(now, says):
            self._cut = True
            self._zeros = says == ZEROS
            self._uniform = 0
            clues.vote(says)
            if says == HELD:
                self._hold()
            clues.begin(False)
            self._told(self._search.go(now, says, clues.leads))
        elif clues.is_zero and (clues.n > _LONGEST or now - self._started >= _HELD_S):
            self._hold()
        if clues.n > _LONGEST or now - self._started > _SOON_S and (
                self._line.settings[0] == SPEEDS[0] and clues.is_uniform):
            self.burst_over(now)

    def _waits(self, now, says):
        """Whether to keep the settings for a while yet. A line that is held low gives its zeros at
        any setting: there is no hurry. Nor is there after a change in mid-burst: at the speed that
        zeros led to no meter's line gives zeros alone.
        """
        longest = _HELD_S if self._held else _ZEROS_S if self._cut and says == ZEROS else 0
        return now - self._search.since < longest

    def _hold(self):
        """Only zeros come. The other way round, noise on an idle line looks like that, too."""
        if not self._clues.votes[ONES]:
            self._held = True

    def burst_over(self, now):
        """The line is quiet after bytes: if no telegram was among them, it may be set wrong."""
        clues = self._clues
        if not clues.n and not self._cut:
            return
        before, after = self._at_burst, self._marks()
        self._at_burst = after
        says = NOTHING if self._cut else clues.verdict(self._line.settings)
        votes = clues.votes
        if says == HELD and votes[ZEROS] and not any(
                [votes[i] for i in range(CLUES) if i not in _AS_HELD]):
            self._hold()  # a fast speed and the slowest say the same, and nothing else came ever
        moved = after[:-1] != before[:-1]
        self._alike = clues.is_text or says == BEGINS
        # the zeros of such a line are something else at some other settings
        if moved or self._alike or not self._search and clues.n > 2 and not clues.is_zero:
            self._held = False
        # an envelope, or a whole telegram though a damaged one
        sure = (after[:3] != before[:3] or after[7] != before[7]
                or after[3] != before[3] and self._alike)
        if says == UNIFORM:
            self._uniform |= 1 << self._line.settings[3]
        elif sure or after[6] != before[6] or clues.is_text and clues.n > _TEXT:
            self._uniform = 0
        # a byte or two: what opening a line hears, noise on one that fell silent, or all that is
        # left of a telegram
        real = clues.n > 2 or moved or not self.opening(now) and (
            self._search or self._meter.last_ok is None)
        if real and not self._cut:
            self._bursts += 1
            if clues.whole or says or clues.n > _LONGEST:
                self._judged = True
            # promising: bytes that all look like text, or anything that only a telegram has
            if clues.whole or says or moved or clues.n > _LONGEST:
                self._failed(now, says, clues.is_text or moved, sure)
        self._cut = self._zeros = False
        clues.begin(False)

    def _failed(self, now, says, promising, sure):
        if not self._search:
            if self._line.fixed or self._held or says == ONES or (
                    now - self._began < _LOST_S or self._bursts < _LOST_BURSTS):
                return
            self._look_for_it(now)
        if not self._waits(now, says):
            self._told(self._search.failed(now, says, promising, sure, self._clues.leads))

    def _told(self, changed):
        if changed:
            self._meter.log("meter: trying %d bit/s, %d bits, parity %s, inverted %s"
                            % self._line.settings)

    def cause(self, now, current):
        """The code for bytes that come without a telegram, at uptime `now`; `current`: not
        clear yet."""
        no_key, wrong_key, repeated, crc, cut, identified, fcs, unknown, count = (
            a - b for a, b in zip(self._marks(), self._before))
        self.unclear = False
        if self._held:
            return "held_low"
        if not self._bursts:
            # "nothing has come" is true no more (issue 9, C13)
            return self._guess() if current == "never" and now - self._started > _SOON_S else (
                current)
        if no_key:
            return "no_key"
        if wrong_key and not fcs:  # a damaged envelope does not open either
            # the first may be damaged all the same, the second speaks of the key
            return "wrong_key" if wrong_key > 1 else self._guess() if current == "never" else (
                current)
        if unknown:
            return "unknown_list"
        if repeated:
            return "silent"  # it says nothing new
        if self._uniform == _BOTH:
            return "garbage_pullup"  # no speed and no framing makes such bytes of a telegram
        searches = self._search and not self._search.exhausted and (
            now - self._began <= _SEARCH_S or self._bursts < _SEARCH_BURSTS)
        if searches and not self._alike:
            return current if current in _NAMED else self._guess()
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
        return self._guess() if searches or not self._judged else garbage

    def _guess(self):
        """The code while it is too early for one."""
        votes = self._clues.votes
        if votes[ONES] or votes[PULLUP] >= _PULLUPS:
            return "garbage_pullup"
        self.unclear = True
        return "garbage_baud" if self._search else "garbage_pullup"

    def _garbage(self):
        """The code that most of the bursts speak for."""
        votes = self._clues.votes
        if self._search:
            if not votes[ONES] and 2 * (votes[ZEROS] + votes[HELD]) > sum(votes):
                return "held_low"
            # it tries the usual speeds, both polarities, and parity: those it is not
            return "garbage_baud" if votes[OTHER] and not votes[PULLUP] else "garbage_pullup"
        best = "garbage_pullup"
        sums = {best: votes[NOTHING] // 2}  # a first byte may look like another's by chance
        for which in range(SLOWER, CLUES):
            code = _CODES.get(which, "garbage_pullup")
            sums[code] = sums.get(code, 0) + votes[which]
            if sums[code] > sums[best]:
                best = code
        return best
