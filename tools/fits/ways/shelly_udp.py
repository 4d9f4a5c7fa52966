"""Shelly Pro 3EM over UDP: the frames that batteries of Marstek send, by Python's own sockets."""

import functools
import json
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from twin import ports

from ..corpus import exact
from ..walk import net
from .shelly import RESOLUTION, energies, status

__all__ = ["PEER", "RESOLUTION", "client"]
PEER = f"Python {sys.version_info.major}.{sys.version_info.minor}'s sockets"
_TRIES = 100  # of 0.2 s: the dongle answers an address at most 25 times a second


def _ask(port, method):
    """The answer's text. TimeoutError if there is never one."""
    frame = json.dumps({"id": 1, "method": method, "params": {"id": 0}}).encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.settimeout(0.2)
        for left in reversed(range(_TRIES)):
            sock.send(frame)
            try:
                return sock.recv(2048).decode()
            except (TimeoutError, ConnectionError):
                if not left:
                    raise


def _read(port, _):
    def pairs(case):
        values = case.values()
        if net(values) is None:
            return []  # there is no answer to wait for: host_tests/web/test_datagrams.py
        told, counted = _ask(port, "EM.GetStatus"), _ask(port, "EMData.GetStatus")
        return [("id", exact(told)["id"], 1),
                *status(exact(told)["result"], values),
                ("a number with a point", '"total_act_power":%d.000,' % net(values) in told, True),
                *energies(exact(counted)["result"], values)]

    return pairs


def client(folder: Path) -> Any:
    """See walk.py."""
    port = ports.free_port(socket.SOCK_DGRAM)
    return nullcontext(({"open": {"shelly_udp": str(port)}}, functools.partial(_read, port)))
