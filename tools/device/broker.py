"""The device's broker: mosquitto, plain or by TLS, which can go away and come back."""

import datetime
import ipaddress
import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from twin import broker as brokers
from twin import ports
from twin.children import end, spawn
from twin.listener import Listener

if TYPE_CHECKING:
    from .console import Clock

HOST = "10.0.2.2"  # this PC, as QEMU's user network shows it to its guest
_PATIENCE = 10  # s, to be connected to
# valid whatever a chip takes for the time
_FROM, _UNTIL = datetime.datetime(1999, 1, 1), datetime.datetime(2049, 1, 1)


class NoBroker(Exception):
    """No mosquitto; the text says what to do."""


class Arrived(NamedTuple):
    """A Reading at the broker: the guest's time, what was in it, and whether it came late, from
    the backlog."""

    at: float
    reading: dict
    late: bool = False


def program() -> str:
    """The path of mosquitto. Raises NoBroker."""
    found = brokers.mosquitto()
    if not found:
        raise NoBroker("mosquitto is missing: apt install mosquitto")
    return found


def certificates(folder: Path) -> str:
    """Write ca.pem, server.pem and server.key for HOST; returns the authority's PEM text."""
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
             for name in ("microhan device test", HOST)]
    alternatives = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName(HOST)])
    for which, (file, extension) in enumerate((
            ("ca", x509.BasicConstraints(True, None)), ("server", alternatives))):
        made = (x509.CertificateBuilder().subject_name(names[which]).issuer_name(names[0])
                .public_key(keys[which].public_key()).serial_number(which + 1)
                .not_valid_before(_FROM).not_valid_after(_UNTIL)
                .add_extension(extension, False).sign(keys[0], hashes.SHA256()))
        (folder / f"{file}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption()))
    return (folder / "ca.pem").read_text()


class Broker:
    """A mosquitto for one device. `port` is the device's; what arrives is in `arrived`."""

    def __init__(self, folder: Path, clock: "Clock", tls: bool = False) -> None:
        self.port = ports.free_port()
        self.ca = certificates(folder) if tls else ""
        self.arrived: list[Arrived] = []
        self.online: list[float] = []  # the guest's times at which a device came
        self._clock = clock
        self._folder = folder
        self._ours = ports.free_port()
        self._process: subprocess.Popen | None = None
        self._listener: Listener | None = None

    def _configuration(self):
        lines = ["per_listener_settings false", "allow_anonymous true", "persistence false",
                 f"log_dest file {self._folder / 'broker.log'}", "log_type all",
                 f"listener {self._ours} 127.0.0.1", f"listener {self.port} 127.0.0.1"]
        if self.ca:
            lines += [f"{key} {self._folder / name}" for key, name in (
                ("cafile", "ca.pem"), ("certfile", "server.pem"), ("keyfile", "server.key"))]
        if os.geteuid() == 0:
            lines.append("user root")  # else it becomes another user, who may not read our files
        return "\n".join([*lines, ""])

    def start(self) -> None:
        """It comes, or comes back."""
        file = Path(self._folder, "broker.conf")
        file.write_text(self._configuration())
        self._process = spawn([program(), "-c", str(file)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._listener = Listener(self._ours)
                break
            except OSError as error:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise NoBroker(f"mosquitto did not start: {self._folder}/broker.log tells "
                                   "why") from error
                time.sleep(0.05)
        self._listener.socket.settimeout(None)
        threading.Thread(target=self._listen, args=(self._listener,), daemon=True).start()

    def _listen(self, listener):
        try:
            while True:
                self.take(*listener.next())
        except (OSError, ValueError, IndexError):
            return  # the broker has gone

    def take(self, topic: str, payload: bytes) -> None:
        """A message has come."""
        if topic.endswith(("/reading", "/backlog")):
            at = self._clock.now()
            self.arrived.append(Arrived(at, json.loads(payload), topic.endswith("/backlog")))
            with open(self._folder / "readings.log", "a", encoding="utf-8") as log:
                log.write(f"[{at:8.2f}] {payload.decode()}\n")
        elif topic.endswith("/status") and payload == b"online":
            self.online.append(self._clock.now())

    def stop(self) -> None:
        """It goes away. May be called twice."""
        if self._process:
            end(self._process)
        self._process = None
