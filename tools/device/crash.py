"""Devices that crash, each in its way: what RTC memory keeps of it, and what its owner reads then.

faults.py has the faults.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from measure.limits import Row, at_least, at_most

from . import images, scenarios
from .bench import Bench, Setting
from .first_light import Visitor
from .loads import health

if TYPE_CHECKING:
    from .report import Outcome
    from .scenarios import Other

_AT_S = 30  # after the start: the application has been at work for a while
_BEGINS_S = 8  # its uptime counts from so much later at most
_SAVED_S = 3  # the record is so old at most: it is made every two seconds
_RECORD = 1064  # bytes of it in RTC memory; a traceback is behind them


class Fault(NamedTuple):
    """One of faults.py: how long until the chip starts again, what /status.json says of it, and
    whether there is a traceback."""

    words: str
    limit_s: float
    error: str
    traceback: bool = False


FAULTS = {
    "raise": Fault("an exception that nobody catches", 10, "uncaught RuntimeError", True),
    "hang": Fault("a loop that hangs", 75, "watchdog"),  # 60 s, as docs/architecture.md says
    "abort": Fault("a fault in the chip's program", 10, "reset"),
}
# A third crash in a row is counted, but not written: so they are two devices.
DEVICES = (("raise", "hang"), ("abort",))


def run_crash(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of all faults, and the samples of the first device."""
    rows: list[Row] = []
    samples: list = []
    code = Path(__file__).with_name("faults.py").read_bytes()
    for number, kinds in enumerate(DEVICES, 1):
        files = {"faults": " ".join([str(_AT_S), *kinds]).encode()}
        with Bench(setting, f"{scenario.name}-{number}", leap=True, files=files,
                   boot=code) as bench:
            bench.broker.start()
            bench.switch_on()
            bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
            for count, kind in enumerate(kinds, 1):
                rows += [row._replace(name=f"{kind}: {row.name}")
                         for row in _crashed(bench, FAULTS[kind], count)]
            rows += [row._replace(name=f"{' and '.join(kinds)}: {row.name}") for row in (
                *_cut(bench, len(kinds)), *health(bench, None, len(kinds) + 2, well=False))]
            samples = samples or bench.console.samples
    return rows, samples


def _crashed(bench, fault, count):
    """The rows of the next fault, the `count`th crash of this device."""
    boots = bench.console.boots
    bench.until(lambda: bench.console.boots > boots, _AT_S + 2 * fault.limit_s)
    before, *again = bench.console.starts[boots - 1:]
    rows = [at_most("from the fault to the chip's next start, s",
                    round(again[0] - before - _AT_S, 1) if again else None, fault.limit_s)]
    if not again:
        return rows
    crash, text = _owner_reads(bench)
    left = _left(bench)
    uptime, error = crash.get("uptime_s"), crash.get("error")
    return [
        *rows, Row("bytes in RTC memory", left, _RECORD,
                   left > _RECORD if fault.traceback else left == _RECORD),
        Row("/status.json says", error, fault.error, error == fault.error),
        Row("crashes that it counts", crash.get("count"), count, crash.get("count") == count),
        at_least("its uptime, s", uptime, _AT_S - _BEGINS_S - _SAVED_S),
        at_most("its uptime, s: no more than", uptime, _AT_S),
        Row("/crash.txt has the log", "started: " in text, True, "started: " in text),
        Row("/crash.txt has the traceback", "in _uncaught" in text, fault.traceback,
            ("in _uncaught" in text) == fault.traceback)]


def _owner_reads(bench):
    """(`crash` of /status.json, /crash.txt), both empty where they do not come."""
    bench.started(scenarios.PAGE_S)
    bench.until(bench.answers, scenarios.PAGE_S)
    owner = Visitor(bench)
    owner.ask("POST", "/login", {"password": images.PASSWORD})
    status, text, _ = owner.ask("GET", "/crash.txt")
    return (bench.status or {}).get("crash") or {}, text.decode() if status == 200 else ""


def _left(bench):
    """Bytes of a record that the newest start found in RTC memory."""
    said = [text.split() for _, text in bench.console.lines if text.startswith("@ left")]
    return int(said[-1][2]) if said and said[-1][3] == "b'MHC'" else 0


def _cut(bench, count):
    """The rows after a power cut, which RTC memory does not outlast."""
    bench.emulator.cut()
    bench.switch_on()
    crash, text = _owner_reads(bench)
    left = _left(bench)
    return [Row("bytes in RTC memory after a power cut", left, 0, left == 0),
            Row("crashes that it counts after it", crash.get("count"), count,
                crash.get("count") == count),
            Row("/crash.txt after it, bytes", len(text), None, bool(text))]
