"""The ESP32's Board against stand-ins for MicroPython's machine, network and esp32."""

import importlib
import os
import select
import sys
from types import ModuleType, SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.repository import ROOT
from microhan.config.schema import defaults, validate
from microhan.device.log import Log

KB = 1000
OURS = ("microhan.board.esp32", "microhan.board.pins")


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
        self.line = {}  # settings of the newest UART
        self.outputs = []  # pins that are driven
        self.levels = []  # what was written to the newest of them
        self.opened = []  # (number, tx, rx) of every UART

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
        self.opened.append((number, settings["tx"], settings["rx"]))
        if number == 0:
            raise OSError(-1)  # as MicroPython does from 1.27 on, once it has set the pins
        self.line = settings
        held = settings.get("txbuf", 0), settings["rxbuf"]
        if number == 2:
            for heap, count in zip((0, 1), sorted(held)):
                self.take(heap, count)
            self.filling = True

        def deinit():
            for heap, count in zip((0, 1), sorted(held)):
                self.free[heap] += count
        return SimpleNamespace(deinit=deinit)


# What machine.Pin takes on each chip (ports/esp32/machine_pin.h of MicroPython).
TAKEN = {"ESP32": {*range(24), 25, 26, 27, *range(32, 40)},
         "ESP32S3": {*range(19), 21, 26, *range(33, 49)},
         "ESP32C3": {*range(14), 20, 21}}
FLASH = {"ESP32": range(6, 12), "ESP32S3": range(26, 33), "ESP32C3": range(11, 18)}


def pin_class(chip, name):
    """machine.Pin of this chip."""
    class Pin:
        OUT = 3
        IN = 1
        PULL_UP = 2

        def __init__(self, number, mode=None, pull=None, value=None):
            if number not in TAKEN[name]:
                raise ValueError("invalid pin")
            if mode == Pin.OUT:
                if name == "ESP32" and number >= 34:
                    raise ValueError("pin can only be input")
                assert number not in FLASH[name], "the chip stops"
                chip.outputs.append(number)
                chip.levels = [value]

        def __call__(self, value):
            chip.levels.append(value)
    return Pin


@pytest.fixture
def chip(monkeypatch, request):
    """A Chip, and in `chip.board` a Board on it; an ESP32, or what the test's parameter names."""
    chip = Chip()
    kind = getattr(request, "param", "ESP32")
    station = SimpleNamespace(
        active=lambda on: None, isconnected=lambda: chip.signal is not None,
        status=lambda what: chip.signal, ifconfig=lambda: ("192.0.2.7", "", "", "192.0.2.1"))
    machine = ModuleType("machine")
    for number, name in enumerate(("PWRON", "HARD", "WDT", "DEEPSLEEP", "SOFT")):
        setattr(machine, name + "_RESET", number)
    machine.freq = lambda hertz: None
    machine.UART = chip.uart
    machine.Pin = pin_class(chip, kind)
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
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine=f"Generic {kind} module"))
    for module in OURS:
        monkeypatch.delitem(sys.modules, module, raising=False)
    chip.board = importlib.import_module("microhan.board.esp32").Board()
    yield chip
    for module in OURS:
        monkeypatch.delitem(sys.modules, module, raising=False)


@pytest.fixture
def typed(monkeypatch):
    """What the console has heard, and nobody has read: a bytearray."""
    waiting = bytearray(b"\x03/KAM5\x03")

    class Poll:
        def register(self, stream, event):
            pass

        def poll(self, patience):
            return [1] if waiting else []

    monkeypatch.setattr(select, "poll", Poll)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(
        read=lambda count: waiting.pop(0))))
    return waiting


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


# Pins of the configuration

OWN = {"ESP32": (16, 19, 18), "ESP32S3": (16, 17, 18), "ESP32C3": (4, 5, 6)}  # rx, tx, led


def configured(chip, **pins):
    """((rx, tx, led) that are in use, warnings) once the owner's file has these pins."""
    config, problems = validate({"pins": pins})
    assert not problems
    log = Log(lambda: 0)
    chip.board.configure(config["pins"], log.warn)
    chip.board.uart(115200, 8, "none", False)
    return (chip.line["rx"], chip.line["tx"], chip.outputs[-1]), log.warnings


@pytest.mark.parametrize("chip", OWN, indirect=True)
def test_without_pins_in_the_configuration_the_boards_own_are_used(chip):
    assert configured(chip) == (OWN[chip.board.name], [])


@pytest.mark.parametrize("pins,used", [
    ({"led": 2}, (16, 19, 2)),
    ({"rx": 34, "button": 39}, (34, 19, 18)),  # only read
    ({"rx": 19, "tx": 16}, (19, 16, 18)),
    ({"led": 18}, (16, 19, 18)),
])
def test_pins_that_the_chip_can_use_are_taken_without_a_word(chip, pins, used):
    assert configured(chip, **pins) == (used, [])


