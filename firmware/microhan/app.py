"""The composition root: the one place that knows every part and hands them to each other.

All of this is needed only at the start. Once it has run, nothing refers to this module any more,
and its memory goes to what runs for years.
"""

import gc
from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

from . import VERSION
from .device.button import Button
from .device.crashes import Crashes
from .device.device import Device, Uptime
from .device.ledger_task import LedgerTask, utc_now
from .device.light import Light
from .device.log import Log
from .device.supervisor import Supervisor
from .hub.hub import Hub
from .ledger.ledger import Ledger
from .meter.meter import Meter
from .meter.uart_line import UartLine
from .net.link import connector
from .net.names import Names
from .net.networks import networks_of
from .net.time_sync import TimeSync
from .outputs.base import Output
from .outputs.tester import Tester
from .store.backlog import Backlog, bit_of
from .store.files import Folder, read
from .store.ring import Rings, is_roomy
from .store.sequence import Sequence
from .telegram.clock import ClockRule
from .web.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from typing import Any

    from .board.esp32 import Board

_TEXT_BAUD = const(9600)  # a known line as fast as this has text
_CABLE_MS = const(15000)  # how long a start listens to the cable; then that is mpremote's
_WATCHDOG_MS = const(60000)  # twice the worst legitimate pause; see device/supervisor.py
# Collect this often even where memory is plenty: otherwise the heap is grown out of what Wi-Fi and
# TLS need (micropython #3840).
_GC_THRESHOLD = const(4096)
# Sockets for those who come: of ten in all, without the two that listen, one to turn away by HTTP
# and one for names or the time. Each output that is on takes one of them, and so does each further
# one that listens, or takes datagrams.
_PLACES = const(6)
# Classes of which there is one object, made below and for good: nobody needs their constructors
# any more. A class that is instantiated after the start must not stand here
# (host_tests/device/test_device.py).
_MADE_ONCE = (Backlog, Button, Crashes, Device, Folder, Hub, Ledger, LedgerTask, Light, Log, Meter,
              Names, Output, Owner, Rings, Sequence, Supervisor, Tester, TimeSync, UartLine,
              Uptime)


def build(board: "Board", config: "dict[str, Any]", warnings: "Iterable[str]",
          on_trial: list[str], reason: str, tls: str, is_new: bool) -> tuple[Device, list]:
    """Make every part on `board` (board/esp32.py, or the twin's) and connect them.

    config: all of it, utc_offset in minutes; warnings: what the owner should look at in it;
    on_trial: its sections that are; reason: of set-up mode (setup/switch.py), or ""; tls: "" if no
    way out is encrypted, else "on", or "page" or "lists": refused beside these; is_new: on trial.

    Returns the Device, and a list of the other objects whose classes have no second one.
    """
    log = Log(uptime := Uptime())
    hub = _hub(board, uptime)
    folder = Folder(board.root + "/data")
    crashes = Crashes(board, folder, log, uptime, hub.state.utc)
    supervisor = Supervisor(board.watchdog(_WATCHDOG_MS), log, crashes)
    for text in warnings:
        log.warn(text)
    clock = ClockRule(config["meter"]["clock"], config["meter"]["utc_offset"])
    gc.collect()  # and again below: the less garbage, the less the heap grows while modules load
    owner, codes = _owner(board, folder, config["http"], log)
    meter = _add_meter(board, config["meter"], clock, folder, hub, supervisor, log)
    wlan = board.wlan()  # None: the twin, whose PC is on the network already
    id_ = hexlify(board.unique_id()[-3:]).decode()
    hostname = config["wifi"]["hostname"] or "microhan-" + id_
    device = Device(id_, board, config["http"]["port"], hostname, hub, meter, supervisor, uptime,
                    log, wlan is not None, tls == "on" or config["update"]["url"] != "")
    _add_small(board, hub, device, supervisor, log, is_new)
    device.folder, device.crash, device.codes = folder, crashes, codes
    singles = [board, meter.parser, hub.state]
    gc.collect()
    if reason:
        from .setup.mode import add_set_up
        return device, singles + add_set_up(
            reason, folder, board, wlan, config, clock.base_min, hostname, device, hub, meter,
            supervisor, owner, log)
    names = _add_network(board, wlan, config["wifi"], hostname, device, supervisor, log, folder)
    _add_first_minutes(board, wlan, folder, on_trial, device, supervisor, log)
    gc.collect()
    if tls and tls != "on":
        _refuse_tls(tls, device, config, board, folder, hub, log)
    elif tls and board.tls_alone:
        _watch_lists(board, folder, meter, log)
    ledger = _add_ledger(board, folder, clock.base_min, config["meter"]["fuse"], hub, supervisor,
                         log)
    _add_port(board, config, hub, meter, device, supervisor, log)
    _before_outputs(board, tls)
    singles += _add_outputs(device, config, board, clock, owner, hub, meter, ledger,
                            connector(names, board.has_room, board.end_wait), log)
    return device, singles


