"""New versions over the network: refused, installed, kept, given up; and power cuts meanwhile.

Three devices: one whose time does not leap, which is measured; one whose ten minutes of trial
pass faster than ours; one whose power is cut.
"""

import json
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from measure.limits import Row, at_least, at_most

from . import images, packages, scenarios
from .bench import Bench, Setting, line_of
from .first_light import Visitor
from .loads import health, lowest
from .outage_cuts import arrival_rows, history, judged
from .packages import Packages

if TYPE_CHECKING:
    from .meter import Sent
    from .report import Outcome
    from .scenarios import Other

_FULL_S = 60  # from the meter's first telegram to a full quarter of an hour; the next is in use
_QUARTER_S = 900
_UPLOAD_S = 300  # waited for
_SYNC = 32_768  # bytes that a power cut may cost: docs/http.md
_TRIAL_S = (600, 630)  # how long a trial lasts at least, and at most
_HUNG_S = 75  # the watchdog's minute, and a start
_STARTS = 5  # that one which fails takes: the check, three of it, and that of the old one
_JUST_BEFORE_S = 2  # a telegram that was sent so late is not published before a restart


class Span(NamedTuple):
    """A time in which so many telegrams may be missed; None: in which that is no matter."""

    words: str
    began: float
    ended: float
    limit: int | None


def missed_rows(sent: "Sequence[Sent]", known: set[int], spans: Sequence[Span]) -> list[Row]:
    """The rows of the telegrams that did not arrive, from the first one that did on. known: the
    numbers of those that did."""
    lost = [number for number in range(min(known, default=0), len(sent)) if number not in known]
    rows = []
    for span in spans:
        here = [number for number in lost if span.began <= sent[number].at <= span.ended]
        lost = [number for number in lost if number not in here]
        rows.append(Row(f"{span.words}: telegrams missed", len(here), span.limit,
                        span.limit is None or len(here) <= span.limit))
    at = ", ".join(str(round(sent[number].at)) for number in lost[:20])
    return [*rows, Row("telegrams missed besides, sent at", at or 0, 0, not lost)]


def verified_ms(lines: Sequence[str]) -> int | None:
    """How long the check of a package took, of what the console said since POST /install: in the
    first start from renames.py's line of the attempt that is counted to the next one."""
    starts = [at for at, line in enumerate(lines) if "rst:0x" in line]
    told = [match for line in lines[starts[0] if starts else len(lines):]
            if (match := re.match(r"@ rename (\d+) (\S+)$", line))]
    for attempt, following in zip(told, told[1:]):
        if attempt[2].endswith("/choice"):
            return int(following[1]) - int(attempt[1])
    return None


