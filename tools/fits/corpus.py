"""Every Reading of the corpus: what is walked through each way out.

The telegrams and what is to be read in them are the tests' (host_tests/fixtures/).
"""

import functools
import json
from decimal import Decimal
from typing import Any, NamedTuple

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.binary_frames import settings
from fixtures.readings_extra import extra_reading
from fixtures.repository import ALONE, telegrams
from microhan.telegram.clock import ClockRule
from microhan.telegram.decoder import Decoder

_FORMATS = ("p1-ascii", "dlms-hdlc", "dlms-hdlc-stream", "dlms-mbus", "p1-encrypted")


class Case(NamedTuple):
    """A Reading, and the telegram that it is of."""

    name: str
    reading: Any
    raw: bytes
    is_text: bool
    record: dict

    def values(self) -> dict[str, Any]:
        """The Reading as the object of /reading.json: {key: value}, its numbers exact."""
        return exact(self.reading.json())


def exact(text: str | bytes) -> Any:
    """JSON, its decimals as Decimals."""
    return json.loads(text, parse_float=Decimal)


@functools.cache
def cases() -> list[Case]:
    """All of them, and one with everything that only some meters send."""
    out = []
    for record in telegrams(*_FORMATS):
        if "refuse" not in record and record["file"] not in ALONE:
            out += _of(record)
    return [*out, Case("everything", extra_reading(), b"", False, {"expected": {}})]


def _of(record):
    """The Cases of a file of the corpus, read with the settings that its owner would make."""
    options = settings(record)
    found: list[Case] = []
    decoder = Decoder(
        lambda source: found.append(Case(record["file"], source.reading(options["unit"]),
                                         source.raw(), source.is_text, record)),
        record["crc"] == "valid", ClockRule(options["clock"], options["offset"]),
        bytes.fromhex(options["key"]), bytes.fromhex(options["aad"]))
    decoder.feed(record["data"], len(record["data"]))
    decoder.idle()
    decoder.idle()
    return found
