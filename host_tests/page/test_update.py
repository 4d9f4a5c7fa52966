"""A new version on the page: what it is, sending it, and how it ended."""

import os
import re
import time

import pytest

from fixtures import update_package
from fixtures.repository import ROOT
from release.package import parted

RUNS = {"version": "0.2.0", "build": "1f2e3d4c", "mpy": update_package.mpy(),
        "micropython": "1.29"}
NOTES = "### New\n\n* Bars in the history: <b>up</b> and down."


class Updates:
    """What a device answers: docs/http.md. `breaks`: after how many bytes the next ones break off;
    `refuses`: what the next announcement is answered."""

    def __init__(self, device):
        self.device = device
        self.told = {}
        self.runs = dict(RUNS)
        self.part = b""
        self.breaks = []
        self.refuses = None
        self.fetch = None
        self.delay = 0.0
        for method, path, act in (
                ("GET", "/update.json", self.show), ("POST", "/update.json", self.announce),
                ("POST", "/update", self.take), ("POST", "/install", self.install),
                ("POST", "/update/fetch", self.begin),
                ("DELETE", "/update.json", self.give_up)):
            device.answers[method, path] = act

    def show(self):
        fetch = {} if self.fetch is None else {"fetch": self.fetch}
        return 200, {**self.told, **fetch, "runs": self.runs}, {}

    def begin(self):
        self.fetch = {"busy": True, "error": ""}
        return self.show()

    def announce(self):
        if self.refuses:
            return 422, {"code": self.refuses, "error": "The device says no."}, {}
        body = self.device.asked[-1][2]
        digest = body["manifest"]["sha256"]
        if self.told.get("sha256") != digest:
            self.part = b""
        state = "ready" if len(self.part) == body["size"] else "stopped"
        self.told = {"state": state, "version": body["manifest"]["version"], "sha256": digest,
                     "size": body["size"], "received": len(self.part), "older": body["older"]}
        return self.show()

    def take(self):
        data = self.device.asked[-1][2]
        time.sleep(self.delay)
        if self.breaks:
            self.part += data[:self.breaks.pop()]
            self.told["received"] = len(self.part)
            raise ConnectionError("it breaks off")
        self.part += data
        self.told.update(received=len(self.part), state="ready")
        return self.show()

    def install(self):
        self.told["state"] = "wanted"
        return self.show()

    def give_up(self):
        self.told, self.part = {}, b""
        return self.show()

    def restarted(self, state, version="1.2.0", **more):
        """The device is back."""
        self.told = {"state": state, **more} if state else {}
        self.runs = {**RUNS, "version": version, "build": version}


@pytest.fixture(scope="module")
def package():
    return update_package.signed("1.2.0", notes=NOTES, text=os.urandom(60_000))


@pytest.fixture
def updates(device):
    return Updates(device)


@pytest.fixture
def sight(look, updates):
    seen = look(path="#/settings")
    seen.sees("Version 0.2.0 is running")
    return seen


def choose(sight, content, label="Choose an update (.pack)"):
    sight.page.get_by_label(label).set_input_files(
        {"name": "microhan.pack", "mimeType": "application/octet-stream", "buffer": content})


def test_what_a_package_is_stands_there_before_anything_is_sent(sight, device, package):
    choose(sight, package)
    assert sight.sees(r"Version 1\.2\.0 for ESP32, ESP32-S3, \d+ kB")
    sight.page.get_by_text("What is new").click()
    assert sight.sees("Bars in the history: <b>up</b>", "pre")  # text, not HTML
    assert device.bodies("POST", "/update.json") == [] == device.bodies("POST", "/update")
    assert sight.violations() == [] and sight.complaints == []
    sight.shot("update-chosen-en")


