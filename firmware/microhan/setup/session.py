"""What happens in set-up mode: what the owner enters is stored, then tried, and the result kept
for whoever asks, by the portal or by the cable."""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..device.device import Device
    from ..web.owner import Owner
    from .radio import Radio

_STEP_MS = const(250)
_BEFORE_TRY_MS = const(1_500)  # for the answer to reach the phone: the radio may drop it then
_OPEN_MS = const(600_000)  # how long the access point stays, after success or for a lost network
_LOOK_MS = const(60_000)  # between looks for a lost network
_RESTART_MS = const(2_000)  # for the last answer to get out
_ISOLATED_MS = const(60_000)  # a phone that came back, and was never seen at the new address


class Session:
    """One stay in set-up mode.

    reason: as in switch.py; path: of config.json; access_point: what has clients() -> int and
    close(); known: the networks in the configuration.

    `state`: "idle", "trying", "ok" or "failed"; `code`: why it failed; `address`: where we are in
    the new network. `may_claim`: whether a new owner's password is taken without the old one.
    """

    def __init__(self, reason: str, path: str, radio: "Radio", access_point: "Any",
                 owner: "Owner", known: list[tuple[str, str]], device: "Device",
                 log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self.reason = reason
        self.path = path
        self.radio = radio
        self.owner = owner
        self.may_claim = reason in ("button", "erase") or not owner.is_claimed()
        owner.rest()
        self.state = "idle"
        self.code = ""
        self.address = ""
        self.scanning = True
        self._access_point = access_point
        self._known = known
        self.device = device
        self._log = log
        self._beat = beat
        self._wanted: tuple[str, str] | None = None
        self._try_at = self._began = self._looked = time.ticks_ms()
        self._done_at: "Any" = None  # ticks_ms of the success, or of the last change of settings
        self._left_at: "Any" = None  # ticks_ms when the last phone left after success
        self._end: "Any" = None  # ticks_ms of the restart
        if reason == "cable" and known:
            self.try_network(*known[0])

    # What may be asked for.

    def try_network(self, name: str, password: str) -> None:
        """Join this network, in a moment. It is in the configuration already."""
        self._wanted = (name, password)
        self.state = "trying"
        self.code = self.address = ""
        self._done_at = None
        self._try_at = time.ticks_add(time.ticks_ms(), _BEFORE_TRY_MS)

    async def joined(self, beat: "Callable[[], None]") -> bool:
        """Wait for the end of a try, in another task, whose `beat` this is: it says nothing of
        ours. Returns whether it succeeded."""
        while self.state == "trying":
            beat()
            await asyncio.sleep_ms(_STEP_MS)
        return self.state == "ok"

    def finish(self, at_once: bool = True) -> None:
        """Restart into the application: in a moment, or when nobody is at it any more."""
        if not at_once:
            self._done_at = time.ticks_ms()
        elif self._end is None:
            self._end = time.ticks_add(time.ticks_ms(), _RESTART_MS)

    def came_from_home(self) -> None:
        """Somebody asks at our address in the new network: nobody needs the access point now."""
        if self.state == "ok" and self.owner.is_claimed():
            self.finish()

    def url(self) -> str:
        """What is to be opened in the new network."""
        return self.device.url(self.address)

    def light(self) -> str:
        """What the light shows."""
        return "trying" if self.state == "trying" else "setup"

    # What goes on by itself.

    async def run(self) -> None:
        """Scan, try what is wanted, and restart when it is time. For ever."""
        if self._wanted:
            self._try_at = time.ticks_ms()  # nobody waits for an answer by the radio
        else:
            self.radio.scan()
        self.scanning = False
        while True:
            self._beat()
            now = time.ticks_ms()
            if self._end is not None and time.ticks_diff(now, self._end) >= 0:
                self._log("setup: done, restarting")
                self.device.restart()
            if self._wanted and time.ticks_diff(now, self._try_at) >= 0:
                name, password = self._wanted
                self._wanted = None
                await self._try(name, password)
            self._watch(now)
            await asyncio.sleep_ms(_STEP_MS)

    async def _try(self, name, password):
        code = "broken_off"
        try:
            if self.radio.security(name) is None:
                self.radio.scan()  # it says why a network cannot be joined
            code = await self.radio.join_network(name, password, self._beat)
            if not code:
                self.address = self.radio.address()
                self._done_at = time.ticks_ms()
                self._log("wifi: %s, address %s" % (name, self.address))
                from ..config.trial import keep

                keep(self.path)  # it has proven itself
        finally:  # also where an error ends this task, and another one begins
            self.code = code
            self.state = "failed" if code else "ok"

    def _watch(self, now):
        """End what has lasted long enough."""
        if self.state == "ok":
            if time.ticks_diff(now, self._done_at) > _OPEN_MS:
                self.finish()
            elif self.code != "guest_isolation":
                self._watch_isolation(now)
        elif self.state != "trying" and self._done_at is not None:
            if (not self._access_point.clients()
                    or time.ticks_diff(now, self._done_at) > _OPEN_MS):
                self.finish()
        elif self.state == "idle" and self.reason not in ("fresh", "cable"):
            if self._access_point.clients():
                self._began = now  # somebody is at it
            elif time.ticks_diff(now, self._began) > _OPEN_MS:
                self.finish()
            elif self.reason == "lost" and time.ticks_diff(now, self._looked) > _LOOK_MS:
                self._looked = now
                self._look_for_known()

    def _watch_isolation(self, now):
        """A phone that left our access point, could not reach us in the new network and came
        back: that network keeps its guests apart. came_from_home() says otherwise."""
        if not self._access_point.clients():
            if self._left_at is None:
                self._left_at = now
        elif self._left_at is not None:
            if time.ticks_diff(now, self._left_at) > _ISOLATED_MS:
                self.code = "guest_isolation"
            self._left_at = None

    def _look_for_known(self):
        self.radio.scan()
        for name, _ in self._known:
            if self.radio.security(name) is not None:
                self._log("wifi: %s is back" % name)
                self.finish()
