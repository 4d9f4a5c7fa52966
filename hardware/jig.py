#!/usr/bin/env python3
"""Tests a dongle that was just assembled, and prints pass or fail for each step.

    .venv/bin/python hardware/jig.py --port /dev/ttyACM0 [--flash]

The jig is a USB cable and pins on the board's test points (dongle.md has its three parts): a
transistor pulls DATA low while Data Request is on, so that the board drives its own level shifter;
100 ohms load pin 1. --flash puts the firmware on the chip first. Exit code 1: the board failed.
"""

import argparse
import contextlib
import json
import subprocess
import sys

from table import ROOT, board

# Run on the dongle by MicroPython. Microvolts at the ADC, whose 0 dB reach 5.2 V at pin 1.
_ON_BOARD = """\
import json, time
from machine import ADC, Pin
adc = ADC(Pin({sense}), atten=ADC.ATTN_0DB)
request, feed = Pin({request}, Pin.OUT, value=1), Pin({feed}, Pin.OUT, value=0)
rx, fault, button = Pin({rx}, Pin.IN), Pin({fault}, Pin.IN), Pin({button}, Pin.IN)
def sense():
    time.sleep_ms(200)
    return sum(adc.read_uv() for _ in range(16)) // 16
def levels(value):
    request.value(value)
    time.sleep_ms(5)
    return rx.value()
found = dict(idle=sense(), asked=levels(1), quiet=levels(0), toggled=0)
for _ in range(1000):
    found['toggled'] += levels(1) == 1
    found['toggled'] += levels(0) == 0
request.value(1)
found.update(fault_off=fault.value(), button=button.value())
feed.value(1)
found.update(fed=sense(), fault_on=fault.value())
feed.value(0)
found.update(off=sense())
print(json.dumps(found))
"""


def program(data):
    """The program for the dongle, with board.toml's pins."""
    pins = data["pins"][data["board"]["chip"]]
    return _ON_BOARD.format(
        sense=pins["pin1_sense"], request=pins["request"], feed=pins["feed"],
        fault=pins["feed_fault"], rx=pins["rx"], button=pins["button"])


def limits(data):
    """(what, key, least, most, unit) of each step; volts are those of pin 1."""
    return [
        ("pin 1 without FEED", "idle", 0, 0.3, "V"),
        ("RX while DATA is low (Data Request on)", "asked", 1, 1, ""),
        ("RX while DATA is high (Data Request off)", "quiet", 0, 0, ""),
        ("DATA followed in 1,000 changes each way", "toggled", 2000, 2000, ""),
        ("FAULT without FEED", "fault_off", 1, 1, ""),
        ("BOOT not pressed", "button", 1, 1, ""),
        ("pin 1 with FEED, 100 ohms on it", "fed", 4.5, 5.3, "V"),
        ("FAULT with FEED", "fault_on", 1, 1, ""),
        ("pin 1 after FEED", "off", 0, 0.3, "V"),
    ]


def judge(found, data):
    """Sentences for each step, and whether all of them passed."""
    divider = 1 + data["pin_1"]["sense_top"] / data["pin_1"]["sense_bottom"]
    told, good = [], True
    for what, key, least, most, unit in limits(data):
        value = round(found[key] * divider / 1e6, 2) if unit else found[key]
        passed = least <= value <= most
        good = good and passed
        told.append(f"{'pass' if passed else 'FAIL'}  {what}: {value}{' ' * bool(unit)}{unit}"
                    + ("" if passed else f" (must be {least} to {most})"))
    return told, good


def run_on(port, text):
    """Runs a program on the dongle; returns what it printed."""
    from mpremote.transport_serial import SerialTransport  # from .venv

    transport = SerialTransport(port, baudrate=115200, timeout=5)
    try:
        transport.enter_raw_repl(soft_reset=False)
        return transport.exec(text).decode()
    finally:
        with contextlib.suppress(OSError):
            transport.close()


def flash(port):
    """Puts the firmware on the chip, as `make flash` does; returns whether that went well."""
    command = ["make", "flash", f"PORT={port}", "BOARD=ESP32_GENERIC_S3"]
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode == 0


def main(argv=None, runner=run_on, flasher=flash):
    """Runs all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", required=True, help="where the dongle is, /dev/ttyACM0")
    parser.add_argument("--flash", action="store_true", help="put the firmware on it first")
    options = parser.parse_args(argv)
    if options.flash and not flasher(options.port):
        print("FAIL  flash: the chip did not take the firmware")
        return 1
    data = board()
    try:
        found = json.loads(runner(options.port, program(data)))
    except Exception as error:  # whatever went wrong: the person at the jig needs one line
        print(f"FAIL  the dongle did not answer: {error}")
        return 1
    told, good = judge(found, data)
    print("\n".join([*told, "", "PASS" if good else "FAIL"]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
