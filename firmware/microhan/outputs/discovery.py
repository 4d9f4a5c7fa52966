"""Home Assistant's MQTT discovery: which message is due when. outputs/entities.py writes it."""

from micropython import const

from ..reading import ALL, HISTORY, I_CHANNELS, key_of, kind_of
from ..system.modules import forget

_PATIENCE_S = const(60)  # before any interval is known: a config without expire_after is better
_TIMES = const(3)  # expire_after, in intervals
_UNSENT = const(-1)
_UNKNOWN = const(0)  # sent without expire_after
_NET = const(65)  # ALL: stands for the net power, behind the fields
_IMPORT = const(5)  # what that is derived from
_EXPORT = const(6)


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
        self._sent = [_UNSENT] * (_NET + 1)  # expire_after as sent
        self._shape = 0  # of the channels, as State.shape was
        self._channels = None  # the messages of the meters on channels that are still to be sent
        self._meter_sent = False
        self._cursor = 0  # fields below this are as they should be; past _NET = all

    def again(self):
        """Send everything once more: Home Assistant or the broker has just started."""
        for i in range(_NET + 1):
            self._sent[i] = _UNSENT
        self._channels = None
        self._meter_sent = False
        self._cursor = 0

    def next(self):
        """Return (topic, payload) of a message that is due, or None. It counts as sent."""
        if not self._meter_sent:
            self._meter_sent = True
            entities = self._writer()
            return entities.topic("meter"), entities.meter()
        self._look()
        while self._cursor <= _NET:
            message = next(self._channels, None) if self._channels else None
            if message:
                return message
            self._channels = None
            i = self._cursor
            self._cursor += 1
            expire = self._due(i)
            if expire is not None:
                self._sent[i] = expire
                entities = self._writer()
                if i == _NET:
                    return entities.topic("net_power_w"), entities.net(expire)
                if i == I_CHANNELS:
                    self._channels = self._messages(entities, i, expire)
                    continue
                newest = self._hub.reading
                shown = newest.decimals(i) if newest else 1
                return entities.topic(key_of(i)), entities.field(i, expire, shown)
        self._entities = None
        return None

    def _messages(self, entities, i, expire):
        """Those of the channels, one after the other."""
        from .channel_entities import messages

        forget("microhan.outputs.channel_entities")
        return messages(entities, self._hub.state.reading().at(i), expire)

    def _writer(self):
        if not self._entities:
            from .entities import Entities

            self._entities = Entities(*self._device)
            forget("microhan.outputs.entities")  # 3 kB that are needed for seconds a week
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
        """Return the expire_after (0 = without) to send for field `i`, or None for nothing."""
        state = self._hub.state
        before = self._sent[i]
        if i == _NET:
            i = _EXPORT if state.seen(_IMPORT) else _IMPORT
        if not state.seen(i) or kind_of(i) == HISTORY:
            return None
        interval = state.interval_of(i)
        if interval is None:
            if before == _UNSENT and self._hub.uptime_s() >= self._settled_at:
                return _UNKNOWN
            return None
        expire = _TIMES * interval
        if before <= _UNKNOWN or expire > before + before // 2 or before > expire + expire // 2:
            return expire
        return None
