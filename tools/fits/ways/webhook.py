"""The webhook's template: the names of numbers in braces, in the address and in the body."""

import contextlib
import json
import platform
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from microhan.reading.fields import CHANNELS, EXTRAS, FIELDS, HISTORY, TEXT

from ..receiver import receiver

PEER = "http.server of Python " + platform.python_version()
RESOLUTION = "as the meter sent it"
# As many as fit: 1,024 characters of body, 512 of address.
_KEYS = [key for key, kind, _ in FIELDS + EXTRAS if TEXT < kind not in (HISTORY, CHANNELS)][:45]
_IN_ADDRESS = 14


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    names = ["{%s}" % key for key in _KEYS]
    with receiver() as server:
        section = {"url": server.url + "?" + ",".join(names[:_IN_ADDRESS]),
                   "body": "[%s]" % ",".join(names[_IN_ADDRESS:])}
        assert len(section["url"]) <= 512 and len(section["body"]) <= 1024

        def pairs(case):
            path, body = server.next()
            told = path.partition("?")[2].split(",") + body[1:-1].split(",")
            values = case.values()
            return [(key, _number(text), values.get(key))
                    for key, text in zip(_KEYS, told, strict=True)]

        yield {"webhook": section}, lambda dongle: pairs


def _number(text):
    return json.loads(text, parse_float=Decimal)
