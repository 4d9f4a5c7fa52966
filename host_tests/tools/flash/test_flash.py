"""`make flash`: what is written, what is kept, and what is said when it cannot be."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from build import boards
from fixtures import fake_dongle, stock_images
from flash import chip as chips
from flash import (
    console,
    device_config,
    filesystem,
    flash,
    image,
    keep_data,
    partition,
    presets,
    serial_port,
)

ESP32 = boards.BOARDS["ESP32_GENERIC"]
LEDGER = {"data/ledger/2026": bytes(range(200)) * 50, "data/sequence": b"4097", "data/in/": b""}
KEPT = {"wifi": {"ssid": "Hem", "password": "hemligt-12"}, "http": {"token": "abcdefghij"}}


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    path = tmp_path_factory.mktemp("stock") / "stock.bin"
    path.write_bytes(stock_images.esp32())
    return path


@pytest.fixture(autouse=True)
def rescue(monkeypatch, tmp_path):
    monkeypatch.setattr(keep_data, "RESCUE", tmp_path / "rescue")
    return tmp_path / "rescue"


def quiet(_text):
    """Takes what a tool would say."""


def unasked():
    raise AssertionError("asked for the Wi-Fi, though it is known")


def put(chip, firmware, given=None, board=None, erase=False, ask=unasked, say=quiet):
    options = SimpleNamespace(board=board, firmware=str(firmware), erase=erase)
    return flash.put(chip, options, given, ask=ask, say=say)


def held(chip):
    """Returns {path: bytes} of the file system that a dongle has after it was written."""
    return image.split(bytes(chip.flash), ESP32)[1]


def config_of(chip):
    return json.loads(held(chip)[device_config.CONFIG_FILE])


def with_files(files, firmware, megabytes=4):
    """Returns a Chip that microhan's image with these files was written to before."""
    stock = image.micropython_image.check(ESP32, firmware.read_bytes())
    return fake_dongle.Chip(megabytes, content=image.merge(stock, files, quiet))


@pytest.fixture
def ours(firmware):
    files = {**image.application(ESP32, quiet), **LEDGER, device_config.CONFIG_FILE:
             device_config.dump(KEPT), "app/b/old.mpy": b"an older copy",
             "app/b.pack": b"a newer copy", "app/choice": b"1 b", "app/a.part": b"half a"}
    return with_files(files, firmware)


def test_a_new_dongle_gets_all_and_is_set_up_afterwards(firmware):
    chip = fake_dongle.Chip()
    board = put(chip, firmware, ask=flash.ask_later)
    assert board is ESP32 and chip.restarts == 1
    files = held(chip)
    assert files.pop(device_config.CONFIG_FILE) == b"{}\n"
    assert files == image.application(ESP32, quiet)


def test_configuration_from_a_file_is_not_asked_for(firmware):
    chip = fake_dongle.Chip(megabytes=16)
    put(chip, firmware, given={"wifi": {"ssid": "Hus"}, "mqtt": {"host": "homeassistant.local"}})
    assert config_of(chip)["mqtt"]["host"] == "homeassistant.local"


def test_flashing_again_keeps_data_and_renews_the_application(ours, firmware, rescue):
    put(ours, firmware)
    files = held(ours)
    assert {name: files[name] for name in LEDGER} == LEDGER
    assert config_of(ours) == KEPT
    assert [name for name in files if name.startswith("app")] == ["app/a.pack"]  # it runs
    assert "main.py" in files
    assert not list(rescue.glob("*"))


def test_keys_of_a_new_configuration_come_before_the_old(ours, firmware):
    put(ours, firmware, given={"wifi": {"password": "nytt-12345"}, "mqtt": {"host": "h"}})
    assert config_of(ours) == {"wifi": {"ssid": "Hem", "password": "nytt-12345"},
                               "http": {"token": "abcdefghij"}, "mqtt": {"host": "h"}}
    assert held(ours)["data/sequence"] == b"4097"


