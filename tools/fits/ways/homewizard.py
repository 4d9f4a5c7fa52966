"""HomeWizard's P1 meter, API v1: python-homewizard-energy, as Home Assistant uses it."""

import asyncio
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from homewizard_energy import HomeWizardEnergy

from ..walk import net

PEER = "python-homewizard-energy " + version("python-homewizard-energy")
RESOLUTION = "as the meter sent it; whole W and seconds"
_PHASES = ("l1", "l2", "l3")
# A client's name for a field, and ours.
_NAMES = {
    **{f"total_energy_{way}{tariff}_kwh": f"active_energy_{way}{tariff}_kwh"
       for way in ("import", "export") for tariff in ("", "_t1", "_t2", "_t3", "_t4")},
    **{f"active_voltage_{phase}_v": f"voltage_{phase}_v" for phase in _PHASES},
    "active_frequency_hz": "frequency_hz", "active_power_average_w": "demand_import_w",
    "monthly_power_peak_w": "demand_peak_import_w", "unique_meter_id": "meter_id"}
_CHANNELS = {3: "GAS_METER", 4: "HEAT_METER", 6: "WARM_WATER_METER", 7: "WATER_METER",
             12: "INLET_HEAT_METER"}


async def ask(port: int) -> tuple[Any, Any]:
    """(device, data) by their library."""
    async with HomeWizardEnergy(f"127.0.0.1:{port}") as one:
        return await one.device(), await one.data()


def _exact(value):
    """A number that the library has read out of JSON, as it was written."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _clock(time):
    """What the meter's own clock shows."""
    return datetime.fromisoformat(time[:19])


def _numbers(data, values):
    out = []
    for theirs, ours in _NAMES.items():
        wanted = values.get(ours)
        if "total_energy" in theirs and "_t" not in theirs[12:] and wanted is None:
            wanted = values.get(ours.replace("_kwh", "_t1_kwh"))  # which is what the library does
        out.append((theirs, _exact(getattr(data, theirs)), wanted))
    out.append(("power", data.active_power_w, net(values)))
    for phase in _PHASES:
        power = net(values, "_" + phase)
        current = values.get(f"current_{phase}_a")
        if current is not None and power is not None and power < 0:
            current = -abs(current)
        out += [("power " + phase, getattr(data, f"active_power_{phase}_w"), power),
                ("current " + phase, _exact(getattr(data, f"active_current_{phase}_a")), current)]
    return out


def _texts(device, data, values):
    tariff = values.get("tariff", "")
    peak = values.get("demand_peak_time")
    return [
        ("type", device.product_type, "HWE-P1"), ("serial", device.serial, "3c6105a1b2c3"),
        ("model", device.product.model, "HWE-P1"),
        ("tariff", data.active_tariff, int(tariff) if tariff.isdigit() else None),
        ("meter", data.meter_model, values.get("meter_type", values.get("identification"))),
        ("network", (data.wifi_ssid, data.wifi_strength), ("hemma", 80)),
        ("time of the peak", data.monthly_power_peak_timestamp, peak and _clock(peak))]


def _channels(data, channels):
    known = [one for _, one in sorted(channels.items())
             if one.get("type") in _CHANNELS and {"id", "value", "unit", "time"} <= set(one)
             and _clock(one["time"]).year >= 2010]  # a number has no zero in front
    gas = [one for one in known if one["type"] == 3 and one["unit"] == "m3"][:1] or [{}]
    return [
        ("channels", [(one.unique_id, one.meter_type.name, _exact(one.value), one.unit,
                       one.timestamp) for one in (data.external_devices or {}).values()],
         [(one["id"], _CHANNELS[one["type"]], one["value"], one["unit"], _clock(one["time"]))
          for one in known]),
        ("gas", (_exact(data.total_gas_m3), data.gas_timestamp, data.gas_unique_id),
         (gas[0].get("value"), gas[0].get("time") and _clock(gas[0]["time"]), gas[0].get("id")))]


def _read(dongle):
    def pairs(case):
        values = case.values()
        device, data = asyncio.run(ask(dongle.port))
        return (_numbers(data, values) + _texts(device, data, values)
                + _channels(data, values.get("channels", {})))

    return pairs


def client(folder: Path) -> Any:
    """See walk.py."""
    return nullcontext(({"open": {"homewizard": True}}, _read))
