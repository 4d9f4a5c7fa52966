"""The ESP32's Board against stand-ins for MicroPython's machine, network and esp32."""

import importlib
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython

KB = 1000


class Chip:
    """The system's memory, two heaps; a full heap of Python's grows into the second one."""

    def __init__(self):
        self.free = [20 * KB, 108 * KB]
        self.least = list(self.free)
        self.uarts = []
        self.fed = 0
        self.asked = 0  # how often for the heaps since Python's began to fill
        self.filling = False
        self.signal = None

    def take(self, heap, count):
        self.free[heap] -= count
        self.least[heap] = min(self.least[heap], self.free[heap])

    def heaps(self, which):
        self.asked += self.filling
        if self.asked == 3:  # Python's heap has grown
            self.asked += 1
            self.take(1, 40 * KB)
        return [(200 * KB, free, free, least) for free, least in zip(self.free, self.least)]

    def uart(self, number, **settings):
        self.uarts.append(number)
        held = settings.get("txbuf", 0), settings["rxbuf"]
        if number == 2:
            for heap, count in zip((0, 1), sorted(held)):
                self.take(heap, count)
            self.filling = True

        def deinit():
            for heap, count in zip((0, 1), sorted(held)):
                self.free[heap] += count
        return SimpleNamespace(deinit=deinit)


@pytest.fixture
def chip(monkeypatch):
    """A Chip, and in `chip.board` a Board on it."""
    chip = Chip()
    station = SimpleNamespace(
        active=lambda on: None, isconnected=lambda: chip.signal is not None,
        status=lambda what: chip.signal, ifconfig=lambda: ("192.0.2.7", "", "", "192.0.2.1"))
    machine = ModuleType("machine")
    for number, name in enumerate(("PWRON", "HARD", "WDT", "DEEPSLEEP", "SOFT")):
        setattr(machine, name + "_RESET", number)
    machine.freq = lambda hertz: None
    machine.UART = chip.uart
    machine.reset_cause = lambda: 2
    machine.WDT = lambda timeout: SimpleNamespace(
        feed=lambda: setattr(chip, "fed", chip.fed + 1))
    network = ModuleType("network")
    network.STA_IF = 0
    network.WLAN = lambda interface: station
    esp32 = ModuleType("esp32")
    esp32.HEAP_DATA = 4
    esp32.idf_heap_info = chip.heaps
    for module in (machine, network, esp32):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="Generic ESP32 module"))
    monkeypatch.delitem(sys.modules, "microhan.board.esp32", raising=False)
    chip.board = importlib.import_module("microhan.board.esp32").Board()
    yield chip
    monkeypatch.delitem(sys.modules, "microhan.board.esp32", raising=False)


def low(chip):
    return chip.board.memory()["system_low"]


def test_the_heap_is_grown_at_the_start_and_what_that_took_is_given_back(chip):
    assert chip.uarts == [1, 2, 1, 1] and chip.asked > 3
    assert chip.free == [20 * KB, 68 * KB]  # of the second one Python's heap has 40 kB


def test_the_least_memory_of_the_start_is_not_told(chip):
    assert sum(chip.least) < 25 * KB and low(chip) == 88 * KB


def test_less_memory_than_at_the_start_is_told_exactly(chip):
    chip.take(1, 63 * KB)
    chip.free[1] += 63 * KB  # nobody looked in between, and the start's was less
    assert low(chip) == 88 * KB
    chip.take(1, 66 * KB)
    chip.free[1] += 66 * KB
    assert low(chip) == 20 * KB + 2 * KB


def test_other_lows_are_seen_when_the_watchdog_is_fed(chip):
    watchdog = chip.board.watchdog(60_000)
    chip.take(0, 5 * KB)
    watchdog.feed()
    chip.free[0] += 5 * KB
    watchdog.feed()
    assert chip.fed == 2 and low(chip) == 83 * KB


def test_the_signal_is_told_only_while_connected(chip):
    assert chip.board.rssi() is None and chip.board.address() == ""
    chip.signal = -58
    assert chip.board.rssi() == -58 and chip.board.address() == "192.0.2.7"


def test_the_reset_cause_is_told_in_words(chip):
    assert chip.board.reset_cause() == "watchdog"
