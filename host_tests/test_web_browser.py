"""The page in a real browser: what a person sees, on a wide screen and on a phone."""
# ruff: noqa: F811 - the fixture `house` is imported by its name

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from conftest import ROOT
from test_web_house import PASSWORD, Diagnosis, a_reading, house, wait_until  # noqa: F401

DRIVER = Path(__file__).parent / "browser" / "drive.mjs"
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
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("node") and (ROOT / "node_modules" / "playwright-core").exists()
    if not path or not driver:
        pytest.skip("needs Chromium and Node.js (Debian: apt install chromium nodejs npm)")
    opened = Browser(path)
    yield opened
    opened.close()


def look(browser, house, locale="en-GB", width=WIDE):
    return browser.open(url=f"http://127.0.0.1:{house.port}/", password=PASSWORD, locale=locale,
                        width=width)


def test_values_are_shown_as_sent_and_follow(browser, house):
    house.publish()
    house.call(house.hub.diagnose, Diagnosis())
    assert look(browser, house) == 200
    assert browser.sees("#big", "1,234") and browser.sees("#way", "Taken from the grid now")
    assert browser.sees("#phases", r"230\.0") and browser.sees("#phases", r"5\.36")
    assert browser.sees("#registers", r"123,456\.789 kWh")
    assert browser.sees("#who", "33132352")  # the number printed on the meter
    # civil time, and the meter's own beside it: it keeps normal time in April
    assert browser.sees("#who", r"2022-04-07 13:50:21 \(Meter 12:50:21\)")
    assert browser.sees("#link", "Live") and browser.sees("#say", "All is well")
    house.publish(a_reading(active_power_import_w=0, active_power_export_w=2500))
    assert browser.sees("#big", "2,500") and browser.sees("#way", "Fed to the grid now")
    assert browser.complaints() == []


def test_trouble_is_told_in_the_readers_language(browser, house):
    house.call(house.hub.diagnose, Diagnosis("checksum", "Damaged."))
    look(browser, house, "sv-SE")
    assert browser.sees("#say.bad", "Allt är väl")  # this diagnosis' text_sv
    house.publish()
    assert browser.sees("#big", "1\u00a0234") and browser.sees("#registers", "123\u00a0456,789")
    assert browser.sees("#way", "Tas från elnätet nu") and browser.sees("#link", "Direkt")


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_nothing_is_cut_off(browser, house, width, tmp_path):
    house.publish(a_reading(
        active_power_import_w=999_999, active_energy_import_kwh=99_999_999_999,
        reactive_energy_export_kvarh=99_999_999_999, identification="X" * 30))
    house.call(house.hub.diagnose, Diagnosis("garbage_pullup", "Bytes come, " * 20))
    look(browser, house, width=width)
    browser.sees("#registers", r"99,999,999\.999")
    assert browser.overflow() <= 0
    assert Path(browser.shot(path=str(tmp_path / "page.png"))).stat().st_size > 10_000


def test_a_broken_stream_is_taken_up_again(browser, house):
    house.publish()
    look(browser, house)
    browser.sees("#big", "1,234")
    house.call(lambda: [client.task.cancel() for client in house.server._places._places])
    wait_until(lambda: house.server.status()["streams"] == 1, 10)
    house.publish(a_reading(active_power_import_w=77))
    assert browser.sees("#big", "77") and browser.sees("#link", "Live")
