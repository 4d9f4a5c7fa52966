"""The pins of the configuration, and the console that gives way to the meter's."""

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.fake_chip import FLASH, TAKEN
from fixtures.repository import ROOT
from microhan.config.schema import defaults
from microhan.config.values import validate
from microhan.device.log import Log

PORT = ("pin1_sense", "feed", "feed_fault", "request")  # test_port.py
OWN = {"ESP32": (16, 19, 18), "ESP32S3": (16, 17, 18), "ESP32C3": (4, 5, 6)}  # rx, tx, led


def configured(chip, **pins):
    """((rx, tx, led) that are in use, warnings) once the owner's file has these pins."""
    config, problems = validate({"pins": pins})
    assert not problems
    log = Log(lambda: 0)
    chip.board.configure(config["pins"], log.warn)
    chip.board.divide_memory(False, False, log.warn)
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
def test_no_pins_that_the_schema_allows_stop_the_start_or_share_a_pin(chip, typed):
    for one in range(-1, 49):
        for uses in (("rx", "tx"), ("tx", "led"), ("led", "button"), ("rx", "led")):
            for other in (one, 34, 18, 16):
                used, warnings = configured(chip, **dict(zip(uses, (one, other))))
                assert len(set(used)) == 3 and not set(used) & set(FLASH[chip.board.name])
                assert set(used) <= TAKEN[chip.board.name]
                assert warnings or set(used) >= {one, other} - {-1} or "button" in uses
    assert set(defaults()["pins"]) == {"rx", "tx", "led", "led_invert", "button", *PORT}


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
    assert {number for number, _, _ in chip.opened} == {1} and typed


def test_no_byte_of_a_meter_is_ctrl_c_while_the_application_starts():
    """MicroPython lets byte 3 interrupt from the first statement of main.py on (shared/runtime/
    pyexec.c), and the configuration, which has the meter's pin, is read a second later."""
    def lines_of(name):
        return [line.strip() for line in (ROOT / "firmware" / name).read_text().splitlines()
                if line.strip() and not line.strip().startswith("#")]

    first = lines_of("main.py")
    assert first[first.index("from micropython import kbd_intr") + 1:] == [
        'if __name__ == "__main__":', "kbd_intr(-1)", "from launch import run", "run()"]
    # Nor later, until setup/cable.py has listened for Improv, whose packets have that byte.
    then = lines_of("microhan/begin.py")
    at = then.index("board, main = _begun(archive)")
    assert then[at + 1:at + 4] == ["clear_stack()", "try:", "asyncio.run(main)"]
    assert "kbd_intr" not in "".join(then)
