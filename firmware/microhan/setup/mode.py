"""Set-up mode, put together: what app.py is for the application. It is loaded in no other mode."""

import gc
from typing import TYPE_CHECKING

from micropython import const

from ..net.networks import networks_of
from ..net.pause import pause
from .captive_dns import CaptiveDns
from .networks_in_setup import InSetUp
from .portal import Portal
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..device.device import Device
    from ..device.log import Log
    from ..device.supervisor import Supervisor
    from ..store.files import Folder
    from ..web.owner import Owner

_PASSWORD = "access_point"  # its file in /data; where a label was printed, the flasher wrote it
_LETTERS = b"abcdefghjkmnpqrstuvwxyz23456789"  # no 0/O, 1/l/I: it is typed by hand
_LENGTH = const(12)
_SAY_MS = const(30_000)


def _password(board, folder):
    """The access point's password: the label's, otherwise made here once and for all."""
    password = (folder.read(_PASSWORD) or b"").decode().strip()
    if not 8 <= len(password) <= 63:  # WPA2
        password = bytes([_LETTERS[byte % len(_LETTERS)]
                          for byte in board.random(_LENGTH)]).decode()
        folder.write(_PASSWORD, password.encode())
    return password


class Announcer:
    """Says on the console how to get into the access point, every 30 s: who reads it holds the
    cable."""

    def __init__(self, name: str, password: str, beat: "Callable[[], None]"):
        self._text = "microhan access point %s password %s" % (name, password)
        self._beat = beat

    async def run(self) -> None:
        """Say it for ever."""
        while True:
            print(self._text)
            await pause(_SAY_MS, self._beat)


def add_set_up(reason: str, folder: "Folder", board: "Any", wlan: "Any", config: dict,
               base_min: int, hostname: str, device: "Device", hub: "Any", meter: "Any",
               supervisor: "Supervisor", owner: "Owner", log: "Log") -> list:
    """Make and connect the parts of set-up mode. Returns the objects whose classes have no second
    one."""
    http = config["http"]
    device.port = http["port"] = http["port"] or 80
    board.set_hostname(hostname)
    name = "microhan-" + device.id
    password = _password(board, folder)
    point = board.access_point(name, password)
    supervisor.add("access point", lambda beat: Announcer(name, password, beat))
    from .radio import Radio

    radio = Radio(wlan, log)
    session = device.session = supervisor.add("setup", lambda beat: Session(
        reason, folder.path_of("config.json"), radio, point, owner,
        networks_of(config["wifi"]), device, log, beat))
    supervisor.add("names", lambda beat: CaptiveDns(point.ip, board.dns_port, beat))
    _add_cable(board, session, device.id, supervisor)
    gc.collect()
    from ..web.server import Sources, WebServer

    sources = Sources(hub, device.status, meter.captured, base_min, owner, device.id,
                      lambda: device.hosts() + [point.ip, session.address])
    sources.mode = "setup"
    sources.language = http["language"]
    sources.codes = device.codes
    sources.portal = Portal(session, sources, {"name": hostname, "access_point": name},
                            meter.status, device.url(point.ip).partition("claim")[0])
    made = device.add_output("http", lambda beat: WebServer(http, sources, log, beat))
    return [sources, made]


def _add_cable(board, session, id_, supervisor):
    from .cable import Cable

    network = InSetUp(session)
    supervisor.add("cable", lambda beat: Cable(board.console, network, board.name, id_, 0, beat))
