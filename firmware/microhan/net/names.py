"""Names to IPv4 addresses, remembered for a while. resolver.py does it, loaded when asked."""


class Names:
    """What resolver.py keeps from one question to the next.

    dns_servers: function returning the servers' IPv4 addresses, from DHCP; an entry may be
    "ip:port".
    """

    def __init__(self, dns_servers):
        self.servers = dns_servers
        self.cache = []  # [name, ip, valid until (s)], oldest first
        self.busy = False  # a question is under way

    async def resolve(self, name, deadline_ms=8000):
        """Return the IPv4 address of `name` as text; raise OSError with words."""
        from .resolver import resolve

        return await resolve(self, name, deadline_ms)
