"""What MQTT says of each hour: a row of /history.json with names, and the registers."""

import json

import pytest

from fixtures.ledger import KEYS, UNIX, House, Rings, utc
from microhan.ledger import history, hourly
from microhan.ledger.records import record

BEGIN = utc(2026, 11, 27, 10, 0)


def milli(text):
    return int(text.replace(".", ""))


def told(house, since=0):
    """The hours that are told one after another."""
    out = []
    while found := house.ledger.hours(since):
        start, text = found
        out.append(json.loads(text, parse_float=milli))
        assert out[-1]["time"] == start + UNIX
        since = start + 3600
    return out


@pytest.mark.parametrize("hourly", ["", "seldom"])
def test_an_hour_is_the_row_of_the_history_with_the_registers_at_its_end(hourly):
    house = House(BEGIN - 20, hourly)
    house.run(3 * 3600 + 200)
    hours = told(house)
    rows = json.loads(b"".join(history.json_pieces(
        house.rings, "hour", BEGIN + 3 * 3600 - 86400, BEGIN + 3 * 3600, 60)), parse_float=milli)
    for hour, row in zip(hours[-2:], rows["rows"][-2:], strict=True):
        assert [hour[key] for key in rows["columns"]] == row
        assert set(hour) == {*rows["columns"], "registers"}
    assert [hour["quality"] for hour in hours[-2:]] == ["measured"] * 2
    assert [hour[KEYS[0]] for hour in hours[-2:]] == [1200, 1200]
    last = hours[-1]["registers"]
    assert list(last) == list(KEYS)
    assert last[KEYS[0]] - hours[-2]["registers"][KEYS[0]] == 1200
    assert house.ledger.last == BEGIN + 3 * 3600


def test_the_text_is_as_documented():
    house = House(BEGIN - 3610)
    rings = house.rings
    rings.hours.append(record(BEGIN, [1_000_001, 1, 0, 31], 0, 5))
    rings.hours.append(record(BEGIN + 3600, [1_001_235, 1, 0, 41], 0, 5))
    start, text = house.ledger.hours(BEGIN)
    assert start == BEGIN and text == (
        b'{"time":%d,"quality":"measured","active_energy_import_kwh":1.234,'
        b'"active_energy_export_kwh":0.000,"reactive_energy_import_kvarh":null,'
        b'"reactive_energy_export_kvarh":0.010,"registers":{"active_energy_import_kwh":1001.234,'
        b'"active_energy_export_kwh":0.000,"reactive_energy_import_kvarh":null,'
        b'"reactive_energy_export_kvarh":0.040}}' % (BEGIN + UNIX))


def rows_at(*hours):
    house = House(BEGIN)
    for hour in hours:
        house.rings.hours.append(record(BEGIN + 3600 * hour, [1 + 100 * hour, 1, 1, 1], 0, 5))
    return house


def starts(house, since=0):
    return [(hour["time"] - UNIX - BEGIN) // 3600 for hour in told(house, since)]


def test_the_newest_24_are_told_and_no_hour_without_a_record():
    assert starts(rows_at(*range(100))) == list(range(75, 99))
    assert starts(rows_at(*range(100)), BEGIN + 97 * 3600) == [97, 98]
    assert starts(rows_at()) == []
    house = rows_at(1, 2, 6, 7)  # three without: what they took is in the one behind them
    assert starts(house) == [0, 1, 5, 6]
    hours = told(house)
    assert [(hour["quality"], hour[KEYS[0]]) for hour in hours] == [
        ("missing", None), ("measured", 100), ("missing", 400), ("measured", 100)]


def test_after_a_clock_that_was_ahead_the_hours_go_on():
    house = rows_at(1, 2, 900, 3)
    assert starts(house, BEGIN + 900 * 3600) == [2]
    assert starts(house, BEGIN + 3 * 3600) == []


def test_rings_that_are_empty_have_no_hour():
    assert hourly.row_of(Rings(), 0) is None