def test_it_is_sent_installed_and_tried(sight, device, updates, package):
    updates.delay = 1
    choose(sight, package)
    sight.press("Send to the reader")
    sight.page.locator("progress").wait_for()
    assert sight.sees("The meter is read meanwhile", ".say")
    assert sight.violations() == []
    sight.shot("update-sending-en")
    assert sight.sees("Version 1.2.0 lies ready")
    assert updates.part == package
    announced = device.waits_for("POST", "/update.json")[0]
    assert announced["size"] == len(package) and announced["older"] is False
    sight.shot("update-ready-en")
    sight.press("Install now")
    assert sight.sees("restarts and checks")
    device.kill()
    updates.restarted("trial")
    device.revive()
    assert sight.sees("Version 1.2.0 is running")
    assert sight.sees("on trial: after ten minutes", ".say")
    assert sight.violations() == []
    sight.shot("update-trial-en")
    updates.restarted("")
    sight.misses(".say:has-text('on trial')")
    assert sight.page.get_by_label("Choose an update (.pack)").is_visible()
    assert sight.complaints == []


def test_it_goes_on_by_itself_where_the_connection_broke(sight, updates, package):
    updates.breaks = [12_000, 30_000]
    choose(sight, package)
    sight.press("Send to the reader")
    assert sight.sees("The connection broke", ".say")
    assert sight.sees("lies ready")
    assert updates.part == package


def test_it_goes_on_after_the_page_was_closed(look, updates, device, package):
    updates.told = {"state": "stopped", "version": "1.2.0", "size": len(package),
                    "received": 20_000, "older": False,
                    "sha256": parted(package)[1].decode(errors="ignore").split(
                        '"sha256":"')[1][:64]}
    updates.part = package[:20_000]
    sight = look(path="#/settings")
    assert sight.sees("19 of 1.. kB of version 1.2.0 have come. Choose the same file")
    choose(sight, package)
    sight.press("Send to the reader")
    assert sight.sees("lies ready")
    assert updates.part == package
    assert device.waits_for("POST", "/update") == [package[20_000:]]


def test_what_lies_there_can_be_removed(sight, updates, package):
    choose(sight, package)
    sight.press("Send to the reader")
    assert sight.sees("lies ready")
    sight.press("Remove")
    sight.misses("button:has-text('Install now')")
    assert updates.part == b""


def test_one_is_fetched_where_an_address_is_set(look, updates, device):
    updates.fetch = {}
    sight = look(path="#/settings")
    sight.sees("Version 0.2.0 is running")
    sight.press("Fetch it from update.url")
    sight.page.locator("progress").wait_for()
    assert sight.page.get_by_label("Choose an update").count() == 0
    assert sight.violations() == []
    updates.told = {"state": "ready", "version": "1.2.0", "size": 9, "received": 9}
    updates.fetch = {"busy": False, "error": ""}
    assert sight.sees("Version 1.2.0 lies ready")
    sight.misses("progress")
    updates.fetch = {"busy": False, "error": "the server answers 404: is update.url right?"}
    sight = look(path="#/settings", language="sv")
    assert sight.sees("is update.url right", ".say.bad")
    sight.press("Hämta den från update.url")
    assert device.waits_for("POST", "/update/fetch", 2) == [None, None]


def test_where_none_is_set_there_is_no_button_for_it(sight):
    assert sight.page.get_by_role("button", name="Fetch it from update.url").count() == 0


@pytest.mark.parametrize("content, words", [
    (b"", "no update package"),
    (b"PK" + bytes(2000), "no update package"),
    (update_package.signed("1.2.0")[:-1], "no update package, or it is cut short"),
    (update_package.signed("1.2.0")[1:], "no update package, or it is cut short"),
    (update_package.signed("1.2.0", arch=update_package.RV32IMC), "for another chip")])
def test_what_is_not_for_it_is_refused_at_once(sight, device, content, words):
    choose(sight, content)
    assert sight.sees(words, ".say.bad")
    assert sight.page.get_by_role("button", name="Send to the reader").count() == 0
    assert device.bodies("POST", "/update.json") == []
    assert sight.violations() == []


