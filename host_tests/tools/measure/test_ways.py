"""What each way out costs: the largest set is one, and what uses a way does use it."""

import pytest

from fixtures import needs
from measure import ways
from microhan.config.fit import PRICES, unfit
from microhan.config.values import validate


def problem(names):
    """What a plain ESP32 says of these ways with MQTT and the page."""
    with ways.together(names) as (config, _):
        config.setdefault("mqtt", {})["host"] = "broker"
        return unfit(validate(config)[0], True, False)


def test_the_largest_set_fits_and_no_further_way_does():
    assert problem(ways.LARGEST) is None
    for name in set(ways.WAYS) - set(ways.LARGEST) - {"Prometheus"}:  # which is no switch
        assert problem((*ways.LARGEST, name)), name


def test_every_switch_that_has_a_price_is_measured():
    with ways.together(list(ways.WAYS)) as (config, _):
        switches = {f"{section}.{key}" for section, keys in config.items() for key in keys}
    # The feed of the meter's port is no way out: docs/feed.md.
    assert {name for name, *_ in PRICES} - switches == {
        "mqtt.host", "feed.consent", "feed.restart_after"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["raw P1", "webhook"])
def test_readings_come_to_the_client_of_a_way(name):
    needs.micropython("i386")
    rows = {row.name: row for row in ways.late((name,), name, "i386", 5)}
    assert set(rows) == {f"last byte to {words}, {share}" for share in ("p50", "p99")
                         for words in (name, f"MQTT, {name} in use")}
