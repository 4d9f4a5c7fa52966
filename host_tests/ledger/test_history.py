"""What /history.json, /history.csv and /peaks.json say."""

import datetime
import json
import zoneinfo

import pytest

from fixtures.ledger import UNIX, House, Rings, told, utc
from microhan.ledger import civil, history, peaks
from microhan.ledger.records import record

STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")


def local(t):
    return datetime.datetime.fromtimestamp(t + UNIX, STOCKHOLM)


def filled(ring, times, registers, quality=0, epoch=5):
    for n, t in enumerate(times):
        ring.append(record(t, [a + 1 for a in registers(n)], quality, epoch,
                           [1001 + n, 2, 9811, 3021, 1111] if len(times) > 90 else ()))


def test_civil_time_agrees_with_the_time_zone_s_own_rule():
    for t in range(utc(2026, 1, 1), utc(2029, 2, 1), 1800):
        here = local(t)
        assert civil.offset(t, 60) * 60 == here.utcoffset().total_seconds()
        if t % 43200 == 0:
            begin = here.replace(hour=0, minute=0, second=0, fold=0)
            assert civil.midnight(t, 60) + UNIX == begin.timestamp()
            next_day = begin + datetime.timedelta(days=1)
            assert civil.next_midnight(t, 60) + UNIX == next_day.timestamp()
            assert civil.month_of(t, 60) == (here.year, here.month)


@pytest.mark.parametrize("text, wanted", [
    ("2026-11-27", "2026-11-27T00:00+01:00"), ("2026-07-01T10:15", "2026-07-01T10:15+02:00"),
    ("2026-10-25T02:30", "2026-10-25T02:30+02:00"), ("2028-02-29", "2028-02-29T00:00+01:00"),
    ("2026-03-29T02:30", "2026-03-29T03:30+02:00"), ("2026-11", "2026-11-01T00:00+01:00"),
    ("2026", "2026-01-01T00:00+01:00")])
def test_a_civil_time_is_read(text, wanted):
    assert civil.parse(text, 60) + UNIX == datetime.datetime.fromisoformat(wanted).timestamp()


@pytest.mark.parametrize("text", ["", "x", "2026-13", "2026-02-30", "2027-02-29", "2026-01-01T10",
                                  "2026-01-01T25:00", "2026-11T10:00", "1999-01-01", "2026-1-1-1"])
def test_what_is_no_civil_time_is_refused(text):
    with pytest.raises(ValueError):
        civil.parse(text, 60)


def test_the_usual_spans_are_today_a_week_a_month_and_a_year():
    now = utc(2026, 10, 25, 12)  # the day on which summer time ends
    assert [tuple(f"{local(t):%m-%d %H:%M}" for t in civil.usual_span(step, now, 60))
            for step in ("quarter", "hour", "day", "month")] == [
        ("10-25 00:00", "10-26 00:00"), ("10-19 00:00", "10-26 00:00"),
        ("10-01 00:00", "11-01 00:00"), ("01-01 00:00", "01-01 00:00")]
    begin, end = civil.usual_span("quarter", now, 60)
    assert end - begin == 90000


@pytest.mark.parametrize("day, quarters", [((2026, 3, 29), 92), ((2026, 10, 25), 100),
                                           ((2028, 2, 29), 96)])
def test_a_day_has_as_many_quarters_as_the_clock_gives_it(day, quarters):
    begin = civil.parse("%d-%02d-%02d" % day, 60)
    house = House(begin - 1800)
    house.run(26 * 3600 + 1800, step=30)
    end = civil.next_midnight(begin, 60)
    rows = house.history("quarter", begin, end)
    assert len(rows) == quarters and {row[2] for row in rows} == {300}
    days = house.history("day", begin, end)
    assert [(row[0], row[1], row[2]) for row in days] == [(begin, "measured", 300 * quarters)]
    assert len(house.history("hour", begin, end)) == quarters // 4


def test_the_json_is_as_documented():
    rings = Rings()
    begin = utc(2026, 11, 26, 23)
    filled(rings.quarters, range(begin, begin + 97 * 900, 900), lambda n: [213 * n, 0, 10 * n, n])
    text = b"".join(history.json_pieces(rings, "quarter", begin, begin + 86400, 60))
    document = json.loads(text)
    assert document["step"] == "quarter" and document["from"] == 1795734000 == begin + UNIX
    assert document["columns"] == [
        "time", "quality", "active_energy_import_kwh", "active_energy_export_kwh",
        "reactive_energy_import_kvarh", "reactive_energy_export_kvarh",
        "active_power_import_max_w", "active_power_export_max_w", "current_l1_max_a",
        "current_l2_max_a", "current_l3_max_a"]
    assert b'\n[1795734000,"measured",0.213,0.000,0.010,0.001,1001,1,9.81,3.02,1.11],\n' in text
    assert len(document["rows"]) == 96


