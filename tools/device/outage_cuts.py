"""The broker away for eleven minutes, with two power cuts in them: which Readings arrive
afterwards, and what the history has of it."""

import datetime
import decimal
import itertools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chaos.checker import BATCH, CUT_S
from measure.limits import Row, at_least, at_most

from . import scenarios
from .bench import Bench, Setting, line_of
from .loads import health
from .meter import QUARTER_MS

if TYPE_CHECKING:
    from .broker import Arrived
    from .meter import Sent
    from .report import Outcome
    from .scenarios import Other

# Seconds from the meter's first telegram on. Two quarters of an hour are full while it sends: one
# ten seconds before the first cut, the other has both cuts in it. By each cut the device has
# missed enough, some five minutes of it, to have written a part to flash (docs/store.md).
_FULL_S, _AWAY_S, _CUTS_S, _BACK_S, _END_S = 60, 650, (970, 1300), 1310, 1890
_UTC_OFFSET_MIN = 60  # of the meter's clock
Identity = tuple[int, int]


class Arrivals(NamedTuple):
    """What came, judged. sent_as: {(boot, seq): number of the telegram}."""

    sent_as: dict[Identity, int]
    unknown: int  # that no telegram was, or that differ from the one with their number
    repeated: int
    disordered: int  # that came behind a later one: of the live ones, and of the late ones
    late: int


def judged(sent: "Sequence[Sent]", arrived: "Sequence[Arrived]") -> Arrivals:
    """What came of the telegrams that were sent: they are known by the meter's clock."""
    numbers = {one.ms: number for number, one in enumerate(sent)}
    first: dict[Identity, dict] = {}
    sent_as: dict[Identity, int] = {}
    newest: dict[bool, Identity] = {}
    unknown = repeated = disordered = late = 0
    for _, reading, is_late in arrived:
        identity = reading.get("boot", 0), reading["seq"]
        told = {key: value for key, value in reading.items() if key != "derived"}
        number = numbers.get(_ms(reading))
        if (number is None or first.setdefault(identity, told) != told
                or sent[number].watts != reading.get("active_power_import_w")):
            unknown += 1
        elif identity in sent_as:
            repeated += 1
        else:
            sent_as[identity] = number
            late += is_late
            disordered += identity < newest.get(is_late, identity)
            newest[is_late] = identity
    return Arrivals(sent_as, unknown, repeated, disordered, late)


def _ms(reading):
    """The meter's clock in a Reading, as Sent has it."""
    when = datetime.datetime.fromisoformat(reading.get("time", "1970-01-01T00:00+00:00"))
    return round(when.timestamp() * 1000) + _UTC_OFFSET_MIN * 60_000


def arrival_rows(sent: "Sequence[Sent]", came: Arrivals) -> list[Row]:
    """The rows of what came, but for what is missing."""
    return [Row("telegrams sent", len(sent), None, True),
            at_least("readings that arrived", len(came.sent_as), 1),
            at_most("readings that were never sent so", came.unknown, 0),
            at_most("readings out of order", came.disordered, 0),
            at_most("repeats", came.repeated, BATCH)]


def history(bench: Bench, sent: "Sequence[Sent]") -> list[list]:
    """The quarters of /history.json since the first telegram, numbers as Decimals."""
    day = datetime.datetime.fromtimestamp(sent[0].ms / 1000, datetime.timezone.utc).date()
    words, body = bench.site.ask(f"/history.json?step=quarter&from={day}&to="
                                 f"{day + datetime.timedelta(2)}")
    return json.loads(body, parse_float=decimal.Decimal)["rows"] if words == "200" else []


