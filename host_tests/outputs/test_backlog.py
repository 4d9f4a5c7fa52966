"""What outputs do with the backlog: what a server missed arrives later, whole, exact, in order."""

import asyncio
import json

import pytest

from fixtures.fakes_outputs import (
    Broker,
    House,
    end,
    free_port,
    mosquitto,
    mqtt_output,
    publish_id,
    server,
    until,
)
from fixtures.outputs_beside import Http, Subscriber, push_config
from microhan.hub.hub import Hub
from microhan.outputs.mqtt import output as mqtt
from microhan.outputs.push import output as push
from microhan.outputs.push.influx import line
from microhan.outputs.push.output import PushOutput
from microhan.reading.derived import derived
from microhan.store import kept
from microhan.store.backlog import Backlog, bit_of

LIVE = "microhan/a1b2c3/reading"
KEPT = "microhan/a1b2c3/backlog"
OPEN = ("allow_anonymous true", "persistence false")
BATCH = 30  # Readings at most, at this interval


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(mqtt, "_MIN_PAUSE_MS", 20)
    monkeypatch.setattr(mqtt, "_MAX_PAUSE_MS", 40)
    monkeypatch.setattr(push, "_FIRST_PAUSE_MS", 20)
    monkeypatch.setattr(push, "_MAX_PAUSE_MS", 40)
    monkeypatch.setattr(push, "_DEADLINE_MS", 500)


class Home(House):
    """A hub, a backlog, and outputs as app.py connects them. `sent`: {(boot, seq): Reading}."""

    def __init__(self, path, outputs=("mqtt", "push")):
        super().__init__()
        self.path = str(path / "backlog")
        self.names = outputs
        self.boot = 0
        self.sent = {}
        self.start()

    def start(self):
        """A start of the device."""
        self.boot += 1
        self.hub = Hub(lambda: self.now, self._number, self.boot)
        self.backlog = Backlog(self.path, self.names, lambda: self.now, self.note)
        self.outputs = []

    def restart(self):
        for out in self.outputs:
            out.save()
        self.backlog.flush()
        self.start()

    def add(self, out):
        out.keep_in(self.backlog, bit_of(out.NAME))
        self.outputs.append(out)
        return out

    def mqtt(self, port, **changes):
        return self.add(mqtt_output(self, port, **changes))

    def push(self, port, **changes):
        section = push_config(f"http://127.0.0.1:{port}/", **changes)
        return self.add(PushOutput(section, "a1b2c3", self.hub, self.connect, self.note))

    def publish(self, count=1):
        for _ in range(count):
            n = self._seq
            super().publish(active_power_import_w=1000 + n % 7, active_power_export_w=n % 3,
                            active_energy_import_kwh=5_000_000 + n, voltage_l1_v=230_000 + n,
                            current_l1_a=1500 + 10 * n)
            reading = self.hub.reading
            self.sent[reading.boot, reading.seq] = reading

    def text(self, identity):
        """What the live message of a Reading is."""
        reading = self.sent[identity]
        return reading.json(reading.identity() + derived(reading, self.hub.state.seen))

    async def drained(self, out, seconds=20):
        """Live Readings, until nothing is kept for this output."""
        await until(lambda: out.status()["queued"] == 0, seconds)
        for _ in range(400):
            self.publish()
            await until(lambda: out.status()["queued"] == 0, seconds)
            await asyncio.sleep(0.02)
            if not out.status()["kept"]:
                return
        raise AssertionError("the backlog does not become empty")


async def running(talk, *outputs):
    tasks = [asyncio.create_task(out.run()) for out in outputs]
    try:
        await asyncio.sleep(0)
        await talk()
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            await end(task)


def identity_of(text):
    found = json.loads(text)
    return found["boot"], found["seq"]


def all_arrived(home, texts):
    """None missing, none altered. Returns how many came more than once."""
    found = [identity_of(text) for text in texts]
    assert set(found) == set(home.sent)
    for text, identity in zip(texts, found, strict=True):
        assert text == home.text(identity)
    return len(found) - len(set(found))


def published(broker):
    return [payload.decode() for topic in (LIVE, KEPT) for _, payload in broker.published(topic)]


