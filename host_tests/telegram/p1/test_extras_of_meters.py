"""What meters of other countries send: the simulator's, and real ones."""

import json

import pytest

import meter_model
from fixtures import needs
from fixtures.repository import telegrams
from fixtures.simulated import SUMMER, WINTER, read, snapshot_of
from microhan.reading.fields import EXTRAS, INDEX

NAMES = [name for name, dialect in meter_model.DIALECTS.items()
         if isinstance(dialect, meter_model.Dialect)]
SHOWN = {"14.7.0": "frequency_hz", "13.7.0": "power_factor", "33.7.0": "power_factor_l1",
         "53.7.0": "power_factor_l2", "73.7.0": "power_factor_l3",
         "5.8.0": "reactive_energy_q1_kvarh", "6.8.0": "reactive_energy_q2_kvarh",
         "7.8.0": "reactive_energy_q3_kvarh", "8.8.0": "reactive_energy_q4_kvarh",
         "1.4.0": "demand_import_w"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", [WINTER, SUMMER])
def test_what_the_simulated_meters_say(name, start):
    dialect, snapshot = snapshot_of(name, start)
    (reading,), decoder = read(meter_model.write(dialect, snapshot), name)
    got = json.loads(reading.json())
    for code, value in meter_model.shown(dialect, snapshot).items():
        if code in SHOWN:
            found = reading.get(SHOWN[code])
            assert (found[0] if isinstance(found, tuple) else found) == value
    texts = snapshot.texts
    if "{tariff}" in dialect.lists:
        assert got["tariff"] == "000" + texts["tariff"]
    if "{gas}" in dialect.lists:
        gas = got["channels"]["1"]
        assert gas["value"] == float(texts["gas"]) and gas["unit"] == "m3" and gas["type"] == 3
        assert gas["id"].startswith("7SIM")
        stamp = gas["time"].replace("-", "").replace("T", "").replace(":", "")[2:14]
        assert stamp == texts["gas_stamp12"]
    if "{peak}" in dialect.lists:
        assert got["demand_peak_import_w"] == round(float(texts["peak"]) * 1000)
    if "{peaks}" in dialect.lists:
        assert len(got["demand_history"]) == 3  # of four months the first has none


@pytest.mark.parametrize("file,expected", [
    ("dk-nes_83335_clock_text-1", {"time": "2024-01-11T09:35:00+01:00"}),
    ("si-iskra_am550_nocrc-1", {"time": "2025-10-02T22:25:53+02:00"}),
    ("nl-sagemcom_gas_unset-8", {"tariff": "0002", "channels": {
        "1": {"type": 3, "id": "G0058530000000000"}}}),
    ("be-iskra_mie5t_peak_reversed-1", {
        "demand_import_w": 3336, "demand_peak_import_w": 8796, "limiter_w": 99999,
        "demand_peak_time": "2026-01-02T01:00:00+01:00", "breaker": "connected"}),
    ("hu-sanxing_profile_lines-2", {"active_energy_import_kwh": 101.821, "breaker": "connected",
                                    "reactive_energy_q3_kvarh": 75.324, "limiter_w": 90000}),
    ("hu-sagemcom_eon-1", {"frequency_hz": 50.0, "power_factor": None}),  # it says 4.556
    ("lt-sagemcom_eso-1", {"frequency_hz": 49, "power_factor_l1": 1.0, "power_factor": 0}),
    ("lu-smarty_encrypted-1", {"breaker": "connected", "limiter_w": None}),
    ("nl-kamstrup_162_dsmr22-3", {"channels": {
        "2": {"type": 3, "id": "28101541007162412", "value": 2025.003, "unit": "m3",
              "time": "2016-01-17T12:00:00+01:00"}}}),
])
def test_real_telegrams_give_what_they_say(file, expected):
    from fixtures.binary_frames import decode, settings
    records = [r for r in telegrams("p1-ascii", "p1-encrypted") if r["file"] == file + ".bin"]
    if not records:
        pytest.skip(needs.REAL_TELEGRAMS)
    how = settings(records[0])
    how.update(clock="local", crc=records[0]["crc"] == "valid")
    (reading,), _ = decode(records[0]["data"], **how)
    got = json.loads(reading.json())
    assert {key: got.get(key) for key in expected} == expected


def test_each_row_of_the_table_has_a_field():
    from microhan.telegram.p1.extra_codes import ROWS, WIDTH
    from microhan.telegram.p1.extra_values import READERS
    assert len(ROWS) % WIDTH == 0
    codes = [ROWS[i:i + 4] for i in range(0, len(ROWS), WIDTH)]
    assert len(set(codes)) == len(codes)
    assert {ROWS[i + 5] for i in range(0, len(ROWS), WIDTH)} == set(range(len(READERS)))
    filled = {ROWS[i + 4] for i in range(0, len(ROWS), WIDTH)}
    alone = {INDEX[key] for key, *_ in EXTRAS} - filled
    assert alone == {INDEX["demand_peak_time"], INDEX["channels"]}
