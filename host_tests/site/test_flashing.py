"""From a chosen board to a running dongle, in a real browser, with a faked board on its USB: what
ESP Web Tools and esptool-js write is looked at in that board's flash."""

import json
import re

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from build import boards
from fixtures.flasher import made, quiet
from flash import device_config, filesystem, image, partition, presets
from microhan.setup import parts

FAMILY = {board.words: board for board in boards.BOARDS.values()}
ID = "a1b2c3"
DATA = {"data/config.json": b'{"wifi":{"ssid":"Hem"}}\n', "data/ledger/2026": bytes(5000)}
MINUTE_S = 60


def connected(open_site, words, **board):
    """A Flasher whose board is connected, and found to fit the choice."""
    sight = open_site(board)
    sight.choose(words)
    sight.press("Connect the board")
    sight.sees(re.escape(f"id {ID}. That fits {words}"), "#found", MINUTE_S)
    return sight


def installed(sight):
    """Goes through the dialog of ESP Web Tools."""
    sight.press("Install microhan")
    dialog = sight.page.locator("ewt-install-dialog")
    dialog.get_by_text("Install microhan").click()
    dialog.get_by_text("All data on the device will be erased").wait_for()
    dialog.get_by_text("Install", exact=True).click()
    says(sight, "Installation complete!")
    return dialog


def says(sight, words):
    """Waits for a message of the dialog: it lies in no element of its own."""
    sight.page.wait_for_function(
        """words => document.querySelector("ewt-install-dialog").shadowRoot
            .querySelector("ewt-page-message")?.label === words""",
        arg=words, timeout=2 * MINUTE_S * 1000)


@pytest.mark.parametrize(("name", "megabytes", "layout"), [
    ("esp32-devkit", 4, partition.SMALL), ("esp32-devkit", 16, partition.LARGE),
    ("microhan-dongle", 8, partition.LARGE), ("slimmelezer-mini", 4, partition.SMALL)])
def test_a_board_is_installed_and_holds_what_make_image_makes(open_site, stock, name, megabytes,
                                                              layout):
    preset = presets.BY_NAME[name]
    board = boards.BOARDS[preset.board]
    sight = connected(open_site, preset.words, chip=board.words, megabytes=megabytes)
    password = sight.sees(r"\S", "#label-password")
    assert re.fullmatch("[a-km-np-z2-9]{12}", password)
    sight.page.evaluate("board.flash.fill(0)")  # whatever was there before
    installed(sight)
    assert sight.page.evaluate("board.erased") == 1
    files = {**image.application(board, quiet),
             **device_config.rooms(presets.configuration(preset), password)}
    flash = sight.flash()
    assert image.split(flash, board)[1] == files  # mounted
    wanted = made(board, stock, layout, files)
    assert flash[:len(wanted)] == wanted and set(flash[len(wanted):]) <= {0xFF}


def test_the_dialog_ends_in_wifi_by_the_cable_and_in_the_claim(open_site):
    sight = connected(open_site, "SlimmeLezer Mini", chip="ESP32-C3")
    dialog = installed(sight)
    dialog.get_by_text("Next", exact=True).click()
    dialog.get_by_label("Password").fill("hemligt-12")  # of the strongest network
    dialog.get_by_text("Connect", exact=True).click()
    says(sight, "Device connected to the network!")
    assert sight.page.evaluate("board.provisioned") == ["Hem", "hemligt-12"]
    link = dialog.locator("ew-list-item[href]")
    assert link.get_attribute("href") == sight.page.evaluate("board.claim")
    assert sight.complaints == []


def test_a_board_that_runs_microhan_is_erased_all_the_same_when_it_is_installed(open_site):
    """ESP Web Tools calls it an update otherwise, and would write over /data without a word."""
    sight = connected(open_site, "SlimmeLezer Pro", chip="ESP32-C3", provisioned=["Hem", "x"])
    installed(sight)
    assert sight.page.evaluate("board.erased") == 1


