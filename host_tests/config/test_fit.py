"""What a plain ESP32 has no memory for, and a board no pins."""

import json
from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from microhan.config import edit
from microhan.config.fit import NO_FETCH, WITH_PAGE, unfit
from microhan.config.values import validate

PLAIN = SimpleNamespace(is_plain=True, tls_alone=False)
ALONE = SimpleNamespace(is_plain=True, tls_alone=True)  # its bytecode is on the heap
ROOMY = SimpleNamespace(is_plain=False, tls_alone=False)
TLS = {"host": "broker", "tls": True}
CALL = {"url": "http://a/b"}
EVERY = {"mqtt": {"host": "broker"}, "push": CALL, "webhook": CALL,
         "open": {"p1": 2323, "ws": True, "homewizard": True, "ecotracker": True, "shelly": True}}
NO_CALLS = {"push": {"url": ""}, "webhook": {"url": ""}}


def no_pins(key):
    return (f"{key}: this board has no pins for that (pins.feed, pins.pin1_sense, pins.request): "
            "leave it off")


@pytest.mark.parametrize("board,given,expected", [
    (ALONE, {"mqtt": TLS}, ("http.port", WITH_PAGE)),
    (ALONE, {"push": {"url": "https://a.b/c"}}, ("http.port", WITH_PAGE)),
    (ALONE, {"webhook": {"url": "https://a.b/c"}}, ("http.port", WITH_PAGE)),
    (ALONE, {"mqtt": {"host": "broker"}}, None),
    (ALONE, {"mqtt": TLS, "http": {"port": 0}}, None),
    (PLAIN, {"mqtt": TLS}, None),
    (PLAIN, {"mqtt": {**TLS, "goe": "go-eCharger/1"}}, None),
    (PLAIN, {"mqtt": TLS, "open": {"homewizard": True}}, (
        "open.homewizard", "mqtt.host, open.homewizard: together they take 14 kB, and this board "
        "has 13 for them beside TLS: switch one off, or use an ESP32-S3")),
    (PLAIN, {"mqtt": {**TLS, "goe": "go-e/1", "smartevse": "SmartEVSE/1"}}, None),
    (PLAIN, {"mqtt": {**TLS, "goe": "go-e/1"}, "open": {"homewizard": True}}, (
        "open.homewizard", "mqtt.host, mqtt.goe, open.homewizard: together they take 16 kB, and "
        "this board has 13 for them beside TLS: switch one off, or use an ESP32-S3")),
    (PLAIN, {"push": {"url": "https://a.b/c"}}, None),
    (PLAIN, {"update": {"url": "https://a.b/c"}}, ("update.url", NO_FETCH)),
    (PLAIN, {"mqtt": TLS, "open": {"p1": 2323, "ws": True}}, (
        "open.ws", "mqtt.host, open.p1, open.ws: together they take 16 kB, and this board has 13 "
        "for them beside TLS: switch one off, or use an ESP32-S3")),
    (PLAIN, {"mqtt": TLS, "open": {"modbus": 502}, "http": {"port": 0}}, (
        "open.modbus", "mqtt.host, open.modbus: together they take 16 kB, and this board has 13 "
        "for them beside TLS: switch one off, or use an ESP32-S3")),
    (PLAIN, {"mqtt": TLS, "open": {"shelly_udp": "1010, 2220"}, "http": {"port": 0}}, (
        "open.shelly_udp", "mqtt.host, open.shelly_udp: together they take 19 kB, and this board "
        "has 13 for them beside TLS: switch one off, or use an ESP32-S3")),
    (PLAIN, {"mqtt": TLS, "push": {"url": "https://a.b/c"}}, (
        "push.url", "mqtt.tls, push.url: this board has memory for one encrypted connection: turn "
        "the other's tls off (or write http:// in its url), or use an ESP32-S3")),
    (PLAIN, {"mqtt": TLS, "open": {"ws": True}, "http": {"port": 0}}, None),  # there is no /ws
    (PLAIN, EVERY, (
        "open.shelly", "mqtt.host, push.url, webhook.url, open.p1, open.ws, open.homewizard, "
        "open.ecotracker, open.shelly: together they take 37 kB, and this board has 25 for them: "
        "switch one off, or use an ESP32-S3")),
    (PLAIN, {**EVERY, "push": {"url": ""}}, (
        "open.shelly", "mqtt.host, webhook.url, open.p1, open.ws, open.homewizard, "
        "open.ecotracker, open.shelly: together they take 27 kB, and this board has 25 for them: "
        "switch one off, or use an ESP32-S3")),
    (PLAIN, {**EVERY, **NO_CALLS}, None),
    (PLAIN, {"mqtt": {"host": "broker"}, "open": {"shelly_udp": "1010", "announce": True}}, None),
    (PLAIN, {"mqtt": {"goe": "go-eCharger/1"}, "webhook": CALL,
             "open": {"p1": 2323, "modbus": 502, "announce": True}}, None),  # no charger
    (PLAIN, {}, None),
    (ROOMY, {**EVERY, "mqtt": TLS, "update": {"url": "https://a.b/c"}}, None),
    (ROOMY, {"feed": {"consent": True, "restart_after": 60}}, None),
    (PLAIN, {"feed": {"consent": True, "restart_after": 60}, "mqtt": {"host": "broker"}}, None),
    (PLAIN, {"feed": {"consent": True}, "mqtt": TLS}, (
        "feed.consent", "mqtt.host, feed.consent: together they take 14 kB, and this board has 13 "
        "for them beside TLS: switch one off, or use an ESP32-S3")),
    (PLAIN, {"feed": {"consent": True}, "pins": {"feed": -2}}, (
        "feed.consent", no_pins("feed.consent"))),
    (ROOMY, {"feed": {"consent": True}, "pins": {"pin1_sense": -2}}, (
        "feed.consent", no_pins("feed.consent"))),
    (ROOMY, {"feed": {"consent": True, "restart_after": 60}, "pins": {"request": -2}}, None),
    (ROOMY, {"feed": {"restart_after": 60}, "pins": {"feed": -2}}, None),
    (ROOMY, {"feed": {"restart_after": 60}, "pins": {"request": -2}}, (
        "feed.restart_after", no_pins("feed.restart_after"))),
    (ROOMY, {"feed": {"consent": False}, "pins": {"feed": -2, "request": -2}}, None)])
def test_what_does_not_fit_is_refused_in_words_where_it_is_set(board, given, expected, tmp_path):
    config = validate(given)[0]
    assert unfit(config, board.is_plain, board.tls_alone) == expected
    path = tmp_path / "config.json"
    if not expected:
        assert edit.store(str(path), given, board)["restart"] == bool(given)
        return
    with pytest.raises(edit.Refused) as refused:
        edit.store(str(path), given, board)
    assert refused.value.args == expected and not path.exists()


def test_what_did_not_fit_before_keeps_nothing_else_from_being_set(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(EVERY))
    assert edit.store(str(path), {"http": {"language": "en"}}, PLAIN)["restart"]
    with pytest.raises(edit.Refused):
        edit.store(str(path), {"mqtt": {"tls": True}}, PLAIN)
    assert edit.store(str(path), NO_CALLS, PLAIN)["restart"]
