"""TLS or binary lists on a plain ESP32 (device/list_kind.py, device/tls_refused.py)."""

import asyncio
from types import SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from microhan.device.list_kind import BinaryWatch
from microhan.device.tls_refused import REFUSED, Refused
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

    def has_room(self, heap, output):
        return True


@pytest.fixture
def chip():
    return Chip()


@pytest.fixture
def watch(chip):
    return BinaryWatch(chip, chip, chip, chip.told.append)


def test_tls_waits_for_the_first_telegram_and_says_so(chip, watch):
    with pytest.raises(OSError, match="first telegram"):
        watch.has_room(1000, True)
    assert watch.has_room(1000, False)  # a page does not wait
    chip.reading = object()
    assert watch.has_room(1000, True)


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
    output = Refused(chip, chip, chip.told.append, chip.reset, lambda: None)
    assert output.status()["state"] == "error" and output.status()["error"] == REFUSED
    chip.reading, chip.raw_is_text = SimpleNamespace(), True
    asyncio.run(output.run())
    assert chip.restarts == 1 and chip.files == {"lists": b"text"}