@pytest.mark.parametrize("chip,pins,warning", [
    ("ESP32", {"led": 34}, "pins.led is 34: from 34 on an ESP32's pins are inputs only"),
    ("ESP32", {"tx": 39}, "pins.tx is 39: from 34 on an ESP32's pins are inputs only"),
    ("ESP32", {"led": 6}, "pins.led is 6: the flash memory is on pins 6 to 11"),
    ("ESP32", {"rx": 11}, "pins.rx is 11: the flash memory is on pins 6 to 11"),
    ("ESP32S3", {"tx": 32}, "pins.tx is 32: the flash memory is on pins 26 to 32"),
    ("ESP32C3", {"led": 13}, "pins.led is 13: the flash memory is on pins 11 to 17"),
    ("ESP32", {"led": 20}, "pins.led is 20: there is no such pin"),
    ("ESP32", {"rx": 24}, "pins.rx is 24: there is no such pin"),
    ("ESP32", {"button": 48}, "pins.button is 48: there is no such pin"),
    ("ESP32S3", {"rx": 22}, "pins.rx is 22: there is no such pin"),
    ("ESP32C3", {"rx": 34}, "pins.rx is 34: there is no such pin"),
    ("ESP32", {"rx": 18}, "pins.rx is 18: pins.led is the same, give each its own"),
    ("ESP32", {"led": 16}, "pins.led is 16: pins.rx is the same, give each its own"),
    ("ESP32", {"led": 0}, "pins.led is 0: pins.button is the same, give each its own"),
], indirect=["chip"])
def test_a_pin_that_cannot_be_used_falls_back_with_a_warning(chip, pins, warning):
    used, warnings = configured(chip, **pins)
    own = OWN[chip.board.name]
    (use,) = pins
    kept = dict(zip(("rx", "tx", "led", "button"), (*own, {"ESP32": 0}.get(chip.board.name))))
    assert used == own
    assert len(warnings) == 1 and warnings[0].startswith(warning)
    assert warnings[0].endswith(f". Until then it is {kept[use]}") and len(warnings[0]) < 150


def test_a_pin_falls_back_alone(chip):
    used, warnings = configured(chip, rx=35, led=34, tx=4)
    assert used == (35, 4, 18) and len(warnings) == 1


def test_of_two_uses_of_one_pin_the_more_important_one_keeps_it(chip):
    used, warnings = configured(chip, rx=21, led=21)
    assert used == (21, 19, 18)
    assert [text.split(":")[0] for text in warnings] == ["pins.led is 21"]


def test_a_pin_whose_fallback_is_taken_takes_the_other_one_back_with_it(chip):
    used, warnings = configured(chip, rx=18, led=34)
    assert used == OWN["ESP32"]
    assert [text.split(":")[0] for text in warnings] == ["pins.led is 34", "pins.rx is 18"]


@pytest.mark.parametrize("chip", OWN, indirect=True)
def test_no_pins_that_the_schema_allows_stop_the_start_or_share_a_pin(chip, typed):
    for one in range(-1, 49):
        for uses in (("rx", "tx"), ("tx", "led"), ("led", "button"), ("rx", "led")):
            for other in (one, 34, 18, 16):
                used, warnings = configured(chip, **dict(zip(uses, (one, other))))
                assert len(set(used)) == 3 and not set(used) & set(FLASH[chip.board.name])
                assert set(used) <= TAKEN[chip.board.name]
                assert warnings or set(used) >= {one, other} - {-1} or "button" in uses
    assert set(defaults()["pins"]) == {"rx", "tx", "led", "led_invert", "button"}


@pytest.mark.parametrize("invert,levels", [("off", [0, 1, 0]), ("on", [1, 0, 1])])
def test_a_light_that_is_lit_by_a_low_pin_is_dark_from_the_start(chip, invert, levels):
    configured(chip, led_invert=invert)
    chip.board.led(True)
    chip.board.led(False)
    assert chip.levels == levels


# The console: what UART0 receives


def last_use_of(chip, pin):
    """The number of the UART that a pin served last, and whether it sends or receives there."""
    return next((number, "tx" if pin == tx else "rx") for number, tx, rx in reversed(chip.opened)
                if pin in (tx, rx))


@pytest.mark.parametrize("chip,console", [("ESP32", 3), ("ESP32S3", 44), ("ESP32C3", 20)],
                         indirect=["chip"])
def test_a_meter_on_the_consoles_pin_is_not_heard_by_the_console(chip, console, typed):
    configured(chip, rx=console, tx=21)
    receives = {number: rx for number, _, rx in chip.opened}
    button = {"ESP32C3": 9}.get(chip.board.name, 0)
    assert receives == {**receives, 0: button, 1: console}  # of each UART, its newest pin
    assert last_use_of(chip, 21) == (1, "tx")  # and the console does not talk into the meter's tx
    assert not typed  # what it has heard before is the meter's


@pytest.mark.parametrize("chip", OWN, indirect=True)
def test_elsewhere_the_console_stays_as_it_is(chip, typed):
    configured(chip)
    assert 0 not in chip.uarts and typed


def test_no_byte_of_a_meter_is_ctrl_c_while_the_application_starts():
    """MicroPython lets byte 3 interrupt from the first statement of main.py on (shared/runtime/
    pyexec.c), and the configuration, which has the meter's pin, is read a second later."""
    lines = [line for line in (ROOT / "firmware/main.py").read_text().splitlines()
             if line and not line.startswith(("#", '"""'))]
    assert lines[:2] == ["from micropython import kbd_intr", "kbd_intr(-1)"]
    again = lines.index("    kbd_intr(3)")
    assert "begin(board)" in lines[again - 2] and "asyncio.run" in lines[again + 1]
