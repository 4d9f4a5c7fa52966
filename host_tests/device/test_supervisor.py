"""The supervisor starts again what dies, and starves the watchdog for what hangs."""

import asyncio
import time
from types import SimpleNamespace

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from fixtures import virtual_time
from fixtures.fakes_outputs import Diagnosis, House, mqtt_config
from fixtures.outputs_beside import push_config
from microhan.device import supervisor as supervisor_module
from microhan.device.ledger_task import LedgerTask
from microhan.device.light import Light
from microhan.device.supervisor import Supervisor
from microhan.device.tls_refused import Refused
from microhan.outputs.mqtt.output import MqttOutput
from microhan.outputs.push.output import PushOutput


class Dog:
    def __init__(self):
        self.fed = 0

    def feed(self):
        self.fed += 1


def supervise(make, ms, monkeypatch, check_ms=5):
    """(Supervisor, Dog, log lines) after `ms` with the tasks that `make(add)` adds."""
    monkeypatch.setattr(supervisor_module, "_CHECK_MS", check_ms)
    monkeypatch.setattr(supervisor_module, "_STEP_MS", check_ms)
    monkeypatch.setattr(supervisor_module, "_FIRST_MS", 5)
    dog, lines = Dog(), []

    async def run():
        supervisor = Supervisor(dog, lines.append)
        make(supervisor.add)
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(ms / 1000)
        task.cancel()
        return supervisor

    return virtual_time.run(monkeypatch, run()), dog, lines


class Dies:
    def __init__(self, error):
        self.error = error
        self.runs = 0

    async def run(self):
        self.runs += 1
        if self.error:
            raise self.error


@pytest.mark.parametrize("error,words", [
    (OSError("no way"), "radio: OSError: no way"), (ValueError("bad"), "radio: ValueError: bad"),
    (None, "radio: ended")])
def test_a_task_that_dies_is_logged_and_started_again(monkeypatch, error, words):
    thing = Dies(error)
    supervisor, dog, lines = supervise(lambda add: add("radio", lambda beat: thing), 200,
                                       monkeypatch)
    assert thing.runs == 6  # 5, 10, 20, 40, 80 ms between
    assert lines[0] == words
    assert supervisor.status() == {"radio": thing.runs} and dog.fed > 3


def test_a_task_that_hangs_starves_the_watchdog(monkeypatch):
    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 40)

    class Hangs:
        async def run(self):
            await asyncio.sleep(10)

    class Beats:
        def __init__(self, beat):
            self.beat = beat

        async def run(self):
            while True:
                self.beat()
                await asyncio.sleep(0.005)

    _, dog, lines = supervise(lambda add: add("good", Beats), 200, monkeypatch)
    assert dog.fed > 10 and not lines

    def both(add):
        add("good", Beats)
        add("stuck", lambda beat: Hangs())

    _, dog, lines = supervise(both, 200, monkeypatch)
    assert lines == ["hung: stuck"]
    assert dog.fed < 20


def short_of_memory(lines, times):
    """lines.append(), for which there is no memory the first times."""
    left = [None] * times

    def log(text):
        if left:
            left.pop()
            raise MemoryError
        lines.append(text)
    return log


def test_a_failure_that_cannot_be_told_costs_no_task(monkeypatch):
    thing = Dies(ValueError("bad"))
    lines = []
    monkeypatch.setattr(supervisor_module, "_FIRST_MS", 5)

    async def run():
        supervisor = Supervisor(Dog(), short_of_memory(lines, 2))
        supervisor.add("radio", lambda beat: thing)
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(0.2)
        task.cancel()
    virtual_time.run(monkeypatch, run())
    assert thing.runs >= 3 and lines[0] == "radio: ValueError: bad"
    assert len(lines) == thing.runs - 2


def test_a_hang_that_cannot_be_told_is_told_later(monkeypatch):
    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 20)
    monkeypatch.setattr(supervisor_module, "_CHECK_MS", 5)
    monkeypatch.setattr(supervisor_module, "_STEP_MS", 5)
    lines = []

    class Hangs:
        async def run(self):
            await asyncio.sleep(10)

    async def run():
        supervisor = Supervisor(Dog(), short_of_memory(lines, 2))
        supervisor.add("stuck", lambda beat: Hangs())
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(0.2)
        assert not task.done()
        task.cancel()
    virtual_time.run(monkeypatch, run())
    assert lines == ["hung: stuck"]


class Blocks:
    """A task that keeps all others waiting, once."""

    async def run(self):
        await asyncio.sleep(0.02)
        time.sleep(0.15)
        await asyncio.sleep(10)


def test_the_longest_wait_for_a_turn_is_told_for_a_minute(monkeypatch):
    monkeypatch.setattr(supervisor_module, "_CHECKS_A_MINUTE", 10)
    quick, _, _ = supervise(lambda add: add("blocks", lambda beat: Blocks()), 200, monkeypatch)
    assert 140 <= quick.latency_ms() <= 150
    later, _, _ = supervise(lambda add: add("blocks", lambda beat: Blocks()), 600, monkeypatch,
                            check_ms=10)
    assert later.latency_ms() == 0  # ten checks later it is forgotten


def push_output(house, beat):
    return PushOutput(push_config("http://127.0.0.1:1/"), "a", house.hub, None, house.note, beat)


def with_mqtt(house, beat):
    return MqttOutput(mqtt_config(1), "a", "1", house.hub, None, house.note, beat)


@pytest.mark.parametrize("make", [
    lambda house, beat: LedgerTask(house.hub, None, house.note, beat), with_mqtt, push_output,
    lambda house, beat: Light(print, house.hub, str, beat),
    lambda house, beat: Refused("", None, house.hub, house.note, None, beat)],
    ids=["ledger", "mqtt", "push", "light", "refused"])
def test_what_the_meter_says_is_no_sign_of_life_of_who_follows_it(make):
    house, beats = House(), []
    made = make(house, lambda: beats.append(1))
    for _ in range(20):
        house.publish(active_power_import_w=1)
        house.hub.diagnose(Diagnosis())
    assert made and not beats


def test_a_ledger_that_hangs_starves_the_watchdog_whatever_the_meter_says(monkeypatch):
    house = House()

    class Stuck(LedgerTask):
        async def run(self):
            while True:
                house.publish(active_power_import_w=1)
                await asyncio.sleep(0.01)

    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 40)
    _, dog, lines = supervise(
        lambda add: add("ledger", lambda beat: Stuck(house.hub, None, house.note, beat)), 200,
        monkeypatch)
    assert lines == ["hung: ledger"] and dog.fed < 20


def test_the_ledger_s_task_beats_at_each_turn_and_short_memory_ends_none(monkeypatch):
    house, beats, taken = House(), [], []

    def take(reading):
        taken.append(reading.seq)
        if reading.seq == 2:
            raise MemoryError

    async def run():
        ledger = LedgerTask(house.hub, SimpleNamespace(take=take), house.note,
                            lambda: beats.append(1))
        for _ in range(3):
            house.publish(active_power_import_w=1)
        task = asyncio.create_task(ledger.run())
        await asyncio.sleep(1.9)
        task.cancel()

    virtual_time.run(monkeypatch, run())
    assert taken == [1, 2, 3] and len(beats) == 10  # five a second
    assert house.log == ["history: no memory just now, it is tried again"]
