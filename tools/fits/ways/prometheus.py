"""Prometheus' text and OpenMetrics, by prometheus_client's parsers."""

from collections.abc import Iterable
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from ..dongle import TOKEN
from .metric_names import as_metrics, numbers

PEER = "prometheus_client " + version("prometheus_client")
RESOLUTION = "a double (at least 15 digits)"
OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
_FORMATS = {"text": (read_text, {}), "open": (read_open, {"Accept": OPEN})}


def samples(families: Iterable[Any]) -> dict[tuple, float]:
    """{(name, labels): value} of what a parser found; no sample twice."""
    found = {}
    for family in families:
        for one in family.samples:
            key = one.name, tuple(sorted(one.labels.items()))
            assert key not in found
            found[key] = one.value
    return found


def _read(dongle):
    def pairs(case):
        wanted = as_metrics({key: value for key, value in case.values().items()
                             if not isinstance(value, list | dict)})
        out = []
        for form, (parse, headers) in _FORMATS.items():
            answer = requests.get(f"http://127.0.0.1:{dongle.port}/metrics", timeout=60, headers={
                "Authorization": "Bearer " + TOKEN, **headers})
            told = numbers(samples(parse(answer.content.decode())))
            out += [(f"{form}: {key}", told.get(key), wanted.get(key))
                    for key in {**wanted, **told}]
        return out

    return pairs


def client(folder: Path) -> Any:
    """See walk.py."""
    return nullcontext(({}, _read))
