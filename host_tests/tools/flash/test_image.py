"""`make image`: stock MicroPython in, one flashable file out, read back as the device reads it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

import build
from build import boards
from fixtures import needs, stock_images
from flash import (
    device_config,
    esp_image,
    filesystem,
    image,
    micropython_image,
    partition,
    presets,
    rooms,
)

ESP32, S3, C3 = (boards.BOARDS[name] for name in boards.BOARDS)
PLAIN = [stock_images.NVS, stock_images.PHY, stock_images.FACTORY]
OTA = [stock_images.NVS, partition.Partition(0, 16, 0x10000, 0x180000, "ota_0", 0),
       partition.Partition(0, 17, 0x190000, 0x180000, "ota_1", 0)]
VFS_6MB = partition.Partition(1, 0x81, 0x200000, 0x600000, "vfs", 0)
FILES = {"main.py": b"print(1)\n", "app/a/microhan/x.mpy": bytes(range(256)) * 90,
         "app/a/t.txt": b"", "data/config.json": b"{}", "data/in/deep/er": b"x" * 130}


def quiet(_text):
    """Takes what a tool would say."""


@pytest.fixture(scope="module")
def real():
    return stock_images.esp32()


def test_the_real_stock_image_is_understood(real):
    firmware = micropython_image.check(ESP32, real)
    assert firmware.version[2:] == ("v1.25.0", "2025-04-15")
    assert [row.label for row in firmware.partitions] == ["nvs", "phy_init", "factory", "vfs"]
    assert firmware.content == real


def test_the_table_is_written_as_espressif_writes_it(real):
    table = real[0x7000:0x8000]
    assert partition.build(partition.parse(table)) == table
    assert partition.build(partition.with_vfs(partition.parse(table))) == table


@pytest.mark.parametrize(("board", "table", "version", "code"), [
    (ESP32, [*PLAIN, partition.VFS], None, 0x20),
    (ESP32, PLAIN, b"v1.29.0", 0x20),
    (S3, [*PLAIN, VFS_6MB], None, 0x30),
    (S3, PLAIN, b"v1.26.1", 0x20),
    (C3, [*PLAIN, partition.VFS], None, 0x20),
    (C3, PLAIN, b"v1.29.0", 0x40),
])
@pytest.mark.parametrize("megabytes", [4, 8, 16])
def test_a_merged_image_reads_back_whole(board, table, version, code, megabytes):
    firmware = micropython_image.check(board, stock_images.derived(board, table, version, code))
    flash = image.merge(firmware, FILES, quiet)
    assert len(flash) == 4 << 20
    chip = flash.ljust(megabytes << 20, b"\xff")  # what the chip holds after it was written
    partitions, files = image.split(chip, board)
    assert files == FILES
    assert partitions[-1] == partition.VFS and partitions[:-1] == PLAIN
    ends = [row.offset + row.size for row in partitions]
    assert all(end <= row.offset for end, row in zip(ends, partitions[1:], strict=False))
    assert chip[board.boot + 3] & 0xF0 == esp_image.FLASH_SIZES[4 << 20]
    assert chip[:board.boot] == b"\xff" * board.boot


LARGE = [  # from 8 MB on: MicroPython's own table for updates over the air, and our `vfs`
    ("nvs", 0x9000, 0x4000), ("otadata", 0xD000, 0x2000), ("phy_init", 0xF000, 0x1000),
    ("ota_0", 0x10000, 0x270000), ("ota_1", 0x280000, 0x270000), ("vfs", 0x4F0000, 0x310000)]


@pytest.mark.parametrize(("board", "table"), [
    (ESP32, PLAIN), (S3, [*PLAIN, VFS_6MB]), (C3, [*PLAIN, partition.VFS])])
def test_a_chip_with_8_mb_gets_room_for_two_interpreters(board, table):
    firmware = micropython_image.check(board, stock_images.derived(board, table, b"v1.29.0"))
    flash = image.merge(firmware, FILES, quiet, partition.LARGE)
    assert len(flash) == 8 << 20 and flash[board.boot + 3] & 0xF0 == 0x30
    for chip in (flash, flash.ljust(16 << 20, b"\xff")):
        partitions, files = image.split(chip, board)
        assert files == FILES
        assert [(row.label, row.offset, row.size) for row in partitions] == LARGE
    assert all(one.offset + one.size == other.offset
               for one, other in zip(partitions, partitions[1:], strict=False))
    # no choice is written down yet: the bootloader takes ota_0 (bootloader_utility.c)
    assert flash[0xD000:0xF000] == b"\xff" * 0x2000
    assert esp_image.micropython(flash[0x10000:0x280000])
    assert flash[0x280000:0x4F0000] == b"\xff" * 0x270000


def test_the_stock_bootloader_knows_two_interpreters_and_looks_at_the_flashs_size(real):
    """What docs/flashing.md says of it: it is built with both (ESP-IDF, bootloader_utility.c,
    flash_partitions.c)."""
    bootloader = real[:partition.TABLE_AT - ESP32.boot]
    for words in (b"OTA app partition slot", b"write_otadata", b"exceeds flash chip size"):
        assert words in bootloader


@pytest.mark.parametrize(("megabytes", "layout"), [
    (0, partition.SMALL), (4, partition.SMALL), (8, partition.LARGE), (16, partition.LARGE)])
def test_the_layout_follows_from_the_chips_flash(megabytes, layout):
    assert partition.layout_for(megabytes << 20) == layout


@pytest.mark.parametrize("layout", partition.LAYOUTS)
def test_the_parts_that_are_written_hold_all_of_the_image(real, layout):
    flash = image.merge(micropython_image.check(ESP32, real), FILES, quiet, layout)
    (boot, head), (at, vfs) = image.parts(flash, ESP32)
    assert (boot, at) == (0x1000, layout.vfs.offset) and len(head) % 4096 == 0
    again = bytearray(b"\xff" * layout.flash)
    again[boot:boot + len(head)], again[at:at + len(vfs)] = head, vfs
    assert again == flash


def test_a_program_that_only_the_larger_layout_has_room_for_is_refused_by_the_other(real):
    firmware = micropython_image.check(ESP32, real)
    firmware = firmware._replace(content=firmware.content + bytes(0x60000))
    with pytest.raises(partition.TableError, match="too large"):
        image.merge(firmware, FILES, quiet)
    assert image.split(image.merge(firmware, FILES, quiet, partition.LARGE), ESP32)[1] == FILES


@pytest.fixture(scope="module")
def both():
    """Both copies of the application."""
    return rooms.two_copies(image.application(ESP32, quiet))


def test_two_copies_of_the_application_keep_to_their_room_on_4_mb(both):
    assert {"app/a.pack", "app/b.pack"} <= set(both)
    assert rooms.kilobytes(both) <= rooms.ROOMS["app"]


def test_two_copies_leave_room_for_what_else_there_will_be_on_4_mb(both):
    later = rooms.ROOMS["ledger"] + rooms.ROOMS["backlog"]
    assert rooms.kilobytes(both) + later + rooms.FREE <= rooms.SIZE


def test_all_rooms_together_leave_what_must_stay_free_on_4_mb():
    full = {f"app/{i % 2}/{i}.mpy": bytes(6000) for i in range(rooms.ROOMS["app"] * 10 // 87)}
    for name in ("ledger", "backlog"):
        full.update({f"data/{name}/{i}": bytes(20_000) for i in range(rooms.ROOMS[name] // 21)})
    wanted = sum(rooms.ROOMS.values())
    assert 0.95 * wanted < rooms.kilobytes(full) <= wanted
    assert rooms.SIZE - wanted >= rooms.FREE
    assert filesystem.unpack(filesystem.pack(full, partition.VFS_SIZE)) == full


def test_esptool_finds_the_merged_image_sound(real, tmp_path):
    flash = image.merge(micropython_image.check(ESP32, real), FILES, quiet)
    for at, name in ((0x1000, "bootloader"), (0x10000, "program")):
        path = tmp_path / name
        path.write_bytes(flash[at:])
        told = subprocess.run([sys.executable, "-m", "esptool", "image-info", str(path)],
                              capture_output=True, text=True)
        assert re.search(r"Checksum: *0x\w+ \(valid\)", told.stdout), told.stdout + told.stderr
        assert re.search(r"Validation hash: *\w+ \(valid\)", told.stdout), told.stdout
        assert "Flash size: 4MB" in told.stdout


@pytest.mark.parametrize(("content", "board", "words"), [
    (lambda real: real[:1_000_000], ESP32, "cut short"),
    (lambda real: real[:-1], ESP32, "cut short"),
    (lambda real: real[:700_000] + b"\x00\x01" + real[700_002:], ESP32, "damaged"),
    (lambda real: real[:0x7005] + b"\x55" + real[0x7006:], ESP32, "partition table is damaged"),
    (lambda real: real[0xF000:], ESP32, r"\.app-bin"),
    (lambda real: b"\xff" * 0x1000 + real, ESP32, "merged image"),
    (lambda real: b"UF2\n" + real, ESP32, r"\.uf2"),
    (lambda real: b"<!doctype html>", ESP32, "web page"),
    (lambda real: b"", ESP32, "not an ESP image"),
    (lambda real: real, S3, "BOARD=ESP32_GENERIC"),
    (lambda real: real, C3, "it is for ESP32, and ESP32_GENERIC_C3 is an ESP32-C3"),
    (lambda real: stock_images.esp8266(), ESP32, "another chip"),
    (lambda real: stock_images.derived(ESP32, OTA), ESP32, "plain image"),
    (lambda real: stock_images.derived(ESP32, PLAIN, b"v1.24.1"), ESP32, "needs v1.25"),
    (lambda real: stock_images.derived(ESP32, PLAIN, b"x1.25.0"), ESP32, "no MicroPython in it"),
])
def test_what_is_no_stock_image_is_refused_in_words(content, board, words, real, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(content(real))
    with pytest.raises(micropython_image.StockError, match=words) as told:
        micropython_image.load(board, path, quiet)
    assert "file.bin" in str(told.value) and str(told.value).endswith(".")


def test_without_internet_the_sentence_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(micropython_image, "SITE", "http://127.0.0.1:9")
    monkeypatch.setattr(micropython_image, "KEPT", tmp_path)
    with pytest.raises(micropython_image.StockError, match="FIRMWARE=that-file") as told:
        micropython_image.load(ESP32, None, quiet)
    assert "ESP32_GENERIC-20260824-v1.29.0.bin" in str(told.value)
    assert not list(tmp_path.iterdir())


def test_a_download_is_checked_kept_and_used_again(real, monkeypatch, tmp_path):
    served = tmp_path / "resources" / "firmware"
    served.mkdir(parents=True)
    (served / "ESP32_GENERIC-20260824-v1.29.0.bin").write_bytes(real)
    monkeypatch.setattr(micropython_image, "SITE", tmp_path.as_uri())
    monkeypatch.setattr(micropython_image, "KEPT", tmp_path / "kept")
    assert micropython_image.load(ESP32, None, quiet).content == real
    shutil.rmtree(tmp_path / "resources")
    assert micropython_image.load(ESP32, None, quiet).content == real


MOUNT = """\
import hashlib, binascii, json, sys, vfs, os

