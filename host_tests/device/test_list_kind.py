"""What a plain ESP32 has no memory for beside TLS (device/list_kind.py, tls_refused.py)."""

import asyncio
import json
from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from microhan import start
from microhan.config.fit import NO_FETCH, WITH_PAGE
from microhan.device.list_kind import BinaryWatch
from microhan.device.tls_refused import WITH_LISTS, Refused
from microhan.telegram.decoder import Decoder

FRAME = bytes.fromhex("7ea00a010201105c077e")  # nothing proves it but its size


class Chip:
    """A board, a hub, a folder and a log at once."""

    def __init__(self):
        self.reading = None
        self.raw_is_text = False
        self.files = {}
        self.restarts = 0
        self.told = []

    def write(self, name, data):
        self.files[name] = data

    def reset(self):
        self.restarts += 1


@pytest.fixture
def chip():
    return Chip()


@pytest.fixture
def watch(chip):
    return BinaryWatch(chip, chip, chip.told.append)


def test_binary_frames_are_not_looked_at_and_end_in_one_restart(chip, watch):
    assert [watch.take() for _ in range(2)] == [False, False] and not chip.restarts
    assert not watch.take()
    assert chip.restarts == 1 and chip.files == {"lists": b"binary"}
    watch.take()
    assert chip.restarts == 1 and len(chip.told) == 1


def test_the_decoder_asks_before_it_loads_what_reads_lists():
    asked = []
    decoder = Decoder(lambda source: None)
    decoder.takes_frames = lambda: asked.append(1) or False
    decoder.feed(FRAME, len(FRAME))
    decoder.idle()
    decoder.idle()
    assert decoder._frames is None or decoder._frames.messages is None
    assert decoder.ok == 0


def test_a_refused_output_says_why_and_ends_when_the_meter_sends_text(chip):
    output = Refused(WITH_LISTS, chip, chip, chip.told.append, chip.reset, lambda: None)
    assert output.status()["state"] == "error" and output.status()["error"] == WITH_LISTS
    chip.reading, chip.raw_is_text = SimpleNamespace(), True
    asyncio.run(output.run())
    assert chip.restarts == 1 and chip.files == {"lists": b"text"}


def test_beside_a_page_it_stays_refused_whatever_the_meter_sends(chip):
    output = Refused(WITH_PAGE, chip, chip, chip.told.append, chip.reset, lambda: None)
    chip.reading, chip.raw_is_text = SimpleNamespace(), True
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(output.run(), 0.1))
    assert not chip.restarts and not chip.files and output.status()["error"] == WITH_PAGE


CA = "-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize("section", [
    {"mqtt": {"host": "broker", "tls": True, "ca": CA}}, {"push": {"url": "https://a.b/c"}}])
@pytest.mark.parametrize("plain,port,lists,expected", [
    (True, 80, None, "page"), (True, 0, None, "on"), (True, 0, b"text", "on"),
    (True, 0, b"binary", "lists"), (False, 80, b"binary", "on")])
def test_what_is_decided_at_the_start(section, plain, port, lists, expected, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    if lists:
        (data / "lists").write_bytes(lists)
    (data / "config.json").write_text(json.dumps({**section, "http": {"port": port}}))
    board = SimpleNamespace(is_plain=plain, tls_alone=plain, root=str(tmp_path))
    assert start._configuration(board, [])[1] == expected
    (data / "config.json").write_text(json.dumps({"mqtt": {"host": "broker"}}))
    assert start._configuration(board, [])[1] == ""


@pytest.mark.parametrize("plain", [True, False])
def test_a_plain_board_that_is_to_fetch_updates_says_that_it_cannot(plain, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/config.json").write_text(json.dumps({"update": {"url": "https://a.b/c"}}))
    warnings = []
    board = SimpleNamespace(is_plain=plain, tls_alone=False, root=str(tmp_path))
    assert start._configuration(board, warnings)[1] == ""
    assert warnings == ([NO_FETCH] if plain else [])
