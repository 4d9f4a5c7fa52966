"""Feeds pin 1 of the meter's port, where the owner says that the grid company has agreed, and
restarts the port's module if it falls silent. Loaded only where one of the two is switched on.

Nothing is fed before pin 1 was measured dead, with the feed off, several times in a row. While it
is fed nobody can see whether the port gives voltage as well: both have 5 V, and of a small current
backwards the switch says nothing. So it is measured anew at each restart, and each hour in which
the meter is silent; never while telegrams come.
"""

import asyncio
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..board.port import Port

DEAD_MV = const(500)  # from here on the port gives voltage, and is never fed
_LEAST_MV = const(4500)  # while it is fed; from a good 5 V at least 4,750 reach it
_MOST_MV = const(5700)  # no board's 5 V: the port's own
_STEP_MS = const(250)
_SAMPLES = const(20)  # dead in a row, 5 s, before it is fed
# With the feed off pin 1 stays up until what is charged is empty: 10 µF over the divider take 3 s,
# a module's 100 µF half a minute. What stays up longer is taken for the port's until it is down.
_EMPTY_S = const(30)
_RISE = const(8)  # steps in which it must reach _LEAST_MV, 2 s; a module's 1,000 µF take 50 ms
_FAULTS = const(2)  # steps in a row that the switch's flag is up: a plug that goes in takes none
_SILENT_S = const(20)  # a meter that sends within this needs no feed
_AGAIN_S = const(3600)
_PAUSE_S = const(60)  # after a fault; twice as long after the next, until it was fed for _WELL_S
_WELL_S = const(600)
_LONGEST_S = const(14400)
_OFF_S = const(10)  # of a restart
_SHORTEST_S = const(60)  # silence before one
_BETWEEN_S = const(600)  # restarts; twice as long after each that did not help
_A_DAY = const(12)
_DAY_S = const(86400)
# What the diagnosis says of a port whose module may hang, or has no supply (diagnosis_text.py).
_MUTE = ("never", "silent", "ident_only", "held_low")
# States, and what they are called outside.
_OFF = const(0)
_WAITING = const(1)  # until the meter was silent
_MEASURING = const(2)
_FORBIDDEN = const(3)
_FEEDING = const(4)
_RESTARTING = const(5)
_FAULT = const(6)  # this and all behind it: it is tried again after a pause
_LOW = const(7)
_HIGH = const(8)
_BLIND = const(9)
_NAMES = "off waiting measuring forbidden feeding restarting fault low high blind"  # one object


