"""Announces services in the network, and answers who asks for them (mDNS and DNS-SD).

MicroPython's own responder announces none, has no call for it, and holds port 5353 from the first
connection on: ESP-IDF's lwIP gives a port to one owner unless both allow it, and that one does
not (lwIP udp.c, udp_bind). So the port is opened before Wi-Fi connects, and kept; the platform's
responder goes without, and our host name is answered here.

Sources: RFC 6762 (5.4, 6, 6.7, 8.3, 10, 18), RFC 6763 (4, 6, 9). Names are not probed for (8.1):
each has our MAC address in it, or is the owner's.
"""

import asyncio
import socket
from typing import TYPE_CHECKING

from micropython import const

from .sockets import HEARD, sockaddr
from .wait import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_GROUP = "224.0.0.251"
_PORT = const(5353)
_JOIN_LINUX = const(35)  # IP_ADD_MEMBERSHIP: a PC's MicroPython does not name it
_A = const(1)
_PTR = const(12)
_TXT = const(16)
_SRV = const(33)
_ANY = const(255)
_IN = const(1)
_FLUSH = const(0x8000)  # of a class: the record is ours alone; in a question: answer me, not all
_LONGEST = const(512)  # read of what comes: questions stand at its beginning
_QUESTIONS = const(8)  # of one message
_MOST = const(1400)  # bytes of an answer
_NAME = const(255)  # bytes, RFC 1035 2.3.4
_TTL_S = const(4500)
_HOST_TTL_S = const(120)
_LEGACY_TTL_S = const(10)  # RFC 6762 6.7
_EACH_S = const(10)  # answers a second
_PACE_MS = const(5)
_LOOK_MS = const(1000)  # between looks at our address, and announcements of one service
_PAUSE_MS = const(100)  # between those of two
_TIMES = const(2)  # that each is announced


def _name(*labels):
    return b"".join([bytes((len(label),)) + label.encode() for label in labels]) + b"\0"


def _name_at(msg, i):
    """(the name at i, in lower case, without pointers; the index behind it). IndexError or
    ValueError if it is garbled."""
    name = b""
    after = 0
    while True:
        n = msg[i]
        if n >= 0xC0:
            after = after or i + 2
            to = (n & 0x3F) << 8 | msg[i + 1]
            if to >= i:
                raise ValueError
            i = to
        elif n > 63 or len(name) + n >= _NAME:
            raise ValueError
        elif n == 0:
            return name.lower() + b"\0", after or i + 1
        else:
            name += msg[i : i + n + 1]
            i += n + 1


def _u16(n):
    return bytes((n >> 8, n & 255))


