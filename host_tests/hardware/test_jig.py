"""hardware/jig.py with a dongle that is a function."""

import json

import pytest

import jig
import table

GOOD = {"idle": 2000, "asked": 1, "quiet": 0, "toggled": 2000, "fault_off": 1, "button": 1,
        "fed": 890000, "fault_on": 1, "off": 4000}


def run(found, flashed=True, words=()):
    """The exit code with a dongle that answers `found`."""
    asked = []

    def runner(port, text):
        asked.append((port, text))
        return json.dumps(found)

    code = jig.main(["--port", "/dev/fake", *words], runner, lambda port: flashed)
    return code, asked


def test_a_good_dongle_passes(capsys):
    code, asked = run(GOOD)
    assert code == 0 and asked[0][0] == "/dev/fake"
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "PASS" and "pass  pin 1 with FEED, 100 ohms on it: 4.94 V" in lines


@pytest.mark.parametrize("key,value,word", [
    ("idle", 900000, "pin 1 without FEED: 4.99 V (must be 0 to 0.3)"),  # Q6 or U4 shorted
    ("asked", 0, "RX while DATA is low"),
    ("quiet", 1, "RX while DATA is high"),
    ("toggled", 1999, "followed"),
    ("fed", 700000, "pin 1 with FEED"),
    ("fed", 0, "pin 1 with FEED"),
    ("fault_on", 0, "FAULT with FEED"),
    ("button", 0, "BOOT"),
])
def test_each_fault_is_named(capsys, key, value, word):
    code, _ = run({**GOOD, key: value})
    told = capsys.readouterr().out
    assert code == 1 and told.splitlines()[-1] == "FAIL"
    assert [line for line in told.splitlines() if line.startswith("FAIL  ")][0].count(word) == 1


def test_a_chip_that_takes_no_firmware_is_not_tested(capsys):
    code, asked = run(GOOD, flashed=False, words=["--flash"])
    assert code == 1 and asked == [] and "flash" in capsys.readouterr().out


def test_a_dongle_that_does_not_answer_fails(capsys):
    def runner(port, text):
        raise OSError("no such port")
    assert jig.main(["--port", "/dev/fake"], runner) == 1
    assert "no such port" in capsys.readouterr().out


def test_its_program_has_the_tables_pins_and_can_be_read():
    data = table.board()
    text = jig.program(data)
    pins = data["pins"][data["board"]["chip"]]
    compile(text, "jig", "exec")
    assert f"ADC(Pin({pins['pin1_sense']})" in text
    assert f"Pin({pins['request']}, Pin.OUT, value=1)" in text
