"""What `make run` says: its display, and what it makes of its options."""

import io
from pathlib import Path

import pytest

import meter_model
import run
from twin import console, twin

READING = {"time": "2026-01-15T17:00:10+01:00", "active_power_import_w": 1234,
           "active_power_export_w": 0, "active_energy_import_kwh": 12345.678,
           "voltage_l1_v": 230.1, "current_l1_a": -1.5}
STATUS = {"meter": {"state": "ok", "text_en": "The meter is being read.",
                    "counters": {"ok": 7, "crc": 2, "too_long": 0}},
          "outputs": {"mqtt": {"state": "error", "error": "refused", "queued": 3}},
          "memory": {"free": 50_000, "low": 40_000}}


def test_display_in_lines():
    text = console.plain(READING, STATUS)
    assert text == ("2026-01-15T17:00:10  1.234 kW in, 0.000 kW out  "
                    "12,345.678 kWh in, – kWh out  ok")
    assert "–" in console.plain({}, None)
    out = io.StringIO()
    one = console.Console(out)
    for mark in (1, 1, 2):
        one.show([], {**READING, "seq": mark}, STATUS, [])
    assert len(out.getvalue().splitlines()) == 2  # one a telegram
    for state in ("never", "wrong_key", "wrong_key", "ok"):
        one.show([], None, {"meter": {"state": state, "text_en": "It is " + state}}, [])
    assert out.getvalue().splitlines()[2:] == ["It is wrong_key"]


def test_what_is_said_of_the_meter():
    def words(**options):
        chosen = twin.Options(**options)
        return "\n".join(run.meter_words(chosen, meter_model.find(chosen.meter)))

    assert words() == "Meter: Kamstrup OMNIPOWER, every 10 s, 115200 baud 8N1"
    assert "2400 baud 8N1" in (text := words(meter="kamstrup-hdlc")) and "once an hour" in text
    assert words(meter="kaifa-mbus").endswith("Key:   36C66639E48A8CA4D6BC8B282A793BBB")
    assert "Key:   (none)   (the meter's own" in words(meter="kaifa-mbus", key="")
    assert words(replay="x.bin") == "Meter: x.bin, every 10 s"


def test_display_as_block():
    rows = console.block(["Page"], READING, STATUS, ["foot"])
    text = "\n".join(rows)
    assert "telegrams ok 7, crc 2" in text and "too_long" not in text
    assert "refused, 3 waiting" in text and "1.234" in text and "-1.5" in text
    assert "reactive" not in text  # what the meter did not send has no row
    assert max(map(len, rows)) <= 76
    assert "No reading yet." in console.block([], None, None, [])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_display_is_drawn_over_itself():
    out = Terminal()
    one = console.Console(out)
    one.say("first")
    one.show(["head"], READING, STATUS, [])
    once = out.getvalue()
    height = once.count("\n") - 1
    one.show(["head"], READING, STATUS, [])
    assert out.getvalue()[len(once):].startswith(f"\x1b[{height}F")
    one.say("between")
    assert out.getvalue().endswith(f"\x1b[{height}F\x1b[Jbetween\n")


def test_log_lines_that_are_shown():
    lines = ["microhan token secret", "12 mqtt: connected", "Traceback:", "  File x"]
    assert run.last_words(lines) == "12 mqtt: connected"
    assert run.last_words(["microhan token secret"]) == ""


@pytest.mark.parametrize("options, words", [
    (["--interval", "0"], "--interval"), (["--http-port", "70000"], "--http-port"),
    (["--mqtt", "host"], "--mqtt"), (["--mqtt", "h:x"], "--mqtt"), (["--token", "å"], "--token"),
    (["--vm", "java"], "--vm"), (["--duration", "-1"], "--duration"),
    (["--key", "ab"], "--key"), (["--aad", "x" * 32], "--aad"), (["--key", "0" * 34], "--key"),
    (["--id", "zz"], "--id is 6 hex digits"), (["--interval", "nan"], "--interval"),
    (["--duration", "inf"], "--duration"),
])
def test_wrong_options(options, words, capsys):
    with pytest.raises(SystemExit) as ended:
        run.arguments(options, twin.Options())
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_every_option_of_the_plan_is_there():
    given = ("--meter kaifa-p1 --interval 2 --duration 3 --http-port 81 --mqtt h:1884 --token t "
             "--id 1a2b3c --flash d --vm x64 --replay f --key %s --aad %s"
             % ("ab" * 16, "cd" * 16)).split()
    options = run.arguments(given, twin.Options())[1]
    assert options == twin.Options("kaifa-p1", 2, 3, 81, "h:1884", "t", "1a2b3c", Path("d"),
                                   "x64", "f", "ab" * 16, "cd" * 16)
