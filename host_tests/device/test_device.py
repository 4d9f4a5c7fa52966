"""What keeps the device alive: supervisor, log, light, uptime, Wi-Fi, clock."""

import ast
import asyncio
import time
from types import SimpleNamespace

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from fixtures.repository import ROOT
from microhan.device import supervisor as supervisor_module
from microhan.device.device import Uptime
from microhan.device.light import Light
from microhan.device.log import Log
from microhan.device.supervisor import Supervisor
from microhan.net import ntp as ntp_module
from microhan.net.ntp import Ntp
from microhan.net.wifi import Wifi


class Stop(BaseException):
    """Ends a run() that never ends."""


class Dog:
    def __init__(self):
        self.fed = 0

    def feed(self):
        self.fed += 1


def supervise(make, ms, monkeypatch, check_ms=5):
    """(Supervisor, Dog, log lines) after `ms` with the tasks that `make(add)` adds."""
    monkeypatch.setattr(supervisor_module, "_CHECK_MS", check_ms)
    monkeypatch.setattr(supervisor_module, "_FIRST_MS", 5)
    dog, lines = Dog(), []

    async def run():
        supervisor = Supervisor(dog, lines.append)
        make(supervisor.add)
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(ms / 1000)
        task.cancel()
        return supervisor

    return asyncio.run(run()), dog, lines


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
def test_a_task_that_dies_is_told_and_started_again(monkeypatch, error, words):
    thing = Dies(error)
    supervisor, dog, lines = supervise(lambda add: add("radio", lambda beat: thing), 200,
                                       monkeypatch)
    assert 3 <= thing.runs <= 8  # 5, 10, 20, 40, 80 ms between
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


def test_log_is_a_bounded_ring(capsys):
    log = Log(lambda: 7)
    for n in range(100):
        log("%d " % n + "x" * 500)
    assert len(log.lines) == 8 and log.lines[-1].startswith("7 99 xxx")
    assert all(len(line) <= 165 for line in log.lines)
    assert len(capsys.readouterr().out.splitlines()) == 100


def test_uptime_goes_on_where_ticks_wrap(monkeypatch):
    ticks = iter([2**30 - 500, 500, 1500, 1600])
    monkeypatch.setattr(time, "ticks_ms", lambda: next(ticks))
    uptime = Uptime()
    assert [uptime(), uptime(), uptime()] == [1, 2, 2]


def test_the_light_shows_readings_and_what_is_missing():
    seen = []
    hub = SimpleNamespace(follow=lambda limit, wake: seen.append(wake))
    missing = [""]

    async def run():
        states = []
        light = Light(states.append, hub, lambda: missing[0], lambda: None)
        task = asyncio.create_task(light.run())
        seen[0]()
        await asyncio.sleep(0.15)
        assert states == [True, False]
        missing[0] = "network"
        await asyncio.sleep(1.1)
        task.cancel()
        assert sum(states[2:]) == 2 or sum(states[2:]) == 3  # two short ones a second
    asyncio.run(run())


class Wlan:
    """A station that joins at the nth try."""

    PM_NONE = 0

    def __init__(self, joins_at):
        self.calls = []
        self.joins_at = joins_at
        self.tries = 0
        self.up = False
        self.radio = False

    def active(self, on=None):
        if on is None:
            return self.radio
        self.radio = on
        self.calls.append("radio on" if on else "radio off")

    def config(self, **values):
        self.calls.append("config")

    def disconnect(self):
        self.calls.append("disconnect")

    def connect(self, *words):
        self.tries += 1
        self.calls.append(words)
        if self.tries == self.joins_at:
            self.up = True
        if self.tries == 2:
            raise OSError("Wifi Internal Error")

    def isconnected(self):
        return self.up

    def ifconfig(self):
        return ("192.168.1.5", "", "", "192.168.1.1")

    def status(self, what=None):
        return -60 if what else 1001


@pytest.mark.parametrize("password,words", [("", ("hemma",)), ("hem lig", ("hemma", "hem lig"))])
def test_wifi_is_set_up_in_the_order_that_holds(monkeypatch, password, words):
    async def sleep_ms(ms):
        slept.append(ms)
        if len(slept) > 2000:
            raise Stop
        await asyncio.sleep(0)

    slept, log, found = [], [], []
    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms)
    wlan = Wlan(7)
    wifi = Wifi({"ssid": "hemma", "password": password}, wlan, log.append, lambda: None,
                found.append)
    with pytest.raises(Stop):
        asyncio.run(wifi.run())
    assert found == ["192.168.1.5"] and wifi.rssi() == -60
    assert wlan.calls.count(words) == 7 and wlan.calls.count("disconnect") == 7
    assert "radio off" in wlan.calls  # after five failures
    assert any("Wifi Internal Error" in line for line in log)
    # back-off, in slices short enough for the heartbeat
    assert max(slept) <= 5000 and sum(slept[:400]) > 60000


class TimeServer(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if self.answer:
            self.transport.sendto(self.answer, address)


def ask(answer, monkeypatch):
    """What set_clock was called with after a question to a server that answers so."""
    calls = []

    async def resolve(name, deadline_ms):
        return "127.0.0.1"

    async def run():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: TimeServer(answer), local_addr=("127.0.0.1", 0))
        monkeypatch.setattr(ntp_module, "_PORT", transport.get_extra_info("sockname")[1])
        monkeypatch.setattr(ntp_module, "_WAIT_MS", 300)
        ntp = Ntp("time.test", SimpleNamespace(resolve=resolve), lambda: True,
                  lambda *when: calls.append(when), lambda text: calls.append(text), lambda: None)
        task = asyncio.create_task(ntp.run())
        await asyncio.sleep(0.5)
        task.cancel()
        transport.close()

    asyncio.run(run())
    return calls


def packet(seconds, first=0x24, stratum=2):
    """A server's answer; seconds since 1900, modulo 2^32."""
    return bytes((first, stratum)) + bytes(38) + (seconds % 2**32).to_bytes(4, "big") + bytes(4)


EPOCH_1900_TO_2000 = 3155673600


@pytest.mark.parametrize("days,date", [(9823, (2026, 11, 23)), (13200, (2036, 2, 21))])
def test_the_clock_is_set_from_a_time_server(monkeypatch, days, date):
    seconds = EPOCH_1900_TO_2000 + days * 86400 + 3 * 3600 + 4 * 60 + 5
    calls = ask(packet(seconds), monkeypatch)
    assert calls[0] == (*date, 3, 4, 5)


@pytest.mark.parametrize("answer", [b"", b"short", packet(1, first=0x23), packet(1, stratum=0)])
def test_time_server_that_is_of_no_use(monkeypatch, answer):
    assert ask(answer, monkeypatch) == ["time server time.test: no answer"]


def test_what_loses_its_constructor_is_made_once():
    """app.py frees `__init__` of these classes: nobody else may make one (of Decoder: Meter)."""
    trees = {path.name: ast.parse(path.read_text())
             for path in (ROOT / "firmware/microhan").rglob("*.py")}
    freeing = next(n for n in trees.pop("app.py").body if getattr(n, "name", "") ==
                   "_forget_making")
    once = {n.id for n in ast.walk(freeing.body[1].value) if isinstance(n, ast.Name)}
    once = {name for name in once if name[0].isupper()}
    assert {"Hub", "Meter", "Log"} <= once
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in once:
                raise AssertionError(f"{name} makes a {node.func.id}")
