"""What every peer needs: a mosquitto, and twins with simulated meters that send to it."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from twin import broker, ports
from twin.twin import Options, Twin

T = TypeVar("T")


class Missed(Exception):
    """Something that was waited for did not come; the text says what."""


def wait(what: str, look: Callable[[], T | None], seconds: float = 120) -> T:
    """The first result of look() that is true, which is asked twice a second; raises Missed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise Missed(f"{what}: not within {seconds:g} s")


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[broker.Broker]:
    """A broker for the block."""
    running = broker.start(folder / "broker", ports.free_port())
    try:
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def twin(folder: Path, mqtt: broker.Broker | None, device_id: str, config: dict | None = None,
         **options: object) -> Iterator[Twin]:
    """A twin (twin.Options) that has read its meter once; its Readings go to `mqtt`, if to any.
    config: what its owner has set."""
    data = folder / device_id / "data"
    data.mkdir(parents=True)
    (data / "config.json").write_text(json.dumps(config or {}))
    given = Options(id=device_id, mqtt=f"{mqtt.host}:{mqtt.port}" if mqtt else None,
                    http_port=ports.free_port(), flash=folder / device_id)
    with Twin(given._replace(**options)) as running:  # type: ignore[arg-type]
        running.start()
        running.wait_for_reading(60)
        yield running
