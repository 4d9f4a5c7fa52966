"""Home Assistant's MQTT discovery: which message is due when. entities.py writes it."""

from array import array
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import ALL, I_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .entities import Entities

_PATIENCE_S = const(60)  # while no interval is known; then fields go out without expire_after
_EXPIRE_AFTER = const(3)  # intervals
_UNSENT = const(0)
_UNKNOWN = const(1)  # sent without expire_after


class Discovery:
    """Gives the config messages that are due, one at a time.

    prefix: Home Assistant's, "homeassistant". device_id: <id>. hub: hub.Hub.
    """

    def __init__(self, prefix: str, device_id: str, version: str, hub: "Any"):
        self.birth_topic = prefix + "/status"
        self._device = (prefix, device_id, version)
        self._entities: Entities | None = None  # while messages are due
        self._hub = hub
        self._state_version = -1
        self._fields = 0  # how many had been seen at the last check
        self._settled_at = 0  # uptime at which fields of unknown interval may go out
        self._sent = array("H", bytes(2 * ALL))  # interval that a field was sent with, plus 1
        self._shape = 0  # State.shape at the last check
        self._meter_sent = False
        self._update_sent: Any = None  # what was said of a new version; None: not announced yet
        self._has_progress = False  # whether there ever was a new version
        self._cursor = 0  # the next field to look at, ALL = none
        self._messages: Iterator | None = None  # of the field before that, an iterator

    def restart(self) -> None:
        """Send everything once more: Home Assistant or the broker has just started."""
        for i in range(ALL):
            self._sent[i] = _UNSENT
        self._entities = None
        self._messages = None
        self._meter_sent = False
        self._update_sent = None
        self._cursor = 0

    def next(self, update: "dict[str, Any] | None" = None) -> tuple | None:
        """Return (topic, payload) of a message that is due, or None. It counts as sent. update:
        what there is to say of a new version (update/incoming.py); None: this device takes none.
        """
        if not self._meter_sent:
            self._meter_sent = True
            entities = self._writer()
            return entities.topic("meter"), entities.meter()
        if update is not None:
            # In steps of ten percent
            told = update and (update["state"],
                               update.get("received", 0) * 10 // update.get("size", 1))
            if told != self._update_sent:
                return self._update_message(update, told)
        self._check_state()
        while True:
            message = next(self._messages, None) if self._messages else None
            if message:
                return message
            self._messages = None
            i = self._cursor
            if i == ALL:
                self._entities = None
                return None
            self._cursor += 1
            interval = self._interval_due(i)
            if interval is not None:
                self._sent[i] = min(interval, 65534) + 1
                self._messages = self._writer().messages(i, _EXPIRE_AFTER * interval, self._hub)

    def _update_message(self, update, told):
        from .update_entity import config, state

        if self._update_sent is None:
            self._update_sent = ()
            return config(self._writer())
        self._update_sent = told
        self._has_progress = self._has_progress or bool(update)
        return state(self._device[1], self._device[2], update, self._has_progress)

    def _writer(self):
        if not self._entities:
            from .entities import Entities

            self._entities = Entities(*self._device)  # 3 kB, needed for seconds a week
        return self._entities

    def _check_state(self):
        """Look at all fields again if the State changed, or fields have waited long enough."""
        state = self._hub.state
        now = state.uptime_s()
        if state.version != self._state_version:
            self._state_version = state.version
            self._cursor = 0
            if self._shape != state.shape:
                self._shape = state.shape
                self._sent[I_CHANNELS] = _UNSENT
            fields = sum([state.seen(i) for i in range(ALL)])
            if fields != self._fields:
                self._fields = fields
                self._settled_at = now + self._patience()
        elif self._settled_at and now >= self._settled_at:
            self._settled_at = 0
            self._cursor = 0

    def _patience(self):
        """Seconds to wait for a field's second value: three of the fastest list's intervals. What
        comes only once in that time belongs to a slower list."""
        known = [self._hub.state.interval_of(i) or 0 for i in range(ALL)]
        fastest = min([n for n in known if n] or [0])
        return _EXPIRE_AFTER * fastest if fastest else _PATIENCE_S

    def _interval_due(self, i):
        """Return the interval (0 = unknown) that field `i` is to be sent with, or None if it is
        not to be sent."""
        state = self._hub.state
        if not state.seen(i):
            return None
        before = self._sent[i]
        interval = state.interval_of(i)
        if interval is None:
            if before == _UNSENT and state.uptime_s() >= self._settled_at:
                return 0
            return None
        last = before - 1
        if before <= _UNKNOWN or interval > last + last // 2 or last > interval + interval // 2:
            return interval
        return None
