"""hardware/make.py, `make hardware`: names what is missing, and lets no part fail in silence."""

import json
import os
import subprocess
import sys

import pytest

import make
import table
from fixtures.repository import ROOT

HARDWARE = ROOT / "hardware"


@pytest.mark.parametrize("program,names", [
    ("make.py", ("kicad-cli", "ngspice", "openscad")),
    ("board.py", ("kicad-cli",)),
])
def test_missing_programs_are_named_all_at_once(program, names, tmp_path):
    done = subprocess.run([sys.executable, HARDWARE / program], capture_output=True, text=True,
                          env={**os.environ, "PATH": str(tmp_path)})
    assert done.returncode == table.MISSING_TOOL, done.stderr
    assert all(name in done.stderr for name in names)
    assert "apt-get install" in done.stderr


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """Parts that are small programs; a function sets their texts."""
    monkeypatch.setattr(make, "BUILD", tmp_path)
    monkeypatch.setattr(make, "HARDWARE", tmp_path)
    monkeypatch.setattr(make, "tools", lambda: None)

    def write(**programs):
        for name, text in programs.items():
            (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.setattr(make, "PARTS", {name: (f"{name}.py",) for name in programs})
        return tmp_path / "report.json"
    return write


def writes(name, ok):
    """A program that leaves one row behind."""
    row = json.dumps([{"name": "a figure", "value": 1, "limit": "= 1", "ok": ok}])
    return ("import pathlib\n"
            f"pathlib.Path(__file__).with_name('{name}.json').write_text({row!r})")


@pytest.mark.parametrize("programs,code,failed", [
    ({"one": writes("one", True), "two": writes("two", True)}, 0, []),
    ({"one": writes("one", True), "two": writes("two", False)}, 1, ["two: a figure"]),
    ({"one": writes("one", True), "two": writes("two", None)}, 0, []),
    ({"one": writes("one", True), "two": "raise SystemExit(1)"}, 1, ["two: ran to its end"]),
    ({"one": writes("one", True) + "\nraise SystemExit(3)"}, 3, []),
])
def test_one_report_of_all_parts(parts, programs, code, failed):
    report = parts(**programs)
    assert make.main([]) == code
    rows = json.loads(report.read_text())
    assert [row["name"] for row in rows if row["ok"] is False] == failed
    assert len(rows) == len(programs)


def test_a_figure_without_a_limit_is_information_and_not_ok(parts, capsys):
    parts(one=writes("one", True), two=writes("two", None), three=writes("three", False))
    make.main([])
    assert "2 checks, 1 failed; figures without a limit: 1" in capsys.readouterr().out


def test_a_row_without_a_limit_passes_nothing_and_fails_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(table, "BUILD", tmp_path)
    checks = table.Checks("test")
    checks.add("weight, g", 12.34567)
    checks.add("length, mm", 52, "<=", 60)
    assert checks.write() == 0
    assert [row["ok"] for row in json.loads((tmp_path / "test.json").read_text())] == [None, True]
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["-", "ok"]
    checks.add("width, mm", 40, "<=", 36)
    assert checks.write() == 1
