"""The page for everybody: on each width, zoomed, by keyboard, and as a screen reader has it."""

import pytest

from fixtures.browser import DESK, NARROW, PHONE
from fixtures.mock_device import SILENT

LONGEST = """{"active_power_import_w":999999,"active_energy_import_kwh":99999999.999,
"reactive_energy_export_kvarh":99999999.999,"identification":"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
"meter_id":"57065673313235269999999999999999","current_l1_a":1000.001,"voltage_l1_v":230.001,
"time":"2026-07-15T12:50:21+01:00"}"""


def open_fully(look, device, view, language, width, **options):
    """A view with everything open that can be, and the longest values."""
    device.reading, device.state_more = LONGEST, ""
    device.diagnose({**SILENT, "state": "garbage_pullup", "text_sv": "Det kommer tecken, " * 12,
                     "text_en": "Bytes come, " * 20})
    device.age = 9999
    device.tokens = [{"id": "t1", "name": "W" * 32, "scope": ["now", "history", "raw"],
                      "expires": "2027-01-31T23:00:00Z", "last_used": "2026-11-26T20:00:00Z",
                      "last_from": "192.168.100.100"}]
    sight = look(language=language, width=width, path="#/" + view, **options)
    if view == "now":
        sight.sees("999", ".big")
        sight.page.locator("#fuse").select_option("16")
    else:
        sight.page.locator("h2").nth(1).wait_for()
        sight.page.wait_for_timeout(500)
    if view == "settings":
        sight.page.locator("details").first.wait_for()
    closed = sight.page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    masked = sight.page.locator("button[aria-pressed=false]")
    while masked.count():
        masked.first.click()
    return sight


@pytest.mark.parametrize("view", ["now", "health", "settings"])
@pytest.mark.parametrize("language, width", [("sv", NARROW), ("en", PHONE), ("sv", 768),
                                             ("en", DESK), ("sv", 1920)])
def test_nothing_is_cut_off_at_any_width(look, device, view, language, width):
    sight = open_fully(look, device, view, language, width)
    assert sight.overflow() <= 0
    cut = sight.page.evaluate("""[...document.querySelectorAll('main *')].filter(one =>
        one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'hidden' &&
        !one.classList.contains('unseen')).map(one => one.className)""")
    assert cut == []
    sight.shot(f"{view}-{language}-{width}")


@pytest.mark.parametrize("view", ["now", "health", "settings"])
def test_zoomed_to_200_percent_it_reads_as_before(look, device, view):
    # the window of a desk at 200 % has half of its pixels, each twice as large (WCAG 1.4.10)
    sight = open_fully(look, device, view, "sv", DESK // 2, height=450, device_scale_factor=2)
    assert sight.overflow() <= 0
    sight.shot(f"{view}-zoom-200")
    # and only the text twice as large, on a phone (WCAG 1.4.4)
    sight.page.set_viewport_size({"width": PHONE, "height": 800})
    sight.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert sight.overflow() <= 0
    sight.shot(f"{view}-text-200")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["now", "health", "settings"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_axe_finds_nothing_in_any_view(look, device, scheme, view, language):
    sight = open_fully(look, device, view, language, PHONE, color_scheme=scheme)
    assert sight.violations() == []
    sight.shot(f"{view}-{language}-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_it_is_live_or_logged_out(look, device, scheme):
    sight = look(color_scheme=scheme)
    sight.sees("5,531", ".big")
    assert sight.violations() == []
    sight.shot(f"now-en-{scheme}-live")
    device.log_out()
    sight.sees("not logged in any more")
    assert sight.violations() == []
    sight.page.reload()
    sight.sees("answers only its owner")
    assert sight.violations() == []


def focused(sight):
    return sight.page.evaluate("""() => { const one = document.activeElement;
        return [one.tagName, (one.getAttribute('aria-label') || one.id ||
            (one.tagName === 'BODY' ? '' : one.innerText)).trim()] }""")


def tab_to(sight, name, most=60):
    """Press Tab until that has the focus."""
    for _ in range(most):
        if name in focused(sight)[1]:
            return
        sight.page.keyboard.press("Tab")
        ring = sight.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none" or focused(sight)[0] == "BODY", focused(sight)
    raise AssertionError(f"Tab does not lead to {name}")


def test_everything_is_reached_by_keyboard_alone(look, device):
    sight = look()
    sight.sees("5,531", ".big")
    keys = sight.page.keyboard
    keys.press("Tab")
    assert focused(sight) == ["A", "Skip to content"]
    keys.press("Enter")
    assert sight.page.evaluate("document.activeElement.id") == "main"
    tab_to(sight, "fuse")
    keys.press("ArrowDown")  # the first size
    assert sight.sees("of 16 A", ".bar")
    tab_to(sight, "Show meter number")
    keys.press("Enter")
    assert sight.sees("5706567331323526", ".meter")
    sight.page.reload()
    sight.sees("5,531", ".big")
    tab_to(sight, "Health")
    keys.press("Enter")
    sight.sees("Telegrams read")
    assert focused(sight) == ["H1", "Health"]  # a screen reader says where it is
    tab_to(sight, "Make a report")
    keys.press("Space")
    assert sight.sees("counters", "pre")


def test_settings_are_changed_by_keyboard_alone(look, device):
    device.answers["PUT", "/config.json"] = 200, {"trial": False, "restart": False}, {}
    sight = look(path="#/settings")
    sight.sees("The meter's port")
    keys = sight.page.keyboard
    tab_to(sight, "MQTT")
    keys.press("Enter")
    tab_to(sight, "mqtt-host")
    keys.type("broker.local")
    tab_to(sight, "mqtt-tls")
    keys.press("Space")
    tab_to(sight, "Save")
    keys.press("Enter")
    assert device.waits_for("PUT", "/config.json") == [
        {"mqtt": {"host": "broker.local", "tls": True}}]


def test_a_screen_reader_is_told_of_trouble_and_not_of_every_number(look, device):
    sight = look()
    sight.sees("5,531", ".big")
    assert not sight.page.locator(".power [role=status], .power [aria-live]").count()
    assert sight.page.get_by_role("status").filter(has_text="Live").count() == 1
    assert sight.page.get_by_role("heading", level=1, name="Now").count() == 1
    assert sight.page.get_by_role("navigation", name="Pages").count() == 1
    device.diagnose(SILENT)
    sight.page.get_by_role("status").filter(has_text="fell silent").wait_for()
