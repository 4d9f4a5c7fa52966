"""The ESP32's Board against stand-ins for MicroPython's machine, network and esp32."""

import importlib
import os
import sys
import time
from types import ModuleType, SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from microhan.config.schema import defaults, validate
from microhan.device.log import Log

KB = 1000
OURS = tuple("microhan.board." + name for name in ("esp32", "pins", "division", "room"))


class Uart:
    """machine.UART: its settings, and what it has heard."""

    INV_RX = 4

    def __init__(self, chip, number, **settings):
        chip.uarts.append(self)
        self.number = number
        self.settings = settings
        self.heard = b""

    def init(self, **settings):
        self.settings = {**self.settings, **settings}

    def read(self):
        heard, self.heard = self.heard, b""
        return heard or None


class Chip:
    """The system's memory, two heaps, and how it is divided: board/division.py is stood for."""

    def __init__(self):
        self.free = [20 * KB, 108 * KB]
        self.least = list(self.free)
        self.uarts = []
        self.fed = 0
        self.signal = None
        self.outputs = []  # pins that are driven
        self.divided = []  # with TLS or without
        self.problem = None  # that dividing has
        self.python = 30 * KB  # free in Python's heap
        self.garbage = 0

    def take(self, heap, count):
        self.free[heap] -= count
        self.least[heap] = min(self.least[heap], self.free[heap])

    def heaps(self, which):
        return [(200 * KB, free, free, least) for free, least in zip(self.free, self.least)]

    def divide(self, open_uart, tls):
        set_buffer = open_uart(256)
        self.take(1, 100 * KB)
        self.free[1] += 100 * KB
        if self.problem:
            raise self.problem
        set_buffer(4096)
        self.take(1, 40 * KB)  # of the second one Python's heap has 40 kB
        self.divided.append(tls)
        return ["keeps it"]

    def mem_free(self):
        """As MicroPython counts: with what the heap could take from the system."""
        return self.python + max(self.free)

    def collect(self):
        self.python += self.garbage
        self.garbage = 0


# What machine.Pin takes on each chip (ports/esp32/machine_pin.h of MicroPython).
TAKEN = {"ESP32": {*range(24), 25, 26, 27, *range(32, 40)},
         "ESP32S3": {*range(19), 21, 26, *range(33, 49)},
         "ESP32C3": {*range(14), 20, 21}}
FLASH = {"ESP32": range(6, 12), "ESP32S3": range(26, 33), "ESP32C3": range(11, 18)}


def pin_class(chip, name):
    """machine.Pin of this chip."""
    class Pin:
        OUT = 3

        def __init__(self, number, mode=None, value=None):
            if number not in TAKEN[name]:
                raise ValueError("invalid pin")
            if mode is not None:
                if name == "ESP32" and number >= 34:
                    raise ValueError("pin can only be input")
                assert number not in FLASH[name], "the chip stops"
                chip.outputs.append(number)
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
    machine.UART = type("UART", (Uart,), {
        "__init__": lambda self, *args, **settings: Uart.__init__(self, chip, *args, **settings)})
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
    division = ModuleType("microhan.board.division")
    division.divide = chip.divide
    monkeypatch.setitem(sys.modules, division.__name__, division)
    module = importlib.import_module("microhan.board.esp32")
    counted = SimpleNamespace(
        collect=chip.collect, mem_free=chip.mem_free, mem_alloc=lambda: 80 * KB)
    for one in (module, sys.modules["microhan.board.room"]):
        monkeypatch.setattr(one, "gc", counted)
    chip.board = module.Board()
    yield chip
    for module in OURS:
        monkeypatch.delitem(sys.modules, module, raising=False)


def low(chip):
    return chip.board.memory()["system_low"]


def divided(chip, tls=False):
    """The warnings of dividing the memory."""
    warnings = []
    chip.board.divide_memory(tls, warnings.append)
    return warnings


@pytest.mark.parametrize("tls", [False, True])
def test_the_memory_of_a_plain_esp32_is_divided(chip, tls):
    assert divided(chip, tls) == [] and chip.divided == [tls]
    (uart,) = chip.uarts
    assert uart.number == 1 and uart.settings["rxbuf"] == 4096
    memory = chip.board.memory()
    assert memory["heap"] == 110 * KB and memory["system"] == memory["system_free"] == 88 * KB


def test_if_it_cannot_be_divided_the_owner_is_told_and_the_line_is_read_all_the_same(chip):
    chip.problem = OSError("9000 bytes in one piece")
    (warning,) = divided(chip)
    assert "9000 bytes in one piece" in warning
    assert chip.board.uart(2400, 8, "even", True) is chip.uarts[-1]
    assert chip.uarts[-1].settings["rxbuf"] == 4096


