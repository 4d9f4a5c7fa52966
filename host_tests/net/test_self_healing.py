"""net/health.py, healing.py: steps against our own faults, and against nothing else.

The firmware's Wifi runs in a House by a clock of its own: days take a moment.
"""

import asyncio
import time

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from microhan.net import gateway as gateway_module
from microhan.net.healing import recall
from microhan.net.sockets import HEARD
from microhan.net.wifi import Wifi

KB = 1000
MINUTE, HOUR, DAY = 60, 3600, 86400  # s


class Over(BaseException):
    """The time of the test is up."""


class Restart(BaseException):
    """The chip restarts."""


class Folder:
    """store.files.Folder, with a flash that may be broken."""

    def __init__(self):
        self.files = {}
        self.broken = False
        self.writes = 0

    def read(self, name):
        return self.files.get(name)

    def write(self, name, data):
        if self.broken:
            raise OSError(5)
        self.writes += 1
        self.files[name] = data


class House:
    """A network around one device, whose Wi-Fi and chip it is, too.

    All of these are asked at a time (s since the beginning): ap(t), whether there is an access
    point (it gives the address, too); gateway(t), whether the gateway would answer; traffic(t),
    whether anybody else is heard; block(t), the system's free memory; largest(t), its largest
    piece; deaf(t, s), whether the radio hears nothing, s seconds after it joined; stuck(t),
    whether it cannot be switched on.
    """

    PM_NONE = 0

    def __init__(self, **given):
        always = {"ap": True, "gateway": True, "traffic": True, "block": 20 * KB, "largest": 2000,
                  "stuck": False}
        for name, value in (always | {"deaf": False} | given).items():
            setattr(self, name, value if callable(value) else lambda *t, value=value: value)
        self.now_ms = 0
        self.radio = True
        self.joined_at = None
        self.healed = {}
        self.folder = Folder()
        self.log, self.warnings = [], []
        self.wifi_steps, self.restarts = [], []  # when (s)
        self.questions = []

    # the Board

    def memory(self):
        block = self.block(self.s)
        if block is None:
            return {"free": 1}
        return {"free": 1, "system_free": block, "system_block": self.largest(self.s)}

    def reset(self):
        raise Restart

    # the WLAN

    def active(self, on=None):
        if on is None:
            return self.radio
        if on and self.stuck(self.s):
            raise OSError("Wifi Out Of Memory")
        self.radio = on
        self.joined_at = None

    def config(self, **_):
        pass

    def disconnect(self):
        self.joined_at = None

    def connect(self, *_):
        if self.ap(self.s):
            self.joined_at = self.s

    def isconnected(self):
        if self.joined_at is not None and not self.ap(self.s):
            self.joined_at = None
        return self.joined_at is not None

    def ifconfig(self):
        return "192.0.2.7", "", "192.0.2.1", ""

    def status(self):
        return 201

    # time

    @property
    def s(self):
        return self.now_ms // 1000

    def hears(self):
        return self.isconnected() and not self.deaf(self.s, self.s - self.joined_at)

    async def sleep_ms(self, ms):
        self.now_ms += ms
        if self.now_ms >= self.end_ms:
            raise Over
        if self.hears() and self.traffic(self.s):
            HEARD[0] = 1
        if self.healed.get("wifi", 0) > self.counted:
            self.counted += 1
            self.wifi_steps.append(self.s)

    async def answers(self, ip):
        assert ip == "192.0.2.1"
        self.questions.append(self.s)
        await asyncio.sleep_ms(0)
        return self.hears() and self.gateway(self.s)

    def live(self, seconds, monkeypatch):
        """Run for so long, restarts and all. Returns (Wi-Fi steps, restarts)."""
        monkeypatch.setattr(asyncio, "sleep_ms", self.sleep_ms)
        monkeypatch.setattr(time, "ticks_ms", lambda: (2**30 - 5000 + self.now_ms) % 2**30)
        monkeypatch.setattr(gateway_module, "answers", self.answers)
        HEARD[0] = 0
        self.end_ms = seconds * 1000
        while True:
            self.healed, self.counted = {}, 0
            recall(self.healed, self.folder, self.warnings.append)
            wifi = Wifi([("hemma", "")], self, self.log.append, lambda: None,
                        lambda address: None, self, self.folder, self.healed)
            try:
                asyncio.run(wifi.run())
            except Restart:
                self.restarts.append(self.s)
                self.now_ms += 3000
                self.joined_at, self.radio = None, True
            except Over:
                return len(self.wifi_steps), len(self.restarts)


