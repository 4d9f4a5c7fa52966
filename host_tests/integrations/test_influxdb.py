"""A real InfluxDB takes what push sends, and its query API says what the Readings said; what it
missed arrives later, with its own time."""

import asyncio

import pytest

from fits.databases import ask, influxd
from fits.ways.influxdb import expected, rows, seconds
from fixtures import needs
from fixtures.outputs_backlog import Home, running, shorten_pauses
from fixtures.readings_extra import extra_reading


@pytest.fixture
def influx(tmp_path):
    """As fits.databases.influxd(), with a database "meter"."""
    needs.program("influxd")
    folder = tmp_path / "influx"
    folder.mkdir()
    run = influxd(folder)
    with run() as one:
        ask(one.port, "/query", "POST", q="CREATE DATABASE meter")
    return run


def same(port, readings):
    """Check that the database has these Readings, and no others."""
    found = {row.pop("time"): row for row in rows(port, "microhan")}
    assert set(found) == {seconds(reading) for reading in readings}
    for reading in readings:
        row = {key: value for key, value in found[seconds(reading)].items() if value is not None}
        assert row.pop("device") == "a1b2c3"
        assert row == expected(reading)


@pytest.mark.slow
def test_an_outage_of_the_database_closes_with_own_times(tmp_path, influx, monkeypatch):
    shorten_pauses(monkeypatch)
    home = Home(tmp_path, ("push",))

    async def live(out):
        for _ in range(5):
            home.publish()
            await asyncio.sleep(0.05)

    async def all_of_it():
        with influx() as one:
            out = home.push(one.port, "/write?db=meter", format="influx")
            await running(lambda: live(out), out)
        # It is away: an hour and a half.
        home.publish(540)
        assert out.status()["kept"] > 500
        with influx() as one:
            await running(lambda: home.drained(out), out)
            assert out.status()["dropped"] == out.status()["lost"] == 0
            same(one.port, home.sent.values())

    asyncio.run(all_of_it())
    assert len(home.sent) > 545


@pytest.mark.slow
def test_what_only_some_meters_send_arrives(tmp_path, influx):
    home = Home(tmp_path, ("push",))
    reading = extra_reading()

    async def all_of_it():
        with influx() as one:
            out = home.push(one.port, "/write?db=meter", format="influx")

            async def talk():
                home.hub.publish(reading, lambda: b"", True)
                while not out.status()["sent"]:
                    assert out.status()["state"] != "error", out.status()
                    await asyncio.sleep(0.01)

            await running(talk, out)
            same(one.port, [reading])
            found = rows(one.port, "microhan_channel")
            assert sorted(row["value"] for row in found) == sorted(
                members["value"][0] / 1000 for members in reading.get("channels").values())

    asyncio.run(all_of_it())
