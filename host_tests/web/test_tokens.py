"""Tokens: what they open, how long, and what is kept of them."""

import json
from datetime import timedelta

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.visits import NOW, at, make_token, on_flash, said
from fixtures.web_server import BEARER, Events, wait_until
from microhan.store.files import Folder
from microhan.web import streams


def made(web, cookie, **more):
    """(its id, the Authorization header)."""
    status, _, body = make_token(web, cookie, **more)
    assert status == 200, body
    told = json.loads(body)
    assert set(told) == {"id", "token"} and len(told["token"]) == 32
    return told["id"], "Authorization: Bearer " + told["token"]


def test_a_token_is_shown_once_and_kept_as_a_hash(web):
    cookie = web.login()
    id_, bearer = made(web, cookie)
    secret = bearer.split()[-1]
    listed = web.ask("/tokens", cookie)[2].decode()
    assert secret not in listed and secret not in str(on_flash(web))
    assert json.loads(listed)[1] == {"id": id_, "name": "Home Assistant", "scope": ["now"],
                                     "expires": None, "last_used": None, "last_from": None}
    assert json.loads(web.ask("/session.json", bearer)[2])["session"] == "token"
    assert json.loads(web.ask("/session.json", bearer)[2])["scope"] == ["now"]


def test_a_token_can_be_revoked_alone(web):
    cookie = web.login()
    (one, bearer), (_, other) = made(web, cookie), made(web, cookie)
    assert web.ask("/status.json", bearer)[0] == 200
    assert web.do("/tokens/" + one, None, cookie, method="DELETE")[0] == 204
    assert said(web.ask("/status.json", bearer)) == (401, "unauthorized")
    assert web.ask("/status.json", other)[0] == 200
    assert web.do("/tokens/" + one, None, cookie, method="DELETE")[0] == 404
    assert web.do("/tokens/", None, cookie, method="DELETE")[0] == 404


def test_a_token_expires(web, monkeypatch):
    cookie = web.login()
    day = (NOW + timedelta(days=1)).strftime("%Y-%m-%d")
    moment = (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (_, until_day), (_, until_moment) = (made(web, cookie, expires=e) for e in (day, moment))
    listed = json.loads(web.ask("/tokens", cookie)[2])
    assert listed[2]["expires"] == moment.replace("Z", "+00:00")
    assert web.ask("/status.json", until_moment)[0] == 200
    at(monkeypatch, NOW + timedelta(hours=1))
    assert said(web.ask("/status.json", until_moment)) == (401, "token_expired")
    assert web.ask("/status.json", until_day)[0] == 200
    at(monkeypatch, NOW + timedelta(days=2))
    assert said(web.ask("/status.json", until_day)) == (401, "token_expired")


def test_without_a_clock_an_expiring_token_is_refused_in_words(web, monkeypatch):
    cookie = web.login()
    _, bearer = made(web, cookie, expires=(NOW + timedelta(days=5)).strftime("%Y-%m-%d"))
    at(monkeypatch, None)
    assert said(web.ask("/status.json", bearer)) == (401, "no_clock")
    assert web.ask("/status.json", BEARER)[0] == 200  # this one does not expire
    assert said(make_token(web, cookie, expires="2099-01-01")) == (422, "no_clock")


@pytest.mark.parametrize("given,code", [
    ({"name": ""}, "bad_name"), ({"name": "  "}, "bad_name"), ({"name": "x" * 33}, "bad_name"),
    ({"name": 5}, "bad_name"), ({"name": "a\nb"}, "bad_name"), ({"name": "a\x7fb"}, "bad_name"),
    ({"scope": []}, "bad_scope"), ({"scope": "now"}, "bad_scope"),
    ({"scope": ["now", "owner"]}, "bad_scope"), ({"scope": ["now", "now"]}, "bad_scope"),
    ({"scope": None}, "bad_scope"), ({"scope": [["now"]]}, "bad_scope"),
    ({"expires": "2020-01-01"}, "bad_expiry"), ({"expires": "soon"}, "bad_expiry"),
    ({"expires": 5}, "bad_expiry"), ({"expires": "2099-13-01"}, "bad_expiry"),
    ({"expires": "2099-01-01T00:00"}, "bad_expiry"), ({"expires": "2099-01-01T1Z"}, "bad_expiry"),
])
def test_what_makes_no_token_is_told(web, given, code):
    assert said(make_token(web, web.login(), **given)) == (422, code)


def test_there_are_eight_tokens_at_most_besides_that_of_the_configuration(web):
    cookie = web.login()
    ids = [made(web, cookie)[0] for _ in range(8)]
    assert said(make_token(web, cookie)) == (422, "too_many_tokens")
    web.do("/tokens/" + ids[0], None, cookie, method="DELETE")
    made(web, cookie)


def test_the_last_use_of_a_token_is_in_memory_and_on_flash_once_an_hour(web, monkeypatch):
    cookie = web.login()
    made(web, cookie)
    at(monkeypatch, NOW)
    writes = []
    write = Folder.write
    monkeypatch.setattr(Folder, "write", lambda *args: (writes.append(1), write(*args)))
    for minute in range(0, 150, 10):
        at(monkeypatch, NOW + timedelta(minutes=minute))
        assert web.ask("/status.json", BEARER)[0] == 200
        shown = json.loads(web.ask("/tokens", cookie)[2])[0]
        assert shown["last_from"] == "127.0.0.1"
        assert shown["last_used"] == (NOW + timedelta(minutes=minute)).isoformat()
    assert len(writes) == 3
    web.call(web.owner.rest)  # what is not on flash yet is still known
    shown = json.loads(web.ask("/tokens", cookie)[2])
    assert shown[0]["last_used"] == (NOW + timedelta(minutes=140)).isoformat()
    assert shown[1]["last_used"] is None


def test_a_stream_ends_when_its_session_or_token_does(web, monkeypatch):
    web.publish()
    owner = web.login()
    cookie = web.login()
    id_, bearer = made(web, owner)
    by_session, by_token, other = (Events(web, credential=c) for c in (cookie, bearer, BEARER))
    for stream in (by_session, by_token, other):
        assert stream.next()[0] == "reading"
    web.do("/logout", {}, cookie)
    web.publish()
    wait_until(lambda: web.server.status()["streams"] == 2)
    web.do("/tokens/" + id_, None, owner, method="DELETE")
    web.publish()
    wait_until(lambda: web.server.status()["streams"] == 1)
    assert other.next()[0] == "reading"
    monkeypatch.setattr(streams, "_LONGEST_MS", 0)  # a token may expire: ask again
    web.publish()
    wait_until(lambda: web.server.status()["streams"] == 0)
