"""Settings in a backup, and a restore that the power ends at any step."""

import json
import os
from types import SimpleNamespace

import pytest

from microhan.config import backup, trial
from microhan.store import files

HERE = {"wifi": {"ssid": "hemma", "password": "hemligt1", "hostname": "dongel"},
        "mqtt": {"host": "broker.local", "user": "han", "password": "mqttmqtt"},
        "push": {"url": "http://x.local/", "token": "nyckel"},
        "meter": {"fuse": 20, "key": "ab" * 16},
        "pins": {"rx": 7}, "http": {"language": "en", "password": "ägarens lösen"},
        "later": {"key": "new"}, "meter_x": 3}


@pytest.fixture
def path(tmp_path):
    (tmp_path / "data").mkdir()
    return str(tmp_path / "data" / "config.json")


def put(path, config):
    files.write(path, json.dumps(config).encode())


def packed(path, secrets):
    return json.loads(backup.packed(path, secrets))


def test_without_secrets_none_is_in_it_nor_what_might_be_one(path):
    put(path, HERE)
    data = backup.packed(path, False)
    for secret in (b"hemligt1", b"mqttmqtt", b"nyckel", b"abab", b"losen", b"new"):
        assert secret not in data
    found = json.loads(data)
    assert found["wifi"] == {"ssid": "hemma", "password": {"set": True}, "hostname": "dongel"}
    assert found["http"] == {"language": "en"} and "later" not in found


def test_with_secrets_all_is_in_it_but_the_owners(path):
    put(path, HERE)
    found = packed(path, True)
    assert found["mqtt"] == HERE["mqtt"] and found["later"] == {"key": "new"}
    assert found["http"] == {"language": "en"}


def test_no_settings_at_all_are_an_empty_object(path):
    assert packed(path, False) == {} and packed(path, True) == {}


def planned(path, given, is_ours=True, board=None):
    data, on_trial, told = backup.unpacked(path, json.dumps(given).encode(), is_ours, board)
    return json.loads(data) if data else None, on_trial, told


def test_into_a_new_dongle_with_secrets_all_comes_but_the_pins(path):
    put(path, HERE)
    given = packed(path, True)
    put(path, {"wifi": {"ssid": "hemma", "password": "hemligt1"}})
    found, on_trial, told = planned(path, given, False)
    wanted = {name: part for name, part in HERE.items() if name not in (
        "pins", "later", "meter_x", "http")}
    assert found == {**wanted, "http": {"language": "en"}} and on_trial
    assert told == {"left": ["pins.rx", "later.key"], "again": []}


def test_consent_to_feed_is_for_one_meter_and_one_board(path):
    given = {"feed": {"consent": True, "restart_after": 60}}
    put(path, {})
    assert planned(path, given, False) == (None, False, {
        "left": ["feed.consent", "feed.restart_after"], "again": []})
    assert planned(path, given)[0] == given


def test_into_the_same_one_the_pins_come_too(path):
    put(path, {"wifi": {"ssid": "hemma"}})
    found, on_trial, told = planned(path, {"pins": {"rx": 7}, "meter": {"fuse": 20}})
    assert found["pins"] == {"rx": 7} and found["meter"] == {"fuse": 20}
    assert not on_trial and told == {"left": [], "again": []}


def test_without_secrets_a_connection_stays_as_it_is_here(path):
    """Another network with this one's password would only be taken back by the trial."""
    put(path, HERE)
    given = packed(path, False)
    put(path, {"wifi": {"ssid": "annat", "password": "annat123"}})
    found, on_trial, told = planned(path, given)
    assert found["wifi"] == {"ssid": "annat", "password": "annat123", "hostname": "dongel"}
    assert "mqtt" not in found and found["push"] == {"url": "http://x.local/"}
    assert not on_trial
    assert sorted(told["again"]) == ["meter.key", "mqtt.password", "push.token"]
    assert sorted(told["left"]) == ["mqtt.host", "mqtt.user", "wifi.ssid"]


def test_into_the_device_it_is_of_nothing_changes_and_nothing_is_told(path):
    put(path, {name: HERE[name] for name in HERE if name not in ("later", "meter_x")})
    for secrets in (False, True):
        told = planned(path, packed(path, secrets))
        assert told == (None, False, {"left": [], "again": []})


def test_an_open_network_and_a_broker_without_password_are_taken(path):
    found, on_trial, told = planned(path, {"wifi": {"ssid": "hemma"}, "mqtt": {"host": "x"}})
    assert found == {"wifi": {"ssid": "hemma"}, "mqtt": {"host": "x"}} and on_trial
    assert told == {"left": [], "again": []}


def test_values_that_this_version_does_not_take_are_told_and_left(path):
    put(path, {"meter": {"fuse": 16}, "odd": {"ours": 1}})
    found, _, told = planned(path, {
        "meter": {"fuse": 5000, "clock": "local", "new": 1}, "mqtt": 7,
        "http": {"password": "0123456789", "port": 8080},
        "wifi": {"password": {"set": 1, "x": 2}}})
    assert found == {"meter": {"fuse": 16, "clock": "local"}, "http": {"port": 8080},
                     "odd": {"ours": 1}}
    assert told["left"] == ["meter.fuse", "meter.new", "mqtt.", "http.password"]
    assert told["again"] == ["wifi.password"]


