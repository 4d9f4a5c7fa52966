"""A Shelly's answers over UDP, which batteries of Marstek ask: docs/integrations/shelly.md."""

import asyncio
import socket
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS
from ...net.sockets import HEARD, address_of, sockaddr
from ...net.wait import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LONGEST = const(256)  # a question; of a longer one only so much is read, and that is none
_MOST = const(50)  # answers a second, to all together
_EACH = const(25)  # and to one address
_PACE_MS = const(5)  # after each datagram, so that a flood leaves time for others


class Datagrams:
    """Answers what comes to its ports.

    config: the section "open"; hub: hub.Hub; board: the Board; beat(): called every 5 s.
    """

    def __init__(self, config: dict, hub: "Any", board: "Any", log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self._ports = [int(port) for port in config["shelly_udp"].replace(" ", "").split(",")]
        self._allow = config["allow"]
        self.hub = hub
        self.board = board
        self._log = log
        self._beat = beat
        self._error = ""
        self._sent = self._dropped = self._refused = 0
        self._second = 0  # in which
        self._told: "dict[str, int]" = {}  # so many answers went to each address
        # While it runs: answer() of shelly.py, values.Values, and is_allowed().
        self._answer: "Any" = None
        self._values: "Any" = None
        self._is_allowed: "Any" = None

    def status(self) -> dict:
        """For /status.json. `dropped`: questions that got no answer, since the meter is silent or
        too many came; `refused`: that were none, or not from an address that may ask."""
        return {
            "state": "error" if self._error else "ok", "error": self._error, "queued": 0,
            "dropped": self._dropped, "sent": self._sent, "refused": self._refused}

    async def run(self) -> None:
        """Serve for ever. Raises OSError when a port cannot be opened."""
        from .shelly import answer
        from .values import Values

        self._answer, self._values = answer, Values
        if self._allow:
            from ...net.allowed import is_allowed

            self._is_allowed = is_allowed
        sockets: "list[socket.socket]" = []
        tasks: "list[Any]" = []
        try:
            for port in self._ports:
                sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                self._open(sockets[-1], port)
            self._error = ""
            tasks += [asyncio.create_task(self._serve(sock)) for sock in sockets]
            while not [task for task in tasks if task.done()]:
                self._beat()
                await asyncio.sleep_ms(BEAT_MS)
            for task in tasks:
                if task.done():
                    await task  # raises what ended it
        finally:
            for task in tasks:
                task.cancel()
            for sock in sockets:
                sock.close()

    def _open(self, sock, port):
        try:
            sock.bind(sockaddr("0.0.0.0", port))
        except OSError as error:
            self._error = "UDP port %d cannot be opened (%s)" % (port, error)
            raise
        sock.setblocking(False)
        self._log("shelly_udp: listening on UDP port %d" % port)

    async def _serve(self, sock):
        while True:
            await readable(sock)
            try:
                data, peer = sock.recvfrom(_LONGEST)
                HEARD[0] = 1
                answer = self._answer_to(data, address_of(peer))
                if answer:
                    sock.sendto(answer, peer)
                    self._sent += 1
            except (OSError, MemoryError):
                self._dropped += 1
            await asyncio.sleep_ms(_PACE_MS)

    def _answer_to(self, data, where):
        """The answer, bytes; nothing if there is none."""
        if self._is_allowed and not self._is_allowed(where, self._allow):
            self._refused += 1
            return None
        now = self.hub.state.uptime_s()
        told = self._told
        if now != self._second:
            self._second = now
            told.clear()
        count = told.get(where, 0)
        if count >= _EACH or sum(told.values()) >= _MOST or not self.board.has_room(-1):
            self._dropped += 1
            return None
        told[where] = count + 1  # also what was no question: it took as long
        answer = self._answer("/rpc", self._values(self), data)
        if not isinstance(answer, str):
            return answer
        if answer[0] == "4":
            self._refused += 1
        else:
            self._dropped += 1
        return None
