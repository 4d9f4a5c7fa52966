"""Which copy a start runs: choose.py and launch.py as they are compiled, on the 32-bit VM, with
every combination of what may be missing or damaged."""

import itertools
import json
import re
import subprocess

import pytest

import build
from build import archive
from fixtures import needs

# A chip whose start is one run of the VM: what it did is printed as a line of JSON.
MACHINE = """
armed = []
class RTC:
    def memory(self, data=None):
        return b""
class WDT:
    def __init__(self, timeout):
        armed.append(timeout)
def reset():
    raise SystemExit
"""
SCRIPT = """
import json, sys
sys.path[:] = ["", ".frozen"]
import launch, machine, time
launch.time = type("Time", (), {"sleep": lambda s: None})
try:
    launch.run()
except SystemExit:
    print(json.dumps(["reset", machine.armed]))
"""
RUNS = """
import json, machine
def begin(archive):
    with open("app/choice.seen", "w") as file:
        file.write(json.dumps([SLOT, archive.path, machine.armed]))
    raise %s
"""


@pytest.fixture(scope="module")
def copies():
    """{what lies in a slot: its bytes}; they say which slot they were made for."""
    made = {}
    for slot in "ab":
        text = (f"SLOT = {slot!r}\n" + RUNS % "SystemExit").encode()
        made[slot] = archive.pack({"microhan/begin.mpy": build.compile_one(
            text, "begin.py", "x86")}, {"version": "1.0", "build": "", "arch": ""})
    return made


@pytest.fixture
def chip(tmp_path):
    """The files that no update changes; and a folder for the copies."""
    tree = build.build("x86", lambda text: None)
    for name in build.ALONE:
        (tmp_path / name).write_bytes((tree / name).read_bytes())
    (tmp_path / "machine.py").write_text(MACHINE)
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "app").mkdir()
    return tmp_path


def start(chip):
    """(slot that ran or None, timeouts of the watchdog, the choice afterwards, the console)."""
    seen = chip / "app" / "choice.seen"
    seen.unlink(missing_ok=True)
    ran = subprocess.run([*needs.micropython("i386", "100k"), "script.py"], cwd=chip,
                         capture_output=True, text=True, timeout=60)
    assert ran.stdout.splitlines()[-1:] != [] and not ran.stderr, ran.stdout + ran.stderr
    slot, path, armed = json.loads(seen.read_text()) if seen.exists() else (None, "", None)
    assert not slot or path == f"app/{slot}.pack"
    choice = chip / "app" / "choice"
    return slot, armed, choice.read_bytes() if choice.exists() else None, ran.stdout


def put(chip, name, content):
    if content is not None:
        (chip / "app" / name).write_bytes(content)


def damaged(whole):
    """What a copy's file may be when it is not whole."""
    return {"missing": None, "empty": b"", "short": whole[:9], "cut": whole[:-1],
            "index": whole[:20] + b"\x5a" + whole[21:],
            "count": whole[:4] + b"\xff\xff\xff\xff" + whole[8:],
            "format 2": whole[:3] + b"\2" + whole[4:], "text": b"<html>" * 99}


# The file `choice`: the slot that runs where both are whole, what the file is then, and whether
# the watchdog was armed. The same with "a" and "b" exchanged is made of it.
LINES = [
    (b"1 a", "a", b"1 a", False),
    (b"1 a bv", "a", b"1 a bv", False),
    (b"1 a bx silent", "a", b"1 a bx silent", False),
    (b"1 a b0", "b", b"1 a b1", True),
    (b"1 a b0 silent", "b", b"1 a b1 silent", True),
    (b"1 a b1", "b", b"1 a b2", True),
    (b"1 a b2", "b", b"1 a b3", True),
    (b"1 a b3", "a", b"1 a !", False),
    (b"1 a b3 silent", "a", b"1 a !", False),
    (b"1 a !", "a", b"1 a !", False),
    (b"1 a a0", "a", b"1 a a0", False),
    (b"1 a b", "a", b"1 a b", False),
]


def mirrored(line):
    return line.translate(bytes.maketrans(b"ab", b"ba"))


@pytest.mark.parametrize("line, slot, after, is_armed", LINES + [
    (mirrored(line), "ab".replace(slot, ""), mirrored(after), is_armed)
    for line, slot, after, is_armed in LINES])
def test_the_choice_says_which_of_two_whole_copies_runs(chip, copies, line, slot, after, is_armed):
    for name, content in copies.items():
        put(chip, f"{name}.pack", content)
    put(chip, "choice", line)
    assert start(chip)[:3] == (slot, [60000] if is_armed else [], after)


