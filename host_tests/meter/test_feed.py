"""Feeding pin 1 of the meter's port: never without consent, never where the port gives voltage."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from fixtures import virtual_time
from fixtures.feed_house import STEP, House, Port
from microhan.device.supervisor import Supervisor
from microhan.meter import diagnosis_text, feed
from microhan.meter.diagnosis_text import explain
from twin.pin_1 import KINDS


def test_a_port_that_is_restarted_is_one_of_which_the_diagnosis_says_that_it_may_lack_supply():
    """One list, in two files of which neither is to load the other."""
    assert feed._MUTE == diagnosis_text._DEAD


# With consent, or without


def test_a_dead_port_is_fed_after_its_meter_was_silent_and_pin_1_was_measured():
    house = House("dead").play(19)
    assert house.states == ["waiting"] and not house.port.on
    house.play(5)
    assert house.states == ["waiting", "measuring"] and not house.port.on
    house.play(30)
    assert house.states == ["waiting", "measuring", "feeding"] and house.telegrams == 3
    assert house.told() == {
        "state": "feeding", "pin_1_mv": 4980, "faults": 0, "restarts": 0, "cured": 0}
    json.dumps(house.told())
    house.play(10_000)
    assert house.pin.fed == 1 and house.telegrams > 1000  # never looked at while telegrams come


@pytest.mark.parametrize("kind", KINDS)
def test_without_consent_nothing_is_ever_fed(kind):
    house = House(kind, consent=False, restart_after=6).play(20_000)
    assert not house.port.fed_at and house.pin.fed == 0 and "feeding" not in house.states


@pytest.mark.parametrize("missing,states", [([1], {"off", "restarting"}),
                                            ([1, 2], {"off"})])
def test_a_board_without_the_pins_feeds_nothing(missing, states, monkeypatch):
    monkeypatch.setattr(Port, "missing", missing)
    house = House("dead", restart_after=6).play(5000)
    assert not house.port.fed_at and set(house.states) == states
    assert (house.told()["restarts"] > 0) is (2 not in missing)


def test_a_port_that_gives_voltage_is_never_fed_and_told_so():
    house = House("gives")
    house.pin.hung = True  # and is silent
    house.play(60)
    assert house.state == "forbidden" and not house.port.fed_at
    sv, en = house.words()
    assert "Stift 1 matas inte: det har 5,0 V" in sv
    assert "Pin 1 is not fed: it has 5.0 V." in en
    house.play(10_000)
    assert not house.port.fed_at and set(house.states) == {"waiting", "measuring", "forbidden"}


@pytest.mark.parametrize("kind", ["open", "gives"])
def test_a_meter_that_sends_by_itself_is_not_fed(kind):
    house = House(kind).play(10_000)
    assert house.states == ["waiting"] and house.telegrams == 1000


@pytest.mark.parametrize("millivolts,fed", [
    (0, True), (433, True), (499, True), (500, False), (501, False), (2500, False), (5000, False),
    (15_000, False), (-1, True)])
def test_half_a_volt_is_the_limit(millivolts, fed):
    house = House("open", reads=lambda port: 4980 if port.on else millivolts)
    house.pin.hung = True
    house.play(60)
    assert (house.state == "feeding") is fed and bool(house.port.fed_at) is fed


def test_one_reading_among_many_that_is_not_dead_begins_them_anew():
    count = [0]

    def reads(port):
        count[0] += 1
        return 700 if count[0] % 19 == 0 else 100
    house = House("open", reads=reads)
    house.pin.hung = True
    house.play(3000)
    assert not house.port.fed_at and "forbidden" in house.states


def test_what_our_own_feed_has_charged_is_waited_for():
    house = House("dead").play(60)
    house.pin.hung = True
    house.play(4000)  # silent for an hour: measured anew
    assert house.states[:5] == ["waiting", "measuring", "feeding", "measuring", "feeding"]
    at = house.port.fed_at
    assert len(at) == 2 and 0 < at[1] < 500  # some was still there


def test_a_port_that_is_exchanged_while_it_is_fed_is_found_when_it_falls_silent():
    house = House("dead").play(100)
    assert house.state == "feeding"
    house.pin.kind, house.pin.hung = "gives", True  # 5.05 V: as our own
    house.play(3000)
    assert house.state == "feeding"  # nobody can see it
    house.play(700)
    assert house.state == "forbidden"
    house.play(10_000)
    assert len(house.port.fed_at) == 1
    house.pin.kind, house.pin.hung = "dead", False  # and back
    house.play(60)
    assert house.state == "feeding" and house.telegrams > 5


# What goes wrong while it is fed


def test_a_port_that_gives_more_than_a_boards_5_v_is_no_longer_fed_at_once():
    house = House("dead").play(60)
    assert house.state == "feeding"
    house.port.reads = lambda port: 5701
    house.play(STEP)
    assert house.state == "high" and not house.port.on
    assert "it had 5.7 V. The port gives voltage itself" in house.words()[1]
    house.play(3600)
    assert len(house.port.fed_at) == 1 and house.state == "forbidden"


def test_at_5_700_mv_it_goes_on():
    house = House("dead").play(60)
    house.port.reads = lambda port: 5700
    assert house.play(60).state == "feeding"


def test_a_short_is_told_and_tried_again_with_growing_pauses():
    house = House("short").play(100)
    assert "fault" in house.states and not house.port.on
    assert "the switch limited or was hot" in house.words()[1]
    house.play(40_000)
    assert house.told()["faults"] == house.pin.fed
    assert house.pin.fed == 9 or house.pin.fed == 10  # a minute, two, four … four hours
    assert set(house.states) == {"waiting", "measuring", "feeding", "fault"}


def test_the_flag_up_for_a_moment_is_no_fault():
    house = House("dead").play(60)
    up = [True]
    house.port.fault = lambda: up.pop() if up else False
    house.play(10)
    assert house.state == "feeding" and not up


def test_a_supply_that_is_too_weak_is_told():
    house = House("weak").play(60)
    assert house.state == "low" and not house.port.on
    sv, en = house.words()
    assert "kom bara till 4,0 V" in sv and "came to 4.0 V only" in en


def test_a_dip_of_a_second_is_no_fault():
    house = House("dead").play(60)
    house.port.reads = lambda port: 4400
    house.play(1)
    house.port.reads = None
    assert house.play(60).state == "feeding"


def test_pauses_are_short_again_once_it_was_fed_well():
    house = House("short").play(3000)
    assert house.feed._pause > 240
    house.pin.kind = "dead"
    house.play(15_000)
    assert house.state == "feeding" and house.feed._pause == 60


# What measures does not measure


def test_a_reading_that_fails_feeds_nothing():
    house = House("dead", reads=lambda port: None).play(3000)
    assert not house.port.fed_at and "blind" in house.states
    assert "cannot be measured" in (house.words()[1] if house.state == "blind" else
                                    "cannot be measured")


def test_a_reading_that_fails_while_it_is_fed_ends_that_at_once():
    house = House("dead").play(60)
    house.port.reads = lambda port: None
    house.play(STEP)
    assert house.state == "blind" and not house.port.on
    assert "(pins.pin1_sense)" in house.words()[1]


@pytest.mark.parametrize("stuck,state", [(0, "low"), (300, "low"), (5000, "forbidden")])
def test_a_reading_that_is_stuck_is_no_feed(stuck, state):
    """A sense wire that is off, or shorted, reads the same whatever the feed does."""
    house = House("open", reads=lambda port: stuck)
    house.pin.hung = True
    house.play(60)
    assert house.state == state and not house.port.on
    assert house.play(10_000).pin.fed <= 8


def run_for(monkeypatch, seconds, house, begin):
    """Let the task run under a Supervisor in virtual time, with a watchdog."""
    fed = []

    async def go():
        supervisor = Supervisor(SimpleNamespace(feed=lambda: fed.append(1)), house.said.append)

        def make(beat):
            house.feed._beat = beat
            return house.feed
        supervisor.add("feed", make)
        begin()
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(seconds)
        others = asyncio.all_tasks() - {task, asyncio.current_task()}
        for one in (task, *others):
            one.cancel()
        await asyncio.gather(task, *others, return_exceptions=True)
    virtual_time.run(monkeypatch, go())
    return fed


def test_a_task_that_hangs_is_stopped_and_feeds_nothing_from_then_on(monkeypatch):
    house = House("dead").play(60)
    assert house.port.on
    house.port.on = True
    sleeps = []

    async def never(ms):
        sleeps.append(ms)
        await asyncio.sleep(1000)

    def hang():
        monkeypatch.setattr("microhan.meter.feed.asyncio", SimpleNamespace(sleep_ms=never))
        monkeypatch.setattr(house.feed, "tick", lambda: house.feed._enter(feed._FEEDING))
    was = []
    feed_pin = house.port.feed
    monkeypatch.setattr(house.port, "feed", lambda on: (was.append(on), feed_pin(on)))
    run_for(monkeypatch, 70, house, hang)
    assert "feed: stopped, and is started again" in house.said
    at = was.index(True)
    assert False in was[at:] and not house.port.on


@pytest.mark.parametrize("error", [ValueError, OSError, MemoryError])
def test_a_task_that_dies_feeds_nothing(monkeypatch, error):
    house = House("dead").play(60)
    assert house.port.on

    def die():
        raise error
    monkeypatch.setattr(house.feed, "tick", die)
    with pytest.raises(error):
        asyncio.run(house.feed.run())
    assert not house.port.on and house.pin.request


# Restarting the port's module


def test_a_module_that_hangs_is_restarted_where_the_owner_lets_it():
    house = House("dead", restart_after=30).play(100)
    assert house.telegrams
    house.pin.kind, house.pin.hung = "hung", True
    house.play(290)
    assert house.told()["restarts"] == 0  # 30 intervals of 10 s
    house.play(60)
    told = house.told()
    assert (told["state"], told["restarts"], told["cured"]) == ("feeding", 1, 1)
    assert "restarting" in house.states and not house.pin.hung


def test_otherwise_it_is_not():
    house = House("dead").play(100)
    house.pin.kind, house.pin.hung = "hung", True
    house.play(3000)
    assert house.told()["restarts"] == 0 and house.pin.hung


def test_a_restart_without_consent_drops_data_request_alone():
    house = House("gives", consent=False, restart_after=6)
    house.pin.hung = True
    dropped = []
    request = house.port.request
    house.port.request = lambda on: (dropped.append((house.s, on)), request(on))
    house.play(120)
    off = [s for s, on in dropped if not on]
    on = [s for s, on in dropped if on]
    assert len(off) == 1 and on[0] - off[0] == pytest.approx(10, abs=1)
    assert not house.port.fed_at and house.state == "off"


def test_a_module_that_stays_silent_is_restarted_ever_more_seldom():
    house = House("dead", restart_after=6)
    house.play(60)
    house.pin.kind, house.pin.hung = "weak", True  # it stays mute; what feeds it is well
    house.port.reads = lambda port: 4980 if port.on else 0
    house.play(20_000)
    told = house.told()
    assert 5 <= told["restarts"] <= 7 and told["cured"] == 0  # in 10, 20, 40 … minutes


def test_one_that_hangs_again_and_again_is_restarted_twelve_times_a_day():
    house = House("dead", restart_after=6)
    counts = []
    for _ in range(51):  # half-hours
        house.play(60)
        house.pin.kind, house.pin.hung = "hung", True
        house.play(1740)
        counts.append(house.told()["restarts"])
    assert counts[:14] == [*range(1, 13), 12, 12] and counts[-1] > 12  # the next day


def test_a_minute_of_silence_is_the_least_whatever_the_owner_says():
    house = House("dead", restart_after=1).play(100)
    newest = house.newest
    house.pin.kind, house.pin.hung = "hung", True
    while house.state != "restarting":
        house.play(STEP)
    assert 60 <= house.s - newest < 62


def test_a_meter_whose_telegrams_cannot_be_read_is_not_restarted():
    house = House("dead", restart_after=6, garbage=True)
    house.pin.hung = True
    house.play(20_000)
    assert house.told()["restarts"] == 0 and house.pin.fed == 1


# Words where nothing is switched on


@pytest.mark.parametrize("state", ["never", "silent", "ident_only", "held_low"])
def test_a_dead_pin_beside_a_dead_line_suggests_to_ask_for_consent(state):
    sv, en = explain(state, None, (0, 0, None), None, lambda: ("", 120))
    assert "Leave pin 1 open (0.1 V measured)" in en and "öppet (0,1 V uppmätt)" in sv
    assert "ask the grid company for its data sheet and consent" in en and "feed.consent" in en


@pytest.mark.parametrize("state,millivolts", [
    ("ok", 120), ("garbage_baud", 120), ("silent", 500), ("silent", 5000), ("silent", None)])
def test_otherwise_nothing_is_said_of_it(state, millivolts):
    plain = explain(state, None, (0, 0, None), None)
    assert explain(state, None, (0, 0, None), None, lambda: ("", millivolts)) == plain