def before(moment):
    return lambda t: t < moment


def outside(begin, end):
    return lambda t: not begin <= t < end


NOTHING = (0, 0)
OTHERS_FAULTS = {
    "all is well": {},
    "the access point was never there": {"ap": False},
    "the access point goes": {"ap": before(HOUR)},
    "access point and router start again each hour":
        {"ap": lambda t: t % HOUR > 5 * MINUTE, "traffic": False},
    "a router starts again behind an access point that stays":
        {"gateway": outside(HOUR, HOUR + 10 * MINUTE), "traffic": outside(HOUR, HOUR + 600)},
    "no broker, and nobody asks for a page": {"traffic": False},
    "the broker goes": {"traffic": before(HOUR)},
    "a gateway that never answers": {"gateway": False},
    "a gateway that never answers, and no broker": {"gateway": False, "traffic": False},
    "a gateway that never answers, and the broker goes":
        {"gateway": False, "traffic": before(HOUR)},
    "the router is gone for good, the broker is in the house": {"gateway": before(HOUR)},
    "memory is short for five minutes": {"block": lambda t: KB if HOUR < t < HOUR + 300 else 9000},
    "memory is short but for moments": {"block": lambda t: KB if t % 10 < 8 else 9000},
    "a PC or board that tells of no memory": {"block": None},
}


@pytest.mark.parametrize("what", OTHERS_FAULTS)
def test_what_is_not_our_fault_restarts_nothing(what, monkeypatch):
    house = House(**OTHERS_FAULTS[what])
    assert house.live(3 * DAY, monkeypatch) == NOTHING
    assert house.healed == {} and house.folder.writes == 0


def test_while_bytes_come_the_gateway_is_asked_only_after_joining(monkeypatch):
    house = House()
    house.live(DAY, monkeypatch)
    assert len(house.questions) == 1
    house = House(gateway=False)
    house.live(DAY, monkeypatch)
    assert len(house.questions) == 3  # it does not answer: let it be
    house = House(traffic=False)
    house.live(DAY, monkeypatch)
    gaps = [b - a for a, b in zip(house.questions, house.questions[1:])]
    assert min(gaps) >= 3 * MINUTE and max(gaps) <= 4 * MINUTE


def test_a_router_that_goes_for_good_costs_one_wifi_step_and_never_a_restart(monkeypatch):
    """Its access point stays, and nobody else is heard: it may be our radio."""
    house = House(gateway=before(HOUR), traffic=before(HOUR))
    assert house.live(5 * DAY, monkeypatch) == (1, 0)
    assert 15 * MINUTE <= house.wifi_steps[0] - HOUR <= 20 * MINUTE
    assert house.healed == {"wifi": 1, "why": "nothing was heard for 15 minutes, though connected"}
    assert "wifi: switched off and on: " + house.healed["why"] in house.log


def test_a_router_away_twice_within_the_hour_is_taken_for_our_fault_once_a_day(monkeypatch):
    """What docs/architecture.md says of it: the access point stays, and nobody else is heard."""
    def is_there(t):
        return t < HOUR or t % (40 * MINUTE) > 25 * MINUTE

    house = House(gateway=is_there, traffic=is_there)
    assert house.live(DAY, monkeypatch)[1] == 1


def test_a_deaf_radio_is_cured_by_switching_it_off_and_on(monkeypatch):
    house = House(deaf=lambda t, joined: joined > 2 * HOUR and t < DAY)
    steps, restarts = house.live(DAY, monkeypatch)
    assert (steps, restarts) == (10, 0)  # a step for each time
    house = House(deaf=lambda t, joined: joined > 2 * HOUR, traffic=False)
    assert house.live(5 * HOUR, monkeypatch) == (2, 0)  # the gateway's answers are enough


def test_a_radio_that_is_soon_deaf_again_restarts_the_chip_once_a_day(monkeypatch):
    house = House(deaf=lambda t, joined: t > HOUR and joined > 10 * MINUTE)
    _, restarts = house.live(4 * DAY, monkeypatch)
    assert restarts == 4
    gaps = [b - a for a, b in zip(house.restarts, house.restarts[1:])]
    assert min(gaps) >= DAY
    gaps = [b - a for a, b in zip(house.wifi_steps, house.wifi_steps[1:])]
    between = [a for a, b in zip(house.wifi_steps, house.wifi_steps[1:])
               if any(a < r < b for r in house.restarts)]
    assert len([gap for gap in gaps if gap < HOUR]) <= len(between)  # but for the restarts


