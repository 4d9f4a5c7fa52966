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


def supervise(make, ms, monkeypatch, check_ms=5, crashes=None, end=lambda: None, until=None):
    """(Supervisor, Dog, log lines) after `ms` with the tasks that `make(add)` adds; or once
    until() holds, however busy this PC is."""
    monkeypatch.setattr(supervisor_module, "_CHECK_MS", check_ms)
    monkeypatch.setattr(supervisor_module, "_STEP_MS", check_ms)
    monkeypatch.setattr(supervisor_module, "_FIRST_MS", 5)
    dog, lines = Dog(), []

    async def run():
        supervisor = Supervisor(dog, lines.append, crashes)
        make(supervisor.add)
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(ms / 1000)
        await wait_for(until)
        end()
        task.cancel()
        return supervisor

    return virtual_time.run(monkeypatch, run()), dog, lines


async def wait_for(holds):
    deadline = time.monotonic() + 20
    while holds and not holds() and time.monotonic() < deadline:
        await asyncio.sleep(0.01)


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


class Hangs:
    """It cannot be stopped, or ends when it is."""

    def __init__(self, is_stubborn):
        self.is_stubborn = is_stubborn
        self.runs = 0

    async def run(self):
        self.runs += 1
        while True:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                if self.runs < 0:  # the test is over
                    return True
                if not self.is_stubborn:
                    raise


class Beats:
    def __init__(self, beat):
        self.beat = beat

    async def run(self):
        while True:
            self.beat()
            await asyncio.sleep(0.005)


class Crashes:
    """Stands for device/crashes.py."""

    def __init__(self):
        self.saved = 0
        self.noted = []
        self.restarts = []

    def save(self):
        self.saved += 1

    def note(self, name, error):
        self.noted.append((name, type(error)))

    def restart(self, name):
        self.restarts.append(name)


def test_a_task_that_hangs_and_cannot_be_stopped_starves_the_watchdog(monkeypatch):
    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 400)
    _, dog, lines = supervise(lambda add: add("good", Beats), 600, monkeypatch)
    assert dog.fed > 10 and not lines
    stuck = Hangs(is_stubborn=True)
    crashes, fed = Crashes(), []

    def both(add):
        add("good", Beats)
        add("stuck", lambda beat: stuck)

    def is_over():
        fed.append(dogs[-1].fed)
        return crashes.saved > dogs[-1].fed + 20  # so many checks without a feed

    dogs = []
    monkeypatch.setattr(Dog, "__init__", lambda dog: dogs.append(dog) or setattr(dog, "fed", 0))
    _, dog, lines = supervise(both, 10, monkeypatch, crashes=crashes, until=is_over,
                              end=lambda: setattr(stuck, "runs", -1))
    assert lines == ["hung: stuck"]
    assert dog.fed > 0 and fed[-3:] == [dog.fed] * 3


def test_a_task_that_hangs_is_stopped_and_started_again_and_the_others_go_on(monkeypatch):
    """A hung output must not restart the chip: the meter is read meanwhile."""
    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 400)
    stuck = Hangs(is_stubborn=False)
    beating = []

    def both(add):
        beating.append(add("good", Beats))
        add("stuck", lambda beat: stuck)

    supervisor, dog, lines = supervise(both, 300, monkeypatch, until=lambda: stuck.runs > 2)
    assert stuck.runs >= 2 and supervisor.status()["stuck"] in (stuck.runs - 1, stuck.runs)
    assert lines[:2] == ["hung: stuck", "stuck: stopped, and is started again"]
    assert dog.fed > 10


def test_whoever_ends_the_supervisor_ends_its_tasks(monkeypatch):
    """Only what the supervisor itself has stopped is started again."""
    thing = Hangs(is_stubborn=False)
    _, _, lines = supervise(lambda add: add("good", lambda beat: thing), 30, monkeypatch)
    assert thing.runs == 1 and lines == []


@pytest.mark.parametrize("error,restarts", [(ValueError("bad"), True), (None, True),
                                            (OSError("no way"), False)])
def test_a_task_that_fails_for_ten_minutes_restarts_the_chip(monkeypatch, error, restarts):
    """Not if it is for what is absent: an OSError."""
    monkeypatch.setattr(supervisor_module, "_FAILING", 20)
    monkeypatch.setattr(supervisor_module, "_LONGEST_MS", 20)
    crashes = Crashes()
    thing = Dies(error)
    _, dog, _ = supervise(lambda add: add("radio", lambda beat: thing), 500, monkeypatch,
                          crashes=crashes, until=lambda: thing.runs > 9 and (
                              crashes.restarts or not restarts))
    assert dog.fed > 10  # dead, and to be started again: the others go on
    assert set(crashes.restarts) == ({"radio"} if restarts else set())
    assert len(crashes.restarts) < thing.runs - 3
    assert len(crashes.noted) == (thing.runs if isinstance(error, ValueError) else 0)
    assert crashes.saved >= dog.fed


def test_a_task_that_runs_between_its_deaths_is_not_failing(monkeypatch):
    monkeypatch.setattr(supervisor_module, "_FAILING", 20)
    monkeypatch.setattr(supervisor_module, "_STEADY", 2)
    monkeypatch.setattr(supervisor_module, "_LONGEST_MS", 20)
    crashes = Crashes()

    class Now(Dies):
        async def run(self):
            await asyncio.sleep(0.1)
            await super().run()

    thing = Now(ValueError("bad"))
    supervise(lambda add: add("radio", lambda beat: thing), 10, monkeypatch, crashes=crashes,
              until=lambda: thing.runs > 5)
    assert thing.runs > 4 and not crashes.restarts


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
        await wait_for(lambda: thing.runs > 3)
        task.cancel()
    virtual_time.run(monkeypatch, run())
    assert thing.runs >= 3 and lines[0] == "radio: ValueError: bad"
    assert len(lines) == thing.runs - 2


def test_a_hang_that_cannot_be_told_is_told_later(monkeypatch):
    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 20)
    monkeypatch.setattr(supervisor_module, "_CHECK_MS", 5)
    monkeypatch.setattr(supervisor_module, "_STEP_MS", 5)
    lines = []
    stuck = Hangs(is_stubborn=True)

    async def run():
        supervisor = Supervisor(Dog(), short_of_memory(lines, 2))
        supervisor.add("stuck", lambda beat: stuck)
        task = asyncio.create_task(supervisor.run())
        await wait_for(lambda: lines)
        assert not task.done()
        stuck.runs = -1
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
    return MqttOutput(mqtt_config(1), "a", "1", house.hub, None, None, house.note, beat)


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


def test_a_ledger_that_hangs_is_found_whatever_the_meter_says(monkeypatch):
    house = House()

    class Stuck(LedgerTask):
        async def run(self):
            while True:
                house.publish(active_power_import_w=1)
                await asyncio.sleep(0.01)

    monkeypatch.setattr(supervisor_module, "_HUNG_MS", 40)
    supervisor, _, lines = supervise(
        lambda add: add("ledger", lambda beat: Stuck(house.hub, None, house.note, beat)), 200,
        monkeypatch)
    assert lines[:2] == ["hung: ledger", "ledger: stopped, and is started again"]
    assert supervisor.status()["ledger"] >= 1


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
