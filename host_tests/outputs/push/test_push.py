"""outputs/push/output.py and influx.py: requests, answers of every kind, retries, limits."""

import asyncio
import base64
import json

import pytest

from fixtures.fakes_outputs import House, free_port, make_certificates, reading, until
from fixtures.outputs_beside import OK, Http, sending
from fixtures.outputs_beside import push_config as config
from microhan.net.url import split_url
from microhan.outputs.http import output
from microhan.outputs.http.response import Response
from microhan.outputs.push.influx import escape_tag, line, quote, unix_seconds
from microhan.outputs.push.output import PushOutput


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Pauses of milliseconds instead of seconds."""
    true = asyncio.sleep_ms
    monkeypatch.setattr(asyncio, "sleep_ms", lambda ms: true(ms / 100))


def pushing(http, talk, path="/hook", tls=None, host="127.0.0.1", **changes):
    """Run a push to `http` while talk(house, out) lasts; returns the output."""
    return sending(http, talk, lambda house, origin: PushOutput(
        config(origin + path, **changes), "a1b2c3", house.hub, house.connect, house.note),
        tls, host)


async def send_three(house, out):
    for n in range(3):
        house.publish(active_power_import_w=n)
    await until(lambda: out.status()["sent"] == 3)


def test_json_and_one_connection():
    http = Http()
    out = pushing(http, send_three)
    assert http.connections == 1
    head, body = http.requests[0]
    assert head.startswith("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "Content-Type: application/json" in head and "Authorization" not in head
    assert json.loads(body) == {"boot": 0, "seq": 1, "time": "2026-05-25T04:53:20+01:00",
                                "active_power_import_w": 0}
    assert out.status() == {"state": "ok", "error": "", "queued": 0, "dropped": 0, "sent": 3}


@pytest.mark.parametrize(
    ("changes", "header"),
    [({"auth": "bearer", "token": "t0ken"}, "Authorization: Bearer t0ken\r\n"),
     ({"auth": "basic", "user": "mätare", "password": "p:w"},
      "Authorization: Basic " + base64.b64encode("mätare:p:w".encode()).decode() + "\r\n")],
)
def test_who_pushes_says_who_it_is(changes, header):
    http = Http()
    pushing(http, send_three, **changes)
    assert header in http.requests[0][0]


def test_influx_gets_its_line_protocol():
    http = Http()
    pushing(http, send_three, "/api/v2/write?bucket=b", format="influx")
    head, body = http.requests[0]
    assert head.startswith("POST /api/v2/write?bucket=b&precision=s HTTP/1.1\r\n")
    assert body == b"microhan,device=a1b2c3 active_power_import_w=0i 1779681200"


def test_pushing_by_tls_works(tmp_path):
    import ssl

    make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    ca = (tmp_path / "ca.pem").read_text()
    pushing(Http(), send_three, tls=context, host="localhost", ca=ca)

    async def refused(house, out):
        house.publish(active_power_import_w=1)
        await until(lambda: "certificate of 127.0.0.1" in out.status()["error"])

    pushing(Http(), refused, tls=context, ca=ca)

    async def warned(house, out):
        await send_three(house, out)
        assert "not checked" in out.status()["warning"]

    pushing(Http(), warned, tls=context, tls_insecure=True)


@pytest.mark.parametrize(("status", "words"), [
    (302, "moved"), (401, "token"), (403, "may not"), (404, "push.url"), (408, "slow"),
    (418, "refused"), (429, "too many"), (500, "problem"), (503, "problem")])
def test_what_is_not_the_reading_s_fault_is_retried(status, words):
    """A portal that redirects, a database that is not there yet: what waits is kept."""
    http = Http(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nno" % status, OK)
    told = []

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["state"] == "error")
        told.append(out.status()["error"])
        await until(lambda: out.status()["sent"] == 1, 10)
        assert out.status()["dropped"] == 0

    pushing(http, talk)
    assert len(http.requests) == 2
    assert told[0].startswith(f"the server answers {status}: ") and words in told[0]


@pytest.mark.parametrize(("status", "words"), [(400, "format"), (413, "too much"),
                                               (422, "format")])
def test_what_is_refused_for_the_reading_s_sake_is_not(status, words):
    http = Http(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)

    async def talk(house, out):
        for _ in range(2):
            house.publish(active_power_import_w=1)
        await until(lambda: out.status()["dropped"] == 2)
        assert out.status()["state"] == "error"
        assert out.status()["error"].startswith(f"the server answers {status}: ")
        assert words in out.status()["error"]
        assert len(house.log) == 1

    pushing(http, talk)
    assert len(http.requests) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"", "closed"), (b"SSH-2.0-x\r\n\r\n", "not HTTP"), (b"HTTP/1.1 abc\r\n\r\n", "not HTTP"),
     (None, "does not answer"), (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, "too long a head"),
     (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 5000, "too long a head")],
    ids=["closed", "ssh", "no status", "silent", "many headers", "long header"],
)
def test_bad_answers_are_retried_then_dropped(answer, words, monkeypatch):
    if answer is None:
        monkeypatch.setattr(output, "_DEADLINE_MS", 300)
    http = Http(answer)

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["dropped"] == 1)
        assert words in out.status()["error"]

    pushing(http, talk, every_s=1)  # and no backlog that would take it
    assert len(http.requests) == 1 + PushOutput.RETRIES


@pytest.mark.parametrize("bad", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 500 X\r\n\r\n"],
                         ids=["closed", "ssh", "failure"])
def test_a_reading_stays_in_the_queue_until_the_server_takes_it(bad):
    http = Http(*[bad] * 6, OK)
    out = pushing(http, send_three)
    assert len(http.requests) == 9 and out.status()["dropped"] == 0
    assert [json.loads(body)["seq"] for _, body in http.requests] == [1] * 7 + [2, 3]


def test_idle_connection_closed_by_the_server():
    """A kept connection that turns out to be closed is no failure and no retry."""
    http = Http(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def talk(house, out):
        house.publish(active_power_import_w=1)
        await until(lambda: out.status()["sent"] == 1)
        out._link._raw.shutdown(2)
        house.publish(active_power_import_w=2)
        await until(lambda: out.status()["sent"] == 2)
        assert house.log == []

    pushing(http, talk)
    assert http.connections == 2


def test_with_nobody_there_the_newest_are_kept():
    async def talk(house, out):
        for _ in range(12):
            house.publish(active_power_import_w=1)
        await until(lambda: "refuses" in out.status()["error"])
        assert out.status()["queued"] <= PushOutput.QUEUE
        assert out.status()["dropped"] >= 3

    house = House()

    async def run():
        out = PushOutput(config(f"http://127.0.0.1:{free_port()}/"), "x", house.hub,
                         house.connect, house.note)
        task = asyncio.create_task(out.run())
        await asyncio.sleep(0.01)
        await talk(house, out)
        task.cancel()

    asyncio.run(run())


def test_newest_every_n_seconds():
    http = Http()

    async def talk(house, out):
        for n in range(5):
            house.publish(active_power_import_w=n)
        await until(lambda: out.status()["sent"] == 1)
        await asyncio.sleep(0.1)  # ten periods without a new reading
        assert out.status()["sent"] == 1
        house.publish(active_power_import_w=9)
        await until(lambda: out.status()["sent"] == 2)

    pushing(http, talk, every_s=1)
    assert [json.loads(body)["seq"] for _, body in http.requests] == [5, 6]


def test_bad_url_and_off():
    house = House()

    async def run(url):
        out = PushOutput(config(url), "x", house.hub, house.connect, house.note)
        task = asyncio.create_task(out.run())
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        return out.status()

    assert asyncio.run(run(""))["state"] == "off"
    assert asyncio.run(run("ftp://x"))["error"] == "push.url must begin with http:// or https://"


@pytest.mark.parametrize(
    ("url", "parts"),
    [("http://h", (False, "h", 80, "/")), ("HTTPS://h/a?b=c#d", (True, "h", 443, "/a?b=c")),
     ("http://h:8086?db=x", (False, "h", 8086, "/?db=x")),
     ("http://10.0.0.1:1/x:y@z", (False, "10.0.0.1", 1, "/x:y@z"))],
)
def test_a_url_has_its_parts(url, parts):
    assert split_url("push.url", url) == parts


@pytest.mark.parametrize("url", ["", "h/x", "ftp://h", "http://", "http://u:p@h", "http://h:0/",
                                 "http://h:99999", "http://h:x", "http://[::1]/", "http://h/ x",
                                 "http://h/\r\nX: y", "http://h/å"])
def test_split_url_refuses(url):
    with pytest.raises(ValueError, match=r"push\.url"):
        split_url("push.url", url)


def feed(data, sizes):
    response = Response()
    i = 0
    for n in sizes:
        chunk = bytearray(data[i : i + n])
        i += n
        if not response.done:
            response.feed(chunk + b"\xff" * 9, len(chunk))
    return response.status, response.done, response.keep


@pytest.mark.parametrize(
    ("data", "expected"),
    [(OK, (204, True, True)),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", (200, True, True)),
     (b"HTTP/1.1 200 OK\nContent-Length: 3\n\nab", (200, False, True)),
     (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", (200, True, False)),
     (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", (200, True, False)),
     (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", (200, True, False)),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", (200, True, False)),
     (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 X\r\n\r\n", (204, True, True)),
     (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000 + b"\r\nContent-Length: 0\r\n\r\n",
      (200, True, True))],
)
def test_any_cut_of_an_answer(data, expected):
    assert feed(data, [len(data)]) == expected
    assert feed(data, [1] * len(data)) == expected
    for i in range(1, len(data), 7):
        assert feed(data, [i, len(data) - i]) == expected


# ---- line protocol ----------------------------------------------------------------------------


def test_a_line_of_influx_has_every_field():
    one = reading(0, active_energy_import_kwh=99999999999, voltage_l1_v=230100, current_l1_a=-50,
                  active_power_import_w=-3, reactive_power_import_var=7,
                  identification='K"5\\ å\n', meter_id="1")
    assert line(one, "a 1,b=c") == (
        'microhan,device=a\\ 1\\,b\\=c identification="K\\"5\\\\ å ",meter_id="1",'
        "active_power_import_w=-3i,reactive_power_import_var=7i,voltage_l1_v=230.10,"
        "current_l1_a=-0.05,active_energy_import_kwh=99999999.999 1779681200")


def test_line_without_time_or_fields():
    one = reading()
    assert unix_seconds(one) == 1779681200  # 2026-05-25T03:53:20Z
    assert line(one, "x") is None
    one = reading(active_power_import_w=1, time=None)
    assert line(one, "x") == "microhan,device=x active_power_import_w=1i"
    one = reading()
    one.utc_offset = 120
    assert unix_seconds(one) == 1779677600


def test_what_influx_would_misread_is_escaped():
    assert escape_tag("a\\b\n") == "a\\\\b_"
    assert quote("\t") == '" "'
