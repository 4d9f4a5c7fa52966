"""Pins 1 and 2 of the meter's port: measured, fed and asked only as the board can."""

import sys

import pytest

from microhan.config.schema import defaults
from microhan.config.values import validate
from microhan.device.log import Log

# pin1_sense, feed, feed_fault, request; 2.5 dB on an ESP32, else 6
CHIPS = {"ESP32": (36, 25, 26, 27, 1), "ESP32S3": (1, 4, 5, 15, 2), "ESP32C3": (1, 7, 10, 3, 2)}
OUT, IN = 3, 1


def configured(chip, **pins):
    """Warnings, once the owner's file has these pins."""
    config, problems = validate({"pins": pins})
    assert not problems
    log = Log(lambda: 0)
    chip.board.configure(config["pins"], log.warn)
    return config["pins"], log


def port_of(chip, **pins):
    given, log = configured(chip, **pins)
    return chip.board.open(given, log.warn), log.warnings


@pytest.mark.parametrize("chip", CHIPS, indirect=True)
def test_until_somebody_wants_it_none_of_its_pins_is_touched(chip):
    configured(chip)
    assert not set(chip.pins) & set(CHIPS[chip.board.name][:4])


@pytest.mark.parametrize("chip", CHIPS, indirect=True)
def test_each_chip_has_its_own_pins(chip):
    sense, feed, fault, request, attenuation = CHIPS[chip.board.name]
    port, warnings = port_of(chip)
    assert port.has(1) and port.has(2) and not warnings
    assert chip.pins[feed] == (OUT, 0)  # off from the start
    assert chip.pins[fault][0] == chip.pins[request][0] == IN
    assert chip.attenuation == {sense: attenuation}
    port.feed(True)
    assert chip.pins[feed] == (OUT, True)
    port.feed(False)
    assert chip.pins[feed] == (OUT, False)
    port.request(False)
    assert chip.pins[request] == (OUT, 0)
    port.request(True)
    assert chip.pins[request][0] == IN
    chip.pins[fault] = IN, 0
    assert port.fault()
    chip.pins[fault] = IN, 1
    assert not port.fault()


@pytest.mark.parametrize("chip", CHIPS, indirect=True)
def test_what_a_restart_has_left_is_switched_off_at_the_start(chip):
    _, feed, _, request, _ = CHIPS[chip.board.name]
    chip.pins.update({feed: (OUT, 1), request: (OUT, 0)})
    given, log = configured(chip)
    port = chip.board.open(given, log.warn)
    assert chip.pins[feed] == (OUT, 0) and chip.pins[request][0] == IN
    port.feed(True)
    assert chip.board.open(given, log.warn) is port  # the application's
    assert chip.pins[feed] == (OUT, True)


def test_a_restart_and_the_end_of_the_application_feed_no_longer(chip, monkeypatch):
    chip.board.close()  # nobody has opened it
    monkeypatch.setattr(sys.modules["machine"], "reset", lambda: resets.append(chip.pins[25]),
                        raising=False)
    port, _ = port_of(chip)
    for end, at_the_reset in ((chip.board.reset, [(OUT, False)]), (chip.board.close, [])):
        resets = []
        port.feed(True)
        end()
        assert chip.pins[25] == (OUT, False) and resets == at_the_reset


@pytest.mark.parametrize("uv,millivolts", [
    (0, 0), (78_000, 432), (90_000, 499), (90_164, 500), (811_475, 4500), (901_639, 5000),
    (1_027_869, 5700), (1_357_000, 7525)])
def test_what_is_on_pin_1_is_reckoned_from_behind_the_divider(chip, uv, millivolts):
    """100 kΩ over 22 kΩ. 78 mV is the least that an ESP32 tells with 2.5 dB: still below 500."""
    port, _ = port_of(chip)
    chip.uv[36] = uv
    assert port.milli() == pytest.approx(millivolts, abs=1)
    assert isinstance(port.milli(), int)
    assert chip.board.port() == ("", port.milli())


@pytest.mark.parametrize("error", [OSError(-258), ValueError()])
def test_what_cannot_be_read_is_none_and_not_tried_again(chip, error):
    """Each attempt of a chip without calibration costs the system some memory, for good."""
    port, _ = port_of(chip)
    chip.uv[36] = error
    assert port.milli() is None and chip.board.port() == ("", None)
    chip.uv[36] = 90_000
    assert port.milli() is None and chip.board.port() == ("", None)


@pytest.mark.parametrize("chip,pins,warning", [
    ("ESP32", {"feed": 34}, "pins.feed is 34: from 34 on an ESP32's pins are inputs only"),
    ("ESP32", {"feed": 16}, "pins.feed is 16: pins.rx is the same, give each its own"),
    ("ESP32", {"feed": 6}, "pins.feed is 6: the flash memory is on pins 6 to 11"),
    ("ESP32", {"pin1_sense": 4}, "pins.pin1_sense is 4: it measures on pins 32 to 39 only"),
    ("ESP32S3", {"pin1_sense": 11}, "pins.pin1_sense is 11: it measures on pins 1 to 10 only"),
    ("ESP32C3", {"feed": 1}, "pins.feed is 1: pins.pin1_sense is the same"),
    ("ESP32C3", {"tx": 7}, "pins.feed is 7: pins.tx is the same, give each its own"),
], indirect=["chip"])
def test_with_a_pin_that_cannot_be_used_nothing_is_fed_and_that_is_said(chip, pins, warning):
    port, warnings = port_of(chip, **pins)
    assert not port.has(1)
    assert len(warnings) == 1 and warnings[0].startswith(warning), warnings
    assert warnings[0].endswith(". Until then there is none")
    before = dict(chip.pins)
    port.feed(True)
    assert chip.pins == before and not port.fault()


@pytest.mark.parametrize("pins", [{"feed": -2}, {"pin1_sense": -2}])
def test_a_board_without_them_feeds_nothing(chip, pins):
    port, warnings = port_of(chip, **pins)
    assert not port.has(1) and port.has(2) and not warnings
    port.feed(True)
    assert 25 not in chip.pins


def test_without_a_flag_there_is_no_fault_and_without_request_nothing_is_dropped(chip):
    port, warnings = port_of(chip, feed_fault=-2, request=-2)
    assert port.has(1) and not port.has(2) and not warnings
    port.request(False)
    assert not port.fault() and 26 not in chip.pins and 27 not in chip.pins


@pytest.mark.parametrize("chip,pins", [("ESP32C3", {"rx": 10}), ("ESP32C3", {"rx": 10, "tx": 7}),
                                       ("ESP32", {"rx": 25, "led": 27})], indirect=["chip"])
def test_they_take_no_pin_away_from_the_meter_or_the_light(chip, pins):
    _, log = configured(chip, **pins)
    assert not log.warnings
    for use, pin in pins.items():
        assert chip.board._pins[use] == pin


@pytest.mark.parametrize("pins", [{"pin1_sense": -2}, {"rx": 36}, {"pin1_sense": 4}])
def test_where_pin_1_cannot_be_seen_nothing_is_told_of_it(chip, pins):
    configured(chip, **pins)
    chip.uv[36] = 100
    assert chip.board.port() == ("", None)


def test_the_schema_has_them_all():
    pins = defaults()["pins"]
    assert [pins[use] for use in ("pin1_sense", "feed", "feed_fault", "request")] == [-1] * 4
    assert defaults()["feed"] == {"consent": False, "restart_after": 0}
