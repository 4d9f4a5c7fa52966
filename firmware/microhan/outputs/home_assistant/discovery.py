"""Home Assistant's MQTT discovery: which message is due when. entities.py writes it."""

import json
from array import array
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import ALL, I_CHANNELS, I_MESSAGE
from ...reading.reading import is_momentary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .entities import Entities

_PATIENCE_S = const(60)  # while no interval is known; then fields go out without expire_after
_FASTEST = const(3)  # intervals of it, in which a field of the fastest list comes twice
_UNSENT = const(0)
_UNKNOWN = const(1)  # sent without expire_after
_SELDOM_S = const(60)  # an interval from which on an owner would miss the value until the next one
_WARNINGS = const(8)  # the newest ones
# Bytes of heap: entities.py, loaded, and a message; and what an answer takes that is under way.
_WRITING = const(10_000)
_LOOK_S = const(60)  # for other ones than have been sent


class Discovery:
    """Gives the config messages that are due, one at a time.

    prefix: Home Assistant's, "homeassistant". device_id: <id>. hub: hub.Hub. about(): the page's
    address ("" without one), its language, and what the owner should look at.
    """

    def __init__(self, prefix: str, device_id: str, version: str, hub: "Any",
                 about: "Callable[[], tuple[str, str, list[str]]]"):
        self.birth_topic = prefix + "/status"
        self._device = (prefix, device_id, version)
        self._entities: Entities | None = None  # while messages are due
        self._hub = hub
        self._about = about
        self._state_version = -1
        self._fields = 0  # how many had been seen at the last check
        self._settled_at = 0  # uptime at which fields of unknown interval may go out
        self._sent = array("H", bytes(2 * ALL))  # interval that a field was sent with, plus 1
        self._shape = 0  # State.shape at the last check
        self._own_sent = False
        self._registers_due = False
        self._seq = 0  # of the Reading that was looked at for what comes seldom
        self._looked_at = 0  # uptime at which the warnings were
        self._warned = 0  # characters of those sent, 0 for none sent
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
        self._own_sent = False
        self._warned = 0
        self._update_sent = None
        self._cursor = 0

    def next(self, update: "dict[str, Any] | None" = None,
             has_room: "Callable[[int], bool] | None" = None) -> tuple | None:
        """Return (topic, payload) of a message that is due, or None. It counts as sent. update:
        what there is to say of a new version (update/incoming.py); None: this device takes none.
        has_room: (bytes of heap) -> whether what writes them may be loaded now.
        """
        if has_room and not self._entities and not has_room(_WRITING):
            return None
        if not self._own_sent:
            self._own_sent = True
            self._messages = self._writer().own()
        message = next(self._messages, None) if self._messages else None
        if message:
            return message
        if update is not None:
            # In steps of ten percent
            told = update and (update["state"],
                               update.get("received", 0) * 10 // update.get("size", 1))
            if told != self._update_sent:
                return self._update_message(update, told)
        self._check_state()
        return self._field_message() or self._values()

    def _field_message(self):
        """The next message of a field that is to be announced, or None."""
        while self._cursor < ALL:
            i = self._cursor
            self._cursor += 1
            interval = self._interval_due(i)
            if interval is not None:
                self._sent[i] = min(interval, 65534) + 1
                self._registers_due = self._registers_due or self._is_seldom(i)
                self._messages = self._writer().messages(
                    i, "registers" if self._is_seldom(i) else "reading", interval, self._hub)
                message = next(self._messages, None)
                if message:
                    return message
        self._messages = None
        return None

    def _is_seldom(self, i):
        """Whether field `i` has been announced as one whose newest value is kept for a Home
        Assistant that starts: it would wait long for the next one. What is momentary, or over when
        it comes no more, is not kept."""
        sent = self._sent[i]
        return (sent == _UNKNOWN or sent > _SELDOM_S) and not is_momentary(i) and i != I_MESSAGE

    def _values(self):
        """The message of what comes seldom, or of the warnings, if there is news; or None."""
        reading = self._hub.reading
        if reading and reading.seq != self._seq:
            # Which fields came in a Reading between the two nobody here knows.
            fields = reading.fields() if reading.seq == self._seq + 1 else range(ALL)
            self._seq = reading.seq
            for i in fields:
                self._registers_due = self._registers_due or self._is_seldom(i)
        if self._registers_due:
            self._registers_due = False
            return self._writer().registers(self._hub.state, self._is_seldom)
        self._entities = None
        now = self._hub.state.uptime_s()
        if not self._warned or now >= self._looked_at + _LOOK_S:
            self._looked_at = now
            text = json.dumps({"warnings": self._about()[2][-_WARNINGS:]})
            if len(text) != self._warned:
                self._warned = len(text)
                return "microhan/%s/warnings" % self._device[1], text
        return None

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

            # 3 kB, needed for seconds at a time
            self._entities = Entities(*self._device, *self._about()[:2])
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
        return _FASTEST * fastest if fastest else _PATIENCE_S

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
