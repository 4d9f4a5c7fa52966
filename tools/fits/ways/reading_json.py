"""HTTP: /reading.json, and in it what the corpus says of the telegram."""

from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from ..corpus import exact
from ..dongle import TOKEN

PEER = "requests " + requests.__version__
RESOLUTION = "as the meter sent it"


def _read(dongle):
    def pairs(case):
        answer = requests.get(f"http://127.0.0.1:{dongle.port}/reading.json", timeout=60,
                              headers={"Authorization": "Bearer " + TOKEN})
        told = exact(answer.content)
        del told["as_of"]
        told.pop("derived", None)
        wanted = case.values()
        expected = {key: Decimal(str(value)) for key, value in case.record["expected"].items()
                    if isinstance(value, int | float)}
        return [(key, told.get(key), wanted.get(key)) for key in {**wanted, **told}] + [
            (key + " by the corpus", told.get(key), value) for key, value in expected.items()]

    return pairs


def client(folder: Path) -> Any:
    """See walk.py."""
    return nullcontext(({}, _read))
