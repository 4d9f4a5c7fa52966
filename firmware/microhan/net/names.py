"""Names to IPv4 addresses, without blocking; remembered for a while. net/dns.py asks."""

import asyncio
import time

from ..system.modules import forget
from .link import is_ipv4


class Names:
    """The resolver. One question at a time: it may hold one socket of the device's ten.

    dns_servers: function returning the servers' IPv4 addresses, from DHCP; an entry may be
    "ip:port".
    """

    MAX_CACHE = 8  # two outputs, NTP, and some
    MIN_TTL_S = 30  # several reconnects in a row ask once
    MAX_TTL_S = 300  # a broker that moved is found again within five minutes

    def __init__(self, dns_servers):
        self._servers = dns_servers
        self._cache = []  # [name, ip, valid until (s)], oldest first
        self._lock = asyncio.Lock()

    async def resolve(self, name, deadline_ms=8000):
        """Return the IPv4 address of `name` as text; raise OSError with words.

        When no server answers, an address known from before is given, however old: a broker in
        the house is not gone because the router's DNS is.
        """
        name = name[:-1].lower() if name.endswith(".") else name.lower()
        if is_ipv4(name):
            return name
        if name == "localhost":
            return "127.0.0.1"
        known = self._find(name)
        # The upper limit too: the clock may have been set back meanwhile.
        if known and 0 < known[2] - _now_s() <= self.MAX_TTL_S:
            return known[1]
        try:
            return await asyncio.wait_for_ms(self._ask(name), deadline_ms)
        except asyncio.TimeoutError:
            problem = "the name %s: no answer in time from the DNS server" % name
        except OSError as error:
            problem = error.args[0]
            if not isinstance(problem, str):
                problem = "the name %s: network error %s" % (name, problem)
        if known:
            return known[1]
        raise OSError(problem)

    def _find(self, name):
        for entry in self._cache:
            if entry[0] == name:
                return entry
        return None

    def _remember(self, name, ip, ttl):
        known = self._find(name)
        if known:
            self._cache.remove(known)
        elif len(self._cache) >= self.MAX_CACHE:
            self._cache.pop(0)
        ttl = min(max(ttl, self.MIN_TTL_S), self.MAX_TTL_S)
        self._cache.append([name, ip, _now_s() + ttl])
        return ip

    async def _ask(self, name):
        async with self._lock:
            from .dns import ask

            try:
                ip, ttl = await ask(name, self._servers())
            finally:
                forget("net.dns")  # 4 kB that are needed once a connection
            return self._remember(name, ip, ttl)


def _now_s():
    return int(time.time())
