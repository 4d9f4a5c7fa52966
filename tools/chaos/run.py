"""Plays the faults around a twin, and records what becomes of what its meter says."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from twin import broker, ports
from twin.listener import Listener
from twin.twin import Options, Twin

from . import plan
from .clients import Clients
from .line import Line
from .loop import Loop
from .names import NameServer, TimeServer
from .peer import WELL
from .plan import Kind
from .receiver import Receiver
from .record import MQTT, PUSH, Arrival, Fault, Record, Start
from .way import Way

_TICK = 0.05  # s
_LOOK = 4  # s between two looks at the device's own counts
_DRAINED = 300  # s that all may take to be delivered at the end
_CALM = 90  # s that a quiet time may take to come
_RESTARTS = 3  # tries at the owner's page
OUTPUTS = (MQTT, PUSH)
_NETWORK = ("chaos", "hemligt123", -52, 3, "")  # as twin.NETWORKS
_AWAY = "no_network"  # twin_radio.AWAY
_HOST = "127.0.0.2"  # the device, in its network


class Run:
    """One run in `folder`. `interval`: s between telegrams, whose clocks are a second apart.
    Seeds 2, 5, 8 … push lines for InfluxDB, all others JSON; with 3, 6, 9 … the meter has no
    clock."""

    def __init__(self, folder: Path, seed: int, interval: float,
                 say: Callable[[str], None] = lambda text: None, vm: str = "i386") -> None:
        self.record = record = Record()
        self._seed = seed
        self._say = say
        self._loop = loop = Loop()
        self._names = NameServer(loop, seed)
        self._way = Way(loop, seed + 1, lambda: record.broke(MQTT))
        self._target = Receiver(loop, seed + 2, lambda: record.broke(PUSH), record)
        self._broker = broker.start(folder / "broker", ports.free_port())
        self._way.to = self._broker.port
        self._line = Line(record, seed, plan.has_clock(seed))
        self._time: TimeServer | None = None
        if not plan.has_clock(seed):
            with contextlib.suppress(OSError):  # only root may; without it nobody answers
                self._time = TimeServer(loop, seed)
        data = folder / "flash" / "data"
        data.mkdir(parents=True)
        (data / "config.json").write_text(json.dumps(
            {"wifi": {"ssid": _NETWORK[0], "password": _NETWORK[1], "ntp": "time.chaos"},
             "mqtt": {"host": "broker.chaos", "port": self._way.port},
             "push": {"url": f"http://push.chaos:{self._target.port}/in",
                      "format": "influx" if seed % 3 == 2 else "json"}}))
        self.twin = self._line.twin = Twin(Options(
            flash=folder / "flash", http_port=0, interval=interval, speed=1 / interval, vm=vm,
            mqtt=None, seed=seed, radio=((_NETWORK,), 0),
            dns=(f"127.0.0.1:{self._names.port}",)))
        self.twin.faults = self._line
        self._deaths: dict[int, int] = {}
        self._lost: dict[int, int] = {}
        self._resets = 0
        self._is_asked = False  # for an orderly restart
        self._is_over = threading.Event()  # no further faults
        self._is_calm = False  # HTTP clients only
        self._busy: set[str] = set()  # lanes with a fault, or its recovery
        self._end = threading.Event()
        self._clients: Clients = None  # type: ignore[assignment]

    def play(self, seconds: float, quick: bool) -> Record:
        """Run for so long, and until all is delivered. Returns what was recorded."""
        try:
            self._begin()
            lanes = [self._lane(name, quick) for name in plan.LANES]
            until = time.monotonic() + seconds
            while lanes:
                if time.monotonic() > until:
                    self._is_over.set()
                self._tick(lanes)
            self._say("no more faults: what waits is delivered")
            self._settle()
        finally:
            self._stop()
        return self.record

    def _begin(self):
        self._listener = Listener(self._broker.port)
        self._listener.socket.settimeout(None)
        threading.Thread(target=self._listen, daemon=True).start()
        self.twin.start()
        self.record.begin = time.monotonic()
        self.record.starts.append(Start(self.record.begin))
        self.twin.client.host = _HOST
        self._clients = Clients(_HOST, self.twin.client.port, self.twin.token(),
                                self.twin.access["password"], self._seed)
        for _ in self._until(lambda: all(self.record.arrived[one] for one in OUTPUTS), 60):
            self._tick([])
        threading.Thread(target=self._watch, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            while True:
                topic, payload = self._listener.next()
                kind = topic.rpartition("/")[2]
                if kind in ("reading", "backlog"):
                    self.record.arrived[MQTT].append(Arrival(time.monotonic(), payload, kind))

    def _tick(self, lanes):
        """Look after the device, then take up each lane."""
        self._check()
        for one in list(lanes):
            try:
                next(one)
            except StopIteration:
                lanes.remove(one)
        time.sleep(_TICK)

    # ---- the device ---------------------------------------------------------------------------

    def _check(self):
        """Note that it restarted, or ended."""
        firmware = self.twin.firmware
        words = firmware.check()
        if words:
            self._say(words)
            self.record.unasked.append(words)
            self._ended("fault")
            firmware.start()
        elif firmware.resets != self._resets:
            self._resets = firmware.resets
            if not self._is_asked:
                self._say("the device restarted by itself")
                self.record.unasked.append("a restart")
            self._ended("restart" if self._is_asked else "fault")
            self._is_asked = False

    def _ended(self, cause):
        now = time.monotonic()
        self.record.starts[-1].end = now
        self.record.starts[-1].cause = cause
        self.record.starts.append(Start(now))

    def _cut(self):
        self._ended("cut")
        self.twin.firmware.restart()
        self.record.starts[-1].begin = time.monotonic()

    def _restart(self):
        """The owner changes a setting on the page, in a thread of its own."""
        self._is_asked = True
        for _ in range(_RESTARTS):
            if self._clients.restart():
                return
            time.sleep(3)
        self.record.unasked.append("the page did not restart the device when it was asked to")
        self._is_asked = False

    def _watch(self):
        """Keep what the device counts itself, for each of its starts."""
        while not self._end.wait(_LOOK):
            start = len(self.record.starts)
            status = self._status()
            if status and start == len(self.record.starts):
                self._deaths[start] = sum(status["resets"]["tasks"].values())
                self._lost[start] = status["outputs"][MQTT]["lost"]

    def _status(self):
        return self.twin.client.get("/status.json")[1]

    # ---- the faults ---------------------------------------------------------------------------

    def _until(self, holds: Callable[[], Any], patience: float) -> Iterator[None]:
        end = time.monotonic() + patience
        while not holds() and time.monotonic() < end:
            yield

    def _lane(self, name, quick):
        for kind, seconds, rest in plan.lane(name, self._seed, quick):
            yield from self._until(self._is_over.is_set, rest)
            yield from self._wait_for_calm(kind, quick)
            if self._is_over.is_set():
                return
            self._busy.add(name)
            now = time.monotonic()
            fault = Fault(kind.name, kind.of, now, float("inf"))
            self._say(f"{now - self.record.begin:6.0f} s  {kind.name}, {seconds:.0f} s")
            self.record.faults.append(fault)
            outputs = [one for one in OUTPUTS if one in kind.of] or OUTPUTS
            for one in outputs:
                self.record.broke(one)
            yield from self._fault(kind, seconds)
            fault.end = time.monotonic()
            for one in outputs:
                self.record.broke(one)
            yield from self._recover(kind, fault, outputs)
            self._busy.discard(name)
            self._is_calm = self._is_calm and kind not in plan.CLIENTS

    def _wait_for_calm(self, kind, quick):
        """HTTP clients have the device for themselves, in a quiet time: so that it shows whether
        the outputs notice them."""
        if quick:
            return
        if kind in plan.CLIENTS:
            self._is_calm = True
            yield from self._until(lambda: not self._busy or self._is_over.is_set(), _CALM)
        else:
            yield from self._until(lambda: not self._is_calm or self._is_over.is_set(), 2 * _CALM)

    def _fault(self, kind: Kind, seconds: float) -> Iterator[None]:
        """Begin it, wait, end it."""
        if kind.mode == plan.CUT:
            self._cut()
        elif kind.mode == plan.RESTART:
            count = len(self.record.starts)
            threading.Thread(target=self._restart, daemon=True).start()
            yield from self._until(lambda: len(self.record.starts) > count, 120)
        else:
            self._set(kind, kind.mode)
            yield from self._until(self._is_over.is_set, seconds)
            self._set(kind, WELL)

    def _set(self, kind, mode):
        if kind.where == "broker":
            self._way.set(mode)
        elif kind.where == "push target":
            self._target.set(mode)
        elif kind.where == "DNS":
            self._names.set(mode)
            if mode != WELL:  # or nobody would ask
                self._way.drop()
                self._target.drop()
        elif kind.where == "Wi-Fi":
            self._set_network(mode == WELL)
        elif kind.where == "time server":
            self._set_time(mode)
        elif kind.where == "HTTP clients":
            if mode == WELL:
                self._clients.end()
            else:
                self._clients.begin(mode)
        elif kind.mode == plan.SPEED:
            own = self.twin.port.meter
            self.twin.port.swap(own._replace(baud=115200 if mode == WELL else 9600))
        else:
            self._line.garbled = mode == plan.GARBLED
            self._line.pulled = mode == plan.PULLED

    def _set_network(self, is_there):
        """Nothing comes through any more, and the radio hears nobody."""
        file = self.twin.flash.root / _AWAY
        if is_there:
            file.unlink()
        else:
            file.touch()
        for peer in (self._way, self._target):
            peer.away(not is_there)
        for server in (self._names, self._time):
            if server:
                server.away = not is_there

    def _set_time(self, mode):
        if self._time:
            self._time.set(mode)
        if mode != WELL:
            self._cut()
            self.twin.firmware.lines.clear()

    def _recover(self, kind, fault, outputs):
        """Wait until all is well, or should be."""
        if "clients" in kind.of:
            threading.Thread(target=self._probe, args=(fault,), daemon=True).start()
            yield from self._until(lambda: fault.recovered, 3 * kind.limit)
            return
        if "clock" in kind.of:
            yield from self._until(self._is_clock_set, kind.limit if self._time else 0)
            fault.recovered = time.monotonic()
            return
        for one in outputs:
            yield from self._until(
                lambda: self.record.arrived[one][-1].at > fault.end, 1.5 * kind.limit)  # noqa: B023

    def _is_clock_set(self):
        return any("clock set from" in line for line in list(self.twin.firmware.lines))

    def _probe(self, fault):
        while not self._end.is_set():
            if self._clients.answers():
                fault.recovered = time.monotonic()
                return
            time.sleep(0.2)

    # ---- the end ------------------------------------------------------------------------------

    def _settle(self):
        """Wait until nothing waits; then the plug is pulled, and the last one delivered."""
        for count in ("kept", "queued"):
            self._line.pulled = count == "queued"
            self._looked = 0.0
            for _ in self._until(lambda: not self._waits(count), _DRAINED):  # noqa: B023
                self._tick([])
        time.sleep(1)
        status = self._status()
        self.record.left = {one: status["outputs"][one]["kept"] + status["outputs"][one]["queued"]
                            for one in OUTPUTS} if status else {"status": 1}

    def _waits(self, count):
        if time.monotonic() - self._looked < 1:
            return True
        self._looked = time.monotonic()
        status = self._status()
        return not status or any(status["outputs"][one][count] for one in OUTPUTS)

    def _stop(self):
        record = self.record
        record.end = time.monotonic()
        record.starts[-1].end = record.end
        self._end.set()
        if self._clients:
            self._clients.end()
        log = self.twin.log
        self.twin.stop()
        if log.exists():
            record.tracebacks = log.read_text(errors="replace").count("Traceback")
        record.deaths = sum(self._deaths.values())
        record.told_lost = sum(self._lost.values())
        self._broker.stop()
        self._listener.close()
        self._loop.close()