@pytest.mark.parametrize("chip", ["ESP32S3", "ESP32C3"], indirect=True)
def test_other_chips_are_left_as_they_are(chip):
    assert divided(chip) == [] and chip.divided == [] and len(chip.uarts) == 1
    assert not chip.board.is_plain and chip.board.places == 4


def test_an_esp32_with_psram_is_left_as_it_is(chip):
    chip.free[0] = 4000 * KB
    board = type(chip.board)()
    board.divide_memory(True, lambda text: None)
    assert not board.is_plain and chip.divided == []


def test_the_line_gets_other_settings_without_another_buffer(chip):
    divided(chip)
    uart = chip.board.uart(115200, 8, "none", False)
    uart.heard = b"old"
    assert chip.board.uart(2400, 7, "even", True) is uart
    assert uart.settings["baudrate"] == 2400 and uart.settings["bits"] == 7
    assert uart.settings["parity"] == 0 and uart.settings["invert"] == Uart.INV_RX
    assert uart.read() is None  # what was heard with the settings before


def test_requests_are_refused_before_the_systems_memory_is_short(chip):
    divided(chip)
    assert chip.board.has_room(5 * KB)
    chip.take(1, 60 * KB)
    chip.take(0, 15 * KB)  # 13 kB are left
    assert not chip.board.has_room(0) and chip.board.has_room(0, True)
    chip.take(0, 5 * KB)
    assert not chip.board.has_room(0, True)


def test_nothing_begins_unless_a_packet_could_be_received(chip):
    heaps = [(200 * KB, 9 * KB, 1728, 0), (200 * KB, 9 * KB, 1000, 0)]
    room = sys.modules["microhan.board.room"].Room(True, False, lambda: heaps)
    assert room.has(-1)
    heaps[0] = (200 * KB, 9 * KB, 1664, 0)
    assert not room.has(-1) and not room.has(-1, True)


def test_garbage_is_collected_before_a_request_is_refused(chip):
    divided(chip)
    chip.python, chip.garbage = 12 * KB, 4 * KB
    assert chip.board.has_room(9 * KB)
    assert not chip.board.has_room(12 * KB)
    assert chip.board.has_room(-1)  # only the system's memory counts


def test_an_output_needs_less_than_a_request_and_comes_first(chip, monkeypatch):
    divided(chip)
    chip.python = 7 * KB
    assert not chip.board.has_room(4 * KB) and chip.board.has_room(4 * KB, True)
    chip.python = 20 * KB
    assert not chip.board.has_room(4 * KB)  # while the output connects, or waits for that
    later = time.ticks_ms() + 4500
    monkeypatch.setattr(time, "ticks_ms", lambda: later)
    assert chip.board.has_room(4 * KB)


def test_a_handshake_holds_requests_off_where_tls_has_no_memory_to_spare(chip, monkeypatch):
    divided(chip, True)
    assert chip.board.places == 1 and chip.board.has_room(0)
    assert chip.board.has_room(0, True) and not chip.board.has_room(0)
    later = time.ticks_ms() + 9000
    monkeypatch.setattr(time, "ticks_ms", lambda: later)
    assert chip.board.has_room(0)


def test_the_least_memory_of_the_start_is_not_told(chip):
    divided(chip)
    assert sum(chip.least) < 30 * KB and low(chip) == 88 * KB


def test_less_memory_than_at_the_start_is_told_exactly(chip):
    divided(chip)
    chip.take(1, 59 * KB)
    chip.free[1] += 59 * KB  # nobody looked in between, and the start's was less
    assert low(chip) == 88 * KB
    chip.take(1, 66 * KB)
    chip.free[1] += 66 * KB
    assert low(chip) == 20 * KB + 2 * KB


def test_other_lows_are_seen_when_the_watchdog_is_fed(chip):
    divided(chip)
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
    chip.board.divide_memory(False, log.warn)
    line = chip.uarts[-1].settings
    return (line["rx"], line["tx"], chip.outputs[-1]), log.warnings


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
def test_no_pins_that_the_schema_allows_stop_the_start_or_share_a_pin(chip):
    for one in range(-1, 49):
        for uses in (("rx", "tx"), ("tx", "led"), ("led", "button"), ("rx", "led")):
            for other in (one, 34, 18, 16):
                used, warnings = configured(chip, **dict(zip(uses, (one, other))))
                assert len(set(used)) == 3 and not set(used) & set(FLASH[chip.board.name])
                assert set(used) <= TAKEN[chip.board.name]
                assert warnings or set(used) >= {one, other} - {-1} or "button" in uses
    assert set(defaults()["pins"]) == {"rx", "tx", "led", "button"}