class _Owner:
    """An owner who updates a device. `rows` and `spans` are what came of it."""

    def __init__(self, bench: Bench) -> None:
        self.rows: list[Row] = []
        self.spans: list[Span] = []
        self.bench = bench
        self._visitor = Visitor(bench)

    def log_in(self) -> None:
        """Begin a session."""
        self.bench.seconds_to_page(scenarios.PAGE_S)
        status = self._visitor.ask("POST", "/login", {"password": images.PASSWORD})[0]
        self.equal("login", status, 204)

    def equal(self, words: str, value: Any, wanted: Any) -> None:
        """A row of what must be so."""
        self.rows.append(Row(words, value, wanted, value == wanted))

    def told(self, method: str = "GET", path: str = "/update.json", given: object = None) -> dict:
        """An answer, with its `status`."""
        status, body, _ = self._visitor.ask(method, path, given)
        try:
            return {**json.loads(body), "status": status}
        except ValueError:
            return {"status": status}

    def announce(self, content: bytes) -> dict:
        """The answer to the announcement of a package."""
        return self.told("POST", given=packages.announcement(content))

    def send(self, content: bytes) -> bool:
        """All of a package that is announced and has not come; whether it has then."""
        end = self.bench.clock.now() + _UPLOAD_S
        while self.bench.clock.now() < end:
            at = self.told().get("received", 0)
            if at == len(content):
                return True
            self.send_from(content, at)
        return False

    def send_from(self, content: bytes, at: int) -> None:
        """One attempt to send the rest."""
        self._visitor.once("POST", f"/update?at={at}", content[at:])

    def upload(self, words: str, content: bytes) -> None:
        """Announce and send a package; its rows."""
        bench = self.bench
        began, samples = bench.clock.now(), len(bench.console.samples)
        self.announce(content)
        done = self.send(content)
        now = bench.clock.now()
        self.equal(f"{words}: all has come", done, True)
        self.rows += [Row(f"{words}: bytes", len(content), None, True),
                      Row(f"{words}: upload, s", round(now - began, 1), None, True)]
        self.spans.append(Span(f"{words}: upload", began, now, 0))
        found = bench.console.samples[samples:]
        self.rows += [
            Row(f"{words}: heap taken meanwhile, bytes",
                max((one.allocated for one in found), default=None), None, True),
            Row(f"{words}: heap free meanwhile, bytes",
                min((one.free for one in found), default=None), None, True),
            at_least(f"{words}: system memory meanwhile", lowest(found), scenarios.PLAIN_LOW)]

    def install(self, words: str, version: str, limit: float = scenarios.INSTALL_S,
                missed: int | None = scenarios.MISSED, starts: int = 2) -> None:
        """Have what has come installed; the rows until `version` answers, and is read again."""
        bench = self.bench
        boots, began = bench.console.boots, bench.clock.now()
        bench.begun = len(bench.console.lines)
        self.equal(f"{words}: POST /install", self.told("POST", "/install")["status"], 200)
        self.runs(words, version, limit, boots, starts)
        self.spans.append(Span(f"{words}: install", began - _JUST_BEFORE_S, bench.clock.now(),
                               missed))
        lines = [text for _, text in bench.console.lines[bench.begun:]]
        self.rows.append(Row(f"{words}: verified in, ms", verified_ms(lines), None, True))

    def runs(self, words: str, version: str, limit: float, boots: int, starts: int) -> None:
        """The rows until `version` answers, after so many starts more than `boots`, and a Reading
        of it comes."""
        bench = self.bench
        began, known = bench.clock.now(), len(bench.broker.arrived)
        boot = bench.broker.arrived[-1].reading.get("boot")

        def read():
            return [one.at for one in bench.broker.arrived[known:]
                    if one.reading.get("boot") != boot]

        came = (bench.until(lambda: bench.console.boots >= boots + starts, 2 * limit)
                and bench.started(scenarios.PAGE_S)
                and bench.until(bench.answers, scenarios.PAGE_S))
        self.rows.append(at_most(f"{words}: answers again after, s",
                                 round(bench.clock.now() - began, 1) if came else None, limit))
        self.equal(f"{words}: starts", bench.console.boots - boots, starts)
        self.equal(f"{words}: runs then", (bench.status or {}).get("version"), version)
        bench.until(read, scenarios.SEARCH_S)
        self.rows.append(at_most(f"{words}: reads again after, s", round(
            max(0.0, read()[0] - began), 1) if read() else None, limit + scenarios.SEARCH_S))

    def state(self, words: str, *names: str, **wanted: str) -> dict:
        """The row of what /update.json says now; returns it. `names`: what must be in it."""
        told = self.told()
        self.equal(f"{words}: {', '.join(wanted)}", " ".join(
            str(told.get(name)) for name in wanted), " ".join(wanted.values()))
        self.rows += [Row(f"{words}: {name}", told.get(name), None, bool(told.get(name)))
                      for name in names]
        return told

    def end(self) -> None:
        """The meter stops; the rows of what arrived."""
        bench = self.bench
        assert bench.meter
        bench.meter.stop()
        bench.rest(2 * scenarios.INTERVAL_S)  # for the last one
        sent = bench.meter.sent
        came = judged(sent, bench.broker.arrived)
        self.rows += [*arrival_rows(sent, came),
                      *missed_rows(sent, set(came.sent_as.values()), self.spans)]
        bench.answers()


