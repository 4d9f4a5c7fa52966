"""InfluxDB's line protocol, pushed to a real InfluxDB; its query API says what came."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from microhan.reading.fields import CHANNELS, HISTORY, I_TIME, LEVEL, TEXT, TIME, VAR, W
from microhan.reading.reading import key_of, kind_of

from ..databases import ask, influxd, influxd_version

PEER = influxd_version()
RESOLUTION = "a double (at least 15 digits), whole seconds"
_EPOCH = 946684800


def rows(port: int, series: str) -> list[dict[str, Any]]:
    """[{column: value}] of what the database has; "time" is in seconds."""
    found = ask(port, "/query", db="meter", epoch="s", q=f"SELECT * FROM {series}")["results"][0]
    return [dict(zip(one["columns"], values, strict=True))
            for one in found.get("series", ()) for values in one["values"]]


def expected(reading: Any) -> dict[str, Any]:
    """The fields of a Reading as the database has them: whole numbers, others, and texts."""
    out = {}
    for i in reading.fields():
        kind = kind_of(i)
        if i == I_TIME or kind in (HISTORY, CHANNELS):
            continue
        text: Any = reading.text(i)
        if kind not in (TEXT, TIME):
            text = int(text) if kind in (W, VAR, LEVEL) else float(text)
        out[key_of(i)] = text
    return out


def seconds(reading: Any) -> int | None:
    """Unix time of a Reading, None if it has none."""
    time = reading.get("time")
    return None if time is None else time - 60 * reading.utc_offset + _EPOCH


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    with influxd(folder)() as database:
        port = database.port
        ask(port, "/query", "POST", q="CREATE DATABASE meter")
        config = {"push": {"url": f"http://127.0.0.1:{port}/write?db=meter", "format": "influx"}}
        yield config, lambda dongle: _reader(port, dongle)


def _reader(port, dongle):
    """What gives the pairs of each case. A push may be over before its case is asked for: what was
    sent is counted from case to case."""
    sent = 0

    def read(case):
        nonlocal sent
        if not expected(case.reading):
            return []  # nothing is sent of a clock alone
        dongle.until(lambda: dongle.outputs()["push"]["sent"] > sent)
        sent = dongle.outputs()["push"]["sent"]
        return _pairs(port, case)

    return read


def _pairs(port, case):
    wanted = expected(case.reading)
    found = rows(port, "microhan")
    channels = rows(port, "microhan_channel")
    for series in ("microhan", "microhan_channel"):
        ask(port, "/query", "POST", db="meter", q="DROP MEASUREMENT " + series)
    (row,) = found
    row = {key: value for key, value in row.items() if value is not None}
    time, at = row.pop("time"), seconds(case.reading)
    out = [("device", row.pop("device"), "a1b2c3")] + [("time", time, at)] * (at is not None)
    out += [(key, row.get(key), wanted.get(key)) for key in {**wanted, **row}]
    told = sorted(row["value"] for row in channels if row.get("value") is not None)
    values = sorted(float(one["value"]) for one in case.values().get("channels", {}).values()
                    if "value" in one)
    return out + [("channels", told, values)] * bool(values)