def test_what_the_board_has_no_memory_for_leaves_all_settings(path):
    put(path, {"wifi": {"ssid": "hemma"}})
    found, on_trial, told = planned(
        path, {"mqtt": {"host": "x", "tls": True}, "meter": {"fuse": 20}},
        board=SimpleNamespace(is_plain=True, tls_alone=True))
    assert found is None and not on_trial and told["left"] == ["meter", "mqtt"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"7"])
def test_what_is_no_object_is_refused(path, data):
    with pytest.raises(ValueError):
        backup.unpacked(path, data, True, None)


OLD, NEW = {"wifi": {"ssid": "a"}}, {"wifi": {"ssid": "b"}}


@pytest.fixture
def staged(path):
    """A folder with an old ledger and, beside it, what a restore has made."""
    folder = os.path.dirname(path)
    put(path, OLD)
    for name, content in (("ledger", "old"), ("ledger.new", "new")):
        os.mkdir(f"{folder}/{name}")
        for file in "q0", "q1":
            files.write(f"{folder}/{name}/{file}", content.encode())
    return folder


def state(folder):
    config = json.loads(files.read(folder + "/config.json"))
    ledger = files.read(folder + "/ledger/q0")
    return "new" if (config, ledger) == (NEW, b"new") else (
        "old" if (config, ledger) == (OLD, b"old") else (config, ledger))


class Cut(BaseException):
    pass


def cut_at(monkeypatch, step):
    """Power goes at the step-th change of a name or a file."""
    left = [step]
    with monkeypatch.context() as patch:
        for name in ("rename", "remove", "rmdir"):
            real = getattr(os, name)

            def counted(*args, real=real):
                left[0] -= 1
                if left[0] < 0:
                    raise Cut
                return real(*args)
            patch.setattr(os, name, counted)
        yield
    yield left[0]


@pytest.mark.parametrize("step", range(30))
@pytest.mark.parametrize("again", range(0, 30, 3))
def test_old_or_new_whole_wherever_the_power_goes_even_twice(staged, monkeypatch, step, again):
    data = json.dumps(NEW).encode()
    power = cut_at(monkeypatch, step)
    next(power)
    try:
        backup.commit(staged, data, True)
        backup.settle(staged)
    except Cut:
        pass
    next(power)
    power = cut_at(monkeypatch, again)
    next(power)
    try:
        backup.settle(staged)
    except Cut:
        pass
    next(power)
    said = backup.settle(staged)
    found = state(staged)
    assert found in ("old", "new")
    assert (found == "old") == (step == 0)  # the rename of the note is what counts
    if step == 0 and not again:
        assert "nothing was changed" in said
    assert sorted(name for name in os.listdir(staged) if "new" not in name) == sorted(
        ["config.json", "ledger"] + ["config.json.trial"] * (found == "new"))
    if found == "new":
        assert trial.resume(staged + "/config.json") == ["wifi"]
    assert backup.settle(staged) == ""


def test_each_end_is_told_once(staged):
    assert "nothing was changed" in backup.settle(staged)
    assert backup.settle(staged) == "" and state(staged) == "old"


def test_a_restore_that_is_through_is_told_at_the_next_start(staged):
    backup.commit(staged, json.dumps(NEW).encode(), False)
    assert files.read(staged + "/ledger/q0") == b"new"  # the next record belongs there
    assert backup.settle(staged) == "backup: history and settings are restored"
    assert state(staged) == "new"
    assert backup.settle(staged) == ""


def test_settings_that_do_not_change_are_left_alone(staged):
    backup.commit(staged, b"", False)
    backup.settle(staged)
    assert files.read(staged + "/ledger/q0") == b"new"
    assert json.loads(files.read(staged + "/config.json")) == OLD


def test_into_a_device_without_a_ledger(staged):
    backup.drop(staged + "/ledger")
    backup.commit(staged, json.dumps(NEW).encode(), False)
    assert backup.settle(staged) == "backup: history and settings are restored"
    assert state(staged) == "new"


def test_a_second_one_before_the_restart(staged):
    backup.commit(staged, b"", False)
    os.mkdir(staged + "/ledger.new")
    files.write(staged + "/ledger.new/q0", b"newer")
    backup.commit(staged, b"", False)
    assert files.read(staged + "/ledger/q0") == b"newer"


def test_one_that_a_newer_version_was_taking_in_is_left_to_that_one(staged):
    files.write(staged + "/restore", b"2 in another way")
    assert backup.settle(staged) == "" and state(staged) == "old"
    assert files.read(staged + "/restore") == b"2 in another way"
    assert files.read(staged + "/ledger.new/q0") == b"new"


def test_a_flash_that_fails_is_told_and_tried_again(staged, monkeypatch):
    def fail(*args):
        raise OSError(5)
    with monkeypatch.context() as patch:
        files.write(staged + "/restore", b"10" + json.dumps(NEW).encode())
        patch.setattr(os, "rename", fail)
        assert "the next start tries again" in backup.settle(staged)
    assert backup.settle(staged) == "backup: history and settings are restored"
    assert state(staged) == "new"


def test_a_device_that_never_restored_says_nothing(tmp_path):
    assert backup.settle(str(tmp_path / "data")) == ""
