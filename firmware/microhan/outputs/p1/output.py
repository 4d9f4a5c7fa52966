"""Raw P1: every telegram to whoever connects, over TCP or as a WebSocket (whose handshake is
web/websocket.py's).

Text goes out as the meter sent it. What a meter sends as binary lists, or encrypted, is written as
P1 from the State. One task serves all clients: each has its own place in the telegrams, which are
not copied for it, and one that stalls loses its place alone.
"""

import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS
from ..port import Port
from .client import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..port import Places

_QUEUE = const(2)  # telegrams that wait for a client; with a third it is dropped
_STALLED_MS = const(10_000)  # a client that takes nothing for so long is dropped
_LOOK_MS = const(250)  # between looks at what clients send
_BEHIND_MS = const(20)  # between pieces
_READ = const(128)
_USUAL_S = const(10)  # between telegrams, while that is not known
_END = b"\r\n"  # a telegram's last line may lack its end, and readers wait for it


class P1Output(Port):
    """Serves the clients of raw P1. hub: hub.Hub; base_min: UTC offset of the meter's normal time,
    in minutes; the others as of Port."""

    def __init__(self, config: dict, hub: "Any", base_min: int, has_room: "Callable[[int], bool]",
                 places: "Places", log: "Callable[[str], None]", beat: "Callable[[], None]"):
        super().__init__("p1", config, has_room, places, log, beat)
        self._hub = hub
        self._base_min = base_min
        # While there are clients: a hub.Follower; and telegram.p1.writer.write, if it was needed.
        self._follower: "Any" = None
        self._write: "Any" = None
        self._buffer: "bytearray | None" = None
        self._dropped = 0

    def status(self) -> dict:
        """As of Port. `dropped`: telegrams that a client was to get and did not."""
        out = super().status()
        out["queued"] = sum([client.queued for client in self._clients])
        # those that came two at a time, too
        out["dropped"] = self._dropped + (self._follower.dropped if self._follower else 0)
        return out

    def _add(self, sock, is_ws):
        frames = None
        if is_ws:
            from .frames import Frames

            frames = Frames()
        client = Client(sock, frames)
        if not self._follower:
            self._buffer = bytearray(_READ)
            self._follower = self._hub.follow(1, self._event.set)
        # The newest telegram is as good as the next one while that is not due: nobody waits.
        state = self._hub.state
        if self._hub.reading and state.age() <= (state.interval() or _USUAL_S):
            self._give([client])
        return client

    def _serve(self):
        """Hand out what is new, and give each client its turn. Returns how long to wait for the
        next one, ms."""
        if not self._clients:
            return BEAT_MS
        is_new = self._follower.get() is not None
        is_behind = is_new or any([client.is_behind for client in self._clients])
        # Each may take a packet for each look at the memory: docs/memory.md.
        has_room = not is_behind or self._has_room(-1)
        if is_new:
            if has_room:
                self._give(self._clients)
            else:
                self._dropped += len(self._clients)
        is_behind = False
        for client in list(self._clients):
            try:
                if self._turn(client, has_room):
                    is_behind = is_behind or client.is_behind
                    continue
                self._dismissed += 1
                self._dropped += client.queued
            except (OSError, MemoryError):
                pass  # it has left; or no answer to what it sends can be made
            self._drop(client)
        return _BEHIND_MS if is_behind else _LOOK_MS if self._clients else BEAT_MS

    def _turn(self, client, has_room):
        """What one client gets and sends. Returns whether it may stay."""
        if not client.is_behind and not client.hear(self._buffer):
            return False
        if client.is_behind and not has_room:
            client.moved = time.ticks_ms()  # the wait is ours
        else:
            self._sent += client.push()
        return client.queued <= _QUEUE and not (
            client.is_behind and time.ticks_diff(time.ticks_ms(), client.moved) > _STALLED_MS)

    def _give(self, clients):
        """Queue the newest telegram for these."""
        left = len(clients)
        try:
            telegram = self._telegram()
            if telegram:
                end = _END if self._hub.raw_is_text else b""
                for client in clients:
                    client.add(telegram, end)
                    left -= 1
        except MemoryError:
            pass
        self._dropped += left

    def _telegram(self):
        """The newest telegram, bytes; b"" if there was no memory to keep it."""
        hub = self._hub
        if hub.raw_is_text:
            return hub.raw
        if not self._write:
            from ...telegram.p1.writer import write

            self._write = write
        return self._write(hub.state.reading(), "se", self._base_min)

    def _drop(self, client):
        self._leave(client)
        if not self._clients:
            self._dropped += self._follower.dropped
            self._follower.close()
            self._follower = self._write = self._buffer = None
