"""Who asks the device by UDP while it is watched: a battery of Marstek, who looks for services."""

import collections
import json
import socket
import threading
from typing import TYPE_CHECKING

from zeroconf import DNSOutgoing, DNSQuestion

from measure.limits import Row, at_least, told

from .emulator import MDNS, SHELLY

if TYPE_CHECKING:
    from .console import Clock
    from .emulator import Emulator

_EVERY_S = 1  # of the guest's time, each
_ANSWERED_S = 3  # so long is waited, and then asked again, as their programs do
_LOOK_S = 0.05  # of ours: the guest's time may leap, and then go slowly
_TRIES = 3
_FRAME = b'{"id":1,"method":"EM.GetStatus","params":{"id":0}}'
_TYPES = "_http", "_hwenergy", "_shelly"
_QUERY, _PTR, _IN = 0, 12, 1


def _names():
    """The question for all services that the device announces."""
    message = DNSOutgoing(_QUERY)
    for kind in _TYPES:
        message.add_question(DNSQuestion(f"{kind}._tcp.local.", _PTR, _IN))
    return message.packets()[0]


def _is_power(answer):
    try:
        return isinstance(json.loads(answer)["result"]["total_act_power"], float)
    except (ValueError, KeyError, TypeError):
        return False


class Questions:
    """They are asked from start() to stop().

    What the device answers to mDNS does not come back: it has sent to the group from that port,
    and from then on QEMU's network (libslirp, udp.c: so_faddr) takes the group for who asks. So
    what the device counts is taken.
    """

    def __init__(self, emulator: "Emulator", clock: "Clock") -> None:
        self.asked: collections.Counter[str] = collections.Counter()
        self.answered = 0
        self._udp = emulator.udp
        self._clock = clock
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True)
                         for work in (self._look_for_names, self._ask_for_power)]

    def start(self) -> None:
        """They begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """They end, after the answers that they wait for, if ever they began."""
        self._stopped.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def rows(self, outputs: dict) -> list[Row]:
        """Every battery's question is answered, if not the first time; those by mDNS are heard,
        and may find no memory. outputs: of /status.json."""
        if not self.asked:
            return []
        names = outputs.get("mdns", {})
        sent, dropped = names.get("sent", 0), names.get("dropped", 0)
        return [at_least("mDNS: messages sent, questions without an answer", sent + dropped,
                         self.asked["names"]),
                told("mDNS: questions without an answer", dropped),
                at_least("a Shelly, UDP: answers", self.answered, self.asked["power"])]

    def _look_for_names(self):
        question = _names()
        with self._socket(MDNS) as sock:
            while not self._stopped.wait(self._clock.real(_EVERY_S)):
                self.asked["names"] += 1
                sock.send(question)

    def _ask_for_power(self):
        while not self._stopped.wait(self._clock.real(_EVERY_S)):
            self.asked["power"] += 1
            self.answered += any(self._has_power() for _ in range(_TRIES))

    def _has_power(self):
        with self._socket(SHELLY) as sock:
            sock.send(_FRAME)
            end = self._clock.now() + _ANSWERED_S
            while self._clock.now() < end:
                try:
                    return _is_power(sock.recv(2048))
                except TimeoutError:
                    pass
                except OSError:
                    return False
        return False

    def _socket(self, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(_LOOK_S)
        sock.connect(("127.0.0.1", self._udp[port]))
        return sock
