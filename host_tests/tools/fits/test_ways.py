"""Every Reading of the corpus through each way out, and back through that way's own client: all
values, within the protocol's own resolution (tools/fits/ways/)."""

import pytest

from fits import walk
from fits.corpus import cases
from fixtures import needs

PROGRAMS = {"mqtt": "mosquitto_sub", "chargers": "mosquitto_sub", "influxdb": "influxd"}
# What takes its time with each: /metrics, two formats at 80 ms. Every so many Readings.
STEPS = {"prometheus": 6, "influxdb": 3}


@pytest.mark.parametrize("name", walk.WAYS)
def test_readings_come_back_through_each_way_s_own_client(name, tmp_path):
    if name in PROGRAMS:
        needs.program(PROGRAMS[name])
    step = STEPS.get(name, 1)
    found = walk.walk(walk.way(name), tmp_path, cases()[::-step])
    assert found.wrong == []
    assert found.readings >= walk.WAYS[name][1] // step
    assert found.values > found.readings


def test_what_is_wrong_is_told(tmp_path, monkeypatch):
    """A client that reads another number, and one that reads what was not sent."""
    way = walk.way("http")
    case = cases()[0]
    other = case.reading.json().replace('"active_power_import_w":', '"active_power_import_w":1')
    monkeypatch.setattr(type(case), "values", lambda self: way.exact(other) | {"voltage_l9_v": 7})
    found = walk.walk(way, tmp_path, [case])
    assert [words.split(": ")[1] for words in found.wrong] == [
        "active_power_import_w", "voltage_l9_v"]
