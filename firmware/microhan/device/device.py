"""The running device as a whole, and how long it has been running."""

import time
from typing import TYPE_CHECKING

from .. import BUILD, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..board.esp32 import Board
    from ..hub.hub import Hub
    from ..meter.meter import Meter
    from .log import Log
    from .supervisor import Supervisor


# What routers put behind a name of the home's network. Nobody can buy a domain in any of them (RFC
# 6761, 6762, 8375; ICANN keeps .home and .lan out of the DNS, and .internal for such networks).
_SUFFIXES = "", ".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain"


class Uptime:
    """Whole seconds since the start. Call it at least once in six days: ticks_ms wraps at 12."""

    def __init__(self) -> None:
        self._last = time.ticks_ms()
        self._ms = 0
        self._s = 0

    def __call__(self) -> int:
        """Seconds, an int that never wraps."""
        now = time.ticks_ms()
        self._ms += time.ticks_diff(now, self._last)
        self._last = now
        self._s += self._ms // 1000
        self._ms %= 1000
        return self._s


class Device:
    """The device as a whole: what it still lacks, and what it says of itself.

    `port`: of the page, 0 if there is none; `hostname`: ours; `has_wifi`: whether the network
    comes by Wi-Fi; `uses_tls`: whether some output needs the right time to check certificates.
    """

    def __init__(self, device_id: str, board: "Board", port: int, hostname: str, hub: "Hub",
                 meter: "Meter", supervisor: "Supervisor", uptime_s: "Callable[[], int]",
                 log: "Log", has_wifi: bool, uses_tls: bool):
        self.id = device_id
        self._board = board
        self.port = port
        self._hostname = hostname
        self._hub = hub
        self._meter = meter
        self._supervisor = supervisor
        self._uptime_s = uptime_s
        self._log = log
        self._has_wifi = has_wifi
        self._uses_tls = uses_tls
        self._outputs: dict[str, Any] = {}
        self.language = "sv"  # of the page
        self.healed: "dict[str, Any]" = {}  # what net/healing.py has done
        self.update: "dict[str, Any]" = {}  # what update/incoming.py has to say
        self.button: "Any" = None  # device.button.Button
        self.codes: "Any" = None  # setup.claim.ClaimCode while nobody owns the device
        self.crash: "Any" = None  # device.crashes.Crashes
        self.folder: "Any" = None  # store.files.Folder
        self.session: "Any" = None  # setup.session.Session in set-up mode
        self.feed: "Any" = None  # meter.feed.Feed where pin 1 may be fed, or the port restarted

    def add_output(self, name: str, make: "Callable[[Callable[[], None]], Any]") -> "Any":
        """Have the supervisor run an output, and show its status; see Supervisor.add."""
        output = self._outputs[name] = self._supervisor.add(name, make)
        return output

    def missing(self) -> str:
        """What the light shows: what the button would do, set-up mode, or what is missing,
        "network" or "meter"; "" for nothing."""
        if self.button and self.button.held:
            return self.button.held
        if self.session:
            return self.session.light()
        if self._has_wifi and not self._board.address():
            return "network"
        diagnosis = self._hub.diagnosis
        assert diagnosis, "the Meter gives one when it is made"
        return "" if diagnosis.state == "ok" else "meter"

    def hosts(self) -> list[str]:
        """Our own names and addresses, as a browser's Host header has them."""
        name = self._hostname
        found = [name + suffix for suffix in _SUFFIXES]
        address = self._board.address()
        if address:
            found.append(address)
        if address == "127.0.0.1":  # the twin
            found.append("localhost")
        return found

    def needs_clock(self) -> bool:
        """Whether the clock must be set: TLS checks dates, and a meter without a clock leaves its
        readings undated."""
        if not self._board.address():
            return False
        if self._uses_tls:
            return True
        return self._hub.reading is not None and self._hub.state.wall_clock() is None

    def is_connected(self, section: str) -> bool:
        """Whether what a section of the configuration, "wifi" or "mqtt", sets up is there."""
        if section == "wifi":
            return self._board.address() != ""
        return section in self._outputs and self._outputs[section].status()["state"] == "ok"

    def url(self, address: str) -> str:
        """The page at this address; while nobody owns the device, where it can be claimed."""
        page = "http://%s%s/" % (address, "" if self.port == 80 else ":%d" % self.port)
        code = self.codes.current() if self.codes else ""
        return page + "claim?code=" + code if code else page

    def about(self) -> "tuple[str, str, list[str]]":
        """(The page's address, "" without one; its language; what the owner should look at)."""
        address = self._board.address()
        page = self.url(address).partition("claim")[0] if self.port and address else ""
        return page, self.language, self._warnings(self._meter.status())

    def _warnings(self, meter):
        """What the owner should look at; meter: its status, which loses what it has of that."""
        return self._log.warnings + meter.pop("warnings", [])

    def announce(self, address: str) -> None:
        """Print where the page is, and while nobody owns the device, where to claim it. `make
        flash` and the twin wait for these lines: keep their form."""
        if self.port:
            url = self.url(address)
            page = url.partition("claim")[0]
            print("microhan page " + page)
            if page != url:
                print("microhan claim " + url)

    def restart(self) -> None:
        """Restart the chip."""
        self._board.reset()

    def ask_set_up(self, reason: str) -> None:
        """Restart into set-up mode; setup/switch.py has the reasons."""
        try:
            self.folder.write("mode", reason.encode())
        except OSError:
            return  # a full flash: the application goes on
        self.restart()

    def status(self) -> dict:
        """What `/status.json` shows."""
        meter = self._meter.status()
        told = {
            "id": self.id, "version": VERSION, "build": BUILD, "uptime_s": self._uptime_s(),
            "meter": meter,
            "outputs": {name: self._outputs[name].status() for name in self._outputs},
            "memory": self._board.memory(),
            "loop": {"latency_ms": self._supervisor.latency_ms()},
            "wifi": {"rssi": self._board.rssi()},
            "resets": {"cause": self._board.reset_cause(), "tasks": self._supervisor.status(),
                       "healed": self.healed},
            "crash": self.crash and self.crash.status(),
            "warnings": self._warnings(meter)}
        if self.update:
            told["update"] = self.update
        if self.feed:
            self.feed.add_to(told)
        return told

    async def main(self) -> None:
        """Run for ever. `make flash` and the twin wait for the lines printed: keep their form."""
        print("microhan %s id %s build %s" % (VERSION, self.id, BUILD))
        if not self._has_wifi and self._board.address():
            self.announce(self._board.address())
        self._log("started: " + self._board.reset_cause())
        await self._supervisor.run()