class Flash:
    def __init__(self, path):
        self.file = open(path, "r+b")
    def readblocks(self, n, buf, off=0):
        self.file.seek(n * 4096 + off)
        self.file.readinto(buf)
    def writeblocks(self, n, buf, off=None):
        if off is None:
            self.ioctl(6, n)
            off = 0
        self.file.seek(n * 4096 + off)
        self.file.write(buf)
    def ioctl(self, op, arg):
        if op == 4:
            return 512
        if op == 5:
            return 4096
        if op == 6:
            self.file.seek(arg * 4096)
            self.file.write(b"\\xff" * 4096)
            return 0
        if op == 3:
            self.file.flush()

flash = Flash(sys.argv[1])
vfs.mount(vfs.VfsLfs2(flash), "/flash")

def walk(path, found):
    for name, kind, *_ in os.ilistdir(path):
        inner = path + "/" + name
        if kind == 0x4000:
            walk(inner, found)
        else:
            with open(inner, "rb") as handle:
                content = handle.read()
            found[inner[7:]] = binascii.hexlify(hashlib.sha256(content).digest()).decode()
    return found

print(json.dumps(walk("/flash", {})))
with open("/flash/data/new", "wb") as handle:
    handle.write(b"written by the device" * 1000)
os.rename("/flash/data/config.json", "/flash/data/renamed")
with open("/flash/data/in/deep/er", "ab") as handle:
    handle.write(b"more")
