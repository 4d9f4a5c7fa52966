"""History: what was kept, a day, a month or a year at a time; and what is not known is said."""

import pytest

from fixtures import house_history
from fixtures.browser import DESK, NARROW, PHONE, Sight
from fixtures.ledger import House, utc
from fixtures.mock_device import PASSWORD, once
from fixtures.web_server import PASSWORD as OWNERS_PASSWORD
from fixtures.web_server import RunningServer, wait_until

NOW = "2026-11-27T20:20:00+01:00"


@pytest.fixture
def history(look, device):
    """history(…): a Sight of the view on 27 November 2026, ten past eight in the evening."""
    device.history_until = house_history.civil("2026-11-27T20:00")

    def history(ready=True, **options):
        sight = look(path="nowhere", **options)
        sight.page.clock.set_fixed_time(NOW)
        sight.page.goto(device.url + "#/history")
        if ready:
            sight.sees("kWh", ".chart figcaption")
        return sight

    return history


def asked(device, path="/history.json"):
    return [query for one, query in device.queries if one == path]


def go(sight, date):
    sight.page.locator("input[type=date]").fill(date)


def test_the_view_opens_with_today_s_quarters(history, device):
    sight = history(language="sv")
    assert asked(device) == [{"step": "quarter", "from": "2026-11-27", "to": "2026-11-28"}]
    assert sight.sees("fredag 27 november 2026", ".chart h2")
    assert sight.page.locator(".chart .bars .columns > div").count() == 96
    assert sight.sees(r"Import \d+,\d{3} kWh, export \d+,\d{3} kWh", "figcaption")
    assert sight.overflow() <= 0 and sight.complaints == [] and sight.violations() == []
    sight.shot("history-day-sv-desk")


def test_nothing_is_loaded_before_the_view_is_open(look, device):
    sight = look()
    sight.sees("5,531", ".big")
    assert device.queries == []


def test_one_is_asked_after_the_other(history, device):
    sight = history()
    for name in ("Month", "Year", "Day", "Previous", "Previous", "Previous"):
        sight.press(name)
    sight.sees(r"Tuesday,? 24 November 2026", ".chart h2")
    sight.sees("kWh", ".chart figcaption")
    assert device.at_once == 1
    assert sight.sees(r"Hour \d+ Nov \d\d:00", "tr")


def test_the_sums_are_those_of_the_rows_to_the_last_digit(history, device):
    sight = history()
    rows = house_history.rows("quarter", "2026-11-27", "2026-11-28", device.history_until)
    sums = [sum(int(row[i].replace(".", "")) for row in rows if row[i]) for i in (2, 3)]
    for label, wh in zip(("Import", "Export"), sums, strict=True):
        assert sight.sees(rf"^{label}\s*{wh // 1000}\.{wh % 1000:03d} kWh", "section tr")


def test_what_is_missing_is_a_gap_with_a_sign_and_words(history, device):
    sight = history()
    missing = sight.page.locator(".chart .bars .missing")
    assert missing.count() == 4  # what is still to come is not missing
    assert not missing.locator("i").count()
    signs = sight.page.evaluate("""[...document.querySelectorAll('.chart .bars .missing')].filter(
        one => getComputedStyle(one, '::before').content === '"?"').length""")
    assert signs == 1  # one for each gap
    assert sight.sees("4 of 80 are missing")
    assert sight.page.locator(".scroll tbody tr").count() == 80
    assert sight.sees("missing: if the energy of the gap is known", ".legend li")
    row = sight.page.locator(".scroll tr").filter(has_text="02:15")
    assert row.inner_text().split() == ["02:15", "missing", *"–" * 7]
    assert sight.sees(r"02:45\s*missing\s*0\.412", ".scroll tr")  # of all of the gap


def test_what_an_old_record_leaves_open_is_missing_and_what_is_late_is_not(history, device):
    device.history_until = house_history.civil("2026-11-27T12:00")
    sight = history()
    # a meter that tells its energy once an hour is late by an hour, and some minutes: until 19:00
    assert sight.page.locator(".chart .bars .missing").count() == 4 + 28
    assert sight.page.locator(".chart .bars .later").count() == 96 - 48 - 28
    assert sight.sees("32 of 76 are missing")


def test_quality_is_told_in_words_and_by_a_pattern(history, device):
    sight = history()
    for quality, at in (("shaped", "19:15"), ("interpolated", "03:15")):
        assert sight.sees(quality + ": the", ".legend li")
        assert quality in sight.sees(at, ".scroll tr")
        bar = sight.page.locator(f".chart .bars .{quality} i").first
        assert "repeating" in bar.evaluate("one => getComputedStyle(one).backgroundImage")
    plain = sight.page.locator(".chart .bars .measured i").first
    assert plain.evaluate("one => getComputedStyle(one).backgroundImage") == "none"