@pytest.mark.parametrize("code, words", [
    ("micropython", "another MicroPython: update by cable"), ("no_room", "too little room"),
    ("busy", "It is on trial"), ("elsewhere", "The device says no")])
def test_what_the_device_refuses_is_said_in_words(sight, updates, package, code, words):
    updates.refuses = code
    choose(sight, package)
    sight.press("Send to the reader")
    assert sight.sees(words, ".say.bad")
    assert updates.part == b""


def test_going_back_takes_a_word_of_its_own(sight, device):
    older = update_package.signed("0.1.9")
    choose(sight, older)
    send = sight.page.get_by_role("button", name="Send to the reader")
    send.wait_for()
    assert send.is_disabled()
    sight.page.get_by_label("Go back to an older version").check()
    sight.press("Send to the reader")
    assert sight.sees("Version 0.1.9 lies ready")
    assert device.waits_for("POST", "/update.json")[0]["older"] is True


@pytest.mark.parametrize("version, asks", [("0.2.0", False), ("0.10.0", False), ("0.1.9", True),
                                           ("0.2", True), ("0.2.0.1", False)])
def test_which_version_is_older(sight, version, asks):
    choose(sight, update_package.signed(version))
    sight.sees(f"Version {version} for")
    assert sight.page.get_by_label("Go back to an older version").count() == asks


@pytest.mark.parametrize("language, word, words", [
    ("en", "starts", "The new version did not stay: it did not start, or had no time"),
    ("sv", "wifi", "Den nya versionen blev inte kvar: den fick inget Wi-Fi"),
    ("sv", "no_key", "blev inte kvar: läsaren har ingen nyckel"),
    ("en", "unheard_of", "did not stay: what the device says")])
def test_why_the_old_one_came_back(look, updates, language, word, words):
    updates.restarted("back", "0.2.0", word=word, error="what the device says")
    sight = look(path="#/settings", language=language)
    assert sight.sees(words, ".say.bad")
    assert sight.violations() == []
    sight.shot(f"update-back-{language}")


def test_every_word_that_an_owner_may_meet_is_said_in_both_languages():
    """Words in the device's English alone: of two pages that send at once."""
    known = re.search(r"WHY: .*?\{(.*?)\}", (ROOT / "firmware/page/src/update.tsx").read_text(),
                      re.DOTALL)[1]
    said = set(re.findall(r"(\w+): UPDATE", known))
    told = "".join((ROOT / "firmware/microhan" / name).read_text() for name in (
        "start.py", "web/update.py", "update/choice.py", "update/incoming.py",
        "update/install.py", "update/package.py", "update/trial.py"))
    words = set(re.findall(r'"([a-z_]+)", \(?"[a-z]+ [a-z%]', told))  # one with a sentence
    words |= set(re.findall(r'_UNTOLD = \("(\w+) ', told)) | {"format", "truncated"}
    assert {"wifi", "meter", "full", "starts", "failed", "no_key", "older", "busy"} <= words
    assert words - {"elsewhere"} == said


def test_by_keys_alone(sight, updates, package):
    choose(sight, package)
    sight.sees("Version 1.2.0 for")
    sight.page.get_by_label("Choose an update (.pack)").focus()
    for _ in range(4):
        sight.page.keyboard.press("Tab")
        if sight.page.evaluate("document.activeElement.innerText") == "Send to the reader":
            break
    sight.page.keyboard.press("Enter")
    assert sight.sees("lies ready")


def test_a_guest_has_none(look, device, updates):
    device.session = "token"
    sight = look(path="#/settings")
    sight.sees("You read by a link")
    assert sight.page.get_by_text("Choose an update").count() == 0


def test_in_swedish_on_a_phone(look, updates, package):
    sight = look(path="#/settings", language="sv", width=320)
    sight.sees("Version 0.2.0 är igång")
    choose(sight, package, "Välj en uppdatering (.pack)")
    assert sight.sees("Version 1.2.0 för ESP32")
    assert sight.overflow() == 0 and sight.violations() == []
    sight.shot("update-sv")
