"""Raw P1 over TCP: byte by byte, and by dsmr_parser with its Swedish list (5S)."""

import contextlib
import re
import socket
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dsmr_parser import telegram_specifications
from dsmr_parser.clients.telegram_buffer import TelegramBuffer
from dsmr_parser.parsers import TelegramParser

from twin import ports

from ..corpus import Case
from .dsmr_names import NAMES

PEER = "dsmr_parser " + version("dsmr_parser")
RESOLUTION = "text: each byte; P1 written from lists: as the meter sent it"
_END = re.compile(rb"!\w*\r\n\Z")
# Of a unit, as meters write it, to that of our key.
_SCALES = {"kW": 1000, "kVAr": 1000, "kvar": 1000, "W": 1, "VAr": 1, "V": 1, "A": 1, "kWh": 1,
           "kVArh": 1, "kvarh": 1, "Wh": Decimal("0.001"), "VArh": Decimal("0.001")}
_OURS = Decimal("0.001")  # a Reading keeps whole Wh
_PARSER = TelegramParser(telegram_specifications.SWEDEN)


def pairs_of(telegram: bytes, case: Case) -> list[tuple[str, Any, Any]]:
    """What a client got, to be held against the Reading."""
    if not case.is_text:
        return _values(telegram, case)
    out: list[tuple[str, Any, Any]] = [("bytes", telegram, case.raw + b"\r\n")]
    if case.record["country"] == "SE" and case.record["crc"] == "valid":
        with contextlib.suppress(InvalidOperation):  # a unit without its star (our own quirk)
            out += _values(telegram, case)
    return out


def _values(telegram, case):
    """Of dsmr_parser's Swedish list."""
    buffer = TelegramBuffer()
    buffer.append(telegram.decode("ascii"))
    (text,) = buffer.get_all()
    told, values = _PARSER.parse(text), case.values()
    found = {key: getattr(told, name) for name, key in NAMES.items() if hasattr(told, name)}
    return [(key, (one.value * _SCALES[one.unit]).quantize(_OURS, ROUND_DOWN), values.get(key))
            for key, one in found.items()]


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    port = ports.free_port()
    with contextlib.ExitStack() as open_:
        def read(dongle):
            sock = open_.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            dongle.until(lambda: dongle.outputs()["p1"]["clients"] == 1)
            return lambda case: pairs_of(_telegram(sock), case)

        yield {"open": {"p1": port}}, read


def _telegram(sock):
    data = b""
    while not _END.search(data):
        piece = sock.recv(4096)
        assert piece, data
        data += piece
    return data
