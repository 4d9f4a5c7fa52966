"""Names to IPv4 addresses, remembered for a while. resolver.py finds them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Names:
    """What resolver.py keeps from one question to the next.

    dns_servers() -> the servers' IPv4 addresses, from DHCP; one may be "ip:port".
    """

    def __init__(self, dns_servers: "Callable[[], list[str]]"):
        self.servers = dns_servers
        self.cache: list = []  # [name, ip, valid until (s)], oldest first
        self.busy = False  # a question is under way

    async def resolve(self, name: str, deadline_ms: int = 8000) -> str:
        """Return the IPv4 address of `name` as text; raise OSError with a sentence."""
        from .resolver import resolve

        return await resolve(self, name, deadline_ms)
