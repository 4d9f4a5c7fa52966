"""The owner and sessions: what is kept of them, for how long, and through a restart."""

import asyncio
import json
import time
from datetime import timedelta
from pathlib import Path

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.visits import NOW, at, make_token, on_flash, said
from fixtures.web_server import (
    BEARER,
    PASSWORD,
    TOKEN,
    RunningServer,
    a_reading,
    grants,
    kept,
)
from microhan.store.files import Folder
from microhan.web import login
from microhan.web.claiming import take_over
from microhan.web.owner import Owner

WRONG = "not the password"


# Claiming

def test_until_it_is_claimed_nothing_can_be_read():
    web = RunningServer(claimed=False)
    try:
        web.publish()
        for line in (BEARER, "Cookie: microhan=" + "0" * 32, "X: y"):
            for path in ("/reading.json", "/events", "/telegram.bin", "/tokens", "/nothing"):
                assert said(web.ask(path, line)) == (403, "not_claimed")
        assert said(web.do("/login", {"password": PASSWORD})) == (403, "not_claimed")
        told = json.loads(web.ask("/session.json")[2])
        assert told["claimed"] is False and told["session"] is None
        assert web.ask("/")[0] == 200
    finally:
        web.close()


def taken_over(owner, folder, password, token):
    """What the configuration's file has is the owner's, and has left the file."""
    file = folder / "config.json"
    file.write_text(json.dumps({"http": {"password": password, "token": token}}))
    section = {"password": password, "token": token}
    take_over(owner, section, str(file), print)
    assert section == {"password": "", "token": ""}
    assert not any(secret and secret in file.read_text() for secret in (password, token))


def test_a_token_without_an_owner_opens_nothing(tmp_path):
    owner = Owner(Folder(str(tmp_path)))
    taken_over(owner, tmp_path, "", TOKEN)
    assert not Owner(Folder(str(tmp_path))).is_claimed()


def test_a_claim_ends_sessions_and_keeps_tokens(web):
    cookie = web.login()
    assert web.ask("/tokens", cookie)[0] == 200
    future = asyncio.run_coroutine_threadsafe(web.owner.claim("another password"), web.loop)
    new = "Cookie: microhan=" + future.result(20)
    assert said(web.ask("/tokens", cookie)) == (401, "unauthorized")
    assert web.ask("/tokens", new)[0] == 200 and web.ask("/status.json", BEARER)[0] == 200
    assert said(web.do("/login", {"password": PASSWORD})) == (401, "wrong_password")


@pytest.mark.parametrize("password", ["", "x" * 9, "x" * 129])
def test_a_password_that_is_too_short_or_long_is_refused(tmp_path, password):
    owner = Owner(Folder(str(tmp_path)))
    with pytest.raises(ValueError, match="10 to 128 characters"):
        asyncio.run(owner.claim(password))
    assert not owner.is_claimed() and not list(tmp_path.iterdir())


def test_what_the_configuration_has_is_hashed(tmp_path):
    owner = Owner(Folder(str(tmp_path)))
    taken_over(owner, tmp_path, "the password", "the token for programs")
    text = (tmp_path / "grants.json").read_text()
    assert "the password" not in text and "the token" not in text
    again = Owner(Folder(str(tmp_path)))
    assert again.is_claimed()
    assert again.grants().token(b"the token for programs")[:3] == ["config", "config", "nhr"]
    taken_over(owner, tmp_path, "", "another one for programs")
    grants_ = Owner(Folder(str(tmp_path))).grants()
    assert len(grants_.tokens) == 1 and not grants_.token(b"the token for programs")


def test_erasing_leaves_nothing(web):
    cookie = web.login()
    web.call(web.owner.erase)
    assert said(web.ask("/reading.json", cookie)) == (403, "not_claimed")
    assert said(web.ask("/reading.json", BEARER)) == (403, "not_claimed")
    assert on_flash(web) == {"format": 1, "owner": None, "slow": 0, "sessions": [], "tokens": []}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 2}', '{"format": 1}',
                                  '{"format": 1, "owner": null, "slow": 0, "sessions": []}'])
def test_a_file_that_cannot_be_read_opens_nothing(tmp_path, text):
    (tmp_path / "grants.json").write_text(text)
    owner = Owner(Folder(str(tmp_path)))
    assert owner.is_claimed()
    assert not owner.grants().token(TOKEN.encode()) and not owner.grants().owner
    assert (tmp_path / "grants.json").read_text() == text


