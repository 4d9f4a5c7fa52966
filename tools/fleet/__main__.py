"""Runs a fleet of twins at one broker, and says what it takes; writes build/fleet.json.

    .venv/bin/python -m fleet [--count 200] [--interval 10] [--seconds 60]

Each twin is the firmware on a MicroPython of its own, with a simulated meter. All send to one
mosquitto, push to one InfluxDB, and are scraped by one Prometheus. It is measured with 10, 50 and
`count` of them. Exit status: 1 if a reading was lost, 3 if a program cannot be had.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from build import setup_env
from fits.databases import Database, ask, influxd, program, prometheus
from fits.stage import Missed, wait
from measure.latency import percentile
from measure.limits import Row, at_most, conclude, told
from meter_model import DIALECTS
from meter_model.clock import moment
from twin.fleet import Fleet, Member
from vm.vm import Unavailable

from . import processes

OUT = Path(setup_env.BUILD) / "fleet.json"
WORK = Path(setup_env.BUILD) / "fleet"
STEPS = 10, 50
_TOKEN = "of-this-run-only"
# What Swedish grid companies hang on walls, in turn. The twins look at the line less often than a
# dongle (10 ms): else their looking is most of what the PC does.
_METERS = [name for name in DIALECTS if name.endswith("-p1")][:8]
_POLL_MS = 40


def main() -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="make fleet", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="dongles (200)")
    parser.add_argument("--interval", type=float, default=10, help="s between telegrams (10)")
    parser.add_argument("--seconds", type=float, default=60, help="how long each step is measured")
    given = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    try:
        program("prometheus", "prometheus")
        program("mosquitto_sub", "mosquitto-clients")
        return conclude(OUT, run(WORK, given.count, given.interval, given.seconds))
    except Unavailable as error:
        print(f"fleet: {error}", file=sys.stderr)
        return setup_env.MISSING_TOOL


def run(folder: Path, count: int, interval: float, seconds: float) -> list[Row]:
    """The rows of all steps."""
    (folder / "influx").mkdir(parents=True)
    rows = []
    with contextlib.ExitStack() as running:
        store = running.enter_context(influxd(folder / "influx")())
        ask(store.port, "/query", "POST", q="CREATE DATABASE meter")
        fleet = running.enter_context(Fleet(folder))
        for step in [*(step for step in STEPS if step < count), count]:
            began = time.monotonic()
            _grow(fleet, store, step, interval)
            print(f"fleet: {step} dongles, after {time.monotonic() - began:.0f} s", flush=True)
            scraped = folder / f"prometheus-{step}"
            scraped.mkdir()
            ports = [one.twin.client.port for one in fleet.members.values()]
            with prometheus(scraped, ports, _TOKEN, interval) as scraper:
                found = _measured(fleet, store, scraper, interval, seconds)
            rows += [row._replace(name=f"{step} dongles: {row.name}") for row in found]
        rows += _kept(fleet, store)
    return rows


def _grow(fleet, store, count, interval):
    """Start more of them, and wait until each has sent a Reading."""
    push = {"url": f"http://127.0.0.1:{store.port}/write?db=meter", "format": "influx"}
    for number in range(len(fleet.members), count):
        fleet.add(str(number), lambda member: iter(()), {"push": push}, "115200 8 none 0",
                  meter=_METERS[number % len(_METERS)], interval=interval, seed=number,
                  token=_TOKEN, poll_ms=_POLL_MS)
    wait("a Reading of each", lambda: all(
        one.readings and not one.twin.check() for one in fleet.members.values()), 240)


def _measured(fleet: Fleet, store: Database, scraper: Database, interval: float,
              seconds: float) -> list[Row]:
    """Rows of so many seconds with those that there are."""
    members = list(fleet.members.values())
    programs = {"broker": fleet.broker.pid, "Prometheus": scraper.pid, "InfluxDB": store.pid,
                "meters and subscriber": os.getpid()}
    twins = [one.twin.firmware.pid for one in members]
    time.sleep(2 * interval)  # Prometheus has scraped all
    before = {name: processes.seconds([pid]) for name, pid in programs.items()}
    of_twins = processes.seconds(twins)
    began = time.monotonic()
    time.sleep(seconds)
    ended = time.monotonic()
    taken = {name: processes.seconds([pid]) - before[name] for name, pid in programs.items()}
    of_twins = processes.seconds(twins) - of_twins
    sent, lost, latencies = _between(members, began, ended)
    rows = [told("readings a second", round(sent / (ended - began), 1)),
            told("last byte to subscriber, p50, ms", round(percentile(latencies, 0.5), 1)),
            told("last byte to subscriber, p99, ms", round(percentile(latencies, 0.99), 1)),
            at_most("readings lost, by MQTT", lost, 0),
            at_most("scrapes that failed", _failed(scraper, seconds, len(members)), 0)]
    for name, pid in programs.items():
        rows += [told(f"{name}, memory, MB", processes.memory_mb(pid)),
                 told(f"{name}, % of a core", round(100 * taken[name] / (ended - began), 1))]
    port = fleet.broker.port
    return rows + [
        told("messages that the broker keeps", _broker(port, "retained messages/count")),
        told("bytes a second to the broker",
             round(_broker(port, "load/bytes/received/1min") / 60)),
        told("a twin, memory, MB", processes.memory_mb(twins[0])),
        told("a twin, % of a core", round(100 * of_twins / (ended - began) / len(members), 2))]


def _broker(port: int, what: str) -> float:
    """What mosquitto says of itself."""
    answer = subprocess.run(
        [program("mosquitto_sub", "mosquitto-clients"), "-p", str(port), "-t",
         "$SYS/broker/" + what, "-C", "1", "-W", "30"], capture_output=True, text=True, check=True)
    return float(answer.stdout)


def _between(members: list[Member], began: float, ended: float) -> tuple[int, int, list[float]]:
    """(telegrams, how many of them gave no Reading, ms of each other one) of a time."""
    sent = lost = 0
    latencies = []
    for one in members:
        # By the meter's clock: which Reading is of which telegram.
        due = {moment(snapshot.ms // 1000 * 1000): at
               for (_, snapshot), at in zip(one.twin.snapshots, one.twin.last_bytes, strict=False)
               if began <= at < ended}
        with contextlib.suppress(Missed):
            wait("what was sent", lambda: due.keys() <= _came(one).keys(), 60)  # noqa: B023
        came = _came(one)
        sent += len(due)
        lost += len(due.keys() - came.keys())
        # A Reading may be here before the thread that notes the last byte.
        latencies += [1000 * max(0, came[time] - due[time]) for time in due if time in came]
    return sent, lost, latencies


def _came(member):
    """{the meter's time in a Reading: when it came}."""
    return {datetime.fromisoformat(reading["time"]).replace(tzinfo=None): at
            for at, reading in list(member.readings)}


def _failed(scraper: Database, seconds: float, count: int) -> int:
    """How many targets were not scraped each time within the last so many seconds."""
    found = ask(scraper.port, "/api/v1/query", query=f"min_over_time(up[{seconds:.0f}s])")
    well = [one for one in found["data"]["result"] if one["value"][1] == "1"]
    return count - len(well)


def _kept(fleet: Fleet, store: Database) -> list[Row]:
    """Rows of the store, against all that came by MQTT; and of what a device's numbers tell."""
    gaps = 0
    sent = set()
    for name, one in fleet.members.items():
        numbers = [(reading["boot"], reading["seq"]) for _, reading in one.readings]
        gaps += numbers[-1][1] - numbers[0][1] + 1 - len(set(numbers))
        sent |= {(name, *number) for number in numbers}
    query = "SELECT count(active_power_import_w) FROM microhan"

    def count():
        found = ask(store.port, "/query", db="meter", q=query)["results"][0]
        return found["series"][0]["values"][0][1]

    with contextlib.suppress(Missed):
        wait("all of it in InfluxDB", lambda: count() >= len(sent), 60)
    return [told("readings by MQTT", len(sent)), at_most("gaps in their numbers", gaps, 0),
            at_most("readings missing in InfluxDB", max(0, len(sent) - count()), 0)]


if __name__ == "__main__":
    sys.exit(main())
