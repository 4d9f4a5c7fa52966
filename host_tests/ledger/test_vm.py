"""The ledger on the 32-bit MicroPython: what a Reading, a quarter and a query cost."""

import json
import subprocess

import pytest

import build
from fixtures import needs
from fixtures.repository import ROOT


@pytest.fixture(scope="module")
def figures():
    """What host_tests/fixtures/vm/ledger.py says."""
    command = needs.micropython("i386", "1m")
    tree = build.build("x86", say=lambda text: None, whole=True)
    done = subprocess.run([*command, str(ROOT / "host_tests/fixtures/vm/ledger.py"),
                           str(tree / "app/a")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_reading_between_boundaries_allocates_nothing_that_stays(figures):
    assert figures["locked"]  # not even with a locked heap
    assert figures["per_reading"] <= 512  # frames of functions, given back at once


def test_the_ledger_is_small(figures):
    """With the modules' own names, of which the build makes shorter ones (docs/build.md)."""
    assert figures["object"] <= 400 and figures["code"] <= 3000


def test_the_rows_are_those_that_cpython_writes(figures):
    assert figures["rows"] == [287, 72, 3]
    for name, rows in (("day", 96), ("shaped", 96), ("hours", 48), ("days", 2)):
        assert figures[name][0] == rows, name


def test_a_query_streams(figures):
    """Beside the code of it, which is loaded for it."""
    for name in ("day", "shaped", "hours", "days"):
        _, longest, held = figures[name]
        assert longest <= 512 and held <= 2048, name


def test_a_quarter_is_closed_and_a_day_is_told_in_little_time(figures):
    assert figures["closing_us"] < 50_000 and figures["day_us"] < 150_000
