"""Set-up mode, put together: what app.py is for the application, and needed as short. parts.py
has what stays; none of it is loaded in the other mode."""

import gc
from typing import TYPE_CHECKING

from micropython import const

from ..net.networks import networks_of
from ..store.files import text_of

if TYPE_CHECKING:
    from typing import Any

    from ..device.device import Device
    from ..device.log import Log
    from ..device.supervisor import Supervisor
    from ..store.files import Folder
    from ..web.owner import Owner

_PASSWORD = "access_point"  # its file in /data; where a label was printed, the flasher wrote it
_LETTERS = b"abcdefghjkmnpqrstuvwxyz23456789"  # no 0/O, 1/l/I: it is typed by hand
_LENGTH = const(12)


def _password(board, folder):
    """The access point's password: the label's, otherwise made here once and for all."""
    password = text_of(folder.path_of(_PASSWORD)).strip()
    if not 8 <= len(password) <= 63:  # WPA2
        password = bytes([_LETTERS[byte % len(_LETTERS)]
                          for byte in board.random(_LENGTH)]).decode()
        folder.write(_PASSWORD, password.encode())
    return password


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
    from .parts import Announcer, CaptiveDns, InSetUp, Portal, Session
    from .radio import Radio

    supervisor.add("access point", lambda beat: Announcer(name, password, beat))
    radio = Radio(wlan, log)
    session = device.session = supervisor.add("setup", lambda beat: Session(
        reason, folder.path_of("config.json"), radio, point, owner,
        networks_of(config["wifi"]), device, log, beat))
    supervisor.add("names", lambda beat: CaptiveDns(point.ip, board.dns_port, beat))
    _add_cable(board, lambda beat: InSetUp(session, beat), device.id, supervisor)
    gc.collect()
    from ..web.server import Sources, WebServer

    portal = Portal(session, {"name": hostname, "access_point": name}, meter.status, point.ip)
    # A phone asks for more than one thing at once, and no output needs the memory.
    sources = Sources(hub, device.status, meter.captured, base_min, board.has_room,
                      max(board.places, 2), max(board.waiting, 4), owner, device.id, portal.hosts)
    sources.mode = "setup"
    sources.language = http["language"]
    sources.codes = device.codes
    sources.config_path = session.path
    sources.tls_alone, sources.is_plain = board.tls_alone, board.is_plain
    sources.portal = portal
    portal.sources = sources
    made = device.add_output("http", lambda beat: WebServer(http, sources, log, beat))
    return [sources, made]


def _add_cable(board, network, id_, supervisor):
    from .cable import Cable

    supervisor.add("cable", lambda beat: Cable(
        board.console, network(beat), board.name, id_, 0, beat))
