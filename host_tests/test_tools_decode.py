"""tools/decode.py as a user runs it: with a bare Python, from anywhere."""

import json
import subprocess
import sys

import binary_frames as bf
from binary_frames import hdlc
from conftest import ROOT
from p1_text import telegram

DECODE = [sys.executable, "-I", str(ROOT / "tools" / "decode.py")]
GOOD = telegram("0-0:1.0.0(220708135021S)", "1-0:1.8.0(00060995.424*kWh)")


def run(*arguments, data=b"", cwd="/"):
    """(exit status, stdout, stderr) of decode.py."""
    done = subprocess.run([*DECODE, *arguments], input=data, capture_output=True, cwd=cwd,
                          timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_one_line_a_reading():
    status, out, err = run("-", data=GOOD * 2)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["active_energy_import_kwh"] == 60995.424
    assert '"active_energy_import_kwh":60995.424' in lines[0]


def test_a_file(tmp_path):
    path = tmp_path / "capture.bin"
    path.write_bytes(GOOD)
    assert run(str(path))[0] == 0


def test_clock_and_offset():
    for arguments, time in (
            ((), "2022-07-08T13:50:21+01:00"),
            (("--clock", "local"), "2022-07-08T13:50:21+02:00"),
            (("--clock", "local", "--utc-offset", "+02:00"), "2022-07-08T13:50:21+03:00"),
            (("--utc-offset", "-03:30"), "2022-07-08T13:50:21-03:30"),
            (("--utc-offset=-03:30",), "2022-07-08T13:50:21-03:30")):
        status, out, _ = run("-", *arguments, data=GOOD)
        assert status == 0
        assert json.loads(out)["time"] == time


def test_checksum_off():
    bare = telegram("1-0:1.7.0(1*kW)", crc="")
    assert run("-", data=bare)[0] == 1
    status, out, _ = run("-", "--crc", "off", data=bare)
    assert status == 0 and json.loads(out)["active_power_import_w"] == 1000


def test_reasons():
    for data, words in (
            (b"", "empty"),
            (b"\x00\xff" * 300, "no telegram"),
            (b"/KAM5\r\n\r\n", "never comes"),
            (GOOD.replace(b"424", b"425"), "checksum")):
        status, out, err = run("-", data=data)
        assert (status, out) == (1, "")
        assert words in err and "Traceback" not in err
    status, _, err = run("/no/such/file")
    assert status == 1 and "No such file" in err


def test_stats():
    _, _, err = run("-", "--stats", data=b"noise" + GOOD)
    assert json.loads(err) == {"ok": 1, "crc": 0, "too_long": 0, "restarted": 0, "odd_lines": 0,
                               "skipped": 5}


def test_wrong_arguments():
    for arguments in (("-", "--utc-offset", "1:00"), ("-", "--clock", "x"), ()):
        status, _, err = run(*arguments)
        assert status == 2 and "Traceback" not in err


def test_binary_telegrams():
    frame = hdlc(bf.kamstrup())
    status, out, _ = run("-", data=frame)
    assert status == 0 and "active_energy_import_kwh" not in json.loads(out)
    status, out, _ = run("-", "--energy-unit", "10", data=frame)
    assert json.loads(out)["active_energy_import_kwh"] == 320141.58


def test_encrypted_telegrams():
    data = bf.seal(GOOD) * 2 + hdlc(bf.seal(bf.aidon()))
    key, auth = bf.KEY.hex(), bf.AUTH.hex()
    for aad in (auth, "30" + auth):
        status, out, err = run("-", "--key", key, "--aad", aad, data=data)
        assert (status, err) == (0, "")
        assert len(out.splitlines()) == 3  # repeated frame counters are not refused here


def test_reasons_of_binary_telegrams():
    frame = hdlc(bf.kamstrup())
    sealed = hdlc(bf.seal(bf.aidon()))
    key = ("--key", bf.KEY.hex())
    for data, arguments, words in (
            (sealed, (), "no key was given"),
            (sealed, key, "does not open"),
            (frame[:100], (), "never comes"),
            (frame.replace(b"Kamstrup", b"Kamstrub"), (), "checksum"),
            (hdlc(b"\x0f\0\0\0\0\0\xff"), (), "no list that is known")):
        status, out, err = run("-", *arguments, data=data)
        assert (status, out) == (1, "")
        assert words in err and "Traceback" not in err


def test_wrong_keys():
    for arguments, words in (
            (("--key", "12"), "16 bytes"), (("--key", "x" * 32), "not hexadecimal"),
            (("--aad", "00" * 15), "16 or 17 bytes"), (("--energy-unit", "5"), "energy-unit")):
        status, _, err = run("-", *arguments, data=GOOD)
        assert status == 2 and words in err and "Traceback" not in err
