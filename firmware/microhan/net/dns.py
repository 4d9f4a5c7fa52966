"""Questions to DNS servers over UDP, and to the network by mDNS for `.local`, without blocking.

getaddrinfo on a name blocks every task for up to 14 s on the ESP32 (micropython #9713), so it is
never called with one. One UDP socket, open only during a question. IPv4 only, because a stock
image seldom has an IPv6 route.

Sources: RFC 1035 (format), RFC 5452 9 (which answers to accept), RFC 6762 5.1, 5.4, 6.7 (mDNS).
"""

import asyncio
import os
import select
import socket
import time
from typing import TYPE_CHECKING

from micropython import const

from .sockets import HEARD, ms_left, sockaddr

if TYPE_CHECKING:
    from _mpy_shed.time_mp import _TicksMs as Ticks

_TYPE_A = const(1)
_TYPE_CNAME = const(5)
_CLASS_IN = const(1)
_CLASS_MASK = const(0x7FFF)  # the top bit is mDNS's "unicast wanted" or "flush your cache"
_MAX_JUMPS = const(16)  # compression pointers in one name; more is a loop
_MAX_RECORDS = const(32)  # read of one answer; a CNAME chain is shorter
_MAX_ANSWER = const(512)  # RFC 1035 4.2.1: the limit for a client that asks for no more
_POLL_MS = const(10)  # the ESP32's tick

ROUNDS = 2  # times that every server is asked
TRY_MS = 1500  # for one server; recursive servers answer within 1 s or not at all
MDNS_TRIES_MS = (1000, 2000, 2000)  # RFC 6762 5.2: one second, then longer
MDNS = ("224.0.0.251", 5353)

_OK = const(0)
_NAME_ERROR = const(3)


def encode_name(name: str) -> bytes:
    """Return `name` as DNS labels; OSError if it cannot be a host name."""
    out = b""
    for label in name.split("."):
        data = label.encode()
        if not 0 < len(data) <= 63 or min(data) <= 32 or max(data) > 126:
            raise OSError("'%s' is not a host name" % name)
        out += bytes((len(data),)) + data
    if len(out) > 254:
        raise OSError("'%s' is too long for a host name" % name)
    return out + b"\0"


def query(number: int, name: str, unicast: bool = False) -> bytes:
    """Return the question for the A record of `name`: 16-bit id, recursion desired."""
    head = bytes((number >> 8, number & 255, 0 if unicast else 1)) + b"\0\0\1\0\0\0\0\0\0"
    return head + encode_name(name) + (b"\0\1\x80\1" if unicast else b"\0\1\0\1")


def _u16(msg, i):
    return msg[i] << 8 | msg[i + 1]


def _name_at(msg, i):
    """Return (name in lower case, bytes; index after it); IndexError or ValueError if garbled."""
    labels: "list[bytes]" = []
    after = 0
    jumps = 0
    while True:
        n = msg[i]
        if n >= 0xC0:
            if not after:
                after = i + 2
            jumps += 1
            if jumps > _MAX_JUMPS:
                raise ValueError
            i = (n & 0x3F) << 8 | msg[i + 1]
        elif n > 63:
            raise ValueError
        elif n == 0:
            return b".".join(labels).lower(), after or i + 1
        else:
            if i + n >= len(msg) or len(labels) > 127:
                raise ValueError
            labels.append(msg[i + 1 : i + 1 + n])  # no text: chr() makes a name for ever
            i += n + 1


def _addresses(msg, i, count, name):
    """Follow `name`, bytes, through the CNAMEs of `count` records at `i`; (ip or None, ttl)."""
    for _ in range(min(count, _MAX_RECORDS)):
        owner, i = _name_at(msg, i)
        kind = _u16(msg, i)
        # Of the TTL only 16 bits: more than 65535 s is cut to the cache's limit anyway.
        ttl = 65535 if _u16(msg, i + 4) else _u16(msg, i + 6)
        size = _u16(msg, i + 8)
        ours = owner == name and _u16(msg, i + 2) & _CLASS_MASK == _CLASS_IN
        i += 10
        if i + size > len(msg):
            raise ValueError
        if ours and kind == _TYPE_A and size == 4:
            return "%d.%d.%d.%d" % tuple(msg[i : i + 4]), ttl
        if ours and kind == _TYPE_CNAME:
            name = _name_at(msg, i)[0]
        i += size
    return None, 0


