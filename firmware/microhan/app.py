"""The composition root: the one place that knows every part and hands them to each other.

What is needed only while starting is a function here that runs once and is then forgotten: its
memory goes to what runs for years.
"""

import gc
import sys
from binascii import hexlify

from micropython import const

from . import VERSION
from .device.device import System, Uptime
from .device.light import Light
from .device.log import Log
from .device.supervisor import Supervisor
from .hub.hub import Hub
from .meter.meter import Meter
from .meter.uart_line import UartLine
from .net.link import connector
from .net.names import Names
from .net.time_sync import Clock
from .store.files import Folder
from .store.sequence import Sequence
from .telegram.clock import ClockRule

_WATCHDOG_MS = const(60000)  # twice the worst legitimate pause; see device/supervisor.py
# Collect this often even where memory is plenty: otherwise the heap is grown out of what Wi-Fi and
# TLS need (micropython #3840).
_GC_THRESHOLD = const(4096)


def build(board):
    """Every part on `board` (board/esp32.py, or the twin's), wired up. Returns the System."""
    uptime = Uptime()
    log = Log(uptime)
    numbers = Sequence(board.root + "/data/sequence")
    hub = Hub(uptime, numbers.next)
    supervisor = Supervisor(board.watchdog(_WATCHDOG_MS), log)
    system = System(board, hub, supervisor, uptime, log)
    system.id = hexlify(board.unique_id()[-3:]).decode()
    config, rule = _configure(board, system)
    system.http = config["http"]
    system.uses_tls = (config["mqtt"]["host"] != "" and config["mqtt"]["tls"]
                       or config["push"]["url"].startswith("https:"))
    board.configure(config["pins"])
    gc.collect()  # and again below: the less garbage, the less the heap grows while modules load
    _add_meter(system, board, config["meter"], rule)
    names = _add_network(system, board, config["wifi"])
    gc.collect()
    _add_outputs(system, config, connector(names))
    return system


def _configure(board, system):
    """(configuration, ClockRule), with what is to be warned of told to `system`."""
    # with the schema, which takes 5 kB and is needed once
    from .config.settings import Settings, make_secrets, offset_minutes

    settings = Settings(board.root + "/data/config.json")
    config, problem = settings.load()
    made = make_secrets(config, board.random)
    if problem:
        system.warn(problem)
    if made:
        settings.save(config)  # what the owner wrote stays on flash, right or wrong
    for section in ("mqtt", "push"):
        if config[section]["tls_insecure"]:
            system.warn("%s.tls_insecure is on: nobody checks whom we talk to" % section)
    meter = config["meter"]
    if meter["crc"] == "off":
        system.warn("meter.crc is off: damaged telegrams are not refused")
    rule = ClockRule(meter["clock"], offset_minutes(meter["utc_offset"]))
    return config, rule


def _add_meter(system, board, meter, rule):
    folder = Folder(board.root + "/data")
    system.hub.base_min = rule.base_min
    fixed = None
    if meter["baud"]:
        fixed = (meter["baud"], meter["bits"], meter["parity"], meter["invert"] == "on")
    # no function of this module may outlive the start: it would hold the whole module
    line = UartLine(board.uart, folder, fixed)
    system.meter = system.supervisor.add("meter", lambda beat: Meter(
        meter, rule, line, system.hub, board.poll_ms, system.log, beat, system.warn, folder))
    if {meter["voltage_unit"], meter["current_unit"], meter["power_unit"]} != {"unknown"}:
        from .meter.unit_keeper import owners_units
        system.meter.parser.units = owners_units(meter)
    system.supervisor.add("light", lambda beat: Light(
        board.led, system.hub, system.missing, beat))


def _add_network(system, board, wifi):
    """Wi-Fi and the clock, as far as they are wanted. Returns the Names."""
    names = Names(board.dns_servers)
    wlan = board.wlan()
    if not wlan:
        pass  # the twin: its PC is on the network already
    elif wifi["ssid"]:
        from .net.wifi import Wifi
        board.set_hostname(wifi["hostname"] or "microhan-" + system.id)
        system.wifi = system.supervisor.add("wifi", lambda beat: Wifi(
            wifi, wlan, system.log, beat, system.announce))
    else:
        system.warn("wifi.ssid is empty: no network. Set it in /data/config.json")
    if system.wifi and wifi["ntp"]:
        system.supervisor.add("clock", lambda beat: Clock(
            wifi["ntp"], names, system.needs_clock, board.set_clock, system.log, beat))
    return names


def _add_outputs(system, config, connect):
    """Each way out is imported only where it is switched on: memory is short."""
    add = system.supervisor.add
    if config["mqtt"]["host"]:
        from .outputs.mqtt.output import MqttOutput
        gc.collect()
        system.outputs["mqtt"] = add("mqtt", lambda beat: MqttOutput(
            config["mqtt"], system.id, VERSION, system.hub, connect, system.log, beat))
    if config["push"]["url"]:
        from .outputs.push.output import PushOutput
        system.outputs["push"] = add("push", lambda beat: PushOutput(
            config["push"], system.id, system.hub, connect, system.log, beat))
    if config["http"]["port"]:
        gc.collect()
        from .web.server import WebServer
        system.outputs["http"] = add("http", lambda beat: WebServer(
            config["http"], system.hub, system.status, system.log, beat))


def _forget_making(board, system):
    """Free `__init__` of the classes of which there is one object, made here and for good: 2 kB.

    `del` would leave the function in the class's table. A class that is made again later must not
    stand here: docs/build.md, host_tests/device/test_device.py.
    """
    once = [Clock, Folder, Hub, Light, Log, Meter, Names, Sequence, Supervisor, System, UartLine,
            Uptime]
    for one in [board, system.meter.parser] + list(system.outputs.values()):
        once.append(type(one))
    for made in once:
        made.__init__ = None


def start(board):
    """Build everything on `board`. Returns the coroutine that runs it for ever.

    Whoever calls it lets go of this function, and with it of the module: 2 kB of heap.
    """
    gc.threshold(_GC_THRESHOLD)
    system = build(board)
    _forget_making(board, system)
    del sys.modules["microhan"].app  # of sys.modules it is out: tools/build/layout.py
    return system.main()
