"""The page in a real browser, before a device that does what the test says."""

import pytest

from fixtures import schema_json
from fixtures.browser import Sight, chromium
from fixtures.mock_device import MockDevice


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def device():
    """A claimed device whose owner is logged in and whose meter is read."""
    made = MockDevice()
    made.schema, made.config = schema_json.rows(), schema_json.config()
    yield made
    made.frozen = False
    made.kill()


@pytest.fixture
def look(browser, device):
    """look(language="en", width=DESK, path="", …): a Sight of the device's page."""
    opened = []

    def look(**options):
        opened.append(Sight(browser, device.url, **options))
        return opened[-1]

    yield look
    for one in opened:
        one.close()
