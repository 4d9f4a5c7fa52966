"""The composition root: the one place that knows every part and hands them to each other."""

import asyncio
import gc
import json
import time
from binascii import hexlify

from micropython import const

from . import VERSION, config as schema
from .hub import Hub
from .meter import Meter
from .net import link
from .net.names import Names
from .outputs.mqtt import MqttOutput
from .outputs.push import PushOutput
from .store.sequence import Sequence
from .store.settings import Settings
from .system.light import Light
from .system.log import Log
from .system.supervisor import Supervisor
from .web.server import WebServer

_WATCHDOG_MS = const(60000)  # twice the worst legitimate pause; see system/supervisor.py
# Collect this often even where memory is plenty: otherwise the heap is grown out of what Wi-Fi and
# TLS need (micropython #3840).
_GC_THRESHOLD = const(8192)


class Uptime:
    """Whole seconds since the start. Call it at least once in six days: ticks_ms wraps at 12."""

    def __init__(self):
        self._last = time.ticks_ms()
        self._ms = 0
        self._s = 0

    def __call__(self):
        """Seconds, an int that never wraps."""
        now = time.ticks_ms()
        self._ms += time.ticks_diff(now, self._last)
        self._last = now
        self._s += self._ms // 1000
        self._ms %= 1000
        return self._s


class App:
    """The firmware on `board` (board/esp32.py, or the twin's)."""

    def __init__(self, board):
        self.board = board
        self.id = hexlify(board.unique_id()[-3:]).decode()
        self.uptime_s = Uptime()
        self.log = Log(self.uptime_s)
        self.warnings = []
        self.config = self._configure()
        board.configure(self.config["pins"])
        numbers = Sequence(board.root + "/data/sequence")
        self.hub = Hub(self.uptime_s, numbers.next)
        self.supervisor = Supervisor(board.watchdog(_WATCHDOG_MS), self.log)
        self.outputs = {}
        self.wifi = None
        self.clock = None
        self._add_meter()
        self._add_network()
        self._add_outputs()

    def _configure(self):
        settings = Settings(self.board.root + "/data/config.json")
        config, problem = settings.load()
        if problem:
            self.warnings.append(problem)
            self.log(problem)
        elif schema.make_secrets(config, self.board.random):
            settings.save(config)
        if problem:
            # what stands in for an unreadable file must not open the door with empty secrets
            schema.make_secrets(config, self.board.random)
        for section in ("mqtt", "push"):
            if config[section]["tls_insecure"]:
                self.warnings.append("%s.tls_insecure is on: nobody checks whom we talk to" % section)
        if config["meter"]["crc"] == "off":
            self.warnings.append("meter.crc is off: damaged telegrams are not refused")
        return config

    def _add_meter(self):
        meter = self.config["meter"]
        board = self.board
        uart = board.uart(meter["baud"], meter["bits"], meter["parity"], 1, meter["invert"] == "on")
        self.meter = self.supervisor.add("meter", lambda beat: Meter(
            meter, uart, self.hub, board.poll_ms, self.log, beat))
        self.supervisor.add("light", lambda beat: Light(
            board.led, self.hub, self._missing, beat))

    def _missing(self):
        """What the light has to complain about."""
        if self.wifi and not self.board.address():
            return "network"
        return "" if self.hub.diagnosis.state == "ok" else "meter"

    def _add_network(self):
        board = self.board
        self.names = Names(board.dns_servers)
        wlan = board.wlan()
        wifi = self.config["wifi"]
        if not wlan:
            self._announce(board.address())  # the twin: its PC is on the network already
        elif wifi["ssid"]:
            from .net.wifi import Wifi
            hostname = wifi["hostname"] or "microhan-" + self.id
            board.set_hostname(hostname)
            self.wifi = self.supervisor.add("wifi", lambda beat: Wifi(
                wifi, wlan, hostname, self.log, beat, self._announce))
        else:
            self.warnings.append("wifi.ssid is empty: no network")
            self.log("no Wi-Fi network is configured: set wifi.ssid in /data/config.json")
        if wifi["ntp"]:
            from .net.ntp import Ntp
            self.clock = self.supervisor.add("clock", lambda beat: Ntp(
                wifi["ntp"], self.names, self._needs_clock, board.set_clock, self.log, beat))

    def _needs_clock(self):
        """TLS checks dates, and a meter without a clock leaves its readings undated."""
        if not self.board.address():
            return False
        if self.config["mqtt"]["host"] and self.config["mqtt"]["tls"]:
            return True
        if self.config["push"]["url"].startswith("https:"):
            return True
        return self.hub.reading is not None and self.hub.state.wall_clock() is None

    async def _connect(self, host, port, tls, deadline_ms):
        return await link.connect(self.names, host, port, tls, deadline_ms)

    def _add_outputs(self):
        config = self.config
        if config["mqtt"]["host"]:
            self.outputs["mqtt"] = self.supervisor.add("mqtt", lambda beat: MqttOutput(
                config["mqtt"], self.id, VERSION, self.hub, self._connect, self.log, beat))
        if config["push"]["url"]:
            self.outputs["push"] = self.supervisor.add("push", lambda beat: PushOutput(
                config["push"], self.id, self.hub, self._connect, self.log, beat))
        if config["http"]["port"]:
            self.outputs["http"] = self.supervisor.add("http", lambda beat: WebServer(
                config["http"], self.hub, self.status, self.log, beat))

    def _announce(self, address):
        """Lines that `make flash` and the twin's console wait for; keep their form."""
        if self.config["http"]["port"]:
            port = self.config["http"]["port"]
            print("microhan page http://%s%s/" % (address, "" if port == 80 else ":%d" % port))

    def status(self):
        """The text of `/status.json`."""
        free, low = self.board.memory()
        return json.dumps({
            "id": self.id, "version": VERSION, "uptime_s": self.uptime_s(),
            "meter": self.meter.status(),
            "outputs": {name: self.outputs[name].status() for name in self.outputs},
            "memory": {"free": free, "low": low},
            "wifi": {"rssi": self.wifi.rssi() if self.wifi else None},
            "resets": {"cause": self.board.reset_cause(), "tasks": self.supervisor.status()},
            "warnings": self.warnings})

    async def main(self):
        """Run for ever."""
        print("microhan %s id %s" % (VERSION, self.id))
        print("microhan password %s" % self.config["http"]["password"])
        print("microhan token %s" % self.config["http"]["token"])
        self.log("started: " + self.board.reset_cause())
        await self.supervisor.run()


def run(board):
    """Build everything on `board` and run it; returns only by an exception."""
    gc.threshold(_GC_THRESHOLD)
    app = App(board)
    gc.collect()
    asyncio.run(app.main())
