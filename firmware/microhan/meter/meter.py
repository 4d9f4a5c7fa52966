"""The UART side: reads bytes, feeds the decoder, and says what is wrong with the line.

While there is no telegram, line_diagnosis.py looks for the reason, line_search.py for the line's
settings, and capture.py keeps the bytes. diagnosis_text.txt has the sentence for each state;
diagnosis_text.py fills it in.
"""

import asyncio
import json
from binascii import unhexlify
from typing import TYPE_CHECKING

from micropython import const

from ..telegram.decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..hub.hub import Hub
    from ..store.files import Folder
    from ..telegram.clock import ClockRule
    from .capture import Capture
    from .line_diagnosis import LineDiagnosis
    from .uart_line import UartLine
    from .unit_keeper import UnitKeeper

# Bytes per read: 11 ms of line time at 115200 bit/s, just more than one poll. After a full buffer
# the UART is read again at once.
_BUFFER = const(128)
_SETTLE_S = const(15)  # so long without a telegram, and the reason is looked for
_USUAL_S = const(10)  # the Swedish recommendation's interval, until the meter's own is known
_LONGEST_S = const(100)  # no meter sends more seldom
_QUIET_MS = const(200)  # after such a pause a telegram that had an end is over
_OVER_MS = const(1200)  # and after this one whatever began will not go on
_CAPTURE_S = const(3600)  # how long captured bytes are kept once all is well again
_WINDOW = const(20)  # telegrams over which the share of damaged ones is taken
_FEW = const(8)  # among fewer telegrams a share says nothing
# How much a full read takes off UartLine.stale_ms (old bytes may still come for so long): such a
# read does not wait, but 40 of them empty any UART's buffer.
_FULL_MS = const(5)
_SLASH = const(0x2F)
_LINE_END = b"\r\n"
_FILE = "checksum"
_CHECKSUMS = (None, b"arc", b"x25")  # as kept in that file, by telegram.decoder's number


class Diagnosis:
    """What the line is like: `state` (a code of docs/troubleshooting.md), since when, in words."""

    def __init__(self, state: str, since: str | None, text_sv: str, text_en: str, line: dict):
        self.state = state
        self.since = since  # ISO time by the meter's clock, or None before it is known
        self.text_sv = text_sv
        self.text_en = text_en
        self.line = line  # how the line is read

    def fields(self) -> "dict[str, Any]":
        """As a dict, in the shape of `/status.json`'s `meter`."""
        return {"state": self.state, "since": self.since, "text_sv": self.text_sv,
                "text_en": self.text_en, "line": self.line}

    def json(self, extra: str = "") -> str:
        """As a JSON object; `extra` is spliced in front."""
        return "{" + extra + json.dumps(self.fields())[1:]