def run_update(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of all three devices, and the samples of the one that is measured."""
    boot = Path(__file__).with_name("renames.py").read_bytes()
    rows: list[Row] = []
    samples: list = []
    setting.folder.mkdir(parents=True, exist_ok=True)
    with packages.trusted(setting.folder) as key:
        made = packages.make(key, images.BOARD.arch)
        for words, leaps, steps in _DEVICES:
            with Bench(setting, f"{scenario.name}-{words}", leap=leaps,
                       changes=line_of(scenarios.TEXT), boot=boot) as bench:
                bench.broker.start()
                bench.switch_on()
                bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S, _FULL_S)
                owner = _Owner(bench)
                owner.log_in()
                bench.until(lambda: bench.broker.arrived, scenarios.SEARCH_S)
                found = steps(owner, made)
                rows += [row._replace(name=f"{words}: {row.name}") for row in owner.rows + found]
                samples = samples or bench.console.samples
    return rows, samples


def _measured(owner: _Owner, made: Packages) -> list[Row]:
    """Refused ones, and how long a good one takes."""
    told = owner.announce(made.foreign)
    owner.equal("for another chip", f"{told['status']} {told.get('code')}", "422 architecture")
    owner.upload("tampered", made.tampered)
    owner.install("tampered", made.before)
    owner.state("tampered", "error", state="back", word="damaged")
    owner.upload("good", made.good)
    owner.state("uploaded", state="ready", version=made.version)
    owner.install("good", made.version)
    owner.state("installed", state="trial")
    owner.end()
    return health(owner.bench, scenarios.PLAIN_LOW, 5)


def _kept(owner: _Owner, made: Packages) -> list[Row]:
    """One that comes to stay, and two that do not."""
    bench = owner.bench
    owner.upload("good", made.good)
    owner.install("good", made.version)
    began = bench.console.starts[-1]
    kept = bench.until(lambda: bench.console.says("update: this version has proven itself"),
                       _TRIAL_S[1])
    trial = round(bench.clock.now() - began) if kept else None
    owner.rows += [at_least("kept after, s", trial, _TRIAL_S[0]),
                   at_most("kept after, s: no more than", trial, _TRIAL_S[1])]
    owner.equal("state once it is kept", owner.told().get("state"), None)
    assert bench.meter
    bench.rest(bench.meter.began + _FULL_S + _QUARTER_S + scenarios.NORMAL_S - bench.clock.now())
    trouble = " / ".join(bench.console.trouble()[:3])
    owner.equal("lines of trouble on the console until then", trouble or 0, 0)
    measured = _measured_quarters(bench)
    owner.rows.append(at_least("quarters in the history", len(measured), 1))
    for words, content, limit in (("fails", made.fails, 2 * scenarios.INSTALL_S),
                                  ("hangs", made.hangs, scenarios.INSTALL_S + 3 * _HUNG_S)):
        owner.upload(words, content)
        owner.install(words, made.version, limit, None, _STARTS)
        owner.state(words, "error", state="back", word="starts")
    left = [row for row in _measured_quarters(bench) if row in measured]
    owner.equal("quarters that are still there", len(left), len(measured))
    owner.end()
    return health(bench, scenarios.PLAIN_LOW, 3 + 2 * _STARTS, well=False)


def _measured_quarters(bench):
    """The quarters of /history.json that were measured."""
    assert bench.meter
    return [row for row in history(bench, bench.meter.sent) if row[1] == "measured"]


def _cut(owner: _Owner, made: Packages) -> list[Row]:
    """Power cuts: in the middle of an upload, and right after POST /install."""
    bench = owner.bench
    owner.announce(made.good)
    sender, seen = None, 0
    end = bench.clock.now() + _UPLOAD_S
    while seen < len(made.good) // 2 and bench.clock.now() < end:
        if not (sender and sender.is_alive()):  # its connection may be lost: it goes on, then
            sender = threading.Thread(target=owner.send_from, args=(made.good, seen), daemon=True)
            sender.start()
        bench.rest(1)
        seen = owner.told().get("received", 0)
    cut = _cut_now(owner)
    if sender:
        sender.join()
    owner.runs("cut in an upload", made.before, scenarios.PAGE_S, bench.console.boots - 1, 1)
    owner.spans.append(Span("cut in an upload", cut, bench.clock.now(), None))
    received = owner.state("cut in an upload", state="stopped").get("received", 0)
    owner.rows += [Row("sent before the cut, bytes", seen, len(made.good) - 1,
                       len(made.good) // 2 <= seen < len(made.good)),
                   at_least("of them still there, bytes", received, seen - _SYNC)]
    owner.send(made.good)
    owner.state("resumed", state="ready", version=made.version)
    owner.equal("POST /install, then a cut", owner.told("POST", "/install")["status"], 200)
    cut = _cut_now(owner)
    owner.runs("cut after POST /install", made.version, scenarios.INSTALL_S,
               bench.console.boots - 1, 2)
    owner.spans.append(Span("cut after POST /install", cut, bench.clock.now(), None))
    owner.state("cut after POST /install", state="trial")
    owner.end()
    return health(bench, scenarios.PLAIN_LOW, 4)


def _cut_now(owner):
    """Cut the power, and switch it on again. Returns since when telegrams may be missed."""
    began = owner.bench.clock.now() - _JUST_BEFORE_S
    owner.bench.emulator.cut()
    owner.bench.switch_on()
    return began


# words, whether its time leaps, what is done to it
_DEVICES = (("measured", False, _measured), ("kept", True, _kept), ("cut", False, _cut))
