"""What the device is made of beside its supervisor: log, light, uptime, Wi-Fi, clock."""

import ast
import asyncio
import time
from types import SimpleNamespace

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from fixtures import virtual_time
from fixtures.repository import ROOT
from microhan.device.device import Device, Uptime
from microhan.device.light import Light
from microhan.device.log import Log
from microhan.device.supervisor import Supervisor
from microhan.hub.hub import Hub
from microhan.net.networks import networks_of
from microhan.net.wifi import Wifi
from microhan.reading.reading import Reading


class Stop(BaseException):
    """Ends a run() that never ends."""


def test_the_log_prints_each_line_and_cuts_long_ones(capsys):
    log = Log(lambda: 7)
    for n in range(100):
        log("%d " % n + "x" * 500)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 100 and lines[-1].startswith("7 99 xxx") and lines[-1].endswith("x…")
    assert all(len(line) == 162 for line in lines)


def test_the_log_keeps_the_last_kilobyte_in_whole_lines():
    log = Log(lambda: 7)
    assert log.recent() == b""
    for n in range(100):
        log("%d å" % n + "x" * 50)
    lines = log.recent().decode().splitlines()
    assert lines[-1].startswith("7 99 å") and lines[0].startswith("7 ")
    assert 800 < len(log.recent()) <= 1024 and len(lines) == len(log.recent()) // 58


def test_a_line_without_memory_is_left_out(capsys):
    def starved():
        raise MemoryError
    log = Log(lambda: 7)
    log("one")
    log._uptime_s = starved
    log("two")
    log._uptime_s = lambda: 8
    log("three")
    assert log.recent() == b"7 one\n8 three\n"
    assert capsys.readouterr().out == "7 one\n8 three\n"


def test_warnings_are_logged_and_kept(capsys):
    log = Log(lambda: 7)
    log.warn("nobody checks whom we talk to")
    log("another line")
    assert log.warnings == ["nobody checks whom we talk to"]
    assert capsys.readouterr().out.startswith("7 nobody checks whom we talk to\n")


def test_uptime_goes_on_where_ticks_wrap(monkeypatch):
    ticks = iter([2**30 - 500, 500, 1500, 1600])
    monkeypatch.setattr(time, "ticks_ms", lambda: next(ticks))
    uptime = Uptime()
    assert [uptime(), uptime(), uptime()] == [1, 2, 2]


def test_the_light_flashes_for_a_reading_and_blinks_what_is_missing(monkeypatch):
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
    virtual_time.run(monkeypatch, run())


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

    def status(self):
        return 1001


@pytest.mark.parametrize("password,words", [("", ("hemma",)), ("hem lig", ("hemma", "hem lig"))])
def test_wifi_tries_for_ever_and_switches_the_radio_off_and_on(monkeypatch, password, words):
    async def sleep_ms(ms):
        slept.append(ms)
        if len(slept) > 2000:
            raise Stop
        await asyncio.sleep(0)

    slept, log, found = [], [], []
    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms)
    wlan = Wlan(7)
    wifi = Wifi([("hemma", password)], wlan, log.append, lambda: None, found.append, FakeBoard(),
                None, {})
    with pytest.raises(Stop):
        asyncio.run(wifi.run())
    assert found == ["192.168.1.5"]
    assert wlan.calls.count(words) == 7 and wlan.calls.count("disconnect") == 7
    assert "radio off" in wlan.calls  # after five failures
    assert any("Wifi Internal Error" in line for line in log)
    # back-off, in slices short enough for the heartbeat
    assert max(slept) <= 5000 and sum(slept[:400]) > 60000


def test_wifi_tries_each_network_in_turn_and_stays_with_the_one_that_is_there(monkeypatch):
    async def sleep_ms(ms):
        slept.append(ms)
        if len(slept) > 500:
            raise Stop
        await asyncio.sleep(0)

    slept, log, found = [], [], []
    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms)
    wlan = Wlan(6)
    networks = networks_of({"ssid": "hemma", "password": "a", "ssid_2": "", "password_2": "b",
                            "ssid_3": "stugan", "password_3": ""})
    assert networks == [("hemma", "a"), ("stugan", "")]
    with pytest.raises(Stop):
        asyncio.run(Wifi(networks, wlan, log.append, lambda: None, found.append, FakeBoard(),
                         None, {}).run())
    tried = [call for call in wlan.calls if isinstance(call, tuple)]
    assert tried[:6] == [("hemma", "a"), ("stugan",)] * 3
    assert found == ["192.168.1.5"] and "wifi: stugan, address 192.168.1.5" in log