def test_erase_starts_anew(ours, firmware):
    put(ours, firmware, erase=True, ask=lambda: ("Nytt", ""))
    assert config_of(ours) == {"wifi": {"ssid": "Nytt", "password": ""}}
    assert not set(LEDGER) & set(held(ours))


def test_a_cable_pulled_at_any_time_loses_no_data(ours, firmware, rescue):
    vfs = partition.VFS_AT
    for cut in (0, 0x9000, vfs - 1, vfs, vfs + 4096, vfs + 300_000, image.SIZE - 1):
        ours.cut = cut
        with pytest.raises(fake_dongle.CableOut):
            put(ours, firmware)
        saved, = rescue.iterdir()
        assert saved.stat().st_mode & 0o777 == 0o600
    ours.cut = None
    said = []
    put(ours, firmware, say=said.append)
    assert any("was cut off" in line for line in said)
    assert {name: held(ours)[name] for name in LEDGER} == LEDGER and config_of(ours) == KEPT
    assert not list(rescue.iterdir())


def test_a_dongle_with_8_mb_is_laid_out_anew_and_keeps_its_data(firmware):
    chip = with_files({**image.application(ESP32, quiet), **LEDGER,
                       device_config.CONFIG_FILE: device_config.dump(KEPT)}, firmware, 16)
    for _ in range(2):  # from the layout for 4 MB, then from the new one
        put(chip, firmware)
        partitions, files = image.split(bytes(chip.flash), ESP32)
        assert [row.label for row in partitions][3:] == ["ota_0", "ota_1", "vfs"]
        assert {name: files[name] for name in LEDGER} == LEDGER and config_of(chip) == KEPT
    chip.flash[:0x10000] = b"\xff" * 0x10000
    chip.flash[0x200000:0x210000] = b"\xff" * 0x10000
    put(chip, firmware)
    assert held(chip)["data/sequence"] == b"4097"


def test_a_sold_boards_pins_are_set_and_the_owners_own_configuration_comes_first(firmware):
    chip = fake_dongle.Chip(chip_id=5, name="ESP32-C3")
    stock = firmware.parent / "c3.bin"
    stock.write_bytes(stock_images.derived(boards.BOARDS["ESP32_GENERIC_C3"], [
        stock_images.NVS, stock_images.PHY, stock_images.FACTORY], b"v1.29.0"))
    put(chip, stock, given={"wifi": {"ssid": "Hem"}, "pins": {"led": 7}}, board="slimmelezer-pro")
    config = json.loads(image.split(bytes(chip.flash), boards.BOARDS["ESP32_GENERIC_C3"])[1][
        device_config.CONFIG_FILE])
    assert config["pins"] == {"rx": 20, "tx": 21, "led": 7, "button": 9, "led_invert": "on",
                              **presets.NO_PORT}
    assert config["meter"] == {"invert": "on"} and config["wifi"]["ssid"] == "Hem"


def test_a_table_that_was_erased_does_not_hide_our_data(ours, firmware):
    ours.flash[:0x10000] = b"\xff" * 0x10000
    put(ours, firmware)
    assert held(ours)["data/sequence"] == b"4097"


def test_a_configuration_the_firmware_refuses_is_told_or_put_aside(firmware):
    files = {**image.application(ESP32, quiet), device_config.CONFIG_FILE: b'{"wifi":{"sid":"x"}}'}
    chip = with_files(files, firmware)
    before = bytes(chip.flash)
    with pytest.raises(flash.FlashError, match="wifi.sid: no such key"):
        put(chip, firmware)
    assert bytes(chip.flash) == before
    put(chip, firmware, given={"wifi": {"ssid": "Hem"}})
    assert config_of(chip) == {"wifi": {"ssid": "Hem"}}
    assert held(chip)[device_config.CONFIG_FILE + ".bad"] == b'{"wifi":{"sid":"x"}}'


