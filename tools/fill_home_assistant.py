#!/usr/bin/env python3
"""Close gaps in Home Assistant's long-term statistics with what the dongle recorded meanwhile.

    .venv/bin/python tools/fill_home_assistant.py --dongle http://192.168.1.9 --home http://homeassistant.local:8123

The tokens are asked for: one of the dongle that may read the history, and a long-lived one of a
Home Assistant administrator. Only hours between two that Home Assistant has are written, and none
that it has is changed. docs/integrations/home-assistant.md tells more. Exit status: 1 with the
reason on stderr.
"""

import argparse
import getpass
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent))

import requests  # noqa: E402

from fits.home_assistant_api import Api  # noqa: E402

KEYS = ("active_energy_import_kwh", "active_energy_export_kwh",
        "reactive_energy_import_kvarh", "reactive_energy_export_kvarh")
_HOUR, _DAY = 3600, 86400
_PART = 16 * _DAY  # a dongle writes 400 rows at most into one answer
Known = dict[int, tuple[Decimal, Decimal]]


def closed(known: Known, taken: dict[int, Decimal | None]) -> Known:
    """{start of an hour: (state, sum)} of the hours that are missing between two known ones.

    known: the same of Home Assistant's; taken: what each hour took, None where that is not known
    (the hour behind then has it). A gap stays as it is where the dongle does not name each of its
    hours, or where they took more than Home Assistant counts over it: that was another meter.
    """
    found: Known = {}
    if not known:
        return found
    pending: Known = {}
    last, whole = known[min(known)], True
    for start in range(min(known), max(known) + 1, _HOUR):
        if start in known:
            if pending and last[1] <= known[start][1]:
                found |= pending
            pending = {}
            last, whole = known[start], True
        elif start not in taken:
            whole = False
            pending = {}
        elif whole:
            took = taken[start]
            if took is not None:
                last = last[0] + took, last[1] + took
                pending[start] = last
    return found


def history(dongle: str, token: str, begin: int, end: int) -> dict[str, dict]:
    """{key: {start of an hour: what it took}} of the dongle's ledger."""
    def day(seconds):
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")

    rows = []
    for first in range(begin - _DAY, end + 2 * _DAY, _PART):
        answer = requests.get(
            f"{dongle.rstrip('/')}/history.json", timeout=60,
            params={"step": "hour", "from": day(first), "to": day(first + _PART)},
            headers={"Authorization": "Bearer " + token})
        answer.raise_for_status()
        told = json.loads(answer.text, parse_float=Decimal)
        rows += [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
    return {key: {row["time"]: row[key] for row in rows} for key in KEYS}


def fill(home: Api, device_id: str, dongle: str, token: str) -> dict[str, list[int]]:
    """Closes what can be closed; {entity: the hours written}."""
    written = {}
    entities = home.entities(device_id)
    for key in KEYS:
        if key not in entities:
            continue
        entity = entities[key]["entity_id"]
        known: Known = {
            row["start"] // 1000: (Decimal(str(row["state"])), Decimal(str(row["sum"])))
            for row in home.statistics(entity, "hour") if row.get("state") is not None}
        if not known:
            continue
        rows = closed(known, history(dongle, token, min(known), max(known))[key])
        if rows:
            home.ask("recorder/import_statistics", metadata=metadata(home, entity), stats=[
                {"start": datetime.fromtimestamp(start, UTC).isoformat(),
                 "state": float(state), "sum": float(total)}
                for start, (state, total) in rows.items()])
        written[entity] = sorted(rows)
    return written


def metadata(home: Api, entity: str) -> dict[str, Any]:
    """What Home Assistant says of a statistic, as it wants it back."""
    one = next(row for row in home.ask("recorder/list_statistic_ids")
               if row["statistic_id"] == entity)
    return {"statistic_id": entity, "source": "recorder", "name": one["name"], "has_sum": True,
            "mean_type": 0, "unit_class": one["unit_class"],
            "unit_of_measurement": one["statistics_unit_of_measurement"]}


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dongle", required=True, help="its page, http://192.168.1.9")
    parser.add_argument("--home", required=True, help="Home Assistant, http://…:8123")
    given = parser.parse_args()
    try:
        token = getpass.getpass("Token of the dongle: ")
        home = Api(given.home, getpass.getpass("Token of Home Assistant: "))
        about = requests.get(f"{given.dongle.rstrip('/')}/status.json", timeout=30,
                             headers={"Authorization": "Bearer " + token})
        about.raise_for_status()
        for entity, hours in fill(home, about.json()["id"], given.dongle, token).items():
            print(f"{entity}: {len(hours)} hours closed")
    except (OSError, ValueError) as error:
        print(f"fill_home_assistant: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
