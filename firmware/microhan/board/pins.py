"""Which of the owner's pins this chip can use, and the console off them: once, at the start."""

import select
import sys
from typing import TYPE_CHECKING

import machine

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable

# First and last of the pins that the flash is on: MicroPython takes some of them all the same, and
# the chip stops. Data sheets: ESP32, 2.2; ESP32-S3, 2.3; ESP32-C3, 2.3 (11 supplies the flash).
_FLASH = {"ESP32": (6, 11), "ESP32S3": (26, 32), "ESP32C3": (11, 17)}
_INPUT_ONLY = const(34)  # of the ESP32, and all above: data sheet, 2.2
_INPUTS = ("rx", "button", "pin1_sense")
_ABSENT = const(20)  # on an ESP32 MicroPython takes it all the same
_HEARD = const(512)  # bytes; MicroPython keeps 260 that nobody has read (ports/esp32/mphalport.c)
# The pin that UART0, and so MicroPython's console, receives on. Data sheets: ESP32, 2.2; ESP32-S3,
# 2.3; ESP32-C3, 2.2.
_CONSOLE = {"ESP32": 3, "ESP32S3": 44, "ESP32C3": 20}


def usable(chip: str, own: dict[str, int], given: dict[str, int],
           warn: "Callable[[str], None]") -> dict[str, int]:
    """Return {use: pin}: those of `given` that can be used so, otherwise the board's `own`.

    -1 keeps the board's own, and so does, with a warning, a pin that cannot be used.
    """
    pins = dict(own)
    for use in own:
        pin = given[use]
        found = None if pin < 0 else check(chip, use, pin)
        if found:
            _refuse(warn, use, pin, found + ", choose another", own)
        elif pin >= 0:
            pins[use] = pin
    # The board's own pins differ from each other, so of two uses of one pin one is the owner's. It
    # goes back to the board's own, where it may meet another of the owner's: once more, then.
    met = True
    while met:
        met = False
        for use in ("button", "led", "tx", "rx"):  # what is missed least goes first
            others = [one for one in pins if one != use and pins[one] == pins[use]]
            if others and pins[use] != own[use]:
                _refuse(warn, use, pins[use],
                        "pins.%s is the same, give each its own" % others[0], own)
                pins[use] = own[use]
                met = True
    return pins


def part_from_console(chip: str, pins: dict[str, int]) -> None:
    """Let the console listen elsewhere, where the meter is on the pin that it receives on.

    Otherwise a byte 3 of the meter is Ctrl-C and ends the application. From now on UART0 listens
    to the button, which nobody sends on; a console on the chip's own USB stays. UART0 sends to the
    meter's tx, until UART1 takes that pin over. (ESP-IDF, uart_set_pin: a UART receives from one
    pin, and a pin sends for one UART.)
    """
    if pins["rx"] == _CONSOLE[chip]:
        try:
            machine.UART(0, baudrate=115200, tx=pins["tx"], rx=pins["button"])
        except OSError:
            # From 1.27 on the pins are set, and then there is no driver whose buffer could be
            # emptied (ports/esp32/machine_uart.c).
            pass
        # What it has heard until now is the meter's: nobody may take it for what a person typed.
        heard = select.poll()
        heard.register(sys.stdin, select.POLLIN)
        for _ in range(_HEARD):
            if not heard.poll(0):
                break
            sys.stdin.buffer.read(1)


def _refuse(warn, use, pin, problem, own):
    warn("pins.%s is %d: %s. Until then it is %d" % (use, pin, problem, own[use]))


def check(chip: str, use: str, pin: int) -> str | None:
    """Why the chip cannot use a pin so; None if it can."""
    first, last = _FLASH[chip]
    if first <= pin <= last:
        return "the flash memory is on pins %d to %d" % (first, last)
    if chip == "ESP32" and pin >= _INPUT_ONLY and use not in _INPUTS:
        return "from %d on an ESP32's pins are inputs only" % _INPUT_ONLY
    try:
        machine.Pin(pin)  # without a mode: looks it up, and sets nothing
        exists = chip != "ESP32" or pin != _ABSENT
    except ValueError:
        exists = False
    return None if exists else "there is no such pin"