vfs.umount("/flash")
flash.ioctl(3, 0)
"""


@pytest.mark.parametrize("name", ["i386", "x64"])
def test_micropython_itself_mounts_reads_and_writes_it(name, tmp_path):
    command = needs.micropython(name, "400k")
    script, disk = tmp_path / "mount.py", tmp_path / "disk.bin"
    script.write_text(MOUNT)
    application = image.application(ESP32, quiet)
    files = {**application, **FILES}
    disk.write_bytes(filesystem.pack(files, partition.VFS_SIZE))
    ran = subprocess.run([*command, str(script), str(disk)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout) == {
        path: hashlib.sha256(content).hexdigest() for path, content in files.items()
    }
    after = filesystem.unpack(disk.read_bytes())
    files["data/renamed"] = files.pop("data/config.json")
    files["data/new"] = b"written by the device" * 1000
    files["data/in/deep/er"] += b"more"
    assert after == files


def test_a_file_system_keeps_empty_folders_and_refuses_too_much():
    files = {**FILES, "data/empty/": b""}
    packed = filesystem.pack(files, partition.VFS_SIZE)
    assert filesystem.unpack(packed) == files
    assert filesystem.pack(files, partition.VFS_SIZE) == packed
    with pytest.raises(filesystem.FileSystemError, match="do not fit"):
        filesystem.pack({"big": bytes(3 << 20)}, partition.VFS_SIZE)
    for damaged in (b"", b"\xff" * 8192, packed[:4096 * 100]):
        with pytest.raises(filesystem.FileSystemError):
            filesystem.unpack(damaged)


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs the command with arguments; returns (exit code, what it printed, stderr, folder)."""
    def command(*arguments):
        monkeypatch.setattr(image, "OUT", tmp_path)
        monkeypatch.setattr(sys, "argv", ["image.py", *map(str, arguments)])
        return image.main(), *capsys.readouterr(), tmp_path
    return command


