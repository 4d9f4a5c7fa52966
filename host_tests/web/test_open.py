"""Ways out that know no password: to whom they answer, and that they tell nothing old."""

import json
import time
from types import SimpleNamespace

import pytest

from fixtures.web_server import BEARER, RAW, RunningServer, a_reading, answer, request
from microhan.hub.hub import Hub
from microhan.web import strangers
from microhan.web.open import ecotracker
from microhan.web.open.values import Values

WAYS = {"homewizard": ("/api", "/api/v1/data", "/api/v1/telegram"), "ecotracker": ("/v1/json",),
        "shelly": ("/shelly", "/rpc/Shelly.GetDeviceInfo", "/rpc/Shelly.ListMethods",
                   "/rpc/EM.GetStatus?id=0", "/rpc/EMData.GetStatus?id=0",
                   "/rpc/Shelly.GetStatus")}
ADDRESSES = [(way, path) for way, paths in WAYS.items() for path in paths]
NAMELESS = ("/api", "/shelly", "/rpc/Shelly.GetDeviceInfo", "/rpc/Shelly.ListMethods")


def code(result):
    return result[0], json.loads(result[2])["code"]


@pytest.fixture
def clock():
    """Seconds that pass when told, for web.hub."""
    return SimpleNamespace(now=1000)


@pytest.fixture
def timed(web, clock):
    """The web server, with a hub of that clock."""
    web.sources.hub = web.hub = Hub(lambda: clock.now, web._number)
    return web


@pytest.mark.parametrize("way,path", ADDRESSES)
def test_what_is_on_is_answered_without_a_password_and_what_is_off_does_not_exist(web, way, path):
    web.publish(a_reading())
    assert web.ask(path)[0] == 401
    assert code(web.ask(path, BEARER)) == (404, "not_found")
    others = [name for name in WAYS if name != way]
    web.open(*others)
    assert web.ask(path)[0] == 401
    assert code(web.ask(path, BEARER)) == (404, "not_found")
    web.open(way)
    for line in ("X: y", BEARER, "Authorization: Bearer wrong", "Cookie: microhan=0"):
        assert web.ask(path, line)[0] == 200
    assert web.ask("/reading.json")[0] == 401


@pytest.mark.parametrize("way,path", ADDRESSES)
def test_only_the_addresses_of_the_list_are_answered(web, way, path):
    web.publish(a_reading())
    web.open(way, allow="10.0.0.1, 127.0.0.0/31")
    assert web.ask(path)[0] == 200
    web.open(way, allow="10.0.0.1")
    assert web.ask(path)[0] == 401
    assert code(web.ask(path, BEARER)) == (404, "not_found")


@pytest.mark.parametrize("way,path", ADDRESSES)
def test_nothing_is_told_before_there_is_an_owner(way, path):
    unclaimed = RunningServer(claimed=False)
    try:
        unclaimed.publish()
        unclaimed.open(way)
        assert code(unclaimed.ask(path)) == (403, "not_claimed")
    finally:
        unclaimed.close()


@pytest.mark.parametrize("way,path", ADDRESSES)
def test_a_page_of_another_site_and_another_name_of_ours_get_nothing(web, way, path):
    web.publish()
    web.open(way)
    assert code(web.ask(path, "Host: rebound.example")) == (421, "wrong_host")
    assert code(web.ask(path, "Origin: http://evil.example")) == (403, "foreign_origin")
    assert web.ask(path, f"Host: 127.0.0.1:{web.port}")[0] in (200, 503)
    assert not [name for name in web.ask(path)[1] if name.startswith("access-control")]


@pytest.mark.parametrize("way,path", ADDRESSES)
def test_what_is_older_than_a_minute_is_told_to_nobody(timed, clock, way, path):
    timed.open(way)
    if path not in NAMELESS:
        assert code(timed.ask(path)) == (503, "no_telegram")
    timed.publish(a_reading())
    assert timed.ask(path)[0] == 200
    clock.now += 30
    assert timed.ask(path)[0] == 200  # three intervals
    clock.now += 31
    if path in NAMELESS:
        assert timed.ask(path)[0] == 200
    else:
        status, headers, body = timed.ask(path)
        assert (status, json.loads(body)["code"]) == (503, "stale")
        assert headers["retry-after"] == "10"
    timed.publish(a_reading())
    assert timed.ask(path)[0] == 200


