"""What all tests share: no silent skips in CI, and the longest file first."""

import pytest

from fixtures.repository import IN_CI, telegrams


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


@pytest.fixture(scope="session")
def corpus():
    """The ASCII telegrams."""
    return telegrams("p1-ascii")
