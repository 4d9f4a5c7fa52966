"""The composition root: the one place that knows every part and hands them to each other.

All of this is needed only at the start. Once it has run, nothing refers to this module any more,
and its memory goes to what runs for years.
"""

import gc
from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

from . import VERSION
from .device.device import Device, Uptime
from .device.light import Light
from .device.log import Log
from .device.supervisor import Supervisor
from .hub.hub import Hub
from .meter.meter import Meter
from .meter.uart_line import UartLine
from .net.link import connector
from .net.names import Names
from .net.time_sync import TimeSync
from .outputs.base import Output
from .store.files import Folder
from .store.sequence import Sequence
from .telegram.clock import ClockRule

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from typing import Any

    from .board.esp32 import Board

_WATCHDOG_MS = const(60000)  # twice the worst legitimate pause; see device/supervisor.py
# Collect this often even where memory is plenty: otherwise the heap is grown out of what Wi-Fi and
# TLS need (micropython #3840).
_GC_THRESHOLD = const(4096)
# Classes of which there is one object, made below and for good: nobody needs their constructors
# any more. A class that is instantiated after the start must not stand here
# (host_tests/device/test_device.py).
_MADE_ONCE = (Device, Folder, Hub, Light, Log, Meter, Names, Output, Sequence, Supervisor,
              TimeSync, UartLine, Uptime)


def build(board: "Board", config: "dict[str, Any]", warnings: "Iterable[str]",
          tls: bool, refused: bool) -> tuple[Device, list]:
    """Make every part on `board` (board/esp32.py, or the twin's) and connect them.

    config: all of it, utc_offset in minutes; warnings: what the owner should look at in it; tls:
    whether any way out is encrypted; refused: yet has no memory for that (device/list_kind.py).

    Returns the Device, and a list of the other objects whose classes have no second one.
    """
    uptime = Uptime()
    log = Log(uptime)
    hub = Hub(uptime, Sequence(board.root + "/data/sequence").next)
    supervisor = Supervisor(board.watchdog(_WATCHDOG_MS), log)
    for text in warnings:
        log.warn(text)
    clock = ClockRule(config["meter"]["clock"], config["meter"]["utc_offset"])
    gc.collect()  # and again below: the less garbage, the less the heap grows while modules load
    folder = Folder(board.root + "/data")
    meter = _add_meter(board, config["meter"], clock, folder, hub, supervisor, log)
    wlan = _station(board, config["wifi"], log)
    device = Device(hexlify(board.unique_id()[-3:]).decode(), board, config["http"], hub, meter,
                    supervisor, uptime, log, wlan is not None, tls)
    supervisor.add("light", lambda beat: Light(board.led, hub, device.missing, beat))
    names = _add_network(board, wlan, config["wifi"], device, supervisor, log, folder)
    gc.collect()
    if refused:
        _refuse_tls(device, config, board, folder, hub, log)
    has_room: Any = board.has_room
    if tls and board.is_plain and not refused:
        from .device.list_kind import BinaryWatch
        watch = BinaryWatch(board, hub, folder, log)
        has_room = watch.has_room
        meter.parser.takes_frames = watch.take
        meter.parser.text()  # while there is room for it: binary lists are not read with TLS
    singles = _add_outputs(device, config, board, clock, hub, meter, connector(names, has_room),
                           log)
    return device, singles + [board, meter.parser, hub.state]


def _add_meter(board, config, clock, folder, hub, supervisor, log):
    """The Meter on its line."""
    fixed = None
    if config["baud"]:
        fixed = (config["baud"], config["bits"], config["parity"], config["invert"] == "on")
    # Do not pass a closure defined here: it would keep this module's globals, and so all of
    # app.py, in memory. (Supervisor.add calls its lambda at once and forgets it.)
    line = UartLine(board.uart, folder, fixed)
    meter = supervisor.add("meter", lambda beat: Meter(
        config, clock, line, hub, board.poll_ms, log, beat, log.warn, folder))
    if {config["voltage_unit"], config["current_unit"], config["power_unit"]} != {"unknown"}:
        from .meter.unit_keeper import owners_units
        meter.parser.units = owners_units(config)
    return meter


def _station(board, config, log):
    """The Wi-Fi station where one is to be used, or None."""
    wlan = board.wlan()
    if wlan and not config["ssid"]:
        log.warn("wifi.ssid is empty: no network. Set it in /data/config.json")
        return None
    return wlan  # None: the twin, whose PC is on the network already


def _add_network(board, wlan, config, device, supervisor, log, folder):
    """Wi-Fi and the clock, as far as they are wanted. Returns the Names."""
    names = Names(board.dns_servers)
    if wlan:
        from .net.wifi import Wifi
        if folder.read("healing"):
            from .net.healing import recall
            recall(device.healed, folder, log.warn)
        board.set_hostname(config["hostname"] or "microhan-" + device.id)
        supervisor.add("wifi", lambda beat: Wifi(config, wlan, log, beat, device.announce,
                                                 board, folder, device.healed))
        Wifi.__init__ = None  # as _free_constructors() does
        if config["ntp"]:
            supervisor.add("clock", lambda beat: TimeSync(
                config["ntp"], names, device.needs_clock, board.set_clock, log, beat))
    return names


def _add_outputs(device, config, board, clock, hub, meter, connect, log):
    """The ways out that are switched on, a list. Only these are imported: memory is short.

    Each gets its section of the configuration for its own: it holds a certificate's text, which
    then lasts no longer than the output needs it.
    """
    made = []
    if config["mqtt"]["host"]:
        from .outputs.mqtt.output import MqttOutput
        gc.collect()
        made.append(device.add_output("mqtt", lambda beat: MqttOutput(
            config.pop("mqtt"), device.id, VERSION, hub, connect, log, beat)))
    if config["push"]["url"]:
        from .outputs.push.output import PushOutput
        made.append(device.add_output("push", lambda beat: PushOutput(
            config.pop("push"), device.id, hub, connect, log, beat)))
    if config["http"]["port"]:
        gc.collect()
        from .web.server import Sources, WebServer
        sources = Sources(hub, device.status, meter.captured, clock.base_min, board.has_room,
                          board.places, board.waiting)
        made += sources, device.add_output("http", lambda beat: WebServer(
            config["http"], sources, log, beat))
    return made


def _refuse_tls(device, config, board, folder, hub, log):
    """Put what says why into the place of each output that is encrypted."""
    from .device.tls_refused import REFUSED, Refused

    def refuse(beat):
        return Refused(folder, hub, log, board.reset, beat)

    log.warn(REFUSED)
    if config["mqtt"]["host"] and config["mqtt"]["tls"]:
        config["mqtt"]["host"] = ""
        device.add_output("mqtt", refuse)
    if config["push"]["url"].startswith("https:"):
        config["push"]["url"] = ""
        device.add_output("push", refuse)


def _free_constructors(others):
    """Free `__init__` of the classes that make no second object: 2 kB (docs/build.md).

    `others`: the objects of those classes that are imported only where they are needed.
    """
    for made in list(_MADE_ONCE) + [type(one) for one in others]:
        made.__init__ = None  # `del` would leave the function in the class's dict


def start(board: "Board", config: "dict[str, Any]", warnings: "Iterable[str]",
          tls: bool, refused: bool) -> "Coroutine":
    """Build everything on `board`; see build(). Returns the coroutine that runs it for ever.

    The caller must let go of this function, which holds the module: 2 kB of heap.
    """
    gc.threshold(_GC_THRESHOLD)
    device, singles = build(board, config, warnings, tls, refused)
    _free_constructors(singles)
    return device.main()