def _add_small(board, hub, device, supervisor, log, is_new):
    """The light, the button, and what keeps a new copy or gives it up."""
    supervisor.add("light", lambda beat: Light(board.led, hub, device.missing, beat))
    device.button = supervisor.add("button", lambda beat: Button(
        board.is_pressed, device.ask_set_up, beat))
    if is_new:
        from .setup.update_watch import UpdateWatch
        watch = supervisor.add("update", lambda beat: UpdateWatch(
            board.root + "/app", device.is_connected, hub, device.restart, log, beat))
        watch.told = device.update


def _hub(board, uptime):
    sequence = Sequence(board.root + "/data/sequence", board.random)
    board.before_reset.append(sequence.save)
    return Hub(uptime, sequence.next, sequence.boot)


def _watch_lists(board, folder, meter, log):
    """Restart if the meter sends binary lists after all."""
    from .device.list_kind import BinaryWatch
    meter.parser.takes_frames = BinaryWatch(board, folder, log).take
    meter.parser.text()  # while there is room for it: binary lists are not read with TLS


def _owner(board, folder, http, log):
    """(The Owner, with what the configuration's file has for it; the ClaimCode of a device that
    nobody owns, otherwise None)."""
    owner = Owner(folder)
    if http["password"] or http["token"]:
        from .web.claiming import take_over
        take_over(owner, http, folder.path_of("config.json"), log)
    is_claimed = owner.is_claimed()
    owner.rest()
    if is_claimed:
        return owner, None
    from .setup.claim import ClaimCode
    return owner, ClaimCode(board.random)


def _add_meter(board, config, clock, folder, hub, supervisor, log):
    """The Meter on its line."""
    fixed = None
    invert = config["invert"] == "on"
    if config["baud"]:
        fixed = (config["baud"], config["bits"], config["parity"], invert)
    # Do not pass a closure defined here: it would keep this module's globals, and so all of
    # app.py, in memory. (Supervisor.add calls its lambda at once and forgets it.)
    line = UartLine(board.uart, folder, fixed, invert)
    meter = supervisor.add("meter", lambda beat: Meter(
        config, clock, line, hub, board.poll_ms, log, beat, log.warn, folder))
    if {config["voltage_unit"], config["current_unit"], config["power_unit"]} != {"unknown"}:
        from .meter.unit_keeper import owners_units
        meter.parser.units = owners_units(config)
    if not line.is_new:
        # What its telegrams need: now, while the heap is empty, since it stays.
        baud, bits, *_ = line.settings
        if baud >= _TEXT_BAUD or bits == 7:
            meter.parser.text()
        else:
            meter.parser.frames().load()
    return meter


def _add_network(board, wlan, config, hostname, device, supervisor, log, folder):
    """Wi-Fi and the clock, as far as they are wanted. Returns the Names."""
    names = Names(board.dns_servers)
    if wlan:
        from .net.wifi import Wifi
        if folder.read("healing"):
            from .net.healing import recall
            recall(device.healed, folder, log.warn)
        board.set_hostname(hostname)
        supervisor.add("wifi", lambda beat: Wifi(
            networks_of(config), wlan, log, beat, device.announce, board, folder, device.healed))
        Wifi.__init__ = None  # as _free_constructors() does
        if config["ntp"]:
            supervisor.add("clock", lambda beat: TimeSync(
                config["ntp"], names, device.needs_clock, board.set_clock, log, beat))
    return names


def _look_at_updates(board, device):
    """What there is to say of a version that came, is on trial, or came back."""
    folder = board.root + "/app"
    # Names of what is loaded stay in memory: not at each start.
    if read(folder + "/coming") or (read(folder + "/choice") or b"")[3:]:
        from .update.incoming import look

        look(folder, device.update)


