"""Readings, the meter's diagnosis and Home Assistant discovery to an MQTT broker.

One task turns a wheel: it sends what is due next (readings first), and else sleeps until
something happens or an answer is overdue. A broker that is dead, slow or silent therefore costs
nobody else anything, and what it may cost this output is in the numbers below.
"""

import asyncio
import random
import time

from micropython import const

from ...net.wait import Bell
from ...reading.derived import derived
from ..home_assistant.discovery import Discovery
from .client import MqttClient

_BEAT_MS = const(5000)  # the supervisor wants a sign of life every 10 s
_FIND_MS = const(8000)  # for finding the broker's address; below that beat
_MIN_PAUSE_MS = const(1000)
_MAX_PAUSE_MS = const(60_000)  # a broker back from an update is found within a minute
_STABLE_MS = const(60_000)  # a session this long ends the back-off; two clients that push
# each other out under one id would otherwise reconnect every second for ever


class MqttOutput:
    """The MQTT way out.

    config: the section "mqtt". connect(host, port, tls, deadline_ms) -> Link: net.link.connector.
    wake-ups come from the hub; `beat()` is called at least every 10 s.
    """

    QUEUE = 8  # readings kept while the broker is away: 8 x 2 kB; the oldest goes, and is counted

    def __init__(self, config, device_id, version, hub, connect, log, beat=None):
        self._config = config
        self._hub = hub
        self._connect = connect
        self._log = log
        self._beat = beat or (lambda: None)
        self._base = "microhan/" + device_id
        self._bell = Bell()
        self._port = config["port"] or (8883 if config["tls"] else 1883)
        self._tls = None
        if config["tls"]:
            from ...net.tls import TlsSettings

            self._tls = TlsSettings("mqtt", config["ca"], config["tls_insecure"], config["host"])
            config["ca"] = ""  # it is long, and not needed again
        self._client = MqttClient(config["keepalive"], self._bell.ring, self._on_message)
        self._login = ("microhan-" + device_id, config["user"], config["password"],
                       config["keepalive"], self._base + "/status")
        self._discovery = None
        if config["discovery"]:
            self._discovery = Discovery(config["discovery_prefix"], device_id, version, hub)
        self._follower = None
        self._open = None  # the Reading sent and not yet acknowledged
        self._meter_due = False
        self._state = "connecting" if config["host"] else "off"
        self._error = ""
        self._sent = 0  # acknowledged readings
        self._pause_ms = _MIN_PAUSE_MS

    def status(self):
        """For /status.json. `error` says in words why `state` is "error"."""
        follower = self._follower
        out = {
            "state": self._state,
            "error": self._error,
            "queued": (follower.queued if follower else 0) + (1 if self._open else 0),
            "dropped": follower.dropped if follower else 0,
            "sent": self._sent,
            "skipped": self._client.skipped,
        }
        if self._tls and self._tls.insecure:
            out["warning"] = "mqtt.tls_insecure is on: the broker's certificate is not checked"
        return out

    async def run(self):
        """Keep a connection up for ever; every failure is an entry in `status`, no exception."""
        while not self._config["host"]:
            self._beat()
            await asyncio.sleep_ms(_BEAT_MS)
        if self._follower is None:
            self._follower = self._hub.follow(self.QUEUE, self._bell.ring)
        while True:
            begun = time.ticks_ms()
            try:
                await self._session()
            except OSError as error:
                self._failed(error)
            if time.ticks_diff(time.ticks_ms(), begun) > _STABLE_MS:
                self._pause_ms = _MIN_PAUSE_MS
            await self._pause()

    def _failed(self, error):
        text = "%s" % (error.args[0] if error.args else error)
        if text != self._error:
            self._log("mqtt: " + text)
        self._error = text
        self._state = "error"

    async def _pause(self):
        """Wait half to all of the back-off: a house full of devices shall not knock at once."""
        half = self._pause_ms // 2
        left = half + (half * random.getrandbits(10) >> 10)
        self._pause_ms = min(2 * self._pause_ms, _MAX_PAUSE_MS)
        while left > 0:
            self._beat()
            await asyncio.sleep_ms(min(left, _BEAT_MS))
            left -= _BEAT_MS

    async def _session(self):
        """One connection, from finding the broker to its end, which is an OSError."""
        client = self._client
        reader = None
        self._beat()
        link = await self._connect(self._config["host"], self._port, self._tls, _FIND_MS)
        try:
            self._beat()
            await self._begin(link)
            self._beat()
            reader = asyncio.create_task(client.read_loop())
            await self._keep(self._base + "/status", "online")
            self._log("mqtt: connected to " + link.peer)
            self._state = "ok"
            self._error = ""
            self._meter_due = self._hub.diagnosis is not None
            if self._discovery:
                self._discovery.again()
            await self._turn(client)
        finally:
            if reader:
                reader.cancel()
            link.close()

    def _begin(self, link):
        """The coroutine that begins a session."""
        from .connect import connect  # 3 kB that are needed once a connection

        topic = self._discovery.birth_topic if self._discovery else None
        return connect(self._client, link, self._login, topic)

    async def _turn(self, client):
        """Send what is due, most urgent first, until the connection fails."""
        while True:
            self._beat()
            client.check()
            if not client.waiting and self._settle(client):
                await self._send_reading(client)
            elif self._follower.diagnosis_changed() or self._meter_due:
                self._meter_due = False
                await self._keep(self._base + "/meter", self._hub.diagnosis.json())
            elif client.ping_left() <= 0:
                await client.ping()
            elif not await self._announce():
                await self._bell.wait(min(client.ms_left(), _BEAT_MS))

    def _settle(self, client):
        """Close the book on an acknowledged reading; True if there is one to send."""
        if self._open and not client.in_flight:
            self._open = None
            self._sent += 1
        if self._open is None:
            self._open = self._follower.get()
        return self._open is not None

    async def _send_reading(self, client):
        reading = self._open
        more = '"seq":%d,' % reading.seq + derived(reading, self._hub.state.seen)
        packet = client.packet(self._base + "/reading", 1152, qos=1)
        reading.write(packet.put, more.encode())
        await client.send(packet)

    async def _keep(self, topic, text):
        """Publish a text that the broker keeps."""
        packet = self._client.packet(topic, len(text), retain=True)
        packet.put(text.encode())
        await self._client.send(packet)

    async def _announce(self):
        """Send one discovery message if one is due; the loop then looks for readings again."""
        message = self._discovery.next() if self._discovery else None
        if message is None:
            return False
        await self._keep(*message)
        await asyncio.sleep_ms(0)
        return True

    def _on_message(self, topic, payload):
        """Home Assistant's birth message: it has just started and asks who is there."""
        if self._discovery and payload == b"online":
            self._discovery.again()
            self._bell.ring()
