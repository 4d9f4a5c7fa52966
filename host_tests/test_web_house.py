"""A web server on a thread of its own, and clients for it, for all test_web_* files."""

import asyncio
import json
import socket
import threading
import time

import pytest
import shim  # noqa: F401 - MicroPython's dialect for CPython

from microhan.hub.hub import Hub
from microhan.reading.reading import INDEX, Reading
from microhan.web import connection, requests, server

# The device's short queue makes Linux drop a client's SYN, which it repeats only after a second.
server._BACKLOG = 16
server._unload_places = lambda: None  # tests change the patience of what is loaded

TOKEN = "0123456789abcdef0123456789abcdef"
PASSWORD = "smörgås: 7"
BEARER = "Authorization: Bearer " + TOKEN
RAW = b"/TST5 house\r\n\r\n1-0:1.7.0(0001.234*kW)\r\n!1A2B\r\n"


class Diagnosis:
    """What meter.py hands to the hub, as far as this room sees it."""

    def __init__(self, state="ok", text_en="All is well."):
        self.state = state
        self.text_en = text_en

    def json(self, extra=""):
        return "{" + extra + json.dumps(
            {"state": self.state, "text_sv": "Allt är väl.", "text_en": self.text_en}
        )[1:]


def a_reading(**values):
    """A Reading of a believable moment; values in the smallest unit by key."""
    reading = Reading()
    told = {
        "time": 702_651_021,
        "meter_id": "5706567331323526",
        "active_power_import_w": 1234,
        "active_power_export_w": 0,
        "voltage_l1_v": 230_000,
        "current_l1_a": 5_360,
        "active_energy_import_kwh": 123_456_789,
    }
    told.update(values)
    for key, value in told.items():
        reading.put(INDEX[key], value, {"voltage_l1_v": 1, "current_l1_a": 2}.get(key, 0))
    return reading


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """A running WebServer with a hub that has no meter."""

    def __init__(self, status=None):
        self.seq = 0
        self.log = []
        self.beats = 0
        self.port = free_port()
        self.hub = Hub(lambda: int(time.monotonic()), self._number)
        self.loop = asyncio.new_event_loop()
        config = {"port": self.port, "token": TOKEN, "password": PASSWORD}
        self.server = server.WebServer(
            config, self.hub, status or (lambda: '{"id":"a1b2c3"}'), self.log.append, self._beat
        )
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        wait_until(lambda: self.server.status()["state"] == "ok")

    def _number(self):
        self.seq += 1
        return self.seq

    def _beat(self):
        self.beats += 1

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.task = self.loop.create_task(self.server.run())
        try:
            self.loop.run_until_complete(self.task)
        except asyncio.CancelledError:
            self.loop.run_until_complete(asyncio.sleep(0.05))

    def call(self, function, *args):
        """Run a plain function on the server's loop, as the firmware does."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (function(*args), done.set()))
        assert done.wait(5)

    def publish(self, reading=None, raw=RAW, is_text=True):
        self.call(self.hub.publish, reading or a_reading(), lambda: raw, is_text)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), 5)
        client.settimeout(10)
        return client

    def ask(self, path, *lines, method="GET", body=b""):
        """One request; (status, headers with lower-case names, body)."""
        with self.connect() as client:
            client.sendall(request(path, *lines, method=method) + body)
            return answer(client)

    def close(self):
        self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join(5)
        assert not self.thread.is_alive()
        assert self.server.status()["connections"] == 0
        assert self.server.status()["streams"] == 0
        self.loop.close()


def request(path, *lines, method="GET"):
    return "\r\n".join((f"{method} {path} HTTP/1.1", *lines, "", "")).encode()


def read_all(client):
    data = b""
    try:
        while True:
            piece = client.recv(65536)
            if not piece:
                return data
            data += piece
    except ConnectionError:
        return data


def parse(data):
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(first.split()[1]), headers, body


def answer(client):
    return parse(read_all(client))


def wait_until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


class Events:
    """A client of /events."""

    def __init__(self, house, receive_buffer=0):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", house.port))
        self.socket.sendall(request("/events", BEARER))
        self.text = b""

    def next(self):
        """(name, data) of the next event; heartbeats are ("", "")."""
        while b"\n\n" not in self.text.replace(b"\r\n\r\n", b"____", 1):
            piece = self.socket.recv(4096)
            assert piece, "the stream ended"
            self.text += piece
        if self.text.startswith(b"HTTP/"):
            self.status = int(self.text.split()[1])
            self.text = self.text.partition(b"\r\n\r\n")[2]
            return self.next()
        block, _, self.text = self.text.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line)
        if "retry" in fields:
            return self.next()
        return fields.get("event", ""), fields.get("data", "")

    def close(self):
        self.socket.close()


@pytest.fixture
def house():
    built = House()
    yield built
    built.close()


@pytest.fixture
def hasty(monkeypatch):
    """The same limits, ten times sooner."""
    monkeypatch.setattr(connection, "HEAD_MS", 600)
    for module in (connection, requests):  # each has the number under its own name
        monkeypatch.setattr(module, "IDLE_MS", 600)
    monkeypatch.setattr(server, "_SWEEP_MS", 25)
    monkeypatch.setattr(requests, "_GUESS_MS", 100)
    built = House()
    yield built
    built.close()


def test_the_house_answers(house):
    house.publish()
    status, _, body = house.ask("/reading.json", BEARER)
    assert status == 200
    assert json.loads(body)["active_power_import_w"] == 1234
    wait_until(lambda: house.beats > 2)
