"""What all tests share: where the code is, the real telegrams, and no silent skips in CI."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in ("firmware", "tools", "tools/cpython", "build/vendor"):
    sys.path.insert(0, str(ROOT / folder))

TELEGRAMS = ROOT.parent / "shared" / "telegrams"
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


def telegrams(*formats):
    """The records of ../shared/telegrams of these formats, with their bytes under `data`."""
    index = TELEGRAMS / "index.json"
    if not index.exists():
        return []
    records = [r for r in json.loads(index.read_text()) if r["format"] in formats]
    for record in records:
        record["data"] = (TELEGRAMS / record["file"]).read_bytes()
    return records


@pytest.fixture(scope="session")
def corpus():
    """The real ASCII telegrams; a skip says where they are."""
    records = telegrams("p1-ascii")
    if not records:
        pytest.skip("the real telegrams of ../shared/telegrams are not here")
    return records