def test_memory_that_stays_short_leads_up_the_ladder(monkeypatch):
    house = House(block=lambda t: KB if t > HOUR else 20 * KB)
    steps, restarts = house.live(3 * DAY, monkeypatch)
    assert restarts == 3 and 60 <= steps <= 3 * 24 + 3
    assert 6 * MINUTE <= house.wifi_steps[0] - HOUR <= 12 * MINUTE
    assert house.restarts[0] - house.wifi_steps[0] <= 15 * MINUTE
    assert min(b - a for a, b in zip(house.restarts, house.restarts[1:])) >= DAY


@pytest.mark.parametrize("largest", [544, 1664])  # with the second MicroPython 1.25 is deaf
def test_memory_without_a_piece_for_a_packet_is_short(monkeypatch, largest):
    house = House(block=5600,
                  largest=lambda t: largest if t > HOUR and not house.wifi_steps else 1728)
    assert house.live(DAY, monkeypatch) == (1, 0)


def test_memory_that_is_well_after_the_first_step_leads_no_further(monkeypatch):
    house = House(block=lambda t: KB if t > HOUR and not house.wifi_steps else 20 * KB)
    assert house.live(3 * DAY, monkeypatch) == (1, 0)


def test_memory_counts_without_an_access_point_too(monkeypatch):
    house = House(ap=False, block=lambda t: KB if t < 2 * HOUR else 20 * KB)
    assert house.live(DAY, monkeypatch) == (2, 1)  # and Wi-Fi again after the restart


def test_a_radio_that_cannot_be_switched_on_restarts_the_chip(monkeypatch):
    # The access point is away for ten minutes: the radio is switched off and on meanwhile.
    house = House(ap=outside(HOUR, HOUR + 600), stuck=lambda t: t > HOUR and not house.restarts)
    assert house.live(DAY, monkeypatch) == (0, 1)
    assert house.healed == {"chip": 1, "why": "Wi-Fi could not be switched on"}
    house = House(ap=before(HOUR), stuck=True)
    assert house.live(3 * DAY, monkeypatch)[1] == 3


def test_a_restart_is_told_once_and_counted_for_ever(monkeypatch):
    house = House(block=KB)
    house.live(HOUR, monkeypatch)
    assert house.healed["chip"] == 1
    assert house.warnings == ["microhan restarted the chip by itself (1 in all): "
                              "memory for Wi-Fi was short for minutes"]
    assert house.folder.writes == 2  # before it, and once it is told
    again = {}
    recall(again, house.folder, house.warnings.append)
    assert again == {"chip": 1} and len(house.warnings) == 1 and house.folder.writes == 2


def test_where_it_cannot_be_noted_the_chip_is_not_restarted(monkeypatch):
    house = House(block=KB)
    house.folder.broken = True
    steps, restarts = house.live(DAY, monkeypatch)
    assert restarts == 0 and 20 <= steps <= 24
    assert any("flash cannot be written" in line for line in house.log)


@pytest.mark.parametrize("data", [
    b"", b"x", b"1\nnew", b"a\nnew\nwhy", b"\xff\n\n", b"1\n2\n3\n4"])
def test_a_damaged_note_counts_as_none(data):
    folder, healed = Folder(), {}
    folder.files["healing"] = data
    recall(healed, folder, pytest.fail)
    assert healed == {}


def test_a_note_that_cannot_be_changed_does_not_stop_the_start():
    folder, healed, warnings = Folder(), {}, []
    folder.files["healing"] = b"7\nnew\nwhy"
    folder.broken = True
    recall(healed, folder, warnings.append)
    assert healed == {"chip": 7, "why": "why"} and len(warnings) == 1


def test_a_full_python_heap_puts_the_look_off(monkeypatch):
    looks = []

    async def look(wifi):
        looks.append(wifi)
        raise MemoryError

    monkeypatch.setattr("microhan.net.health.look", look)
    assert House(block=KB).live(HOUR, monkeypatch) == NOTHING
    assert 15 <= len(looks) <= 20