def parse(msg: bytes, number: int, name: str, mdns: bool = False) -> tuple | None:
    """Read an answer to `query(number, name)`.

    Return (rcode, ip or None, ttl in s), or None if it is no such answer (another id, another
    question, garbled). Records come in the order of the CNAME chain (RFC 1034 4.3.2).
    """
    try:
        if not msg[2] & 0x80 or (_u16(msg, 0) != number and not (mdns and _u16(msg, 0) == 0)):
            return None
        questions = _u16(msg, 4)
        i = 12
        if questions == 1:
            asked, i = _name_at(msg, i)
            if asked != name.encode() or _u16(msg, i) != _TYPE_A:
                return None
            i += 4
        elif questions or not mdns:
            return None
        try:
            ip, ttl = _addresses(msg, i, _u16(msg, 6), name.encode())
        except (IndexError, ValueError):
            if not msg[2] & 2:  # garbled, as it is not marked as truncated: wait for another
                return None
            ip, ttl = None, 0
        return msg[3] & 15, ip, ttl
    except (IndexError, ValueError):
        return None


async def ask(name: str, servers: list[str], end: "Ticks") -> tuple:
    """(ip, ttl in s) of `name`, from these servers ("ip" or "ip:port") or by mDNS.

    Raises OSError with a sentence, at `end` (ticks_ms) if nobody has answered by then.
    """
    encode_name(name)  # an impossible name is reported even where no server is known
    if name.endswith(".local"):
        return await _ask_mdns(name, end)
    if not servers:
        raise OSError("the name %s: no DNS server is known; give the address" % name)
    for _ in range(ROUNDS):
        for server in servers:
            if ms_left(end) <= 0:
                raise OSError("the name %s: no answer in time from the DNS server" % name)
            answer = await _ask_server(server, name, end)
            if answer is not None and _is_final(answer, name, server):
                return answer[1:]
    raise OSError("the name %s: no answer from the DNS server %s" % (name, ", ".join(servers)))


def _is_final(answer, name, server):
    """True if the answer has an address, False if another server should be asked; OSError if the
    name certainly has none."""
    rcode, ip, _ = answer
    if rcode == _OK and ip:
        return True
    if rcode == _NAME_ERROR:
        raise OSError("there is no host called %s, says the DNS server %s" % (name, server))
    if rcode == _OK:
        raise OSError("%s has no IPv4 address, says the DNS server %s" % (name, server))
    return False


async def _ask_server(server, name, end):
    """Return what `parse` does, or None if this server gives no useful answer."""
    ip, _, port = server.partition(":")
    number = _random_id()
    try:
        sock = _udp()
        try:
            # Connected, so that the system drops what comes from elsewhere.
            sock.connect(sockaddr(ip, int(port or 53)))
            sock.send(query(number, name))
            return await _receive(sock, number, name, TRY_MS, end)
        finally:
            sock.close()
    except (OSError, ValueError):
        return None  # no route, or nobody listens there: the next server may answer


async def _ask_mdns(name, end):
    number = _random_id()
    question = query(number, name, True)
    sock = _udp()
    try:
        for wait_ms in MDNS_TRIES_MS:
            sock.sendto(question, sockaddr(*MDNS))
            answer = await _receive(sock, number, name, wait_ms, end, True)
            if answer is not None and answer[1]:
                return answer[1:]
    finally:
        sock.close()
    raise OSError(
        "nobody in this network answers to %s (mDNS): is it on? Else give its address" % name
    )


async def _receive(sock, number, name, wait_ms, end, mdns=False):
    """Wait for the answer and return what `parse` does; None if it does not come in time.

    Not by a Stream: MicroPython's read(n) goes on until it has n bytes or there are no more, and
    so joins two datagrams. recv() keeps them apart. It is called only when something has come,
    because it allocates its buffer first.
    """
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    end = time.ticks_add(time.ticks_ms(), min(wait_ms, ms_left(end)))
    while ms_left(end) > 0:
        if poller.poll(0):
            answer = parse(sock.recv(_MAX_ANSWER), number, name, mdns)
            HEARD[0] = 1
            if answer is not None:
                return answer
        await asyncio.sleep_ms(_POLL_MS)
    return None


def _udp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    return sock


def _random_id():
    return int.from_bytes(os.urandom(2), "big")
