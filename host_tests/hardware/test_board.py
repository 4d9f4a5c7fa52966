"""hardware/kicad: KiCad's checks, the golden net table, and the factory's files read once more."""

import re
import shutil

import pytest

import assembly
import board
import kicadcli
import netlist
import pcb
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


def with_copper(tmp_path, x, y, layer):
    """The board with a track of ground, a millimetre long, at a place in millimetres."""
    folder = tmp_path / "kicad"
    shutil.copytree(HARDWARE / "kicad", folder)
    copy = folder / kicadcli.PCB.name
    text = copy.read_text()
    origin = [float(v) for v in re.search(r"\(aux_axis_origin (\S+) (\S+)\)", text).groups()]
    ground = re.search(r'\(net (\d+) "GND"\)', text)[1]
    left, down = origin[0] + x, origin[1] - y
    copy.write_text(text[:text.rindex(")")] + f"""
        (segment (start {left} {down}) (end {left + 1} {down}) (width 0.3) (layer "{layer}")
            (net {ground}) (uuid "00000000-0000-4000-8000-000000000001"))\n)\n""")
    return kicadcli.drc(copy)["violations"]


@needs_kicad
@pytest.mark.parametrize("x,layer", [(3, "F.Cu"), (3, "B.Cu"), (36, "F.Cu"), (36, "B.Cu")])
def test_copper_beside_the_antenna_is_noticed(tmp_path, x, layer):
    """On the board, 15 mm around the antenna are its two upper corners."""
    length = table.board()["board"]["length"]
    found = with_copper(tmp_path, x, length - 1, layer)
    assert any("antenna: no copper" in sentence for sentence in found), found


@needs_kicad
def test_copper_elsewhere_is_not_the_antennas(tmp_path):
    found = with_copper(tmp_path, 3, table.board()["board"]["length"] - 3.5, "B.Cu")
    assert not any("antenna" in sentence for sentence in found)


@pytest.mark.parametrize("track,word", [
    (("LED", "B.Cu", (13, 50), (14, 50)), "cuts the ground"),
    (("LED", "B.Cu", (10, 50), (14, 54)), "cuts the ground"),  # ends inside
    (("LED", "B.Cu", (11, 50), (31, 50)), "cuts the ground"),  # passes under
    (("LED", "F.Cu", (13, 50), (14, 50.5)), "45 degrees"),
])
def test_a_track_that_one_would_not_show_is_noticed(track, word):
    told = pcb.drawing([track], table.board()["board"]["whole_ground"])
    assert [word in sentence for sentence in told] == [True]


def test_straight_tracks_and_short_bridges_pass():
    whole = table.board()["board"]["whole_ground"]
    fine = [("LED", "F.Cu", (13, 50), (14, 51)), ("LED", "B.Cu", (5, 50), (5, 52)),
            ("GND", "B.Cu", (13, 50), (14, 50))]
    assert pcb.drawing(fine, whole) == []


def test_the_order_says_the_boards_size():
    size = table.board()["board"]
    order = (HARDWARE / "fabrication.txt").read_text()
    assert f"{size['width']:g} x {size['length']:g} mm" in order
    assert f"revision {size['revision']}" in order


@needs_kicad
def test_two_runs_give_the_same_bytes(tmp_path):
    runs = []
    for name in ("one", "two"):
        kicadcli.gerbers(tmp_path / name)
        runs.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert runs[0] == runs[1] and len(runs[0]) > 10


def test_a_house_gets_its_own_rotation():
    rows = assembly.settings()["rotation"]
    assert assembly.turned("Package_TO_SOT_SMD:SOT-23", 270, rows) == 90
    assert assembly.turned("Package_TO_SOT_SMD:SOT-223-3_TabPin2", 180, rows) == 0
    assert assembly.turned("Resistor_SMD:R_0603_1608Metric", 90, rows) == 90


@pytest.mark.parametrize("numbers,rows,words", [
    ({"A": {"LCSC": "15849"}}, [("A", "15849")], "no number of LCSC"),
    ({"A": {"LCSC": "C15849"}}, [("A", "C15850")], "parts.toml {'LCSC': 'C15850'}"),
    ({"A": {"LCSC": "C15849"}, "B": {"LCSC": "C15849"}}, [("A", "C15849"), ("B", "C15849")],
     "both are C15849"),
    ({"A": {"LCSC": "C15849"}}, [("B", None)], "A is in assembly.toml, and is no part's"),
])
def test_a_suppliers_number_is_well_formed_and_stands_twice(numbers, rows, words):
    """A slip in one table, one number for two parts, a part that is not there."""
    table_rows = [{"number": number, **({"suppliers": {"LCSC": theirs}} if theirs else {})}
                  for number, theirs in rows]
    columns = assembly.settings()["suppliers"]["columns"]
    told = assembly.wrong_suppliers({"columns": columns, "numbers": numbers}, table_rows)
    assert words in "\n".join(told)


@needs_kicad
def test_everything_is_joined_as_the_golden_table_says(drawn):
    assert netlist.differences(drawn, netlist.golden()["nets"]) == []


@needs_kicad
@pytest.mark.parametrize("one,other", [
    EMITTER_AND_COLLECTOR,  # which KiCad's check lets pass
    ("J1.1", "J1.6"),  # a socket numbered from the wrong side
    ("D4.1", "D4.2"), ("Q6.2", "Q6.3"), ("U5.1", "U5.2"), ("U4.3", "U4.4"),
    ("U1.13", "U1.14"), ("U1.9", "U1.10"),
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
    kinds = assembly.bom(found, board.FAB / "bom.csv")
    board.geometry(checks, assembly.positions(found, board.FAB / "positions.csv"), data)
    board.factory_files(checks, data)
    assert kinds >= 25
    assert [row for row in checks.rows if row["ok"] is False] == []


@pytest.mark.parametrize("text,value", [
    ("1k5", 1500), ("22", 22), ("100k", 100000), ("4k7", 4700), ("0.35 A, 60 V", 350),
    ("0.125 A", 125), ("MMBT3904", "MMBT3904"), ("2R2", 2), ("open", "open"),
])
def test_values_are_read_as_people_write_them(text, value):
    assert netlist.number(text) == value