@pytest.mark.parametrize("path", ["/v1/json", "/rpc/EM.GetStatus?id=0", "/rpc/EMData.GetStatus"])
def test_where_there_is_no_power_a_battery_gets_no_answer(timed, clock, path):
    timed.open("ecotracker", "shelly")
    timed.publish(a_reading())
    clock.now += 31  # power is stale, registers are not
    assert code(timed.ask(path)) == (503, "stale")


def frame_of(web, frame, *more):
    body = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
    return web.ask("/rpc", f"Content-Length: {len(body)}", *more, method="POST", body=body)


def test_a_shelly_answers_a_frame_with_its_id_to_its_sender(web):
    web.publish(a_reading())
    web.open("shelly")
    for method in ("EM.GetStatus", "EMData.GetStatus", "Shelly.GetDeviceInfo", "Shelly.GetStatus"):
        for number in (1, 0, "a\"ü"):
            status, _, body = frame_of(web, {"id": number, "src": "user_1", "method": method,
                                             "params": {"id": 0}})
            told = json.loads(body)
            assert (status, told["id"], told["dst"]) == (200, number, "user_1")
            assert told["src"] == json.loads(web.ask("/shelly")[2])["id"]
            assert told["result"] == json.loads(web.ask("/rpc/" + method)[2])
    told = json.loads(frame_of(web, {"id": 1, "method": "Switch.Set\"", "src": 4})[2])
    assert told == {"id": 1, "src": told["src"],
                    "error": {"code": 404, "message": "No handler for Switch.Set\""}}


def test_a_program_that_posts_often_is_no_stranger(web, monkeypatch):
    """As evcc asks; twenty refusals within ten seconds would send it away."""
    monkeypatch.setattr(strangers, "_MOST", 20)
    web.publish(a_reading())
    web.open("shelly")
    for number in range(30):
        assert frame_of(web, {"id": number, "method": "EM.GetStatus"})[0] == 200


def test_a_frame_that_comes_in_pieces(web):
    web.publish(a_reading())
    web.open("shelly")
    body = json.dumps({"id": 7, "method": "EM.GetStatus"}).encode()
    with web.connect() as client:
        client.sendall(request("/rpc", f"Content-Length: {len(body)}", method="POST"))
        for i in range(len(body)):
            time.sleep(0.001)
            client.sendall(body[i:i + 1])
        assert json.loads(answer(client)[2])["id"] == 7


@pytest.mark.parametrize("frame", [
    b"", b"{", b"[]", b"1", b'"id"', {}, {"id": 1}, {"method": "EM.GetStatus"},
    {"id": None, "method": "EM.GetStatus"}, {"id": 1, "method": 5}, b"[" * 400, b'{"a":' * 60,
    {"id": 1, "method": "EM.GetStatus", "src": "x" * 3000}, b"\xff\xfe"])
def test_what_is_no_frame_is_refused(web, frame):
    web.publish(a_reading())
    web.open("shelly")
    assert frame_of(web, frame)[0] == 400
    assert frame_of(web, {"id": 1, "method": "Shelly.ListMethods"})[0] == 200


def test_a_frame_gets_nothing_old_and_nothing_while_the_way_is_off(timed, clock):
    frame = {"id": 1, "method": "EM.GetStatus"}
    assert frame_of(timed, frame)[0] == 403
    timed.open("shelly")
    assert code(frame_of(timed, frame)) == (503, "no_telegram")
    timed.publish(a_reading())
    assert frame_of(timed, frame)[0] == 200
    clock.now += 61
    assert code(frame_of(timed, frame)) == (503, "stale")
    assert frame_of(timed, {"id": 1, "method": "Shelly.GetDeviceInfo"})[0] == 200


@pytest.mark.parametrize("method,path,status", [
    ("POST", "/rpc/EM.GetStatus", 200), ("POST", "/rpc/Shelly.ListMethods", 200),
    ("POST", "/rpc/Switch.Set", 404), ("GET", "/rpc/Switch.Set", 404), ("GET", "/rpc/", 404),
    ("PUT", "/api/v1/identify", 404), ("PUT", "/api/v1/system", 404),
    ("GET", "/api/v1/state", 404), ("GET", "/v2/json", 401), ("POST", "/shelly", 403),
    ("DELETE", "/rpc/EM.GetStatus", 403), ("PUT", "/api", 403), ("POST", "/v1/json", 403)])