def test_who_cannot_log_in_because_of_that_is_told(web):
    Path(web.folder.name, "grants.json").write_text("{")
    web.call(web.owner.rest)
    assert said(web.do("/login", {"password": PASSWORD})) == (500, "grants_unreadable")


# Logging in and out

def test_a_session_opens_everything_until_it_is_ended(web):
    web.publish()
    cookie = web.login()
    assert web.ask("/reading.json", cookie)[0] == 200
    told = json.loads(web.ask("/session.json", cookie)[2])
    assert told == {"claimed": True, "mode": "run", "session": "owner",
                    "scope": ["now", "history", "raw"], "id": "a1b2c3",
                    "version": told["version"], "language": "sv", "fuse": 0}
    status, headers, body = web.do("/logout", {}, cookie)
    assert (status, body) == (204, b"") and "Max-Age=0" in headers["set-cookie"]
    assert said(web.ask("/reading.json", cookie)) == (401, "unauthorized")
    assert json.loads(web.ask("/session.json", cookie)[2])["session"] is None


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(web):
    headers = web.do("/login", {"password": PASSWORD})[1]
    value, *attributes = headers["set-cookie"].split("; ")
    assert len(value) == len("microhan=") + 32
    assert set(attributes) == {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"}
    assert value.partition("=")[2] not in str(on_flash(web))


def test_logging_out_everywhere_ends_all_sessions(web):
    here, there = web.login(), web.login()
    assert web.do("/logout", {"everywhere": True}, here)[0] == 204
    for cookie in (here, there):
        assert web.ask("/tokens", cookie)[0] == 401
    assert web.ask("/status.json", BEARER)[0] == 200  # tokens are no sessions
    assert said(web.do("/logout", {"everywhere": True}, here)) == (401, "unauthorized")
    assert web.do("/logout", {})[0] == 204


def test_a_session_outlives_a_restart(web):
    cookie = web.login()
    web.call(web.owner.rest)
    assert web.ask("/tokens", cookie)[0] == 200


def test_a_ninth_session_ends_the_one_that_was_not_used_for_longest(web, monkeypatch):
    cookies = []
    for day in range(9):
        at(monkeypatch, NOW + timedelta(days=day))
        cookies.append(web.login())
    assert [web.ask("/tokens", cookie)[0] for cookie in cookies] == [401] + [200] * 8
    assert len(on_flash(web)["sessions"]) == 8


def test_a_session_ends_30_days_after_its_last_use(web, monkeypatch):
    cookie, idle = web.login(), web.login()
    for day in (20, 40, 69):
        at(monkeypatch, NOW + timedelta(days=day))
        assert web.ask("/tokens", cookie)[0] == 200
    assert web.ask("/tokens", idle)[0] == 401
    at(monkeypatch, NOW + timedelta(days=100))
    assert web.ask("/tokens", cookie)[0] == 401


def test_a_session_in_use_is_written_once_a_day(web, monkeypatch):
    cookie = web.login()
    writes = []
    monkeypatch.setattr(Folder, "write", lambda self, name, data: writes.append(name))
    for hour in range(49):
        at(monkeypatch, NOW + timedelta(hours=hour))
        assert web.ask("/tokens", cookie)[0] == 200
    assert writes == ["grants.json"] * 1


def test_without_a_clock_the_owner_gets_in_and_the_session_counts_from_when_there_is_one(
        web, monkeypatch):
    at(monkeypatch, None)
    cookie = web.login()
    assert web.ask("/tokens", cookie)[0] == 200 and on_flash(web)["sessions"][0][1] == 0
    at(monkeypatch, NOW)
    assert web.ask("/tokens", cookie)[0] == 200 and on_flash(web)["sessions"][0][1] > 0
    at(monkeypatch, NOW + timedelta(days=31))
    assert web.ask("/tokens", cookie)[0] == 401


def test_the_meters_clock_is_good_enough(web, monkeypatch):
    at(monkeypatch, None)
    web.publish(a_reading(time=840_000_000))
    cookie = web.login()
    assert 0 <= on_flash(web)["sessions"][0][1] - (839_996_400 + 30 * 86400) <= 5
    web.publish(a_reading(time=840_000_000 + 31 * 86400))
    assert web.ask("/tokens", cookie)[0] == 401


@pytest.mark.parametrize("body", [{}, {"password": 1}, {"password": None}, {"password": ["a"]}])
def test_a_login_without_a_password_costs_no_try(web, body):
    for _ in range(5):
        assert said(web.do("/login", body)) == (422, "password_missing")
    web.login()


def test_a_hash_of_fewer_rounds_is_renewed_at_the_login(web):
    before = on_flash(web)["owner"]
    web.login()
    after = on_flash(web)["owner"]
    assert before[0] < after[0] and before[1] != after[1]
    web.login()
    assert on_flash(web)["owner"] == after


def test_one_password_is_checked_at_a_time(web):
    web.owner.checking = True
    status, headers, _ = web.do("/login", {"password": PASSWORD})
    assert status == 429 and headers["retry-after"] == "3"
    web.owner.checking = False
    web.login()


# Wrong passwords

def test_wrong_passwords_cost_twice_the_wait_each(web, monkeypatch):
    now = [time.ticks_ms()]
    clock = type("time", (), {"ticks_ms": lambda: now[0], "ticks_diff": time.ticks_diff})
    monkeypatch.setattr(login, "time", clock)
    writes = []
    write = Folder.write
    monkeypatch.setattr(Folder, "write", lambda *args: (writes.append(1), write(*args)))
    for _ in range(2):
        assert said(web.do("/login", {"password": WRONG})) == (401, "wrong_password")
    assert not writes
    for n in range(1, 11):
        wait = 2 ** min(n, 8)
        assert said(web.do("/login", {"password": WRONG})) == (401, "wrong_password")
        status, headers, _ = web.do("/login", {"password": PASSWORD})
        assert status == 429 and headers["retry-after"] == str(wait)
        now[0] = time.ticks_add(now[0], wait * 1000 - 10)
        assert web.do("/login", {"password": PASSWORD})[1]["retry-after"] == "1"
        now[0] = time.ticks_add(now[0], 10)
    assert len(writes) == 8  # each time that the wait doubled
    web.login()
    assert on_flash(web)["slow"] == 0
    assert said(web.do("/login", {"password": WRONG})) == (401, "wrong_password")
    web.login()


def test_a_restart_does_not_shorten_the_wait(web):
    slowed = json.loads(grants())
    slowed["slow"] = 3
    Path(web.folder.name, "grants.json").write_text(json.dumps(slowed))
    restarted = Owner(Folder(web.folder.name))
    web.call(setattr, web.sources, "owner", restarted)
    status, headers, _ = web.do("/login", {"password": PASSWORD})
    assert status == 429 and 1 <= int(headers["retry-after"]) <= 8


def test_a_slow_down_keeps_no_session_and_no_token_out(web):
    cookie = web.login()
    web.owner.grants().slow = 8
    web.owner.tried = time.ticks_ms()
    assert web.do("/login", {"password": PASSWORD})[0] == 429
    assert web.ask("/tokens", cookie)[0] == 200 and web.ask("/status.json", BEARER)[0] == 200


def test_a_full_flash_shuts_nobody_out_and_slows_guesses_down(web, monkeypatch):
    cookie = web.login()

    def full(*_):
        raise OSError(28)
    monkeypatch.setattr(Folder, "write", full)
    for _ in range(3):
        assert web.do("/login", {"password": WRONG})[0] == 401
    assert web.do("/login", {"password": WRONG})[0] == 429
    at(monkeypatch, NOW + timedelta(days=3))
    assert web.ask("/tokens", cookie)[0] == 200
    assert said(make_token(web, cookie)) == (500, "fault")


def test_no_secret_is_in_the_log_or_in_what_is_answered(web, capfd):
    web.do("/login", {"password": WRONG})
    web.ask("/reading.json", "Authorization: Bearer my-own-secret")
    cookie = web.login()
    status = web.ask("/status.json", cookie)[2].decode()
    shown = "".join(web.log) + "".join(capfd.readouterr()) + status
    for secret in (WRONG, PASSWORD, TOKEN, "my-own-secret", cookie.partition("=")[2]):
        assert secret not in shown
    assert any("wrong" in line and "127.0.0.1" in line for line in web.log)


def test_the_file_of_the_tests_is_the_one_that_the_firmware_writes(web):
    assert json.loads(grants()) == on_flash(web)
    web.login()
    assert set(on_flash(web)) == set(json.loads(grants()))
    assert kept(PASSWORD)[1:] == json.loads(grants())["owner"][1:]
