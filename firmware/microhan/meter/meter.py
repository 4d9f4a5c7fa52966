"""The UART side: reads bytes, feeds the decoder, and names what is wrong with the line.

While there is no telegram, line_diagnosis.py looks for the reason, line_search.py for the line's
settings, and capture.py keeps the bytes.
"""

import asyncio
import json
from binascii import unhexlify

from micropython import const

from ..store.files import read, write
from ..telegram.decoder import Decoder

_BUFFER = const(128)  # one read: 11 ms at 115200, and the slowest poll is 10; else once more
_SETTLE_S = const(15)  # bytes are judged only after so long without a telegram
_USUAL_S = const(10)  # the Swedish recommendation's interval, until the meter's own is known
_LONGEST_S = const(100)  # and no meter sends more seldom
_QUIET_MS = const(200)  # the line is idle: whatever telegram there was is over
_OVER_MS = const(1200)  # and whatever began will not go on
_CAPTURE_S = const(3600)  # what failed is kept for so long after all is well again
_WINDOW = const(20)  # telegrams over which the share of damaged ones is taken
_FEW = const(8)
_SLASH = const(0x2F)
_LINE_END = b"\r\n"
_CHECKSUMS = (None, b"arc", b"x25")  # as kept in the file `checksum`, by telegram.decoder's number