def test_programs_need_no_header_of_ours_and_change_nothing(web, method, path, status):
    web.open(*WAYS)
    web.publish(a_reading())
    body = b'{"id":0,"on":false,"src":"evcc","method":"EM.GetStatus"}'
    lines = [f"Content-Length: {len(body)}"] if method == "POST" else []
    got = web.ask(path, *lines, method=method, body=body if lines else b"")
    assert got[0] == status


@pytest.mark.parametrize("way,path", ADDRESSES)
def test_head_is_get_without_a_body(web, way, path, monkeypatch):
    monkeypatch.setattr(Values, "age", lambda self: 3)  # EcoTracker's length tells it
    web.open(way)
    web.publish(a_reading())
    status, headers, body = web.ask(path, method="HEAD")
    assert (status, body) == (200, b"") and headers == web.ask(path)[1]


def test_a_homewizard_s_telegram_is_the_newest_one(web):
    web.open("homewizard")
    web.publish()
    status, headers, body = web.ask("/api/v1/telegram")
    assert (status, body) == (200, RAW)
    assert headers["content-type"] == "text/plain; charset=us-ascii"
    web.publish(raw=b"\x7e\xa0", is_text=False)
    assert web.ask("/api/v1/telegram")[2].startswith(b"/MHN5\\2microhan\r\n")


@pytest.mark.parametrize("wlan", [None, SimpleNamespace(isconnected=lambda: False)])
def test_without_wi_fi_its_name_is_null_since_home_assistant_knows_a_homewizard_by_it(web, wlan):
    """python-homewizard-energy 10.2 takes an object without it for one of API v2."""
    web.open("homewizard")
    web.sources.board.wlan = lambda: wlan
    web.publish()
    told = json.loads(web.ask("/api/v1/data")[2])
    assert told["wifi_ssid"] is None and told["active_power_w"] is not None


def net(*telegrams):
    """Power of the State after these telegrams, 3 s apart: (import, export), None where absent."""
    now = [0]
    hub = Hub(lambda: now[0], lambda: 1)
    for n, (taken, given) in enumerate(telegrams):
        now[0] += 3
        hub.publish(a_reading(active_power_import_w=taken, active_power_export_w=given,
                              time=702_651_021 + 3 * n), lambda: RAW, True)
    return Values(SimpleNamespace(hub=hub, board=None)).power()


@pytest.mark.parametrize("telegrams,power", [
    ([(500, 0)], 500), ([(0, 3000)], -3000), ([(700, 200)], 500), ([(500, None)], 500),
    ([(0, None)], 0), ([(None, 0)], None), ([(None, None)], None),
    # Norwegian meters tell the export with every fourth telegram only.
    ([(0, 3000), (500, None)], 500), ([(0, 3000), (0, None)], -3000),
    ([(500, 0), (400, None)], 400), ([(500, 0), (0, None)], 0)])
def test_the_power_is_import_minus_export_of_one_moment(telegrams, power):
    assert net(*telegrams) == power


def test_the_average_is_of_the_last_minute_each_telegram_once(monkeypatch):
    monkeypatch.setattr(ecotracker, "_powers", [])
    told = [ecotracker._average(now, seq, power) for now, seq, power in (
        (0, 1, 100), (5, 1, 100), (10, 2, 203), (60, 3, -1000), (61, 4, 0), (121, 5, -7))]
    assert told == [100, 100, 151, -232, -265, -3]
    for n in range(500):
        ecotracker._average(121, 6 + n, 50)
    assert len(ecotracker._powers) == 60


def test_many_polls_a_second_keep_no_reading_from_anybody(web):
    """The clients of batteries ask without pause; each asks anew, as they do."""
    web.open(*WAYS)
    web.publish(a_reading())
    began = time.monotonic()
    for n in range(200):
        assert web.ask(ADDRESSES[n % len(ADDRESSES)][1])[0] == 200
    assert web.server.status()["requests"] >= 200
    assert web.server.status()["displaced"] == 0
    assert time.monotonic() - began < 60
