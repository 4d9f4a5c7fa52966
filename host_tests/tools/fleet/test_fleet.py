"""A fleet of three: what each sends arrives once in each place; and that a loss is seen."""

import collections
from types import SimpleNamespace

import pytest

from fixtures import needs
from fleet import __main__ as fleet


@pytest.mark.slow
def test_three_dongles_lose_nothing(tmp_path):
    needs.micropython("i386")
    for name in ("mosquitto", "prometheus", "influxd"):
        needs.program(name)
    rows = {row.name: row for row in fleet.run(tmp_path, 3, 2, 6)}
    assert not [row for row in rows.values() if not row.ok]
    assert rows["readings by MQTT"].value >= 9
    assert rows["3 dongles: readings a second"].value > 0.5
    assert rows["3 dongles: last byte to subscriber, p50, ms"].value > 0


def member(stamps, moments):
    twin = SimpleNamespace(last_bytes=collections.deque(stamps))
    return SimpleNamespace(twin=twin, readings=[(at, {}) for at in moments])


def test_a_telegram_that_nothing_came_of_is_lost():
    one = member([5, 15, 25, 35], [5.1, 15.2, 35.4])
    other = member([8, 18, 28], [7.95, 18.3, 28.5])
    sent, lost, latencies = fleet._between([one, other], 0, 30, 10)
    assert (sent, lost) == (6, 1)
    assert sorted(round(ms) for ms in latencies) == [0, 100, 200, 300, 500]