@pytest.mark.parametrize("table", [
    [stock_images.NVS, stock_images.PHY, stock_images.FACTORY],
    [stock_images.NVS, stock_images.PHY, stock_images.FACTORY, partition.VFS],
])
def test_other_peoples_files_are_not_overwritten(table, firmware, rescue):
    chip = fake_dongle.Chip(content=b"\xff" * 0x1000 + stock_images.derived(ESP32, table))
    chip.flash[partition.VFS_AT:] = filesystem.pack(
        {"main.py": b"my own", "boot.py": b""}, partition.VFS_SIZE)
    before = bytes(chip.flash)
    with pytest.raises(keep_data.KeepError, match=r"not microhan's: main\.py\."):
        put(chip, firmware, given=KEPT)
    chip.flash[partition.VFS_AT + 0x1000:partition.VFS_AT + 0x2000] = b"\0" * 0x1000
    chip.flash[partition.VFS_AT + 8:partition.VFS_AT + 0x1000] = os.urandom(0x1000 - 8)
    if table[-1] == partition.VFS:
        with pytest.raises(keep_data.KeepError, match="damaged.*ERASE=1"):
            put(chip, firmware, given=KEPT)
    put(chip, firmware, given=KEPT, erase=True)
    assert config_of(chip) == KEPT and bytes(chip.flash) != before


def test_damaged_files_are_copied_before_anything_is_decided(ours, firmware, rescue):
    # both copies of the root folder survive, what they point to does not
    ours.flash[partition.VFS_AT + 0x2000:] = b"\0" * (len(ours.flash) - partition.VFS_AT - 0x2000)
    before = bytes(ours.flash)
    with pytest.raises(keep_data.KeepError, match="cannot be read.*a copy is in"):
        put(ours, firmware)
    assert bytes(ours.flash) == before
    assert [path.name for path in rescue.iterdir()] == ["24ad0ba1b2c3-damaged.littlefs"]


def test_micropython_without_files_is_taken(firmware):
    content = b"\xff" * 0x1000 + firmware.read_bytes()
    chip = fake_dongle.Chip(content=content)
    chip.flash[partition.VFS_AT:] = filesystem.pack({"boot.py": b"# stock"}, partition.VFS_SIZE)
    put(chip, firmware, given=KEPT)
    assert config_of(chip) == KEPT


@pytest.mark.parametrize(("chip", "board", "words"), [
    (fake_dongle.Chip(megabytes=2), None, "2 MB of flash, and microhan needs 4 MB"),
    (fake_dongle.Chip(chip_id=9, name="ESP32-S3"), "ESP32_GENERIC", "Give BOARD=ESP32_GENERIC_S3"),
    (fake_dongle.Chip(chip_id=13, name="ESP32-C6"), None, "microhan runs on ESP32, ESP32-S3"),
])
def test_another_chip_is_told_before_anything_is_read(chip, board, words, firmware):
    with pytest.raises(chips.ChipError, match=words):
        put(chip, firmware, board=board)
    assert chip.restarts == 0 and set(chip.flash) == {0xFF}


def test_a_chip_gets_the_board_that_it_is(firmware):
    chip = fake_dongle.Chip(chip_id=9, name="ESP32-S3")
    with pytest.raises(image.micropython_image.StockError,
                       match="it is for ESP32, and ESP32_GENERIC_S3"):
        put(chip, firmware)


# -- the real esptool, against ports on which nothing, or no ESP32, answers


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "flash.flash", *map(str, arguments)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "which port is the dongle on?"),
    (["--port", "/dev/ttyNowhere"], "there is no port /dev/ttyNowhere"),
    (["--port", "/dev/null"], "/dev/null cannot be opened"),
    (["--port", "/dev/ttyNowhere", "--config", "/nowhere.json"], "CONFIG=/nowhere.json cannot"),
    (["--port", "/dev/ttyNowhere", "--board", "X"], "BOARD=X is not known"),
    (["--port", "/dev/ttyNowhere", "--board", "ESP32_GENERIC", "--firmware", "/nowhere.bin"],
     "FIRMWARE=/nowhere.bin cannot"),
])
def test_what_is_wrong_on_the_pc_is_one_sentence(arguments, words):
    told = run(*arguments)
    assert told.returncode == 1 and words in told.stderr
    assert told.stderr.startswith("flash: ") and "Traceback" not in told.stderr


