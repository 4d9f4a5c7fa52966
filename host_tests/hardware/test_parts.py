"""hardware/parts.toml: drawings and numbers against it, and every error that one could make."""

import random
import tomllib
from dataclasses import replace

import pytest

import golden
import kicad_mutations
import kicadcli
import limits
import mpn
import mutate
import mutations
import parts
import table
from fixtures import needs

needs_kicad = pytest.mark.skipif(
    not kicadcli.available(), reason=needs.reason("kicad-cli", kicadcli.HOW_TO_GET))
SAMPLE = 1200  # of the mutations that need no KiCad; `make hardware` takes all


@pytest.fixture(scope="module")
def design(tmp_path_factory):
    """All files of hardware/, parsed; KiCad writes beside the other tests, not over them."""
    return golden.read(tmp_path_factory.mktemp("kicad"))


@pytest.mark.parametrize("number,told", [
    ("RC0603FR-074K7L", {"ohms": 4700, "percent": 1, "watts": 0.1, "package": "0603"}),
    ("RC0603FR-0727RL", {"ohms": 27}), ("RC0603FR-0751KL", {"ohms": 51000}),
    ("RC0402JR-072R2L", {"ohms": 2.2, "percent": 5, "package": "0402"}),
    ("CRCW06034K70FKEA", {"ohms": 4700, "percent": 1, "package": "0603"}),
    ("CRCW0805100KJNEA", {"ohms": 100000, "percent": 5, "package": "0805"}),
    ("ERJ-3EKF4701V", {"ohms": 4700, "percent": 1, "package": "0603"}),
    ("ERJ-3EKF27R0V", {"ohms": 27}), ("ERJ-3GEYJ472V", {"ohms": 4700, "percent": 5}),
    ("0603WAF4701T5E", {"ohms": 4700, "percent": 1}), ("0603WAF270JT5E", {"ohms": 27}),
    ("CL10B104KB8NNNC", {"farads": 1e-7, "percent": 10, "volts": 50, "dielectric": "X7R",
                         "package": "0603"}),
    ("CL21A226MAQNNNE", {"farads": 22e-6, "percent": 20, "volts": 25, "dielectric": "X5R",
                         "package": "0805"}),
    ("GRM188R61E105KA12D", {"farads": 1e-6, "volts": 25, "dielectric": "X5R",
                            "package": "0603"}),
    ("GRM1885C1H220JA01D", {"farads": 22e-12, "percent": 5, "volts": 50, "dielectric": "C0G"}),
    ("CC0603KRX7R9BB104", {"farads": 1e-7, "percent": 10, "volts": 50, "package": "0603"}),
    ("CC0603JRNPO9BN220", {"farads": 22e-12, "dielectric": "C0G"}),
    ("C1608X7R1H104K080AA", {"farads": 1e-7, "volts": 50, "package": "0603"}),
    ("EEUFR1A102", {"farads": 1e-3, "volts": 10}),
    ("10ZLH1000MEFC10X12.5", {"farads": 1e-3, "volts": 10,
                              "package": "radial 10 mm, pitch 5 mm"}),
    ("SMAJ5.0A", {"stand_off": 5, "direction": "one", "package": "SMA"}),
    ("SMAJ58CA", {"stand_off": 58, "direction": "both"}),
    ("SMBJ15A-13-F", {"stand_off": 15, "package": "SMB"}),
    ("BZT52C5V6-7-F", {"zener_volts": 5.6, "percent": 5, "package": "SOD-123"}),
    ("BZT52C10S-7-F", {"zener_volts": 10, "package": "SOD-323"}),
    ("BZX384-B5V6,115", {"zener_volts": 5.6, "percent": 2, "package": "SOD-323"}),
    ("1812L035/60MR", {"hold_amps": 0.35, "volts": 60, "package": "1812"}),
    ("MF-MSMF030-2", {"hold_amps": 0.3, "package": "1812"}),
    ("LDL1117S33R", {"out_volts": 3.3, "package": "SOT-223"}),
    ("TLV1117LV18DCYR", {"out_volts": 1.8}),
    ("ESP32-S3-WROOM-1-N8R2", {"flash_mb": 8, "psram_mb": 2, "bus": "quad", "celsius": 85}),
    ("ESP32-S3-WROOM-1-N16R8", {"flash_mb": 16, "psram_mb": 8, "bus": "octal", "celsius": 65}),
    ("ESP32-S3-WROOM-1U-H4", {"form": "WROOM-1U", "psram_mb": 0, "celsius": 105}),
])
def test_a_number_is_decoded_by_its_makers_scheme(number, told):
    found = mpn.decode(number)
    assert {key: found[key] for key in told} == pytest.approx(told)


@pytest.mark.parametrize("number", [
    "RC0603FR-074Q7L", "RC0603XR-074K7L", "CL10B104KZ8NNNC", "GRM188R69Z105KA12D", "SMAJ5.0",
    "BC847C", "", "RC0603FR-074K7L ", "ESP32-S3-WROOM-1-N8R2X",
])
def test_a_number_that_nobody_can_read_does_not_pass(number):
    with pytest.raises(mpn.UnknownNumber, match="no maker's scheme"):
        mpn.facts(number, {})


def test_a_data_sheet_may_not_contradict_the_number():
    sheets = {"1206L012WR": {"hold_amps": 0.125, "volts": 30}, "SMAJ5.0A": {"stand_off": 58.0}}
    assert mpn.facts("1206L012WR", sheets)["hold_amps"] == 0.125  # 012 stands for it
    with pytest.raises(mpn.UnknownNumber, match=r"says stand_off 5\.0, datasheets.toml says 58"):
        mpn.facts("SMAJ5.0A", sheets)


