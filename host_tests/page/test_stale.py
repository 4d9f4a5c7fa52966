"""No number that is not new looks new, whatever became of device, meter, session or browser."""

import json

import pytest

from fixtures.browser import PHONE
from fixtures.mock_device import PASSWORD, READING, SILENT

LATE_MS = 26_000


def goes_stale(sight, words, link):
    """Wait until the page says so, and look at how: grey, dated, and no "now" anywhere."""
    assert sight.sees(words, ".banner.bad") and sight.sees(link, ".link")
    assert sight.sees(r"Taken from the grid at \d\d:\d\d:\d\d", ".stale .way")
    soft = sight.page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--soft').trim()")
    shown = sight.page.evaluate("getComputedStyle(document.querySelector('.big')).color")
    assert shown == "rgb(%d, %d, %d)" % tuple(bytes.fromhex(soft[1:]))
    assert sight.page.title() == "microhan"
    assert sight.violations() == []


def is_fresh(sight):
    assert sight.sees("Taken from the grid now", ".way") and sight.sees("Live", ".link")
    assert not sight.page.locator(".stale").count()


def test_a_meter_that_falls_silent(look, device):
    sight = look(clock=True)
    is_fresh(sight)
    for _ in range(5):  # the device goes on sending heartbeats
        sight.page.clock.fast_forward(5000)
        device._send("ignored", "{}")
        sight.page.wait_for_timeout(300)
    sight.page.clock.fast_forward(3000)
    goes_stale(sight, "The meter was last heard at", "The meter is silent")
    device.diagnose(SILENT)
    assert sight.sees("then it fell silent", ".banner.bad")
    sight.shot("silent-en-desk")
    device.publish()
    device.diagnose(device.meter | {"state": "ok", "text_en": "It is read again."})
    is_fresh(sight)


def test_a_telegram_that_was_old_before_the_page_was_opened(look, device):
    device.age = 600
    sight = look()
    goes_stale(sight, "The meter was last heard at", "The meter is silent")
    device.publish()
    is_fresh(sight)


def test_a_meter_that_sends_once_a_minute_is_not_silent_between(look, device):
    sight = look(clock=True)
    is_fresh(sight)
    for _ in range(3):
        for _ in range(4):  # heartbeats in between
            sight.page.clock.fast_forward(15_000)
            device._send("ignored", "{}")
            sight.page.wait_for_timeout(200)
        device.publish()
        sight.page.wait_for_timeout(200)
    for _ in range(3):
        sight.page.clock.fast_forward(15_000)
        device._send("ignored", "{}")
        sight.page.wait_for_timeout(200)
    is_fresh(sight)


def test_a_device_without_power(look, device):
    sight = look(width=PHONE)
    is_fresh(sight)
    device.kill()
    goes_stale(sight, r"No contact with the reader since \d\d:\d\d:\d\d", "No contact")
    sight.shot("gone-en-phone")
    device.revive()
    is_fresh(sight)


@pytest.mark.parametrize("trouble", ["frozen", "mute"])
def test_a_device_that_hangs_or_a_network_that_swallows_everything(look, device, trouble):
    sight = look(clock=True)
    is_fresh(sight)
    setattr(device, trouble, True)
    sight.page.clock.fast_forward(LATE_MS)
    if trouble == "frozen":
        goes_stale(sight, "No contact with the reader since", "No contact")
        sight.shot("frozen-en-desk")
    else:  # the stream died unnoticed: it is taken up again, and the telegram is old by then
        device.age = LATE_MS // 1000
        assert sight.sees(r"Taken from the grid at", ".stale .way")
    device.frozen = device.mute = False
    device.age = 0
    is_fresh(sight)


def test_a_session_that_ends_while_the_page_is_open(look, device):
    sight = look()
    is_fresh(sight)
    device.log_out()
    goes_stale(sight, "You are not logged in any more. The numbers are from", "Logged out")
    sight.shot("over-en-desk")
    sight.page.get_by_label("Owner's password").fill(PASSWORD)
    sight.press("Log in")
    is_fresh(sight)
    assert not sight.page.get_by_label("Owner's password").count()


def test_a_browser_that_slept_looks_before_it_shows(look, device):
    sight = look(clock=True)
    is_fresh(sight)
    sight.page.clock.pause_at(sight.page.evaluate("Date.now()") + 3_600_000)  # no timer runs
    sight.page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    assert sight.sees("Taken from the grid at", ".stale .way")


def test_a_device_without_a_telegram_says_so(look, device):
    device.reading, device.state_more = "", ""
    device.diagnose({**SILENT, "state": "never", "text_en": "Nothing has come yet."})
    sight = look()
    assert sight.sees("Nothing has come yet", ".banner.bad") and sight.sees("–", ".big")
    assert sight.sees("Power is unknown right now", ".way")
    device.publish(READING)
    assert sight.sees("5,531", ".big")


def test_a_stream_that_breaks_off_is_taken_up_without_a_word(look, device):
    sight = look()
    is_fresh(sight)
    device._end_streams()
    sight.page.wait_for_timeout(3000)
    device.publish(json.dumps(json.loads(READING) | {"active_power_import_w": 77}))
    assert sight.sees("^77", ".big span")
    is_fresh(sight)
