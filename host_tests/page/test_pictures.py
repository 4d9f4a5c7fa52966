"""The pictures of README.md and docs/: made here as build/screenshots/readme-*.png, and
copied to docs/ by hand when the page looks different."""

import json
import math

import pytest

from fixtures.browser import SHOTS, Sight
from fixtures.mock_device import READING, SILENT

FILL = """(points) => { localStorage.setItem('microhan.fuse', '20'); localStorage.setItem(
    'microhan.hour', JSON.stringify({id: 'a1b2c3', points})); }"""
READINGS = json.loads(READING) | {
    "active_power_import_w": 3412, "active_power_import_l1_w": 1327,
    "active_power_import_l2_w": 463, "active_power_import_l3_w": 1622, "current_l1_a": 5.8,
    "current_l2_a": 2.0, "current_l3_a": 17.1}


def household(now):
    """[[moment in s, W]] of an hour in a house: a base, a heat pump, a kettle, a little sun."""
    points = []
    for step in range(720, 0, -1):
        w = 700 + 120 * math.sin(step / 25) + 1900 * (step % 240 < 110) + 1600 * (200 < step < 230)
        points.append([now - 5 * step, round(w - 2600 * math.exp(-((step - 470) / 60) ** 2))])
    return points


@pytest.fixture
def shot(browser, device):
    """shot(name, width, path, before=…): a picture, with an hour behind it."""

    def make(name, width, height, language="en", before=None, hour=True, sharp=1, path="",
             of=None):
        sight = Sight(browser, device.url + "nowhere", width=width, height=height,
                      language=language, device_scale_factor=sharp)
        if hour:
            now = sight.page.evaluate("Math.floor(Date.now() / 5000) * 5")
            sight.page.evaluate(FILL, household(now))
        sight.page.goto(device.url + path)
        if before:
            before(sight)
        sight.page.wait_for_timeout(1000)
        SHOTS.mkdir(parents=True, exist_ok=True)
        picture = {"path": SHOTS / f"readme-{name}.png"}
        if of:
            sight.page.locator(of).screenshot(**picture)
        else:
            sight.page.screenshot(**picture, full_page=hour)
        sight.close()
        return SHOTS / f"readme-{name}.png"

    return make


def test_the_page_has_live_numbers(shot, device):
    device.reading = json.dumps(READINGS)
    picture = shot("page", 1040, 700, before=lambda sight: sight.sees("3,412", ".big"), sharp=1.5)
    assert picture.exists()


def test_a_meter_that_fell_silent_is_grey(shot, device):
    device.reading = json.dumps(READINGS)
    device.age = 900
    device.diagnose(SILENT)
    picture = shot("page-silent", 1040, 700, before=lambda sight: sight.sees("silent", ".link"))
    assert picture.exists()


def test_the_settings_have_each_way_out_with_its_price(shot, device):
    device.config["open"].update(homewizard=True, allow="192.168.1.10")

    def unfold(sight):
        sight.page.get_by_role("heading", name="Open without a password", exact=True).click()
        assert "Costs 3.3 kB of memory" in sight.sees("open.homewizard", "form")

    assert shot("page-settings", 760, 700, before=unfold, path="#/settings",
                of="form:has-text('open.homewizard')").exists()


def test_the_portal_has_its_form(shot, device):
    device.mode, device.session, device.claimed = "setup", None, False
    device.setup["networks"] = [
        {"ssid": "Björkhagen 12", "rssi": -48, "secure": True},
        {"ssid": "TN-guest", "rssi": -66, "secure": False},
        {"ssid": "granne_2G", "rssi": -81, "secure": True}]

    def fill(sight):
        sight.page.get_by_role("radio", name="Björkhagen").check()
        sight.page.get_by_label("Nätverkets lösenord").fill("hemligt lösen")
        sight.page.get_by_label("Välj ägarens lösenord").fill("en lång mening")

    assert shot("page-portal", 390, 844, "sv", fill, hour=False).exists()
