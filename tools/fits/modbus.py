"""Modbus TCP: pymodbus asks the twin for every register of an SDM630."""

import json
import time
from decimal import Decimal
from pathlib import Path

from pymodbus import __version__
from pymodbus.client import ModbusTcpClient

from measure.limits import Row, at_least, told
from twin import ports
from twin.twin import Twin

from .stage import mosquitto, twin, wait
from .ways import sdm630
from .ways.modbus import all_floats

METERS = {"sagemcom-p1": 25, "aidon-hdlc": 20, "kamstrup-hdlc": 10, "nl-dsmr5": 10}
_ID = "a1b2c3"
_SECONDS = 5  # of asking without pause


def prepare() -> None:
    """pymodbus is among the tools: nothing is fetched."""


def prove(folder: Path) -> list[Row]:
    """The rows of this peer."""
    rows = [told("pymodbus", __version__)]
    with mosquitto(folder) as mqtt:
        for meter, least in METERS.items():
            port = ports.free_port()
            with twin(folder / meter, mqtt, _ID, {"open": {"modbus": port}}, meter=meter,
                      interval=2) as one:
                client = ModbusTcpClient("127.0.0.1", port=port, timeout=30)
                client.connect()
                found, values = wait("a Reading", lambda: same_moment(one, client))  # noqa: B023
                wrong = sdm630.wrong(found, values)
                rows += [at_least(f"{meter}: values", len(sdm630.registers(values)), least),
                         Row(f"{meter}: wrong", wrong or 0, 0, not wrong)]
                if meter == "sagemcom-p1":
                    rows.append(told("requests a second, 80 registers each", _rate(client)))
                client.close()
    return rows


def same_moment(one: Twin, client: ModbusTcpClient) -> "tuple[dict, dict] | None":
    """(all registers, /reading.json with Decimals) of one Reading; None if another one came."""
    before = one.client.get("/reading.json")
    found = all_floats(client)
    after = one.client.get("/reading.json")
    if before[0] != 200 or before != after:
        return None
    return found, json.loads(json.dumps(before[1]), parse_float=Decimal)


def _rate(client):
    end = time.monotonic() + _SECONDS
    count = 0
    while time.monotonic() < end:
        count += not client.read_input_registers(0, count=80).isError()
    return count // _SECONDS
