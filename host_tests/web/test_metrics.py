"""/metrics: both formats by prometheus_client's parsers, names by promtool, values exactly."""

import subprocess

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

import meter_model
from fits.ways.metric_names import as_metrics, numbers
from fits.ways.prometheus import OPEN, samples
from fixtures import needs
from fixtures.readings_extra import extra_reading
from fixtures.simulated import read, snapshot_of
from fixtures.web_server import BEARER, DELIBERATE, a_reading
from microhan.reading.fields import FIELDS, TEXT
from microhan.reading.reading import key_of
from microhan.web.metrics import metrics

FORMATS = {"text": (read_text, ()), "open": (read_open, ("Accept: " + OPEN,))}
EVERYTHING = {key: 230_000 for key, kind, _ in FIELDS if kind > TEXT}
STATUS = {
    "id": "a1b2c3", "version": "0.1.0", "build": "1f2e3d4c", "uptime_s": 86400,
    "meter": {"state": "ok", "text_sv": "x", "counters": {
        "ok": 8640, "crc": 1, "too_long": 0, "restarted": 2, "odd_lines": 4, "skipped": 7}},
    "outputs": {
        "mqtt": {"state": "error", "error": "x", "queued": 3, "dropped": 1, "sent": 99, "kept": 5,
                 "thinned": 0, "lost": 0},
        "http": {"state": "ok", "error": "", "queued": 0, "dropped": 0, "connections": 2,
                 "streams": 1, "requests": 1410, "refused": 6, "wrong_credentials": 4,
                 "timeouts": 0, "displaced": 0, "turned_away": 0}},
    "memory": {"free": 81920, "low": 70144}, "loop": {"latency_ms": 31}, "wifi": {"rssi": -58},
    "resets": {"cause": "power on", "tasks": {"mqtt": 2}, "healed": {"wifi": 1, "why": "deaf"}},
    "crash": None, "warnings": []}


@pytest.fixture
def web(web):
    """A web server of a device that has something to say."""
    web.call(setattr, web.sources, "status", lambda: STATUS)
    return web


def given(web, form="text"):
    """{(name, labels): value} of /metrics, and its text."""
    parse, lines = FORMATS[form]
    status, headers, body = web.ask("/metrics", BEARER, *lines)
    assert status == 200 and headers["content-type"] == {
        "text": "text/plain; version=0.0.4; charset=utf-8",
        "open": "application/openmetrics-text; version=1.0.0; charset=utf-8"}[form]
    return samples(parse(body.decode())), body.decode()


def expected(reading):
    """The same of a Reading."""
    return as_metrics({key_of(i): reading.text(i) for i in reading.fields()})


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", list(meter_model.DIALECTS))
def test_every_value_of_every_meter_is_there(web, name, form):
    dialect, snapshot = snapshot_of(name)
    reading, = read(meter_model.write(dialect, snapshot), name, 0)[0]
    web.publish(reading)
    found = given(web, form)[0]
    assert numbers(found) == expected(reading)


@pytest.mark.parametrize("form", FORMATS)
def test_what_only_some_meters_send(web, form):
    reading = extra_reading()
    reading.put(2, 'a"\\\nb')
    web.publish(reading)
    found, text = given(web, form)
    assert numbers(found) == expected(reading)
    assert "microhan_meter_info{" in text and '"a\\"\\\\\\nb"' in text
    assert "microhan_tariff_info{tariff=" in text and "message" not in text
    channels = reading.get("channels")
    for n, members in channels.items():
        labels = {"channel": str(n), "type": str(members.get("type")), "id": members.get("id")}
        key = tuple(sorted((name, value) for name, value in labels.items()
                           if value not in (None, "None")))
        thousandths = members["value"][0]
        if members["unit"] == "m3":
            assert found["microhan_channel_cubic_meters_total", key] == thousandths / 1000
        else:
            factor = {"GJ": 1_000_000, "kWh": 3_600, "MJ": 1_000, "MWh": 3_600_000}
            assert found["microhan_channel_joules_total", key] == (
                thousandths * factor[members["unit"]])


