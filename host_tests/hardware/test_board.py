"""hardware/kicad: KiCad's checks, the golden net table, and the factory's files read once more."""

import shutil

import pytest

import board
import kicadcli
import netlist
import table
from fixtures import needs
from fixtures.repository import IN_CI, ROOT

HARDWARE = ROOT / "hardware"

needs_kicad = pytest.mark.skipif(
    not kicadcli.available(), reason=needs.reason("kicad-cli", kicadcli.HOW_TO_GET))
EMITTER_AND_COLLECTOR = ("Q1.2", "Q1.3")


@pytest.fixture(scope="module")
def drawn():
    """The netlist as KiCad exports it."""
    return netlist.read(kicadcli.netlist())


def rewired(found, one, other):
    """The netlist with two pins exchanged."""
    swap = {one: other, other: one}
    nets = {name: {swap.get(pin, pin) for pin in pins} for name, pins in found.nets.items()}
    return netlist.Netlist(found.parts, nets, found.functions)


@needs_kicad
def test_the_schematic_passes_kicads_check():
    assert kicadcli.erc() == []


@needs_kicad
def test_the_board_passes_kicads_check_and_is_the_schematic():
    assert kicadcli.drc() == {"violations": [], "unconnected_items": [], "schematic_parity": []}


@needs_kicad
def test_a_damaged_drawing_fails_kicads_check(tmp_path):
    """The proof of the proof: without J1's wires the check must complain."""
    folder = tmp_path / "kicad"
    shutil.copytree(HARDWARE / "kicad", folder)
    copy = folder / kicadcli.SCHEMATIC.name
    text = copy.read_text()
    at = text.index("\t(wire")
    copy.write_text(text[:at] + text[text.index("\t(wire", at + 1):])
    assert kicadcli.erc(copy) != []


@needs_kicad
def test_everything_is_joined_as_the_golden_table_says(drawn):
    assert netlist.differences(drawn, netlist.golden()["nets"]) == []


@needs_kicad
@pytest.mark.parametrize("one,other", [
    EMITTER_AND_COLLECTOR,  # which KiCad's check lets pass
    ("J1.1", "J1.6"),  # a socket numbered from the wrong side
    ("D3.1", "D3.2"), ("JP1.1", "JP1.3"), ("U1.13", "U1.14"), ("U1.9", "U1.10"),
])
def test_two_pins_exchanged_are_noticed(drawn, one, other):
    assert netlist.differences(rewired(drawn, one, other), netlist.golden()["nets"]) != []


@needs_kicad
def test_values_and_gpios_are_those_of_the_table(drawn):
    wanted, data = netlist.golden(), table.board()
    assert netlist.wrong_values(drawn, wanted["values"], data) == []
    assert netlist.wrong_gpios(drawn, wanted["gpios"], data) == []
    data["front_end"]["base_ground"] = 10000
    data["pins"]["ESP32S3"]["rx"] = 4
    assert len(netlist.wrong_values(drawn, wanted["values"], data)) == 1
    assert len(netlist.wrong_gpios(drawn, wanted["gpios"], data)) == 1


@needs_kicad
def test_the_simulation_has_no_more_capacitance_than_is_fitted(drawn):
    """Microfarads on +5 V and +3.3 V, by nominal value; a capacitor loses some at voltage."""
    power = table.board()["simulation"]["power"]
    for rail, key in (("+5V", "bulk_uf"), ("+3V3", "out_uf")):
        parts = {pin.partition(".")[0] for pin in drawn.nets[rail]}
        fitted = sum(float(drawn.parts[ref].value.rstrip("u")) for ref in parts
                     if drawn.parts[ref].fitted and drawn.parts[ref].value.endswith("u"))
        assert power[key] <= fitted, f"{key} is {power[key]}, fitted on {rail}: {fitted} µF"


@needs_kicad
def test_the_factorys_files_by_an_independent_reader():
    try:
        board.python_tools()
    except board.PipError as error:
        if IN_CI:
            raise
        pytest.skip(needs.reason("pip", f"for requirements-hardware.txt: {error}"))
    checks = table.Checks("board-test")
    data = table.board()
    found = netlist.read(kicadcli.netlist())
    kicadcli.gerbers(board.FAB)
    kinds = board.bom(found, board.FAB / "bom.csv")
    board.geometry(checks, board.positions(found, board.FAB / "positions.csv"), data)
    board.factory_files(checks, data)
    assert kinds >= 25
    assert [row for row in checks.rows if row["ok"] is False] == []


@pytest.mark.parametrize("text,value", [
    ("1k5", 1500), ("22", 22), ("100k", 100000), ("4k7", 4700), ("0.35 A, 60 V", 350),
    ("0.125 A", 125), ("MMBT3904", "MMBT3904"), ("2R2", 2), ("open", "open"),
])
def test_values_are_read_as_people_write_them(text, value):
    assert netlist.number(text) == value
