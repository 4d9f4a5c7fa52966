"""MQTT: each Reading's JSON, as a subscriber gets it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .subscriber import same_object, subscriber, version

PEER = version()
RESOLUTION = "as the meter sent it"


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    with subscriber(folder) as messages:
        def pairs(case):
            return same_object(messages.until("microhan/a1b2c3/reading")[1], case)

        yield messages.config, lambda dongle: pairs
