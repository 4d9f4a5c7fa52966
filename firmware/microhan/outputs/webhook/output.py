"""Calls an address of the owner's choice: at each Reading, now and then, or on a condition.

A call says what is now, and so there is no backlog: what cannot be delivered is given up after
some tries, and counted. A condition is looked at when a Reading comes, also while a call waits.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS, pause
from ...reading.fields import INDEX
from ..http.output import FIRST_PAUSE_MS, HttpOutput

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TRIES = const(6)  # with 2, 4, 8, 16 and 32 s between
_MOST = const(4)  # calls that wait; then the oldest is given up
_NEWEST = ("reading", "every")  # what calls with the newest Reading
_POWER = INDEX["active_power_import_w"]
_CURRENT = INDEX["current_l1_a"]


class WebhookOutput(HttpOutput):
    """config: the section "webhook"."""

    NAME = "webhook"

    def __init__(self, config: dict, device_id: str, hub: "Any", connect: "Callable",
                 log: "Callable[[str], None]", beat: "Callable[[], None] | None" = None):
        super().__init__(hub, connect, log, beat)
        self._when = config["when"]
        self._limit = config["limit"]
        self._tells_end = config["end"]
        self._is_over = False  # the limit of a condition
        self._called = -1  # `seq` of the Reading that was the newest in the last call
        self._due: "list[str]" = []  # the states of the calls to be made
        self._state = "connecting"
        from .call import Call

        try:
            self._call = Call(config, device_id, hub)
        except ValueError as error:
            self._report(error)
            return
        if self._call.tls:
            from ...net.tls import TlsSettings

            self._tls = TlsSettings(
                self.NAME, config["ca"], config["tls_insecure"], self._call.host)
        self._host = self._call.host
        self._port = self._call.port
        self._follower = hub.follow(1, self._look)

    def status(self) -> dict:
        """For /status.json."""
        out = super().status()
        out["queued"] = len(self._due)
        return out

    async def run(self) -> None:
        """Call for ever; every failure is an entry in `status`, no exception."""
        while not self._host:
            await pause(BEAT_MS, self._beat)
        try:
            while True:
                self._beat()
                if self._when == "every":
                    await pause(1000 * self._limit, self._beat)
                elif self._when == "silent":
                    self._note(self._hub.state.age() > self._limit)
                reading = self._hub.reading
                if self._when in _NEWEST and reading and reading.seq != self._called:
                    self._due.append("on")
                if self._due:
                    await self._deliver(self._due[0])
                elif self._when != "every":
                    await self._event.wait(BEAT_MS)
        finally:
            self._close()

    # ---- when --------------------------------------------------------------------------------

    def _look(self):
        """The hub's call at each new Reading, and at a new diagnosis."""
        reading = self._follower.get()
        if not reading:
            return
        limit = self._limit
        n = None
        if self._when == "silent":
            self._note(False)
        elif self._when == "power":
            n = reading.at(_POWER)
        elif self._when == "phase":
            limit *= 1000  # mA
            currents = [reading.at(_CURRENT + i) for i in range(3)]
            n = max([abs(one) for one in currents if one is not None] or [-1])
        # Over until it is a tenth below: what hovers there is one crossing.
        if n is not None and n >= 0:
            self._note(n > limit or self._is_over and n * 10 >= limit * 9)
        self._event.set()

    def _note(self, is_over):
        """A call where a condition begins, and where it is over if that is to be told."""
        if is_over != self._is_over:
            self._is_over = is_over
            if is_over or self._tells_end:
                self._add("on" if is_over else "off")

    def _add(self, state):
        if len(self._due) == _MOST:
            self._due.pop(1)  # the first one may be under way
            self._given_up += 1
        self._due.append(state)

    # ---- calling -----------------------------------------------------------------------------

    def _request(self, text):
        if self._hub.reading:
            self._called = self._hub.reading.seq
        return self._call.request(text)

    async def _deliver(self, state):
        """Make one call; give it up after some tries. The socket is others' in between."""
        pause_ms = FIRST_PAUSE_MS
        for n in range(_TRIES):
            if n:
                await pause(pause_ms, self._beat)
                pause_ms *= 2
            if await self._try(state, 1):
                break
        else:
            self._given_up += 1
        self._close()
        self._due.pop(0)
