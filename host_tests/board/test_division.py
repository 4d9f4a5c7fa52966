"""How the plain ESP32's memory is divided (board/division.py), on a model of its allocator."""

import importlib
import sys
from types import ModuleType

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import tlsf

REGION = 101_400  # bytes free with the radio on: MicroPython 1.26.1
GROWS_WITH = 2048 + 1  # what Python's heap needs at least to grow (py/gc.c)


class Chip:
    """A heap, what opens its UART, and how Python's heap grew."""

    def __init__(self, holes=()):
        self.heap = tlsf.Heap(REGION, holes)
        self.handles = 0
        self.grown = []
        self.uart = None

    def open_uart(self, size):
        self.uart = tlsf.Uart(self.heap, size)
        return self.uart.resize

    def handle(self, name):
        assert name == "microhan"
        for size in tlsf.HANDLE:
            self.heap.take(size)
        self.handles += 1

    def grow(self, count):
        """As py/gc.c does: the largest block, and nothing less."""
        self.heap.take(count)
        self.grown.append(count)
        return []


@pytest.fixture
def divide(monkeypatch):
    """divide(chip, tls, in_place) by the module, over a Chip."""
    def run(chip, tls, in_place=False):
        esp32 = ModuleType("esp32")
        esp32.HEAP_DATA = 4
        esp32.NVS = chip.handle
        esp32.idf_heap_info = lambda _: [(REGION, chip.heap.free, chip.heap.largest, 0)]
        monkeypatch.setitem(sys.modules, "esp32", esp32)
        monkeypatch.delitem(sys.modules, "microhan.board.division", raising=False)
        module = importlib.import_module("microhan.board.division")
        monkeypatch.setattr(module, "_grow", chip.grow)
        return module.divide(chip.open_uart, 4096, tls, in_place)
    yield run
    sys.modules.pop("microhan.board.division", None)


HOLES = [(), (256,), (60, 60, 120), (300,), (28, 44, 200), (500,)]


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("holes", HOLES)
def test_without_tls_the_heap_cannot_grow_into_what_is_left(divide, holes, in_place):
    chip = Chip(holes)
    divide(chip, False, in_place)
    large = [hole for hole in chip.heap.holes() if hole >= GROWS_WITH]
    # the block for mDNS's task, and what its place left, are the only exceptions
    assert len(large) <= 2 and sum(large) <= 12_300, chip.heap.holes()
    assert chip.uart.buffer == 4096


@pytest.mark.parametrize("holes", HOLES)
def test_a_packet_finds_a_piece(divide, holes):
    chip = Chip(holes)
    divide(chip, False)
    packets = 0
    while True:
        try:
            chip.heap.take(1700)
            packets += 1
        except MemoryError:
            break
    assert packets >= 12


def test_the_heap_grows_once_by_what_the_set_needs(divide):
    for tls, in_place, least, most in (
            (False, False, 61_000, 66_000), (True, False, 41_000, 45_000),
            (False, True, 52_000, 56_500), (True, True, 41_000, 45_000)):
        chip = Chip()
        if tls:
            chip.heap.take(17_408)
            chip.heap.take(4608)
        divide(chip, tls, in_place)
        (grown,) = chip.grown
        assert least <= grown <= most


def test_what_the_heap_gets_beside_tls_does_not_hang_on_how_sizes_are_rounded(divide):
    """Whatever is free at the start: never more, or Wi-Fi has less; seldom a piece less."""
    found = []
    for region in range(99_500, 103_600, 97):
        chip = Chip()
        chip.heap = tlsf.Heap(region)
        chip.heap.take(17_408)
        chip.heap.take(4608)
        divide(chip, True)
        found += chip.grown
    assert set(found) <= {43_008, 40_960} and found.count(43_008) > 0.95 * len(found)


@pytest.mark.parametrize("holes", HOLES)
def test_with_tls_the_heap_cannot_grow_into_what_is_left_either(divide, holes):
    """TLS has taken its blocks before, and gives and takes them with each connection."""
    chip = Chip(holes)
    blocks = [chip.heap.take(17_408), chip.heap.take(4608)]
    divide(chip, True)
    chip.heap.take(4096)  # mDNS's task
    assert sum(hole >= GROWS_WITH for hole in chip.heap.holes()) <= 1, chip.heap.holes()
    assert chip.heap.free > 24_000
    for block in blocks:
        chip.heap.give(block)
    chip.heap.take(17_408)
    chip.heap.take(4608)


def test_the_handles_cost_little(divide):
    chip = Chip((256,))
    divide(chip, False)
    assert chip.handles * 48 < 2500


@pytest.mark.parametrize("region", [30_000, 20_000])
def test_too_little_memory_is_told_and_nothing_is_cut(divide, region, monkeypatch):
    chip = Chip()
    chip.heap = tlsf.Heap(region)
    with pytest.raises(OSError, match="bytes in all"):
        divide(chip, False)
    assert not chip.handles and not chip.grown
