"""What an HTTP server missed arrives later, beside MQTT, and when memory or flash is short."""

import asyncio
import json

import pytest

from fixtures.fakes_outputs import Broker, free_port, server, until
from fixtures.outputs_backlog import (
    BATCH,
    Home,
    all_arrived,
    identity_of,
    published,
    running,
    shorten_pauses,
)
from fixtures.outputs_beside import Http
from microhan.outputs.mqtt import output as mqtt
from microhan.outputs.push.influx import line
from microhan.outputs.push.output import PushOutput
from microhan.store import kept
from microhan.store.backlog import Backlog


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    shorten_pauses(monkeypatch)


def test_an_output_never_notices_that_another_one_is_away(tmp_path):
    home = Home(tmp_path)
    http = Http()
    broker = Broker()
    there = free_port()

    async def talk():
        out, other = home.outputs
        for n in range(60):
            home.publish()
            await until(lambda n=n: other.status()["sent"] == n + 1)
        assert [json.loads(body)["seq"] for _, body in http.requests] == list(range(1, 61))
        assert other.status()["kept"] == 0 and out.status()["kept"] == 60 - out.QUEUE
        listening = await asyncio.start_server(broker, "127.0.0.1", there)
        await home.drained(out)
        await until(lambda: other.status()["sent"] == len(home.sent))
        assert len(http.requests) == len(home.sent)
        listening.close()

    async def both():
        async with server(http) as port:
            await running(talk, home.mqtt(there), home.push(port))

    asyncio.run(both())
    assert all_arrived(home, published(broker)) == 0


def test_two_outputs_that_are_away_share_what_is_written(tmp_path, monkeypatch):
    home = Home(tmp_path)
    appends = []
    real = kept.Kept._append

    def append(self, head, body):
        appends.append(len(body))
        real(self, head, body)

    monkeypatch.setattr(kept.Kept, "_append", append)

    async def talk():
        for _ in range(200):
            home.publish()
            await asyncio.sleep(0.005)  # their tries fall in between
        for out in home.outputs:
            assert out.status()["kept"] == 200 - out.QUEUE
        assert len(appends) <= 11

    asyncio.run(running(talk, home.mqtt(free_port()), home.push(free_port())))


@pytest.mark.parametrize("form", ["json", "influx"])
def test_push_sends_what_was_kept_with_its_own_time(tmp_path, form):
    home = Home(tmp_path, ("push",))
    http = Http()

    async def both():
        async with server(http) as port:
            out = home.push(port, format=form)
            home.publish(60)
            assert out.status()["kept"] == 52
            await running(lambda: home.drained(out), out)
            assert out.status()["sent"] == len(home.sent)

    asyncio.run(both())
    bodies = [body.decode() for _, body in http.requests]
    if form == "json":
        assert sorted(bodies) == sorted(r.json(r.identity()) for r in home.sent.values())
    else:
        lines = [one for body in bodies for one in body.split("\n")]
        assert sorted(lines) == sorted(line(r, "a1b2c3") for r in home.sent.values())
        assert len(bodies) < len(lines) - 30
        assert max(map(len, bodies)) < 1000 + max(map(len, lines))


def test_push_repeats_a_batch_whose_answer_did_not_come(tmp_path):
    home = Home(tmp_path, ("push",))
    ok = Http().answers[0]
    http = Http(*[ok] * 15, b"HTTP/1.1 500 X\r\n\r\n", *[ok] * 10, b"HTTP/1.1 500 X\r\n\r\n", ok)

    async def both():
        async with server(http) as port:
            out = home.push(port)
            home.publish(60)
            await running(lambda: home.drained(out), out)
            assert out.status()["dropped"] == out.status()["lost"] == 0

    asyncio.run(both())
    bodies = [body.decode() for _, body in http.requests]
    assert set(bodies) == {r.json(r.identity()) for r in home.sent.values()}
    assert len(bodies) - len(set(bodies)) <= 2 * BATCH


