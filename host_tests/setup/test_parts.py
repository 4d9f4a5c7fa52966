"""Parts of set-up that need no twin: name server, claim, button, trial's watch, session."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shim  # noqa: F401
from microhan.device.button import Button
from microhan.setup import captive_dns
from microhan.setup.claim import ClaimCode
from microhan.setup.networks_in_setup import InSetUp
from microhan.setup.session import Session
from microhan.setup.switch import reason_of
from microhan.setup.watch import Watch
from microhan.store.files import Folder

IP = bytes((192, 168, 4, 1))


class Stop(BaseException):
    """Ends a run() that never ends."""


@pytest.fixture
def clock(monkeypatch):
    """Time that passes in sleeps only; at `end` everything stops."""
    clock = SimpleNamespace(ms=0, end=10**7, events={})

    async def sleep_ms(ms):
        clock.ms += ms
        for at in [at for at in clock.events if at <= clock.ms]:
            clock.events.pop(at)()
        if clock.ms > clock.end:
            raise Stop
        await asyncio.sleep(0)

    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms, raising=False)
    monkeypatch.setattr(time, "ticks_ms", lambda: clock.ms, raising=False)
    return clock


def runs(thing):
    try:
        return asyncio.run(thing.run())
    except Stop:
        return "for ever"


# ---- name server


def question(name, kind=1, number=b"\x12\x34"):
    labels = b"".join(bytes([len(part)]) + part for part in name.split(b"."))
    return (number + b"\x01\0\0\1\0\0\0\0\0\0" + labels + b"\0" + kind.to_bytes(2, "big")
            + b"\0\1")


def test_every_name_is_ours():
    asked = question(b"connectivitycheck.gstatic.com")
    told = captive_dns.answer(asked, IP)
    assert told[:2] == b"\x12\x34" and told[2] & 0x80 and told[3] & 15 == 0
    assert told[6:8] == b"\0\1" and told[12:len(asked)] == asked[12:] and told[-4:] == IP


def test_other_types_are_answered_with_nothing():
    told = captive_dns.answer(question(b"apple.com", 28), IP)
    assert told[6:8] == b"\0\0" and told[3] & 15 == 0


@given(st.binary(max_size=80))
def test_the_name_server_takes_any_bytes(data):
    assert isinstance(captive_dns.answer(data, IP), bytes)
    captive_dns.answer(question(b"a.se")[:12] + data, IP)


@pytest.mark.parametrize("data", [
    b"", question(b"a.se")[:-1], b"\x12\x34\x81" + question(b"a.se")[3:],
    question(b"a.se")[:12] + b"\xc0\x0c\0\1\0\1", question(b"a.se")[:4] + b"\0\2\0\0\0\0\0\0"])
def test_what_is_no_question_gets_no_answer(data):
    assert captive_dns.answer(data, IP) == b""


# ---- claim


def test_a_code_lasts_ten_minutes_and_serves_once(clock):
    numbers = iter(range(1, 9))
    codes = ClaimCode(lambda n: bytes([next(numbers)] * n))
    first = codes.current()
    assert len(first) == 16 and codes.current() == first
    assert codes.is_right(first) and not codes.is_right("0" * 16)
    for wrong in (None, 5, "", first[:-1], first + "0", first.upper() if first != first.upper()
                  else "x" * 16):
        assert not codes.is_right(wrong)
    clock.ms += 600_001
    assert not codes.is_right(first)
    second = codes.current()
    assert second != first and codes.is_right(second)
    codes.void()
    assert not codes.is_right(second) and not codes.is_right("") and codes.current() == ""


# ---- button


def pressed(clock, *spans, for_ms=60_000):
    """(reasons that were asked for, what was held in between) of a button held in these spans."""
    asked, held = [], set()
    button = Button(lambda: held.add(button.held) or any(a <= clock.ms < b for a, b in spans),
                    asked.append, lambda: None)
    clock.end = for_ms
    assert runs(button) == "for ever"
    return asked, held


@pytest.mark.parametrize("seconds,asked", [
    (0.1, []), (4.5, []), (5.5, ["button"]), (14, ["button"]), (15.5, ["erase"]), (40, ["erase"])])
def test_what_the_button_asks_for_depends_on_how_long_it_was_held(clock, seconds, asked):
    assert pressed(clock, (1000, 1000 + seconds * 1000))[0] == asked


def test_the_light_says_what_a_release_would_do(clock):
    assert pressed(clock, (1000, 17000))[1] == {"", "button", "erase"}


def test_a_button_held_while_the_power_comes_does_not_count(clock):
    assert pressed(clock, (0, 20000))[0] == []
    clock.ms = 0
    assert pressed(clock, (0, 20000), (21000, 27000))[0] == ["button"]


# ---- watch


def watch(clock, tmp_path, sections, connected, **more):
    from microhan.config import edit
    path = str(tmp_path / "config.json")
    (tmp_path / "config.json").write_text('{"wifi": {"ssid": "hemma"}}')
    edit.store(path, {"wifi": {"ssid": "nytt"}, "mqtt": {"host": "m"}})
    done = SimpleNamespace(restarts=[], asked=[], path=path)

    def restart():
        done.restarts.append(clock.ms)
        raise Stop

    thing = Watch(sections, path, connected, more.get("ask"), restart, lambda text: None,
                  lambda: None)
    done.end = runs(thing)
    done.ssid = (tmp_path / "config.json").read_text()
    return done


def test_new_settings_stay_once_all_of_them_connect(clock, tmp_path):
    done = watch(clock, tmp_path, ["wifi", "mqtt"],
                 lambda section: clock.ms > {"wifi": 5000, "mqtt": 60000}[section])
    assert done.end is True and "nytt" in done.ssid and 60000 < clock.ms < 65000
    assert not (tmp_path / "config.json.trial").exists()


def test_without_a_connection_they_go_back_after_90_s(clock, tmp_path):
    done = watch(clock, tmp_path, ["wifi", "mqtt"], lambda section: section == "wifi")
    assert "nytt" not in done.ssid and 90000 <= done.restarts[0] <= 92000
    assert (tmp_path / "config.json.reverted").read_text() == "mqtt"


def test_ten_minutes_without_a_known_network_open_the_access_point(clock, tmp_path):
    asked = []
    done = watch(clock, tmp_path, [], lambda section: False, ask=asked.append)
    assert done.end is True and asked == ["lost"] and 600000 <= clock.ms < 603000
    asked.clear()
    clock.ms = 0
    watch(clock, tmp_path, [], lambda section: clock.ms > 300000, ask=asked.append)
    assert asked == [] and clock.ms < 303000


# ---- which mode


def test_set_up_mode_is_asked_for_once(tmp_path):
    folder = Folder(str(tmp_path))
    assert reason_of(folder, True) == "" and reason_of(folder, False) == "fresh"
    folder.write("mode", b"button")
    assert reason_of(folder, True) == "button" and reason_of(folder, True) == ""
    folder.write("mode", b"\xff\xfe")  # damaged: no start may fail of it
    assert reason_of(folder, True) == "" and folder.read("mode") is None


# ---- session


class Air:
    """A radio that joins at once."""

    def __init__(self, code=""):
        self.code, self.networks, self.scans = code, [], 0

    def scan(self):
        self.scans += 1

    def security(self, name):
        return 3 if name in self.networks else None

    def address(self):
        return "192.168.1.7"

    async def join_network(self, name, password, beat):
        await asyncio.sleep_ms(5000)
        return self.code


def session(clock, tmp_path, reason="fresh", code="", phones=lambda: 1, claimed=True, known=()):
    restarts = []

    def restart():
        restarts.append(clock.ms)
        raise Stop

    owner = SimpleNamespace(is_claimed=lambda: claimed, rest=lambda: None)
    device = SimpleNamespace(restart=restart, url=lambda address: "http://%s/" % address)
    one = Session(reason, str(tmp_path / "config.json"), Air(code),
                  SimpleNamespace(clients=phones), owner, list(known), device,
                  lambda text: None, lambda: None)
    one.restarts = restarts
    return one


def test_who_waits_for_a_try_beats_for_itself_and_not_for_the_task_that_tries(clock, tmp_path):
    one, beats, ended = session(clock, tmp_path), [], []

    async def cable():
        ended.append(await InSetUp(one, lambda: beats.append("cable")).joined())

    one._beat = lambda: beats.append("set-up")
    one.try_network("hemma", "x")  # and its task never does it
    clock.end = 100_000
    runs(SimpleNamespace(run=cable))
    assert not ended and beats.count("cable") > 100 and set(beats) == {"cable"}


def test_the_access_point_stays_ten_minutes_after_success(clock, tmp_path):
    one = session(clock, tmp_path)
    one.try_network("hemma", "x")
    runs(one)
    assert one.state == "ok" and 600_000 < one.restarts[0] < 620_000


def test_somebody_in_the_new_network_ends_it_at_once(clock, tmp_path):
    one = session(clock, tmp_path)
    one.try_network("hemma", "x")
    clock.events[20_000] = one.came_from_home
    runs(one)
    assert one.restarts[0] < 24_000


def test_but_not_before_there_is_an_owner(clock, tmp_path):
    one = session(clock, tmp_path, claimed=False)
    one.try_network("hemma", "x")
    clock.events[20_000] = one.came_from_home
    runs(one)
    assert one.restarts[0] > 600_000


def test_a_failure_keeps_set_up_mode_open(clock, tmp_path):
    one = session(clock, tmp_path, code="wrong_password")
    one.try_network("hemma", "x")
    clock.end = 3_000_000
    runs(one)
    assert (one.state, one.code, one.restarts) == ("failed", "wrong_password", [])


@pytest.mark.parametrize("error", [MemoryError(), OSError(5), asyncio.CancelledError()])
def test_an_attempt_that_an_error_ends_has_failed_and_the_next_one_is_made(clock, tmp_path, error):
    one = session(clock, tmp_path)

    async def broken(name, password, beat):
        raise error
    usual, one.radio.join_network = one.radio.join_network, broken
    one.try_network("hemma", "x")
    with pytest.raises(type(error)):  # the supervisor's affair, which begins run() anew
        runs(one)
    assert (one.state, one.code) == ("failed", "broken_off")
    one.radio.join_network = usual
    one.try_network("hemma", "x")
    clock.end = clock.ms + 10_000
    runs(one)
    assert (one.state, one.code) == ("ok", "")


def test_a_phone_that_comes_back_without_having_reached_us_is_in_a_guest_network(clock, tmp_path):
    one = session(clock, tmp_path, phones=lambda: 0 if 20_000 < clock.ms < 100_000 else 1)
    one.try_network("hemma", "x")
    clock.end = 120_000
    runs(one)
    assert (one.state, one.code) == ("ok", "guest_isolation")
    clock.ms = 0
    one = session(clock, tmp_path, phones=lambda: 0 if 20_000 < clock.ms < 30_000 else 1)
    one.try_network("hemma", "x")
    runs(one)
    assert one.code == ""  # that was the radio's drop


def test_for_a_lost_network_it_is_open_ten_minutes_and_looks_for_the_network(clock, tmp_path):
    one = session(clock, tmp_path, "lost", phones=lambda: 0, known=[("hemma", "x")])
    runs(one)
    assert 600_000 < one.restarts[0] < 605_000 and one.radio.scans > 5
    clock.ms = 0
    one = session(clock, tmp_path, "lost", phones=lambda: 0, known=[("hemma", "x")])
    clock.events[200_000] = lambda: one.radio.networks.append("hemma")
    runs(one)
    assert one.restarts[0] < 265_000


def test_nobody_is_cut_off_who_is_at_it(clock, tmp_path):
    one = session(clock, tmp_path, "button", phones=lambda: 1)
    clock.end = 3_000_000
    runs(one)
    assert one.restarts == []


def test_changed_settings_are_used_when_their_owner_has_left(clock, tmp_path):
    one = session(clock, tmp_path, "button", phones=lambda: 1 if clock.ms < 100_000 else 0)
    clock.events[30_000] = lambda: one.finish(False)
    runs(one)
    assert 100_000 < one.restarts[0] < 103_000


def test_changed_settings_are_used_ten_minutes_after_the_last_of_them(clock, tmp_path):
    one = session(clock, tmp_path, "fresh")
    clock.events[30_000] = clock.events[90_000] = lambda: one.finish(False)
    runs(one)
    assert 690_000 < one.restarts[0] < 694_000


def test_what_came_by_the_cable_is_tried_at_once(clock, tmp_path):
    one = session(clock, tmp_path, "cable", known=[("hemma", "x")])
    clock.end = 10_000
    runs(one)
    assert one.state == "ok"


@pytest.mark.parametrize("reason,claimed,may", [
    ("fresh", False, True), ("fresh", True, False), ("lost", True, False), ("cable", True, False),
    ("button", True, True), ("erase", True, True)])
def test_a_new_owner_needs_the_button_or_a_device_without_one(clock, tmp_path, reason, claimed,
                                                              may):
    assert session(clock, tmp_path, reason, claimed=claimed).may_claim is may
