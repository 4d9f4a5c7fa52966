"""At a start the copy that is wanted goes on trial or is refused, in words, on the 32-bit VM."""

import json
import subprocess

import pytest

import build
from fixtures import needs
from fixtures.repository import ROOT
from fixtures.update_package import key, modulus, mpy, packed, signed
from microhan import VERSION
from release import package

X86 = 1  # as .mpy files number processors: the VM's
NEWER, OLDER = "9.0.0", "0.0.1"


@pytest.fixture
def chip(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "keys.bin").write_bytes(modulus("other") + modulus())
    (tmp_path / "app" / "a.pack").write_bytes(b"what runs")
    return tmp_path


def start(chip, content=None, line=b"1 a bv silent", heap="400k"):
    """What a start says of a package that was uploaded."""
    if content is not None:
        (chip / "app" / "b.part").write_bytes(content)
        (chip / "app" / "choice").write_bytes(line)
    here = ROOT / "host_tests/fixtures/vm"
    ran = subprocess.run(
        [*needs.micropython("i386", heap), here / "install.py", ROOT / "firmware", here / "lib",
         chip, chip / "keys.bin"], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def files(chip):
    return {path.name: path.read_bytes() for path in (chip / "app").iterdir()}


def good(version=NEWER, **how):
    return signed(version, **{"arch": X86, **how})


def assert_refused(chip, told, word):
    """In words, and nothing else is left of it; what runs is as it was."""
    assert told["restart"] and told["read"] == ["a", "back"]
    assert told["told"].split(" ", 1)[0] == word and told["told"].split(" ", 1)[1][0].islower()
    assert files(chip) == {"a.pack": b"what runs", "choice": b"1 a !"}


def test_a_signed_one_goes_on_trial(chip):
    content = good()
    told = start(chip, content)
    assert (told["restart"], told["read"], told["told"]) == (True, ["a", "trial"], "")
    assert files(chip) == {"a.pack": b"what runs", "b.pack": content, "choice": b"1 a b0 silent"}


def test_it_goes_over_the_copy_before_last(chip):
    (chip / "app" / "b.pack").write_bytes(b"the one before")
    content = good(name="other")
    assert start(chip, content)["read"] == ["a", "trial"] and files(chip)["b.pack"] == content


@pytest.mark.parametrize("word, content", [
    ("signature", good(name="stranger")), ("architecture", good(arch=11)),
    ("micropython", good(sub=2)), ("older", good(OLDER)), ("truncated", good()[:-1]),
    ("truncated", good()[:5]), ("truncated", packed(NEWER, X86)), ("truncated", b""),
    ("format", b"<html>" * 200), ("newer_format", b"MHA\2" + good()[4:]),
    ("damaged", good()[:60] + b"\x55" + good()[61:]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_each_that_must_not_run_is_refused_in_words(chip, word, content):
    assert_refused(chip, start(chip, content), word)


def test_a_wrong_byte_anywhere_keeps_it_out(chip):
    content = good()
    for at in range(3, len(content), len(content) // 9):
        wrong = content[:at] + bytes([content[at] ^ 16]) + content[at + 1:]
        told = start(chip, wrong)
        assert_refused(chip, told, told["told"].split(" ")[0])


def test_an_old_signed_one_played_again_takes_the_owners_word(chip):
    assert_refused(chip, start(chip, good(OLDER)), "older")
    assert start(chip, good(OLDER), b"1 a bo")["read"] == ["a", "trial"]
    assert files(chip)["choice"] == b"1 a b0"


def test_the_same_version_again_is_taken(chip):
    assert start(chip, good(VERSION))["read"] == ["a", "trial"]


def test_a_copy_without_keys_takes_none_and_says_so(chip):
    (chip / "keys.bin").unlink()
    told = start(chip, good())
    assert_refused(chip, told, "no_key")
    assert "by cable" in told["told"]


@pytest.mark.parametrize("left", [b"", bytes(100)])
def test_keys_that_are_no_keys_trust_nobody(chip, left):
    (chip / "keys.bin").write_bytes(left)
    assert_refused(chip, start(chip, good()), "no_key")


def test_nothing_at_all_is_refused_too(chip):
    told = start(chip, b"")
    (chip / "app" / "choice").write_bytes(b"1 a bv")
    told = start(chip)
    assert told["read"] == ["a", "back"] and told["told"].startswith("failed ")


def test_a_check_that_restarts_the_chip_is_not_begun_for_ever(chip):
    assert_refused(chip, start(chip, good(), b"1 a bx"), "failed")


def test_after_a_power_cut_behind_the_rename_it_goes_on(chip):
    content = good()
    (chip / "app" / "b.pack").write_bytes(content)
    (chip / "app" / "choice").write_bytes(b"1 a bw silent")
    assert start(chip)["read"] == ["a", "trial"] and files(chip)["b.pack"] == content


def test_where_the_choice_cannot_be_written_all_stays_for_the_next_start(chip):
    (chip / "app" / "choice.new").mkdir()
    content = good()
    assert start(chip, content)["restart"] is False
    assert (chip / "app" / "b.part").read_bytes() == content
    (chip / "app" / "choice.new").rmdir()
    assert start(chip)["read"] == ["a", "trial"]


def test_the_program_itself_is_verified_in_a_moment(chip):
    """The whole firmware as it is built. Its time: docs/releasing.md has a chip's."""
    tree = build.packed("x86", lambda text: None)
    content = package.sign(package.unsigned((tree / build.ARCHIVE).read_bytes()), key())
    told = start(chip, content)
    assert told["read"] == ["a", "trial"] and files(chip)["b.pack"] == content
    assert told["us"] < 5_000_000


def test_the_fixture_is_for_this_machine():
    ran = subprocess.run([*needs.micropython("i386", "100k"), "-c",
                          "import sys; print(sys.implementation._mpy)"], capture_output=True,
                         text=True)
    assert int(ran.stdout) & 0xFFFF == mpy(X86)
