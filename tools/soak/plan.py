"""What happens on a day of a soak: when broker and server are away, and when somebody looks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .browser import Browser
    from .servers import Broker, Peer, Receiver
    from .world import World

DAY = 86400
_HOUR = 3600
# (hour, how many hours, how): of each day. The server's overlap the broker's.
_BROKER = ((1, 2, "go"), (6, 0.4, "hush"), (9, 0.05, "go"), (9.1, 0.05, "go"), (9.2, 0.05, "go"),
           (15, 0.02, "hush"))
_SERVER = ((2, 1.5, "go"), (12, 0.5, "hush"), (15, 0.02, "go"))
# Once a week the broker is away for most of a day.
_LONG = (4, 17, "go")
_WEEK = 7
_VISITS = (7.5, 13, 20.2)  # the owner; in the first the broker has just come back
_BIRTH = 18  # Home Assistant starts anew


class Plan:
    """Days, one after the other, until `over`: then everybody is there."""

    def __init__(self, world: "World", broker: "Broker", receiver: "Receiver",
                 browser: "Browser") -> None:
        self.over = False
        self._world = world
        self._broker = broker
        self._receiver = receiver
        self._browser = browser
        self._days = 0
        self._day()

    def _day(self):
        begin = DAY * self._days
        self._days += 1
        broker = (_LONG,) if self._days % _WEEK == 0 else _BROKER
        for peer, absences in ((self._broker, broker), (self._receiver, _SERVER)):
            for hour, hours, how in absences:
                self._absence(peer, begin + hour * _HOUR, hours * _HOUR, how)
        for hour in _VISITS:
            self._at(begin + hour * _HOUR, self._browser.visit)
        self._at(begin + _BIRTH * _HOUR, self._broker.birth)
        for hour in range(24):
            self._at(begin + hour * _HOUR + 1, self._browser.look)
        self._world.at(begin + DAY, self._day)

    def _at(self, when, call):
        self._world.at(when, lambda: self.over or call())

    def _absence(self, peer: "Peer", when: float, seconds: float, how: str) -> None:
        self._at(when, peer.go if how == "go" else peer.hush)
        self._at(when + seconds, peer.come)

    def end(self) -> None:
        """From now on everybody is there."""
        self.over = True
        self._broker.come()
        self._receiver.come()
