"""Pins 1 and 2 of the meter's port, as far as the board can measure and switch them. Loaded only
where the owner has one of them switched, and to see whether pin 1 is dead.

When power comes all of these pins are inputs: a resistor keeps the feed's low
(hardware/board.toml). A restart by software, and so the watchdog's, resets the processor and not
its pins, on all three chips: they stay as they were until make() (ESP-IDF, esp_restart).
"""

from typing import TYPE_CHECKING

import machine

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

# pin1_sense, feed, feed_fault, request: each board's own, as in hardware/board.toml.
_USES = ("pin1_sense", "feed", "feed_fault", "request")
_OWN = {
    "ESP32": (36, 25, 26, 27),
    "ESP32S3": (1, 4, 5, 15),
    "ESP32C3": (1, 7, 10, 3),
}
# First and last pin of ADC1; ADC2 does not work beside Wi-Fi. (ESP-IDF, "ADC".)
_ADC = {"ESP32": (32, 39), "ESP32S3": (1, 10), "ESP32C3": (0, 4)}
_NONE = const(-2)  # as the owner says that the board has none
_READS = const(8)  # of which the mean is taken


class Port:
    """What is wired to pins 1 and 2; of pins that are None nothing."""

    def __init__(self, adc: "machine.ADC | None", feed: int | None, fault: int | None,
                 request: int | None):
        self._adc = adc
        self._request = request
        self._feed = None
        self._fault = None
        if adc is not None and feed is not None:
            self._feed = machine.Pin(feed, machine.Pin.OUT, value=0)
            if fault is not None:
                # Where no flag is wired it reads high, which is well.
                self._fault = machine.Pin(fault, machine.Pin.IN, machine.Pin.PULL_UP)
        self.request(True)

    def has(self, pin: int) -> bool:
        """Whether pin 1 can be fed, or pin 2's request dropped."""
        return (self._feed if pin == 1 else self._request) is not None

    def milli(self) -> int | None:
        """Millivolts on pin 1; None if it cannot be read, and then always."""
        millivolts = _millivolts(self._adc)
        if millivolts is None:
            self._adc = None
        return millivolts

    def feed(self, on: bool) -> None:
        """Switch the feed of pin 1."""
        if self._feed:
            self._feed(on)

    def fault(self) -> bool:
        """Whether the switch says that it limits, or is hot."""
        return self._fault is not None and not self._fault()

    def request(self, on: bool) -> None:
        """Ask the meter for telegrams, or stop asking. On is an input: the board asks by itself.
        """
        if self._request is not None:
            if on:
                machine.Pin(self._request, machine.Pin.IN)
            else:
                machine.Pin(self._request, machine.Pin.OUT, value=0)


def make(chip: str, taken: dict[str, int], given: dict[str, int],
         warn: "Callable[[str], None]") -> Port:
    """The Port of this chip. taken: {use: pin} that others have; given: the section `pins`.

    `warn` gets a sentence on each pin that cannot be used so; the board then has none.
    """
    pins = dict(taken)
    for use, own in zip(_USES, _OWN[chip]):
        pin = own if given[use] == -1 else given[use]
        if pin == _NONE:
            continue
        problem = _problem(chip, use, pin, pins)
        if problem:
            warn("pins.%s is %d: %s. Until then there is none" % (use, pin, problem))
        else:
            pins[use] = pin
    sense, feed, fault, request = [pins.get(use) for use in _USES]
    return Port(None if sense is None else _adc(chip, sense), feed, fault, request)


def milli(chip: str, taken: "Collection[int]", given: int) -> int | None:
    """Millivolts on pin 1, which nobody feeds; None if it cannot be read: do not ask again. given:
    as `pins.pin1_sense`."""
    pin = _OWN[chip][0] if given == -1 else given
    first, last = _ADC[chip]
    return _millivolts(_adc(chip, pin)) if first <= pin <= last and pin not in taken else None


def _adc(chip, pin):
    # An ESP32 reads 78 mV at least, which is 433 mV before the divider; with more attenuation it
    # is 107 mV, and that would be more than the 500 mV that forbid feeding (ESP-IDF,
    # adc_cali_line_fitting.c). The others begin with 0, and need more for 7 V (ESP-IDF, "ADC").
    atten = machine.ADC.ATTN_2_5DB if chip == "ESP32" else machine.ADC.ATTN_6DB
    try:
        return machine.ADC(machine.Pin(pin), atten=atten)
    except (OSError, ValueError):
        return None


def _millivolts(adc):
    """The mean of some readings, in front of the divider: 100 kΩ over 22 kΩ. None if a chip has
    no calibration in its eFuses: each attempt costs the system 40 bytes for good (ESP-IDF, 5.2 to
    6.0, adc_cali_create_scheme_line_fitting)."""
    if adc is None:
        return None
    total = 0
    try:
        for _ in range(_READS):
            total += adc.read_uv()
    except (OSError, ValueError):
        return None
    return total // (_READS * 10) * 61 // 1100


def _problem(chip, use, pin, pins):
    from .pins import check

    for other in pins:
        if pins[other] == pin:
            return "pins.%s is the same, give each its own" % other
    first, last = _ADC[chip]
    if use == "pin1_sense" and not first <= pin <= last:
        return "it measures on pins %d to %d only, choose one" % (first, last)
    found = check(chip, use, pin)
    return found and found + ", choose another"