class Meter:
    """Reads `line` every `poll_ms` and publishes to `hub`.

    `config` is the section `meter` of the configuration, `clock` the ClockRule made from it. `log`
    and `warn` take a text, `warn` for the owner to see; `beat()` tells the supervisor that all is
    well. `folder` keeps what was found out about the meter over a restart.
    """

    def __init__(self, config: dict, clock: "ClockRule", line: "UartLine", hub: "Hub",
                 poll_ms: int, log: "Callable[[str], None]", beat: "Callable[[], None]",
                 warn: "Callable[[str], None]", folder: "Folder"):
        self.line = line
        self._hub = hub
        self._poll_ms = poll_ms
        self._log = log
        self._beat = beat
        self._warn = warn
        self._folder = folder
        self._crc = config["crc"]
        unit = config["energy_unit"]
        self._chosen = None if unit == "unknown" else int(unit)
        self.parser = Decoder(
            self._publish, config["crc"] == "on", clock, unhexlify(config["key"]),
            unhexlify(config["auth_key"]))
        self.parser.on_damaged = self._count_damaged
        self._checksum = folder.read(_FILE)
        if self._checksum in _CHECKSUMS:
            self.parser.checksum = _CHECKSUMS.index(self._checksum)
        self.refused = 0  # telegrams whose checksum did not match
        self._last_ok: int | None = None  # uptime of the newest telegram
        self._last_byte: int | None = None
        self._gap = 0  # seconds between the last two bursts
        self._unit: "UnitKeeper | None" = None  # for lists without scales
        # Uptime of the newest telegram that is no list of an unknown meter.
        self._last_known: int | None = None
        self._line_diagnosis: "LineDiagnosis | None" = None  # while there is no telegram: why?
        self._capture: "Capture | None" = None  # once something failed
        # When the window began: parser.ok, self.refused, and the time.
        self._window = (0, 0, None)
        self._share = None  # (bad, of how many, since when) while many are damaged
        # What pin 1 of the port is like: Feed.port where it may be fed, else Board.port.
        self.port: "Callable[[], tuple[str, int | None]] | None" = None
        self._set_diagnosis("never")
        if line.is_new:
            self._look_for_reason(hub.state.uptime_s())

    def status(self) -> "dict[str, Any]":
        """The `meter` object of `/status.json`."""
        out = self._hub.diagnosis.fields()  # type: ignore[union-attr]  # set by __init__
        out["counters"] = self.parser.counters()
        out["line"] = self._line_fields()
        out["authenticated"] = self.parser.authenticated
        out["energy_unit"] = None
        out["left_out"] = []
        if self._unit:
            self._unit.add_to(out)
        return out

    def captured(self) -> bytes:
        """The last bytes that failed, oldest first; b"" if none did."""
        return self._capture.content() if self._capture else b""

    def _line_fields(self):
        """How the line is read, a dict; `found` is False while the search goes on."""
        baud, bits, parity, invert = self.line.settings
        return {"baud": baud, "format": "%d%s1" % (bits, parity[0].upper()),
                "invert": "on" if invert else "off", "crc": self._crc, "found": self.line.found}

    def _look_for_reason(self, now):
        try:
            from .line_diagnosis import LineDiagnosis

            self._line_diagnosis = LineDiagnosis(self.line, self.parser.counts, self._log, now,
                                                 self._last_ok)
        except MemoryError:
            pass  # again with the next bytes; Readings matter more

    def _publish(self, source):
        """The decoder's call: a telegram that is proven."""
        now = self._hub.state.uptime_s()
        if self._last_ok is None:
            self._capture = None  # only what the search has heard
        elif self._line_diagnosis and self._capture:
            self._capture.forget(self._line_diagnosis.heard)  # this burst was a telegram after all
        self._line_diagnosis = None
        self._last_ok = now
        self.line.confirm()
        if source.is_text:
            self._keep_checksum()
        lists = None if source.is_text else source.list()
        if lists and lists.is_unknown:
            from .capture import keep_unknown
            keep_unknown(self._keep, self._capture, source, now)
        else:
            self._last_known = now
        if lists and lists.is_bare:
            if not self._unit:
                from .unit_keeper import UnitKeeper
                self._unit = UnitKeeper(self._chosen, self._folder, self._warn, self._log)
            reading = self._unit.reading(source, now)
        else:
            reading = source.reading()
        self._hub.publish(reading, source.raw, source.is_text)

    def _keep_checksum(self):
        """Remember which checksum this meter uses: another one is not believed at once, not even
        after a restart.
        """
        kind = _CHECKSUMS[self.parser.checksum]
        if kind and kind != self._checksum:
            self._checksum = kind
            try:
                self._folder.write(_FILE, kind)
            except OSError:
                pass  # a full flash: found out again after the next start

    def _count_damaged(self, buf, start, end):
        """The decoder's call: a telegram whose checksum does not match."""
        self.refused += 1
        if not self._line_diagnosis:  # otherwise it is kept already, with all that comes
            self._keep(buf, start, end)
            if buf[start] == _SLASH:
                self._keep(_LINE_END, 0, 2)  # the next one begins a line

    def _keep(self, buf, start, end):
        try:
            if not self._capture:
                from .capture import Capture
                self._capture = Capture()
            self._capture.add(buf, start, end, self._hub.state.uptime_s())
        except MemoryError:
            pass  # Readings matter more

    async def run(self) -> None:
        """Read for ever."""
        buf = bytearray(_BUFFER)
        quiet = 0  # ms without a byte; 0 at first: this may be the middle of a telegram
        checked = -1
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
                    if self._line_diagnosis:
                        self._line_diagnosis.burst_over(self._hub.state.uptime_s())
                elif quiet > _OVER_MS:
                    self.parser.idle()  # the second in a row: what is held back never ends
            now = self._hub.state.uptime_s()
            if now != checked:
                checked = now
                self._beat()
                self._check_state(now)
            # if more is waiting: let the others run, but come straight back
            pause = 0 if n == _BUFFER else self._poll_ms
            if self.line.stale_ms > 0:
                self.line.stale_ms -= pause or _FULL_MS
            await asyncio.sleep_ms(pause)

    def _take(self, buf, n, whole):
        """Bytes have come; `whole`: after a pause."""
        now = self._hub.state.uptime_s()
        from_meter = True
        if not self._line_diagnosis and self._is_overdue(now):
            self._look_for_reason(now)
        if self._line_diagnosis:
            self._keep(buf, 0, n)
            from_meter = self._line_diagnosis.take(buf, n, whole, now)
        if from_meter:
            if whole and self._last_byte is not None:
                self._gap = now - self._last_byte
            self._last_byte = now
        self.parser.feed(buf, n)

    def _is_overdue(self, now):
        """Whether there has been no telegram for longer than usual."""
        last = self._last_ok
        if last is None:
            # Of a line that is known this may well be the middle of a telegram, while all else
            # that a start needs is in memory, too.
            return self.line.is_new or now > _SETTLE_S
        return now - last > _SETTLE_S and (
            now - last > 5 * (self._hub.state.interval() or _USUAL_S) // 2)

    def _check_state(self, now):
        """Once a second: has the line's state changed?"""
        if self._line_diagnosis:
            self._line_diagnosis.tick(now, self._last_byte)
        elif self._last_ok is None and now > _SETTLE_S:
            self._look_for_reason(now)
        elif self._capture and now - self._capture.since > _CAPTURE_S:
            self._capture = None
        state = self._state(now)
        # the texts about damage and about the search have numbers in them that change
        if state != self._hub.diagnosis.state or not now % 10 and (
                self._line_diagnosis and self._last_byte or state != "ok" and now % 60 == 50):
            try:
                self._set_diagnosis(state)
            except MemoryError:
                pass  # again in a second; Readings matter more

    def _state(self, now):
        current = self._hub.diagnosis.state
        patience = max(_SETTLE_S, 3 * (self._hub.state.interval()
                                       or min(max(self._gap, _USUAL_S), _LONGEST_S)))
        # Until two have come, text is taken to come as often as the recommendation says. Binary
        # lists are of many countries, and some come seldom.
        if self.parser.ok < 2 and not (self.parser.ok and self._hub.raw_is_text):
            patience = max(patience, _LONGEST_S)
        waited = now - (self._last_ok or 0)
        if self._last_ok is not None and waited <= patience:
            if self._is_damaged():
                return "checksum"
            known = self._last_known is not None and now - self._last_known <= patience
            return "ok" if known else "unknown_list"
        if self._last_byte is None:
            return "never"
        if self._last_ok is not None and now - self._last_byte > patience:
            return "silent"
        return self._line_diagnosis.cause(now, current) if self._line_diagnosis else current

    def _is_damaged(self):
        """Whether at least a quarter of the newest telegrams had a wrong checksum; once so, until
        less than an eighth of them has."""
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

    def _set_diagnosis(self, state):
        from .diagnosis_text import explain

        hub = self._hub
        old = hub.diagnosis
        same = old is not None and state == old.state
        ok, refused, begun = self._window
        bad = self.refused - refused
        sv, en = explain(state, self._last_ok is not None and hub.state.wall_clock(self._last_ok),
                         self._share or (bad, self.parser.ok - ok + bad, begun),
                         self._line_diagnosis,
                         # what a port that is slow to begin needs not: it is a file of its own
                         self.port if hub.state.uptime_s() > _SETTLE_S else None)
        if same and en == old.text_en:
            return
        since = old.since if same else hub.state.wall_clock()
        hub.diagnose(Diagnosis(state, since, sv, en, self._line_fields()))
        if not same:
            self._log("meter: " + state)
