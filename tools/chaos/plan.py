"""Which faults there are, in whose way, how long they last, and by when all must be well again."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from . import clients, peer, receiver
from .record import MQTT, PUSH

# Where the limits come from: an output's longest pause (outputs/mqtt/output.py: 60 s;
# outputs/push/output.py: 16 s and a quarter), what may be under way then (8 s for an answer, 10 s
# for a PUBACK), and some seconds for a busy PC.
_MQTT_S = 60 + 10 + 8 + 4
_PUSH_S = 20 + 8 + 4
_NAME_S = 60  # that a wrong address is remembered (net/resolver.py)
_WIFI_S = 25  # a try that is under way, and the pause after it
_NTP_S = 46  # the pause after so many tries in 30 s (net/ntp.py), and the answer
_LINE_S = 63  # three intervals and a minute: docs/troubleshooting.md
_START_S = 20  # the VM starts, and its outputs connect at once
_PAGE_S = 20  # 10 s in which who was refused too often is not heard, and a head's 10 s


class Kind(NamedTuple):
    """A fault. `where`: which part has it; `of`: whose way it is in; `lasts`: s, least and most;
    `limit`: s from its end until all is well."""

    where: str
    mode: str
    of: tuple
    lasts: tuple
    limit: float

    @property
    def name(self) -> str:
        """As the report has it."""
        return f"{self.where}: {self.mode}"


def _kinds(where, of, limit, modes):
    return tuple(Kind(where, mode, of, lasts, limit) for mode, lasts in modes.items())


BROKER = _kinds("broker", (MQTT,), _MQTT_S, {
    peer.ABSENT: (2, 50), peer.HALF_OPEN: (5, 45), peer.SLOW: (10, 40), peer.CLOSING: (5, 40),
    peer.FLAPPING: (10, 40), peer.LYING: (10, 40), peer.BLACK_HOLE: (5, 50)})
TARGET = _kinds("push target", (PUSH,), _PUSH_S, {
    peer.ABSENT: (2, 50), peer.HALF_OPEN: (5, 45), peer.SLOW: (10, 40), peer.CLOSING: (5, 40),
    peer.FLAPPING: (10, 40), receiver.SERVER_ERROR: (3, 40), receiver.TOO_LARGE: (3, 8),
    receiver.HALF: (5, 40), receiver.GARBAGE: (5, 40), peer.BLACK_HOLE: (5, 50)})
NAMES = (*_kinds("DNS", (MQTT, PUSH), _MQTT_S, {peer.ABSENT: (10, 40), peer.SLOW: (10, 40)}),
         *_kinds("DNS", (MQTT, PUSH), _MQTT_S + _NAME_S, {peer.LYING: (35, 50)}))
WIFI = _kinds("Wi-Fi", (MQTT, PUSH), _MQTT_S + _WIFI_S, {peer.ABSENT: (5, 40)})
# Asked at a start, if the meter sends no time: each begins with a power cut.
TIME = _kinds("time server", ("clock",), _NTP_S, {peer.ABSENT: (8, 30), peer.LYING: (8, 30)})
CLIENTS = _kinds("HTTP clients", ("clients",), _PAGE_S, {
    clients.SLOW: (5, 30), clients.HALF_OPEN: (5, 30), clients.FLOOD: (5, 20),
    clients.BROWSER: (5, 20)})
GARBLED, PULLED, SPEED = "garbled", "unplugged", "another speed"
LINE = _kinds("meter", ("line",), _LINE_S, {GARBLED: (5, 25), PULLED: (5, 70), SPEED: (20, 60)})
CUT, RESTART = "power cut", "orderly restart"
DEVICE = _kinds("device", ("device",), _START_S, {CUT: (0, 0), RESTART: (0, 0)})

ALL = {kind.name: kind for kind in
       (*BROKER, *TARGET, *NAMES, *WIFI, *TIME, *CLIENTS, *LINE, *DEVICE)}
# What runs beside each other: the two outputs' ways, and all that is in everybody's.
LANES = {MQTT: BROKER, PUSH: TARGET,
         "all": (*NAMES, *WIFI, *TIME, *CLIENTS, *LINE, *DEVICE, *DEVICE)}
# The short form: name, s. Absences are longer than a queue of 8 Readings: the backlog is used.
QUICK: dict[str, tuple] = {
    MQTT: (("broker: absent", 9), ("broker: closing", 4), ("broker: lying", 4),
           ("broker: half-open", 6)),
    PUSH: (("push target: absent", 10), ("push target: garbage", 3), ("push target: 500", 4),
           ("push target: black hole", 10)),
    "all": (("HTTP clients: flood", 3), ("device: power cut", 0), ("meter: garbled", 4),
            ("HTTP clients: slow", 4), ("device: orderly restart", 0), ("meter: unplugged", 4),
            ("HTTP clients: browser", 4)),
}


def has_clock(seed: int) -> bool:
    """Whether the meter sends its time; where it does not, the time servers fail, too."""
    return seed % 3 != 0


def lane(name: str, seed: int, quick: bool) -> Iterator[tuple[Kind, float, float]]:
    """(fault, how long, the rest before it) of one lane: in the quick form once, otherwise all of
    its kinds in a random order, for ever."""
    chance = random.Random(f"{seed} {name}")
    if quick:
        for one, seconds in QUICK[name]:
            yield ALL[one], seconds, chance.uniform(1, 2)
        return
    while True:
        kinds = list(LANES[name])
        chance.shuffle(kinds)
        for kind in kinds:
            if kind in TIME and has_clock(seed):
                continue
            # Most are short, some long.
            span = kind.lasts[1] - kind.lasts[0]
            yield kind, kind.lasts[0] + span * chance.random() ** 2, chance.uniform(2, 12)
