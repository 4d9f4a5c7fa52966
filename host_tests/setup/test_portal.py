"""Set-up by phone: the portal's addresses, from the first start to live numbers."""

import json
import time

import pytest

from fixtures.setup_phone import OWNER, Phone, fresh
from twin.twin import NETWORKS, RADIO

pytestmark = pytest.mark.slow
FORM = {"ssid": "hemma", "password": "hemligt123", "owner_password": OWNER}


def ended(told):
    return told["state"] in ("ok", "failed")


def test_from_the_first_start_to_live_numbers(out_of_the_box):
    began = time.monotonic()
    twin, phone = out_of_the_box()
    assert phone.get("/reading.json")[1]["code"] == "not_claimed"
    told = phone.wait(twin, "/setup.json", lambda told: told["meter"]["state"] == "ok")
    assert told["reason"] == "fresh" and told["state"] == "idle" and not told["claimed"]
    assert [one["ssid"] for one in told["networks"]][0] == "hemma"
    assert b"<html" in phone.get("/")[1]
    home = phone.sets_up(twin, language="en")
    assert home.wait(twin, "/reading.json", lambda told: True)["identification"] == "KAM5"
    assert home.get("/session.json")[1]["language"] == "en"
    assert time.monotonic() - began < 180  # some 10 s, and what a busy PC adds
    kept = json.loads((twin.flash.root / "data" / "config.json").read_text())
    assert kept["wifi"] == {"ssid": "hemma", "password": "hemligt123"}
    assert not (twin.flash.root / "data" / "config.json.trial").exists()
    assert OWNER not in "".join(path.read_text() for path in
                                (twin.flash.root / "data").iterdir() if path.is_file())


@pytest.mark.parametrize("host,path", [
    ("captive.apple.com", "/hotspot-detect.html"),
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("detectportal.firefox.com", "/canonical.html"),
    ("detectportal.firefox.com", "/success.txt?ipv4"), ("example.se", "/")])
def test_what_phones_ask_to_find_the_internet_leads_to_the_portal(a_twin, host, path):
    _, phone = a_twin
    status, _, headers = phone.get(path, Host=host)
    assert (status, headers["Location"]) == (302, f"http://127.0.0.1:{phone.port}/")


@pytest.mark.parametrize("ssid,password,code,words", [
    ("hemma", "fel", "wrong_password", "password"),
    ("Hemma", "hemligt123", "no_such_network", "2.4 GHz"),
    ("villan_5G", "hemligt123", "five_ghz", "5 GHz"),
    ("full", "adresserna", "no_address", "no address"),
    ("hemma WPA3", "hemligt123", "wpa3_only", "WPA3"),
])
def test_a_failure_says_why_within_half_a_minute(a_twin, ssid, password, code, words):
    twin, phone = a_twin
    began = time.monotonic()
    assert phone.post("/setup", {**FORM, "ssid": ssid, "password": password,
                                 "language": "en"})[0] == 202
    told = phone.wait(twin, "/setup.json", ended)
    assert (told["state"], told["code"]) == ("failed", code) and words in told["text_en"]
    # test_radio.py has the half minute by a clock of its own; a try without an end would last.
    assert time.monotonic() - began < 90


def test_a_form_that_is_not_right_is_refused_and_nothing_stored(a_twin):
    twin, phone = a_twin
    config = (twin.flash.root / "data" / "config.json").read_bytes()
    for form, status, code in (
            ({**FORM, "ssid": ""}, 422, "no_network"), ({**FORM, "ssid": 5}, 422, "no_network"),
            ({**FORM, "ssid": "x" * 33}, 422, "not_allowed"),
            ({**FORM, "password": None}, 422, "not_allowed"),
            ({**FORM, "mqtt": {"port": -1}}, 422, "not_allowed"),
            ({**FORM, "mqtt": {"hots": "x"}}, 422, "not_allowed"),
            ({**FORM, "language": "fi"}, 422, "not_allowed"),
            ({**FORM, "owner_password": "kort"}, 422, "bad_password"),
            ({**FORM, "owner_password": None}, 422, "password_missing")):
        found = phone.post("/setup", form)
        assert (found[0], found[1]["code"]) == (status, code), form
    assert (twin.flash.root / "data" / "config.json").read_bytes() == config
    # no header that a form cannot send, and a foreign page
    assert phone.ask("POST", "/setup", FORM, **{"X-Microhan": "0"})[0] == 403
    assert phone.post("/setup", FORM, Origin="http://evil.example")[0] == 403
    assert phone.post("/erase", {"confirm": True})[1]["code"] == "not_asked"
    assert phone.post("/claim", {"code": "", "owner_password": OWNER})[1]["code"] in (
        "wrong_code", "already_claimed")