def test_a_batch_that_push_s_server_refuses_for_good_is_counted_and_holds_nothing_up(tmp_path):
    home = Home(tmp_path, ("push",))
    ok = Http().answers[0]
    no = b"HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n"
    http = Http(*[ok] * 12, no, ok)

    async def both():
        async with server(http) as port:
            out = home.push(port)
            home.publish(40)
            await running(lambda: home.drained(out), out)
            assert out.status()["dropped"] == 1
            assert out.status()["sent"] == len(home.sent) - 1

    asyncio.run(both())


def test_push_at_intervals_keeps_the_readings_that_it_would_have_sent(tmp_path):
    home = Home(tmp_path, ("push",))
    http = Http()

    async def talk():
        out = home.outputs[0]
        for n in range(1, 3):
            home.publish(3)
            await until(lambda n=n: out.status()["kept"] == n)
        listening = await asyncio.start_server(http, "127.0.0.1", there)
        home.publish(3)
        await until(lambda: out.status()["sent"] == 1)
        home.publish(3)
        await until(lambda: out.status()["sent"] == 4)
        listening.close()

    there = free_port()
    out = home.push(there, every_s=1)
    out._every_ms = 30
    asyncio.run(running(talk, out))
    assert sorted(json.loads(body)["seq"] for _, body in http.requests) == [3, 6, 9, 12]


def test_short_memory_costs_a_kept_reading_and_is_counted(tmp_path, monkeypatch):
    home = Home(tmp_path, ("mqtt", "push"))
    broker, http = Broker(), Http()
    packet = mqtt.MqttOutput._packet
    text = PushOutput._text

    def short(real):
        def tried(self, *given):
            if given[-1].seq == 7:
                raise MemoryError
            return real(self, *given)
        return tried

    monkeypatch.setattr(mqtt.MqttOutput, "_packet", short(packet))
    monkeypatch.setattr(PushOutput, "_text", short(text))

    async def both():
        async with server(broker) as one, server(http) as two:
            outputs = home.mqtt(one), home.push(two)
            home.publish(40)

            async def talk():
                for out in outputs:
                    await home.drained(out)

            await running(talk, *outputs)

    asyncio.run(both())
    del home.sent[1, 7]
    assert all_arrived(home, published(broker)) == 0
    assert {identity_of(body) for _, body in http.requests} == set(home.sent)
    assert home.backlog.lost == 2


def test_what_cannot_be_kept_is_dropped_and_counted(tmp_path, monkeypatch):
    home = Home(tmp_path, ("mqtt",))
    out = home.mqtt(free_port())

    def keep(self, reading, bit):
        raise MemoryError

    monkeypatch.setattr(kept.Kept, "keep", keep)

    async def talk():
        home.publish(out.QUEUE + 5)
        assert (out.status()["dropped"], out.status()["kept"]) == (5, 0)
        assert out.status()["lost"] == 5

    asyncio.run(running(talk, out))


def test_a_batch_that_cannot_be_read_is_tried_again_and_then_lost_and_counted(tmp_path,
                                                                              monkeypatch):
    home = Home(tmp_path, ("mqtt",))
    broker = Broker()
    troubles = [OSError(5), MemoryError(), "within"]
    real = Backlog.batch

    def batch(self, bit):
        if troubles:
            trouble = troubles.pop(0)
            if trouble != "within":
                raise trouble
            return broken(real(self, bit))
        return real(self, bit)

    def broken(readings):
        for n, one in enumerate(readings):
            if n == 4:
                raise IndexError
            yield one

    monkeypatch.setattr(Backlog, "batch", batch)

    async def both():
        async with server(broker) as port:
            out = home.mqtt(port)
            home.publish(50)
            await running(lambda: home.drained(out), out)

    asyncio.run(both())
    found = {identity_of(text) for text in published(broker)}
    assert 0 < home.backlog.lost < BATCH
    assert len(found) + home.backlog.lost == len(home.sent)
