"""What `make site` lays out: manifests whose parts are what `make image` makes, nothing from
elsewhere."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from build import boards
from fixtures import needs, stock_images
from fixtures.flasher import PLAIN, made, quiet, stock_name
from flash import device_config, image, micropython_image, partition, presets, site
from microhan.config.settings import Settings
from microhan.setup import mode
from microhan.store.files import Folder

CHIPS = list(boards.BOARDS.values())


def parts_of(folder, manifest):
    """[(offset, bytes)] that a manifest names."""
    path = folder / manifest
    build, = json.loads(path.read_text())["builds"]
    return build["chipFamily"], [(part["offset"], (path.parent / part["path"]).read_bytes())
                                 for part in build["parts"]]


@pytest.mark.parametrize("layout", partition.LAYOUTS, ids=("4 MB", "8 MB"))
@pytest.mark.parametrize("board", CHIPS, ids=lambda board: board.name)
def test_each_manifests_parts_are_what_make_image_makes(board, layout, laid_out, stock,
                                                        monkeypatch, tmp_path):
    monkeypatch.setattr(image, "OUT", tmp_path)
    firmware = micropython_image.load(board, str(stock / stock_name(board)), quiet)
    _, flash = image.make(board, firmware, None, quiet, layout)
    told = json.loads((laid_out / "site.json").read_text())["chips"][board.words]["layouts"]
    (one,) = [one for one in told if one["flash"] == layout.flash]
    family, parts = parts_of(laid_out, one["install"])
    assert family == board.words and [at for at, _ in parts] == [board.boot, layout.vfs.offset]
    again = bytearray(b"\xff" * layout.flash)  # erased, as the page does it first
    for at, content in parts:
        again[at:at + len(content)] = content
    assert again == flash
    family, kept = parts_of(laid_out, one["keep"])
    assert family == board.words and kept == parts[:1]
    assert kept[0][0] + len(kept[0][1]) <= layout.vfs.offset


@pytest.mark.parametrize("board", CHIPS, ids=lambda board: board.name)
def test_what_the_page_writes_into_a_part_is_read_back_as_two_files(board, laid_out, stock):
    """The places that site.json names hold nothing but these two files."""
    told = json.loads((laid_out / "site.json").read_text())["chips"][board.words]["layouts"]
    preset = presets.configuration(presets.BY_NAME["slimmelezer-pro"])
    wanted = device_config.rooms(preset, "abcdefgh2345")
    for one in told:
        _, parts = parts_of(laid_out, one["install"])
        flash = bytearray(b"\xff" * one["flash"])
        for at, content in parts:
            flash[at:at + len(content)] = content
        before = image.split(bytes(flash), board)[1]
        for path, room in one["rooms"].items():
            at = parts[1][0] + room["offset"]
            assert len(wanted[path]) == room["size"]
            flash[at:at + room["size"]] = wanted[path]
        assert image.split(bytes(flash), board)[1] == {**before, **wanted}


def test_a_site_is_made_of_relative_links_only(laid_out):
    for path in laid_out.rglob("*"):
        if path.suffix in (".html", ".css", ".js") and "vendor" not in path.parts:
            for link in re.findall(r"""(?:src|href|from|import|url)\W{1,3}["'(]([^"')]+)""",
                                   path.read_text()):
                assert not re.match(r"/|\w+:(?!,)", link) or link.startswith("data:"), (path, link)
    for path in laid_out.glob("manifests/*.json"):
        build, = json.loads(path.read_text())["builds"]
        assert all(part["path"].startswith("../firmware/") for part in build["parts"])
    index = (laid_out / "index.html").read_text()
    assert "default-src 'self'" in index  # and the browser holds to it (test_look.py)


def test_what_is_not_ours_has_its_licence_beside_it(laid_out):
    folders = [path for path in (laid_out / "vendor").iterdir()]
    assert len(folders) == 3 and all((path / "LICENSE").exists() for path in folders)


