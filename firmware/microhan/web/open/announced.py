"""What is announced in the network by mDNS, as each of these programs looks for it: the rows of
docs/integrations/README.md."""

from binascii import hexlify
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def announce(device: "Any", config: dict, board: "Any", log: "Callable[[str], None]") -> "Any":
    """Have the Device run what announces them. config: all of it."""
    from ...net.mdns import Responder

    hostname = device.hosts()[0]
    return device.add_output("mdns", lambda beat: Responder(
        hostname, config["http"]["port"], services(config["open"], hostname, board),
        board.address, board.has_room, log, beat))


def services(config: dict, hostname: str, board: "Any") -> "list[tuple[str, str, list[str]]]":
    """For net.mdns.Responder. config: the section "open"."""
    mac = hexlify(board.unique_id()).decode()
    found: "list[tuple[str, str, list[str]]]" = [("_http", hostname, ["path=/"])]
    if config["homewizard"]:
        found.append(("_hwenergy", "p1meter-" + mac[6:], [
            "api_enabled=1", "path=/api/v1", "serial=" + mac, "product_type=HWE-P1",
            "product_name=P1 meter"]))
    if config["ecotracker"]:
        found.append(("_everhome", "ecotracker-" + mac, [
            "ip=%s", "serial=" + mac, "productid=1137"]))
    if config["shelly"]:
        # A battery looks for either; what they say is web/open/shelly.py's.
        found += [(kind, "shellypro3em-" + mac, ["gen=2", "app=Pro3EM", "ver=1.4.4"])
                  for kind in ("_shelly", "_http")]
    return found
