"""Months of telegrams through the whole application, as many as fit into the time.

    .venv/bin/python -m soak [--minutes 90] [--days 365] [--heap 108k]

Writes build/soak.json and build/soak.svg, and keeps the log in build/soak/ (docs/soak.md). Needs
the i386 MicroPython that vm.vm finds, and gcc.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import build
from build import setup_env
from measure import curves, limits
from twin import ports
from twin.flash import Flash
from vm import vm

from . import outcome
from .browser import Browser
from .line import Line
from .machine import FOLDER, Machine, Stopped
from .plan import DAY, Plan
from .servers import Broker, Receiver
from .tally import Tally
from .world import World

BUILD = Path(setup_env.BUILD)
_METER, _INTERVAL = "kamstrup-p1", 10
_START = "2027-01-01T00:00:00"
_HOUR = 3600
_LAST = DAY  # s in which the rest has to arrive
_QUIET = 90  # s after the last telegram


class Soak:
    """One run; `folder` holds the device's flash and its log."""

    def __init__(self, folder: Path, heap: str) -> None:
        shutil.rmtree(folder / "flash", ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.world = World()
        self.flash = Flash(folder / "flash")
        self.line = Line(self.world, _METER, _INTERVAL, _START)
        self.tallies = {"mqtt": Tally(self.line.sent), "push": Tally(self.line.sent)}
        self.broker = Broker(self.world, self.tallies["mqtt"])
        self.receiver = Receiver(self.world, self.tallies["push"])
        port, access = ports.free_port(), self.flash.access()
        self.browser = Browser(self.world, port, **access)
        self._configure(port, access)
        self.machine = Machine(self.world, self.flash, folder / "soak.log", heap)
        self.plan = Plan(self.world, self.broker, self.receiver, self.browser)
        self.samples: list[outcome.Sample] = []
        self.trouble: list[str] = []
        self.stopped = ""  # why it ended before its time
        self.world.at(_HOUR, self._sample)

    def _configure(self, port, access):
        line = self.line.dialect.line
        self.flash.configure({
            "meter": {"baud": line.baud, "bits": line.bits, "parity": line.parity},
            "http": {"port": port, **access},
            "mqtt": {"host": "127.0.0.1", "port": self.broker.port},
            "push": {"url": f"http://127.0.0.1:{self.receiver.port}/readings"}})

    def _sample(self):
        said = self.machine.said()
        self.trouble += outcome.trouble_of(said)
        sizes = [_size(self.flash.root / "data" / name) for name in ("ledger", "backlog")]
        found = outcome.samples_of(said, self.machine.longest_us / 1000, *sizes)
        if found:
            self.machine.longest_us = 0
        self.samples += found
        self.world.at(self.world.now + _HOUR, self._sample)

    def run(self, days: float, minutes: float, say: bool = False) -> None:
        """So many days, or as many as fit into so many minutes of ours; then until the rest has
        arrived."""
        self.began = time.monotonic()
        self.machine.start(self.line.fd, self.line.begin // 1000 - 60 * 60)
        self.line.start()
        until = self.began + 60 * minutes
        end = 0.0
        try:
            while end < days * DAY and time.monotonic() < until:
                end = min(end + DAY, days * DAY)
                self._run_to(end, until)
                if say:
                    self._say()
            self._finish()
        except Stopped as error:
            self.stopped = str(error)
        self.took = time.monotonic() - self.began

    def _run_to(self, end, until):
        self.machine.run(lambda: self.world.now >= end or time.monotonic() > until)

    def _finish(self):
        """Wait for what is kept, then for what is under way."""
        self.plan.end()
        end = self.world.now + _LAST
        self.machine.run(lambda: self.world.now > end or all(
            one.missing() < 2 for one in self.tallies.values()))
        self.line.stop()
        end = self.world.now + _QUIET
        self.machine.run(lambda: self.world.now > end)
        self.browser.look()
        self.machine.run(lambda: self.world.now > end + _QUIET)
        self._sample()

    def _say(self):
        took = time.monotonic() - self.began
        newest = self.samples[-1] if self.samples else None
        print(f"soak: day {self.world.now / DAY:.1f}, {len(self.line.sent)} telegrams, "
              f"{len(self.line.sent) / took:.0f}/s, free {newest and newest.free}, waiting "
              f"{self.tallies['mqtt'].missing()}", flush=True)

    def rows(self, heap: str) -> list[limits.Row]:
        """The rows of build/soak.json."""
        status, sent = self.browser.status, len(self.line.sent)
        rows = [limits.Row("the firmware ran to the end", self.stopped or True, True,
                           not self.stopped),
                limits.told("simulated days", round(self.world.now / DAY, 2)),
                limits.told("telegrams", sent),
                limits.told("telegrams a second", round(sent / self.took, 1)),
                limits.told("seconds of processor time a 1,000 telegrams",
                            round(1000 * self.machine.seconds() / max(1, sent), 1)),
                limits.told("heap", heap),
                *outcome.memory_rows(self.samples),
                limits.at_most("lines of trouble in the log", len(self.trouble), 0)]
        outputs = status.get("outputs", {})
        for name, peer in (("mqtt", self.broker), ("push", self.receiver)):
            rows += outcome.delivery_rows(name, self.tallies[name], outputs.get(name, {}),
                                          peer.wrong)
        deaths = status.get("resets", {}).get("tasks")
        rows.append(limits.at_most("tasks that died", None if deaths is None else sum(
            deaths.values()), 0))
        return rows + outcome.page_rows(self.browser.outcomes, self.browser.heard)

    def close(self) -> None:
        """End all of it."""
        self.machine.stop()
        self.line.close()
        self.flash.close()


def _size(folder):
    """The bytes of all files in it."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file())
    except OSError:
        return 0


def main(argv: list[str] | None = None) -> int:
    """The exit status: 0 if all is within its limit, 3 without a VM or a compiler."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=90, help="of ours, at most (90)")
    parser.add_argument("--days", type=float, default=365, help="of the device, at most (365)")
    parser.add_argument("--heap", default="108k", help="a plain ESP32 has 108k (docs/memory.md)")
    given = parser.parse_args(argv)
    try:
        with setup_env.lock("soak"):  # one at a time: they share the folder
            soak = Soak(FOLDER, given.heap)
            try:
                soak.run(given.days, given.minutes, say=True)
                rows = soak.rows(given.heap)
            finally:
                soak.close()
    except (vm.Unavailable, build.BuildError) as error:
        print(f"soak: {error}", file=sys.stderr)
        return setup_env.MISSING_TOOL
    BUILD.joinpath("soak.svg").write_text(curves.as_svg(
        outcome.charts(soak.samples, int(given.heap.rstrip("k")) * 1024)))
    print("\n".join(soak.trouble[:10]))
    return limits.conclude(BUILD / "soak.json", rows)


if __name__ == "__main__":
    sys.exit(main())
