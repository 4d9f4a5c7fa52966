"""The page in a real browser: what a person sees, on a wide screen and on a phone."""

import json
import subprocess
import time
from pathlib import Path

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import needs
from fixtures.readings_extra import CHANNELS, extra_reading
from fixtures.repository import ROOT
from fixtures.web_server import Diagnosis, a_reading, wait_until

DRIVER = ROOT / "host_tests/fixtures/browser" / "drive.mjs"
WIDE, PHONE = 1280, 360


class Browser:
    """Chromium, one command at a time; see browser/drive.mjs."""

    def __init__(self, path):
        self._process = subprocess.Popen(
            ["node", DRIVER, path], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __getattr__(self, name):
        return lambda **values: self._do(name, values)

    def _do(self, name, values):
        self._process.stdin.write(json.dumps({"do": name, **values}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def sees(self, selector, pattern, seconds=10):
        """Wait until a visible element there has such a text; the text."""
        return self.wait(selector=selector, pattern=pattern, seconds=seconds)

    def close(self):
        self._process.stdin.close()
        self._process.wait(20)


@pytest.fixture(scope="module")
def browser():
    path = needs.program("chromium", "chromium-browser")
    needs.program("node")
    if not (ROOT / "node_modules" / "playwright-core").exists():
        pytest.skip(needs.reason("node", "make setup found no npm"))
    opened = Browser(path)
    yield opened
    opened.close()


def look(browser, web, locale="en-GB", width=WIDE):
    return browser.open(url=f"http://127.0.0.1:{web.port}/", locale=locale, width=width,
                        cookie=web.login().partition("=")[2])


def test_values_are_shown_as_sent_and_follow(browser, web):
    web.publish()
    web.call(web.hub.diagnose, Diagnosis())
    assert look(browser, web) == 200
    assert browser.sees("#big", "1,234") and browser.sees("#way", "Taken from the grid now")
    assert browser.sees("#phases", r"230\.0") and browser.sees("#phases", r"5\.36")
    assert browser.sees("#registers", r"123,456\.789 kWh")
    assert browser.sees("#who", "33132352")  # the number printed on the meter
    # civil time, and the meter's own beside it: it keeps normal time in April
    assert browser.sees("#who", r"2022-04-07 13:50:21 \(Meter 12:50:21\)")
    assert browser.sees("#link", "Live") and browser.sees("#say", "All is well")
    web.publish(a_reading(active_power_import_w=0, active_power_export_w=2500))
    assert browser.sees("#big", "2,500") and browser.sees("#way", "Fed to the grid now")
    assert browser.complaints() == []


def test_trouble_is_told_in_the_readers_language(browser, web):
    web.call(web.hub.diagnose, Diagnosis("checksum", "Damaged."))
    look(browser, web, "sv-SE")
    assert browser.sees("#say.bad", "Allt är väl")  # this diagnosis' text_sv
    web.publish()
    assert browser.sees("#big", "1\u00a0234") and browser.sees("#registers", "123\u00a0456,789")
    assert browser.sees("#way", "Tas från elnätet nu") and browser.sees("#link", "Direkt")


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_nothing_is_cut_off(browser, web, width, tmp_path):
    web.publish(a_reading(
        active_power_import_w=999_999, active_energy_import_kwh=99_999_999_999,
        reactive_energy_export_kvarh=99_999_999_999, identification="X" * 30))
    web.call(web.hub.diagnose, Diagnosis("garbage_pullup", "Bytes come, " * 20))
    look(browser, web, width=width)
    browser.sees("#registers", r"99,999,999\.999")
    assert browser.overflow() <= 0
    assert Path(browser.shot(path=str(tmp_path / "page.png"))).stat().st_size > 10_000


def test_a_broken_stream_is_taken_up_again(browser, web):
    web.publish()
    look(browser, web)
    browser.sees("#big", "1,234")
    web.call(lambda: [client.task.cancel() for client in web.server._pool._connections])
    wait_until(lambda: web.server.status()["streams"] == 1, 10)
    web.publish(a_reading(active_power_import_w=77))
    assert browser.sees("#big", "77") and browser.sees("#link", "Live")


def visible(browser, selector="h2"):
    """The texts of the visible elements there."""
    return browser.text(selector=selector + " >> visible=true")


def test_what_swedish_meters_do_not_send_is_shown_where_it_is(browser, web, tmp_path):
    web.publish(extra_reading())
    web.call(web.hub.diagnose, Diagnosis())
    look(browser, web)
    assert browser.sees("#pairs", r"Average demand\s*2,351 W")
    assert browser.sees("#pairs", r"Frequency\s*50\.01 Hz")
    assert browser.sees("#pairs", r"Power factor\s*0\.987")
    assert browser.sees("#phases", r"Power factor\s*0\.99\s*−0\.5\s*1")
    assert browser.sees("#registers", r"Reactive energy, quadrant 4\s*99,999,999\.999 kvarh")
    assert browser.sees("#registers", r"Peak demand this month\s*6,989 W\s*as of 2026-05-09 13")
    assert browser.sees("#registers", r"Power limit\s*999,900 W")
    browser.sees("#others", "Gas")
    rows = [row.split() for row in browser.text(selector="#others tr")]
    assert rows == [
        ["Gas", "12,785.123", "m³", "G0061123456789012", "2026-05-25", "04:50:00"],
        ["Water", "872.234", "m³", "W00777", "2026-05-25", "04:45:00"],
        ["Heat", "98.76", "GJ", "2026-01-31", "23:00:00"],
        ["Electricity", "1,234.567", "kWh", "E0033000000000001"]]
    assert browser.sees("#months", r"2026-03\s*4,329 W\s*2026-03-11 19:15:00\s*2026-04\s*5,980 W")
    assert browser.sees("#who", r"tariff\s*0002\s*breaker\s*Ready for reconnection")
    assert browser.sees("#message", 'Elavbrott "i morgon" kl. 9')
    assert browser.overflow() <= 0 and browser.complaints() == []
    browser.shot(path=str(tmp_path / "belgian.png"))
    web.publish(extra_reading(message=None, channels={1: CHANNELS[1]}))
    assert browser.sees("#others", r"Heat\s*98\.76 GJ.*Electricity\s*–\s*E003")


def test_extra_fields_are_told_in_swedish(browser, web, tmp_path):
    web.publish(extra_reading(breaker="disconnected"))
    look(browser, web, "sv-SE", PHONE)
    assert browser.sees("#others", r"Värme\s*98,76 GJ") and browser.sees("#who", "Frånkopplad")
    assert browser.sees("#registers", "Månadens effekttopp")
    browser.shot(path=str(tmp_path / "phone.png"))
    assert browser.overflow() <= 0


def test_a_page_of_a_swedish_meter_has_nothing_of_it(browser, web, tmp_path):
    web.publish()
    web.call(web.hub.diagnose, Diagnosis())
    look(browser, web)
    browser.sees("#big", "1,234")
    browser.shot(path=str(tmp_path / "swedish.png"))
    assert visible(browser) == ["Phases", "Meter registers", "Meter"]
    assert visible(browser, "#registers th") == ["Energy in", "Energy out"]
    assert visible(browser, "#pairs dt") == ["Import", "Export"]
    assert visible(browser, "#who dt") == ["Meter number", "Time"]
    assert len(visible(browser, "#phases tr")) == 4


def test_a_voltage_and_a_message_that_come_no_more_leave_the_page(browser, web):
    web.publish(a_reading(message="Power cut at nine"))
    look(browser, web)
    assert browser.sees("#phases", r"230\.0") and browser.sees("#news", "Power cut at nine")
    clock = web.hub.state.uptime_s
    web.hub.state.uptime_s = lambda: clock() + 25  # the next telegrams come later

    def shown():
        web.publish(a_reading(voltage_l1_v=None))
        time.sleep(1)
        return browser.text(selector="#phases >> text=230.0") or visible(browser, "#news")

    wait_until(lambda: not shown(), 20)
    assert browser.sees("#phases", r"5\.36")