def test_each_phase_has_its_highest_current_of_each_quarter(history, device):
    sight = history()
    sight.page.evaluate("localStorage.setItem('microhan.fuse', '20')")
    for phase in ("L1", "L2", "L3"):
        assert sight.sees(rf"{phase}: at most \d+\.\d\d A, \d\d:\d\d", "figcaption")
    assert sight.page.locator(".low .columns > div").count() == 3 * 96
    sight.page.reload()
    assert sight.sees("Main fuse: 20 A", ".hint")
    assert sight.page.locator(".low .limit").count() == 3
    sight.shot("history-day-en-desk")


@pytest.mark.parametrize("name, step, begin, end, title, count", [
    ("Month", "day", "2026-11-01", "2026-12-01", "November 2026", 30),
    ("Year", "month", "2026-01-01", "2027-01-01", "2026", 12)])
def test_a_month_and_a_year(history, device, name, step, begin, end, title, count):
    sight = history()
    sight.press(name)
    sight.page.locator(f".chart .columns > div:nth-child({count})").wait_for()
    assert asked(device)[-1] == {"step": step, "from": begin, "to": end}
    assert sight.sees(title, ".chart h2")
    assert sight.page.locator(".chart .bars .columns > div").count() == count
    assert not sight.page.locator(".low").count()
    peaks = sight.page.get_by_text("Peaks of the month").filter(visible=True)
    peaks.wait_for(state="visible" if name == "Month" else "hidden")
    assert sight.overflow() <= 0 and sight.complaints == []
    sight.shot(f"history-{name.lower()}-en-desk")


def test_previous_next_and_the_date(history, device):
    sight = history()
    following = sight.page.get_by_role("button", name="Next")
    assert following.is_disabled()  # nobody has seen tomorrow
    sight.press("Previous")
    sight.sees(r"Thursday,? 26 November 2026", ".chart h2")
    following.click()
    sight.sees(r"Friday,? 27 November 2026", ".chart h2")
    go(sight, "2026-01-31")
    sight.sees(r"Saturday,? 31 January 2026", ".chart h2")
    sight.press("Month")
    following.click()
    sight.sees("February 2026", ".chart h2")
    sight.sees("kWh", ".chart figcaption")
    once(lambda: asked(device)[-1] == {"step": "day", "from": "2026-02-01", "to": "2026-03-01"})
    once(lambda: asked(device, "/peaks.json")[-1:] == [{"month": "2026-02"}])


