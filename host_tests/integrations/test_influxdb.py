"""A real InfluxDB takes what push sends, and its query API says what the Readings said; what it
missed arrives later, with its own time."""

import asyncio

import pytest

from fixtures.databases import ask, influxd
from fixtures.outputs_backlog import Home, running, shorten_pauses
from fixtures.readings_extra import extra_reading
from microhan.reading.fields import CHANNELS, HISTORY, LEVEL, TEXT, TIME, VAR, W
from microhan.reading.reading import key_of, kind_of

EPOCH = 946684800


@pytest.fixture
def influx(tmp_path):
    """As fixtures.databases.influxd(), with a database "meter"."""
    folder = tmp_path / "influx"
    folder.mkdir()
    run = influxd(folder)
    with run() as port:
        ask(port, "/query", "POST", q="CREATE DATABASE meter")
    return run


def rows(port, series):
    """{time: {field: value}} of what the database has."""
    found = ask(port, "/query", db="meter", epoch="s", q=f"SELECT * FROM {series}")["results"][0]
    if "series" not in found:
        return {}
    names = found["series"][0]["columns"]
    return {values[0]: dict(zip(names[1:], values[1:], strict=True))
            for values in found["series"][0]["values"]}


def expected(reading):
    """The fields of a Reading as the database has them: whole numbers, others, and texts."""
    out = {}
    for i in reading.fields():
        kind = kind_of(i)
        if i == 0 or kind in (HISTORY, CHANNELS):
            continue
        text = reading.text(i)
        if kind not in (TEXT, TIME):
            text = int(text) if kind in (W, VAR, LEVEL) else float(text)
        out[key_of(i)] = text
    return out


def seconds(reading):
    return reading.get("time") - 60 * reading.utc_offset + EPOCH


def same(port, readings):
    """Check that the database has these Readings, and no others."""
    found = rows(port, "microhan")
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
        with influx() as port:
            out = home.push(port, "/write?db=meter", format="influx")
            await running(lambda: live(out), out)
        # It is away: an hour and a half.
        home.publish(540)
        assert out.status()["kept"] > 500
        with influx() as port:
            await running(lambda: home.drained(out), out)
            assert out.status()["dropped"] == out.status()["lost"] == 0
            same(port, home.sent.values())

    asyncio.run(all_of_it())
    assert len(home.sent) > 545


@pytest.mark.slow
def test_what_only_some_meters_send_arrives(tmp_path, influx):
    home = Home(tmp_path, ("push",))
    one = extra_reading()

    async def all_of_it():
        with influx() as port:
            out = home.push(port, "/write?db=meter", format="influx")

            async def talk():
                home.hub.publish(one, lambda: b"", True)
                while not out.status()["sent"]:
                    assert out.status()["state"] != "error", out.status()
                    await asyncio.sleep(0.01)

            await running(talk, out)
            same(port, [one])
            found = rows(port, "microhan_channel")
            assert sorted(row["value"] for row in found.values()) == sorted(
                members["value"][0] / 1000 for members in one.get("channels").values())

    asyncio.run(all_of_it())
