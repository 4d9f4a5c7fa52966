"""The Reading: exact decimals, calendar, JSON."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microhan.reading.calendar import civil_from_days, days_from_civil, iso_time
from microhan.reading.fields import ALL, COUNT, EXTRAS, FIELDS, INDEX, TEXT, A, V
from microhan.reading.json_text import json_text, milli
from microhan.reading.reading import Reading, index_of, is_momentary, key_of


def test_keys_are_unique_and_tell_their_unit():
    keys = [key for key, _ in FIELDS + EXTRAS]
    assert len(set(keys)) == ALL == COUNT + len(EXTRAS)
    units = ("", "", "_kwh", "_kvarh", "_w", "_var", "_v", "_a", "_hz", "", "_w", "", "")
    for key, kind in FIELDS + EXTRAS:
        assert key.endswith(units[kind])
    assert [key_of(i) for i in range(ALL)] == keys
    assert [index_of(key) for key in keys] == list(range(ALL))
    for key in ("nothing", "active", "l1_a", ""):
        with pytest.raises(ValueError):
            index_of(key)


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


TIME = (757_339_200, 120)
MORE = {
    "tariff": ("0002", "0002"),
    "frequency_hz": ((49_980, 2), 49.98),
    "power_factor": ((-998, 3), -0.998),
    "power_factor_l2": ((1000, 0), 1),
    "reactive_energy_q1_kvarh": (2**40, 1099511627.776),
    "demand_import_w": (0, 0),
    "demand_peak_import_w": (2**31, 2**31),
    "demand_peak_time": (TIME, "2023-12-31T12:00:00+02:00"),
    "demand_history": (((TIME, 4000), (None, 5)),
                       [{"time": "2023-12-31T12:00:00+02:00", "w": 4000}, {"w": 5}]),
    "limiter_w": (999_900, 999_900),
    "breaker": ("connected", "connected"),
    "message": ('Å "x"', 'Å "x"'),
    "channels": ({2: {"id": "A", "value": (1_234, 2), "unit": "m3"}, 1: {
        "type": 3, "value": (92_287, 3), "unit": "m3", "time": TIME, "valve": "disconnected"}},
        {"1": {"type": 3, "value": 92.287, "unit": "m3", "time": "2023-12-31T12:00:00+02:00",
               "valve": "disconnected"}, "2": {"id": "A", "value": 1.23, "unit": "m3"}}),
}


def with_more():
    reading = Reading()
    for key, (value, _) in MORE.items():
        reading.put(INDEX[key], value)
    return reading


def test_fields_that_swedish_meters_do_not_send_are_written_exactly():
    reading = with_more()
    assert json.loads(reading.json()) == {key: shown for key, (_, shown) in MORE.items()}
    reading.put(INDEX["active_power_import_w"], 5)
    reading.put(INDEX["meter_id"], "A")
    assert list(json.loads(reading.json())) == ["meter_id", "active_power_import_w", *MORE]
    assert list(json.loads(reading.json('"seq":1,')))[0] == "seq"
    assert '"frequency_hz":49.98,"power_factor":-0.998' in reading.json()


def test_they_come_and_go_as_any_other():
    reading = with_more()
    shared = reading.more
    for key, (value, _) in MORE.items():
        i = INDEX[key]
        assert reading.get(key) == reading.at(i) == value
        assert reading.decimals(i) == (value[1] if key.startswith(("freq", "power")) else 0)
        assert key_of(i) == key and i in list(reading.fields())
        reading.put(i, None)
        assert reading.at(i) is None and reading.decimals(i) == 0 and reading.text(i) is None
    assert reading.json() == "{}" and reading.extras() == []
    assert len(shared) == len(MORE)  # what Readings share is not written to


def test_text_of_one_field():
    reading = with_more()
    assert reading.text(INDEX["frequency_hz"]) == "49.98"
    assert reading.text(INDEX["demand_peak_time"]) == "2023-12-31T12:00:00+02:00"
    assert reading.text(INDEX["reactive_energy_q1_kvarh"]) == "1099511627.776"
    assert json.loads(reading.text(INDEX["channels"]))["1"]["value"] == 92.287


def test_old_powers_are_worth_nothing_and_old_peaks_stay():
    momentary = {key for i, (key, _) in enumerate(FIELDS + EXTRAS) if is_momentary(i)}
    assert {"active_power_import_w", "voltage_l1_v", "current_l1_a", "frequency_hz",
            "power_factor_l3", "demand_import_w"} <= momentary
    assert not momentary & {"time", "meter_id", "active_energy_import_kwh", "tariff", "breaker",
                            "reactive_energy_q1_kvarh", "demand_peak_import_w", "channels",
                            "demand_peak_time", "demand_history", "limiter_w", "message"}


def test_a_swedish_reading_has_no_room_for_them():
    assert len(Reading().numbers) == COUNT + 1 == 48
