"""Readings, the meter's diagnosis and Home Assistant discovery to an MQTT broker.

One task sends what is due next, Readings first, and otherwise sleeps until something happens or
an answer is overdue. A broker that is dead, slow or silent therefore costs nobody else anything,
and the numbers below limit what it costs this output. home_assistant/entities.py writes the
discovery messages, client.py and connect.py speak MQTT; ../base.py has what all outputs share.
"""

import asyncio
import random
import time
from typing import TYPE_CHECKING

from micropython import const

from ...net.pause import BEAT_MS, pause
from ...reading.derived import derived
from ..base import NO_MEMORY, Output
from ..home_assistant.discovery import Discovery
from .client import MqttClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FIND_MS = const(8000)  # for finding the broker's address; the supervisor allows 60 s
_MIN_PAUSE_MS = const(1000)
_MAX_PAUSE_MS = const(60_000)  # a broker back from an update is found within a minute
# A session of this length ends the back-off. Two clients with one id push each other out, and
# would otherwise reconnect every second for ever.
_STABLE_MS = const(60_000)
_SHORT_MS = const(200)  # until memory is looked for again
_HOUR_S = const(3600)
_READING_SIZE = const(1152)  # room that is nearly always enough for a Reading's JSON


class MqttOutput(Output):
    """Readings to an MQTT broker. config: the section "mqtt"; only what is needed is kept.
    about(): what Home Assistant is told of the device (home_assistant/discovery.py)."""

    NAME = "mqtt"

    def __init__(self, config: dict, device_id: str, version: str, hub: "Any",
                 about: "Callable", connect: "Callable", log: "Callable[[str], None]",
                 beat: "Callable[[], None] | None" = None):
        super().__init__(hub, connect, log, beat)
        self._host = config["host"]
        self._port = config["port"] or (8883 if config["tls"] else 1883)
        if config["tls"]:
            from ...net.tls import TlsSettings

            self._tls = TlsSettings("mqtt", config["ca"], config["tls_insecure"], self._host)
        self._base = "microhan/" + device_id
        self._client = MqttClient(config["keepalive"], self._event.set, self._on_message)
        self._login = ("microhan-" + device_id, config["user"], config["password"],
                       config["keepalive"], self._base + "/status")
        self._discovery: Discovery | None = None
        if config["discovery"]:
            self._discovery = Discovery(config["discovery_prefix"], device_id, version, hub,
                                        about)
        # The Reading, or the hour, that was sent and has no PUBACK yet.
        self._unacknowledged: Any = None
        self.has_room: Any = None  # (bytes of heap) -> whether they are there
        self.ledger: Any = None  # ledger.Ledger, which knows what each hour took
        self.update: Any = None  # what there is to say of a new version: update/incoming.py
        self.chargers: Any = None  # chargers.Chargers, where there are some
        self._hour: Any = None  # the next one to arrive: when it begins, and its JSON
        self._hours_since = 0  # what begins then, or later, has not arrived
        self._hours_at = 0  # ledger.last when all had arrived: at first before one was over
        self._diagnosis_due = False
        self._pause_ms = _MIN_PAUSE_MS
        if self._host:
            self._state = "connecting"
            self._follower = hub.follow(self.QUEUE, self._event.set, self.keep)

    def status(self) -> dict:
        """For /status.json; what waits for its PUBACK is among the queued."""
        out = super().status()
        out["skipped"] = self._client.skipped
        return out

    async def run(self) -> None:
        """Keep a connection up for ever. A failure never raises: it is shown in status()."""
        while not self._host:
            await pause(BEAT_MS, self._beat)
        while True:
            began = time.ticks_ms()
            try:
                await self._session()
            except OSError as error:
                self._report(error)
            except MemoryError:
                self._report(OSError(NO_MEMORY))
            if time.ticks_diff(time.ticks_ms(), began) > _STABLE_MS:
                self._pause_ms = _MIN_PAUSE_MS
            await self._pause()

    async def _pause(self):
        """Wait half to all of the back-off, so that many devices do not return at once."""
        half = self._pause_ms // 2
        self._pause_ms = min(2 * self._pause_ms, _MAX_PAUSE_MS)
        await pause(half + (half * random.getrandbits(10) >> 10), self._beat)

    async def _session(self):
        """One connection, from finding the broker to its end, which is an OSError."""
        client = self._client
        reader = None
        self._beat()
        link = await self._connect(self._host, self._port, self._tls, _FIND_MS)
        try:
            self._beat()
            await self._log_in(link)
            self._beat()
            reader = asyncio.create_task(client.read_loop())
            await self._publish_retained(self._base + "/status", "online")
            self._log("mqtt: connected to " + link.peer)
            self._report()
            self._diagnosis_due = self._hub.diagnosis is not None
            if self._discovery:
                self._discovery.restart()
            await self._send_loop(client)
        finally:
            if reader:
                reader.cancel()
            link.close()
            if self._kept:
                self._kept.restart(False)

    def _log_in(self, link):
        """The coroutine that begins a session."""
        # Imported here, not in _session(): that one's frame lasts as long as the connection, and
        # would keep connect.py in memory (docs/build.md).
        from .connect import connect

        topic = self._discovery.birth_topic if self._discovery else None
        return connect(self._client, link, self._login, topic)

    async def _send_loop(self, client):
        """Send what is due, most urgent first, until the connection fails."""
        while True:
            self._beat()
            client.check()
            self._check(client)
            if self._follower.queued and not client.waiting:
                await self._send_reading(client)
            elif self._follower.diagnosis_changed() or self._diagnosis_due:
                self._diagnosis_due = False
                await self._publish_retained(self._base + "/meter", self._hub.diagnosis.json())
            elif client.ping_left() <= 0:
                await client.ping()
            elif self.chargers and await self.chargers.send(client):
                pass
            elif await self._send_hour(client):
                pass
            elif not await self._send_discovery() and not await self.drain(client):
                most = self.chargers.ms_left() if self.chargers else BEAT_MS
                await self._event.wait(min(client.ms_left(), most))

    async def _send_reading(self, client):
        try:
            packet = self._packet("reading", self._follower.first())
        except MemoryError:  # an answer has it: the Reading stays where it is, the connection too
            self._unacknowledged = None
            await asyncio.sleep_ms(_SHORT_MS)
        else:
            await client.send(packet)

    def _check(self, client):
        """Let go of a Reading, or an hour, whose PUBACK has come."""
        reading = self._unacknowledged
        if reading and not client.in_flight:
            self._unacknowledged = None
            if reading is self._hour:
                self._hours_since = reading[0] + _HOUR_S
                self._hour = None
                return
            self._sent += 1
            if self._follower.first() is reading:
                self._follower.get()

    async def drain(self, client: MqttClient) -> bool:
        """Send one Reading of the backlog. False if none is to be sent now."""
        reading = None if client.waiting else self.take()
        if not reading:
            return False
        try:
            packet = self._packet("backlog", reading)
        except MemoryError:
            self._unacknowledged = None
            self._kept.give_up()
            return True
        await client.send(packet)
        return True

    async def _send_hour(self, client):
        """Send the next hour. False if none is to be sent now."""
        ledger = self.ledger
        if not ledger or client.waiting or ledger.last == self._hours_at:
            return False
        try:
            self._hour = self._hour or ledger.hours(self._hours_since)
        except MemoryError:
            return False  # it is tried again
        if not self._hour:
            self._hours_at = ledger.last
            return False
        await client.send(self._packet("ledger", self._hour))
        return True

    def _packet(self, topic, reading):
        """A Reading, or an hour, as a message of QoS 1."""
        client = self._client
        if reading is not self._unacknowledged:
            client.in_flight = 0  # after a broken link it may be the id of something else
            self._unacknowledged = reading
        if reading is self._hour:
            packet = client.packet(self._base + "/" + topic, len(reading[1]), retain=True, qos=1)
            packet.put(reading[1])
            return packet
        first_members = reading.identity() + derived(reading, self._hub.state.seen)
        packet = client.packet(self._base + "/" + topic, _READING_SIZE, qos=1)
        reading.write(packet.put, first_members.encode())
        return packet

    async def _publish_retained(self, topic, text):
        packet = self._client.packet(topic, len(text), retain=True)
        packet.put(text.encode())
        await self._client.send(packet)

    async def _send_discovery(self):
        """Send one discovery message if one is due; the loop then looks for Readings again."""
        try:
            message = (self._discovery.next(self.update, self.has_room)
                       if self._discovery else None)
        except MemoryError:
            self._discovery.restart()  # one may be lost
            message = None
        if message is None:
            return False
        await self._publish_retained(*message)
        await asyncio.sleep_ms(0)
        return True

    def _on_message(self, topic, payload):
        """Home Assistant's birth message: it has just started and wants all entities again."""
        if self._discovery and payload == b"online":
            self._discovery.restart()
            self._event.set()