@pytest.mark.parametrize("line", [None, b"", b"1", b"2 b", b"1 c", b"\xff" * 4096, b"b\n"])
def test_without_a_choice_or_with_a_damaged_one_the_first_whole_copy_runs(chip, copies, line):
    put(chip, "choice", line)
    put(chip, "b.pack", copies["b"])
    assert start(chip)[:3] == ("b", [], b"1 b !")  # so that an upload does not go over it
    put(chip, "choice", line)
    put(chip, "a.pack", copies["a"])
    if line is None:
        (chip / "app" / "choice").unlink()
    assert start(chip)[:3] == ("a", [], line)


@pytest.mark.parametrize("how", list(damaged(bytes(99))))
def test_a_copy_that_is_not_whole_is_never_what_stops_the_device(chip, copies, how):
    """Each slot damaged so, with each line; and both, where nothing can run."""
    for (line, slot, _, _), hurt in itertools.product(LINES, "ab"):
        for name, content in copies.items():
            (chip / "app" / f"{name}.pack").unlink(missing_ok=True)
            put(chip, f"{name}.pack", damaged(content)[how] if name == hurt else content)
        put(chip, "choice", line)
        ran, _, after, said = start(chip)
        left = "b" if hurt == "a" else "a"
        assert ran == left, (line, hurt)
        if slot == hurt:
            assert after == b"1 %s !" % left.encode() and "cannot be used" in said
        else:
            assert after in (line, b"1 a !") or after[:5] == line[:5]


@pytest.mark.parametrize("line", [None, b"1 a", b"1 b", b"1 a bv", b"1 a b0", b"1 b a3"])
def test_without_any_whole_copy_it_says_so_and_restarts(chip, copies, line):
    for how in damaged(copies["a"]):
        for name, content in copies.items():
            (chip / "app" / f"{name}.pack").unlink(missing_ok=True)
            put(chip, f"{name}.pack", damaged(content)[how])
        put(chip, "choice", line)
        ran, _, _, said = start(chip)
        assert ran is None and "ImportError: no module named 'microhan" in said
        assert "a.pack cannot be used" in said and "b.pack cannot be used" in said
        assert "restart in 3 s" in said


@pytest.mark.parametrize("fault", ["ValueError('x')", "MemoryError", "KeyboardInterrupt",
                                   "SyntaxError('x')"])
def test_what_a_copy_raises_ends_in_a_restart_and_counts(chip, copies, fault):
    text = ("SLOT = 'b'\n" + RUNS % fault).encode()
    put(chip, "a.pack", copies["a"])
    put(chip, "b.pack", archive.pack({"microhan/begin.mpy": build.compile_one(
        text, "begin.py", "x86")}, {"version": "1.0", "build": "", "arch": ""}))
    put(chip, "choice", b"1 a b0 silent")
    told = [start(chip)[:3:2] for _ in range(5)]
    assert told == [("b", b"1 a b1 silent"), ("b", b"1 a b2 silent"), ("b", b"1 a b3 silent"),
                    ("a", b"1 a !"), ("a", b"1 a !")]


@pytest.mark.parametrize("files", [{"microhan/start.mpy": b""}, {"microhan/begin.mpy": b"M\7\0"}],
                         ids=["no entry", "for another MicroPython"])
def test_a_copy_that_cannot_be_loaded_is_given_up_after_three_starts(chip, copies, files):
    put(chip, "a.pack", copies["a"])
    put(chip, "b.pack", archive.pack(files, {"version": "1.0", "build": "", "arch": ""}))
    put(chip, "choice", b"1 a b0")
    assert [start(chip)[0] for _ in range(4)] == [None, None, None, "a"]


def test_a_start_that_cannot_be_counted_is_no_start_of_a_new_copy(chip, copies):
    """A full flash, or one that fails."""
    for name, content in copies.items():
        put(chip, f"{name}.pack", content)
    put(chip, "choice", b"1 a b0")
    (chip / "app" / "choice.new").mkdir()
    slot, armed, after, said = start(chip)
    assert (slot, armed, after) == ("a", [], b"1 a b0")
    assert re.search("microhan: app/choice: .*EISDIR|21", said)


def test_one_on_trial_may_be_all_that_is_left(chip, copies):
    put(chip, "b.pack", copies["b"])
    put(chip, "choice", b"1 a b3")
    assert start(chip)[:3] == ("b", [], b"1 b !")
