"""The UART side: reads bytes, feeds the decoder, and names what is wrong with the line.

meter_line.py finds speed, framing and polarity. While there is no telegram, meter_clues.py looks
at the bytes themselves and meter_capture.py keeps them.
"""

import asyncio
import json
from binascii import unhexlify

from micropython import const

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
from .system.modules import forget
from .telegram.decoder import Decoder

_BUFFER = const(512)  # one read; 512 bytes are 44 ms at 115200, four times the slowest poll
_SETTLE_S = const(15)  # bytes are judged only after so long without a telegram
_USUAL_S = const(10)  # the Swedish recommendation's interval, until the meter's own is known
_LONGEST_S = const(100)  # and no meter sends more seldom
_QUIET_MS = const(200)  # the line is idle: whatever telegram there was is over
_LONGEST = const(8192)  # bytes without a pause and without a telegram: judged all the same
_SEARCH_S = const(90)  # without a telegram for so long, the garbage itself is told of
_CAPTURE_S = const(3600)  # what failed is kept for so long after all is well again
_WINDOW = const(20)  # telegrams over which the share of damaged ones is taken
_FEW = const(8)
_SLASH = const(0x2F)
_LINE_END = b"\r\n"
_OVER_MS = const(1200)  # and whatever began will not go on


class Diagnosis:
    """What the line is like: `state` (a code of DESIGN.md), since when, and words about it."""

    def __init__(self, state, since, text_sv, text_en, line):
        self.state = state
        self.since = since  # ISO time by the meter's clock, or None before it is known
        self.text_sv = text_sv
        self.text_en = text_en
        self.line = line  # how the line is read: a dict

    def fields(self):
        """As a dict, in the shape of `/status.json`'s `meter`."""
        return {"state": self.state, "since": self.since, "text_sv": self.text_sv,
                "text_en": self.text_en, "line": self.line}

    def json(self, extra=""):
        """As a JSON object; `extra` is spliced in front."""
        return "{" + extra + json.dumps(self.fields())[1:]


# What the bytes say (meter_line.py) -> the code that is told.
_CODES = {SLOWER: "garbage_baud", FASTER: "garbage_baud", OTHER: "garbage_baud",
          POLARITY: "garbage_polarity", SEVEN: "parity", FRAMING: "parity"}


