"""Finds addresses without blocking: IP literals, the cache (which names.Names holds), net/dns.py.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from micropython import const

from .sockets import explain, ms_left

if TYPE_CHECKING:
    from .names import Names

MAX_CACHE = const(8)  # two outputs, the time server, and names from before
MIN_TTL_S = const(30)  # several attempts to connect in a row ask once
MAX_TTL_S = const(60)  # so long a broker that moved, or a server that lied, can cost at most
_WAIT_MS = const(20)


def is_ipv4(text: str) -> bool:
    """True for four decimal numbers of 0 to 255 with dots between."""
    parts = text.split(".")
    if len(parts) != 4:
        return False
    for part in parts:
        if not (part.isdigit() and len(part) <= 3 and int(part) <= 255):
            return False
    return True


async def resolve(names: "Names", name: str, deadline_ms: int) -> str:
    """Return the IPv4 address of `name` as text; raise OSError with a sentence.

    When no server answers, the address known from before is returned, however old it is: a broker
    in the house can be reached while the router's DNS is down.
    """
    name = name[:-1].lower() if name.endswith(".") else name.lower()
    if is_ipv4(name):
        return name
    if name == "localhost":
        return "127.0.0.1"
    known = find(names, name)
    # The upper limit, too: the clock may have been set back since.
    if known and 0 < known[2] - _now_s() <= MAX_TTL_S:
        return known[1]
    try:
        return await _ask(names, name, time.ticks_add(time.ticks_ms(), deadline_ms))
    except OSError as error:
        problem = error.args[0]
        if not isinstance(problem, str):
            problem = "the name %s: %s" % (name, explain(error, "a DNS server"))
    if known:
        return known[1]
    raise OSError(problem)


def find(names: "Names", name: str) -> list | None:
    """The cache's entry for a name, or None."""
    for entry in names.cache:
        if entry[0] == name:
            return entry
    return None


def _remember(names, name, ip, ttl):
    known = find(names, name)
    if known:
        names.cache.remove(known)
    elif len(names.cache) >= MAX_CACHE:
        names.cache.pop(0)
    ttl = min(max(ttl, MIN_TTL_S), MAX_TTL_S)
    names.cache.append([name, ip, _now_s() + ttl])
    return ip


async def _ask(names, name, end):
    """One question at a time, so that they take one of the device's ten sockets."""
    while names.busy:
        if ms_left(end) <= 0:
            raise OSError("the name %s: other names are asked for" % name)
        await asyncio.sleep_ms(_WAIT_MS)
    names.busy = True
    try:
        from .dns import ask

        ip, ttl = await ask(name, names.servers(), end)
        return _remember(names, name, ip, ttl)
    finally:
        names.busy = False


def _now_s():
    return int(time.time())
