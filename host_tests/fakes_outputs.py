"""What the tests of net/ and outputs/ share: readings, scripted brokers, certificates."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time

import pytest
import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect

from microhan.hub.hub import Hub
from microhan.net.link import connector
from microhan.net.names import Names
from microhan.outputs.mqtt.output import MqttOutput
from microhan.reading.reading import INDEX, Reading

CONNACK = b"\x20\x02\0\0"
PINGRESP = b"\xd0\0"


def mqtt_config(port, **changes):
    """The section "mqtt" for a broker on loopback."""
    config = {
        "host": "127.0.0.1",
        "port": port,
        "user": "",
        "password": "",
        "tls": False,
        "tls_insecure": False,
        "ca": "",
        "keepalive": 60,
        "discovery": False,
        "discovery_prefix": "homeassistant",
    }
    config.update(changes)
    return config


def reading(second=0, **values):
    """A Reading of the meter's time 2026-05-25 04:53:20 + `second`, and the given keys."""
    out = Reading()
    out.put(INDEX["time"], 833000000 + second)
    for key, value in values.items():
        out.put(INDEX[key], value, 2 if key.endswith(("_v", "_a")) else 0)
    return out


class Diagnosis:
    """As meter.Diagnosis, as far as the outputs look."""

    def __init__(self, state="ok"):
        self.state = state

    def json(self, extra=""):
        return '{%s"state":"%s","text_sv":"Mätaren svarar"}' % (extra, self.state)


class House:
    """A hub with a clock of its own, and readings to order."""

    def __init__(self):
        self.now = 0
        self._seq = 0
        self.log = []
        self.hub = Hub(lambda: self.now, self._number)
        self.connect = connector(Names(lambda: []))

    def _number(self):
        self._seq += 1
        return self._seq

    def publish(self, **values):
        self.hub.publish(reading(self.now, **values), lambda: b"", True)
        self.now += 10

    def note(self, text):
        self.log.append(text)


def mqtt_output(house, port, **changes):
    """An MqttOutput in `house` for the broker at `port`."""
    config = mqtt_config(port, **changes)
    return MqttOutput(config, "a1b2c3", "0.1.0", house.hub, house.connect, house.note)


async def end(task):
    """Cancel a task until it is over: CPython 3.11's wait_for forgets a cancellation that comes
    together with its result."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.1)


async def running(out, talk, **limits):
    """Run the output while `talk(out)` lasts."""
    for key, value in limits.items():
        setattr(out._client, key, value)
    task = asyncio.create_task(out.run())
    try:
        await asyncio.sleep(0)
        await talk(out)
        assert not task.done(), task
    finally:
        await end(task)


async def until(condition, seconds=5):
    """Wait until `condition()` is true; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def server(handler, tls=None):
    """A TCP server on loopback; `handler(reader, writer)` per connection; yields its port."""

    async def guarded(reader, writer):
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has left, or the test is over
        finally:
            writer.close()

    listening = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def read_packet(reader):
    """Return (first byte, body) of one MQTT packet."""
    first = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return first, await reader.readexactly(length)


def publish_id(body):
    """The packet id of a QoS 1 PUBLISH."""
    n = body[0] << 8 | body[1]
    return body[2 + n] << 8 | body[3 + n]


class Broker:
    """A fake broker: records packets, answers as told.

    answer(broker, first, body) -> bytes to send, None for silence; b"" closes.
    """

    def __init__(self, answer=None):
        self.answer = answer or Broker.behave
        self.packets = []
        self.connections = 0

    def behave(self, first, body):
        """What a good broker answers."""
        kind = first & 0xF0
        if kind == 0x10:
            return CONNACK
        if kind == 0x30 and first & 6:
            number = publish_id(body)
            return bytes((0x40, 2, number >> 8, number & 255))
        if kind == 0x80:
            return bytes((0x90, 3, body[0], body[1], 0))
        return PINGRESP if kind == 0xC0 else None

    async def __call__(self, reader, writer):
        self.connections += 1
        while True:
            first, body = await read_packet(reader)
            self.packets.append((first, body))
            out = self.answer(self, first, body)
            if out == b"":
                return
            if out:
                writer.write(out)
                await writer.drain()

    def published(self, topic):
        """[(first byte, payload)] of the messages on `topic`."""
        out = []
        for first, body in self.packets:
            n = (body[0] << 8 | body[1]) if first & 0xF0 == 0x30 else 0
            if n and body[2 : 2 + n].decode() == topic:
                out.append((first, body[2 + n + (2 if first & 6 else 0) :]))
        return out


def free_port():
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def tool(name):
    """The path of a program; the test is skipped where it is missing."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not path:
        pytest.skip(f"{name} is not installed")
    return path


def make_certificates(folder):
    """Two authorities and a certificate of the first for `localhost` and `broker.test`."""
    openssl = tool("openssl")

    def run(*arguments):
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "other"):
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout",
            f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN=microhan test {name}")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr",
        "-subj", "/CN=localhost")
    (folder / "san").write_text("subjectAltName=DNS:localhost,DNS:broker.test\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", "30", "-extfile", "san", "-out", "server.pem")
    return folder


@contextlib.contextmanager
def mosquitto(folder, *lines, port=None):
    """A real broker on loopback with these configuration lines; yields its port."""
    program = tool("mosquitto")
    port = port or free_port()
    file = folder / "mosquitto.conf"
    if os.getuid() == 0:
        lines += ("user root",)  # else it becomes another user, who may not read our files
    file.write_text("\n".join((f"listener {port} 127.0.0.1", *lines, "")))
    process = subprocess.Popen([program, "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(5)