class Meter:
    """Reads `line` (a meter_line.Line) every `poll_ms` and publishes to `hub`.

    `config` is the section `meter`, `clock` the telegram.clock.ClockRule that it makes.
    `warn(text)` tells the owner; `data` is the folder that decisions are kept in.
    """

    def __init__(self, config, clock, line, hub, poll_ms, log, beat, warn=None, data=""):
        self._line = line
        self._hub = hub
        self._poll_ms = poll_ms
        self._log = log
        self._beat = beat
        self._warn = warn or log
        self._data = data
        self._crc = config["crc"]
        unit = config["energy_unit"]
        self._chosen = None if unit == "unknown" else int(unit)
        self.parser = Decoder(
            self._proven, config["crc"] == "on", clock, unhexlify(config["key"]),
            unhexlify(config["auth_key"]), self._chosen)
        self.parser.on_damaged = self._damaged
        self.bytes = 0
        self._unit = None  # meter_unit.UnitKeeper, for lists that leave their unit open
        self._clues = None  # meter_clues.Clues, while there is no telegram
        self._capture = None  # meter_capture.Capture, once something failed
        hub.capture = self.captured
        self._last_ok = None  # uptime of the newest telegram
        self._last_byte = None
        self._gap = 0  # seconds between the last two bursts
        self._failed = 0  # bursts since the last telegram
        self._alike = False  # the last burst looked like a telegram
        self._refused = 0  # telegrams whose checksum did not match
        self._cut = False  # the settings changed in mid-burst: what is left of it says nothing
        self._before = self._at_burst = self._marks()  # then, and when the last burst was over
        self._window = (0, 0, None)  # telegrams good and bad, and the time, when it began
        self._share = None  # (bad, of how many, since when) while many are damaged
        self._name("never")

    def status(self):
        """The `meter` object of `/status.json`."""
        out = self._hub.diagnosis.fields()
        out["counters"] = self.parser.counters()
        out["line"] = self._line_fields()
        out["authenticated"] = self.parser.authenticated
        unit = self._unit
        out["energy_unit"] = {"wh": unit.unit, "by": unit.by} if unit else None
        return out

    def captured(self):
        """The last bytes that failed, oldest first; b"" if none did."""
        return self._capture.content() if self._capture else b""

    def _line_fields(self):
        """How the line is read, a dict; `found` is False while the search goes on."""
        baud, bits, parity, invert = self._line.settings
        return {"baud": baud, "format": "%d%s1" % (bits, parity[0].upper()),
                "invert": "on" if invert else "off", "crc": self._crc, "found": self._line.found}

    def _proven(self, source):
        now = self._hub.uptime_s()
        if self._last_ok is None and self._clues:
            self._capture = None  # only what the search has heard
        self._clues = None
        self._failed = 0
        self._last_ok = now
        self._line.works(now)
        self._before = self._marks()
        reading = source.reading()
        if self._unit or self.parser.energy_count() is not None:
            if not self._unit:
                self._unit = self._keep_unit()
            reading = self._unit.meet(self.parser, source, reading, now)
        self._hub.publish(reading, source.raw, source.is_text)

    def _keep_unit(self):
        from .meter_unit import UnitKeeper

        return UnitKeeper(self._chosen, self._data + "/energy_unit", self._warn, self._log)

    def _damaged(self, buf, start, end):
        """The decoder's call: a telegram whose checksum does not match."""
        self._refused += 1
        if not self._clues:  # else it is kept already, with all that comes
            self._keep(buf, start, end)
            if buf[start] == _SLASH:
                self._keep(_LINE_END, 0, 2)  # the next one begins a line

    def _keep(self, buf, start, end):
        try:
            if not self._capture:
                from .meter_capture import Capture
                forget("meter_capture")
                self._capture = Capture()
            self._capture.add(buf, start, end, self._hub.uptime_s())
        except MemoryError:
            pass  # readings matter more

    def _marks(self):
        counters = self.parser.counters()
        return (counters.get("no_key", 0), counters.get("wrong_key", 0),
                counters.get("repeated", 0), self._refused, counters.get("cut_short", 0),
                self.parser.identified, counters.get("fcs", 0), self.bytes)

    async def run(self):
        """Read for ever."""
        buf = bytearray(_BUFFER)
        quiet = 0  # we may have come in the middle of something
        judged = -1
        while True:
            n = self._line.uart.readinto(buf)
            if n:
                self._take(buf, n, quiet > _QUIET_MS)
                quiet = 0
                if n == _BUFFER:
                    # more is waiting; let the others run, but come straight back
                    await asyncio.sleep_ms(0)
                    continue
            elif quiet <= _OVER_MS:
                was = quiet
                quiet += self._poll_ms
                if was <= _QUIET_MS < quiet:
                    self.parser.idle()
                    self._burst_over()
                elif quiet > _OVER_MS:
                    self.parser.idle()  # the second in a row: what is held back never ends
            now = self._hub.uptime_s()
            if now != judged:
                judged = now
                self._beat()
                self._judge(now)
            await asyncio.sleep_ms(self._poll_ms)

    def _take(self, buf, n, whole):
        """Bytes have come; `whole`: after silence."""
        now = self._hub.uptime_s()
        self.bytes += n
        if n > 1 or buf[0]:  # where idle is low, a UART that is opened hears a break
            if whole and self._last_byte is not None:
                self._gap = now - self._last_byte
            self._last_byte = now
        if self._clues or self._last_ok is None or (
                now - self._last_ok > _SETTLE_S and now - self._last_ok > self._patience()):
            self._look(buf, n, whole, now)
        self.parser.feed(buf, n)

    def _look(self, buf, n, whole, now):
        """There is no telegram: keep the bytes and see what they say about the line."""
        self._keep(buf, 0, n)
        clues = self._clues
        if not clues:
            from .meter_clues import Clues
            forget("meter_clues")
            clues = self._clues = Clues()
        if whole:
            clues.begin(True)
            self._cut = False
        clues.take(buf, n)
        if not self._line.found and clues.surely_slower(self._line.settings[0]):
            self._cut = True
            clues.votes[SLOWER] += 1
            clues.begin(False)
            self._turned(self._line.slower(now))
        elif clues.n > _LONGEST:
            self._burst_over()

    def _burst_over(self):
        """The line is quiet after bytes: if no telegram was among them, it may be set wrong."""
        before, after = self._at_burst, self._marks()
        self._at_burst = after
        clues = self._clues
        if not clues or not clues.n:
            return
        now = self._hub.uptime_s()
        says = NOTHING if self._cut else clues.verdict(self._line.settings)
        moved = after[:-1] != before[:-1]
        self._alike = clues.is_text or says == BEGINS
        # an envelope, or a whole telegram though a damaged one
        sure = after[:3] != before[:3] or after[3] != before[3] and self._alike
        if not self._cut and (clues.n > 2 or moved):
            self._failed += 1
            # promising: bytes that all look like text, or anything that only a telegram has
            if clues.whole or says or moved or clues.n > _LONGEST:
                self._turned(self._line.failed(now, says, clues.is_text or moved, sure))
        self._cut = False
        clues.begin(False)

    def _turned(self, changed):
        if changed:
            self._log("meter: trying %d bit/s, %d bits, parity %s, inverted %s"
                      % self._line.settings)

    def _patience(self):
        """Seconds without a telegram that are nothing unusual."""
        return 3 * (self._hub.state.interval() or _USUAL_S) // 2

    def _judge(self, now):
        """Once a second: has the line's state changed?"""
        self._line.mute(now, self._last_byte)
        if self._capture and not self._clues and now - self._capture.since > _CAPTURE_S:
            self._capture = None
        state = self._state(now)
        # the numbers in the words about damage are brought up to date once a minute
        if state != self._hub.diagnosis.state or state == "checksum" and not now % 60:
            self._name(state)

    def _state(self, now):
        patience = max(_SETTLE_S, 3 * (self._hub.state.interval() or min(self._gap, _LONGEST_S)))
        if self.parser.ok < 2:
            patience = max(patience, _LONGEST_S)
        waited = now - (self._last_ok or 0)
        if self._last_ok is not None and waited <= patience:
            return "checksum" if self._is_damaged() else "ok"
        if self._last_byte is None:
            return "never"
        if self._last_ok is None and waited <= _SETTLE_S:
            return self._hub.diagnosis.state  # too early to say
        if now - self._last_byte > patience:
            return "silent" if self._last_ok is not None else "never"
        return self._cause(waited)

    def _cause(self, waited):
        """Bytes come, but no telegram: why?"""
        no_key, wrong_key, repeated, crc, cut, identified, fcs, count = (
            a - b for a, b in zip(self._marks(), self._before))
        if no_key or wrong_key:
            return "no_key" if no_key else "wrong_key"
        if repeated:
            return "silent"  # it says nothing new
        searches = not (self._line.found or self._line.exhausted) and (
            waited <= _SEARCH_S or self._failed < _FEW)
        if searches and not self._alike:
            return self._hub.diagnosis.state
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
        return self._hub.diagnosis.state if searches else garbage

    def _garbage(self):
        """The code that most of the bursts speak for."""
        if not self._clues:
            return "garbage_pullup"
        votes = self._clues.votes
        if not self._line.found:
            # the search tries the usual speeds, both polarities, and parity: those it is not
            return "garbage_baud" if votes[OTHER] and not votes[PULLUP] else "garbage_pullup"
        sums = {}
        best = "garbage_pullup"
        for which in range(SLOWER, CLUES):
            code = _CODES.get(which, "garbage_pullup")
            sums[code] = sums.get(code, 0) + votes[which]
            if sums[code] > sums.get(best, 0):
                best = code
        return best

    def _is_damaged(self):
        """Whether a quarter of the newest telegrams, or more, had a wrong checksum."""
        ok, bad, since = self._window
        good, bad = self.parser.ok - ok, self._refused - bad
        if not bad and not self._share:
            return False
        if good + bad >= _FEW:
            self._share = (bad, good + bad, since) if 4 * bad >= good + bad else None
        if good + bad >= _WINDOW:
            self._window = (self.parser.ok, self._refused, self._hub.state.wall_clock())
        return self._share is not None

    def _name(self, state):
        from .meter_words import words

        hub = self._hub
        same = hub.diagnosis is not None and state == hub.diagnosis.state
        since = hub.diagnosis.since if same else hub.state.wall_clock()
        until = hub.state.wall_clock(self._last_ok) if self._last_ok is not None else None
        ok, bad, window = self._window
        bad = self._refused - bad
        share = self._share or (bad, self.parser.ok - ok + bad, window)
        sv, en = words(state, until, share, self._clues.speed if self._clues else 0)
        forget("meter_words")
        if same and en == hub.diagnosis.text_en:
            return
        hub.diagnose(Diagnosis(state, since, sv, en, self._line_fields()))
        if not same:
            self._log("meter: " + state)
