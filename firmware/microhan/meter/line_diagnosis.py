"""Why is there no telegram? Loaded for as long as there is none, with byte_statistics.py, which
looks at the bytes, and line_search.py, which tries other settings.

Evidence is of two kinds: what a burst's bytes look like, and which of the decoder's counters they
made rise (evidence.py). A burst is what comes without a pause.
"""

from typing import TYPE_CHECKING

from micropython import const

from ..telegram.counters import C_FCS, C_IDENTIFIED, C_WRONG_KEY
from .byte_statistics import ByteStatistics
from .evidence import CERTAIN, EVIDENCE, HINT, LIKELY, NONE
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

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from .uart_line import UartLine

_LOST_S = const(45)  # a line that worked is searched again after so long without a telegram
_LOST_BURSTS = const(3)  # and so many bursts: some meters send seldom, and some fall silent
_LONGEST = const(8192)  # bytes without a pause and without a telegram: judged all the same
_SEARCH_S = const(90)  # for so long the search is given the chance to find the line
_SEARCH_BURSTS = const(8)
_PULLUPS = const(2)  # bursts that suggest a weak pull-up, before the search has tried all else
_OPENED_S = const(2)  # a lone byte this soon after the UART was opened may come from that
_ZEROS_S = const(2)  # zeros this long after a change in mid-burst were not heard before it
_HELD_S = const(15)  # zeros without a pause, for longer than any telegram
_SOON_S = const(2)  # bytes have come, but no burst is over yet; at SPEEDS[0] none lasts so long
_TEXT = const(24)  # so many bytes are not text by chance
_BOTH = const(3)  # polarities, a bit each
_LINES = const(64)  # bytes for each identification line, if little else comes

# Clue of the bytes -> code of the diagnosis; of all others it is garbage_pullup.
_CODES = {SLOWER: "garbage_baud", FASTER: "garbage_baud", OTHER: "garbage_baud",
          ZEROS: "garbage_baud", HELD: "garbage_baud", POLARITY: "garbage_polarity",
          SEVEN: "parity", ODD: "parity", NINE: "parity", FRAMING: "parity"}
# Clues that a line which is held low may give, too.
_AS_HELD = (NOTHING, ZEROS, HELD, ONES, FASTER)
# Codes that stay while the search goes on.
_LASTING = ("ident_only", "checksum", "no_key", "wrong_key", "cut_short")


