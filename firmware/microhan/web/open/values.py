"""What all of these ways tell, as integers and exact decimals; never what is old.

ways.py and datagrams.py hand it to them: a file that leaves memory can be imported from by one
other at most.
"""

from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import I_VOLTAGE
from ...reading.net_power import STALE_S

if TYPE_CHECKING:
    from typing import Any

_CURRENT = const(3)  # behind the voltage of the same phase


class Values:
    """The State, as it is now.

    sources: its `hub` and `board` are looked at.

    problem: of answers.txt, where nothing may be told: nothing has come yet, or not for a minute.
    Whoever follows the meter's power, a battery above all, then stops by itself.
    """

    def __init__(self, sources: "Any"):
        hub = sources.hub
        self.board = sources.board
        self._state = hub.state
        self.problem = "503t" if not hub.reading else "503s" if self.age() > STALE_S else ""
        self.reading = hub.state.reading()
        self._old = hub.state.as_of()

    def age(self) -> int:
        """Seconds since the newest telegram."""
        return self._state.age()

    def now(self) -> int:
        """Seconds since the start."""
        return self._state.uptime_s()

    def power(self, phase: int = 0) -> "int | None":
        """As net_power() of `reading/net_power.py`."""
        from ...reading.net_power import net_power

        return net_power(self.reading, self._old, self._state.seen, phase)

    def voltage(self, phase: int) -> "str | None":
        """V, as sent, of phase 1 to 3."""
        return self.reading.text(I_VOLTAGE + phase - 1)

    def current(self, phase: int) -> "str | None":
        """A, as sent, of phase 1 to 3."""
        return self.reading.text(I_VOLTAGE + _CURRENT + phase - 1)

    def mac(self) -> str:
        """The device's MAC address, 12 hex digits."""
        return hexlify(self.board.unique_id()).decode()

    def written(self, members: "list[tuple[str, Any]]") -> bytes:
        """A JSON object of (key, text of its value); those without a value are left out."""
        return ("{" + ",".join(['"%s":%s' % one for one in members if one[1] is not None])
                + "}").encode()
