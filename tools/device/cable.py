"""A device at the end of a cable: from its first power to its owner's page, by the tools that an
owner has (flash/improv.py, flash/console.py); and which of them it listens to later."""

import contextlib
import urllib.parse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from flash import console, improv, provision, serial_port
from measure.limits import Row, at_most

from . import scenarios
from .bench import Bench, Setting
from .first_light import PASSWORD, Visitor
from .loads import health

if TYPE_CHECKING:
    from .report import Outcome
    from .scenarios import Other

_READY = 2  # Improv's state
_ANSWER_S = 3
_JOIN_S = 30  # a person waits no longer
_SCAN_S = 20  # as long as our Improv client waits
_LISTENS_S = 15  # after power-on, to whoever speaks Improv; and once more after each packet
_PROMPT_S = 20  # of ours, as `make flash` waits
_NOBODY: dict[str, dict] = {"wifi": {}, "http": {}, "mqtt": {}}  # as it leaves the flasher
_ABSENT = "no such network"


def run_cable(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of a device that was never set up."""
    with Bench(setting, scenario.name, changes=_NOBODY) as bench:
        bench.switch_on()
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
        rows, claim = _set_up(bench)
        if "claim?code=" in claim:
            rows += _own(bench, claim)
            rows += _later(bench)
        rows += health(bench, scenarios.PLAIN_LOW, 4)
        samples = bench.console.samples
    with Bench(setting, f"{scenario.name}-refused", changes=_NOBODY) as bench:
        bench.switch_on()
        refused = _refused(bench) + health(bench, None)
        rows += [row._replace(name=f"refused: {row.name}") for row in refused]
    return rows, samples


class _Timed:
    """Steps of a dongle's, each a row with the seconds that it took."""

    def __init__(self, bench: Bench) -> None:
        self.rows: list[Row] = []
        self._bench = bench

    def do(self, words: str, limit: float, step: Callable[[], Any],
           began: float | None = None) -> Any:
        """What step() returns; None where it raised ImprovError, which then is the row's value.
        began: when, if it was not now."""
        began = self._bench.clock.now() if began is None else began
        try:
            found = step()
        except improv.ImprovError as error:
            self.rows.append(Row(f"{words}, s", str(error), limit, False))
            return None
        # a new sample may turn the clock back a little
        seconds = max(0.0, round(self._bench.clock.now() - began, 1))
        self.rows.append(at_most(f"{words}, s", seconds, limit))
        return found

    def answer(self, words: str, dongle: improv.Improv, limit: float) -> int | None:
        """The state of a dongle that was just switched on, asked for while it starts."""
        bench = self._bench
        bench.until(lambda: bench.clock.is_told, scenarios.PAGE_S)
        # waited for longer, since a busy PC's clock is ahead; what is too long is the row's affair
        return self.do(words, limit, lambda: dongle.state(4 * limit), bench.console.starts[-1])

    def reach(self, dongle: improv.Improv) -> str:
        """The first open network that a dongle hears which was just switched on; "" if none."""
        state = self.answer("from power to Improv's answer", dongle, provision.STARTING_S)
        self.rows.append(Row("Improv's state", state, _READY, state == _READY))
        self.do("what it is", _ANSWER_S, dongle.info)
        found = self.do("scan", _SCAN_S, dongle.scan) or []
        names = [network.name for network in found if not network.is_secure]
        self.rows.append(Row("open networks that it hears", ", ".join(names), None, bool(names)))
        return names[0] if names else ""


@contextlib.contextmanager
def _dongle(bench: Bench, path: str) -> Iterator[tuple[improv.Improv, list[str]]]:
    """Our Improv client in the guest's time, and what the console says meanwhile."""
    heard: list[str] = []
    with contextlib.closing(serial_port.open_port(path)) as line:
        yield improv.Improv(line, heard.append, bench.clock.now), heard


def _set_up(bench):
    """(rows, the address that it gives) of the way that tools/provision.py goes."""
    with bench.terminal() as path, _dongle(bench, path) as (dongle, _):
        timed = _Timed(bench)
        ssid = timed.reach(dongle)
        claim = timed.do("joining", _JOIN_S, lambda: dongle.provision(ssid, "")) or ""
        timed.rows.append(Row("it gives the claim's address", claim.partition("code=")[0],
                              "http://…/claim?", "/claim?code=" in claim))
        return timed.rows, claim


def _own(bench, claim):
    """The rows from the claim's address to the first Reading on the page."""
    address = urllib.parse.urlsplit(claim)
    owner = Visitor(bench, address.netloc)
    page, _, seconds = owner.ask("GET", f"/claim?{address.query}")
    rows = [Row("the claim's page", page, 200, page == 200),
            at_most("the claim's page, s", seconds, scenarios.NORMAL_S)]
    status, _, seconds = owner.ask("POST", "/claim", {
        "code": urllib.parse.parse_qs(address.query)["code"][0], "owner_password": PASSWORD})
    rows += [Row("claim", status, 204, status == 204),
             at_most("claim, s", seconds, scenarios.NORMAL_S)]
    began = bench.clock.now()
    bench.until(lambda: bench.console.boots > 1, scenarios.PAGE_S)
    bench.started(scenarios.PAGE_S)
    came = bench.until(lambda: owner.ask("GET", "/reading.json")[0] == 200, scenarios.SEARCH_S)
    now = bench.clock.now()
    return [*rows, at_most("from the claim to the first reading on the page, s",
                           round(now - began, 1) if came else None, scenarios.SEARCH_S),
            at_most("from power to it, s", round(now, 1) if came else None, scenarios.OWNER_S)]


def _later(bench):
    """The rows of a device that is set up, after power comes again."""
    bench.emulator.cut()
    bench.switch_on()
    with bench.terminal() as path:
        with _dongle(bench, path) as (dongle, _):
            timed = _Timed(bench)
            timed.answer("set up: from power to Improv's answer", dongle, _LISTENS_S)
            bench.until(lambda: bench.console.says("^microhan page ", bench.begun),
                        scenarios.PAGE_S)
            page = timed.do("set up: asked for its address", _ANSWER_S, dongle.address) or ""
            timed.rows.append(Row("set up: it gives its page", page, "http://…/",
                                  page.startswith("http://") and page.endswith("/")))
        bench.rest(_LISTENS_S + 1)
        try:
            said = console.ask(path, _PROMPT_S)
        except console.SilentError as error:
            said = {"version": str(error)}
        known = any(text.startswith(f"microhan {said['version']} id ")
                    for _, text in bench.console.lines)
        timed.rows.append(Row("set up: mpremote's Ctrl-C, then it says its version",
                              said["version"], None, known))
    return timed.rows


def _refused(bench):
    """The rows of what cannot be joined: it is to be told in words, and soon."""
    with bench.terminal() as path, _dongle(bench, path) as (dongle, heard):
        timed = _Timed(bench)
        ssid = timed.reach(dongle)
        rows = timed.rows
        for words, name in (("an absent network", _ABSENT), ("a password for an open one", ssid)):
            heard.clear()
            began = bench.clock.now()
            try:
                sentence = "joined: " + dongle.provision(name, PASSWORD)
            except improv.ImprovError as error:
                sentence = f"{error}{provision.reason(heard)}"
            rows += [at_most(f"{words}, s", round(bench.clock.now() - began, 1), _JOIN_S),
                     Row(f"{words}: told in words", sentence, None,
                         bool(provision.reason(heard)))]
    return rows
