"""How `make device` judges what came of an outage with power cuts in it."""

import datetime

from device import outage_cuts
from device.broker import Arrived
from device.meter import QUARTER_MS, Sent

BEGIN_MS = 1_795_734_000_000  # a full quarter of an hour


def telegrams(count, begin_ms=BEGIN_MS):
    """One each ten seconds."""
    return [Sent(10.0 * n, 100 + n, begin_ms + 10_000 * n, 5000 + n) for n in range(count)]


def arrived(sent, boot, seq, late=False, **other):
    zone = datetime.timezone(datetime.timedelta(hours=1))
    time = datetime.datetime.fromtimestamp(sent.ms / 1000 - 3600, zone)
    return Arrived(sent.at, {"boot": boot, "seq": seq, "time": time.isoformat(),
                             "active_power_import_w": sent.watts, **other}, late)


def failed(rows):
    return [row.name for row in rows if not row.ok]


def test_what_arrives_is_known_by_the_meters_clock():
    sent = telegrams(4)
    came = outage_cuts.judged(sent, [arrived(one, 3, n) for n, one in enumerate(sent, 7)])
    assert came == ({(3, 7): 0, (3, 8): 1, (3, 9): 2, (3, 10): 3}, 0, 0, 0, 0)


def test_live_ones_and_late_ones_are_each_in_order():
    sent = telegrams(6)
    order = [(0, 0), (5, 0), (1, 1), (2, 1), (4, 0), (3, 1)]  # 4 behind 5
    came = outage_cuts.judged(sent, [arrived(sent[n], 3, n, bool(late)) for n, late in order])
    assert (came.disordered, came.late, came.repeated) == (1, 3, 0)


def test_a_repeat_is_counted_and_one_that_differs_is_none():
    sent = telegrams(2)
    first = arrived(sent[0], 3, 1, derived={"a": 1})
    came = outage_cuts.judged(sent, [first, arrived(sent[0], 3, 1, True)])
    assert (came.repeated, came.unknown) == (1, 0)
    assert outage_cuts.judged(sent, [first, arrived(sent[1], 3, 1)]).unknown == 1
    altered = sent[1]._replace(watts=7)
    assert outage_cuts.judged(sent, [first, arrived(altered, 3, 2)]).unknown == 1
    assert outage_cuts.judged(sent, [Arrived(0, {"seq": 1})]).unknown == 1


def test_identities_are_told_as_spans():
    assert outage_cuts.spans([(3, 1), (3, 2), (4, 9), (3, 4)]) == "3: 1-2 4, 4: 9"
    assert outage_cuts.spans([]) == ""


def test_a_cut_may_cost_five_minutes_and_the_start_that_follows():
    sent = telegrams(100)
    known = set(range(100)) - set(range(21, 54))  # from 290 s before the cut until 30 s after it
    rows = outage_cuts.missing_rows(sent, known, [(500.0, 535.0)])
    assert not failed(rows)
    assert [row.value for row in rows] == [30, 290, 3, 35.0, 0]


def test_what_is_lost_besides_is_seen():
    sent = telegrams(100)
    known = set(range(100)) - {5, *range(19, 54)}  # two of them are older than five minutes
    rows = outage_cuts.missing_rows(sent, known, [(500.0, 535.0)])
    assert failed(rows) == ["lost besides, sent at"] and rows[-1].value == "50, 190"


def test_a_device_that_reads_no_more_after_a_cut_is_seen():
    cuts = [(500.0, float("inf"))]
    assert failed(outage_cuts.missing_rows(telegrams(60), set(range(50)), cuts)) == [
        "reads again after cut 1, s"]


def test_of_a_short_start_between_two_cuts_nothing_needs_to_arrive():
    known = set(range(100)) - set(range(40, 74))
    rows = outage_cuts.missing_rows(telegrams(100), known, [(500.0, 520.0), (700.0, 735.0)])
    assert not failed(rows)
    assert [row.value for row in rows if row.name.startswith("lost")] == [11, 100, 19, 180, 0]


def test_quarters_that_the_meter_sent_whole():
    sent = telegrams(200, BEGIN_MS - 25_000)  # no telegram is at a boundary itself
    begin = BEGIN_MS // 1000 - 3600
    assert outage_cuts.quarters(sent) == [(begin, 90), (begin + 900, 90)]
    exact = telegrams(91)
    assert outage_cuts.quarters(exact) == []  # it is not known what the register was before
    assert outage_cuts.quarters([exact[0]._replace(ms=BEGIN_MS - 10_000), *exact]) == [
        (begin, 90)]
    assert QUARTER_MS == 900_000
