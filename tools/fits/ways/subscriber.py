"""What a broker hands on, by mosquitto's own client."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twin import broker
from twin.children import end, spawn
from vm.vm import Unavailable

from ..corpus import exact
from ..stage import mosquitto

_PATIENCE = 600  # s


def program() -> str:
    """mosquitto_sub's path; raises Unavailable."""
    found = shutil.which("mosquitto_sub")
    if not found or not broker.mosquitto():
        raise Unavailable("needs mosquitto and mosquitto_sub: apt install mosquitto "
                          "mosquitto-clients")
    return found


def version() -> str:
    """"mosquitto_sub 2.0.11"."""
    told = subprocess.run([program(), "--help"], capture_output=True, text=True).stdout
    return "mosquitto_sub " + told.partition("version ")[2].split()[0]


class Subscriber:
    """All messages of a broker of its own. `config`: the section mqtt."""

    def __init__(self, port: int, output: Any) -> None:
        self.config: dict[str, dict] = {"mqtt": {"host": "127.0.0.1", "port": port}}
        self._output = output

    def until(self, topic: str) -> tuple[list[tuple[str, str]], str]:
        """([(topic, payload)] of all that came before, payload) of the next one of a topic."""
        before: list[tuple[str, str]] = []
        while True:
            found, _, payload = self._line().partition(" ")
            if found == topic:
                return before, payload
            before.append((found, payload))

    def _line(self):
        line = self._output.readline()
        assert line, "mosquitto_sub has ended"
        return line.rstrip("\n")


@contextlib.contextmanager
def subscriber(folder: Path) -> Iterator[Subscriber]:
    """A mosquitto, and a Subscriber to all of it."""
    with mosquitto(folder) as running:
        process = spawn([program(), "-h", running.host, "-p", str(running.port), "-t", "#",
                         "-F", "%t %p", "-W", str(_PATIENCE)],
                        stdout=subprocess.PIPE, text=True)
        try:
            yield Subscriber(running.port, process.stdout)
        finally:
            end(process)


def same_object(text: str, case: Any) -> list[tuple[str, Any, Any]]:
    """Pairs of a JSON object that is a Reading with its identity and what is derived from it."""
    told = exact(text)
    told.pop("derived", None)
    identity = [("identity", (told.pop("boot"), told.pop("seq")),
                 (case.reading.boot, case.reading.seq))]
    wanted = case.values()
    return identity + [(key, told.get(key), wanted.get(key)) for key in {**wanted, **told}]
