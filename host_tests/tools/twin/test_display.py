"""What `make run` says: its display, and what it makes of its options."""

import io
import os
import termios
import threading
from pathlib import Path

import pytest

import meter_model
import run
from twin import console, keys, twin

READING = {"time": "2026-01-15T17:00:10+01:00", "active_power_import_w": 1234,
           "active_power_export_w": 0, "active_energy_import_kwh": 12345.678,
           "voltage_l1_v": 230.1, "current_l1_a": -1.5}
STATUS = {"meter": {"state": "ok", "text_en": "The meter is being read.",
                    "counters": {"ok": 7, "crc": 2, "too_long": 0}},
          "outputs": {"mqtt": {"state": "error", "error": "refused", "queued": 3}},
          "memory": {"free": 50_000, "low": 40_000}}


def test_display_in_lines():
    text = console.plain(READING, STATUS)
    assert text == ("2026-01-15 17:00:10  1.234 kW in, 0.000 kW out  "
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
def test_wrong_options_are_told_in_words(options, words, capsys):
    with pytest.raises(SystemExit) as ended:
        run.arguments(options, twin.Options())
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_every_option_of_the_plan_is_there():
    given = ("--meter kaifa-p1 --interval 2 --duration 3 --http-port 81 --mqtt h:1884 "
             "--token tttttttttt --id 1a2b3c --flash d --vm x64 --replay f --key %s --aad %s "
             "--start 2026-01-15 --faults flip=0.1"
             % ("ab" * 16, "cd" * 16)).split()
    options = run.arguments(given, twin.Options())[1]
    assert options == twin.Options("kaifa-p1", 2, 3, 81, "h:1884", "t" * 10, id="1a2b3c",
                                   flash=Path("d"), vm="x64", replay="f", key="ab" * 16,
                                   aad="cd" * 16, start="2026-01-15", faults="flip=0.1")


def test_demand_and_other_meters_are_shown_where_they_are_sent():
    reading = {"time": "2026-05-25T04:53:00+02:00", "demand_import_w": 2351,
               "demand_peak_import_w": 6989, "channels": {
                   "1": {"type": 3, "value": 12785.123, "unit": "m3",
                         "time": "2026-05-25T04:50:00+02:00"}, "2": {"id": "7"}}}
    rows = [" ".join(row.split()) for row in console.block([], reading, None, [])]
    assert "demand, peak 2.351 6.989 kW" in rows
    assert "gas, channel 1 12,785.123 m3 2026-05-25 04:50" in rows
    assert "meter, channel 2 –" in rows
    assert not [row for row in console.block([], {}, None, []) if "demand" in row]


def test_the_whole_diagnosis_is_on_the_terminal(monkeypatch):
    text = "Telegrams begin, but never end. " * 12 + "The end says what to do."
    status = {"meter": {"state": "cut_short", "text_en": text},
              "outputs": {"mqtt": {"state": "error", "error": "the broker " + "x" * 90}}}
    log = "log     1 mqtt: " + "word " * 40 + "end"
    for width in (40, 76):
        rows = console.block([], None, status, [log], width)
        assert text in " ".join(" ".join(rows).split()).replace("Meter ", "")
        assert "".join(rows).replace(" ", "").count("x" * 90) == 1
        assert any(row.endswith("end") for row in rows) and max(map(len, rows)) <= width
    monkeypatch.setattr(console.shutil, "get_terminal_size",
                        lambda *_, **__: os.terminal_size((50, 60)))  # pytest asks for it, too
    out = Terminal()
    console.Console(out).show([], None, status, [])
    assert "to do." in out.getvalue()


def test_the_display_is_in_swedish_civil_time_with_the_meters_own_beside_it():
    summer = {**READING, "time": "2026-07-15T13:00:10+01:00"}
    assert console.plain(summer, STATUS).startswith(
        "2026-07-15 14:00:10 (meter's clock 13:00:10)  1.234")
    rows = console.block([], summer, STATUS, [])
    assert "(meter's clock 13:00:10)" in rows
    assert any(row.startswith("2026-07-15 14:00:10") for row in rows)
    assert console.plain({}, None).startswith("no clock")


def test_keys_pull_the_plug_garble_and_change_the_meter():
    said, swapped = [], []
    one = twin.Twin(twin.Options(faults="skip=0.5"))
    one.meter, one.swap = "kamstrup-p1", swapped.append
    for key in "pgxd":
        keys.press(one, key, said.append)
    assert one.pulled and one.garbled and one.faults._chances["flip"] > 0
    assert swapped == [list(meter_model.DIALECTS)[1]]
    for key in "pg":
        keys.press(one, key, said.append)
    assert not one.pulled and one.faults._chances["skip"] == 0.5
    assert said[0] == "The meter's plug is out." and len(said) == 5
    with pytest.raises(KeyboardInterrupt):
        keys.press(one, "q", said.append)
    one.meter = ""
    keys.press(one, "d", said.append)
    assert "no next meter" in said[-1] and len(swapped) == 1


def test_keys_come_from_a_terminal_alone_and_leave_it_as_it_was():
    over = threading.Event()
    with keys.Keys(io.StringIO("ppp")) as none:
        assert none.fd is None and none.wait(0, over) == ""
    master, slave = os.openpty()
    with os.fdopen(slave) as terminal:
        before = termios.tcgetattr(slave)
        with keys.Keys(terminal) as some:
            os.write(master, b"pg")  # no line's end is waited for
            assert some.wait(5, over) == "pg" and some.wait(0, over) == ""
        assert termios.tcgetattr(slave) == before
    os.close(master)


@pytest.mark.parametrize("options, words", [
    (["--faults", "flop=1"], "no fault is called flop"),
    (["--start", "soon"], "no time from 2001"),
])
def test_wrong_faults_and_times_are_told(options, words, capsys):
    with pytest.raises(SystemExit) as ended:
        run.prepared(options)
    assert ended.value.code == 2 and words in capsys.readouterr().err
