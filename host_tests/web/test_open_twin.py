"""Ways out that know no password on the twin, a 32-bit MicroPython: their clients' pace."""

import asyncio
import json
import time
import urllib.request

import pytest
from ecotracker import EcoTracker
from homewizard_energy import HomeWizardEnergy

from fixtures.twin_answers import answered, counters
from fixtures.twin_options import options_of
from fixtures.web_server import wait_until
from twin.twin import Twin

WAYS = ("homewizard", "ecotracker", "shelly")


@pytest.fixture
def twin(tmp_path):
    """A twin with all of them on, whose meter sends each second."""
    data = tmp_path / "flash" / "data"
    data.mkdir(parents=True)
    (data / "config.json").write_text(json.dumps(
        {"open": {**dict.fromkeys(WAYS, True), "allow": "10.0.0.0/8, 127.0.0.1"}}))
    with Twin(options_of(tmp_path, "i386", mqtt=None)) as made:
        made.start()
        made.wait_for_reading(60)
        yield made


def ask(twin, path):
    """The JSON that anybody gets."""
    url = f"http://127.0.0.1:{twin.client.port}{path}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.loads(answer.read())


async def data_of(port):
    async with HomeWizardEnergy(f"127.0.0.1:{port}") as client:
        return await client.data()


def test_the_clients_read_the_twin(twin):
    reading = answered(twin, "/reading.json")
    data = asyncio.run(data_of(twin.client.port))
    assert data.total_energy_import_kwh >= reading["active_energy_import_kwh"]
    assert data.unique_meter_id == reading.get("meter_id")
    assert data.active_power_w is not None and data.wifi_ssid is None  # it has no radio
    meter = EcoTracker("127.0.0.1", twin.client.port)
    assert meter.update() and meter.get_energy_counter_in() > 0
    assert ask(twin, "/shelly")["mac"].lower() == ask(twin, "/api")["serial"]


@pytest.mark.slow
def test_twenty_requests_a_second_for_a_minute_cost_no_telegram(twin):
    """As batteries ask: each request on a connection of its own, evenly."""
    before = counters(twin)
    began, sent = time.monotonic(), twin.sent
    for n in range(1200):
        time.sleep(max(0, began + n / 20 - time.monotonic()))
        assert "total_act_power" in ask(twin, "/rpc/EM.GetStatus?id=0")
    sent = twin.sent - sent
    wait_until(lambda: counters(twin)["ok"] - before["ok"] >= sent)
    after = counters(twin)
    assert sent >= 20 and not twin.port.lost
    bad = [name for name in after if name != "ok" and after[name] != before[name]]
    assert not bad, (before, after)
    status = answered(twin)
    assert status["outputs"]["http"]["turned_away"] == status["outputs"]["http"]["displaced"] == 0
