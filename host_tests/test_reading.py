"""The Reading: exact decimals, calendar, JSON."""

import datetime
import json

from hypothesis import given
from hypothesis import strategies as st

from microhan.reading import (
    COUNT,
    FIELDS,
    INDEX,
    TEXT,
    A,
    Reading,
    V,
    civil_from_days,
    days_from_civil,
    iso_time,
    json_text,
    milli,
)


def test_keys_are_unique_and_tell_their_unit():
    keys = [key for key, _ in FIELDS]
    assert len(set(keys)) == COUNT
    units = ("", "", "_kwh", "_kvarh", "_w", "_var", "_v", "_a")
    for key, kind in FIELDS:
        assert key.endswith(units[kind])


def test_calendar():
    first = datetime.date(2000, 1, 1)
    for n in range(0, 36525, 1):
        day = first + datetime.timedelta(n)
        assert days_from_civil(day.year, day.month, day.day) == n
        assert civil_from_days(n) == (day.year, day.month, day.day)


def test_iso_time():
    assert iso_time(0, 60) == "2000-01-01T00:00:00+01:00"
    assert iso_time(86399, -210) == "2000-01-01T23:59:59-03:30"
    assert iso_time(36525 * 86400 - 1, 0) == "2099-12-31T23:59:59+00:00"


def test_thousandths():
    assert milli(0, 3) == b"0.000"
    assert milli(-1, 3) == b"-0.001"
    assert milli(60995424, 3) == b"60995.424"
    assert milli(99_999_999_999, 3) == b"99999999.999"
    assert milli(235567, 1) == b"235.5"
    assert milli(235567, 0) == b"235"


@given(st.text())
def test_any_text_stays_json(text):
    back = json.loads(json_text(text))
    assert all(a == b or b == "?" for a, b in zip(text, back))
    assert len(back) == len(text)


def test_json_leaves_absent_out():
    reading = Reading()
    assert reading.json() == "{}"
    assert reading.text(5) is None
    reading.put(INDEX["active_power_import_w"], 0)
    assert reading.json() == '{"active_power_import_w":0}'
    assert reading.json('"seq":7,') == '{"seq":7,"active_power_import_w":0}'
    assert [FIELDS[i][0] for i in reading.fields()] == ["active_power_import_w"]


def test_json_of_every_field():
    reading = Reading()
    for i in range(COUNT):
        reading.put(i, "x" if FIELDS[i][1] == TEXT else 1234567, 1)
    got = json.loads(reading.json())
    assert list(got) == [key for key, _ in FIELDS]
    assert got["voltage_l1_v"] == 1234.5
    assert got["active_energy_export_t4_kwh"] == 1234.567
    assert got["reactive_power_import_var"] == 1234567


@given(st.integers(0, COUNT - 1), st.integers(-2**70, 2**70) | st.sampled_from(
    [s * (2**n + d) for s in (1, -1) for n in (29, 30, 31, 32) for d in (-2, -1, 0, 1, 2)]))
def test_any_number_stays_what_it_is(i, value):
    reading = Reading()
    reading.put(i, str(value) if FIELDS[i][1] == TEXT else value, 2)
    assert reading.at(i) == (str(value) if FIELDS[i][1] == TEXT else value)
    assert [i] == list(reading.fields())
    reading.put(i, None)
    assert reading.at(i) is None and reading.json() == "{}"


def test_decimals_are_each_field_s_own():
    reading = Reading()
    shown = {}
    for n, key in enumerate(key for key, kind in FIELDS if kind in (V, A)):
        shown[key] = n % 4
        reading.put(INDEX[key], 12_345, shown[key])
    assert {key: reading.decimals(INDEX[key]) for key in shown} == shown
    assert reading.decimals(INDEX["active_power_import_w"]) == 0


def test_what_readings_share_is_not_written_to():
    one = Reading()
    one.put(INDEX["meter_id"], "A")
    other = Reading(one.numbers[:], one.more)
    other.put(INDEX["meter_id"], "B")
    other.put(INDEX["active_energy_import_kwh"], 2**40)
    assert one.json() == '{"meter_id":"A"}'
    assert other.get("meter_id") == "B" and other.get("active_energy_import_kwh") == 2**40
