"""A fleet of three: what each sends arrives once in each place; and that a loss is seen."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

import meter_model
from fixtures import needs
from fleet import __main__ as fleet


@pytest.mark.slow
def test_three_dongles_lose_nothing(tmp_path):
    needs.micropython("i386")
    for name in ("mosquitto", "prometheus", "influxd"):
        needs.program(name)
    rows = {row.name: row for row in fleet.run(tmp_path, 3, 5, 11)}
    assert not [row for row in rows.values() if not row.ok]
    assert rows["readings by MQTT"].value >= 9
    assert rows["3 dongles: readings a second"].value >= 0.3
    assert rows["3 dongles: last byte to subscriber, p50, ms"].value > 0


def member(stamps, moments):
    """Whose telegrams were out at `stamps`; `moments`: when the Reading of each came, or None."""
    start = datetime(2026, 1, 15, 12)
    times = [start + timedelta(seconds=10 * i) for i in range(len(stamps))]
    twin = SimpleNamespace(last_bytes=stamps, snapshots=[
        (None, SimpleNamespace(ms=meter_model.to_ms(time))) for time in times])
    return SimpleNamespace(twin=twin, readings=[
        (at, {"time": time.isoformat() + "+01:00"})
        for at, time in zip(moments, times, strict=True) if at])


def test_a_telegram_that_nothing_came_of_is_lost(monkeypatch):
    monkeypatch.setattr(fleet, "wait", lambda *_: None)
    one = member([5, 15, 25, 35], [5.1, 15.2, None, 35.4])
    other = member([8, 18, 28], [7.95, 18.3, 39])
    sent, lost, latencies = fleet._between([one, other], 0, 30)
    assert (sent, lost) == (6, 1)
    assert sorted(round(ms) for ms in latencies) == [0, 100, 200, 300, 11_000]
