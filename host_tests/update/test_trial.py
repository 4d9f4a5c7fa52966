"""A new copy is kept once it has proven itself, and else given up; in virtual time."""

import time
from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import virtual_time
from microhan.setup.update_watch import UpdateWatch
from microhan.update import choice


class Restart(Exception):
    pass


class House:
    """Starts of a new copy. online, hub: what it has."""

    def __init__(self, path, monkeypatch, before):
        self.folder = str(path / "app")
        choice.want(self.folder, False, before)
        choice.begin(self.folder)
        self.online, self.logs, self.beats = True, [], []
        self.hub = SimpleNamespace(reading=None, diagnosis=SimpleNamespace(state="never"))
        self._monkeypatch = monkeypatch

    def telegram(self):
        self.hub.reading, self.hub.diagnosis.state = object(), "ok"

    def lose(self):
        self.online = False

    def start(self, **at):
        """(Whether it was kept, after how many seconds). at: {"s600": what happens then}."""
        self.hub.reading, self.hub.diagnosis.state = None, "never"

        def restart():
            raise Restart

        def beat():
            seconds = round(time.ticks_ms() / 1000 - 1000)
            self.beats.append(seconds)
            at.pop(f"s{seconds}", int)()

        watch = UpdateWatch(self.folder, lambda section: self.online, self.hub, restart,
                            self.logs.append, beat)
        try:
            return virtual_time.run(self._monkeypatch, watch.run()), self.beats[-1] + 1
        except Restart:
            return False, self.beats[-1] + 1


@pytest.fixture
def house(tmp_path, monkeypatch):
    return lambda before="": House(tmp_path, monkeypatch, before)


def test_ten_minutes_with_wifi_and_a_telegram_are_enough(house):
    one = house()
    assert one.start(s7=one.telegram) == (True, 600)
    assert choice.read(one.folder) == ("b", "") and choice.told(one.folder) == ""
    assert max(b - a for a, b in zip(one.beats, one.beats[1:])) <= 2
    assert "is kept" in one.logs[-1]


def test_a_telegram_that_comes_late_is_waited_for(house):
    one = house()
    assert one.start(s850=one.telegram) == (True, 851)


def test_without_wifi_it_restarts_and_says_why_once_it_is_back(house):
    one = house()
    assert one.start(s7=one.telegram, s500=one.lose) == (False, 900)
    assert choice.read(one.folder) == ("a", "trial")  # choose.py counts, and goes back
    choice._set(one.folder, "a", b"!")
    assert choice.told(one.folder) == "wifi it had no Wi-Fi for a quarter of an hour"


def test_without_a_telegram_it_restarts_though_the_page_works(house):
    one = house()
    assert one.start() == (False, 900)
    choice._set(one.folder, "a", b"!")
    word, _, why = choice.told(one.folder).partition(" ")
    assert word == "meter" and "(never)" in why


@pytest.mark.parametrize("before, state, kept", [
    ("never", "never", True), ("silent", "never", False), ("garbage_pullup", "never", False),
    ("ok", "never", False)])
def test_it_need_not_do_better_than_the_old_one(house, before, state, kept):
    one = house(before)

    def say():
        one.hub.diagnosis.state = state
    assert one.start(s9=say) == ((True, 600) if kept else (False, 900))


def test_what_the_old_one_could_not_read_may_be_read_now(house):
    one = house("garbage_pullup")
    assert one.start(s9=one.telegram) == (True, 600)


@pytest.mark.parametrize("is_online", [True, False])
def test_on_a_full_flash_it_is_given_up(house, is_online, monkeypatch):
    """It cannot be kept, and its reason cannot be told; but it restarts, which counts."""
    one = house()
    one.online = is_online

    def full(path, data):
        raise OSError(28)
    monkeypatch.setattr(choice, "_write", full)
    assert one.start(s7=one.telegram) == (False, 900)
    assert choice.read(one.folder) == ("a", "trial") and "28" in one.logs[-1]
