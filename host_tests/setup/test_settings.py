"""The owner's settings on the page: shown, changed on trial, tested."""

import json
import socket
import threading
import time

import pytest

from fixtures.setup_phone import OWNER, Phone

pytestmark = pytest.mark.slow


@pytest.fixture
def owned(out_of_the_box):
    """(Twin, Phone of its owner in the home's network)"""
    twin, phone = out_of_the_box()
    return twin, phone.sets_up(twin)


def put(home, sections):
    return home.ask("PUT", "/config.json", sections)


def config_of(twin):
    return json.loads((twin.flash.root / "data" / "config.json").read_text())


def test_only_the_owner_sees_or_changes_settings_and_no_secret_is_shown(owned):
    twin, home = owned
    told = home.get("/config.json")[1]
    assert told["wifi"]["ssid"] == "hemma" and told["wifi"]["password"] == {"set": True}
    schema = {row["key"]: row for row in home.get("/schema.json")[1]}
    assert set(schema) == {f"{section}.{key}" for section in told for key in told[section]}
    assert schema["mqtt.port"]["limits"] == [0, 65535] and schema["mqtt.password"]["secret"]
    stranger = Phone(home.port, home.host)
    for method, path, body in (("GET", "/config.json", None), ("GET", "/schema.json", None),
                               ("PUT", "/config.json", {"wifi": {"ssid": "x"}}),
                               ("POST", "/test/mqtt", {"host": "x"})):
        assert stranger.ask(method, path, body)[0] == 401
    status, found, _ = put(home, {"mqtt": {"port": 70000}})
    assert (status, found["code"], found["key"]) == (422, "not_allowed", "mqtt.port")
    assert put(home, {"meter": {}})[1] == {"trial": False, "restart": False}


def test_new_wifi_that_connects_is_kept(owned):
    twin, home = owned
    assert put(home, {"wifi": {"ssid": "hemma gäst", "password": ""}})[1] == {
        "trial": True, "restart": True}
    trial = twin.flash.root / "data" / "config.json.trial"
    assert trial.exists()
    home.wait(twin, "/status.json", lambda told: told["uptime_s"] < 20 and not trial.exists())
    assert config_of(twin)["wifi"]["ssid"] == "hemma gäst"


def test_wrong_wifi_is_taken_back_also_when_the_power_goes_in_between(owned):
    twin, home = owned
    put(home, {"wifi": {"ssid": "fel nät"}})
    trial = twin.flash.root / "data" / "config.json.trial"
    for start in range(1, 4):  # the first is the trial's own, the fourth takes it back
        end = time.monotonic() + 120
        while int(trial.read_text().split("\n")[0][2:]) < start:
            assert time.monotonic() < end
            twin.firmware.check()
            time.sleep(0.1)
        twin.firmware.restart()
    told = home.wait(twin, "/status.json", lambda told: True)
    assert config_of(twin)["wifi"]["ssid"] == "hemma"
    assert any("last change of wifi" in line for line in told["warnings"])


def test_a_trial_says_how_it_stands(owned):
    twin, home = owned
    assert home.get("/trial.json")[1] == {"state": "none"}
    put(home, {"wifi": {"ssid": "hemma gäst", "password": ""}})
    assert home.get("/trial.json")[1] == {"state": "running"}
    home.wait(twin, "/trial.json", lambda told: told["state"] == "none")
    assert Phone(home.port, home.host).get("/trial.json")[0] == 401


def test_in_set_up_mode_the_owner_changes_every_setting(owned):
    twin, home = owned
    (twin.flash.root / "data" / "mode").write_text("lost")
    twin.firmware.restart()
    phone = Phone(home.port)  # in the access point
    phone.wait(twin, "/session.json", lambda told: told["mode"] == "setup")
    assert phone.get("/claim")[0] == 200
    assert put(phone, {"http": {"port": 81}})[0] == 401
    assert phone.post("/login", {"password": OWNER})[0] == 204
    before = config_of(twin)
    told = phone.get("/config.json")[1]
    assert told["wifi"]["ssid"] == "hemma" and told["wifi"]["password"] == {"set": True}
    status, found, _ = put(phone, {"mqtt": {"port": 70000}})
    assert (status, found["key"]) == (422, "mqtt.port") and config_of(twin) == before
    assert put(phone, {"mqtt": {"tls": True}})[1] == {"trial": False, "restart": False}
    assert put(phone, {"push": {"every_s": 60}, "http": {"language": "en"}})[1] == {
        "trial": False, "restart": False}
    assert phone.post("/test/mqtt", {"host": "127.0.0.1"})[1]["code"] == "in_set_up"
    assert phone.get("/session.json")[1]["mode"] == "setup"  # no restart in between
    stored = config_of(twin)
    assert stored["push"] == {"every_s": 60} and stored["mqtt"]["tls"] is True
    assert stored["wifi"] == before["wifi"] and stored["http"]["port"] == before["http"]["port"]


def test_the_test_button_says_what_is_wrong_with_a_broker(owned):
    twin, home = owned
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        accepted = []
        threading.Thread(target=lambda: accepted.append(silent.accept()), daemon=True).start()
        status, told, _ = home.post("/test/mqtt", {"host": "127.0.0.1", "port": port})
        assert status == 200 and not told["ok"] and "does not answer" in told["error"]
    told = home.post("/test/mqtt", {"host": "127.0.0.1", "port": port})[1]
    assert not told["ok"] and "refuses the connection" in told["error"]
    assert home.post("/test/mqtt", {"host": "a b"})[1]["key"] == "mqtt.host"
    assert not home.post("/test/mqtt", {})[1]["ok"]
    assert "mqtt" not in config_of(twin)
    assert home.post("/test/wifi", {})[0] == 404


def test_the_test_button_reaches_a_broker_and_a_web_server(owned, tmp_path):
    from twin import broker, ports
    twin, home = owned
    server = broker.start(tmp_path / "broker", ports.free_port())
    try:
        told = home.post("/test/mqtt", {"host": "127.0.0.1", "port": server.port})[1]
        assert told == {"ok": True, "error": ""}
    finally:
        server.stop()
    for status, ok in ((204, True), (400, True), (401, False)):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve(listener=listener, status=status):
                peer, _ = listener.accept()
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status)
            threading.Thread(target=serve, daemon=True).start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
            assert home.post("/test/push", {"url": url})[1]["ok"] is ok
