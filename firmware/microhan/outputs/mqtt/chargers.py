"""What chargers take for a meter, by MQTT: docs/integrations/chargers.md."""

import time
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import INDEX

if TYPE_CHECKING:
    from typing import Any

    from .client import MqttClient

# A go-e wants to be told each 5 s, and forgets after 10; a SmartEVSE stops charging after 11.
_EVERY_MS = const(5000)
_RARE_S = const(15)  # what comes less often than this is no measure for a charger
_POWER = INDEX["active_power_import_w"]
_VOLTAGE = INDEX["voltage_l1_v"]
_CURRENT = INDEX["current_l1_a"]


class Chargers:
    """The chargers that are configured. goe, smartevse: the topic of each, "" where there is none.

    Each telegram is passed on at once, and its values again every 5 s for as long as the State has
    them. Then nothing is sent any more, and the charger does what it does without a meter.
    """

    def __init__(self, goe: str, smartevse: str, hub: "Any"):
        self._hub = hub
        self._kinds = [(topic, payload) for topic, payload in (
            (goe and goe.rstrip("/") + "/ids/set", _goe),
            (smartevse and smartevse.rstrip("/") + "/Set/MainsMeter", _smartevse)) if topic]
        self._left: "list[tuple[str, Any]]" = []  # of them, what is to be sent now
        self._seq = -1  # of the telegram that was passed on
        self._at = time.ticks_add(time.ticks_ms(), -_EVERY_MS)

    def ms_left(self) -> int:
        """Milliseconds until something is due; a new telegram may be there before."""
        left = _EVERY_MS - time.ticks_diff(time.ticks_ms(), self._at)
        return min(max(left, 0), _EVERY_MS)

    async def send(self, client: "MqttClient") -> bool:
        """Send one message, QoS 0 and never retained. False if none is due."""
        message = self.next()
        if not message:
            return False
        packet = client.packet(message[0], len(message[1]))
        packet.put(message[1].encode())
        await client.send(packet)
        return True

    def next(self) -> "tuple[str, str] | None":
        """(topic, payload) of a message that is due, or None."""
        newest = self._hub.reading
        seq = newest.seq if newest else -1
        if seq != self._seq or not self.ms_left():
            self._seq = seq
            self._at = time.ticks_ms()
            self._left = self._kinds[:]
        while self._left:
            topic, payload = self._left.pop()
            try:
                text = payload(self._hub.state)
            except MemoryError:
                text = None  # it is tried again
            if text:
                return topic, text
        return None


def _is_rare(state, i):
    return (state.interval_of(i) or 0) > _RARE_S


def _goe(state):
    """What a go-e takes; negative: fed to the grid."""
    from ...reading.net_power import net_power

    if _is_rare(state, _POWER):
        return None
    power = net_power(state.reading(), state.as_of(), state.seen)
    return None if power is None else '{"pGrid":%d}' % power


def _smartevse(state):
    """What a SmartEVSE takes: tenths of an ampere of each phase, negative: fed to the grid.

    Only the phase's own power says which way its current goes. That of all phases does not: one
    of them may be overloaded while the house exports.
    """
    from ...reading.net_power import net_power

    reading = state.reading()
    old = state.as_of()
    out = []
    for phase in range(3):
        i = _CURRENT + phase
        current = reading.at(i)
        if phase and not state.seen(i) and not state.seen(_VOLTAGE + phase):
            current = 0  # the house has no such phase
        if current is None or _is_rare(state, i):
            return None
        power = net_power(reading, old, state.seen, phase + 1) or 0
        is_export = current < 0 or power < 0
        out.append("%d" % (abs(current) // 100 * (-1 if is_export else 1)))
    return ":".join(out)
