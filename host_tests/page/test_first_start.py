"""From a device out of the box to live numbers, in a browser, before the real firmware."""

import re
import threading
import time
from contextlib import contextmanager

import pytest

from fixtures import needs
from fixtures.browser import DESK, PHONE, Sight
from fixtures.setup_phone import OWNER, Phone, fresh
from flash.improv import opened
from twin.twin import NETWORKS, RADIO

pytestmark = pytest.mark.slow
MOST_S = 120


@pytest.fixture
def out_of_the_box(tmp_path):
    """A function that starts such a twin; it restarts by itself when the firmware resets."""
    needs.micropython("i386")
    made, over = [], threading.Event()

    def keep(twin):
        while not over.wait(0.1):
            twin.check()

    def start(**options):
        twin = fresh(tmp_path, **options)
        made.append(twin)
        Phone(twin.client.port).wait(twin, "/setup.json", lambda told: not told["scanning"])
        threading.Thread(target=keep, args=(twin,), daemon=True).start()
        return twin

    yield start
    over.set()
    time.sleep(0.2)
    for twin in made:
        twin.stop()


@contextmanager
def at(browser, twin, host="127.0.0.1", **options):
    sight = Sight(browser, f"http://{host}:{twin.client.port}/", **options)
    yield sight
    sight.close()


def fill(sight, password="hemligt123", network="hemma"):
    sight.page.get_by_role("radio", name=re.compile(f"^{network} (stark|medel|svag)$")).check()
    sight.page.get_by_label("Nätverkets lösenord").fill(password)
    sight.page.get_by_label("Välj ägarens lösenord").fill(OWNER)
    sight.press("Anslut")


def log_in(sight, words):
    label, button = words
    sight.page.get_by_label(label).fill(OWNER)
    sight.press(button)


def test_from_the_first_start_to_live_numbers_by_phone(browser, out_of_the_box):
    """The steps: network, its password, an owner's password, Connect; back in the own network the
    link, the owner's password, Log in; and one to open the portal."""
    twin = out_of_the_box(radio=(NETWORKS, RADIO[1]))  # which drops the phone when it joins
    began = time.monotonic()
    with at(browser, twin, language="sv", width=PHONE) as sight:
        sight.sees("Mätaren läses")  # the cabinet is visited once
        sight.shot("first-1-form")
        fill(sight)
        sight.sees("Klart. Läsaren är på ditt nätverk", seconds=40)
        sight.shot("first-2-done")
        link = sight.page.get_by_role("link", name=re.compile("127.0.0.2"))
        address = link.get_attribute("href")
        assert sight.complaints == []
    with at(browser, twin, "127.0.0.2", language="sv", width=PHONE) as sight:  # at home again
        assert address == sight.url
        sight.sees("Den här läsaren svarar bara sin ägare", seconds=40)
        log_in(sight, ("Ägarens lösenord", "Logga in"))
        sight.sees("(Tas från|Matas ut till) elnätet nu", ".way")
        sight.sees("Direkt", ".link")
        sight.shot("first-3-live")
        assert sight.violations() == []
    took = time.monotonic() - began
    print(f"first start to live numbers by phone: {took:.0f} s, 8 steps")
    assert took < MOST_S


def test_a_wrong_password_is_said_and_mended(browser, out_of_the_box):
    twin = out_of_the_box()
    with at(browser, twin, language="sv", width=PHONE) as sight:
        sight.sees("Ditt Wi-Fi")
        fill(sight, password="fel lösenord")
        sight.sees("Nätverket tog inte emot lösenordet", ".say.bad")
        sight.press("Ändra och försök igen")
        sight.sees("Ditt Wi-Fi")
        sight.page.get_by_role("radio", name=re.compile("^hemma (stark|medel|svag)$")).check()
        sight.page.get_by_label("Nätverkets lösenord").fill("hemligt123")
        sight.page.get_by_label("Ägarens lösenord").or_(
            sight.page.get_by_label("Välj ägarens lösenord")).first.fill(OWNER)
        sight.press("Anslut")
        sight.sees("Klart. Läsaren är på ditt nätverk", seconds=40)
        assert sight.complaints == []


def test_wrong_settings_are_tried_and_taken_back(browser, out_of_the_box):
    twin = out_of_the_box()
    Phone(twin.client.port).sets_up(twin, language="en")
    with at(browser, twin, "127.0.0.2", width=DESK, path="#/settings") as sight:
        log_in(sight, ("Owner's password", "Log in"))
        sight.page.get_by_role("heading", name="MQTT", exact=True).click()
        form = sight.page.get_by_role("form", name="MQTT", exact=True)
        form.get_by_label("mqtt.host", exact=True).fill("127.0.0.1")
        form.get_by_label("mqtt.port", exact=True).fill("1")
        form.get_by_role("button", name="Test").click()
        sight.sees("It does not work: .*refuses the connection", ".say.bad")
        sight.shot("settings-broker-refuses")
        sight.page.get_by_role("heading", name="Wi-Fi and clock").click()
        form = sight.page.get_by_role("form", name="Wi-Fi and clock", exact=True)
        form.get_by_label("wifi.ssid", exact=True).fill("no such network")
        form.get_by_role("button", name="Save").click()
        sight.sees("on trial", ".say")
        sight.shot("settings-on-trial")
        sight.sees("The new settings did not work. The old ones are in use again", ".say.bad", 300)
        assert form.get_by_label("wifi.ssid", exact=True).input_value() == "hemma"


def test_the_cable_s_address_makes_its_owner(browser, out_of_the_box):
    twin = out_of_the_box()
    with opened(f"socket://127.0.0.1:{twin.serial.port}") as cable:
        address = cable.provision("hemma", "hemligt123")
    host, query = re.fullmatch(
        r"http://(127\.0\.0\.2):\d+/(claim\?code=[0-9a-f]+)", address).groups()
    with at(browser, twin, host, path=query) as sight:
        for label in ("Owner's password", "The password once more"):
            sight.page.get_by_label(label).fill(OWNER)
        sight.press("Become the owner")
        sight.sees("(Taken from|Fed to) the grid now", ".way")
        sight.sees("Live", ".link")
        assert "code" not in sight.page.url and sight.complaints == []