def test_without_stock_images_the_rest_is_laid_out_and_told_what_to_fetch(
        monkeypatch, tmp_path, capsys):
    def unreachable(*_arguments, **_options):
        raise OSError("no network")

    monkeypatch.setattr(micropython_image, "KEPT", tmp_path / "stock")
    monkeypatch.setattr(micropython_image.urllib.request, "urlopen", unreachable)
    only = tmp_path / "mine"
    only.mkdir()
    c3 = boards.BOARDS["ESP32_GENERIC_C3"]
    (only / "c3.bin").write_bytes(stock_images.derived(c3, PLAIN, b"v1.29.0"))
    (only / "other.bin").write_bytes(b"something else")
    monkeypatch.setattr(sys, "argv", ["site", "--firmware", str(only), "--out",
                                      str(tmp_path / "out")])
    assert site.main() == 0
    words = capsys.readouterr().out
    for name in ("ESP32_GENERIC", "ESP32_GENERIC_S3"):
        assert f"fetch {name}-{micropython_image.RELEASE}.bin" in words
        assert f"{micropython_image.SITE}/download/{name}/" in words
    told = json.loads((tmp_path / "out/site.json").read_text())
    assert list(told["chips"]) == ["ESP32-C3"] and (tmp_path / "out/index.html").exists()
    assert [one["chip"] for one in told["missing"]] == ["ESP32", "ESP32-S3"]


def test_a_firmware_that_is_none_is_told(monkeypatch, tmp_path, capsys):
    wrong = tmp_path / "wrong.bin"
    wrong.write_bytes(b"<html>")
    for path, words in ((wrong, "no stock MicroPython image"), (tmp_path / "x", "cannot be read")):
        monkeypatch.setattr(sys, "argv", ["site", "--firmware", str(path), "--out",
                                          str(tmp_path / "out")])
        assert site.main() == 1 and words in capsys.readouterr().err


def test_the_manifests_of_esp_web_tools_say_when_it_erases(laid_out):
    for path in laid_out.glob("manifests/*.json"):
        manifest = json.loads(path.read_text())
        assert manifest["new_install_prompt_erase"] == path.stem.endswith("-keep")
        assert manifest["name"] == "microhan" and manifest["version"]


def test_made_is_what_make_image_makes(stock):
    board = CHIPS[0]
    files = {**image.application(board, quiet), **device_config.rooms({})}
    assert image.split(made(board, stock, partition.SMALL, files), board)[1] == files


@pytest.mark.parametrize("name", [None, "slimmelezer-mini"])
def test_the_firmware_reads_a_configuration_with_blanks_behind_it(name, tmp_path):
    preset = presets.configuration(presets.BY_NAME[name]) if name else {}
    (tmp_path / "config.json").write_bytes(
        device_config.rooms(preset)[device_config.CONFIG_FILE])
    config, problem = Settings(str(tmp_path / "config.json")).load()
    assert problem is None
    assert {section: {key: config[section][key] for key in preset[section]}
            for section in preset} == preset


def test_micropython_reads_json_with_blanks_behind_it():
    text = device_config.rooms({"pins": {"rx": 20}})[device_config.CONFIG_FILE].decode()
    program = f"import json; print(json.loads({text!r}))"
    told = subprocess.run([*needs.micropython(), "-c", program], capture_output=True, text=True)
    assert told.stdout.strip() == "{'pins': {'rx': 20}}", told.stderr


@pytest.mark.parametrize(("label", "kept"), [("abcdefgh2345", True), ("", False)])
def test_the_firmware_takes_the_labels_password_or_makes_its_own(label, kept, tmp_path):
    """Where the label is blank, a device makes a password once and for all."""
    (tmp_path / "access_point").write_bytes(
        device_config.rooms({}, label)[device_config.LABEL_FILE])
    board = SimpleNamespace(random=lambda count: bytes(range(count)))
    made_up = mode._password(board, Folder(str(tmp_path)))
    assert (made_up == label) == kept and 8 <= len(made_up) <= 63
    assert mode._password(board, Folder(str(tmp_path))) == made_up