@pytest.mark.parametrize("date, count", [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_a_clock_change_has_an_hour_less_or_more(history, device, date, count):
    sight = history()
    go(sight, date)
    sight.page.get_by_role("combobox", name="Divided into").select_option("hours")
    sight.page.locator(f".chart .columns > div:nth-child({count})").wait_for()
    assert sight.page.locator(".chart .bars .columns > div").count() == count


def test_the_peaks_of_the_month_are_a_table(history, device):
    sight = history()
    assert sight.sees(r"Hour \d+ Nov 1[89]:00\s*\d\.\d{3} kW", "tr")
    assert sight.sees(r"Quarter \d+ Nov 18:\d\d\s*\d\.\d{3} kW", "tr")


def test_the_csv_is_downloaded(history, device):
    sight = history()
    with sight.page.expect_download() as download:
        sight.press("Download CSV")
    assert download.value.suggested_filename == "microhan-quarter-2026-11-27-2026-11-28.csv"
    text = download.value.path().read_text()
    assert text.startswith("time,quality,active_energy_import_kwh")


def test_a_device_that_is_busy_is_asked_again_when_it_says(history, device):
    refusals = [(503, {"code": "busy"}, {"Retry-After": "1"})] * 2
    device.answers["GET", "/history.json"] = lambda: refusals.pop() if refusals else (
        device.answers.clear() or (503, {"code": "busy"}, {"Retry-After": "1"}))
    sight = history(ready=False)
    sight.sees("Loading", ".chart .say")
    for _ in range(8):
        sight.page.wait_for_timeout(600)
        sight.page.clock.run_for(1000)
    sight.sees("kWh", ".chart figcaption")
    assert len([path for _, path, _ in device.asked if path == "/history.json"]) == 4


def test_what_the_device_refuses_is_said_in_words(history, device):
    device.answers["GET", "/history.json"] = 400, {
        "code": "bad_span", "error": "That span is too long.", "hint": "Ask for less."}, {}
    sight = history(ready=False)
    assert sight.sees("That failed: That span is too long. Ask for less.", ".say.bad")
    device.answers.clear()
    sight.press("Update")
    assert sight.sees("kWh", ".chart figcaption")


def test_a_time_without_history_says_so(history, device):
    device.history_until = house_history.civil("2026-11-01")
    sight = history(ready=False)
    assert sight.sees("No history for this time", ".say")
    assert not sight.page.locator(".scroll").count()


def test_a_guest_whose_link_is_for_now_alone_is_told(look, device):
    device.session, device.scope = "token", ["now"]
    sight = look(path="#/history")
    assert sight.sees("Your link does not cover the history")
    assert device.queries == []


def test_a_session_that_ends_asks_for_the_password_and_then_loads(history, device):
    sight = history()
    device.log_out()
    sight.press("Previous")
    sight.page.get_by_label("Owner's password").fill(PASSWORD)
    sight.press("Log in")
    assert sight.sees("kWh", ".chart figcaption")


def test_it_is_worked_by_keyboard(history, device):
    sight = history()
    keys = sight.page.keyboard
    sight.page.get_by_role("button", name="Previous").focus()
    keys.press("Enter")
    sight.sees(r"Thursday,? 26 November 2026", ".chart h2")
    sight.sees("kWh", ".chart figcaption")
    for _ in range(30):
        keys.press("Tab")
        if sight.page.evaluate("document.activeElement.className") == "scroll":
            break
    before = sight.page.evaluate("document.activeElement.scrollTop")
    keys.press("PageDown")
    # The page's policy lets the browser's own waiting evaluate nothing.
    wait_until(lambda: sight.page.evaluate("document.activeElement.scrollTop") > before)
    assert sight.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("unit", [0, 1, 2])
def test_axe_finds_nothing(history, scheme, language, unit):
    sight = history(language=language, width=PHONE, color_scheme=scheme)
    sight.page.locator("[role=group] button").nth(unit).click()
    sight.page.wait_for_timeout(400)
    sight.sees("kWh", ".chart figcaption")
    assert sight.violations() == []
    sight.shot(f"history-{unit}-{language}-{scheme}")


@pytest.mark.parametrize("width", [NARROW, PHONE, 768, DESK, 1920])
@pytest.mark.parametrize("unit", [0, 1, 2])
def test_nothing_is_cut_off_at_any_width(history, width, unit):
    sight = history(language="sv", width=width)
    sight.page.locator("[role=group] button").nth(unit).click()
    sight.page.wait_for_timeout(400)
    sight.sees("kWh", ".chart figcaption")
    assert sight.overflow() <= 0
    sight.shot(f"history-{unit}-{width}")


def test_zoomed_to_200_percent_it_reads_as_before(history):
    sight = history(language="sv", width=DESK // 2, height=450, device_scale_factor=2)
    assert sight.overflow() <= 0
    sight.page.set_viewport_size({"width": PHONE, "height": 800})
    sight.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert sight.overflow() <= 0
    sight.shot("history-text-200")


def test_it_reads_what_the_firmware_s_own_server_and_ledger_say(browser):
    house = House(utc(2026, 11, 23, 21, 50), hourly="stale", fuse=0)
    house.run(3 * 86400, lambda t: (400 + t // 900 % 7 * 300, 0, 50, 0), step=60)
    web = RunningServer()
    try:
        web.call(setattr, web.sources, "rings", house.rings)
        sight = Sight(browser, f"http://127.0.0.1:{web.port}/", path="#/history")
        sight.page.get_by_label("Owner's password").fill(OWNERS_PASSWORD)
        sight.press("Log in")
        go(sight, "2026-11-25")
        sight.sees("shaped: the hour is measured", ".legend li")
        assert sight.page.locator(".chart .bars .columns > div").count() == 96
        rows = house.history("quarter", utc(2026, 11, 24, 23), utc(2026, 11, 25, 23))
        wh = sum(row[2] for row in rows)
        assert sight.sees(rf"^Import\s*{wh // 1000}\.{wh % 1000:03d} kWh", "section tr")
        assert len({row[1] for row in rows}) == 1
        assert sight.sees(r"Hour \d+ Nov \d\d:00\s*\d\.\d{3} kW", "tr")
        with sight.page.expect_download() as download:
            sight.press("Download CSV")
        assert len(download.value.path().read_text().splitlines()) == 97
        assert sight.complaints == [] and sight.violations() == []
        sight.shot("history-served")
        sight.close()
    finally:
        web.close()