class Feed:
    """`port`: the Port; `section`: `feed` of the configuration; `hub`: the Hub, which knows when
    the meter was heard last."""

    def __init__(self, port: "Port", section: dict, hub: "Any", log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self._port = port
        self._hub = hub
        self._log = log
        self._beat = beat
        self._rest = _WAITING if section["consent"] and port.has(1) else _OFF
        self._after = section["restart_after"] if self._rest or port.has(2) else 0
        self._millivolts: int | None = None
        self._count = 0  # of steps of one kind in a row
        self._flagged = 0  # steps in a row with the flag up
        self._faults = 0
        self._pause = _PAUSE_S
        self._restarts = self._cured = 0
        self._hopes = False  # nothing has come yet since the newest restart
        self._between = _BETWEEN_S
        self._since_restart = 0
        self._next_s = 0  # uptime of the next restart at the earliest
        self._day: list[int] = []  # uptimes of the restarts of the last day
        self._state = -1
        self._enter(self._rest)

    def add_to(self, status: "dict[str, Any]") -> None:
        """Add `feed` to what `/status.json` shows."""
        status["feed"] = {
            "state": self._name(), "pin_1_mv": self._millivolts, "faults": self._faults,
            "restarts": self._restarts, "cured": self._cured}

    def port(self) -> "tuple[str, int | None]":
        """(State, or "" where nothing is fed; mV) for the diagnosis."""
        return self._name() if self._state else "", self._millivolts

    async def run(self) -> None:
        """Feed and measure for ever. However this ends, the feed is off; and where the chip is
        reset, by whomever, all pins are inputs."""
        self._enter(self._rest)
        try:
            while True:
                self._beat()
                self.tick()
                await asyncio.sleep_ms(_STEP_MS)
        finally:
            self._port.feed(False)
            self._port.request(True)

    def tick(self) -> None:
        """Look, four times a second, and do what follows."""
        now = self._hub.state.uptime_s()
        state = self._state
        waited = now - self._since
        if state < _FAULT:
            self._millivolts = self._port.milli()
        self._note_telegram(now)
        if state == _FEEDING:
            self._check(waited)
        elif state == _MEASURING:
            self._measure(waited)
        elif state == _RESTARTING:
            if waited >= _OFF_S:
                self._enter(_MEASURING if self._rest == _WAITING else self._rest)
        elif state >= _FAULT:
            if waited >= self._pause:
                self._pause = min(2 * self._pause, _LONGEST_S)
                self._enter(self._rest)
        elif state == _WAITING and self._hub.state.age() >= _SILENT_S:
            self._enter(_MEASURING)
        elif state == _FORBIDDEN and self._is_dead():
            self._enter(_WAITING)
        if self._state in (_OFF, _FEEDING, _FORBIDDEN):
            self._look_at_silence(now)

    def _name(self):
        return _NAMES.split()[self._state]

    def _is_dead(self):
        return self._millivolts is not None and self._millivolts < DEAD_MV

    def _enter(self, state):
        """Only here is the feed switched. Off first: nothing below may leave it on."""
        port = self._port
        if state != _FEEDING:
            port.feed(False)
        # Without Data Request while it is measured: a module may lead its 5 V to pin 1.
        port.request(state not in (_MEASURING, _RESTARTING))
        if state == _FEEDING:
            port.feed(True)
        self._count = self._flagged = 0
        self._since = self._hub.state.uptime_s()
        if state != self._state:
            self._state = state
            known = self._millivolts is not None
            self._log("feed: " + self._name() + (", %d mV" % self._millivolts if known else ""))

    def _measure(self, waited):
        if self._hub.state.age() < waited:
            self._enter(_WAITING)  # it sends, without feed and without request
        elif self._millivolts is None:
            self._fail(_BLIND)
        elif self._millivolts < DEAD_MV:
            self._count += 1
            if self._count >= _SAMPLES:
                self._enter(_FEEDING)
        else:
            self._count = 0
            if waited >= _EMPTY_S:
                self._enter(_FORBIDDEN)

    def _check(self, waited):
        """It is fed: is all as it must be?"""
        millivolts = self._millivolts
        self._flagged = self._flagged + 1 if self._port.fault() else 0
        if millivolts is None:
            self._fail(_BLIND)
        elif millivolts > _MOST_MV:
            self._fail(_HIGH)
        elif self._flagged >= _FAULTS:
            self._fail(_FAULT)
        else:
            self._count = self._count + 1 if millivolts < _LEAST_MV else 0
            if self._count >= _RISE:
                self._fail(_LOW)
            elif waited >= _WELL_S:
                self._pause = _PAUSE_S

    def _fail(self, state):
        self._faults += 1
        self._enter(state)

    def _note_telegram(self, now):
        """Did the newest restart help?"""
        if self._hopes and now - self._hub.state.age() > self._since_restart:
            self._hopes = False
            self._cured += 1
            self._between = _BETWEEN_S

    def _look_at_silence(self, now):
        """Restart the module, or measure anew, if the meter has been silent for long."""
        if self._hub.diagnosis.state not in _MUTE:
            return
        state = self._hub.state
        if self._after:
            needed = max(_SHORTEST_S, self._after * (state.interval() or 10))
            if state.age() >= needed and now >= self._next_s and self._may_restart(now):
                self._restart(now, needed)
                return
        if self._state != _OFF and min(state.age(), now - self._since) >= _AGAIN_S:
            self._enter(_MEASURING)

    def _may_restart(self, now):
        day = self._day
        while day and now - day[0] >= _DAY_S:
            day.pop(0)
        return len(day) < _A_DAY

    def _restart(self, now, needed):
        self._restarts += 1
        self._day.append(now)
        self._next_s = now + max(self._between, needed)
        self._between = min(2 * self._between, _LONGEST_S)
        self._since_restart = now
        self._hopes = True
        self._enter(_RESTARTING)

