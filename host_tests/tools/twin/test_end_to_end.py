"""The twin as a whole: the real firmware on every VM, from the meter to MQTT and HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import build
import meter_model
from fixtures.repository import ROOT
from fixtures.twin_answers import answered, counters
from fixtures.twin_options import options_of
from fixtures.web_server import wait_until
from twin import broker, ports
from twin.listener import Listener
from twin.twin import Twin, TwinError

RUN = ROOT / "tools" / "run.py"
VMS = ("i386", "x64", "cpython")


@pytest.mark.parametrize("name", VMS)
def test_a_reading_reaches_http_and_mqtt(tmp_path, monkeypatch, name):
    monkeypatch.setattr(broker, "USUAL", ports.free_port())
    with Twin(options_of(tmp_path, name, token="secret-token", id="1a2b3c")) as twin:
        twin.start()
        reading = twin.wait_for_reading(60)
        assert reading["identification"] == "KAM5" and reading["active_power_import_w"] >= 0
        status = answered(twin)
        assert status["id"] == "1a2b3c"
        tree = build.APP / {"i386": "x86"}.get(name, name)
        assert status["build"] == ("source" if name == "cpython" else build.id_of(tree))
        assert f"id 1a2b3c build {status['build']}" in "\n".join(twin.firmware.lines)
        listener = Listener(twin.broker.port)
        seen = listener.until(lambda topic: topic == "microhan/1a2b3c/reading")
        listener.close()
        assert json.loads(seen["microhan/1a2b3c/reading"])["identification"] == "KAM5"
        assert any(topic.startswith("homeassistant/") for topic in seen)
        told = str(seen) + str(status) + "\n".join(twin.firmware.lines)
        assert not [secret for secret in twin.access.values() if secret in told]
        twin.client.token = "wrong"
        assert twin.client.get("/reading.json")[0] == 401
        assert not twin.port.lost
        flash = twin.flash.root
    kept = (flash / "data" / "config.json").read_text() + (
        flash / "data" / "grants.json").read_text()
    assert "secret-token" not in kept and '"password"' not in kept  # hashed


def test_a_device_with_wrong_keys_in_its_file_runs_and_says_so(tmp_path):
    data = tmp_path / "flash" / "data"
    data.mkdir(parents=True)
    given = {"mqtt": {"keepalive": "60", "qos": 2}, "ledger": {"days": 5},
             "http": {"password": "owners-own"}}
    (data / "config.json").write_text(json.dumps(given))
    with Twin(options_of(tmp_path, VMS[0], mqtt=None)) as twin:
        twin.start()
        twin.wait_for_reading(60)
        warning, = [one for one in answered(twin)["warnings"] if one.startswith("config.json: ")]
        for words in ("mqtt.keepalive is '60': must be a whole number", "mqtt.qos: no such key",
                      "ledger: no such section"):
            assert words in warning
    kept = json.loads((data / "config.json").read_text())
    assert kept["ledger"] == given["ledger"] and kept["mqtt"]["qos"] == 2
    assert set(kept["http"]) == {"port"}  # its secrets are hashed


def test_a_fresh_twin_has_no_owner_and_shows_nothing(tmp_path):
    with Twin(options_of(tmp_path, VMS[0], mqtt=None)) as twin:
        twin.start()
        twin.wait_for_reading(60)
    with Twin(options_of(tmp_path, VMS[0], mqtt=None, fresh=True)) as twin:
        twin.start()
        wait_until(lambda: twin.client.get("/session.json")[0] == 200)
        told = answered(twin, "/session.json")
        assert told["claimed"] is False and told["session"] is None
        for path in ("/reading.json", "/status.json", "/telegram.bin"):
            assert twin.client.get(path)[0] == 403


def test_a_twin_that_was_claimed_once_stays_so(tmp_path):
    opened = []
    for _ in range(2):
        with Twin(options_of(tmp_path, VMS[0], mqtt=None)) as twin:
            twin.start()
            twin.wait_for_reading(60)
            opened.append(dict(twin.access))
            assert twin.flash.owner() and "password" not in twin.flash.config()["http"]
    assert opened[0] == opened[1] and opened[0]["password"]


@pytest.mark.parametrize("meter", ["nl-dsmr22", "aidon-nocrc-p1", "be-fluvius", "lt"])
def test_every_kind_of_line_is_set_up(tmp_path, meter):
    with Twin(options_of(tmp_path, VMS[0], mqtt=None, meter=meter)) as twin:
        twin.start()
        twin.wait_for_reading(60)
        status = answered(twin)
        assert status["meter"]["counters"]["odd_lines"] == 0


def test_replay_sends_the_file_each_interval(tmp_path):
    dialect = meter_model.find("kaifa-p1")
    snapshot = meter_model.new_meter(dialect, 9, 1_768_500_000_000).advance(1_768_500_010_000)
    file = tmp_path / "capture.bin"
    file.write_bytes(b"\x00noise/" + dialect.write(snapshot))
    with Twin(options_of(tmp_path, VMS[0], mqtt=None, replay=str(file))) as twin:
        twin.start()
        reading = twin.wait_for_reading(60)
        assert reading["identification"] == "KFM5KAIFA-METER"
        assert reading["active_power_import_w"] == snapshot.values["1.7.0"]
    for text, words in ((None, "cannot be read"), (b"", "is empty")):
        file.unlink()
        if text is not None:
            file.write_bytes(text)
        else:
            file = tmp_path / "other.bin"
        with (pytest.raises(TwinError, match=words),
              Twin(options_of(tmp_path, VMS[0], mqtt=None, replay=str(file))) as twin):
            twin.start()
        file.touch()


def launch(folder, *options):
    """tools/run.py as a person starts it, its own broker included."""
    command = [sys.executable, RUN, "--flash", folder / "flash", "--interval", "1",
               "--http-port", str(ports.free_port()), *options]
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def read_until(process, pattern):
    """Lines of the launcher until one matches; they and the match."""
    text = ""
    for line in process.stdout:
        text += line
        if found := re.search(pattern, line):
            return text, found
    raise AssertionError(text)


def children(pid):
    """Process ids that have `pid` as parent."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def assert_gone(pids):
    end = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_make_run_speaks_first_and_ends_after_its_duration(tmp_path):
    """It says what it begins before it begins it: the broker, which comes first, is told later."""
    process = launch(tmp_path, "--duration", "4")
    assert "twin: starting" in process.stdout.readline()
    text, _ = read_until(process, r"kW in")
    assert "MQTT broker: " in text and "Token" in text and "http://127.0.0.1:" in text
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert re.search(r"Ended: 4 telegrams sent, 4 read", rest), rest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told_to(tmp_path, number):
    process = launch(tmp_path)
    read_until(process, r"kW in")
    below = children(process.pid)
    assert len(below) == 2  # VM and broker
    process.send_signal(number)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0 and "Traceback" not in rest and "Ended" in rest
    assert_gone(below)


