"""The twin's MQTT broker: mosquitto, else amqtt, on this PC only."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from .children import end, spawn
from .ports import free_port, is_free

_MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
log_dest stdout
log_type error
log_type warning
"""
_AMQTT = """listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""
USUAL = 1883
_PATIENCE = 10  # s


class NoBroker(Exception):
    """No broker could be started; the text says why and what to do."""


class Broker:
    """A started broker: `host`, `port`, `name`."""

    def __init__(self, name: str, port: int, process: subprocess.Popen) -> None:
        self.host = "127.0.0.1"
        self.name = name
        self.port = port
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def dead(self) -> bool:
        """True if it has ended by itself."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it."""
        end(self._process)


def mosquitto() -> str | None:
    """Path of mosquitto, or None. Debian puts it where only root looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def start(folder: Path, port: int | None = None) -> Broker:
    """Start a Broker, its files in `folder`. Raises NoBroker.

    port None: 1883 where it is free, else any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or (USUAL if is_free(USUAL) else free_port())
    config = folder / "broker.conf"
    program = mosquitto()
    if program:
        name, text, command = "mosquitto", _MOSQUITTO, [program, "-c", str(config)]
    elif importlib.util.find_spec("amqtt"):
        name, text = "amqtt", _AMQTT
        command = [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(config)]
    else:
        raise NoBroker("No MQTT broker here: install mosquitto (apt install mosquitto), "
                       "or name one with --mqtt HOST:PORT.")
    if program and os.geteuid() == 0:
        # As root it would change to a user of its own, and with that the kernel forgets to end
        # it when we are killed. It listens on this PC only.
        text += "user root\n"
    config.write_text(text.format(port=port))
    log = folder / "broker.log"
    with open(log, "wb") as output:
        process = spawn(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return Broker(name, port, process)
        except OSError:
            time.sleep(0.05)
    end(process)
    raise NoBroker(f"{name} did not start; {log} tells why.")
