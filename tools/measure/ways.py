"""What each way out costs, alone and with all others that fit a plain ESP32 beside it: heap of the
whole application, at rest and while it is used; and how late Readings are meanwhile.

    .venv/bin/python -m measure.ways [--vm i386] [--only modbus]
"""

import argparse
import contextlib
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from pymodbus.client import ModbusTcpClient
from websockets.sync.client import connect

from fits.receiver import receiver
from twin import ports
from twin.twin import Twin

from . import latency, memory_map
from .report import Row, table

_ASKED_S = 1  # between two questions while the heap is looked at
_BUSY_S = 0.05  # and while it is looked how late Readings are

# What a client does until `over`: (twin, over, s between questions, moments when Readings came).
Use = Callable[[Twin, threading.Event, float, list[float]], None]
# Gives (configuration, Use or None).
Way = Callable[[], AbstractContextManager[tuple[dict, Use | None]]]


def _asked(path: str, **opened: bool) -> Way:
    """Who asks for it again and again, each time on a connection of its own."""
    def use(one, over, pause, moments):
        asked = urllib.request.Request(f"http://127.0.0.1:{one.client.port}{path}", headers={
            "Authorization": "Bearer " + one.token()})
        while not over.wait(pause):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(asked, timeout=5).read()

    return lambda: contextlib.nullcontext(({"open": opened}, use))


@contextlib.contextmanager
def _posted(section: str) -> Iterator[tuple[dict, Use]]:
    """What is sent to a server."""
    with receiver() as server:
        def use(one, over, pause, moments):
            while not over.is_set():
                server.next()
                moments.append(time.monotonic())

        yield {section: {"url": server.url}}, use


@contextlib.contextmanager
def _raw_p1() -> Iterator[tuple[dict, Use]]:
    port = ports.free_port()

    def use(one, over, pause, moments):
        with socket.create_connection(("127.0.0.1", port), 30) as sock:
            for line in sock.makefile("rb"):
                if line.startswith(b"!"):
                    moments.append(time.monotonic())
                if over.is_set():
                    return

    yield {"open": {"p1": port}}, use


def _websocket(one, over, pause, moments):
    with connect(f"ws://127.0.0.1:{one.client.port}/ws", ping_interval=None,
                 close_timeout=1) as messages:
        while not over.is_set():
            messages.recv(30)
            moments.append(time.monotonic())


@contextlib.contextmanager
def _modbus() -> Iterator[tuple[dict, Use]]:
    port = ports.free_port()

    def use(one, over, pause, moments):
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=30)
        client.connect()
        while not over.wait(pause):
            client.read_input_registers(0, count=80)
        client.close()

    yield {"open": {"modbus": port}}, use


@contextlib.contextmanager
def _shelly_udp() -> Iterator[tuple[dict, Use]]:
    port = ports.free_port(socket.SOCK_DGRAM)

    def use(one, over, pause, moments):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", port))
            while not over.wait(pause):
                sock.send(b'{"id":1,"method":"EM.GetStatus","params":{"id":0}}')
                sock.recv(2000)

    yield {"open": {"shelly_udp": str(port)}}, use


WAYS: dict[str, Way] = {
    "push": lambda: _posted("push"), "webhook": lambda: _posted("webhook"), "raw P1": _raw_p1,
    "P1 by WebSocket": lambda: contextlib.nullcontext(({"open": {"ws": True}}, _websocket)),
    "Modbus": _modbus, "HomeWizard": _asked("/api/v1/data", homewizard=True),
    "EcoTracker": _asked("/v1/json", ecotracker=True),
    "Shelly": _asked("/rpc/EM.GetStatus?id=0", shelly=True), "Shelly by UDP": _shelly_udp,
    "announced": lambda: contextlib.nullcontext(({"open": {"announce": True}}, None)),
    "Prometheus": _asked("/metrics"),
    "chargers": lambda: contextlib.nullcontext(({"mqtt": {
        "goe": "go-eCharger/123456", "smartevse": "SmartEVSE/12345"}}, None))}