def _add_first_minutes(board, wlan, folder, on_trial, device, supervisor, log):
    """What runs at first only: the cable, new settings on trial, the wait for a known network."""
    if not wlan and not on_trial:
        return
    from .setup.watch import Watch

    path = folder.path_of("config.json")
    lost = None
    if wlan:
        from .setup.cable import Cable
        from .setup.networks_in_application import InApplication

        network = InApplication(path, wlan, board.address, device.url, device.ask_set_up, log)
        supervisor.add("cable", lambda beat: Cable(
            board.console, network, board.name, device.id, _CABLE_MS, beat))
        if board.reset_cause() == "power on":
            lost = device.ask_set_up
    supervisor.add("watch", lambda beat: Watch(
        on_trial, path, device.is_connected, lost, board.reset, log, beat))


def _add_ledger(board, folder, base_min, fuse, hub, supervisor, log):
    """What records the registers, a Ledger."""
    rings = Rings(folder.path_of("ledger"), is_roomy(board.root + "/"))
    ledger = Ledger(rings, base_min, fuse, hub.state.utc, utc_now, log.warn)
    supervisor.add("ledger", lambda beat: LedgerTask(hub, ledger, log, beat))
    return ledger


def _add_port(board, config, hub, meter, device, supervisor, log):
    """What is known of pin 1 of the meter's port, and what feeds or restarts it, if that is on."""
    meter.port = board.port
    if config["feed"]["consent"] or config["feed"]["restart_after"]:
        from .meter.feed import Feed
        port = board.open(config["pins"], log.warn)
        device.feed = supervisor.add("feed", lambda beat: Feed(
            port, config["feed"], hub, log, beat))
        meter.port = device.feed.port


def _before_outputs(board, tls):
    """What they need not wait for, nor meet in memory later."""
    place = board.settle(tls == "on")
    if tls == "on":
        from .net.tls import hold

        hold(place)
    else:
        # What stays in memory (tools/build/layout.py, KEPT): now, while the heap is empty.
        from .ledger.civil import midnight  # noqa: F401
        from .ledger.closing import close  # noqa: F401


def _add_outputs(device, config, board, clock, owner, hub, meter, ledger, connect, log):
    """The ways out that are switched on, a list. Only these are imported: memory is short.

    Each gets its section of the configuration for its own: it holds a certificate's text, which
    then lasts no longer than the output needs it.
    """
    _look_at_updates(board, device)
    device.language = config["http"]["language"]
    made = []
    backlog = Backlog(device.folder.path_of("backlog"), [name for name, key in (
        ("mqtt", "host"), ("push", "url")) if config[name][key]], hub.state.uptime_s, log.warn)
    if config["mqtt"]["host"]:
        from .outputs.mqtt.output import MqttOutput
        gc.collect()
        goe, smartevse = config["mqtt"]["goe"], config["mqtt"]["smartevse"]
        made.append(device.add_output("mqtt", lambda beat: MqttOutput(
            config.pop("mqtt"), device.id, VERSION, hub, device.about, connect, log, beat)))
        made[-1].backlog, made[-1].bit = backlog, bit_of("mqtt")
        made[-1].ledger, made[-1].has_room = ledger, board.has_room
        made[-1].update = device.update
        if goe or smartevse:
            from .outputs.mqtt.chargers import Chargers
            made[-1].chargers = Chargers(goe, smartevse, hub)
        board.before_reset.append(made[-1].save)
    if config["push"]["url"]:
        from .outputs.push.output import PushOutput
        made.append(device.add_output("push", lambda beat: PushOutput(
            config.pop("push"), device.id, hub, connect, log, beat)))
        made[-1].backlog, made[-1].bit = backlog, bit_of("push")
        board.before_reset.append(made[-1].save)
    board.before_reset.append(backlog.flush)
    if config["webhook"]["url"]:
        from .outputs.webhook.output import WebhookOutput
        made.append(device.add_output("webhook", lambda beat: WebhookOutput(
            config.pop("webhook"), device.id, hub, connect, log, beat)))
    if config["open"]["announce"] and config["http"]["port"]:
        from .web.open.announced import announce
        made.append(announce(device, config, board, log))
    ports = _add_ports(device, config, board, clock, hub, _PLACES - len(made), log)
    if config["http"]["port"]:
        made += _add_web(device, config, board, clock, owner, hub, meter, ledger, connect, ports,
                         log)
    return made + [one for one in ports if one]


