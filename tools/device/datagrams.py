"""Who asks the device by UDP while it is watched: a battery of Marstek, and who looks for names."""

import collections
import json
import socket
import threading
from typing import TYPE_CHECKING

from zeroconf import DNSIncoming, DNSOutgoing, DNSQuestion

from measure.limits import Row, at_least

from .emulator import MDNS, SHELLY

if TYPE_CHECKING:
    from .console import Clock
    from .emulator import Emulator

_EVERY_S = 1  # of the guest's time, each
_ANSWERED_S = 3  # so long is waited, and then asked again, as their programs do
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


def has_names(answer: bytes) -> bool:
    """Whether it names a service of each type."""
    found = {record.name for record in DNSIncoming(answer).answers() if record.type == _PTR}
    return found == {f"{kind}._tcp.local." for kind in _TYPES}


def has_power(answer: bytes) -> bool:
    """Whether it is a Shelly's power."""
    try:
        return isinstance(json.loads(answer)["result"]["total_act_power"], float)
    except (ValueError, KeyError, TypeError):
        return False


class Questions:
    """They are asked from start() to stop()."""

    def __init__(self, emulator: "Emulator", clock: "Clock") -> None:
        self.asked: collections.Counter[str] = collections.Counter()
        self.answered: collections.Counter[str] = collections.Counter()
        self._clock = clock
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, daemon=True,
                             args=(words, emulator.udp[port], question, is_right))
            for words, port, question, is_right in (
                ("mDNS", MDNS, _names(), has_names), ("a Shelly, UDP", SHELLY, _FRAME, has_power))]

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

    def rows(self) -> list[Row]:
        """Every question is answered, if not the first time."""
        return [at_least(f"{words}: answers", self.answered[words], count)
                for words, count in self.asked.items()]

    def _ask(self, words, port, question, is_right):
        while not self._stopped.wait(self._clock.real(_EVERY_S)):
            self.asked[words] += 1
            self.answered[words] += any(
                self._answers(port, question, is_right) for _ in range(_TRIES))

    def _answers(self, port, question, is_right):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(self._clock.real(_ANSWERED_S))
            sock.connect(("127.0.0.1", port))
            sock.send(question)
            try:
                return is_right(sock.recv(2048))
            except OSError:
                return False
