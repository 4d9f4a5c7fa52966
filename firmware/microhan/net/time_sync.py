"""The task that sets the clock: it loads net/ntp.py only once somebody needs the time."""

from .pause import BEAT_MS, pause


class TimeSync:
    """host: time server. names: net.names.Names. needed() tells whether anybody needs the time;
    set_clock(year, month, day, hour, minute, second) sets it, in UTC."""

    def __init__(self, host, names, needed, set_clock, log, beat):
        self._arguments = (host, names, needed, set_clock, log, beat)

    async def run(self) -> None:
        """Wait until the time is needed, then ask the time server for ever."""
        _, _, needed, _, _, beat = self._arguments
        while not needed():
            await pause(BEAT_MS, beat)
        from .ntp import Ntp

        await Ntp(*self._arguments).run()
