"""`make device` without an emulator: what it asks for, its table, and how it judges."""

import itertools
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest

import meter_model
from build import setup_env
from device import __main__ as device
from device import broker, clients, crash, emulator, images, loads, report, scenarios
from device.broker import Arrived
from device.console import Console, Sample
from device.meter import Sent
from fixtures.fakes_outputs import MqttOutput
from fixtures.repository import ROOT
from flash import device_config
from measure import limits
from meter_model.line_model import Line
from microhan.config.values import validate


def program(folder, text):
    """A program that says `text` whatever it is asked."""
    path = folder / "qemu-system-xtensa"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    path.chmod(0o755)
    return str(path)


# What it asks for

def test_without_an_emulator_it_ends_with_3_and_says_what_is_wanted():
    done = subprocess.run([sys.executable, "-m", "device"], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "tools")})
    assert done.returncode == setup_env.MISSING_TOOL == 3
    assert "QEMU=path" in done.stderr and "qemu-system-xtensa" in done.stderr
    assert "esp32_wifi" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("says,lacks", [
    ("lx60  lx60 EVB", "no esp32:"),
    ("esp32  Espressif ESP32 machine", "no esp32_wifi:"),
])
def test_an_emulator_that_is_no_esp32_with_a_radio_is_refused_in_words(
        tmp_path, capsys, says, lacks):
    assert device.main(["--qemu", program(tmp_path, says)]) == setup_env.MISSING_TOOL
    assert lacks in capsys.readouterr().err


def test_a_path_that_is_no_program_is_refused_in_words(tmp_path, capsys):
    assert device.main(["--qemu", str(tmp_path)]) == setup_env.MISSING_TOOL
    assert "is no program" in capsys.readouterr().err