class Responder:
    """hostname: ours; services: (type, instance, texts) of each, as ("_http", "microhan-a1b2c3",
    ["path=/"]), all over TCP at `port`; "%s" in a text stands for our address.

    address(): ours, "" while there is none; has_room: board.room.Room.has; beat():
    called every few seconds.
    """

    def __init__(self, hostname: str, port: int, services: "list[tuple[str, str, list[str]]]",
                 address: "Callable[[], str]", has_room: "Callable[[int], bool]",
                 log: "Callable[[str], None]", beat: "Callable[[], None]"):
        self._host = _name(hostname, "local")
        self._port = port
        # (type, instance, texts), both as names.
        self._services = [
            (_name(kind, "_tcp", "local"), _name(instance, kind, "_tcp", "local"), texts)
            for kind, instance, texts in services]
        self._address = address
        self._has_room = has_room
        self._log = log
        self._beat = beat
        self._sock: "Any" = None
        self._ours = ""  # the address that was announced
        self._error = ""
        self._sent = self._dropped = 0
        self._left = 0  # answers that may go out in this second

    def status(self) -> dict:
        """For /status.json. `sent`: messages; `dropped`: questions past the limit."""
        return {
            "state": "error" if self._error else "ok" if self._ours else "connecting",
            "error": self._error, "queued": 0, "dropped": self._dropped, "sent": self._sent}

    async def run(self) -> None:
        """Serve for ever. Raises OSError if the port cannot be had."""
        if not self._sock:
            self._open()
        task = asyncio.create_task(self._listen())
        try:
            while not task.done():
                self._beat()
                self._left = _EACH_S
                await self._look()
                await asyncio.sleep_ms(_LOOK_MS)
            await task  # raises what ended it
        finally:
            task.cancel()

    def _open(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            # For a PC, where others listen there, too.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(sockaddr("0.0.0.0", _PORT))
        except OSError as error:
            sock.close()
            self._error = ("UDP port 5353 cannot be had (%s): nothing is announced, programs need "
                           "the address" % error)
            raise
        sock.setblocking(False)
        self._sock = sock
        self._error = ""

    async def _look(self):
        """Join the group and announce, once there is an address or another one."""
        ours = self._address()
        if ours == self._ours:
            return
        if ours:
            join = getattr(socket, "IP_ADD_MEMBERSHIP", _JOIN_LINUX)
            self._sock.setsockopt(0, join, _bytes_of(_GROUP) + _bytes_of(ours))
        self._ours = ours
        if not ours:
            return
        self._log("mdns: announced at " + ours)
        for _ in range(_TIMES):
            for kind in set([service[0] for service in self._services]):
                self._send(self._message(self._answers(kind, _PTR), None), None)
                await asyncio.sleep_ms(_PAUSE_MS)
            await asyncio.sleep_ms(_LOOK_MS)

    def _send(self, message, peer):
        try:
            self._sock.sendto(message, peer or sockaddr(_GROUP, _PORT))
            self._sent += 1
        except OSError:
            self._dropped += 1  # Wi-Fi has just gone

    async def _listen(self):
        while True:
            await readable(self._sock)
            try:
                data, peer = self._sock.recvfrom(_LONGEST)
                HEARD[0] = 1
                if self._ours:
                    self._hear(data, peer)
            except (OSError, MemoryError):
                self._dropped += 1
            await asyncio.sleep_ms(_PACE_MS)

    def _hear(self, data, peer):
        """Answer a message, if it asks for something of ours."""
        port = peer[1] if isinstance(peer, tuple) else peer[2] << 8 | peer[3]
        told = self.answer(data, port != _PORT)
        if told and self._left and self._has_room(-1):
            self._left -= 1
            self._send(told[0], peer if told[1] else None)
        elif told:
            self._dropped += 1

    def answer(self, data: bytes, is_legacy: bool) -> "tuple[bytes, bool] | None":
        """(the answer to a message, whether it is for who asks alone); None if there is none.
        is_legacy: it came from another port than 5353 (RFC 6762, 6.7)."""
        if len(data) < 12 or data[2] & 0xF8:  # an answer, or no plain query
            return None
        records: "list[Any]" = []
        is_unicast = True
        first = b""
        i = 12
        try:
            for _ in range(min(_QUESTIONS, data[4] << 8 | data[5])):
                name, i = _name_at(data, i)
                kind, way = data[i] << 8 | data[i + 1], data[i + 2] << 8 | data[i + 3]
                first = first or name + data[i : i + 4]
                i += 4
                if way & ~_FLUSH in (_IN, _ANY):
                    found = self._answers(name, kind)
                    records += [one for one in found if one not in records]
                    if found and not way & _FLUSH:
                        is_unicast = False
        except (IndexError, ValueError):
            pass  # what stood before it is answered
        if not [one for one in records if one[3]]:
            return None
        if not is_legacy:
            return self._message(records, None), is_unicast
        return self._message(records, data[:2] + first), True

    def _answers(self, name, kind):
        """(name, type, data, whether it is asked for) of what there is to say to a question; what
        is not asked for is soon."""
        host = (self._host, _A, _bytes_of(self._ours))
        if name == self._host.lower():
            return [host + (True,)] if kind in (_A, _ANY) else []
        if name == _name("_services", "_dns-sd", "_udp", "local"):
            return [(name, _PTR, kind_of, True)
                    for kind_of in set([service[0] for service in self._services])]
        found = []
        for service, instance, texts in self._services:
            if name == service and kind in (_PTR, _ANY):
                found.append((service, _PTR, instance, True))
                found += self._of_instance(instance, texts, 0)
            elif name == instance.lower():
                found += self._of_instance(instance, texts, kind)
        if found:
            found.append(host + (False,))
        return found

    def _of_instance(self, instance, texts, kind):
        data = b"".join([_name(text.replace("%s", self._ours))[:-1] for text in texts]) or b"\0"
        return [
            (instance, _SRV, b"\0\0\0\0" + _u16(self._port) + self._host, kind in (_SRV, _ANY)),
            (instance, _TXT, data, kind in (_TXT, _ANY))]

    def _message(self, records, question):
        """An answer with these records; question: (of a legacy one) its number and itself."""
        counts = [0, 0]
        parts = []
        size = 0
        for is_asked in (True, False):
            for name, kind, data, asked in records:
                if asked != is_asked or size > _MOST - 300:
                    continue
                ttl = (_LEGACY_TTL_S if question else
                       _TTL_S if kind in (_PTR, _TXT) else _HOST_TTL_S)
                way = _IN if question or kind == _PTR else _IN | _FLUSH
                parts.append(name + _u16(kind) + _u16(way) + b"\0\0" + _u16(ttl)
                             + _u16(len(data)) + data)
                size += len(parts[-1])
                counts[not is_asked] += 1
        head = (question[:2] if question else b"\0\0") + b"\x84\0\0" + (
            b"\1" if question else b"\0") + _u16(counts[0]) + b"\0\0" + _u16(counts[1])
        return head + (question[2:] if question else b"") + b"".join(parts)


def _bytes_of(address):
    """An IPv4 address, four bytes."""
    return bytes([int(part) for part in address.split(".")])