def spans(identities: "Sequence[Identity]") -> str:
    """Which (`boot`, `seq`) they are, in words: "3: 1-40 42, 4: 41-60"."""
    words = []
    for boot, group in itertools.groupby(sorted(identities), lambda one: one[0]):
        runs: list[list[int]] = []
        for _, seq in group:
            if runs and runs[-1][1] == seq - 1:
                runs[-1][1] = seq
            else:
                runs.append([seq, seq])
        words.append(f"{boot}: " + " ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in runs))
    return ", ".join(words)


def missing_rows(sent: "Sequence[Sent]", known: set[int],
                 cuts: "Sequence[tuple[float, float]]") -> list[Row]:
    """The rows of the telegrams that did not arrive: from each power cut back five minutes, and
    from it on until the device reads again, they may be lost. known: those that did; cuts: when
    each was, and when the device read again, in the guest's time."""
    lost = [number for number in range(min(known, default=0), len(sent)) if number not in known]
    rows = []
    for which, (cut, read) in enumerate(cuts, 1):
        before = [number for number in lost if cut - CUT_S <= sent[number].at <= cut]
        meanwhile = [number for number in lost if cut < sent[number].at < read]
        lost = [number for number in lost if number not in (*before, *meanwhile)]
        rows += [Row(f"lost to cut {which}", len(before), None, True),
                 Row(f"lost to cut {which}: the oldest was sent before it, s", round(
                     cut - sent[before[0]].at) if before else 0, CUT_S, True),
                 Row(f"sent while it started after cut {which}", len(meanwhile), None, True),
                 at_most(f"reads again after cut {which}, s", round(read - cut, 1),
                         scenarios.SEARCH_S)]
    at = ", ".join(str(round(sent[number].at)) for number in lost[:20])
    return [*rows, Row("lost besides, sent at", at or 0, 0, not lost)]


def quarters(sent: "Sequence[Sent]") -> list[tuple[int, int]]:
    """[(its beginning, s since 1970 UTC, Wh)] of the quarters of an hour that the meter sent
    whole."""
    registers = {}  # at each boundary: that of the newest telegram until then
    for one, following in itertools.pairwise(sent):
        boundary = following.ms - following.ms % QUARTER_MS
        if one.ms < boundary < following.ms:
            registers[boundary] = one.wh
        elif following.ms == boundary:
            registers[boundary] = following.wh
    return [(begin // 1000 - _UTC_OFFSET_MIN * 60, registers[end] - registers[begin])
            for begin, end in itertools.pairwise(sorted(registers))]


def run_outage_cuts(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows, and the samples of all starts."""
    with Bench(setting, scenario.name, leap=True, changes=line_of(scenarios.TEXT)) as bench:
        bench.broker.start()
        bench.switch_on()
        bench.started(scenarios.PAGE_S)
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S, _FULL_S)
        assert bench.meter
        cuts = _play(bench)
        rows = [at_most("all that was kept has arrived after, s", _delivered(bench),
                        scenarios.BACKLOG_S)]
        bench.rest(bench.meter.began + _END_S - bench.clock.now())
        bench.meter.stop()
        bench.rest(2 * scenarios.INTERVAL_S)  # for the last one
        sent, came = bench.meter.sent, judged(bench.meter.sent, bench.broker.arrived)
        rows += [*arrival_rows(sent, came),
                 Row("of them from the backlog", came.late, None, True),
                 Row("boot: seq of those that arrived", spans(list(came.sent_as)), None, True),
                 *missing_rows(sent, set(came.sent_as.values()), _with_reads(bench, cuts)),
                 *_history_rows(bench, sent)]
        bench.answers()
        return rows + health(bench, scenarios.PLAIN_LOW, 3), bench.console.samples


def _play(bench):
    """What is done to it, each thing at its time. Returns when the power was cut."""
    cuts = []

    def cut():
        bench.emulator.cut()
        cuts.append(bench.clock.now())
        bench.switch_on()

    for at, act in ((_AWAY_S, bench.broker.stop), *((at, cut) for at in _CUTS_S),
                    (_BACK_S, bench.broker.start)):
        bench.rest(bench.meter.began + at - bench.clock.now())
        act()
    return cuts


def _with_reads(bench, cuts):
    """[(when the power was cut, when the device read again)]."""
    reads = [at for at, text in bench.console.lines if text.endswith(" meter: ok")]
    return [(cut, min((at for at in reads if at > cut), default=float("inf"))) for cut in cuts]


def _delivered(bench):
    """Seconds until nothing waits for the broker any more, None if that takes too long."""
    began = bench.clock.now()
    while bench.clock.now() < began + scenarios.BACKLOG_S:
        bench.rest(scenarios.INTERVAL_S / 2)
        if bench.answers():
            mqtt = bench.status["outputs"]["mqtt"]
            if mqtt["state"] == "ok" and not mqtt["queued"] + mqtt["kept"]:
                return round(bench.clock.now() - began)
    return None


def _history_rows(bench, sent):
    """The rows of the quarters that the meter sent whole, as /history.json has them."""
    told = {row[0]: (row[1], row[2] and int(row[2] * 1000)) for row in history(bench, sent)}
    wanted = [(begin, ("measured", wh)) for begin, wh in quarters(sent)]
    return [Row("whole quarters that were sent", len(wanted), 2, len(wanted) == 2),
            *(Row(f"quarter {number}: Wh", told.get(begin), one, told.get(begin) == one)
              for number, (begin, one) in enumerate(wanted, 1))]