class LineDiagnosis:
    """Tell it what happens on the line: `take()`, `burst_over()`, `tick()`. `cause()` answers.

    `counts()` gives the decoder's counters; `now` is the uptime in s, `last_ok` that of the newest
    telegram, or None.
    """

    def __init__(self, line: "UartLine", counts: "Callable[[], array[int]]",
                 log: "Callable[[str], None]", now: int, last_ok: int | None):
        self._line = line
        self._counts = counts
        self._log = log
        self._worked = last_ok is not None
        self._began: int = now if last_ok is None else last_ok
        self._statistics = ByteStatistics()
        self._search: "Search | None" = None
        self._bytes = 0
        self._bursts = 0
        self._conclusive = False  # a burst was whole, or its bytes gave a clue
        self._started = now  # uptime at which the present burst began
        self._held = False  # the line is held low
        self.unclear = True  # no evidence for one cause rather than another yet
        self._alike = False  # the last burst looked like a telegram
        self._changed = False  # the settings changed in this burst: its rest is no evidence
        self._zeros = False  # because of zeros: bytes heard before that are zeros, too
        self._uniform = 0  # polarities in which a burst at the fastest speed was uniform
        self._at_start = self._at_burst = counts()[:]  # then, and when the last burst was over
        if not line.found:
            self._start_search(now)

    @property
    def heard(self) -> int:
        """Bytes of the present burst, since the settings changed."""
        return self._statistics.n

    @property
    def speed(self) -> int:
        """bit/s that the line seems to have, or 0."""
        return self._statistics.speed

    @property
    def trying(self) -> str:
        """The settings that the search tries, like "38400 7N1"; "" if there is no search."""
        baud, bits, parity, _ = self._line.settings
        return "%d %d%s1" % (baud, bits, parity[0].upper()) if self._search else ""

    def tick(self, now: int, last_byte: int | None) -> None:
        """Call this once a second. `last_byte`: uptime of the newest byte, or None."""
        if self._search:
            self._search.tick(now, last_byte)

    def take(self, buf: bytearray, n: int, whole: bool, now: int) -> bool:
        """Bytes buf[:n] have come; `whole`: after a pause. False if they are one byte that may
        come from the opening of the UART, not from the meter.
        """
        from_meter = n > 1 or not self._just_opened(now)
        self._bytes += n
        statistics = self._statistics
        if whole:
            statistics.begin(True)
            self._changed = self._zeros = False
        elif self._line.stale_ms > 0 and not (self._zeros and any(buf[:n])):
            return from_meter  # they may have been heard with the settings before
        if not statistics.n:
            self._started = now
        statistics.take(buf, n)
        self._check_burst(now)
        return from_meter

    def _check_burst(self, now):
        """See what can be said before the burst is over."""
        statistics = self._statistics
        clue = statistics.surely_slower(self._line.settings[0])
        if clue and self._search and not self._must_wait(now, clue):
            self._changed = True
            self._zeros = clue == ZEROS
            self._uniform = 0
            statistics.vote(clue)
            if clue == HELD:
                self._hold()
            statistics.begin(False)
            self._search.advance(now, clue, statistics.leads)
            self._log_search()
        elif statistics.is_zero and (statistics.n > _LONGEST or now - self._started >= _HELD_S):
            self._hold()
        if statistics.n > _LONGEST or now - self._started > _SOON_S and (
                self._line.settings[0] == SPEEDS[0] and statistics.is_uniform):
            self.burst_over(now)

    def burst_over(self, now: int) -> None:
        """The line is quiet after bytes. If no telegram was among them, its settings may be
        wrong."""
        statistics = self._statistics
        if not statistics.n and not self._changed:
            return
        clue = NOTHING if self._changed else statistics.verdict(self._line.settings)
        self._alike = statistics.is_text or clue == BEGINS
        counts = self._counts()
        proof = self._proof(counts)
        sure = proof == CERTAIN or proof == LIKELY and self._alike
        self._check_held(clue, proof)
        self._check_uniform(clue, sure or counts[C_FCS] != self._at_burst[C_FCS])
        self._at_burst = counts[:]
        # A byte or two may be what opening a line hears, noise on one that fell silent, or all
        # that is left of a telegram.
        counted = statistics.n > 2 or proof or not self._just_opened(now) and (
            self._search or not self._worked)
        if counted and not self._changed:
            self._bursts += 1
            if statistics.whole or clue or statistics.n > _LONGEST:
                self._conclusive = True
            if statistics.whole or clue or proof or statistics.n > _LONGEST:
                self._try_other_settings(now, clue, bool(statistics.is_text or proof), sure)
        self._changed = self._zeros = False
        statistics.begin(False)

    def _proof(self, counts):
        """The strongest proof among the counters that rose in this burst."""
        best = NONE
        for counter, _, proof, _ in EVIDENCE:
            if proof > best and counts[counter] != self._at_burst[counter]:
                best = proof
        return best

    def _check_held(self, clue, proof):
        """Does the burst speak for, or against, a line that is held low?"""
        votes = self._statistics.votes
        if clue == HELD and votes[ZEROS] and not any(
                [votes[i] for i in range(CLUES) if i not in _AS_HELD]):
            self._hold()  # a fast speed and the slowest one agree, and no other clue ever came
        # the zeros of such a line are something else with some other settings
        if proof or self._alike or not self._search and (
                self._statistics.n > 2 and not self._statistics.is_zero):
            self._held = False

    def _check_uniform(self, clue, telegram):
        if clue == UNIFORM:
            self._uniform |= 1 << self._line.settings[3]
        elif telegram or self._statistics.is_text and self._statistics.n > _TEXT:
            self._uniform = 0

    def _hold(self):
        """Only zeros come. With inverted settings, noise on an idle line looks like that, too."""
        if not self._statistics.votes[ONES]:
            self._held = True

    def _just_opened(self, now):
        """Whether the UART was opened so recently that a lone byte may not be the meter's. It
        hears a break where idle is low, and an ESP32-S3 a start where idle is high (circuitpython
        #8890)."""
        return now - (self._search.since if self._search else self._began) <= _OPENED_S

    def _must_wait(self, now, clue):
        """Whether to keep the settings for a while. A line that is held low gives zeros with any
        settings: there is no hurry. Nor is there after a change in mid-burst: at the speed that
        zeros led to, no meter's line gives zeros alone.
        """
        wait = _HELD_S if self._held else _ZEROS_S if self._changed and clue == ZEROS else 0
        return now - self._search.since < wait

    def _start_search(self, now):
        self._line.found = False
        self._search = Search(self._line, now)

    def _try_other_settings(self, now, clue, promising, sure):
        """A burst gave no telegram: start or continue the search, if it is time to.

        `promising`: the bytes look like text, or something that only a telegram has was seen.
        """
        if not self._search:
            if self._line.fixed or self._held or clue == ONES or (
                    now - self._began < _LOST_S or self._bursts < _LOST_BURSTS):
                return
            self._start_search(now)
        if not self._must_wait(now, clue) and self._search.burst_failed(
                now, clue, promising, sure, self._statistics.leads):
            self._log_search()

    def _log_search(self):
        self._log("meter: trying %d bit/s, %d bits, parity %s, inverted %s" % self._line.settings)

    def cause(self, now: int, current: str) -> str:
        """The diagnosis' code for bytes that come without a telegram, at uptime `now`; `current`,
        the code so far, while that is not clear.
        """
        self.unclear = False
        if self._held:
            return "held_low"
        if not self._bursts:
            # bytes have come: "nothing has come" is not true any more
            return self._guess() if current == "never" and now - self._started > _SOON_S else (
                current)
        counts = self._counts()
        code = self._told_by_counters(counts, CERTAIN)
        if code == "wrong_key" and counts[C_WRONG_KEY] - self._at_start[C_WRONG_KEY] < 2:
            # the first may be damaged all the same, the second is the key's fault
            return self._guess() if current == "never" else current
        if code:
            return code
        if self._uniform == _BOTH:
            return "garbage_pullup"  # no speed and no framing makes such bytes of a telegram
        searches = self._search and not self._search.exhausted and (
            now - self._began <= _SEARCH_S or self._bursts < _SEARCH_BURSTS)
        if searches and not self._alike:
            return current if current in _LASTING else self._guess()
        garbage = self._told_by_bytes()
        if garbage == "parity" and counts[C_FCS] == self._at_start[C_FCS]:
            return garbage
        code = self._told_by_counters(counts, HINT)
        if code:
            return code
        return self._guess() if searches or not self._conclusive else garbage

    def _told_by_counters(self, counts, least):
        """The code of the most telling counter that has risen since the start and proves at
        `least` that much; "" if none has."""
        start = self._at_start
        for counter, code, proof, needs_alike in EVIDENCE:
            risen = counts[counter] - start[counter]
            if not risen or proof < least or needs_alike and not self._alike or (
                    # a damaged envelope does not open either
                    counter == C_WRONG_KEY and counts[C_FCS] != start[C_FCS]):
                continue
            # a lone identification is a line or two each time, a telegram cut short far more
            if counter == C_IDENTIFIED and self._bytes >= _LINES * risen:
                return "cut_short"
            return code
        return ""

    def _guess(self):
        """The code while it is too early for one."""
        votes = self._statistics.votes
        if votes[ONES] or votes[PULLUP] >= _PULLUPS:
            return "garbage_pullup"
        self.unclear = True
        return "garbage_baud" if self._search else "garbage_pullup"

    def _told_by_bytes(self):
        """The code that most of the bursts speak for."""
        votes = self._statistics.votes
        if self._search:
            if not votes[ONES] and 2 * (votes[ZEROS] + votes[HELD]) > sum(votes):
                return "held_low"
            # it tries the usual speeds, both polarities, and parity: those it is not
            return "garbage_baud" if votes[OTHER] and not votes[PULLUP] else "garbage_pullup"
        best = "garbage_pullup"
        sums = {best: votes[NOTHING] // 2}  # a first byte may look like another's by chance
        for clue in range(SLOWER, CLUES):
            code = _CODES.get(clue, "garbage_pullup")
            sums[code] = sums.get(code, 0) + votes[clue]
            if sums[code] > sums[best]:
                best = code
        return best