def test_what_a_real_broker_missed_arrives_when_it_is_back(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    port = free_port()
    out = home.mqtt(port)

    async def talk():
        home.publish(40)
        status = out.status()
        assert (status["queued"], status["kept"], status["dropped"]) == (out.QUEUE, 32, 0)
        with mosquitto(tmp_path, *OPEN, port=port):
            subscriber = Subscriber(port, "microhan/#")
            reading = asyncio.create_task(subscriber.read())
            await asyncio.sleep(0.2)
            await home.drained(out)
            await until(lambda: len(subscriber.of(KEPT)) >= 32)
            subscriber.process.kill()
            subscriber.process.wait()
            await reading
        assert all_arrived(home, subscriber.of(LIVE) + subscriber.of(KEPT)) == 0
        seqs = [identity_of(text)[1] for text in subscriber.of(KEPT)]
        assert seqs == list(range(1, 33))
        assert not any(retained for retained, topic, _ in subscriber.messages if topic == KEPT)
        status = out.status()
        assert (status["kept"], status["dropped"], status["lost"], status["thinned"]) == (0,) * 4
        assert status["sent"] == len(home.sent)
        await until(lambda: out._drain is None)
        assert home.backlog._kept is None  # nothing stays in memory

    asyncio.run(running(talk, out))


def test_kept_readings_have_qos_1_and_are_never_retained(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    broker = Broker()

    async def both():
        async with server(broker) as port:
            out = home.mqtt(port, discovery=True)
            home.publish(20)
            await running(lambda: home.drained(out), out)
        assert {first for first, _ in broker.published(KEPT)} == {0x32}
        assert all_arrived(home, published(broker)) == 0

    asyncio.run(both())


@pytest.mark.parametrize("deaths", [(3,), (1, 9, 10), (5, 25, 26, 60)])
def test_a_broker_that_dies_within_a_batch_gets_that_batch_again(tmp_path, deaths):
    home = Home(tmp_path, ("mqtt",))
    count = [0]
    ids = []

    def answer(broker, first, body):
        if KEPT.encode() in body:
            count[0] += 1
            ids.append((first & 8, publish_id(body)))
            if count[0] in deaths:
                return b""  # it has it, and dies before it says so
        return broker.behave(first, body)

    broker = Broker(answer)

    async def both():
        async with server(broker) as port:
            out = home.mqtt(port)
            home.publish(100)
            await running(lambda: home.drained(out), out)
            assert out.status()["lost"] == out.status()["dropped"] == 0

    asyncio.run(both())
    assert 0 < all_arrived(home, published(broker)) <= BATCH * len(deaths)
    assert not any(dup for dup, _ in ids)  # a batch begins anew, with new numbers


def test_a_live_reading_goes_first(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    order = []

    def answer(broker, first, body):
        if first & 0xF6 == 0x32:
            order.append("live" if LIVE.encode() in body else "kept")
            if order.count("kept") == 5 and order[-1] == "kept":
                home.publish()  # in the middle of a batch
        return broker.behave(first, body)

    async def both():
        async with server(Broker(answer)) as port:
            out = home.mqtt(port)
            home.publish(60)
            await running(lambda: home.drained(out), out)

    asyncio.run(both())
    fifth = [n for n, what in enumerate(order) if what == "kept"][4]
    assert order[fifth : fifth + 3] == ["kept", "live", "kept"]


def test_a_batch_begins_after_a_live_reading_or_when_the_meter_is_silent(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    broker = Broker()

    async def talk():
        out = home.outputs[0]
        await until(lambda: out.status()["queued"] == 0)
        await asyncio.sleep(0.1)
        assert not broker.published(KEPT)
        home.publish()
        await until(lambda: len(broker.published(KEPT)) > 10)
        await asyncio.sleep(0.2)
        first = len(broker.published(KEPT))
        assert first <= BATCH
        home.now += 120
        out._event.set()  # as every few seconds
        await until(lambda: len(broker.published(KEPT)) > first)

    async def both():
        async with server(broker) as port:
            out = home.mqtt(port)
            home.publish(100)
            await running(talk, out)

    asyncio.run(both())


def test_an_orderly_restart_while_the_broker_is_away_loses_nothing(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    broker = Broker()

    async def away():
        await asyncio.sleep(0.05)
        home.publish(25)
        await until(lambda: home.outputs[0].status()["state"] == "error")

    async def both():
        for _ in range(3):
            await running(away, home.mqtt(free_port()))
            home.restart()
        async with server(broker) as port:
            out = home.mqtt(port)
            assert out.status()["kept"] == 75
            await running(lambda: home.drained(out), out)

    asyncio.run(both())
    assert all_arrived(home, published(broker)) == 0
    assert {boot for boot, _ in home.sent} == {1, 2, 3, 4}


def test_a_restart_before_the_acknowledgement_loses_nothing(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    silent = Broker(lambda b, first, body: None if first & 0xF0 == 0x30 else b.behave(first, body))
    broker = Broker()

    async def talk():
        home.publish(3)
        await until(lambda: silent.published(LIVE))

    async def both():
        async with server(silent) as port:
            await running(talk, home.mqtt(port))
        home.restart()
        async with server(broker) as port:
            out = home.mqtt(port)
            await running(lambda: home.drained(out), out)

    asyncio.run(both())
    assert all_arrived(home, published(broker)) == 0


def test_an_output_never_notices_that_another_one_is_away(tmp_path):
    home = Home(tmp_path)
    http = Http()
    broker = Broker()
    there = free_port()

    async def talk():
        out, other = home.outputs
        for n in range(60):
            home.publish()
            await until(lambda n=n: other.status()["sent"] == n + 1, 2)
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
    assert [json.loads(body)["seq"] for _, body in http.requests] == [9, 12, 3, 6]


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