def test_the_csv_has_the_same_with_civil_times():
    rings = Rings()
    begin = utc(2026, 11, 26, 23)
    filled(rings.hours, [begin, begin + 3600, begin + 3 * 3600], lambda n: [1500 * n, 0, 0, 0])
    pieces = list(history.csv_pieces(rings, "hour", begin, begin + 86400, 60))
    assert b"".join(pieces).decode().split("\r\n") == [
        "time,quality,active_energy_import_kwh,active_energy_export_kwh,"
        "reactive_energy_import_kvarh,reactive_energy_export_kvarh",
        "2026-11-27T00:00:00+01:00,measured,1.500,0.000,0.000,0.000",
        "2026-11-27T01:00:00+01:00,missing,,,,",
        "2026-11-27T02:00:00+01:00,missing,1.500,0.000,0.000,0.000", ""]


def test_nothing_kept_is_no_row():
    for step in "quarter", "hour", "day", "month":
        assert told(Rings(), step, utc(2026, 11, 1), utc(2026, 11, 2)) == []


def test_rows_end_with_the_newest_record_and_a_gap_at_the_end_is_said():
    rings = Rings()
    begin = utc(2026, 11, 27)
    filled(rings.hours, [begin, begin + 3600, begin + 9 * 3600], lambda n: [100 * n, 0, 0, 0])
    assert len(told(rings, "hour", begin, begin + 86400)) == 9
    rows = told(rings, "hour", begin, begin + 4 * 3600)
    assert [row[1] for row in rows] == ["measured", "missing", "missing", "missing"]


def test_a_month_is_the_sum_of_its_days():
    rings = Rings()
    days = [civil.parse("2026-02-25", 60)]
    while days[-1] < civil.parse("2026-04-03", 60):
        days.append(civil.next_midnight(days[-1], 60))
    filled(rings.days, days, lambda n: [1000 * n, n, 0, 0])
    rows = told(rings, "month", civil.parse("2026-01", 60), civil.parse("2027-01", 60))
    assert [(f"{local(row[0]):%Y-%m}", row[1], row[2]) for row in rows] == [
        ("2026-01", "missing", None), ("2026-02", "missing", 4000), ("2026-03", "measured", 31000),
        ("2026-04", "measured", 2000)]


def test_a_record_that_was_written_twice_counts_once():
    rings = Rings()
    begin = utc(2026, 11, 27)
    filled(rings.hours, [begin, begin + 3600], lambda n: [100 * n, 0, 0, 0])
    filled(rings.hours, [begin + 3600, begin + 7200], lambda n: [100 * (n + 1), 0, 0, 0])
    assert [row[2] for row in told(rings, "hour", begin, begin + 7200)] == [100, 100]


def test_peaks_are_the_highest_hours_quarters_and_days_of_a_civil_month():
    house = House(utc(2026, 10, 31, 22, 30))
    load = {}

    def watts(t):
        n = t // 3600 * 7919 % 9000
        load[t] = n
        return n, 0, 0, 0
    house.run(6 * 86400, watts, step=60)
    told_ = json.loads(b"".join(peaks.json_pieces(house.rings, 2026, 11, 60)),
                       parse_float=lambda n: int(n.replace(".", "")))
    begin = civil.parse("2026-11", 60)
    rows = house.history("hour", begin, begin + 30 * 86400)
    wanted = sorted(((row[0] + UNIX, row[2]) for row in rows), key=lambda one: (-one[1], one[0]))
    assert told_["month"] == "2026-11" and told_["unknown_hours"] == 0
    assert told_["hours"] == [list(one) for one in wanted[:10]]
    assert len(told_["quarters"]) == 10
    assert told_["quarters"][0][1] == max(
        row[2] for row in house.history("quarter", begin, begin + 30 * 86400))
    days = {}
    for row in rows:
        day = civil.midnight(row[0], 60)
        days[day] = max(days.get(day, [0, 0]), [row[0] + UNIX, row[2]], key=lambda one: one[1])
    assert told_["days"] == [days[day] for day in sorted(days)]


def test_peaks_leave_out_what_is_not_known_and_say_how_much_that_is():
    house = House(utc(2026, 11, 4, 10))
    house.run(7200)
    house.run(4 * 3600, (9000, 0, 0, 0), heard=False)
    house.run(7200)
    pieces = list(peaks.json_pieces(house.rings, 2026, 11, 60))
    assert b"" in pieces and max(map(len, pieces)) <= 512
    document = json.loads(b"".join(pieces))
    assert {kwh for _, kwh in document["hours"]} == {1.2}
    assert document["unknown_hours"] == 3 * 24 + 12 + 5  # before the first, and the gap
    assert len(document["days"]) == 1