def test_it_takes_its_children_along_when_killed(tmp_path):
    process = launch(tmp_path)
    read_until(process, r"kW in")
    below = children(process.pid)
    process.kill()
    process.communicate()
    assert_gone(below)


def test_killing_the_vm_ends_it_with_words(tmp_path):
    process = launch(tmp_path)
    read_until(process, r"kW in")
    machine = [pid for pid in children(process.pid)
               if b"twin_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(machine[0], signal.SIGKILL)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 1 and "killed (signal 9)" in rest and "twin.log" in rest
    assert "Traceback" not in rest


def test_a_taken_port_or_folder_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = launch(tmp_path, "--http-port", taken.getsockname()[1])
        assert "--http-port" in process.communicate(timeout=60)[0] and process.returncode == 1
    first = launch(tmp_path)
    read_until(first, r"kW in")
    second = launch(tmp_path)
    assert "--flash" in second.communicate(timeout=60)[0] and second.returncode == 1
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 0


def telegrams_within(twin, seconds):
    before = counters(twin)["ok"]
    time.sleep(seconds)
    return counters(twin)["ok"] - before


def test_registers_go_on_where_they_ended_and_the_twin_warns_of_nobody(tmp_path):
    last, began = 0, "2026-01-15T17:00:00"
    for start in (began, began, ""):  # a clock that is put back, too
        with Twin(options_of(tmp_path, "i386", mqtt=None, start=start, speed=60)) as twin:
            twin.start()
            reading = twin.wait_for_reading(60)
            assert not start or reading["time"].startswith("2026-01-15T17:")
            first = reading["active_energy_import_kwh"]
            assert not last or last <= first < last + 3
            last = first
            end = time.monotonic() + 60
            while last == first and time.monotonic() < end:
                time.sleep(0.5)
                last = answered(twin, "/reading.json")["active_energy_import_kwh"]
            assert last > first
            assert not [line for line in twin.firmware.lines if "wrong token" in line]
            twin.pulled = True
            wait_until(lambda: telegrams_within(twin, 1.5) == 0)  # what was under way is read
            assert telegrams_within(twin, 1.5) == 0


def test_faults_of_the_command_line_reach_the_line(tmp_path):
    process = launch(tmp_path, "--faults", "flip=0.05", "--duration", "12", "--interval", "1")
    assert "0 read" in process.communicate(timeout=60)[0]


def test_an_unknown_meter_lists_the_known():
    process = launch(Path("unused"), "--meter", "aidon-mbus")
    assert "kamstrup-p1" in process.communicate(timeout=60)[0] and process.returncode == 2
