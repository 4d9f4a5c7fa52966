"""outputs/webhook/: what is called when, with what, and what happens when it fails."""

import asyncio
import json
import ssl

import pytest

from fixtures.fakes_outputs import House, end, free_port, make_certificates, server, until
from fixtures.outputs_beside import OK, Http, sending
from microhan.outputs.connection_test import try_section
from microhan.outputs.http import output as http_output
from microhan.outputs.webhook.output import WebhookOutput

TEMPLATE = '{"w": {active_power_import_w}, "v": {voltage_l1_v}, "s": "{state}", "id": "{id}"}'
ERROR = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Pauses of milliseconds instead of seconds."""
    true = asyncio.sleep_ms
    monkeypatch.setattr(asyncio, "sleep_ms", lambda ms: true(ms / 1000))


def section(url, **changes):
    """The section "webhook" for a receiver."""
    return {"url": url, "method": "POST", "headers": "", "body": TEMPLATE, "when": "reading",
            "limit": 60, "end": False, "ca": "", "tls_insecure": False, **changes}


def calling(http, talk, path="/hook", tls=None, **changes):
    """Run a webhook for `http` while talk(house, out) lasts; returns the output."""
    return sending(http, talk, lambda house, origin: WebhookOutput(
        section(origin + path, **changes), "a1b2c3", house.hub, house.connect, house.note),
        tls, "localhost")


async def delivered(out, count):
    await until(lambda: out.status()["sent"] == count and not out.status()["queued"])


async def call_each(house, out, key, *values):
    """Publish these values one after the other, and let each be looked at."""
    for value in values:
        house.publish(**{key: value})
        await until(lambda: not out.status()["queued"])
        await asyncio.sleep(0.01)


# ---- what is called -----------------------------------------------------------------------------


def test_each_reading_is_a_call_with_its_values():
    http = Http()

    async def talk(house, out):
        for n in range(3):
            house.publish(active_power_import_w=n, voltage_l1_v=230_100)
            await delivered(out, n + 1)

    out = calling(http, talk)
    assert [json.loads(body) for _, body in http.requests] == [
        {"w": n, "v": 230.1, "s": "on", "id": "a1b2c3"} for n in range(3)]
    head = http.requests[0][0]
    assert head.startswith("POST /hook HTTP/1.1\r\nHost: localhost:")
    assert "\r\nContent-Type: application/json\r\n" in head
    assert http.connections == 3 and "Connection: close" in head  # the socket is others' meanwhile
    assert out.status() == {"state": "ok", "error": "", "queued": 0, "dropped": 0, "sent": 3}


def test_method_headers_and_what_is_absent():
    http = Http()

    async def talk(house, out):
        house.publish(active_power_import_w=1, identification='K"5å')
        await delivered(out, 1)

    calling(http, talk, method="PUT",
            body='{"a": {tariff}, "i": "{identification}", "t": "{time}"}',
            headers="Title: Power\r\n\nContent-Type: text/x\nAuthorization: Bearer x")
    head, body = http.requests[0]
    assert head.startswith("PUT ") and head.count("Content-Type") == 1
    for line in ("Title: Power", "Content-Type: text/x", "Authorization: Bearer x"):
        assert f"\r\n{line}\r\n" in head
    assert json.loads(body) == {"a": None, "i": 'K"5å', "t": "2026-05-25T04:53:20+01:00"}


def test_values_in_a_url_are_escaped():
    http = Http()

    async def talk(house, out):
        house.publish(active_power_import_w=1, identification="a b&ö")
        await delivered(out, 1)

    calling(http, talk, "/json?w={active_power_import_w}&t={time}&i={identification}&s={state}",
            method="GET", body="")
    head, body = http.requests[0]
    assert head.startswith("GET /json?w=1&t=2026-05-25T04%3A53%3A20%2B01%3A00&i=a%20b%26%C3%B6"
                           "&s=on HTTP/1.1\r\n")
    assert body == b""


def test_without_a_body_it_is_all_that_is_known():
    http = Http()

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await delivered(out, 1)
        assert http.requests[0][1] == house.hub.state.json()

    calling(http, talk, body="")


def test_it_goes_by_tls(tmp_path):
    make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    http = Http()

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await delivered(out, 1)

    calling(http, talk, tls=context, ca=(tmp_path / "ca.pem").read_text())
    assert len(http.requests) == 1


def test_a_url_that_is_none_is_told():
    house = House()
    out = WebhookOutput(section("http://a:x/"), "a1b2c3", house.hub, house.connect, house.note)
    assert out.status()["error"] == "webhook.url: the port must be 1 to 65535"


# ---- when ---------------------------------------------------------------------------------------


def states(http):
    return [json.loads(body)["s"] for _, body in http.requests]


@pytest.mark.parametrize(("when", "key", "unit"), [
    ("power", "active_power_import_w", 1), ("phase", "current_l2_a", 1000)])
@pytest.mark.parametrize("both", [False, True])
def test_a_condition_calls_once_for_each_crossing(when, key, unit, both):
    """Above 100; over at less than 90."""
    http = Http()

    async def talk(house, out):
        await call_each(house, out, key, *[n * unit for n in (
            50, 100, 101, 500, 99, 101, 90, 102, 89, 95, 100, 101, 20)])

    calling(http, talk, when=when, limit=100, end=both)
    assert states(http) == (["on", "off"] * 2 if both else ["on"] * 2)


def test_a_telegram_without_the_value_changes_nothing():
    http = Http()

    async def talk(house, out):
        await call_each(house, out, "current_l1_a", 25_000)
        await call_each(house, out, "active_power_import_w", 1)
        await call_each(house, out, "current_l3_a", -25_000)

    calling(http, talk, when="phase", limit=20, end=True)
    assert states(http) == ["on"]


def test_a_silent_meter_is_told_once_and_that_it_is_back():
    http = Http()

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        house.now += 50
        await asyncio.sleep(0.05)
        assert not http.requests
        house.now += 1
        await delivered(out, 1)
        house.now += 500
        await asyncio.sleep(0.05)
        house.hub.diagnose(None)  # which is no Reading
        await asyncio.sleep(0.05)
        house.publish(active_power_import_w=2)
        await delivered(out, 2)

    calling(http, talk, when="silent", limit=60, end=True)
    assert states(http) == ["on", "off"]


def test_every_so_many_seconds_the_newest_one(monkeypatch):
    http = Http()

    async def talk(house, out):
        for n in range(40):
            house.publish(active_power_import_w=n)
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.5)  # nothing is new: nothing is said

    calling(http, talk, when="every", limit=60)
    seen = [json.loads(body)["w"] for _, body in http.requests]
    assert 2 <= len(seen) <= 10 and seen == sorted(set(seen)) and seen[-1] == 39


def test_a_crossing_while_a_call_waits_is_not_lost():
    http = Http(ERROR, ERROR, OK)

    async def talk(house, out):
        for n in (500, 5, 500, 5):
            house.publish(active_power_import_w=n)
        await delivered(out, 4)

    calling(http, talk, when="power", limit=100, end=True)
    assert states(http) == ["on"] * 3 + ["off", "on", "off"]


def test_a_queue_that_is_full_gives_up_the_oldest():
    http = Http(None)

    async def talk(house, out):
        for n in (500, 5) * 5:
            house.publish(active_power_import_w=n)
        assert out.status()["queued"] == 4 and out.status()["dropped"] == 6

    calling(http, talk, when="power", limit=100, end=True)


# ---- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "words"), [
    (ERROR, "the server answers 500: the server has a problem"),
    (b"HTTP/1.1 302 X\r\nLocation: http://a/\r\nContent-Length: 0\r\n\r\n",
     "the server answers 302: the address has moved: set webhook.url to the new one"),
    (b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
     "the server answers 404: nothing there: is webhook.url right?"),
    (None, "does not answer"),
    (b"", "closed"),
    (b"SSH-2.0\r\n", "not HTTP")])
def test_what_fails_is_tried_again_then_given_up(answer, words, monkeypatch):
    monkeypatch.setattr(http_output, "_DEADLINE_MS", 200)
    http = Http(answer)

    async def talk(house, out):
        house.publish(active_power_import_w=500)
        await until(lambda: words in out.status()["error"])
        await until(lambda: out.status()["dropped"] == 1)
        assert out.status()["state"] == "error" and len(http.requests) == 6
        http.answers = [OK]
        await call_each(house, out, "active_power_import_w", 5, 500)  # the next crossing
        assert out.status() == {"state": "ok", "error": "", "queued": 0, "dropped": 1, "sent": 1}

    calling(http, talk, when="power", limit=100)


def test_what_is_refused_for_good_is_not_tried_again():
    http = Http(b"HTTP/1.1 422 X\r\nContent-Length: 0\r\n\r\n")

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["dropped"] == 1)
        assert "is webhook.body right?" in out.status()["error"]

    calling(http, talk)
    assert len(http.requests) == 1


def test_one_that_recovers_has_the_newest_values():
    http = Http(ERROR, ERROR, OK)

    async def talk(house, out):
        for n in range(9):
            house.publish(active_power_import_w=n)
        await delivered(out, 1)
        assert out.status()["dropped"] == 0

    calling(http, talk)
    assert json.loads(http.requests[-1][1])["w"] == 8 and len(http.requests) == 3


def test_a_slow_receiver_that_answers_in_time_is_fine():
    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for byte in OK:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.005)

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await delivered(out, 1)

    assert calling(slow, talk).status()["error"] == ""


def test_nobody_there_is_told():
    house = House()

    async def run():
        out = WebhookOutput(section(f"http://127.0.0.1:{free_port()}/"), "a1b2c3", house.hub,
                            house.connect, house.note)
        task = asyncio.create_task(out.run())
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["dropped"] == 1)
        assert "refuses the connection" in out.status()["error"]
        await end(task)

    asyncio.run(run())


def test_a_call_takes_no_memory_before_it_may_connect():
    """Where it may not begin there is none for its text either."""
    house = House()
    made = []

    async def connect(*_):
        raise OSError("memory is short just now: no connection")

    async def run():
        out = WebhookOutput(section("http://localhost/"), "a1b2c3", house.hub, connect, house.note)
        out._call.request = made.append
        task = asyncio.create_task(out.run())
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["dropped"] == 1)
        await end(task)

    asyncio.run(run())
    assert made == []


# ---- the page's test button ---------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "words"), [(OK, ""), (ERROR, "500")])
def test_the_test_button_makes_the_call(answer, words):
    http = Http(answer)
    house = House()
    house.publish(active_power_import_w=7)

    async def run():
        async with server(http) as port:
            await try_section("webhook", section(f"http://127.0.0.1:{port}/"), "a1b2c3",
                              house.connect, house.hub)

    if words:
        with pytest.raises(OSError, match=words):
            asyncio.run(run())
    else:
        asyncio.run(run())
    assert json.loads(http.requests[0][1]) == {"w": 7, "v": None, "s": "test", "id": "a1b2c3"}


@pytest.mark.parametrize(("url", "words"), [
    ("", "webhook.url is empty"), ("http://a:x/", "the port must be")])
def test_the_test_button_says_what_is_wrong(url, words):
    house = House()
    with pytest.raises(OSError, match=words):
        asyncio.run(try_section("webhook", section(url), "a1b2c3", house.connect, house.hub))
