"""MQTT `ledger`: each closed hour, and what was missed, at least once and in order."""

import asyncio
import json

import pytest

from fixtures.fakes_outputs import Broker, free_port, mosquitto, publish_id, server, until
from fixtures.outputs_backlog import OPEN, Home, published, running, shorten_pauses
from fixtures.outputs_beside import Subscriber
from microhan.outputs.mqtt import output

TOPIC = "microhan/a1b2c3/ledger"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    shorten_pauses(monkeypatch)
    monkeypatch.setattr(output, "BEAT_MS", 20)


class Hours:
    """Stands for the Ledger: hours 1 to `last`."""

    def __init__(self, count):
        self.last = 3600 * count
        self.asked = 0
        self.problem = None

    def hours(self, since):
        self.asked += 1
        if self.problem:
            raise self.problem
        start = max(since, self.last - 86400)
        return (start, b'{"time":%d}' % start) if start < self.last else None


def at(home, port, ledger, **changes):
    out = home.mqtt(port, **changes)
    out.ledger = ledger
    return out


def times(texts):
    return [json.loads(text)["time"] // 3600 for text in texts]


def test_hours_have_qos_1_and_are_retained_and_each_comes_once(tmp_path):
    home, broker, ledger = Home(tmp_path), Broker(), Hours(3)

    async def both():
        async with server(broker) as port:
            out = at(home, port, ledger, discovery=True)

            async def talk():
                await until(lambda: len(broker.published(TOPIC)) == 3)
                home.publish()
                ledger.last += 3600
                await until(lambda: len(broker.published(TOPIC)) == 4)
                await until(lambda: out.status()["sent"] == 1)
                await until(lambda: out._hours_at == ledger.last)
                asked = ledger.asked
                await asyncio.sleep(0.2)
                assert ledger.asked == asked  # nothing is loaded before the next hour
            await running(talk, out)
    asyncio.run(both())
    found = broker.published(TOPIC)
    assert times(text for _, text in found) == [0, 1, 2, 3]
    assert {first for first, _ in found} == {0x33}


def test_nothing_is_read_before_an_hour_is_over_since_the_start(tmp_path):
    """The start needs the memory; and a broker has the newest hour, which is retained."""
    home, broker, ledger = Home(tmp_path), Broker(), Hours(0)
    ledger.hours = None

    async def both():
        async with server(broker) as port:
            out = at(home, port, ledger)
            await running(lambda: until(lambda: out.status()["state"] == "ok"), out)
    asyncio.run(both())
    assert not broker.published(TOPIC)


def test_what_an_outage_missed_comes_too_the_newest_day_of_it(tmp_path):
    home, ledger, port = Home(tmp_path), Hours(2), free_port()
    out = at(home, port, ledger)
    subscriber = None

    async def here():
        await until(lambda: out._hours_at == ledger.last)

    async def away():
        await until(lambda: out.status()["state"] == "error")
        ledger.last = 3600 * 40

    async def both():
        nonlocal subscriber
        with mosquitto(tmp_path, *OPEN, port=port):
            await running(here, out)
        await running(away, out)
        with mosquitto(tmp_path, *OPEN, port=port):
            subscriber = Subscriber(port, "microhan/#")
            reading = asyncio.create_task(subscriber.read())
            await asyncio.sleep(0.3)  # until it has subscribed
            await running(here, out)
            await until(lambda: len(subscriber.of(TOPIC)) == 24)
            late = Subscriber(port, TOPIC)
            after = asyncio.create_task(late.read())
            await until(lambda: late.messages)
            for one in (subscriber, late):
                one.process.kill()
                one.process.wait()
            await asyncio.gather(reading, after)
            assert [(kept, times([text])) for kept, _, text in late.messages] == [(True, [39])]
    asyncio.run(both())
    assert times(subscriber.of(TOPIC)) == list(range(16, 40))


@pytest.mark.parametrize("deaths", [(1,), (2, 3), (1, 5, 6)])
def test_an_hour_without_its_puback_comes_again_byte_for_byte(tmp_path, deaths):
    home, ledger, count = Home(tmp_path), Hours(5), [0]
    ids = []

    def answer(broker, first, body):
        if TOPIC.encode() in body:
            count[0] += 1
            ids.append((first & 8, publish_id(body)))
            if count[0] in deaths:
                return b""
        return broker.behave(first, body)
    broker = Broker(answer)

    async def both():
        async with server(broker) as port:
            out = at(home, port, ledger)
            await running(lambda: until(lambda: out._hours_at == ledger.last), out)
    asyncio.run(both())
    hours = times(text for _, text in broker.published(TOPIC))
    assert sorted(set(hours)) == list(range(5)) and hours == sorted(hours)
    assert len(hours) == 5 + len(deaths)
    for n in deaths:  # the same message again, with its id and DUP
        assert ids[n] == (8, ids[n - 1][1]) and hours[n] == hours[n - 1]


def test_readings_and_the_backlog_arrive_all_the_same_and_live_ones_go_first(tmp_path):
    home, broker, ledger = Home(tmp_path), Broker(), Hours(24)

    async def both():
        async with server(broker) as port:
            out = at(home, port, ledger)
            home.publish(40)

            async def talk():
                await home.drained(out)
                await until(lambda: out._hours_at == ledger.last)
            await running(talk, out)
            assert out.status()["sent"] == len(home.sent)
    asyncio.run(both())
    assert len(published(broker)) == len(home.sent)
    assert times(text for _, text in broker.published(TOPIC)) == list(range(24))
    first = [body for first, body in broker.packets if first & 0xF6 == 0x32]
    assert all(b"/reading" in body for body in first[:8])


def test_without_memory_an_hour_is_tried_again(tmp_path):
    home, broker, ledger = Home(tmp_path), Broker(), Hours(1)
    ledger.problem = MemoryError()

    async def both():
        async with server(broker) as port:
            out = at(home, port, ledger)

            async def talk():
                await until(lambda: ledger.asked > 2)
                assert out.status()["state"] == "ok"
                ledger.problem = None
                await until(lambda: broker.published(TOPIC))
            await running(talk, out)
    asyncio.run(both())
    assert len(broker.published(TOPIC)) == 1