@pytest.mark.parametrize("layout", partition.LAYOUTS, ids=("4 MB", "8 MB"))
def test_only_micropython_is_written_and_every_file_stays(open_site, stock, layout):
    board = FAMILY["ESP32-S3"]
    files = {**image.application(board, quiet), **DATA}
    held = bytearray(made(board, stock, layout, files))
    held[0x20000:0x30000] = b"\0" * 0x10000  # an interpreter that is damaged
    sight = open_site({"chip": "ESP32-S3", "megabytes": 16}, held=bytes(held))
    sight.page.locator("summary", has_text="MicroPython only").click()
    sight.press("Write MicroPython only")
    sight.sees("MicroPython is written", "#work-text", MINUTE_S)
    flash = sight.flash()
    assert flash[:layout.flash] == made(board, stock, layout, files)
    assert image.split(flash, board)[1] == files and sight.page.evaluate("board.erased") == 0


def test_a_board_that_is_laid_out_otherwise_is_left_alone(open_site):
    vfs = filesystem.pack({"main.py": b"somebody's"}, partition.VFS_SIZE)
    held = b"\xff" * partition.VFS_AT + vfs
    sight = open_site({"chip": "ESP32", "megabytes": 4}, held=held)
    sight.page.locator("summary", has_text="MicroPython only").click()
    sight.press("Write MicroPython only")
    sight.sees("not laid out as microhan does it. Nothing was changed", "#work-text", MINUTE_S)
    assert sight.flash() == held


def test_what_is_on_a_board_is_saved_and_written_back(open_site, tmp_path):
    held = bytes(range(256)) * (4 << 12)
    sight = open_site({"chip": "ESP32-C3"}, held=held)
    sight.choose("SlimmeLezer Mini")
    sight.press("Connect the board")
    sight.sees("That fits", "#found", MINUTE_S)
    with sight.page.expect_download(timeout=2 * MINUTE_S * 1000) as download:
        sight.press("Save a backup")
    assert download.value.suggested_filename == f"slimmelezer-mini-{ID}-backup.bin"
    backup = tmp_path / "backup.bin"
    download.value.save_as(backup)
    assert backup.read_bytes() == held
    sight.press("Close")
    sight.page.evaluate("board.flash.fill(0)")
    sight.page.locator("summary", has_text="Back to the maker").click()
    sight.page.set_input_files("#backup-file", backup)
    sight.press("Write the backup to the board")
    sight.sees("The backup is written", "#work-text", MINUTE_S)
    assert sight.flash() == held and sight.page.evaluate("board.starts") >= 3


def test_a_backup_of_a_larger_board_is_refused(open_site, tmp_path):
    backup = tmp_path / "backup.bin"
    backup.write_bytes(bytes(8 << 20))
    sight = open_site({"chip": "ESP32-C3"})
    sight.page.locator("summary", has_text="Back to the maker").click()
    sight.page.set_input_files("#backup-file", backup)
    sight.press("Write the backup to the board")
    sight.sees("The file has 8 MB and the board's flash 4 MB. Nothing was changed", "#work-text")
    assert set(sight.flash()) == {0xFF}


@pytest.mark.parametrize(("board", "words"), [
    ({"chip": "ESP32-S3"}, "This is an ESP32-S3, but SlimmeLezer Mini has an ESP32-C3"),
    ({"chip": "ESP32-C6"}, "This is an ESP32-C6. Microhan runs on ESP32, ESP32-S3, ESP32-C3"),
    ({"chip": "ESP32-C3", "megabytes": 2}, "The board has 2 MB of flash. Microhan needs 4 MB"),
])
def test_a_board_that_does_not_fit_is_told_and_cannot_be_installed(open_site, board, words):
    sight = open_site(board)
    sight.choose("SlimmeLezer Mini")
    sight.press("Connect the board")
    assert sight.sees(re.escape(words), "#found", MINUTE_S)
    assert sight.page.locator("#start").is_disabled()
    if board["chip"] == "ESP32-S3":  # it is enough to choose the right one
        sight.choose("microhan dongle")
        assert sight.sees("That fits microhan dongle", "#found")
        assert sight.page.locator("#start").is_enabled()


