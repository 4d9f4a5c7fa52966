"""Every Reading of the corpus through each way out that knows no password, and back through that
way's own client: all values, within the protocol's own resolution (docs/integrations/)."""

import asyncio
import json
import logging
from datetime import datetime
from decimal import Decimal

import aiohttp
import pytest
import requests
from aioshelly.common import get_info, is_firmware_supported
from aioshelly.const import DEVICES, MODEL_PRO_EM3
from aioshelly.rpc_device.wsrpc import RPCCall, SessionData
from ecotracker import EcoTracker
from homewizard_energy import HomeWizardEnergy

from fits.homewizard import PHASES, net, shown
from fixtures.every_reading import RECORDS, readings_of
from fixtures.readings_extra import extra_reading
from fixtures.web_server import RunningServer
from microhan.web.open import ecotracker


def exact(value):
    """A number that a client has read out of JSON, as it was written."""
    return Decimal(repr(value)) if isinstance(value, float) else value


async def ask_homewizard(port):
    """(device, data) by python-homewizard-energy."""
    async with HomeWizardEnergy(f"127.0.0.1:{port}") as client:
        return await client.device(), await client.data()


def check_homewizard(port, values):
    device, data = asyncio.run(ask_homewizard(port))
    assert (device.product_type, device.serial) == ("HWE-P1", "3c6105a1b2c3")
    assert device.product.model == "HWE-P1"
    for theirs, told in shown(values).items():
        assert exact(getattr(data, theirs.replace("total_power", "total_energy"))) == told, theirs
    assert (data.wifi_ssid, data.wifi_strength) == ("hemma", 80)
    peak = values.get("demand_peak_time")
    assert data.monthly_power_peak_timestamp == (peak and clock(peak))
    check_channels(data, values.get("channels", {}))


def clock(time):
    """What the meter's own clock shows."""
    return datetime.fromisoformat(time[:19])


def check_channels(data, channels):
    types = {3: "GAS_METER", 4: "HEAT_METER", 6: "WARM_WATER_METER", 7: "WATER_METER",
             12: "INLET_HEAT_METER"}
    told = [one for _, one in sorted(channels.items())
            if one.get("type") in types and {"id", "value", "unit", "time"} <= set(one)
            and clock(one["time"]).year >= 2010]  # a number has no zero in front
    assert [(one.unique_id, one.meter_type.name, exact(one.value), one.unit, one.timestamp)
            for one in (data.external_devices or {}).values()] == [
        (one["id"], types[one["type"]], one["value"], one["unit"], clock(one["time"]))
        for one in told]
    gas = [one for one in told if one["type"] == 3 and one["unit"] == "m3"][:1]
    assert [exact(data.total_gas_m3)] == ([one["value"] for one in gas] or [None])
    assert [data.gas_timestamp] == ([clock(one["time"]) for one in gas] or [None])
    assert [data.gas_unique_id] == ([one["id"] for one in gas] or [None])


def wh(value):
    return None if value is None else int(1000 * value)


def check_ecotracker(port, values):
    """By everHome's own library: whole W, whole Wh."""
    meter = EcoTracker("127.0.0.1", port)
    assert meter.update() == (net(values) is not None)
    if net(values) is None:
        return
    data = meter.get_data()
    assert data.power == net(values) == data.power_avg
    for phase in PHASES:
        assert getattr(data, f"power_phase{phase[1]}") == net(values, "_" + phase)
    assert data.energy_counter_in == wh(values.get("active_energy_import_kwh"))
    assert data.energy_counter_in_t1 == wh(values.get("active_energy_import_t1_kwh"))
    assert data.energy_counter_in_t2 == wh(values.get("active_energy_import_t2_kwh"))
    assert data.energy_counter_out == wh(values.get("active_energy_export_kwh"))
    assert 0 <= meter.get_all_data()["agePower"] <= 60_000


async def ask_shelly(port):
    async with aiohttp.ClientSession() as session:
        return await get_info(session, "127.0.0.1", "3C6105A1B2C3", port)


def check_shelly(port, values):
    """`/shelly` by aioshelly, whose other questions go over WebSocket; the rest as evcc asks."""
    info = asyncio.run(ask_shelly(port))
    assert info["model"] == MODEL_PRO_EM3 and DEVICES[info["model"]].name == "Shelly Pro 3EM"
    assert is_firmware_supported(info["gen"], info["model"], info["fw_id"])
    assert (info["mac"], info["auth_en"]) == ("3C6105A1B2C3", False)
    rpc = f"http://127.0.0.1:{port}/rpc/"
    methods = requests.post(rpc + "Shelly.ListMethods", json={"id": 0}, timeout=60).json()
    assert {"EM.GetStatus", "EMData.GetStatus"} <= set(methods["methods"])
    status = requests.post(rpc + "EM.GetStatus", json={"id": 0, "src": "evcc"}, timeout=60)
    if net(values) is None:
        assert status.status_code == 503
        return
    told = json.loads(status.text, parse_float=Decimal)
    assert told["total_act_power"] == net(values) and ".000," in status.text
    for letter, phase in zip("abc", PHASES, strict=True):
        assert told[letter + "_act_power"] == net(values, "_" + phase)
        assert told[letter + "_voltage"] == values.get(f"voltage_{phase}_v")
        current = values.get(f"current_{phase}_a")
        assert told[letter + "_current"] == (None if current is None else abs(current))
        assert told[letter + "_freq"] == values.get("frequency_hz")
        assert told[letter + "_pf"] == values.get(f"power_factor_{phase}")
    energies = requests.get(rpc + "EMData.GetStatus?id=0", timeout=60).text
    told = json.loads(energies, parse_float=Decimal)
    for theirs, ours in (("total_act", "import"), ("total_act_ret", "export")):
        assert told.get(theirs) == wh(values.get(f"active_energy_{ours}_kwh"))
    both = requests.get(rpc + "Shelly.GetStatus", timeout=60).json()
    assert set(both) == {"em:0", "emdata:0"}
    # As aioshelly frames it, which sends it by WebSocket.
    asked = RPCCall(5, "EM.GetStatus", {"id": 0}, SessionData("aios-1", None, None), None)
    frame = requests.post(rpc[:-1], json=asked.build_request_frame(), timeout=60).json()
    assert (frame["id"], frame["dst"]) == (5, "aios-1")
    assert frame["result"] == status.json()


def through_all(reading):
    """Check one Reading through every way."""
    values = json.loads(reading.json(), parse_float=Decimal)
    web = RunningServer()
    ecotracker._powers.clear()  # on the device the module leaves with the server
    try:
        web.open("homewizard", "ecotracker", "shelly")
        web.publish(reading)
        check_homewizard(web.port, values)
        check_ecotracker(web.port, values)
        check_shelly(web.port, values)
    finally:
        web.close()


@pytest.mark.parametrize("record", RECORDS, ids=[r["file"] for r in RECORDS])
def test_a_reading_comes_back_through_each_way_s_own_client(record, caplog):
    caplog.set_level(logging.CRITICAL)  # a library tells of each answer that is none
    readings = readings_of(record)
    assert readings
    through_all(readings[-1])


def test_what_only_some_meters_send_comes_back_too():
    through_all(extra_reading())
