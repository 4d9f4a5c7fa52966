"""A device under a load: what arrived, how pages were answered, what memory it had."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from measure.limits import Row, at_least, at_most, told

from . import clients, datagrams, scenarios
from .bench import Bench, Setting, line_of
from .receiver import Receiver

if TYPE_CHECKING:
    from .broker import Arrived
    from .console import Sample
    from .meter import Sent
    from .report import Outcome
    from .scenarios import Load

_PAGE_S = 4 * scenarios.PAGE_S  # waited for; what is too long is the row's affair
_FIRST_S = 4 * scenarios.SEARCH_S
_STARTING = 4  # telegrams that a start may cost the webhook, which keeps only the newest
_LAST_S = 64  # for what is under way at the end; MQTT waits up to 32 s between two attempts


def matched(sent: "Sequence[Sent]", arrived: "Sequence[Arrived]") -> tuple[list[int], list[dict]]:
    """(indexes of the telegrams that arrived, Readings that no telegram was), each (`boot`, `seq`)
    once: with QoS 1 the broker may get a Reading twice, and what it missed comes later."""
    found: list[int] = []
    unknown: list[dict] = []
    starts: dict = {}  # boot: Readings {seq}
    for _, reading, _ in arrived:
        starts.setdefault(reading.get("boot"), {}).setdefault(reading["seq"], reading)
    following = 0
    for reading in [start[seq] for start in starts.values() for seq in sorted(start)]:
        watts = reading.get("active_power_import_w")
        index = next((i for i in range(following, len(sent)) if sent[i].watts == watts), None)
        if index is None:
            unknown.append(reading)
        else:
            found.append(index)
            following = index + 1
    return found, unknown


def lowest(samples: "Sequence[Sample]") -> int | None:
    """The least that the system had free, in bytes: of the samples, and of the system's own count
    where that fell after the start, which presses it down for once. None without samples."""
    if not samples:
        return None
    least = min(sample.system for sample in samples)
    if samples[-1].least < samples[0].least:
        least = min(least, samples[-1].least)
    return least


def run(setting: Setting, load: "Load", minutes: float) -> "Outcome":
    """The rows of a Load, and its samples."""
    # Its time leaps, so the line is given: the search for it needs bytes at the line's pace.
    changes = {**line_of(load.meter), **scenarios.WAYS[load.ways]}
    if not load.page:
        changes["http"] = {"port": 0}
    with Receiver() as receiver:
        if "webhook" in changes:
            changes["webhook"] = {**changes["webhook"], "url": receiver.url}
        return _run(setting, load, minutes, changes, receiver)


def _run(setting, load, minutes, changes, receiver):
    with Bench(setting, load.name, load.tls, ballast=load.ballast, leap=True,
               changes=changes) as bench:
        bench.broker.start()
        bench.switch_on()
        rows = []
        if load.page:
            page_s = bench.seconds_to_page(_PAGE_S)
            rows = [at_most("first page after, s", page_s, scenarios.PAGE_S)]
        if not load.page or page_s is not None:
            rows += _loaded(bench, load, minutes)
        if "webhook" in changes:
            wanted = len(bench.meter.sent) - _STARTING if bench.meter else 1
            rows.append(at_least("calls of the webhook", len(receiver.bodies), wanted))
        rows += health(bench, load.low)
        return rows, bench.console.samples


def _loaded(bench, load, minutes):
    """The rows of what came in and out while it lasted."""
    bench.plug_in(load.meter, scenarios.INTERVAL_S)
    bench.until(lambda: bench.broker.arrived, _FIRST_S)
    first = bench.broker.arrived[0].at - bench.meter.began if bench.broker.arrived else None
    rows = [at_most("first reading after, s", first and round(first, 1), scenarios.SEARCH_S)]
    opened = bench.config.get("open", {})
    pages = (*clients.PAGES, *(path for key, path in clients.WAYS.items() if opened.get(key)))
    asking = clients.Clients(clients.KINDS[load.clients], bench.site, bench.clock, pages,
                             bench.folder / "requests.log")
    questions = datagrams.Questions(bench.emulator, bench.clock)
    asking.start()
    if "announce" in opened:
        questions.start()
    _last(bench, load.away, minutes)
    asking.stop()
    questions.stop()
    if load.page:
        rows.append(at_most("answers again after, s", bench.seconds_to_page(60),
                            scenarios.NORMAL_S))
    known = len(bench.meter.sent)
    if load.away > scenarios.AWAY_S:
        began = bench.clock.now()
        bench.until(lambda: _missing(bench, known) == 0, scenarios.BACKLOG_S)
        rows.append(at_most("all that was missed has arrived after, s",
                            round(bench.clock.now() - began), scenarios.BACKLOG_S))
    bench.until(lambda: len(bench.meter.sent) > known, _LAST_S)
    bench.meter.stop()
    bench.until(lambda: len(bench.meter.sent) - 1 in arrivals(bench)[0], _LAST_S)
    if load.page:
        bench.answers()
    outputs = (bench.status or {}).get("outputs", {})
    return [*rows, *_arrival_rows(bench, asking), *_answer_rows(asking),
            *questions.rows(outputs)]


def _missing(bench, sent):
    """How many of the first so many telegrams have not arrived, from the first that did on."""
    found = arrivals(bench)[0]
    return sent - found[0] - sum(index < sent for index in found) if found else sent


def _last(bench, away, minutes):
    """The time that the load lasts; the broker goes and comes meanwhile."""
    end = bench.clock.now() + 60 * minutes
    while bench.clock.now() < end and bench.emulator.alive():
        bench.rest(min(scenarios.THERE_S, end - bench.clock.now()))
        if away and bench.clock.now() < end:
            bench.broker.stop()
            bench.rest(away)
            bench.broker.start()


def arrivals(bench: Bench) -> tuple[list[int], list[dict]]:
    """matched() of what was sent and has arrived so far."""
    assert bench.meter
    return matched(bench.meter.sent[:], bench.broker.arrived[:])


def _arrival_rows(bench, asking):
    found, unknown = arrivals(bench)
    sent = len(bench.meter.sent)
    wanted = sent - found[0] if found else sent
    rows = [told("telegrams sent", sent),
            at_least("readings that arrived, from the first on", len(found), wanted),
            at_most("readings that were never sent", len(unknown), 0)]
    if asking.kind.events:
        # the first one, which a new client is told, and what came from then on until it left
        began = asking.events[0] if asking.events else asking.left
        later = [one for one in bench.broker.arrived if began + 1 < one.at < asking.left - 1]
        rows.append(at_least("readings on /events", len(asking.events), 1 + len(later)))
    return rows


def _answer_rows(asking):
    answered, asked = asking.answered()
    if not asked:
        return []
    outcomes = ", ".join(f"{words} {count}" for words, count in sorted(asking.outcomes.items()))
    return [told(f"requests: {outcomes}", asked),
            at_least("requests answered by 200 or 503", answered, asked),
            at_least("requests answered by 200", asking.outcomes["200"], 1)]


def health(bench: Bench, low: int | None, boots: int = 1, well: bool = True) -> list[Row]:
    """The rows that every device has to keep to. well: nothing of it was made to crash."""
    console = bench.console
    rows = [at_most("starts", console.boots, boots),
            Row("emulator runs to the end", bench.emulator.alive(), True, bench.emulator.alive())]
    if well:
        trouble = " / ".join(console.trouble()[:3])
        rows.append(Row("lines of trouble on the console", trouble or 0, 0, not trouble))
    if low:
        rows.append(at_least("system memory at its lowest", lowest(console.samples), low))
        for words, values in (("the lowest sample", [one.system for one in console.samples]),
                              ("the smallest largest piece",
                               [one.block for one in console.samples])):
            rows.append(told(f"{words} of it", min(values, default=None)))
        rows.append(told("the smallest largest piece of Python's heap",
                         min(console.pieces, default=None)))
    resets = (bench.status or {}).get("resets")
    if resets is not None:
        rows.append(at_most("restarts of tasks", sum(resets["tasks"].values()), 0))
        rows.append(at_most("steps of self-healing", len(resets["healed"]), 0))
    return rows
