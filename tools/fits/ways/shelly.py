"""Shelly Pro 3EM over HTTP: aioshelly, and requests as evcc makes them."""

import asyncio
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
import requests
from aioshelly.common import get_info, is_firmware_supported
from aioshelly.const import DEVICES, MODEL_PRO_EM3
from aioshelly.rpc_device.wsrpc import RPCCall, SessionData

from ..corpus import exact
from ..walk import net, whole

PEER = f"aioshelly {version('aioshelly')}, requests {requests.__version__}"
RESOLUTION = "as the meter sent it; whole W and Wh"
_METHODS = {"EM.GetStatus", "EMData.GetStatus"}


async def _info(port):
    async with aiohttp.ClientSession() as session:
        return await get_info(session, "127.0.0.1", "3C6105A1B2C3", port)


def _about(port, rpc):
    """By aioshelly, whose other questions go over WebSocket."""
    info = asyncio.run(_info(port))
    methods = requests.post(rpc + "Shelly.ListMethods", json={"id": 0}, timeout=60).json()
    return [("model", info["model"], MODEL_PRO_EM3),
            ("device", DEVICES[info["model"]].name, "Shelly Pro 3EM"),
            ("firmware", is_firmware_supported(info["gen"], info["model"], info["fw_id"]), True),
            ("who", (info["mac"], info["auth_en"]), ("3C6105A1B2C3", False)),
            ("methods", _METHODS & set(methods["methods"]), _METHODS)]


def status(told: dict[str, Any], values: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The pairs of EM.GetStatus."""
    out = [("power", told["total_act_power"], net(values))]
    for letter, phase in zip("abc", ("l1", "l2", "l3"), strict=True):
        current = values.get(f"current_{phase}_a")
        out += [(f"{letter}_{name}", told[f"{letter}_{name}"], value) for name, value in (
            ("act_power", net(values, "_" + phase)), ("voltage", values.get(f"voltage_{phase}_v")),
            ("current", None if current is None else abs(current)),
            ("freq", values.get("frequency_hz")), ("pf", values.get(f"power_factor_{phase}")))]
    return out


def energies(told: dict[str, Any], values: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """The pairs of EMData.GetStatus."""
    return [(theirs, told.get(theirs), whole(values.get(f"active_energy_{way}_kwh")))
            for theirs, way in (("total_act", "import"), ("total_act_ret", "export"))]


def _frame(rpc, status):
    """As aioshelly frames it, which sends it by WebSocket."""
    both = requests.get(rpc + "Shelly.GetStatus", timeout=60).json()
    asked = RPCCall(5, "EM.GetStatus", {"id": 0}, SessionData("aios-1", None, None), None)
    frame = requests.post(rpc[:-1], json=asked.build_request_frame(), timeout=60).json()
    return [("both", set(both), {"em:0", "emdata:0"}),
            ("frame", (frame["id"], frame["dst"]), (5, "aios-1")),
            ("the same in a frame", frame["result"], status.json())]


def _read(dongle):
    rpc = f"http://127.0.0.1:{dongle.port}/rpc/"

    def pairs(case):
        values = case.values()
        asked = requests.post(rpc + "EM.GetStatus", json={"id": 0, "src": "evcc"}, timeout=60)
        known = net(values) is not None
        out = _about(dongle.port, rpc) + [("answer", asked.status_code, 200 if known else 503)]
        if asked.ok:
            counted = requests.get(rpc + "EMData.GetStatus?id=0", timeout=60).text
            out += status(exact(asked.text), values) + energies(exact(counted), values)
            out += [("a number with a point", ".000," in asked.text, True), *_frame(rpc, asked)]
        return out

    return pairs


def client(folder: Path) -> Any:
    """See walk.py."""
    return nullcontext(({"open": {"shelly": True}}, _read))
