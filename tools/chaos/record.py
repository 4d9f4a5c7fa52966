"""What happened in a run: what the meter sent, what arrived where, and what went wrong when.

Times are time.monotonic(). All lists are in the order of time.
"""

import json
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from meter_model import moment
from meter_model.corpus import truth

if TYPE_CHECKING:
    from meter_model.dialects import Dialect
    from meter_model.meter import Snapshot

MQTT, PUSH = "mqtt", "push"
CLEAN, SPOILED, NEVER = "clean", "spoiled", "never"
_OFFSET_MS = 3_600_000  # of the meter's normal time


@dataclass
class Telegram:
    """One that the meter sent between `begin` and `end`. `content`: what a Reading of it says, as
    key_of() has it; `state`: CLEAN, SPOILED on the line, or NEVER: the plug was out."""

    begin: float
    end: float
    content: tuple
    state: str


@dataclass
class Arrival:
    """A Reading at an output's peer: JSON, or a line for InfluxDB. `kind`: MQTT's last level of
    the topic, "" for push."""

    at: float
    body: bytes
    kind: str = ""


@dataclass
class Fault:
    """`of`: the outputs whose way it is in, or "line", "device", "clients"."""

    kind: str
    of: tuple
    begin: float
    end: float
    recovered: float | None = None  # clients: when the page answered again


@dataclass
class Start:
    """One life of the device. `cause`: how it ended: "cut", "restart", "end", or what nobody asked
    for."""

    begin: float
    end: float = 0.0
    cause: str = "end"


@dataclass
class Record:
    """All of it."""

    telegrams: list[Telegram] = field(default_factory=list)
    arrived: dict[str, list[Arrival]] = field(default_factory=lambda: {MQTT: [], PUSH: []})
    refused: list[bytes] = field(default_factory=list)  # by push's peer, for good (413)
    breaks: dict[str, list[float]] = field(default_factory=lambda: {MQTT: [], PUSH: []})
    faults: list[Fault] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    begin: float = field(default_factory=time.monotonic)
    end: float = 0.0
    unasked: list[str] = field(default_factory=list)  # restarts and ends of the VM
    tracebacks: int = 0
    deaths: int = 0  # of tasks, as the supervisor counted
    left: dict[str, int] = field(default_factory=dict)  # what waited at the end, by output
    told_lost: int = 0  # by the backlog itself

    def broke(self, output: str) -> None:
        """A connection ended, or an answer did not get through."""
        self.breaks[output].append(time.monotonic())


def content_of(dialect: "Dialect", snapshot: "Snapshot", has_clock: bool = True) -> tuple:
    """What a Reading of this telegram says, worked out from the model and not by the firmware."""
    out: dict[str, Any] = dict(truth(dialect, snapshot))
    if has_clock:
        out["time"] = moment(snapshot.ms // 1000 * 1000).strftime("%Y-%m-%dT%H:%M:%S")
    return tuple(sorted(out.items()))


def key_of(body: bytes) -> tuple[tuple[int, int] | None, tuple]:
    """((boot, seq), content) of a Reading's JSON, (None, content) of its line for InfluxDB:
    numbers in the smallest unit, the time without its offset, all else that stands in it.
    ValueError, KeyError."""
    told = _of_line(body) if body[:1] != b"{" else json.loads(body, parse_float=Decimal)
    identity = (told.pop("boot"), told.pop("seq")) if "boot" in told else None
    told.pop("derived", None)
    told.pop("identification", None)
    out: dict[str, Any] = {}
    for key, value in told.items():
        if key == "time":
            out[key] = value[:19]
        elif key.endswith(("_kwh", "_kvarh", "_v", "_a")):
            out[key] = _whole(1000 * value)
        else:
            out[key] = value
    return identity, tuple(sorted(out.items()))


def _of_line(line):
    """A line for InfluxDB as the JSON would be. No text of such a meter has a comma or a blank."""
    _, fields, seconds = line.decode().split(" ")
    normal = moment(1000 * int(seconds) + _OFFSET_MS)
    told: dict[str, Any] = {"time": normal.strftime("%Y-%m-%dT%H:%M:%S")}
    for one in fields.split(","):
        key, _, value = one.partition("=")
        if value[0] == '"':
            told[key] = value[1:-1]
        else:
            told[key] = int(value[:-1]) if value[-1] == "i" else Decimal(value)
    return told


def _whole(number):
    """A number of thousandths; one that is not whole stays as it is, and matches nothing."""
    return int(number) if number == int(number) else str(number)