@pytest.mark.parametrize(("board", "words"), [
    ({"refused": True}, "No port was chosen"),
    ({"asleep": True}, "Hold BOOT down, tap RESET"),
])
def test_a_board_that_is_not_there_is_told_in_words(open_site, board, words):
    sight = open_site(board)
    sight.press("Connect the board")
    sight.sees(words, "#work-text", MINUTE_S)
    assert sight.page.locator("#start").is_disabled()


def test_without_a_choice_the_kind_of_board_follows_from_the_chip(open_site):
    sight = open_site({"chip": "ESP32-C3"})
    sight.press("Connect the board")
    assert sight.sees("That fits ESP32-C3 devkit", "#found", MINUTE_S)
    assert sight.page.locator("input[value=esp32-c3-devkit]").is_checked()


def test_a_port_that_another_program_has_is_told(open_site):
    sight = open_site()
    sight.page.evaluate("navigator.serial.requestPort().then(port => port.open({baudRate: 1}))")
    sight.press("Connect the board")
    assert sight.sees("The port cannot be opened. Is it open in another tab", "#work-text")


def test_the_label_says_how_to_get_in_and_can_be_printed(open_site):
    sight = connected(open_site, "SlimmeLezer Mini", chip="ESP32-C3")
    name, password = f"microhan-{ID}", sight.sees("", "#label-password")
    label = sight.sees(name, "#label")
    for words in (password, "http://192.168.4.1", f"http://{name}.local/"):
        assert words in label
    codes = {one: sight.page.get_attribute(f"#code-{one}", "data-text")
             for one in ("wifi", "address")}
    assert codes == {"wifi": f"WIFI:T:WPA;S:{name};P:{password};;",
                     "address": f"http://{name}.local/"}
    assert sight.violations() == [] and sight.overflow() <= 0
    sight.shot("site-label")
    sight.page.reload()  # the same again in this tab: its installer holds this password
    sight.choose("SlimmeLezer Mini")
    sight.page.evaluate("board.chip = 'ESP32-C3'")
    sight.press("Connect the board")
    assert sight.sees(r"\S", "#label-password", MINUTE_S) == password
    sight.page.emulate_media(media="print")
    seen = sight.texts("h1, h2, h3, p, button, dd")
    assert seen == [name, name, password, "http://192.168.4.1", f"http://{name}.local/"]


@pytest.mark.parametrize(("board", "password", "words"), [
    ({"label": "abcdefgh2345"}, "abcdefgh2345", "Read from the board"),
    ({"console": ["microhan 0.1.0 id a1b2c3 build 1f2e3d4c",
                  parts.Announcer("microhan-a1b2c3", "kmnpqrst6789", None)._text]},
     "kmnpqrst6789", "Read from the board"),
    ({"label": ""}, None, "has no password from a label"),
])
def test_the_label_is_read_back_by_the_cable(open_site, board, password, words):
    sight = open_site(board)
    sight.page.evaluate("board.console.length && board.fill('')")
    if board.get("console"):
        sight.page.evaluate("""navigator.serial.requestPort().then(async port => {
            port.runs.take = () => {};
            port.open = (open => async options => {
                await open.call(port, options);
                setTimeout(() => port.runs.print(board.console.join("\\r\\n") + "\\r\\n"), 100);
            })(port.open);
        })""")
    sight.press("Read the label from the board")
    assert sight.sees(words, "#label-from")
    if password:
        assert sight.sees("", "#label-password") == password
        assert sight.sees("", "#label-name") == f"microhan-{ID}"
    else:
        assert not sight.page.locator("#label").is_visible()


def test_the_configuration_that_the_page_writes_is_one_that_the_firmware_takes():
    for preset in presets.PRESETS:
        rooms = device_config.rooms(presets.configuration(preset), "abcdefgh2345")
        device_config.parse(rooms[device_config.CONFIG_FILE].decode(), preset.name)
        assert json.loads(rooms[device_config.CONFIG_FILE]) == presets.configuration(preset)
