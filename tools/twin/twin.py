"""The whole twin: meter, VM, broker. The launcher (tools/run.py) and the tests drive it.

    with Twin(Options(flash=folder, http_port=0)) as twin:
        twin.start()
        twin.wait_for_reading(20)
        status, reading = twin.client.get("/reading.json")

`http_port` 0 takes any free port here; the firmware itself is always given a real one.
"""

import collections
import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import meter_model
from build import setup_env
from meter_model.play import Faults, play, telegrams
from meter_model.ports import PortError

from . import broker as brokers
from . import ports
from . import runtime as runtimes
from .client import Client
from .firmware import Firmware
from .flash import Flash
from .line_port import LinePort
from .pin_1 import FILE, Answers, Pin1
from .serial_line import SerialLine

_RING = 4095  # bytes that wait for a slow reader: the dongle's rxbuf, less one for the kernel
# name, password, dBm, kind of protection, what goes wrong: what a simulated radio hears.
NETWORKS = (("hemma", "hemligt123", -52, 3, ""), ("hemma gäst", "", -60, 0, ""),
            ("grannen", "nagot annat", -71, 4, ""), ("full", "adresserna", -75, 3, "no address"),
            ("hemma WPA3", "hemligt123", -55, 6, "mute"))
RADIO = (NETWORKS, 4000)
_BOOT = 8  # s that the meter waits for the firmware at most


def _nothing(*_: object) -> None:
    """What is told to nobody."""


class Options(NamedTuple):
    """What `make run` can be told. `mqtt`: "HOST:PORT", "" starts a broker, None is no MQTT.
    `key`, `aad`: what the owner would set; None: the keys of the simulated meter.
    `fresh`: as out of the box: nothing kept from before, no owner.
    `start`: the meter's clock at the start, normal time; "": now. `faults`: as Faults.parse().
    `radio`: (the networks that a simulated radio hears, for how many ms it drops the phone when it
    joins one), as twin_radio.Radio takes them; the device then has a cable, too (twin.serial), and
    begins in set-up mode where it knows no network. None: the PC's own network.
    `dns`: the name servers, "ip" or "ip:port"; None: the PC's. `poll_ms`: how often the firmware
    looks at the meter's line, where a fleet must leave time for all; 0: as always. `pin_1`: what
    pin 1 of the meter's port is like, one of pin_1.KINDS; "": the board cannot see it.
    """

    meter: str = meter_model.DEFAULT
    interval: float = 10
    duration: float = 0
    http_port: int = 8080
    mqtt: str | None = ""
    token: str = ""
    fresh: bool = False
    id: str = ""
    flash: Path = Path(setup_env.BUILD) / "flash"
    vm: str | None = None
    replay: str = ""
    key: str | None = None
    aad: str | None = None
    seed: int = 1
    speed: float = 1
    start: str = ""
    faults: str = ""
    radio: tuple | None = None
    dns: tuple | None = None
    poll_ms: int = 0
    pin_1: str = ""


class TwinError(Exception):
    """The twin cannot start or go on; the text says why and what to do."""


