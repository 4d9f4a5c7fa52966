"""What all tests share: which are quick, which stay together, and no silent skips."""

import asyncio
import functools
from pathlib import Path

import hypothesis
import pytest

from fixtures import (
    needs,
    ports,  # noqa: F401 - each worker has its own
)
from fixtures.repository import IN_CI, ROOT, telegrams

# Rooms whose tests start no program and open no socket: with what checks the sources themselves,
# and without what is marked `slow`, they are `make check`.
QUICK = ("config", "docs", "hub", "ledger", "meter", "reading", "store", "telegram", "update")

# The same inputs in each run, so that a change is judged by itself. CONTRIBUTING.md: others.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.load_profile("repeatable")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skip is a failure: there everything is installed that can be."""
    outcome = yield
    report = outcome.get_result()
    if (IN_CI and report.skipped and not hasattr(report, "wasxfail")
            and needs.REAL_TELEGRAMS not in str(report.longrepr)):
        report.outcome = "failed"
        report.longrepr = f"skipped, but CI has everything: {report.longrepr}"


def pytest_terminal_summary(terminalreporter):
    """What was skipped, and what to install for it."""
    reasons = [report.longrepr[2].removeprefix("Skipped: ")
               for report in terminalreporter.stats.get("skipped", ())]
    for line in needs.told(reasons):
        terminalreporter.write_line(line)


def pytest_ignore_collect(collection_path, config):
    """For `make check` the other rooms are not even imported."""
    tests = ROOT / "host_tests"
    if config.option.markexpr.startswith("pure") and tests in collection_path.parents:
        return None if _is_pure(collection_path) else True
    return None


def pytest_collection_modifyitems(items):
    """Mark the quick ones; and let what takes long begin first, so that the short ones fill the
    gaps at the end. The files of a room are spread: browsers keep the PC busy, twins wait."""
    for item in items:
        if _is_pure(item.path):
            item.add_marker("pure")
    rooms: dict[Path, dict[Path, int]] = {}
    for item in items:
        files = rooms.setdefault(item.path.parent, {})
        files.setdefault(item.path, len(files))
    items.sort(key=lambda item: (*_urgency(item), rooms[item.path.parent][item.path]
                                 / len(rooms[item.path.parent])))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadscope`: tests that share something expensive run in one process, all others
    wherever there is room. (`loadgroup` does nothing with pytest 9.2: xdist 3.8 writes the group
    into an attribute that pytest does not read any more.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return file if _shares(file) else nodeid

    # Otherwise the files with the most tests would come first, which are the quickest ones.
    config.option.loadscopereorder = False
    return ByFile(config, log) if config.getvalue("dist") == "loadscope" else None


def _is_pure(path):
    """Whether a file of tests, or a folder of them, is of a pure room or looks at the sources."""
    room = path.relative_to(ROOT / "host_tests").parts[0]
    return room in QUICK or bool(Path(room).suffix)


@functools.cache
def _shares(file):
    """Whether something is made once for a file: a fixture of its own, or of its room."""
    path = ROOT / file
    return any('scope="module"' in one.read_text()
               for one in (path, path.parent / "conftest.py") if one.exists())


def _urgency(item):
    """What stays together first, then what starts programs, then what is slow."""
    return (not _shares(item.nodeid.partition("::")[0]), bool(item.get_closest_marker("pure")),
            not item.get_closest_marker("slow"))


@pytest.fixture(scope="session")
def corpus():
    """The ASCII telegrams."""
    return telegrams("p1-ascii")


@pytest.fixture
def instant_sleep(monkeypatch):
    """asyncio.sleep_ms as MicroPython has it, without waiting."""
    async def sleep_ms(ms):
        await asyncio.sleep(0)

    monkeypatch.setattr(asyncio, "sleep_ms", sleep_ms, raising=False)
