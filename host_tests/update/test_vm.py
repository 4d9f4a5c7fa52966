"""The reader of packages on MicroPython: it says the same as on CPython, in little memory."""

import json
import subprocess

import pytest

import build
from fixtures import needs
from fixtures.repository import ROOT
from fixtures.update_package import MICROPYTHON, RV32IMC, key, modulus, mpy, read, signed
from microhan.update.package import Refused
from release import package

HERE = ROOT / "host_tests/fixtures/vm"
FREE = 9216  # bytes of heap: half of it is pow()'s, see docs/releasing.md


def told(name, *arguments, heap="400k"):
    command = needs.micropython(name, heap)
    done = subprocess.run(
        [*command, str(HERE / "package.py"), str(ROOT / "firmware"), str(HERE / "lib"),
         *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def cases():
    """(content, what it gives, keys, version that runs, older, pieces)."""
    good = signed()
    yield good, "1.2.0", "maker", "1.1.0", False, 512
    yield good, "1.2.0", "maker", "1.1.0", False, 7
    yield good, "older", "maker", "1.2.1", False, 512
    yield good, "1.2.0", "maker", "1.2.1", True, 512
    yield good, "signature", "other", "1.1.0", False, 512
    yield signed(arch=RV32IMC), "architecture", "maker", "1.1.0", False, 512
    yield signed(sub=2), "micropython", "maker", "1.1.0", False, 512
    yield good[:-1], "truncated", "maker", "1.1.0", False, 512
    yield good[:300], "truncated", "maker", "1.1.0", False, 512
    yield b"x" + good[1:], "format", "maker", "1.1.0", False, 512
    for at in range(50, len(good), 61):
        wrong = bytearray(good)
        wrong[at] ^= 4
        with pytest.raises(Refused) as told:
            read(bytes(wrong), [modulus()], ("1.1.0", mpy(), MICROPYTHON))
        yield bytes(wrong), told.value.args[0], "maker", "1.1.0", False, 512


@pytest.mark.parametrize("name", ["i386", "x64"])
def test_each_verdict_is_that_of_cpython(name, tmp_path):
    all_ = list(cases())
    file = tmp_path / "cases"
    file.write_text("".join(json.dumps({
        "data": content.hex(), "keys": [modulus("third").hex(), modulus(who).hex()],
        "version": version, "mpy": mpy(), "micropython": MICROPYTHON, "older": older,
        "pieces": pieces}) + "\n" for content, _, who, version, older, pieces in all_))
    assert told(name, file)["told"] == [word for _, word, *_ in all_]


def test_a_whole_package_is_checked_in_little_memory_and_time(tmp_path):
    """By its own _mpy: the archive is one that this MicroPython runs."""
    tree = build.packed("x86", lambda text: None)
    body = package.unsigned((tree / build.ARCHIVE).read_bytes())
    (tmp_path / "pack").write_bytes(package.sign(body, key()))
    (tmp_path / "keys").write_bytes(modulus("third") + modulus())
    own = subprocess.run([*needs.micropython("i386"), "-c",
                          "import sys; print(sys.implementation._mpy)"],
                         capture_output=True, text=True).stdout
    figures = told("i386", tmp_path / "pack", tmp_path / "keys", own.strip(), FREE)
    assert figures["version"] and not figures["short"]
    assert figures["check_us"] < 500_000 and figures["read_us"] < 2_000_000
