"""tools/decode.py as a user runs it: with a bare Python, from anywhere."""

import json
import subprocess
import sys

from fixtures import binary_frames as bf
from fixtures.binary_frames import hdlc
from fixtures.p1_text import telegram
from fixtures.repository import ROOT

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


def test_a_file_gives_its_reading(tmp_path):
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


def test_without_checksums_a_telegram_that_has_none_is_taken():
    bare = telegram("1-0:1.7.0(1*kW)", crc="")
    assert run("-", data=bare)[0] == 1
    status, out, _ = run("-", "--crc", "off", data=bare)
    assert status == 0 and json.loads(out)["active_power_import_w"] == 1000


def test_each_reason_is_told():
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


def test_the_counters_are_shown_when_asked():
    _, _, err = run("-", "--stats", data=b"noise" + GOOD)
    assert json.loads(err) == {"ok": 1, "crc": 0, "too_long": 0, "restarted": 0, "odd_lines": 0,
                               "skipped": 5}


def test_wrong_arguments_are_told_in_words():
    for arguments in (("-", "--utc-offset", "1:00"), ("-", "--clock", "x"), ()):
        status, _, err = run(*arguments)
        assert status == 2 and "Traceback" not in err


def test_binary_telegrams_give_their_readings():
    frame = hdlc(bf.kamstrup())
    status, out, _ = run("-", data=frame)
    assert status == 0 and "active_energy_import_kwh" not in json.loads(out)
    status, out, _ = run("-", "--energy-unit", "10", data=frame)
    assert json.loads(out)["active_energy_import_kwh"] == 320141.58


def test_encrypted_telegrams_need_their_key():
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


def test_wrong_keys_are_told_in_words():
    for arguments, words in (
            (("--key", "12"), "16 bytes"), (("--key", "x" * 32), "not hexadecimal"),
            (("--aad", "00" * 15), "16 or 17 bytes"), (("--energy-unit", "5"), "energy-unit")):
        status, _, err = run("-", *arguments, data=GOOD)
        assert status == 2 and words in err and "Traceback" not in err


def test_several_files_and_each_reason_names_its_own(tmp_path):
    good, bad = tmp_path / "a good one.bin", tmp_path / "bad.bin"
    good.write_bytes(GOOD)
    bad.write_bytes(GOOD.replace(b"424", b"425"))
    status, out, err = run(str(good), str(bad), "-", str(tmp_path / "none"), "--utc-offset",
                           "-03:30", data=GOOD)
    assert status == 0 and len(out.splitlines()) == 2 and "-03:30" in out
    assert f"{bad}: 1 telegram(s) whose checksum" in err and "none: No such file" in err
    assert str(good) not in err and "standard input" not in err
    assert run(str(bad), str(bad))[0] == 1


def test_it_runs_as_a_command_as_all_that_begins_like_one():
    done = subprocess.run([ROOT / "tools" / "decode.py", "-"], input=GOOD, capture_output=True)
    assert done.returncode == 0
    for folder in ("tools", "hardware"):
        for path in (ROOT / folder).glob("*.py"):
            assert path.stat().st_mode & 1 == path.read_bytes().startswith(b"#!"), path


def test_line_ends_that_an_editor_changed_are_put_back_and_said():
    for changed, words in ((GOOD.replace(b"\r\n", b"\n"), "line ends were LF; put back"),
                           (GOOD.replace(b"\r\n", b"\r"), "line ends were CR; put back"),
                           (GOOD.replace(b"\r\n", b"\r\r\n"), "line ends were mixed; put back"),
                           (b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "UTF-16; put back")):
        for data in (changed, changed * 2):
            status, out, err = run("-", data=data)
            assert status == 0 and words in err
            assert json.loads(out.splitlines()[0])["active_energy_import_kwh"] == 60995.424
    status, out, err = run("-", data=GOOD.replace(b"\r\n", b"\n").replace(b"424", b"425"))
    assert (status, out) == (1, "") and "nor does it with CR LF" in err


def _dumps(data):
    """`data` as people's tools show it: {tool: text}."""
    rows = [(at, data[at:at + 16]) for at in range(0, len(data), 16)]
    pairs = [(at, row.hex(" "), "".join(chr(b) if 32 <= b < 127 else "." for b in row))
             for at, row in rows]
    words = [(at, " ".join(reversed([row[n + 1:n + 2].hex() + row[n:n + 1].hex()
                                     for n in range(0, len(row), 2)][::-1]))) for at, row in rows]
    return {
        "bare": data.hex(), "blanks": data.hex(" ").upper(), "colons": data.hex(":"),
        "lines": "\n".join(row.hex() for _, row in rows), "C": "0x" + data.hex(",").replace(
            ",", ", 0x"), "Python": "".join(f"\\x{byte:02x}" for byte in data),
        "ESPHome": f"{data.hex('.').upper()} ({len(data)})", "DOS": data.hex(" ", 8) + "\r\n",
        "xxd": "\n".join(f"{at:08x}: {row.hex(' ', 2):39}  {text}" for (at, row), (_, _, text)
                         in zip(rows, pairs, strict=True)),
        "hexdump -C": "\n".join(f"{at:08x}  {row[:23]}  {row[24:]:23}  |{text}|"
                                for at, row, text in pairs) + f"\n{len(data):08x}\n",
        "od -A x -t x1z": "\n".join(f"{at:06x} {row:47}  >{text}<" for at, row, text in pairs)
        + f"\n{len(data):06x}\n",
        "tcpdump": "\n".join(f"\t0x{at:04x}:  {row.hex(' ', 2):39}  {text}"
                             for (at, row), (_, _, text) in zip(rows, pairs, strict=True)),
        "hexdump": "\n".join(f"{at:07x} {row}" for at, row in words)
        + f"\n{len(data):07x}\n",
    }


def test_a_hex_dump_is_recognised_by_itself():
    # a binary telegram, a text one, and what looks like digits in the column of characters
    for data in (hdlc(bf.kamstrup()), GOOD + b"\r\n" * (len(GOOD) % 2), GOOD + b"ab cd ef" * 8):
        for tool, text in _dumps(data + b"\0" * (len(data) % 2)).items():
            for option in ((), ("--hex",)):
                status, out, err = run("-", *option, data=text.encode())
                assert status == 0 and "a hex dump, read as" in err, tool
                assert len(out.splitlines()) == 1


def test_repeated_rows_of_a_hex_dump_and_what_is_none():
    zeros = b"\0" * 48
    text = _dumps(zeros + GOOD)["hexdump -C"].splitlines()
    text[1:3] = ["*"]
    status, out, err = run("-", data="\n".join(text).encode())
    assert status == 0 and f"{len(zeros + GOOD)} bytes" in err
    odd = _dumps(GOOD + b"/\0")["hexdump"].splitlines()
    odd[-1] = f"{len(GOOD) + 1:07x}"  # it fills the last word up
    assert len(GOOD) % 2 and f"{len(GOOD) + 1} bytes" in run("-", data="\n".join(odd).encode())[2]
    status, _, err = run("-", "--hex", data=b"7e a0\n7e ag\n")
    assert status == 1 and "line 2 is not pairs of hexadecimal digits: '7e ag'" in err
    assert run("-", "--hex", data=b"")[0] == 1
    status, _, err = run("-", data=_dumps(GOOD.replace(b"\r", b""))["xxd"].encode())
    assert status == 0 and "hex dump" in err and "line ends were LF" in err