def test_the_command_makes_both_kinds_of_file(run, real, tmp_path):
    firmware, given = tmp_path / "stock.bin", tmp_path / "it's mine.json"
    firmware.write_bytes(real)
    given.write_text(json.dumps({"wifi": {"ssid": "Hem åäö", "password": "hemligt-12"}}))
    status, told, errors, folder = run("--firmware", firmware)
    assert status == 0 and "MicroPython v1.25.0" in told, errors
    id_ = build.id_of(build.APP / "xtensawin")
    _, files = image.split((folder / f"microhan-ESP32_GENERIC-{id_}.bin").read_bytes(), ESP32)
    names = json.loads((folder / f"microhan-ESP32_GENERIC-{id_}.names.json").read_text())
    assert names["build"] == id_ and id_.encode() in files["app/a.pack"]
    assert json.loads(files.pop(device_config.CONFIG_FILE)) == {}
    assert files.pop(device_config.LABEL_FILE).strip() == b""
    assert not any(name.startswith("data") for name in files)
    assert {"boot.py", "main.py", "app/a.pack"} <= set(files)
    status, told, errors, folder = run("--firmware", firmware, "--config", given,
                                       "--board", "ESP32_GENERIC")
    assert status == 0 and "give it to nobody" in told and "hemligt" not in told, errors
    path = folder / f"microhan-ESP32_GENERIC-{id_}-PRIVATE.bin"
    assert os.stat(path).st_mode & 0o777 == 0o600
    held = json.loads(image.split(path.read_bytes(), ESP32)[1][device_config.CONFIG_FILE])
    assert held == json.loads(given.read_text())


@pytest.mark.parametrize(("text", "words"), [
    ('{"wifi": {"sid": "x"}}', "wifi.sid: no such key"),
    ('{"wifi": ', "is not JSON"),
    ('[]', "must be a JSON object"),
    ('{"mqtt": {"port": 99999}}', "mqtt.port is 99999"),
])
def test_a_wrong_configuration_is_told_before_anything_else(text, words, run, tmp_path):
    given = tmp_path / "c.json"
    given.write_text(text)
    status, _, told, _ = run("--firmware", "nowhere", "--config", given)
    assert status == 1 and words in told


def test_a_boards_own_pins_are_in_its_image_which_holds_no_secret(run, real, tmp_path):
    stock = tmp_path / "stock.bin"
    stock.write_bytes(stock_images.derived(C3, PLAIN, b"v1.29.0"))
    status, told, errors, folder = run("--firmware", stock, "--board", "slimmelezer-mini")
    assert status == 0, errors
    path, = folder.glob("microhan-ESP32_GENERIC_C3-????????.bin")
    config = json.loads(image.split(path.read_bytes(), C3)[1][device_config.CONFIG_FILE])
    assert config == {"pins": {"rx": 20, "tx": 21, "led": 8, "button": 9, "led_invert": "on",
                               **presets.NO_PORT},
                      "meter": {"invert": "on"}}


@pytest.mark.parametrize("options", [
    ("--board", "microhan-dongle"), ("--board", "ESP32_GENERIC_S3", "--flash-mb", "8")])
def test_a_board_with_8_mb_gets_an_image_laid_out_for_them(run, tmp_path, options):
    stock = tmp_path / "stock.bin"
    stock.write_bytes(stock_images.derived(S3, PLAIN, b"v1.29.0"))
    status, told, errors, folder = run("--firmware", stock, *options)
    assert status == 0 and "with 8 MB or more" in told, errors
    path, = folder.glob("microhan-ESP32_GENERIC_S3-????????.bin")
    assert path.stat().st_size == 8 << 20


def test_an_unknown_board_is_told(run):
    status, _, told, _ = run("--board", "ESP8266")
    assert status == 1 and "ESP32_GENERIC_C3" in told and "slimmelezer-mini" in told
