"""Modbus TCP: pymodbus asks for every register of an SDM630."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymodbus import __version__
from pymodbus.client import ModbusTcpClient

from twin import ports

from . import sdm630

PEER = "pymodbus " + __version__
RESOLUTION = "half of a float32's last digit (6e-8 of the value)"


def all_floats(one: ModbusTcpClient) -> dict[int, float]:
    """{first register: value} of the whole map, in four requests."""
    out: dict[int, Any] = {}
    for first in range(0, sdm630.END, 100):
        count = min(100, sdm630.END - first)
        answer = one.read_input_registers(first, count=count)
        if answer.isError():
            raise ValueError(f"no data at {first:#x}: {answer}")
        numbers: Any = one.convert_from_registers(answer.registers, one.DATATYPE.FLOAT32)
        out.update(zip(range(first, first + count, 2), numbers, strict=True))
    return out


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    port = ports.free_port()
    one = ModbusTcpClient("127.0.0.1", port=port, timeout=60)

    def pairs(case):
        wrong = sdm630.wrong(all_floats(one), case.values())
        known = sdm630.registers(case.values())
        return [(f"{first:#x}", True, True) for first in known][len(wrong):] + [
            (words, False, True) for words in wrong]

    try:
        yield {"open": {"modbus": port}}, lambda dongle: one.connect() and pairs
    finally:
        one.close()