def test_without_mosquitto_it_ends_with_3_and_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(broker.brokers, "mosquitto", lambda: None)
    path = program(tmp_path, "esp32\nesp32_wifi")
    assert device.main(["--qemu", path]) == setup_env.MISSING_TOOL
    assert "apt install mosquitto" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [
    ["--only", "no-such"], ["--minutes", "0"], ["--minutes", "nan"], ["--shift", "11"],
])
def test_wrong_options_end_with_2(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        device.main(wrong)
    assert ended.value.code == 2


def test_the_list_names_every_scenario(capsys):
    assert device.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(scenarios.all_of_them())


@pytest.fixture
def played(tmp_path, monkeypatch):
    """`make device` whose scenarios give these rows, and its folder."""
    class Stocked:
        class version:
            text = "v1.26.1"

    def play(*rows):
        monkeypatch.setattr(device, "BUILD", tmp_path)
        monkeypatch.setattr(device.emulator, "find", lambda path: path)
        monkeypatch.setattr(device.broker, "program", lambda: "mosquitto")
        monkeypatch.setattr(device.images, "firmware", lambda path, say: Stocked)
        monkeypatch.setattr(device.loads, "run",
                            lambda setting, load, minutes: (rows, [sample(4, 10 * minutes, 9)]))
        code = device.main(["--only", "ascii-nobody", "hour"])
        return code, json.loads((tmp_path / "device.json").read_text())
    return play


def test_all_limits_kept_end_with_0_and_rows_are_named_by_version_and_scenario(played, tmp_path):
    code, rows = played(limits.at_most("starts", 1, 1))
    assert code == 0
    assert [row["name"] for row in rows] == ["1.26.1 ascii-nobody: starts", "1.26.1 hour: starts"]
    picture = ElementTree.parse(tmp_path / "device.svg").getroot()
    assert "an hour" in "".join(picture.itertext())


def test_a_limit_that_is_not_kept_ends_with_1_and_is_told(played, capsys):
    assert played(limits.at_most("starts", 2, 1))[0] == 1
    assert "not kept: 1.26.1 hour: starts: 2, limit 1" in capsys.readouterr().err


# The table

def test_every_scenario_has_a_name_of_its_own_and_words():
    known = scenarios.all_of_them()
    every = (*scenarios.STARTS, *scenarios.LOADS, scenarios.CUTS, *scenarios.OTHERS)
    assert len(known) == len(every)
    assert all(one.words and name == name.lower() and " " not in name
               for name, one in known.items())
    assert sorted(device.OTHERS) == sorted(one.name for one in scenarios.OTHERS)


@pytest.mark.parametrize("load", scenarios.LOADS, ids=lambda load: load.name)
def test_a_load_can_be_run(load):
    assert meter_model.find(load.meter).line
    assert load.clients in clients.KINDS
    assert load.minutes >= 10
    assert load.low == (4096 if load.tls else 8192)


def test_one_load_lasts_an_hour():
    assert [load.name for load in scenarios.LOADS if load.minutes == 60] == ["hour"]


def test_the_broker_is_away_for_no_longer_than_its_readings_are_kept():
    pause, least = 1, 0  # s: each is half to all of twice the one before
    while least + pause / 2 < scenarios.AWAY_S:
        least += pause / 2
        pause *= 2
    assert (scenarios.AWAY_S + pause) / scenarios.INTERVAL_S <= MqttOutput.QUEUE
    # there for longer than the longest pause, and than what counts as stable
    assert scenarios.THERE_S > 60


@pytest.fixture
def good():
    class Plain:
        port, ca = 1883, ""

    return images.configuration("net", Plain)


def test_the_configuration_is_one_that_the_firmware_takes(good):
    config, problems = validate(good)
    assert not problems and config["mqtt"]["port"] == 1883


def test_the_configuration_of_a_broker_by_tls_has_its_authority():
    class Tls:
        port, ca = 8883, "-----BEGIN CERTIFICATE-----\n"

    mqtt = images.configuration("net", Tls)["mqtt"]
    assert mqtt["tls"] is True and mqtt["ca"] == Tls.ca and mqtt["host"] == broker.HOST
    device_config.check({"mqtt": mqtt}, "ours")


def test_each_broken_configuration_is_broken_in_its_own_way(good):
    kinds = scenarios.broken(good)
    assert len({kind.name for kind in kinds}) == len({kind.config for kind in kinds}) == len(kinds)
    assert json.dumps(good).encode() not in [kind.config for kind in kinds]
    for kind in kinds:
        if kind.serves:  # then it still knows its network
            assert json.loads(kind.config)["wifi"] == good["wifi"]


def test_each_crash_is_one_that_the_device_can_be_given():
    code = Path(crash.__file__).with_name("faults.py").read_text()
    assert set(crash.FAULTS) == set(itertools.chain(*crash.DEVICES))
    for kind in crash.FAULTS:
        assert f'"{kind}": _{kind}' in code and f"def _{kind}(timer)" in code


# What arrived

SENT = [Sent(10.0 * n, watts) for n, watts in enumerate((100, 200, 200, 300, 400))]


def arrived(*watts):
    return [Arrived(0, {"seq": n, "active_power_import_w": one}) for n, one in enumerate(watts)]


def test_all_that_arrived_is_found():
    assert loads.matched(SENT, arrived(100, 200, 200, 300, 400)) == ([0, 1, 2, 3, 4], [])


def test_what_is_missing_is_not_found():
    assert loads.matched(SENT, arrived(200, 200, 400))[0] == [1, 2, 4]
    assert loads.matched(SENT, []) == ([], [])


def test_a_reading_that_comes_twice_counts_once():
    twice = arrived(100, 200)
    assert loads.matched(SENT, [twice[0], *twice, twice[1]])[0] == [0, 1]


def test_what_a_broker_missed_is_found_where_it_belongs():
    now = arrived(100, 200, 200, 300, 400)
    assert loads.matched(SENT, [now[0], now[4], now[2], now[1], now[3], now[1]]) == (
        [0, 1, 2, 3, 4], [])


def test_a_reading_that_nobody_sent_is_told():
    found, unknown = loads.matched(SENT, arrived(100, 999, 300))
    assert found == [0, 3]
    assert [reading["active_power_import_w"] for reading in unknown] == [999]


# Memory

def sample(at, system, least):
    return Sample(at, 70_000, 20_000, system, system // 2, least)


def test_the_lowest_memory_is_the_lowest_sample():
    assert loads.lowest([sample(4, 40_000, 900), sample(8, 9_000, 900)]) == 9_000


def test_what_the_start_pressed_down_does_not_count_and_what_fell_later_does():
    assert loads.lowest([sample(4, 40_000, 900), sample(8, 41_000, 900)]) == 40_000
    assert loads.lowest([sample(4, 40_000, 900), sample(8, 41_000, 500)]) == 500


def test_without_samples_the_memory_is_no_good():
    assert loads.lowest([]) is None
    assert not limits.at_least("system memory", None, 8192).ok


@pytest.mark.parametrize("heard,wanted", [
    ([4.0, 11.0, 21.0, 31.0], 4),  # the first one tells the Reading from before it came
    ([13.0, 21.0, 31.0], 3),  # refused at first
    ([4.0, 21.0, 31.0], 4),  # one is missing
    ([], 1),
])
def test_a_client_of_events_must_hear_what_comes_from_its_first_reading_on(heard, wanted):
    came = [Arrived(at, {"seq": at, "active_power_import_w": watts})
            for at, watts in zip((1.0, 11.0, 21.0, 31.0, 41.0), (100, 200, 200, 300, 400))]
    bench = SimpleNamespace(meter=SimpleNamespace(sent=SENT), broker=SimpleNamespace(arrived=came))
    asking = SimpleNamespace(kind=SimpleNamespace(events=True), events=heard, left=38.0)
    row = loads._arrival_rows(bench, asking)[-1]
    assert (row.value, row.limit) == (len(heard), wanted)


# What every device has to keep to

class Stood:
    """A bench after its device ran; `lines` came on the console, /status.json said `status`."""

    def __init__(self, lines, status=None, runs=True):
        self.console = Console(os.devnull)
        for line in lines:
            self.console.take(line)
        self.emulator = SimpleNamespace(alive=lambda: runs)
        self.status = status


FINE = ("rst:0x1 (POWERON_RESET)", "@ 4000 70000 20000 47000 34000 17000", "4 meter: ok")


def failed(rows):
    return [row.name for row in rows if not row.ok]


@pytest.mark.parametrize("lines,status,runs,wrong", [
    (FINE, {"resets": {"tasks": {}, "healed": {}}}, True, []),
    ((*FINE, "rst:0xc (SW_CPU_RESET)"), None, True, ["starts"]),
    ((*FINE, "Traceback (most recent call last):"), None, True,
     ["lines of trouble on the console"]),
    (FINE, None, False, ["emulator runs to the end"]),
    (FINE[:1], None, True, ["system memory at its lowest"]),
    ((*FINE, "@ 8000 70000 20000 8000 4000 8000"), None, True, ["system memory at its lowest"]),
    (FINE, {"resets": {"tasks": {"mqtt": 1}, "healed": {}}}, True, ["restarts of tasks"]),
    (FINE, {"resets": {"tasks": {}, "healed": {"wifi": 1}}}, True, ["steps of self-healing"]),
])
def test_a_device_that_is_not_well_is_seen(lines, status, runs, wrong):
    assert failed(loads.health(Stood(lines, status, runs), 8192)) == wrong


def test_the_largest_free_piece_of_the_heap_is_kept_at_its_smallest():
    told = [f" No. of 1-blocks: 804, 2-blocks: 211, max blk sz: 64, max free sz: {blocks}"
            for blocks in (220, 71, 150)]
    rows = {row.name: row.value for row in loads.health(Stood((*FINE, *told)), 4096)}
    assert rows["the smallest largest piece of Python's heap"] == 71 * 16


# The picture

@pytest.mark.parametrize("samples", [[], [sample(4, 40_000, 9)],
                                     [sample(4 * n, 40_000 - n, 9) for n in range(1, 50)]])
def test_the_picture_has_both_memories_of_each_chart(samples):
    text = report.as_svg([("one & only", samples, 8192), ("two", samples, 4096)])
    tree = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    charts = tree.findall(f"{space}g")
    assert len(charts) == 2 and "one & only" in "".join(charts[0].itertext())
    lines = charts[0].findall(f"{space}polyline")
    assert len(lines) == 6  # axis and limit; Python's heap and the system's memory, two of each
    assert [len(line.get("points").split()) for line in lines[2:]] == [len(samples)] * 4
    assert ["8 kB" in "".join(chart.itertext()) for chart in charts] == [True, False]


def test_the_picture_ends_where_its_samples_do():
    line = report.as_svg([("a", [sample(0, 10, 9), sample(60, 70_000, 9)], 0)])
    assert "1.0 min" in line and "90 kB" in line


# The UART's registers

@pytest.mark.parametrize("divider,conf,line", [
    (0x002B6, 0x0800001C, Line(115200, 8, "none", False)),
    (0x08235, 0x0800001C, Line(2400, 8, "none", False)),
    (0x08235, 0x0808001E, Line(2400, 8, "even", True)),
    (0x02082, 0x0800001B, Line(9600, 7, "odd", False)),
    (0x001A0 | 11 << 20, 0x0000001C, Line(2400, 8, "none", False)),  # of the slow clock
    (0, 0x1C, None),
])
def test_the_line_is_read_from_the_registers(divider, conf, line):
    assert emulator.line_of(divider, conf) == line


@pytest.mark.parametrize("out,enable,level", [
    (1 << 25, 1 << 25, 1), (0, 1 << 25, 0), (1 << 25, 1 << 26, None)])
def test_what_a_pin_is_driven_to_is_read_from_the_registers(
        tmp_path, monkeypatch, out, enable, level):
    one = emulator.Emulator("qemu", tmp_path, None, tmp_path, 3, False)
    monkeypatch.setattr(one, "_ask", lambda command: (
        f"{command}\r\n000000003ff44004: 0x{out:08x} 0x00000000 0x00000000 0x00000000\r\n"
        f"000000003ff44014: 0x00000000 0x00000000 0x00000000 0x{enable:08x}\r\n(qemu) "))
    assert one.drives(25) == level
    monkeypatch.setattr(one, "_ask", lambda command: "")
    assert one.drives(25) is None and one.line() is None