def test_a_port_in_use_is_told():
    with fake_dongle.Console() as dongle, serial_port.open_port(dongle.port):
        with pytest.raises(serial_port.PortError, match="is in use: close the program"):
            serial_port.check(dongle.port)
    with pytest.raises(serial_port.PortError, match="there is no port"):
        serial_port.check(dongle.port)


def test_a_port_that_may_not_be_used_names_the_group(monkeypatch):
    monkeypatch.setattr(serial_port.os, "access", lambda path, how: False)
    with pytest.raises(serial_port.PortError, match=r"usermod -aG \w+ \$USER"):
        serial_port.check("/dev/null")


def test_nothing_that_answers_as_an_esp32_says_hold_boot():
    with fake_dongle.Console(deaf=True) as dongle:
        told = run("--port", dongle.port)
    assert told.returncode == 1 and "Hold its BOOT button down" in told.stderr
    assert "Traceback" not in told.stderr


def test_without_a_terminal_it_says_how_to_set_the_dongle_up(monkeypatch):
    monkeypatch.setattr(sys, "stdin", open(os.devnull))
    said = []
    flash.set_up("/dev/ttyUSB0", said.append)
    assert "access point" in said[-1] and "provision.py --port /dev/ttyUSB0" in said[-1]


# -- after the writing: the real mpremote and a listener, on a pty


def test_the_dongle_is_asked_and_its_banner_is_shown():
    said = []
    with fake_dongle.Console() as dongle:
        found = flash.report(dongle.port, say=said.append)
    assert dongle.resets == 1
    assert found == {"version": "0.1.0", "id": "a1b2c3", "build": "1f2e3d4c",
                     "page": "http://192.168.1.23/",
                     "claim": "http://192.168.1.23/claim?code=0123456789abcdef"}
    text = "\n".join(said)
    assert "MicroPython v1.29.0 answers; microhan 0.1.0, 1562 kB" in text
    assert "http://192.168.1.23/" in text


def test_without_a_page_it_says_what_to_look_at(monkeypatch):
    listen = console.listen
    monkeypatch.setattr(console, "listen", lambda port, say: listen(port, 1, say))
    said = []
    with fake_dongle.Console(banner=fake_dongle.BANNER[:-2]) as dongle:
        flash.report(dongle.port, say=said.append)
    assert "2.4 GHz" in said[-1] and any("(none yet)" in line for line in said)


def test_a_dongle_that_knows_no_network_says_how_to_get_in():
    banner = (*fake_dongle.BANNER[:-2], "microhan access point microhan-a1b2c3 password abc")
    said = []
    with fake_dongle.Console(banner=banner) as dongle:
        found = flash.report(dongle.port, say=said.append)
    assert found["access point"] == "microhan-a1b2c3 password abc"
    assert any("microhan-a1b2c3 password abc" in line for line in said)


def test_an_application_that_does_not_start_shows_its_last_lines():
    lines = ("Traceback (most recent call last):", "ImportError: no module named 'microhan'")
    with fake_dongle.Console(banner=lines) as dongle:
        with pytest.raises(console.SilentError, match="no module named 'microhan'"):
            console.listen(dongle.port, timeout_s=1)


def test_a_dongle_that_says_nothing_is_told():
    with fake_dongle.Console(banner=(), deaf=True) as dongle:
        with pytest.raises(console.SilentError, match="did not answer"):
            console.ask(dongle.port, timeout_s=1)
        with pytest.raises(console.SilentError, match=r"\(nothing\)"):
            console.listen(dongle.port, timeout_s=1)