class FakeBoard:
    """Just enough of a Board for a Device."""

    def __init__(self):
        self.ip = ""

    def address(self):
        return self.ip

    def memory(self):
        return {"free": 1}

    def rssi(self):
        return -58

    def reset_cause(self):
        return "power on"


def a_device(has_wifi=True, uses_tls=False, port=80):
    """(Device, its Board, its Hub, its Log)."""
    board, log = FakeBoard(), Log(lambda: 7)
    hub = Hub(lambda: 7, lambda: 1)
    hub.diagnose(SimpleNamespace(state="never"))
    meter = SimpleNamespace(status=lambda: {"state": "never", "warnings": ["no scale yet"]})
    supervisor = Supervisor(SimpleNamespace(feed=lambda: None), log)
    return Device("a1b2c3", board, port, "microhan-a1b2c3", hub, meter, supervisor, lambda: 7, log,
                  has_wifi, uses_tls), board, hub, log


def test_what_is_missing_is_the_network_first_and_then_the_meter():
    device, board, hub, _ = a_device()
    assert device.missing() == "network"
    board.ip = "192.0.2.7"
    assert device.missing() == "meter"
    hub.diagnose(SimpleNamespace(state="ok"))
    assert device.missing() == ""
    assert a_device(has_wifi=False)[0].missing() == "meter"  # a PC has its network


def test_the_clock_is_needed_for_tls_or_where_the_meter_tells_no_time():
    device, board, hub, _ = a_device(uses_tls=True)
    assert not device.needs_clock()  # no network: nobody to ask
    board.ip = "192.0.2.7"
    assert device.needs_clock()
    device, board, hub, _ = a_device()
    board.ip = "192.0.2.7"
    assert not device.needs_clock()
    reading = Reading()
    hub.publish(reading, lambda: b"", True)
    assert device.needs_clock()
    reading.put(0, 700_000_000)
    hub.publish(reading, lambda: b"", True)
    assert not device.needs_clock()


def test_the_page_s_address_is_printed_where_there_is_a_page(capsys):
    for port in (80, 8080, 0):
        a_device(port=port)[0].announce("192.0.2.7")
    assert capsys.readouterr().out.splitlines() == [
        "microhan page http://192.0.2.7/", "microhan page http://192.0.2.7:8080/"]


def test_its_own_names_and_addresses_are_known():
    device, board, _, _ = a_device()
    names = device.hosts()
    assert names[:2] == ["microhan-a1b2c3", "microhan-a1b2c3.local"]
    assert all(name.startswith("microhan-a1b2c3") for name in names)
    board.ip = "192.0.2.7"
    assert device.hosts() == [*names, "192.0.2.7"]
    board.ip = "127.0.0.1"  # the twin
    assert device.hosts() == [*names, "127.0.0.1", "localhost"]


def test_status_has_every_output_and_all_warnings():
    device, _, _, log = a_device()
    device.healed["chip"] = 1
    log.warn("mqtt.tls_insecure is on")
    output = SimpleNamespace(run=None, status=lambda: {"state": "ok"})
    assert device.add_output("push", lambda beat: output) is output
    status = device.status()
    assert status["outputs"] == {"push": {"state": "ok"}} and status["wifi"] == {"rssi": -58}
    assert status["warnings"] == ["mqtt.tls_insecure is on", "no scale yet"]
    assert status["resets"] == {"cause": "power on", "tasks": {}, "healed": {"chip": 1}}
    assert status["meter"] == {"state": "never"} and status["loop"] == {"latency_ms": 0}


def test_what_loses_its_constructor_is_made_once():
    """app.py frees `__init__` of these classes: nobody else may make one, or one object does."""
    trees = {path.name: ast.parse(path.read_text())
             for path in (ROOT / "firmware/microhan").rglob("*.py")}
    listed = next(n.value for n in trees["app.py"].body
                  if isinstance(n, ast.Assign) and n.targets[0].id == "_MADE_ONCE")
    makers = {n.id: ["app.py"] for n in listed.elts}
    assert {"Hub", "Meter", "Log"} <= set(makers)
    for name in ("MqttOutput", "PushOutput", "Sources", "WebServer", "Wifi"):
        makers[name] = ["app.py"]
    for name in ("Sources", "WebServer"):
        makers[name].append("mode.py")  # of set-up mode, which app.py enters instead
    makers["Folder"].append("start.py")  # which is over by then
    makers |= {"Decoder": ["meter.py"], "State": ["hub.py"]}  # of which app.py makes one each
    makers["Output"] = []  # the base of two of them, whose constructors call its own
    found = {name: [] for name in makers}
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in makers:
                found[node.func.id].append(file)
    assert {name: sorted(files) for name, files in found.items()} == makers