class Diagnosis:
    """What the line is like: `state` (a code of README.md), since when, and words about it."""

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
    """Reads `line` (a uart_line.Line) every `poll_ms` and publishes to `hub`.

    `config` is the section `meter`, `clock` the telegram.clock.ClockRule that it makes.
    `warn(text)` tells the owner; `data` is the folder that decisions are kept in.
    """

    def __init__(self, config, clock, line, hub, poll_ms, log, beat, warn=None, data=""):
        self.line = line
        self._hub = hub
        self._poll_ms = poll_ms
        self.log = log
        self._beat = beat
        self._warn = warn or log
        self._data = data
        self._crc = config["crc"]
        unit = config["energy_unit"]
        self._chosen = None if unit == "unknown" else int(unit)
        self.parser = Decoder(
            self._proven, config["crc"] == "on", clock, unhexlify(config["key"]),
            unhexlify(config["auth_key"]))
        self.parser.on_damaged = self._damaged
        self._checksum = read(data + "/checksum") if data else None
        if self._checksum in _CHECKSUMS:
            self.parser.checksum = _CHECKSUMS.index(self._checksum)
        self.bytes = 0
        self.refused = 0  # telegrams whose checksum did not match
        self.last_ok = None  # uptime of the newest telegram
        self._last_byte = None
        self._gap = 0  # seconds between the last two bursts
        self._unit = None  # unit_keeper.UnitKeeper, for lists without scales
        self._known = None  # uptime of the newest telegram that is no list of an unknown meter
        self._trouble = None  # line_diagnosis.Trouble, while there is no telegram
        self._capture = None  # capture.Capture, once something failed
        hub.capture = self.captured
        self._window = (0, 0, None)  # telegrams good and bad, and the time, when it began
        self._share = None  # (bad, of how many, since when) while many are damaged
        self._name("never")
        self._look_into_it(hub.uptime_s())

    def status(self):
        """The `meter` object of `/status.json`."""
        out = self._hub.diagnosis.fields()
        out["counters"] = self.parser.counters()
        out["line"] = self._line_fields()
        out["authenticated"] = self.parser.authenticated
        out["energy_unit"] = None
        out["left_out"] = []
        if self._unit:
            self._unit.tell(out)
        return out

    def captured(self):
        """The last bytes that failed, oldest first; b"" if none did."""
        return self._capture.content() if self._capture else b""

    def _line_fields(self):
        """How the line is read, a dict; `found` is False while the search goes on."""
        baud, bits, parity, invert = self.line.settings
        return {"baud": baud, "format": "%d%s1" % (bits, parity[0].upper()),
                "invert": "on" if invert else "off", "crc": self._crc, "found": self.line.found}

    def _look_into_it(self, now):
        try:
            from .line_diagnosis import Trouble

            self._trouble = Trouble(self, now)
        except MemoryError:
            pass  # again with the next bytes; readings matter more

    def _proven(self, source):
        now = self._hub.uptime_s()
        if self.last_ok is None:
            self._capture = None  # only what the search has heard
        elif self._trouble and self._capture:
            self._capture.forget(self._trouble.heard)  # this one is no trouble
        self._trouble = None
        self.last_ok = now
        self.line.works()
        if source.is_text and self._data:
            self._keep_checksum()
        lists = None if source.is_text else source.list()
        if lists and lists.is_unknown:
            from .capture import keep_unknown
            keep_unknown(self._keep, self._capture, source, now)
        else:
            self._known = now
        if lists and lists.is_bare:
            if not self._unit:
                from .unit_keeper import UnitKeeper
                self._unit = UnitKeeper(self._chosen, self._data, self._warn, self.log)
            reading = self._unit.reading(source, now)
        else:
            reading = source.reading()
        self._hub.publish(reading, source.raw, source.is_text)

    def _keep_checksum(self):
        """Keep which checksum this meter uses: another is not believed at once, nor after a
        restart.
        """
        kind = _CHECKSUMS[self.parser.checksum]
        if kind and kind != self._checksum:
            self._checksum = kind
            try:
                write(self._data + "/checksum", kind)
            except OSError:
                pass  # a full flash: found out again after the next start

    def _damaged(self, buf, start, end):
        """The decoder's call: a telegram whose checksum does not match."""
        self.refused += 1
        if not self._trouble:  # else it is kept already, with all that comes
            self._keep(buf, start, end)
            if buf[start] == _SLASH:
                self._keep(_LINE_END, 0, 2)  # the next one begins a line

    def _keep(self, buf, start, end):
        try:
            if not self._capture:
                from .capture import Capture
                self._capture = Capture()
            self._capture.add(buf, start, end, self._hub.uptime_s())
        except MemoryError:
            pass  # readings matter more

    async def run(self):
        """Read for ever."""
        buf = bytearray(_BUFFER)
        quiet = 0  # we may have come in the middle of something
        judged = -1
        while True:
            n = self.line.uart.readinto(buf)
            if n:
                self._take(buf, n, quiet > _QUIET_MS)
                quiet = 0
            elif quiet <= _OVER_MS:
                was = quiet
                quiet += self._poll_ms
                if was <= _QUIET_MS < quiet:
                    self.parser.idle()
                    if self._trouble:
                        self._trouble.burst_over(self._hub.uptime_s())
                elif quiet > _OVER_MS:
                    self.parser.idle()  # the second in a row: what is held back never ends
            now = self._hub.uptime_s()
            if now != judged:
                judged = now
                self._beat()
                self._judge(now)
            # if more is waiting: let the others run, but come straight back
            pause = 0 if n == _BUFFER else self._poll_ms
            if self.line.stale_ms > 0:
                self.line.stale_ms -= pause or 5  # 40 full reads are more than any buffer holds
            await asyncio.sleep_ms(pause)

    def _take(self, buf, n, whole):
        """Bytes have come; `whole`: after silence."""
        now = self._hub.uptime_s()
        if n > 1 or not self._trouble or not self._trouble.opening(now):
            if whole and self._last_byte is not None:
                self._gap = now - self._last_byte
            self._last_byte = now
        last = self.last_ok
        if not self._trouble and (last is None or now - last > _SETTLE_S and (
                now - last > 5 * (self._hub.state.interval() or _USUAL_S) // 2)):
            self._look_into_it(now)
        self.bytes += n
        if self._trouble:
            self._keep(buf, 0, n)
            self._trouble.take(buf, n, whole, now)
        self.parser.feed(buf, n)

    def _judge(self, now):
        """Once a second: has the line's state changed?"""
        if self._trouble:
            self._trouble.second(now, self._last_byte)
        elif self._capture and now - self._capture.since > _CAPTURE_S:
            self._capture = None
        state = self._state(now)
        # the words about damage and about the search have something in them that changes
        if state != self._hub.diagnosis.state or not now % 10 and (
                self._trouble and self._last_byte or state == "checksum" and not now % 60):
            self._name(state)

    def _state(self, now):
        current = self._hub.diagnosis.state
        patience = max(_SETTLE_S, 3 * (self._hub.state.interval()
                                       or min(max(self._gap, _USUAL_S), _LONGEST_S)))
        # Until two have come, text is taken to come as often as the recommendation says. Binary
        # lists are of many countries, and some come seldom.
        if self.parser.ok < 2 and not (self.parser.ok and self._hub.raw_is_text):
            patience = max(patience, _LONGEST_S)
        waited = now - (self.last_ok or 0)
        if self.last_ok is not None and waited <= patience:
            if self._is_damaged():
                return "checksum"
            known = self._known is not None and now - self._known <= patience
            return "ok" if known else "unknown_list"
        if self._last_byte is None:
            return "never"
        if self.last_ok is not None and now - self._last_byte > patience:
            return "silent"
        return self._trouble.cause(now, current) if self._trouble else current

    def _is_damaged(self):
        """Whether a quarter of the newest telegrams, or more, had a wrong checksum; once so, until
        it is less than an eighth of them."""
        ok, bad, since = self._window
        good, bad = self.parser.ok - ok, self.refused - bad
        if not bad and not self._share:
            return False
        total = good + bad
        if total >= _FEW and 4 * bad >= total:
            self._share = (bad, total, since)
        elif total >= _WINDOW and 8 * bad < total:
            self._share = None
        if total >= _WINDOW:
            self._window = (self.parser.ok, self.refused, self._hub.state.wall_clock())
        return self._share is not None

    def _name(self, state):
        from .diagnosis_text import words

        hub = self._hub
        old = hub.diagnosis
        same = old is not None and state == old.state
        ok, bad, since = self._window
        bad = self.refused - bad
        sv, en = words(state, self.last_ok is not None and hub.state.wall_clock(self.last_ok),
                       self._share or (bad, self.parser.ok - ok + bad, since), self._trouble)
        if same and en == old.text_en:
            return
        since = old.since if same else hub.state.wall_clock()
        hub.diagnose(Diagnosis(state, since, sv, en, self._line_fields()))
        if not same:
            self.log("meter: " + state)
