"""The running device as a whole: how it is, what it still lacks, what it says of itself."""

import json
import time

from .. import BUILD, VERSION


class Uptime:
    """Whole seconds since the start. Call it at least once in six days: ticks_ms wraps at 12."""

    def __init__(self):
        self._last = time.ticks_ms()
        self._ms = 0
        self._s = 0

    def __call__(self):
        """Seconds, an int that never wraps."""
        now = time.ticks_ms()
        self._ms += time.ticks_diff(now, self._last)
        self._last = now
        self._s += self._ms // 1000
        self._ms %= 1000
        return self._s


class System:
    """What app.py put together; `status` and `announce` speak for it."""

    def __init__(self, board, hub, supervisor, uptime, log):
        self.board = board
        self.hub = hub
        self.supervisor = supervisor
        self.log = log
        self._uptime = uptime
        self.id = ""
        self.http = None  # the section of the configuration
        self.uses_tls = False
        self.meter = None
        self.wifi = None
        self.outputs = {}
        self._warnings = []

    def warn(self, text):
        """Something the owner should know for as long as it is so: on `/status.json`."""
        self._warnings.append(text)
        self.log(text)

    def missing(self):
        """What the light has to complain about: "network", "meter" or nothing."""
        if self.wifi and not self.board.address():
            return "network"
        return "" if self.hub.diagnosis.state == "ok" else "meter"

    def needs_clock(self):
        """TLS checks dates, and a meter without a clock leaves its readings undated."""
        if not self.board.address():
            return False
        if self.uses_tls:
            return True
        return self.hub.reading is not None and self.hub.state.wall_clock() is None

    def announce(self, address):
        """The line that `make flash` and the twin's console wait for; keep its form."""
        port = self.http["port"]
        if port:
            print("microhan page http://%s%s/" % (address, "" if port == 80 else ":%d" % port))

    def status(self):
        """The text of `/status.json`."""
        meter = self.meter.status()
        return json.dumps({
            "id": self.id, "version": VERSION, "build": BUILD, "uptime_s": self._uptime(),
            "meter": meter,
            "outputs": {name: self.outputs[name].status() for name in self.outputs},
            "memory": self.board.memory(),
            "wifi": {"rssi": self.wifi.rssi() if self.wifi else None},
            "resets": {"cause": self.board.reset_cause(), "tasks": self.supervisor.status()},
            "warnings": self._warnings + meter.pop("warnings", [])})

    async def main(self):
        """Run for ever. The lines printed are what `make flash` and the twin wait for."""
        print("microhan %s id %s build %s" % (VERSION, self.id, BUILD))
        print("microhan password %s" % self.http["password"])
        print("microhan token %s" % self.http["token"])
        if not self.wifi and self.board.address():
            self.announce(self.board.address())
        self.log("started: " + self.board.reset_cause())
        await self.supervisor.run()
