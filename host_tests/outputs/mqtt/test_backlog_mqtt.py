"""What a broker missed arrives later, whole, exact, in order."""

import asyncio

import pytest

from fixtures.fakes_outputs import Broker, free_port, mosquitto, publish_id, server, until
from fixtures.outputs_backlog import (
    BATCH,
    KEPT,
    LIVE,
    OPEN,
    Home,
    all_arrived,
    identity_of,
    published,
    running,
    shorten_pauses,
)
from fixtures.outputs_beside import Subscriber


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    shorten_pauses(monkeypatch)


def test_what_a_real_broker_missed_arrives_when_it_is_back(tmp_path):
    home = Home(tmp_path, ("mqtt",))
    port = free_port()
    out = home.mqtt(port)
    subscriber = None

    async def away():
        await until(lambda: out.status()["state"] == "error")
        home.publish(40)
        status = out.status()
        assert (status["queued"], status["kept"], status["dropped"]) == (out.QUEUE, 32, 0)

    async def back():
        await home.drained(out)
        await until(lambda: len(subscriber.of(LIVE) + subscriber.of(KEPT)) >= len(home.sent))

    async def both():
        nonlocal subscriber
        await running(away, out)
        with mosquitto(tmp_path, *OPEN, port=port):
            subscriber = Subscriber(port, "microhan/#")
            reading = asyncio.create_task(subscriber.read())
            try:
                await asyncio.wait_for(subscriber.ready.wait(), 60)
                await running(back, out)
            finally:
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
        assert out._kept is None and home.backlog._kept is None  # nothing stays in memory

    asyncio.run(both())


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
