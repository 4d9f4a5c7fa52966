"""The boards that one can build or buy: one table, which the firmware can use as it stands."""

import ast

import pytest

from build import boards
from docs import boards as page
from fixtures.repository import ROOT
from flash import device_config, presets

SOURCE = ast.parse((ROOT / "firmware/microhan/board/esp32.py").read_text())
OWN = next(ast.literal_eval(node.value) for node in SOURCE.body
           if isinstance(node, ast.Assign) and node.targets[0].id == "_PINS")
CHIP = {"ESP32_GENERIC": "ESP32", "ESP32_GENERIC_S3": "ESP32S3", "ESP32_GENERIC_C3": "ESP32C3"}


def used(preset):
    """{use: pin} that the firmware has on this board."""
    own = dict(zip(("rx", "tx", "led", "button"), OWN[CHIP[preset.board]]))
    return {**own, **preset.pins}


def test_the_page_is_made_from_the_table():
    assert page.PAGE.read_text() == page.page(), "run: make docs"


@pytest.mark.parametrize("preset", presets.PRESETS, ids=lambda preset: preset.name)
def test_the_firmware_takes_what_a_board_sets(preset):
    device_config.check(presets.configuration(preset), preset.name)
    assert preset.board in boards.BOARDS and set(preset.pins) <= {"rx", "tx", "led", "button"}
    # Nobody's board but ours may feed a port, or switch anything on pins that others use.
    no_port = {"pin1_sense": -2, "feed": -2, "feed_fault": -2, "request": -2}
    pins = presets.configuration(preset).get("pins", {})
    assert preset.kind == presets.OWN or no_port.items() <= pins.items()
    assert len(set(used(preset).values())) == 4  # no two uses of one pin


@pytest.mark.parametrize("preset", presets.PRESETS, ids=lambda preset: preset.name)
def test_facts_of_others_boards_name_the_version_that_was_read(preset):
    if preset.kind == presets.OWN:
        assert not presets.configuration(preset)
    else:
        version = preset.source.split("/blob/")[1].split("/")[0]
        assert len(version) == 40 and int(version, 16) and preset.back


def test_no_name_of_a_board_has_two_meanings():
    names = [preset.name for preset in presets.PRESETS]
    assert len(set(names)) == len(names) and not set(names) & set(boards.BOARDS)
    assert presets.find("ESP32_GENERIC_C3") == (boards.BOARDS["ESP32_GENERIC_C3"], {})
    assert presets.find(None)[0] == presets.find("")[0] == boards.named("")
