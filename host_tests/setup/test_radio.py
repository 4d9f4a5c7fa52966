"""Joining a network: what each end of a try is called, and how long it may take."""

import asyncio
import time

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from microhan.setup.radio import Radio

CONNECTING, IDLE = 1001, 1000


class Wlan:
    """network.WLAN's station: `ends` is what status() says once a try has failed."""

    PM_NONE = 0

    def __init__(self, clock, ends, fails_after=3000, before=IDLE, associates=False):
        self.clock, self.ends, self.fails_after = clock, ends, fails_after
        self.before, self.associates = before, associates
        self.tries = 0
        self.began = None

    def active(self, on):
        pass

    def config(self, **settings):
        pass

    def disconnect(self):
        pass

    def connect(self, *words):
        self.tries += 1
        self.began = self.clock.ms

    def scan(self):
        return [(b"hemma", b"", 1, -80, 3, False), (b"hemma", b"", 6, -50, 3, False),
                (b"", b"", 1, -40, 3, False), (b"\xff\xfe", b"", 1, -40, 3, False),
                (b"jobbet", b"", 1, -60, 5, False), (b"ny", b"", 1, -70, 6, False),
                (b"torget", b"", 1, -75, 0, False)]

    def isconnected(self):
        return self.ends is None and self.clock.ms - self.began > 4000

    def ifconfig(self):
        return ("192.168.1.7", "", "", "")

    def status(self, what=""):
        if what:
            if self.associates:
                return -60
            raise OSError("not connected")
        if self.began is None or self.clock.ms - self.began < self.fails_after:
            return self.before
        return self.ends or CONNECTING


class Clock:
    ms = 0


@pytest.fixture
def clock(monkeypatch):
    """Time that passes in sleeps only."""
    clock = Clock()

    async def sleep_ms(ms):
        clock.ms += ms
        await asyncio.sleep(0)

    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms, raising=False)
    monkeypatch.setattr(time, "ticks_ms", lambda: clock.ms, raising=False)
    return clock


def join(wlan, name="hemma"):
    radio = Radio(wlan, lambda text: None)
    radio.scan()
    return asyncio.run(radio.join_network(name, "hemligt", lambda: None))


def test_the_list_has_each_name_once_with_its_strongest_station(clock):
    radio = Radio(Wlan(clock, 15), lambda text: None)
    radio.scan()
    assert radio.networks == [("hemma", -50, 3), ("jobbet", -60, 5), ("ny", -70, 6),
                              ("torget", -75, 0)]


def test_a_second_scan_within_ten_seconds_is_the_first_ones_result(clock):
    wlan = Wlan(clock, 15)
    radio = Radio(wlan, lambda text: None)
    radio.scan()
    wlan.scan = lambda: []
    radio.scan()
    assert radio.networks
    clock.ms += 11000
    radio.scan()
    assert not radio.networks


def test_a_network_that_lets_us_in(clock):
    assert join(Wlan(clock, None)) == ""


@pytest.mark.parametrize("name,status,code", [
    ("hemma", 15, "wrong_password"), ("hemma", 202, "wrong_password"),
    ("hemma", 204, "wrong_password"), ("stugan", 201, "no_such_network"),
    ("stugan 5 GHz", 201, "five_ghz"), ("stugan_5g", 201, "five_ghz"),
    ("hemma", 201, "no_answer"), ("hemma", 210, "not_supported"), ("jobbet", 15, "not_supported"),
    ("ny", 15, "wrong_password"), ("ny", 210, "wpa3_only"), ("hemma", 99, "no_answer"),
    ("torget", 210, "is_open"), ("torget", 201, "no_answer")])
def test_a_reason_becomes_a_word_for_the_owner(clock, name, status, code):
    wlan = Wlan(clock, status)
    assert join(wlan, name) == code and wlan.tries == 2
    assert clock.ms < 30000


def test_the_reason_of_an_earlier_try_is_not_taken_for_this_ones(clock):
    """Until an address came, status() goes on saying what the last try ended with."""
    assert join(Wlan(clock, None, before=202)) == ""
    wlan = Wlan(clock, 201, before=201, associates=True)
    assert join(wlan) == "no_address" and clock.ms < 35000


def test_a_router_that_never_answers_is_given_up_within_half_a_minute(clock):
    assert join(Wlan(clock, None, before=CONNECTING, associates=True)) == ""
    wlan = Wlan(clock, CONNECTING, associates=True)
    began = clock.ms
    assert join(wlan) == "no_address" and clock.ms - began < 30000
    began = clock.ms
    assert join(Wlan(clock, CONNECTING)) == "no_answer" and clock.ms - began < 30000
