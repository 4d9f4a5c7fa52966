"""Sets up a dongle by its cable, with a person at the terminal."""

import getpass
import re
import sys
from collections.abc import Callable
from pathlib import Path

from build import setup_env

from . import improv

FAILURES = Path(setup_env.ROOT, "firmware", "microhan", "setup", "failures.txt")
STARTING_S = 15  # a dongle that has just been plugged in
ASKED = 3


def choose(networks: list[improv.Network], say: Callable[[str], None] = print,
           ask: Callable[[str], str] | None = None) -> str:
    """The name of the network that the person at the terminal chooses by number or types."""
    say("The dongle hears these networks (2.4 GHz only):")
    for number, network in enumerate(networks, 1):
        lock = "" if network.is_secure else "   open"
        say(f"  {number:2}  {network.name:<32} {network.rssi} dBm{lock}")
    for _ in range(ASKED):
        # not stripped: a network's name may begin or end with a blank
        typed = (ask or input)("Which one (its number, or a name that is not listed)? ")
        if typed.isdigit() and 1 <= int(typed) <= len(networks):
            return networks[int(typed) - 1].name
        if typed.strip():
            if typed != typed.strip():
                say("  note: the name begins or ends with a blank")
            return typed
    raise improv.ImprovError("no network was chosen")


def password_for(name: str, networks: list[improv.Network]) -> str:
    """Asks for the password, but not of a network that is known to be open."""
    if any(network.name == name and not network.is_secure for network in networks):
        return ""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(f"Password of {name} (nothing shows; empty for an open one): ")


def provision(dongle: improv.Improv, ssid: str = "", say: Callable[[str], None] = print) -> str:
    """Sets up a dongle that answers; returns what to open."""
    if dongle.state(STARTING_S) == improv.PROVISIONED and not ssid:
        say("The dongle is on a network already.")
        return dongle.address()
    _, version, chip, name = dongle.info()[:4]
    say(f"dongle: microhan {version} on {chip}, {name}; it looks for networks")
    networks = dongle.scan()
    ssid = ssid or choose(networks, say)
    password = password_for(ssid, networks)
    say(f"dongle: joining {ssid} (half a minute at most)")
    return dongle.provision(ssid, password)


def report(url: str, say: Callable[[str], None] = print) -> None:
    """Says what to do next."""
    say("")
    if "claim" in url:
        say("Open this within 10 minutes, and choose the owner's password:")
    else:
        say("Its page:")
    say(f"  {url}")


def reason(heard: list[str]) -> str:
    """Why a network could not be joined, out of what the console said meanwhile."""
    for line in reversed(heard):
        found = re.search(r"wifi: cannot join .*: (\w+) \(status", line)
        if found:
            for row in FAILURES.read_text(encoding="utf-8").splitlines():
                code, _, english = row.split("|")
                if code == found[1]:
                    return f". {english}"
    return ""
