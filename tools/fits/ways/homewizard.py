"""HomeWizard's P1 meter, API v1: python-homewizard-energy, as Home Assistant uses it."""

import asyncio
from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from homewizard_energy import HomeWizardEnergy

from ..homewizard import shown

PEER = "python-homewizard-energy " + version("python-homewizard-energy")
RESOLUTION = "as the meter sent it; whole W and seconds"
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
    # Home Assistant's version of the library says "power" where this one says "energy"
    return [(theirs, _exact(getattr(data, theirs.replace("total_power", "total_energy"))), wanted)
            for theirs, wanted in shown(values).items()]


def _texts(device, data, values):
    peak = values.get("demand_peak_time")
    return [
        ("type", device.product_type, "HWE-P1"), ("serial", device.serial, "3c6105a1b2c3"),
        ("model", device.product.model, "HWE-P1"),
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
