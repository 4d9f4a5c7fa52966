"""The ESP32's Board against stand-ins for MicroPython's machine, network and esp32."""

import importlib
import os
import select
import sys
from types import ModuleType, SimpleNamespace

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.fake_chip import KB, OURS, Chip, TlsContext, Uart, adc_class, pin_class


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
    machine.ADC = adc_class(chip, kind)
    machine.reset_cause = lambda: 2
    machine.RTC = lambda: chip
    machine.WDT = lambda timeout: SimpleNamespace(
        feed=lambda: setattr(chip, "fed", chip.fed + 1))
    network = ModuleType("network")
    network.STA_IF = 0
    network.WLAN = lambda interface: station
    esp32 = ModuleType("esp32")
    esp32.HEAP_DATA = 4
    esp32.idf_heap_info = chip.heaps
    tls = ModuleType("tls")
    tls.PROTOCOL_TLS_CLIENT = tls.CERT_NONE = 0
    tls.SSLContext = lambda protocol: TlsContext(chip)
    for module in (machine, network, esp32, tls):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine=f"Generic {kind} module"))
    for module in OURS:
        monkeypatch.delitem(sys.modules, module, raising=False)
    division = ModuleType("microhan.board.division")
    division.divide = chip.divide
    names_table = ModuleType("microhan.board.names_table")
    names_table.make = lambda: chip.made_names.append(chip.board._names_place)
    for module in (division, names_table):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    module = importlib.import_module("microhan.board.esp32")
    counted = SimpleNamespace(
        collect=chip.collect, mem_free=chip.mem_free, mem_alloc=lambda: 80 * KB)
    for one in (module, sys.modules["microhan.board.room"]):
        monkeypatch.setattr(one, "gc", counted)
    chip.board = module.Board(SimpleNamespace(kept=True))
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
