"""What chargers are told by MQTT (docs/integrations/chargers.md)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..walk import net
from .subscriber import subscriber, version

PEER = version()
RESOLUTION = "whole W (go-e); tenths of A, what is beyond is cut (SmartEVSE)"
GOE, SMARTEVSE = "go-eCharger/123456", "SmartEVSE/12345"
_TOPICS = GOE + "/ids/set", SMARTEVSE + "/Set/MainsMeter"


def wanted(values: dict) -> dict[str, str | None]:
    """{topic: payload} of a Reading; None where nothing is sent."""
    watts = net(values)
    tenths = [_tenths(values, phase) for phase in ("l1", "l2", "l3")]
    return {_TOPICS[0]: None if watts is None else '{"pGrid":%d}' % watts,
            _TOPICS[1]: None if None in tenths else ":".join(map(str, tenths))}


def _tenths(values, phase):
    """Of a phase's current, negative while it exports; None if it is not known."""
    current = values.get(f"current_{phase}_a")
    if current is None:
        known = phase == "l1" or f"voltage_{phase}_v" in values
        return None if known else 0  # the house has no such phase
    exports = current < 0 or (net(values, "_" + phase) or 0) < 0
    return int(abs(current) * 10) * (-1 if exports else 1)


@contextlib.contextmanager
def client(folder: Path) -> Iterator[tuple]:
    """See walk.py."""
    with subscriber(folder) as messages:
        config = {"mqtt": {**messages.config["mqtt"], "goe": GOE, "smartevse": SMARTEVSE}}
        last: dict = {}

        def pairs(case):
            # What came before this Reading was of the last one, perhaps again after 5 s; or of
            # this one already, where the last one's turn was late.
            before = messages.until("microhan/a1b2c3/reading")[0]
            now = wanted(case.values())
            out = [(topic, payload, last.get(topic)) for topic, payload in before
                   if topic in _TOPICS and payload not in (last.get(topic), now[topic])]
            last.update(now)
            for topic in reversed(_TOPICS):
                if last[topic] is not None:
                    out.append((topic, messages.until(topic)[1], last[topic]))
            return out

        yield config, lambda dongle: pairs
