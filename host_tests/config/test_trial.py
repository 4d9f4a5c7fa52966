"""Settings on trial: kept when they connect, taken back when they do not, whole at any byte."""

import json
import os

import pytest

from microhan.config import edit, trial
from microhan.store import files

OLD = {"wifi": {"ssid": "hemma", "password": "hemligt1"}, "http": {"port": 8080}}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "data" / "config.json"
    file.parent.mkdir()
    file.write_text(json.dumps(OLD))
    return str(file)


def content(path):
    with open(path) as file:
        return json.load(file)


def test_a_new_network_is_on_trial_and_stays_once_it_has_connected(path):
    assert edit.store(path, {"wifi": {"ssid": "nytt"}}) == {"trial": True, "restart": True}
    assert trial.resume(path) == ["wifi"]
    trial.keep(path)
    assert trial.resume(path) == [] and content(path)["wifi"]["ssid"] == "nytt"


def test_what_does_not_connect_is_taken_back_and_the_owner_told(path):
    edit.store(path, {"wifi": {"ssid": "nytt"}, "mqtt": {"host": "broker.local"}})
    assert trial.resume(path) == ["wifi", "mqtt"]
    trial.revert(path, ["mqtt"])
    assert content(path) == OLD and trial.resume(path) == []
    assert trial.reverted(path) == "mqtt"
    edit.store(path, {"wifi": {"ssid": "annat"}})
    assert trial.reverted(path) == ""


def test_a_trial_goes_on_after_a_power_cut_but_not_for_ever(path):
    edit.store(path, {"wifi": {"ssid": "nytt"}})
    assert [trial.resume(path) for _ in range(5)] == [["wifi"]] * 3 + [[], []]
    assert content(path) == OLD and trial.reverted(path) == "wifi"


def test_a_second_change_in_mid_trial_goes_back_to_what_was_proven(path):
    edit.store(path, {"wifi": {"ssid": "nytt"}})
    trial.resume(path)
    edit.store(path, {"wifi": {"ssid": "nyare"}})
    assert trial.resume(path) == ["wifi"]
    trial.revert(path, ["wifi"])
    assert content(path) == OLD


def test_a_change_back_to_what_was_proven_ends_the_trial(path):
    edit.store(path, {"wifi": {"ssid": "nytt"}})
    edit.store(path, {"wifi": {"ssid": "hemma"}})
    assert trial.resume(path) == [] and content(path) == OLD


def test_other_settings_need_no_trial(path):
    assert edit.store(path, {"meter": {"baud": 115200}}) == {"trial": False, "restart": True}
    assert edit.store(path, {"mqtt": {"keepalive": 30}}) == {"trial": False, "restart": True}
    assert edit.store(path, {"wifi": {"hostname": "elen"}}) == {"trial": False, "restart": True}
    assert trial.resume(path) == []
    assert edit.store(path, {"meter": {"baud": 115200}}) == {"trial": False, "restart": False}


class PowerCut(Exception):
    pass


def cut_at(monkeypatch, left):
    """Let the power go before the file operation number `left` from now; writes may be half."""
    steps = iter(range(left, -1, -1))

    def counted(real):
        def do(*args):
            if not next(steps, 0):
                raise PowerCut
            return real(*args)
        return do

    class HalfWritten:
        def __init__(self, file):
            self._file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

        def write(self, data):
            if not next(steps, 0):
                self._file.write(data[:len(data) // 2])
                self._file.close()
                raise PowerCut
            self._file.write(data)

    real_open = open
    monkeypatch.setattr(files, "open", lambda name, mode: real_open(name, mode) if mode == "rb"
                        else HalfWritten(real_open(name, mode)), raising=False)
    for name in ("rename", "remove"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))


@pytest.mark.parametrize("end", ["begin", "keep", "revert"])
def test_the_power_may_go_at_any_step(path, monkeypatch, end):
    """Afterwards there are the old settings, or the new ones with the old ones to go back to, or
    the new ones for good; and the next trial works."""
    new = {**OLD, "wifi": {"ssid": "nytt", "password": "annat123"}}
    outcomes = []
    for left in range(9):
        for name in os.listdir(os.path.dirname(path)):
            os.remove(os.path.join(os.path.dirname(path), name))
        with open(path, "w") as file:
            json.dump(OLD, file)
        if end != "begin":
            trial.begin(path, json.dumps(new).encode())
            trial.resume(path)
        with monkeypatch.context() as patched:
            cut_at(patched, left)
            try:
                if end == "begin":
                    trial.begin(path, json.dumps(new).encode())
                elif end == "keep":
                    trial.keep(path)
                else:
                    trial.revert(path, ["wifi"])
                done = True
            except PowerCut:
                done = False
        sections = trial.resume(path)
        found = content(path)
        outcomes.append((done, found == new, sections))
        if sections:
            assert found == new
            trial.revert(path, sections)
            assert content(path) == OLD
        else:
            assert found == (new if end == "keep" else OLD)
        assert trial.resume(path) == []
    assert outcomes[-1][0] and not outcomes[0][0]


def test_secrets_are_not_shown_and_stay_when_they_come_back_so(path):
    told = edit.shown(path)
    assert told["wifi"]["password"] == {"set": True} and told["mqtt"]["password"] == {"set": False}
    assert "hemligt1" not in json.dumps(told)
    assert edit.store(path, told) == {"trial": False, "restart": False}
    assert content(path) == OLD
    edit.store(path, {"wifi": {"password": ""}})
    assert edit.shown(path)["wifi"]["password"] == {"set": False}


@pytest.mark.parametrize("changes,key", [
    ({"mqtt": {"port": 70000}}, "mqtt.port"), ({"nothing": {}}, "nothing"),
    ({"mqtt": {"hots": ""}}, "mqtt.hots"), ({"mqtt": 5}, "mqtt"),
    ({"wifi": {"password": 7}}, "wifi.password")])
def test_a_change_that_is_not_allowed_is_named_and_nothing_is_stored(path, changes, key):
    with pytest.raises(edit.Refused) as caught:
        edit.store(path, {"meter": {"baud": 9600}, **changes})
    assert caught.value.args[0] == key and key in caught.value.args[1]
    assert content(path) == OLD


def test_what_is_no_object_is_refused(path):
    with pytest.raises(edit.Refused):
        edit.store(path, [])


def test_what_another_version_knows_stays_in_the_file(path):
    with open(path, "w") as file:
        json.dump({**OLD, "later": {"x": 1}, "mqtt": {"new_key": 2}}, file)
    edit.store(path, {"mqtt": {"host": "broker"}})
    assert content(path)["later"] == {"x": 1}
    assert content(path)["mqtt"] == {"new_key": 2, "host": "broker"}
