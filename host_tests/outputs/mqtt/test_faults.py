"""outputs/mqtt/output.py against brokers that are silent, rude, or not there."""

import asyncio
import errno
import json
import socket
import time

import pytest

from fixtures.fakes_outputs import (
    Broker,
    House,
    free_port,
    mqtt_output,
    publish_id,
    running,
    server,
    until,
)
from microhan.outputs.mqtt import output


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(output, "_MIN_PAUSE_MS", 40)
    monkeypatch.setattr(output, "_MAX_PAUSE_MS", 80)


def test_unacknowledged_reading_is_sent_again():
    """Once with DUP and the same seq; readings after it wait their turn."""
    seen = []

    def answer(broker, first, body):
        if first & 0xF6 == 0x32:
            seen.append((first & 8, publish_id(body), json.loads(body[body.index(b"{"):])["seq"]))
            if broker.connections == 1:
                return b""
        return broker.behave(first, body)

    broker = Broker(answer)
    house = House()

    async def talk(out):
        await until(lambda: out.status()["state"] == "ok")
        for n in range(3):
            house.publish(active_power_import_w=n)
        await until(lambda: out.status()["sent"] == 3)

    async def both():
        async with server(broker) as port:
            await running(mqtt_output(house, port), talk)

    asyncio.run(both())
    number = seen[0][1]
    assert seen[:2] == [(0, number, 1), (8, number, 1)]
    assert [seq for _, _, seq in seen[2:]] == [2, 3]
    assert [dup for dup, _, _ in seen[2:]] == [0, 0]


def test_silent_broker_is_noticed_and_left():
    """A PUBACK that never comes: deadline, another connection, the same reading again."""
    house = House()
    out = None

    def answer(b, first, body):
        if b.connections == 3:
            out._client.ACK_MS = 60_000  # from now on it may take its time
        return None if first & 0xF0 == 0x30 and b.connections < 3 else b.behave(first, body)

    broker = Broker(answer)

    async def talk(out):
        await until(lambda: out.status()["state"] == "ok")
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["sent"] == 1)
        assert broker.connections == 3
        assert "mqtt: the broker did not acknowledge a message in time" in house.log

    async def both():
        nonlocal out
        async with server(broker) as port:
            out = mqtt_output(house, port)
            await running(out, talk, ACK_MS=200)

    asyncio.run(both())


def test_black_hole_holds_up_nobody():
    """Neither the hub's other followers nor the beat wait for a broker that takes nothing."""
    house = House()
    beats = []
    arrived = []

    async def other():
        wake = asyncio.Event()
        follower = house.hub.follow(8, wake.set)
        while True:
            await wake.wait()
            wake.clear()
            while follower.get():
                arrived.append(1)

    async def talk(out):
        beside = asyncio.create_task(other())
        await asyncio.sleep(0)
        for n in range(20):
            house.publish(active_power_import_w=1)
            await until(lambda n=n: len(arrived) == n + 1)
            await asyncio.sleep(0.05)
        beside.cancel()
        # A hold-up would have lasted for the deadline, and that would be told.
        assert out.status()["state"] == "connecting" and not house.log

    async def both():
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            full = [socket.socket() for _ in range(4)]
            for sock in full:
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.1", port))
            out = mqtt_output(house, port)
            out._beat = lambda: beats.append(1)
            await running(out, talk, WRITE_MS=120_000)
            for sock in full:
                sock.close()

    asyncio.run(both())
    assert beats


def test_pings_keep_an_idle_connection():
    broker = Broker()
    house = House()

    async def talk(out):
        await until(lambda: len([1 for first, _ in broker.packets if first == 0xC0]) >= 3)
        assert broker.connections == 1
        assert out.status()["state"] == "ok"

    async def both():
        async with server(broker) as port:
            await running(mqtt_output(house, port, keepalive=1), talk)

    asyncio.run(both())


def test_missing_pingresp_is_noticed_within_keepalive():
    broker = Broker(lambda b, first, body: None if first == 0xC0 else b.behave(first, body))
    house = House()

    async def talk(out):
        await until(lambda: out.status()["state"] == "ok")
        begun = time.monotonic()
        await until(lambda: broker.connections == 2)
        assert time.monotonic() - begun < 8  # 10 s is the limit for all other answers
        assert "mqtt: the broker did not acknowledge a ping in time" in house.log

    async def both():
        async with server(broker) as port:
            await running(mqtt_output(house, port, keepalive=1), talk)

    asyncio.run(both())


def test_refused_then_back(monkeypatch):
    house = House()
    port = free_port()

    async def talk(out):
        await until(lambda: out.status()["state"] == "error")
        assert out.status()["error"].endswith(
            "refuses the connection: is the service running, is the port right?")
        await asyncio.sleep(0.3)
        assert len(house.log) == 1  # said once, not at each try
        listening = await asyncio.start_server(Broker(), "127.0.0.1", port)
        await until(lambda: out.status()["state"] == "ok")
        assert out.status()["error"] == ""
        listening.close()

    asyncio.run(running(mqtt_output(house, port), talk))


@pytest.mark.parametrize("number, sentence", [
    (-203, "not enough memory to look up broker.test"),
    (errno.ENOMEM, "not enough memory for a connection to broker.test"),
    (999, "connection to broker.test failed: error 999"),
])
def test_an_error_s_bare_number_becomes_a_sentence(number, sentence):
    house = House()

    async def connect(*where):
        raise OSError(number)

    async def talk(out):
        await until(lambda: out.status()["state"] == "error")
        assert out.status()["error"] == sentence
        assert house.log == ["mqtt: " + sentence]

    house.connect = connect
    asyncio.run(running(mqtt_output(house, 1, host="broker.test"), talk))


def test_back_off_grows_with_jitter(monkeypatch):
    monkeypatch.setattr(output, "_MIN_PAUSE_MS", 1000)
    monkeypatch.setattr(output, "_MAX_PAUSE_MS", 60_000)
    slept = []

    async def sleep_ms(ms):
        slept.append(ms)

    async def pauses():
        house = House()
        out = mqtt_output(house, 1)
        monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms)
        out._pause_ms = 1000
        totals = []
        for _ in range(9):
            slept.clear()
            await out._pause()
            assert max(slept) <= 5000  # a beat between
            totals.append(sum(slept))
        return totals

    totals = asyncio.run(pauses())
    for n, total in enumerate(totals):
        full = min(1000 << n, 60_000)
        assert full // 2 <= total <= full + 5000


def test_off_without_host():
    house = House()

    async def talk(out):
        await asyncio.sleep(0.05)
        assert out.status()["state"] == "off"
        house.publish(active_power_import_w=1)
        assert out.status()["queued"] == 0

    asyncio.run(running(mqtt_output(house, 0, host=""), talk))
