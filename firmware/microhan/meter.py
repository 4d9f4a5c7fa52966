"""The UART side: reads bytes, feeds the decoder, and names what is wrong with the line.

meter_line.py finds speed, framing and polarity.
"""

import asyncio
import json
from binascii import unhexlify

from micropython import const

from .system.modules import forget
from .telegram.decoder import Decoder

_BUFFER = const(512)  # one read; 512 bytes are 44 ms at 115200, four times the slowest poll
_SETTLE_S = const(15)  # bytes are judged only after so long without a telegram
_USUAL_S = const(10)  # the Swedish recommendation's interval, until the meter's own is known
_QUIET_MS = const(200)  # the line is idle: whatever telegram there was is over
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


class Meter:
    """Reads `line` (a meter_line.Line) every `poll_ms` and publishes to `hub`.

    `config` is the section `meter`, `clock` the telegram.clock.ClockRule that it makes.
    """

    def __init__(self, config, clock, line, hub, poll_ms, log, beat):
        self._line = line
        self._hub = hub
        self._poll_ms = poll_ms
        self._log = log
        self._beat = beat
        self._crc = config["crc"]
        unit = config["energy_unit"]
        self.parser = Decoder(
            self._proven, config["crc"] == "on", clock, unhexlify(config["key"]),
            unhexlify(config["auth_key"]), None if unit == "unknown" else int(unit))
        self.bytes = 0
        self._last_ok = None  # uptime of the newest telegram
        self._last_byte = None
        self._before = self._at_burst = self._marks()  # then, and when the last burst was over
        self._ok_at_burst = 0
        self._printable = 0  # bytes of the burst that text may hold
        self._name("never")

    def status(self):
        """The `meter` object of `/status.json`."""
        out = self._hub.diagnosis.fields()
        out["counters"] = self.parser.counters()
        out["line"] = self._line_fields()
        return out

    def _line_fields(self):
        """How the line is read, a dict; `found` is False while the search goes on."""
        baud, bits, parity, invert = self._line.settings
        return {"baud": baud, "format": "%d%s1" % (bits, parity[0].upper()),
                "invert": "on" if invert else "off", "crc": self._crc, "found": self._line.found}

    def _proven(self, source):
        self._last_ok = self._hub.uptime_s()
        self._line.works(self._last_ok)
        self._before = self._marks()
        self._hub.publish(source.reading(), source.raw, source.is_text)

    def _marks(self):
        counters = self.parser.counters()
        return (counters.get("no_key", 0), counters.get("wrong_key", 0), self.parser.crc_failed,
                counters.get("cut_short", 0), self.parser.identified, self.bytes)

    async def run(self):
        """Read for ever."""
        buf = bytearray(_BUFFER)
        quiet = _OVER_MS + 1
        judged = -1
        while True:
            n = self._line.uart.readinto(buf)
            if n:
                quiet = 0
                self._take(buf, n)
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

    def _take(self, buf, n):
        self.bytes += n
        self._last_byte = self._hub.uptime_s()
        self.parser.feed(buf, n)
        if not self._line.found:
            for i in range(n):
                if 32 <= buf[i] < 127 or buf[i] == 13 or buf[i] == 10:
                    self._printable += 1

    def _burst_over(self):
        """The line is quiet after bytes: if no telegram was among them, it may be set wrong."""
        now = self._hub.uptime_s()
        before, after = self._at_burst, self._marks()
        self._at_burst = after
        text = self._printable * 10 > (after[-1] - before[-1]) * 9
        self._printable = 0
        worked = self.parser.ok != self._ok_at_burst
        self._ok_at_burst = self.parser.ok
        # promising: bytes that all look like text, or anything that only a telegram has
        if not worked and self._line.burst(now, text or after[:-1] != before[:-1]):
            self._log("meter: trying %d bit/s, %d bits, parity %s, inverted %s"
                      % self._line.settings)

    def _judge(self, now):
        """Once a second: has the line's state changed?"""
        self._line.mute(now, self._last_byte)
        state = self._state(now)
        if state != self._hub.diagnosis.state:
            self._name(state)

    def _state(self, now):
        patience = 3 * (self._hub.state.interval() or _USUAL_S)
        waited = now - (self._last_ok or 0)
        if self._last_ok is not None and waited <= max(patience, _SETTLE_S):
            return "ok"
        if self._last_byte is None:
            return "never"
        if self._last_ok is None and waited <= _SETTLE_S:
            return self._hub.diagnosis.state  # too early to say
        if now - self._last_byte > max(patience, _SETTLE_S):
            return "silent" if self._last_ok is not None else "never"
        since_then = (a - b for a, b in zip(self._marks(), self._before))
        no_key, wrong_key, crc, cut, identified, count = since_then
        if no_key or wrong_key:
            return "no_key" if no_key else "wrong_key"
        if crc:
            return "checksum"
        if identified:
            # a lone identification is a line or two each time, a telegram cut short far more
            return "ident_only" if count < 64 * identified else "cut_short"
        if cut:
            return "cut_short"
        if self._line.found:
            return "garbage_polarity"
        return "garbage_pullup" if self._line.exhausted else self._hub.diagnosis.state

    def _name(self, state):
        from .meter_words import WORDS

        hub = self._hub
        sv, en = WORDS[state]
        forget("microhan.meter_words")
        since = hub.state.wall_clock()
        if state == "silent":
            until = hub.state.wall_clock(self._last_ok) or "?"
            sv, en = sv % until[11:16], en % until[11:16]
        hub.diagnose(Diagnosis(state, since, sv, en, self._line_fields()))
        self._log("meter: " + state)