class Twin:
    """One twin. `start()` it once; `stop()` ends everything it began."""

    # None until start().
    flash: Flash
    port: LinePort
    client: Client
    firmware: Firmware

    def __init__(self, options: Options, say: Callable[[str], None] = lambda line: None) -> None:
        self.options = options
        self.say = say
        self.log = Path(setup_env.BUILD) / "twin.log"
        if options.flash != Options().flash:
            self.log = options.flash / "twin.log"
        self.flash = self.port = self.client = self.firmware = None  # type: ignore[assignment]
        self.access: dict[str, str] = {}  # {"token", "password"}; {} if it has no owner
        self.broker: brokers.Broker | None = None
        self.serial: SerialLine | None = None
        self.sent = 0  # telegrams
        # time.monotonic() when the last byte of each telegram was out; the newest one's
        self.last_bytes: collections.deque[float] = collections.deque(maxlen=10_000)
        self.last_byte = 0.0
        self.first_byte = 0.0
        self.over = threading.Event()  # the meter has ended
        self.faults: Any = None  # meter_model.play.Faults, or what spoils as they do
        if options.faults:
            self.faults = Faults.parse(options.faults, options.seed)
        self.pin_1: Pin1 | None = None
        self.pulled = self.garbled = False  # the meter's plug is out; so is what it sends
        self._kept_at = 0.0
        self.meter = ""  # whose telegrams are sent, "" for a file's
        self._model = None  # meter_model.Meter that makes them
        # (dialect, Snapshot) of what was sent
        self.snapshots: collections.deque[tuple] = collections.deque(maxlen=1000)
        self._source = None  # bytes of telegrams
        self._stop = threading.Event()
        self._player: threading.Thread | None = None

    def __enter__(self) -> "Twin":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all of it. Raises TwinError and the parts' own errors, each with words."""
        options = self.options
        http_port = options.http_port or ports.free_port()
        if not ports.is_free(http_port, ""):
            raise TwinError(f"Port {http_port} is taken by another program (another twin?). "
                            "Give this one its own: --http-port N.")
        self.flash = Flash(options.flash)
        if options.fresh:
            self.flash.clear()
        line = self._replay() if options.replay else self._simulate(options.meter)
        runtime = runtimes.find(options.vm, self.say)
        if runtime.tree:
            self.flash.install(runtime.tree)
        self.say(runtime.words)
        mqtt = self._start_broker()
        self.access = {} if options.fresh else self.flash.access(options.token)
        self.flash.configure(self._configuration(http_port, mqtt))
        self.client = Client(http_port, self.access.get("token", ""))
        (self.flash.root / FILE).unlink(missing_ok=True)
        told: Callable[[bytes], None] = _nothing
        begins: Callable[[str], None] = _nothing
        if options.pin_1:
            self.pin_1 = Pin1(options.pin_1)
            answers = Answers(self.pin_1, self.flash.root)
            told, begins = answers.answer, answers.begin
        self.port = LinePort(line, _RING, told)
        radio = None
        if options.radio:
            radio = list(options.radio)
            self.serial = SerialLine()
        self.firmware = Firmware(runtime, self.flash, device_id(options.id, self.flash),
                                 self.port.slave_fd, self.log, radio, self.serial, options.dns,
                                 options.poll_ms, begins)
        self.firmware.start()
        self._player = threading.Thread(target=self._play, daemon=True)
        self._player.start()

    def _replay(self):
        """Send the file's bytes, on whatever line the firmware listens."""
        path = self.options.replay
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise TwinError(f"{path} cannot be read: {error.strerror}.") from error
        if not data:
            raise TwinError(f"{path} is empty.")
        self._source = iter(lambda: data, None)

    def _simulate(self, name):
        """Send what the meter of that name sends; returns its Line."""
        options = self.options
        dialect = meter_model.find(name)
        self.keep_registers()
        begin = meter_model.start_ms(options.start, dialect.habits.utc_offset)
        if self._model:
            begin = max(begin, self._model.ms)
        meter = meter_model.new_meter(dialect, options.seed, begin)
        kept = self.flash.registers().get(f"{name} {options.seed}") if self.flash else None
        if kept:
            with contextlib.suppress(KeyError, TypeError, ValueError):
                meter.resume(kept)
        self.meter, self._model = name, meter
        self._source = telegrams(dialect, meter, round(options.interval * options.speed * 1000),
                                 lambda snapshot: self.snapshots.append((dialect, snapshot)))
        return dialect.line

    def keep_registers(self) -> None:
        """On flash, for the next run: to whoever counts them, a meter's registers never fall."""
        if self._model and self.flash:
            self.flash.keep_registers(f"{self.meter} {self.options.seed}",
                                      self._model.registers())

    def swap(self, name: str, inverted: bool = False) -> None:
        """Hang another meter on the running line, perhaps one that idles low."""
        self.port.swap(self._simulate(name)._replace(inverted=inverted))

    def _telegrams(self):
        while True:
            data = next(self._source)
            if time.monotonic() - self._kept_at >= 1:
                self._kept_at = time.monotonic()
                self.keep_registers()
            faults = self.faults
            is_mute = self.pulled or self.pin_1 and not self.pin_1.sends()
            yield b"" if is_mute else faults.spoil(data) if faults else data

    def _start_broker(self):
        """(host, port) of the broker, ("", 0) for none."""
        if self.options.mqtt is None:
            return "", 0
        if self.options.mqtt:
            host, _, port = self.options.mqtt.rpartition(":")
            return host.strip("[]"), int(port)
        try:
            self.broker = brokers.start(self.log.parent / "broker")
        except brokers.NoBroker as error:
            self.say(str(error) + " Going on without MQTT.")
            return "", 0
        self.say(f"MQTT broker: {self.broker.name} on {self.broker.host}:{self.broker.port}")
        return self.broker.host, self.broker.port

    def _configuration(self, http_port, mqtt):
        changes: dict = {"http": {"port": http_port}}
        if self.access:
            changes["http"]["token"] = self.access["token"]
            if not self.flash.owner():
                changes["http"]["password"] = self.access["password"]
        if not self.options.radio:
            changes["mqtt"] = {"host": mqtt[0], "port": mqtt[1]}
        if self.broker and not self.options.radio:
            changes["mqtt"] |= {"tls": False, "user": "", "password": ""}
        changes["meter"] = self._meter_section()
        return changes

    def _meter_section(self):
        """What the owner of such a meter would set. The line finds itself."""
        options = self.options
        keys = {"key": options.key, "auth_key": options.aad}
        if options.replay:
            return {name: value for name, value in keys.items() if value is not None}
        dialect = meter_model.find(options.meter)
        own = dialect.secret
        for name, value in zip(keys, (own.key, own.auth) if own else ("", ""), strict=True):
            keys[name] = value if keys[name] is None else keys[name]
        hours, minutes = divmod(dialect.habits.utc_offset, 60)
        return {**keys, "baud": 0, "crc": "off" if dialect.crc == "none" else "on",
                "clock": "local" if dialect.habits.letter == "local" else "normal",
                "utc_offset": f"+{hours:02d}:{minutes:02d}"}

    def _play(self):
        """The meter's thread: waits until the firmware answers, then sends until the end."""
        until = time.monotonic() + _BOOT
        while time.monotonic() < until and not self._stop.wait(0.1):
            if self.client.get("/session.json")[0]:
                break
        self.first_byte = time.monotonic()
        try:
            play(self.port, self._telegrams(), self._stop.wait, self.options.interval,
                 self.options.duration, told=self._told)
        except PortError:
            pass  # stop() closes the port under us
        self.over.set()

    def _told(self, index):
        self.last_byte = time.monotonic()
        self.last_bytes.append(self.last_byte)
        self.sent = index + 1

    def token(self) -> str:
        """The token that opens the HTTP interface, "" if the device has no owner."""
        return self.client.token

    def log_name(self) -> str:
        """Where the firmware's words go, as a person types it."""
        return os.path.relpath(self.log)

    def check(self) -> None:
        """Restart what reset; raises TwinError if the firmware or the broker is gone."""
        words = self.firmware.check()
        if words:
            raise TwinError(f"{words} Its last words are in {self.log_name()}.")
        if self.broker and self.broker.dead():
            self.say(f"The MQTT broker ({self.broker.name}) has ended by itself.")
            self.broker = None

    def wait_for_reading(self, patience: float) -> dict[str, Any]:
        """The first /reading.json that has values, a dict; TwinError after `patience` s."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.check()
            status, reading = self.client.get("/reading.json")
            if status == 200 and reading:
                return reading
            time.sleep(0.1)
        raise TwinError(f"No reading within {patience} s; see {self.log}.")

    def stop(self) -> None:
        """End meter, VM and broker, in this order. May be called twice."""
        self._stop.set()
        if self._player:
            self._player.join(5)
        self.keep_registers()
        for end in [part.stop for part in (self.firmware, self.broker) if part] + [
                part.close for part in (self.port, self.flash, self.serial) if part]:
            end()
        self._player = self.broker = self.serial = None
        self.firmware = self.port = self.flash = None  # type: ignore[assignment]


def device_id(text: str | None, flash: Flash) -> str:
    """12 hex digits out of --id (6 or 12 digits) or out of the flash folder."""
    if not text:
        return flash.device_id()
    text = text.lower()
    if len(text) not in (6, 12) or not set(text) <= set("0123456789abcdef"):
        raise TwinError(f'--id "{text}" should be 6 or 12 hex digits, like 1a2b3c.')
    return text if len(text) == 12 else "020000" + text