def test_the_phone_may_be_dropped_and_closed_and_finds_the_result(out_of_the_box):
    """The radio changes its channel in mid-attempt; no cookie and no page is needed afterwards."""
    twin, phone = out_of_the_box(radio=(NETWORKS, RADIO[1]))
    assert phone.post("/setup", FORM)[0] == 202
    while phone.get("/setup.json")[0]:
        time.sleep(0.1)
    later = Phone(phone.port)
    told = later.wait(twin, "/setup.json", ended)
    assert told["state"] == "ok" and told["address"] == f"127.0.0.2:{phone.port}"
    assert told["name"] == told["access_point"]
    # The access point stays, until somebody asks in the new network.
    time.sleep(3)
    assert later.get("/session.json")[1]["mode"] == "setup"
    Phone(phone.port, "127.0.0.2").get("/setup.json")
    later.host = "127.0.0.2"
    later.wait(twin, "/session.json", lambda told: told["mode"] == "run")


def test_a_power_cut_in_mid_attempt_loses_nothing(out_of_the_box):
    twin, phone = out_of_the_box()
    assert phone.post("/setup", FORM)[0] == 202
    twin.firmware.restart()
    home = Phone(phone.port, "127.0.0.2")
    home.wait(twin, "/session.json", lambda told: told["mode"] == "run" and told["claimed"])
    assert home.post("/login", {"password": OWNER})[0] == 204


def hold(twin, seconds):
    """Press the button for so long."""
    file = twin.flash.root / "button"
    file.write_text("")
    time.sleep(seconds)
    file.unlink()


def test_the_button_opens_set_up_and_lets_a_forgotten_password_be_replaced(out_of_the_box):
    twin, phone = out_of_the_box()
    home = phone.sets_up(twin)
    hold(twin, 1)
    time.sleep(1)
    assert home.get("/session.json")[1]["session"] == "owner"
    hold(twin, 5.5)
    told = phone.wait(twin, "/setup.json", lambda told: told["reason"] == "button")
    assert told["claimed"] and told["may_claim"]
    assert phone.post("/setup", {**FORM, "owner_password": "en annan mening"})[0] == 202
    phone.wait(twin, "/setup.json", ended)
    home.get("/setup.json")
    home.wait(twin, "/session.json", lambda told: told["mode"] == "run")
    assert home.get("/session.json")[1]["session"] is None  # its session is over
    assert home.post("/login", {"password": OWNER})[0] == 401


def test_the_button_for_longer_asks_whether_to_erase_everything(out_of_the_box):
    twin, phone = out_of_the_box()
    phone.sets_up(twin)
    label = (twin.flash.root / "data" / "access_point").read_bytes()
    hold(twin, 15.5)
    phone.wait(twin, "/setup.json", lambda told: told["reason"] == "erase")
    assert phone.post("/erase", {})[1]["code"] == "not_asked"
    assert phone.post("/erase", {"confirm": True})[0] == 204
    data = twin.flash.root / "data"
    assert [path.name for path in data.iterdir()] == ["access_point"]
    twin.flash.configure({"http": {"port": phone.port}})  # only for us to find it again
    told = phone.wait(twin, "/setup.json", lambda told: told["reason"] == "fresh")
    assert not told["claimed"] and (data / "access_point").read_bytes() == label


@pytest.fixture(scope="module")
def a_twin(tmp_path_factory):
    """(Twin, Phone) of one fresh device for all tests that leave it in set-up mode."""
    from fixtures import needs

    needs.micropython("i386")
    twin = fresh(tmp_path_factory.mktemp("setup"))
    try:
        phone = Phone(twin.client.port)
        phone.wait(twin, "/session.json", lambda told: True)
        yield twin, phone
    finally:
        twin.stop()