@pytest.mark.parametrize("value,number", [
    ("4k7", 4700), ("22", 22), ("2R2", 2.2), ("1M", 1e6), ("100n", 1e-7), ("22p", 22e-12),
    ("4u7", 4.7e-6), ("226k", 226000), ("1000u", 1e-3), ("green", None), ("4.7k7", None),
])
def test_a_value_is_a_quantity_or_none(value, number):
    assert mpn.quantity(value) == (pytest.approx(number) if number else None)


def test_alternates_are_read_as_the_drawing_writes_them():
    row = {"number": "ESP32-S3-WROOM-1-N8R2", "alternates": [
        "Nexperia 2N7002,215", "ESP32-S3-WROOM-1-N8 (no PSRAM)", "-N16R2",
        "5.2 x 5.2 mm class: Alps SKQGABE010", "any 0603 1 % 0.1 W: Vishay CRCW0603 series"]}
    assert parts.numbers(row) == [
        "ESP32-S3-WROOM-1-N8R2", "2N7002,215", "ESP32-S3-WROOM-1-N8", "ESP32-S3-WROOM-1-N16R2",
        "SKQGABE010", "any 0603 1 % 0.1 W: Vishay CRCW0603 series"]


def test_rules_are_read_with_their_conditions_but_without_comments():
    text = ('(version 1)\n# (rule "no")\n(rule "hole"\n (condition "A.Type == \'Via\'")\n'
            " (severity ignore)\n (constraint hole_size (min 0.3mm) (max 6.3mm)))\n")
    assert limits.rules(text) == {"hole": {"condition": "A.Type == 'Via'", "severity": "ignore",
                                           "hole_size": "min 0.3mm max 6.3mm"}}


@needs_kicad
@pytest.mark.parametrize("name", golden.CHECKS)
def test_schematic_board_and_tables_agree(name, design):
    assert golden.found(name, design) == []


@needs_kicad
def test_the_errors_of_the_review_are_all_told_by_their_reference(design):
    made = list(mutations.of_review(design))
    assert len(made) >= 10
    for one in made:
        assert any(one.what.partition(":")[0] in told for told in golden.problems(one.design))


@needs_kicad
@pytest.mark.parametrize("ref,field,new,words", [
    ("R10", "number", "RC0603FR-0751KL", "value 5k1, but RC0603FR-0751KL has ohms 51000"),
    ("Q1", "number", "MMBT3906LT1G", "MMBT3906LT1G is a PNP, not a NPN"),
    ("U1", "number", "ESP32-S3-WROOM-1-N16R8", "value ESP32-S3-WROOM-1-N8R2, but the number is"),
    ("R10", "number", "RC0402FR-075K1L", "package of RC0402FR-075K1L is 0402"),
    ("R10", "number", "RC0603FR-07ABC", "no maker's scheme fits"),
    ("R10", "value", "51k", "value 51k, but RC0603FR-075K1L has ohms 5100"),
])
def test_what_is_wrong_in_all_three_places_is_told_by_the_number(design, ref, field, new, words):
    rows = design.parts["part"]
    at = next(i for i, row in enumerate(rows) if ref in row["refs"].split())
    wrong = replace(design, parts=mutations.put(design.parts, ("part", at, field), new))
    for which in ("schematic", "pcb"):
        for one in rows[at]["refs"].split():
            wrong = mutations.redraw(wrong, which, one, field, new)
    assert any(words in told for told in golden.problems(wrong)), list(golden.problems(wrong))


@needs_kicad
def test_no_error_of_a_sample_goes_unnoticed(design):
    made = list(mutations.every(design))
    assert len(made) > 3000
    sample = random.Random(kicad_mutations.SEED).sample(made, SAMPLE)
    silent = [(one.group, one.what) for one in sample
              if next(golden.problems(one.design), None) is None]
    assert silent == []


@needs_kicad
@pytest.mark.parametrize("kind", ["a label renamed", "a number in the file", "a via's hole",
                                  "a part 1.6 mm aside"])
def test_errors_in_kicads_files_are_noticed_by_kicad(design, kind, tmp_path):
    made = [one for one in kicad_mutations.made(1) if kind in one.group]
    assert len(made) == 1
    assert kicad_mutations.caught(made[0], design, golden.problems, tmp_path / "kicad")


@needs_kicad
def test_rows_for_new_parts_are_those_of_the_table(design):
    """Without parts.toml, --rows prints it; nothing is written, a person compares and pastes."""
    empty = replace(design, parts={"usual": design.parts["usual"], "part": []})
    printed = tomllib.loads("\n".join(parts.rows(empty)))
    assert (parts.by_reference({**design.parts, **printed}).items()
            == parts.by_reference(design.parts).items())


@needs_kicad
def test_a_figure_of_board_toml_that_nothing_compares_is_named(design):
    lax = replace(design, board={**design.board, "new": {"figure": 7}})
    assert list(golden.problems(lax)) == []
    assert mutations.unseen(lax, golden.problems) == {"new.figure": 7}


def test_an_error_that_goes_unnoticed_fails_the_report(capsys):
    checks = table.Checks("mutations-test")
    results = [("nets", "R1.1", True), ("nets", "R1.2", False), ("values", "R3", True)]
    assert mutate.count(checks, results) == (3, 1)
    assert [(row["name"], row["value"], row["ok"]) for row in checks.rows] == [
        ("nets: of 2, not noticed", 1, False), ("values: of 1, not noticed", 0, True)]
    assert "not noticed: nets: R1.2" in capsys.readouterr().err
