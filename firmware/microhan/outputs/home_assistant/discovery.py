"""Home Assistant's MQTT discovery: which message is due when. entities.py writes it."""

from array import array

from micropython import const

from ...reading.fields import ALL, I_CHANNELS

_PATIENCE_S = const(60)  # before any interval is known: a config without expire_after is better
_TIMES = const(3)  # expire_after, in intervals
_UNSENT = const(0)
_UNKNOWN = const(1)  # sent without expire_after


class Discovery:
    """Gives the config messages that are due, one at a time.

    prefix: Home Assistant's, "homeassistant". device_id: <id>. hub: for State and the clock.
    """

    def __init__(self, prefix, device_id, version, hub):
        self.birth_topic = prefix + "/status"
        self._device = (prefix, device_id, version)
        self._entities = None  # outputs.entities.Entities for as long as messages are due
        self._hub = hub
        self._state_version = -1
        self._fields = 0  # how many were seen at the last look
        self._settled_at = 0  # uptime at which fields of unknown interval may go out
        self._sent = array("H", bytes(2 * ALL))  # of each field the interval as sent, plus 1
        self._shape = 0  # of the channels, as State.shape was
        self._meter_sent = False
        self._cursor = 0  # fields below this are as they should be; ALL = all
        self._due_now = None  # the messages of the field before that, an iterator

    def again(self):
        """Send everything once more: Home Assistant or the broker has just started."""
        for i in range(ALL):
            self._sent[i] = _UNSENT
        self._entities = None
        self._due_now = None
        self._meter_sent = False
        self._cursor = 0

    def next(self):
        """Return (topic, payload) of a message that is due, or None. It counts as sent."""
        if not self._meter_sent:
            self._meter_sent = True
            entities = self._writer()
            return entities.topic("meter"), entities.meter()
        self._look()
        while True:
            message = next(self._due_now, None) if self._due_now else None
            if message:
                return message
            self._due_now = None
            i = self._cursor
            if i == ALL:
                self._entities = None
                return None
            self._cursor += 1
            interval = self._due(i)
            if interval is not None:
                self._sent[i] = min(interval, 65534) + 1
                self._due_now = self._writer().messages(i, _TIMES * interval, self._hub)

    def _writer(self):
        if not self._entities:
            from .entities import Entities

            self._entities = Entities(*self._device)  # 3 kB that are needed for seconds a week
        return self._entities

    def _look(self):
        """Start over where the State changed, or fields have waited long enough."""
        state = self._hub.state
        now = self._hub.uptime_s()
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
        """Three of the fastest list's intervals: what comes only once in that is a slower list."""
        known = [self._hub.state.interval_of(i) or 0 for i in range(ALL)]
        fastest = min([n for n in known if n] or [0])
        return _TIMES * fastest if fastest else _PATIENCE_S

    def _due(self, i):
        """Return the interval (0 = unknown) that field `i` is to be sent with, or None if it is
        not."""
        state = self._hub.state
        if not state.seen(i):
            return None
        before = self._sent[i]
        interval = state.interval_of(i)
        if interval is None:
            if before == _UNSENT and self._hub.uptime_s() >= self._settled_at:
                return 0
            return None
        last = before - 1
        if before <= _UNKNOWN or interval > last + last // 2 or last > interval + interval // 2:
            return interval
        return None
