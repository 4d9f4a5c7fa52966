"""One table, hardware/board.toml: firmware, README, guides and prices say the same."""

import ast
import re
import tomllib

import pytest

from fixtures.repository import ROOT

HARDWARE = ROOT / "hardware"
TABLE = tomllib.loads((HARDWARE / "board.toml").read_text())
FRONT_END = TABLE["front_end"]
FEED = ("Pin 1 is open by default. FEED only after the grid company's consent and with a measured "
        "pin 1 below 0.5 V.")


USES = ("rx", "tx", "led", "button", "pin1_sense", "feed", "feed_fault", "request")


def constant(path, name):
    """What a module of the firmware has by this name, without importing it: it may need
    MicroPython's modules."""
    tree = ast.parse((ROOT / "firmware/microhan" / path).read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            value = node.value
            return ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)
    raise AssertionError(f"{path} has no {name} any more")


def kilo(ohms):
    return f"{ohms / 1000:g} kΩ" if ohms >= 1000 else f"{ohms} Ω"


def words(path):
    return " ".join(re.sub(r"[*`]", "", path.read_text()).split())


def test_the_firmware_has_the_tables_pins():
    line, port = constant("board/esp32.py", "_PINS"), constant("board/port.py", "_OWN")
    assert set(line) == set(port) == set(TABLE["pins"])
    assert constant("board/port.py", "_USES") == USES[4:]
    for chip, pins in TABLE["pins"].items():
        assert set(pins) == set(USES) and len(set(pins.values())) == len(USES)
        assert (*line[chip][:4], *port[chip]) == tuple(pins[use] for use in USES), chip


def test_pin_1_is_measured_where_adc1_is():
    """ADC2 does not work beside Wi-Fi. (ESP-IDF, "Analog to Digital Converter".)"""
    adc = constant("board/port.py", "_ADC")
    assert adc == {"ESP32": (32, 39), "ESP32S3": (1, 10), "ESP32C3": (0, 4)}
    for chip, pins in TABLE["pins"].items():
        first, last = adc[chip]
        assert first <= pins["pin1_sense"] <= last


def test_the_firmware_divides_and_compares_as_the_table_says():
    pin_1 = TABLE["pin_1"]
    source = (ROOT / "firmware/microhan/board/port.py").read_text()
    (top, bottom), = re.findall(r"return total // \(_READS \* 10\) \* (\d+) // (\d+)\n", source)
    ratio = (pin_1["sense_top"] + pin_1["sense_bottom"]) / pin_1["sense_bottom"]
    assert int(top) / int(bottom) * 100 == pytest.approx(ratio)
    dead_v = TABLE["simulation"]["pin_1"]["sense_dead_v"]
    assert constant("meter/feed.py", "DEAD_MV") == dead_v * 1000
    for name in ("_LEAST_MV", "_MOST_MV"):
        assert constant("meter/feed.py", name) == TABLE["feed"][name.lower().strip("_")]
    assert 15 / ratio < 3.3  # V at the GPIO where 15 V are on pin 1


def test_the_configuration_page_says_the_same_rx():
    """config.json's own default is -1, the board's: nothing there may name another pin."""
    from microhan.config.schema import defaults  # the schema, as on the device

    pins = defaults()["pins"]
    assert pins["rx"] == -1 and pins["led"] == -1


@pytest.mark.parametrize("page", [ROOT / "README.md", HARDWARE / "breadboard.md"],
                         ids=["README", "breadboard"])
def test_the_wiring_has_the_tables_values(page):
    text = words(page)
    pins = TABLE["pins"]
    for sentence in (
            f"Pin 5 (data): {kilo(FRONT_END['pull_up'])} to +5 V, and "
            f"{kilo(FRONT_END['base_series'])} to the base; {kilo(FRONT_END['base_ground'])} from "
            "the base to GND",
            f"Collector: {kilo(FRONT_END['collector'])} to 3.3 V, and "
            f"{kilo(FRONT_END['gpio_series'])} to GPIO {pins['ESP32']['rx']} (ESP32, S3) or GPIO "
            f"{pins['ESP32C3']['rx']} (C3)",
            "Pin 2 (data request) to +5 V"):
        assert sentence in text, sentence
    assert pins["ESP32"]["rx"] == pins["ESP32S3"]["rx"]


@pytest.mark.parametrize("page", ["README.md", "safety.md", "breadboard.md", "bring-up.md"])
def test_every_guide_says_the_same_of_pin_1(page):
    assert FEED in words(HARDWARE / page)


@pytest.mark.parametrize("page", ["README.md", "breadboard.md", "bring-up.md", "case/README.md"])
def test_every_guide_says_that_it_is_not_built(page):
    assert re.search(r"not (been )?(built|printed)", words(HARDWARE / page), re.IGNORECASE)


def test_the_strap_is_open_as_made():
    assert TABLE["pin_1"]["strap"] == "open"


def test_no_strapping_or_console_pin_listens_to_the_meter():
    """An unplugged cord holds RX low: there an ESP32 would not start, or could not be flashed."""
    taken = {"ESP32": {0, 1, 2, 3, 5, 12, 15, *range(6, 12), *range(34, 40)},
             "ESP32S3": {0, 3, 19, 20, 43, 44, 45, 46, *range(26, 38)},
             "ESP32C3": {2, 8, 9, 18, 19, 20, 21, *range(11, 18)}}
    for chip, pins in TABLE["pins"].items():
        driven = {pins[use] for use in ("rx", "tx", "led", "feed", "feed_fault", "request")}
        assert not driven & taken[chip], chip


def test_links_and_pictures_of_the_guides_exist():
    """dongle.md comes with the board."""
    pages = [*HARDWARE.glob("*.md"), *HARDWARE.glob("*/README.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target and target != "dongle.md":
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_pictures_are_what_the_table_says(tmp_path):
    import draw

    draw.draw(tmp_path)
    for drawn in tmp_path.iterdir():
        kept = HARDWARE / "pictures" / drawn.name
        assert kept.read_text() == drawn.read_text(), f"{drawn.name}: run hardware/draw.py"


def test_the_price_list_is_what_its_table_says():
    import price

    data = tomllib.loads((HARDWARE / "price.toml").read_text())
    assert (HARDWARE / "price.md").read_text() == price.page(data), "run hardware/price.py"


def test_every_fitted_part_of_the_schematic_has_a_price():
    sheets = list(HARDWARE.glob("kicad/*.kicad_sch"))
    if not sheets:
        return  # the schematic comes with the board
    data = tomllib.loads((HARDWARE / "price.toml").read_text())
    priced = " ".join(row.get("refs", "") for row in data["dongle"]).split()
    assert len(priced) == len(set(priced))
    drawn = set()
    drawing = "".join(sheet.read_text() for sheet in sheets)
    for symbol in re.split(r"\n\t\(symbol\n", drawing)[1:]:
        ref = re.search(r'"Reference" "([A-Z]+\d+)"', symbol)
        if ref and "(dnp yes)" not in symbol and re.match(r"(R|C|D|F|J|Q|U|SW)\d", ref[1]):
            drawn.add(ref[1])
    assert set(priced) == drawn
