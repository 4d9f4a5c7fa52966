"""The task that sets the device's clock. It loads net/ntp.py once somebody needs the time."""

from typing import TYPE_CHECKING

from .pause import BEAT_MS, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from .names import Names


class TimeSync:
    """host: a time server. needed() tells whether anybody needs the time; set_clock(year, month,
    day, hour, minute, second) sets it, in UTC."""

    def __init__(self, host: str, names: "Names", needed: "Callable[[], bool]",
                 set_clock: "Callable[..., None]", log: "Callable[[str], None]",
                 beat: "Callable[[], None]"):
        self.host = host
        self.names = names
        self.needed = needed
        self.set_clock = set_clock
        self.log = log
        self.beat = beat

    async def run(self) -> None:
        """Set the clock now and then, for ever."""
        while not self.needed():
            await pause(BEAT_MS, self.beat)
        from .ntp import keep_time

        await keep_time(self)