# With MQTT and the page: config/fit.py takes no further one for a plain ESP32.
LARGEST = ("chargers", "raw P1", "P1 by WebSocket", "HomeWizard", "EcoTracker", "Shelly")


@contextlib.contextmanager
def together(names: Sequence[str]) -> Iterator[tuple[dict, list[Use]]]:
    """(the configuration, the uses) of these ways."""
    config: dict[str, dict] = {}
    uses = []
    with contextlib.ExitStack() as running:
        for name in names:
            given, use = running.enter_context(WAYS[name]())
            for section, keys in given.items():
                config.setdefault(section, {}).update(keys)
            uses += [use] if use else []
        yield config, uses


class _Users:
    """Threads that use a twin, each with the moments when Readings came to it."""

    def __init__(self, one: Twin, uses: Sequence[Use], pause: float) -> None:
        self._over = threading.Event()
        self.moments: list[list[float]] = [[] for _ in uses]
        for use, moments in zip(uses, self.moments, strict=True):
            threading.Thread(target=self._run, args=(use, one, pause, moments),
                             daemon=True).start()

    def _run(self, use, one, pause, moments):
        while not self._over.wait(0.2):  # a port that is not open yet, or closed in the end
            with contextlib.suppress(Exception):
                use(one, self._over, pause, moments)

    def close(self) -> None:
        """They leave."""
        self._over.set()


def heap(names: Sequence[str], used: bool, after: float) -> int:
    """Bytes that the application takes with these ways on."""
    with together(names) as (config, uses):
        def poll(one: Twin) -> Any:
            return _Users(one, uses, _ASKED_S) if used else None

        at = dict(memory_map.probe(after, config=config, poll=poll)[0])
        return at["running"] - at["twin"]


def late(names: Sequence[str], words: str, machine: str, count: int) -> list[Row]:
    """Rows of how late Readings are by MQTT, and by those of the ways that bring them."""
    with together(names) as (config, uses), latency.twin(machine, 0.5, config=config) as one:
        one.wait_for_reading(60)
        users = _Users(one, uses, _BUSY_S)
        moments: list[float] = []
        latency.by_mqtt(one, moments, count)
        users.close()
        rows = latency.three(f"MQTT, {words} in use", one, moments)
        for came in users.moments:
            if len(came) > 1:
                rows += latency.three(words, one, came[1:])  # the first one may be from before
        return [row for row in rows if "worst" not in row.name]


def rows(machine: str, chosen: Sequence[str], say: Callable[[str], None],
         after: float = 15, count: int = 40) -> list[Row]:
    """All of it, for each way alone and for the largest set that fits."""
    say("ways out: heap with none, and while the page's server is asked")
    none = heap([], False, after)
    out = [Row("heap of the application, MQTT and page only", none, "bytes"),
           Row("more while any page is asked each second", asked(after) - none, "bytes")]
    sets: dict[str, Sequence[str]] = {name: (name,) for name in chosen}
    if chosen == list(WAYS):
        sets["the largest set"] = LARGEST
    for words, names in sets.items():
        say(f"ways out: {words}")
        out.append(Row(f"more with {words}, at rest", heap(names, False, after) - none, "bytes"))
        out.append(Row(f"more with {words}, in use", heap(names, True, after) - none, "bytes"))
        if count:
            out += late(names, words, machine, count)
    return out


def asked(after: float) -> int:
    """Bytes of the application while /session.json is asked each second."""
    with _asked("/session.json")() as (config, use):
        assert use
        uses = [use]
        at = dict(memory_map.probe(after, poll=lambda one: _Users(one, uses, _ASKED_S))[0])
        return at["running"] - at["twin"]


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vm", default="i386", help="the twin's MicroPython")
    parser.add_argument("--only", choices=list(WAYS), action="append")
    parser.add_argument("--heap", action="store_true", help="no latencies")
    given = parser.parse_args()
    found = rows(given.vm, given.only or list(WAYS), lambda text: print(text, file=sys.stderr),
                 count=0 if given.heap else 40)
    print("\n".join(table(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
