"""The line finds its own speed, framing and polarity, and keeps them."""

import asyncio
import random

import pytest

from microhan import config
from microhan.hub import Hub
from microhan.meter import Meter
from microhan.meter_line import CANDIDATES, Line
from microhan.telegram.clock import ClockRule
from p1_text import telegram
from test_meter import micropython_dialect  # noqa: F401

GOOD = telegram("0-0:1.0.0(220408135021W)", "1-0:1.7.0(0002.202*kW)")
RNG = random.Random(3)


class Meters:
    """A wire: `telegrams(s)` gives what the meter sends in second s; heard right only with the
    settings `true(s)`, and as garbage, or not at all, with others."""

    def __init__(self, telegrams, true, end, deaf=()):
        self.telegrams = telegrams
        self.true = true
        self.end = end
        self.deaf = deaf
        self.settings = None
        self.opened = []
        self.s = 0

    def open(self, *settings):
        self.settings = settings
        self.opened.append(settings)
        return self

    def __call__(self):
        return self.s

    def readinto(self, buf):
        self.s += 1
        if self.s >= self.end:
            raise EOFError
        data = self.telegrams(self.s)
        if data and self.settings != self.true(self.s):
            data = b"" if self.settings in self.deaf else bytes(
                RNG.choice(b"\x00\xff\x80\xfe\xf0") for _ in range(40))
        buf[:len(data)] = data
        return len(data) or None


def listen(wire, fixed=None, remembered=0):
    """(Meter, Hub, numbers remembered, log) after all that the wire has to say."""
    numbers = iter(range(1, 1 << 20))
    hub = Hub(wire, lambda: next(numbers))
    kept, log = [], []
    line = Line(wire.open, fixed, remembered, kept.append)
    meter = Meter(config.defaults()["meter"], ClockRule(), line, hub, 250, log.append,
                  lambda: None)
    with pytest.raises(EOFError):
        asyncio.run(meter.run())
    return meter, hub, kept, log


def ten(s):
    """A telegram every 10 s."""
    return b"" if s % 10 else GOOD


@pytest.mark.parametrize("number", range(len(CANDIDATES)))
def test_every_candidate_is_found_in_time(number):
    """Three intervals of the meter and a minute (issue 3)."""
    wire = Meters(ten, lambda s: CANDIDATES[number], 91)
    meter, hub, kept, _ = listen(wire)
    assert hub.reading is not None
    assert kept == ([number] if number else [])
    assert meter.status()["line"]["found"] and hub.diagnosis.state == "ok"


@pytest.mark.parametrize("number", [1, 4])
def test_what_worked_is_used_first_after_a_restart(number):
    wire = Meters(ten, lambda s: CANDIDATES[number], 12)
    _, hub, kept, _ = listen(wire, remembered=number)
    assert hub.reading is not None and kept == [] and len(wire.opened) == 1


def test_a_memory_that_makes_no_sense_is_no_harm():
    for remembered in (-1, 99):
        _, hub, _, _ = listen(Meters(ten, lambda s: CANDIDATES[0], 22), remembered=remembered)
        assert hub.reading is not None


def test_settings_that_hear_nothing_are_left_too():
    wire = Meters(ten, lambda s: CANDIDATES[3], 91, deaf=CANDIDATES[:2])
    _, hub, _, _ = listen(wire)
    assert hub.reading is not None


def test_a_cut_first_telegram_does_not_lose_the_right_settings():
    def telegrams(s):
        return b"" if s % 10 else GOOD[30:] if s == 10 else GOOD

    wire = Meters(telegrams, lambda s: CANDIDATES[0], 25)
    _, hub, _, _ = listen(wire)
    assert hub.reading is not None and wire.opened == [CANDIDATES[0]]


def test_damage_and_silence_do_not_unsettle_a_line_that_worked():
    def telegrams(s):
        bad = GOOD.replace(b"202", b"203")
        return b"" if s % 10 or 300 < s < 900 else bad if 50 < s < 100 else GOOD

    wire = Meters(telegrams, lambda s: CANDIDATES[0], 1000)
    _, hub, _, _ = listen(wire)
    assert wire.opened == [CANDIDATES[0]] and hub.diagnosis.state == "ok"


def test_a_meter_that_is_switched_over_is_followed():
    wire = Meters(ten, lambda s: CANDIDATES[0 if s < 100 else 1], 400)
    _, hub, kept, _ = listen(wire)
    assert hub.diagnosis.state == "ok" and kept == [1]
    assert hub.state.wall_clock() is not None


def test_what_the_owner_set_stays():
    fixed = (9600, 8, "none", False)
    wire = Meters(ten, lambda s: CANDIDATES[0], 500)
    _, hub, _, _ = listen(wire, fixed=fixed)
    assert wire.opened == [fixed] and hub.diagnosis.state == "garbage_polarity"


def test_no_candidate_works_is_said_after_a_round():
    wire = Meters(ten, lambda s: None, 300)
    meter, hub, _, log = listen(wire)
    assert hub.diagnosis.state == "garbage_pullup"
    assert not meter.status()["line"]["found"]
    assert any("2400 bit/s, 8 bits, parity even" in text for text in log)


def test_an_unplugged_cable_says_never():
    wire = Meters(lambda s: b"", lambda s: None, 300)
    _, hub, _, _ = listen(wire)
    assert hub.diagnosis.state == "never" and len(wire.opened) > 8
