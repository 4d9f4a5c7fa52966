"""What all tests share: where the code is, the real telegrams, and no silent skips in CI."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in ("firmware", "tools", "tools/cpython", "build/vendor"):
    sys.path.insert(0, str(ROOT / folder))

# Telegrams of our own, written by the simulator (tools/meter_model/write_telegrams.py), and beside a clone of
# ours real ones, which are other people's data.
OWN = ROOT / "host_tests" / "telegrams"
REAL = ROOT.parent / "shared" / "telegrams"
# Those that are read only where their own kind, or nothing, came right before: a misheard head,
# and a checksum of another kind than the meter's.
ALONE = ("star-p1.bin", "hu-holley.bin")
IN_CI = bool(os.environ.get("CI"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skip is a failure: there everything is installed."""
    outcome = yield
    report = outcome.get_result()
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but CI has everything: {report.longrepr}"


def pytest_collection_modifyitems(items):
    """The longest file first: it then runs beside all the others, and not after them."""
    items.sort(key=lambda item: "test_vms" not in item.nodeid)


def telegrams(*formats, folders=(OWN, REAL)):
    """The records of all telegrams of these formats, with their bytes under `data`."""
    records = []
    for folder in folders:
        index = folder / "index.json"
        if index.exists():
            records += [dict(r, data=(folder / r["file"]).read_bytes())
                        for r in json.loads(index.read_text()) if r["format"] in formats]
    return records


def real_telegrams(*formats):
    """Those of real meters; where they are not here, our own."""
    return telegrams(*formats, folders=(REAL,)) or telegrams(*formats)


@pytest.fixture(scope="session")
def corpus():
    """The ASCII telegrams."""
    return telegrams("p1-ascii")