def test_digits_are_exact(web):
    web.publish(a_reading())
    text = given(web)[1]
    for line in ('microhan_active_energy_joules_total{direction="import"} 444444440400',
                 'microhan_active_power_watts{direction="import"} 1234',
                 'microhan_phase_voltage_volts{phase="l1"} 230.0',
                 'microhan_phase_current_amperes{phase="l1"} 5.36'):
        assert line + "\n" in text


@pytest.mark.parametrize("form", FORMATS)
def test_health_is_there_from_the_beginning(web, form):
    found = given(web, form)[0]
    told = {name.removeprefix("microhan_") + "".join("/" + value for _, value in labels): value
            for (name, labels), value in found.items()}
    assert told == {
        "build_info/1f2e3d4c/a1b2c3/0.1.0": 1, "uptime_seconds": 86400, "meter_up": 1,
        "meter_state_info/ok": 1, "telegrams_total": 8640, "bad_telegrams_total/crc": 1,
        "bad_telegrams_total/too_long": 0, "bad_telegrams_total/restarted": 2,
        "odd_lines_total": 4, "skipped_bytes_total": 7, "output_up/mqtt": 0, "output_up/http": 1,
        "output_sent_total/mqtt": 99, "output_queued/mqtt": 3, "output_queued/http": 0,
        "output_kept/mqtt": 5, "output_dropped_total/mqtt": 1, "output_dropped_total/http": 0,
        "output_thinned_total/mqtt": 0, "output_lost_total/mqtt": 0, "http_requests_total": 1410,
        "http_refused_total/refused": 6, "http_refused_total/wrong_credentials": 4,
        "http_refused_total/timeouts": 0, "http_refused_total/displaced": 0,
        "http_refused_total/turned_away": 0, "http_connections": 2, "http_streams": 1,
        "heap_free_bytes": 81920, "heap_low_bytes": 70144, "loop_latency_seconds": 0.031,
        "wifi_signal_dbm": -58, "reset_info/power on": 1, "task_restarts_total/mqtt": 2,
        "heals_total/wifi": 1}


def test_the_history_says_how_new_it_is(web):
    web.sources.rings.hours.append((3600).to_bytes(4, "little") + bytes(18))
    found = given(web)[0]
    assert found["microhan_history_newest_time_seconds", (("step", "hour"),)] == 946684800 + 3600


def test_values_of_a_silent_meter_are_absent(web):
    now = [100]
    web.call(setattr, web.hub.state, "uptime_s", lambda: now[0])
    web.publish(a_reading())
    for passed in (0, 30):
        now[0] = 100 + passed
        found = given(web)[0]
        assert numbers(found) and found["microhan_reading_age_seconds", ()] == passed
    now[0] = 131
    found = given(web)[0]
    assert not numbers(found) and found["microhan_reading_age_seconds", ()] == 31
    assert not [name for name, _ in found if name == "microhan_meter_info"]


def test_who_may_read_it(web):
    assert web.ask("/metrics")[0] == 401
    for scope, status in (("now", 200), ("history", 403), ("raw", 403)):
        token = web.do("/tokens", {"name": scope, "scope": [scope], "expires": None},
                       web.login(), DELIBERATE)[2].decode().split('"')[-2]
        assert web.ask("/metrics", "Authorization: Bearer " + token)[0] == status


def test_a_piece_is_small(web):
    """What makes them never holds more than a few lines, and the answer goes out by kilobytes."""
    web.publish(extra_reading())
    for is_open in (False, True):
        assert max(map(len, metrics(web.sources, is_open))) <= 512


def test_promtool_finds_no_fault(web):
    promtool = needs.program("promtool")
    web.sources.rings.hours.append((3600).to_bytes(4, "little") + bytes(18))
    for reading in (a_reading(), extra_reading(), a_reading(**EVERYTHING)):
        web.publish(reading)
        text = given(web)[1]
        told = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                              capture_output=True)
        assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