def _add_web(device, config, board, clock, owner, hub, meter, ledger, connect, ports, log):
    """The web server and what it answers from."""
    gc.collect()
    from .web.server import Sources, WebServer
    sources = Sources(hub, device.status, meter.captured, clock.base_min, board.has_room,
                      board.places, board.waiting, owner, device.id, device.hosts)
    sources.tls_alone, sources.is_plain = board.tls_alone, board.is_plain
    if config["update"]["url"] and not board.is_plain:
        sources.connect = connect
    sources.recent, sources.codes = log.recent, device.codes
    sources.rings = ledger.rings
    sources.language = config["http"]["language"]
    sources.fuse = config["meter"]["fuse"]
    sources.config_path = device.folder.path_of("config.json")
    sources.restart = device.restart
    if True in config["open"].values():
        sources.open, sources.board = config["open"], board
    sources.update = device.update
    sources.p1, sources.shared, *_ = ports
    sources.test = Tester(connect, device.id, hub).test
    server = device.add_output("http", lambda beat: WebServer(
        config["http"], sources, log, beat))
    if sources.shared:
        sources.shared.web = server.status
    return sources, server


def _add_ports(device, config, board, clock, hub, count, log):
    """What others come to besides HTTP, as far as it is switched on: raw P1, the Places of all,
    Modbus, and a Shelly's UDP; objects, or None."""
    section = config["open"]
    has_p1 = section["p1"] or section["ws"] and config["http"]["port"]
    datagrams = section["shelly_udp"]
    if not has_p1 and not section["modbus"] and not datagrams:
        return (None,) * 4
    from .outputs.port import Places
    sockets = ((section["p1"] != 0) + (section["modbus"] != 0)
               + (len(datagrams.split(",")) if datagrams else 0))
    places = Places(count - max(0, sockets - 1))
    p1 = modbus = udp = None
    if has_p1:
        from .outputs.p1.output import P1Output
        p1 = device.add_output("p1", lambda beat: P1Output(
            section, hub, clock.base_min, board.has_room, places, log, beat))
    if section["modbus"]:
        from .outputs.modbus.output import ModbusOutput
        modbus = device.add_output("modbus", lambda beat: ModbusOutput(
            section, int(device.id, 16), hub, board.has_room, places, log, beat))
    if datagrams:
        from .web.open.datagrams import Datagrams
        udp = device.add_output("shelly_udp", lambda beat: Datagrams(
            section, hub, board, log, beat))
    return p1, places, modbus, udp


def _refuse_tls(beside, device, config, board, folder, hub, log):
    """Put what says why into the place of each output that is encrypted."""
    from .config.fit import WITH_PAGE
    from .device.tls_refused import WITH_LISTS, Refused

    words = WITH_PAGE if beside == "page" else WITH_LISTS

    def refuse(beat):
        return Refused(words, folder, hub, log, board.reset, beat)

    log.warn(words)
    if config["mqtt"]["host"] and config["mqtt"]["tls"]:
        config["mqtt"]["host"] = ""
        device.add_output("mqtt", refuse)
    for section in ("push", "webhook"):
        if config[section]["url"].startswith("https:"):
            config[section]["url"] = ""
            device.add_output(section, refuse)


def _free_constructors(others):
    """Free `__init__` of the classes that make no second object: 2 kB (docs/build.md).

    `others`: the objects of those classes that are imported only where they are needed.
    """
    for made in list(_MADE_ONCE) + [type(one) for one in others]:
        made.__init__ = None  # `del` would leave the function in the class's dict


def start(board: "Board", config: "dict[str, Any]", warnings: "Iterable[str]",
          on_trial: list[str], reason: str, tls: str, is_new: bool) -> "Coroutine":
    """Build everything on `board`; see build(). Returns the coroutine that runs it for ever.

    The caller must let go of this function, which holds the module: 2 kB of heap.
    """
    gc.threshold(_GC_THRESHOLD)
    device, singles = build(board, config, warnings, on_trial, reason, tls, is_new)
    _free_constructors(singles)
    return device.main()
