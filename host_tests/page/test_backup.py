"""The backup on the page: out with a tick and a warning, in with a question and a result."""

import pytest

FILE = {"name": "microhan-a1b2c3-2026-11-27.backup", "mimeType": "application/octet-stream",
        "buffer": b"microhan backup 1, passwords: no \n" + bytes(60_000)}
DONE = {"records": 5825, "trial": False, "left": ["pins.rx"], "again": ["mqtt.password"]}


@pytest.fixture
def sight(look, device):
    device.answers["GET", "/backup"] = 200, {}, {
        "Content-Disposition": 'attachment; filename="microhan-a1b2c3-2026-11-27.backup"'}
    seen = look(path="#/settings")
    seen.sees("Settings and history in one file")
    return seen


def asked(device, method):
    return [path for done, path, _ in device.asked if done == method and "backup" in path]


def test_a_backup_is_downloaded_under_its_own_name(sight, device):
    with sight.page.expect_download() as download:
        sight.press("Download backup")
    assert download.value.suggested_filename == "microhan-a1b2c3-2026-11-27.backup"
    assert sight.violations() == [] and sight.complaints == []


def test_passwords_come_only_with_a_tick_beside_its_warning(sight, device):
    tick = sight.page.get_by_label("With passwords and keys")
    assert not tick.is_checked()
    tick.check()
    assert sight.sees("whoever opens the file can read them", ".hint.warn")
    with sight.page.expect_request("**/backup?secrets=yes"), sight.page.expect_download():
        sight.press("Download backup")
    sight.shot("backup-en")


def choose(sight, answer="accept"):
    sight.page.get_by_label("Restore from a file").set_input_files(FILE)
    asked = []
    sight.page.once("dialog", lambda dialog: (asked.append(dialog.message),
                                              getattr(dialog, answer)()))
    sight.press("Restore")
    return asked


def test_a_restore_asks_first_and_says_what_came_of_it(sight, device):
    device.answers["POST", "/backup"] = 200, DONE, {}
    assert sight.page.get_by_role("button", name="Restore", exact=True).is_disabled()
    assert "The history here stays" in choose(sight)[0]
    assert sight.sees("5,825|5825 records were added")
    assert sight.sees("Enter again: mqtt.password")
    assert sight.sees("Left as they are here: pins.rx")
    assert device.waits_for("POST", "/backup") == [FILE["buffer"]]
    assert sight.sees("Saved", ".say", 30)  # the device is back
    assert sight.violations() == [] and sight.complaints == []
    sight.shot("backup-restored-en")


def test_nothing_is_sent_unless_that_is_wanted(sight, device):
    choose(sight, "dismiss")
    sight.page.wait_for_timeout(200)
    assert device.bodies("POST", "/backup") == []


@pytest.mark.parametrize("status, code, words", [
    (422, "bad_backup", "no backup, or it is damaged. Nothing was changed"),
    (422, "newer_backup", "newer version wrote this file"),
    (507, "no_room", "too little room for the history"),
    (409, "restoring", "The device says no")])
def test_what_is_refused_is_said_in_words(sight, device, status, code, words):
    device.answers["POST", "/backup"] = status, {"code": code, "error": "The device says no."}, {}
    choose(sight)
    assert sight.sees(words, ".say.bad")


def test_a_guest_and_set_up_mode_have_none(look, device):
    device.session = "token"
    sight = look(path="#/settings")
    sight.sees("You read by a link")
    assert sight.page.get_by_text("Download backup").count() == 0


def test_in_swedish_on_a_phone(look, device):
    sight = look(path="#/settings", language="sv", width=320)
    sight.sees("Hämta säkerhetskopia")
    assert sight.overflow() == 0 and sight.violations() == []
    sight.shot("backup-sv")


@pytest.mark.parametrize("language, words", [
    ("en", "1,200 readings wait for the receiver.*7 thinned out.*3 lost, of all outputs"),
    ("sv", "1\\s200 avläsningar väntar på mottagaren.*7 utgallrade.*3 förlorade")])
def test_what_each_output_has_kept_is_in_health(look, device, language, words):
    device.status["outputs"]["mqtt"].update(kept=1200, thinned=7, lost=3)
    sight = look(path="#/health", language=language)
    assert sight.sees(words.replace(".*", "[\\s\\S]*"), "tr")


def test_the_main_fuse_of_the_settings_needs_no_choice(look, device):
    device.fuse = 20
    sight = look(path="#/now")
    assert sight.sees("of 20 A", "section.phases")
    assert sight.page.locator("select#fuse").count() == 0
    assert sight.page.get_by_label("Main fuse").inner_text() == "20 A"
    assert sight.violations() == []
