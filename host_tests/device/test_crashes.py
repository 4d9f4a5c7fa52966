"""What is left of a crash: in memory that a reset does not clear, and on flash."""

import json
import re

import pytest

import shim  # noqa: F401  makes asyncio and time speak MicroPython's dialect
from microhan import BUILD
from microhan.device.crashes import Crashes
from microhan.device.log import Log
from microhan.store.files import Folder

TRACEBACK = (b"microhan build 1f2e3d4c\nTraceback (most recent call last):\n"
             b"  File \"bytes\", line 1\nValueError: secret\n")


class Chip:
    """A Board that keeps 2 kB over a reset."""

    def __init__(self):
        self.kept = b""
        self.cause = "power on"
        self.is_forgetful = False
        self.resets = 0
        self.before_reset = []

    def dump(self, data):
        assert len(data) <= 2048
        self.kept = bytes(data)

    def load(self):
        return b"" if self.is_forgetful else self.kept

    def reset_cause(self):
        return self.cause

    def reset(self):
        for call in self.before_reset:
            call()
        self.resets += 1
        raise SystemExit


class House:
    """Starts of one device. now: its uptime."""

    def __init__(self, path):
        self.folder = Folder(str(path / "data"))
        self.chip = Chip()
        self.written = 0
        write = self.folder.write

        def counted(name, data):
            assert name == "crash" and len(data) <= 2048
            self.written += 1
            write(name, data)
        self.folder.write = counted

    def start(self, cause="power on", utc=None):
        self.now = 0
        self.chip.cause = cause
        self.chip.before_reset = []
        self.log = Log(lambda: self.now)
        self.crashes = Crashes(self.chip, self.folder, self.log, lambda: self.now, lambda: utc)
        return self.crashes.status()

    def run(self, seconds, *lines):
        self.now += seconds
        for line in lines:
            self.log(line)
        self.crashes.save()

    def text(self):
        return self.folder.read("crash").decode()


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_nothing_is_said_where_nothing_happened(house):
    assert house.start() is None
    house.run(100, "started")
    house.chip.before_reset[0]()
    assert house.start("reset") is None  # a restart of our own
    house.run(100, "started")
    assert house.start("power on") is None and house.written == 0


def test_a_watchdog_that_bites_leaves_the_last_lines_and_how_it_was(house):
    house.start(utc=817_556_400)
    house.run(86400, "mqtt: connected", "wifi: lost")
    assert house.start("watchdog") == {
        "count": 1, "time": 817_556_400 + 946_684_800, "uptime_s": 86400, "free": 0,
        "build": BUILD, "error": "watchdog"}
    first, *lines = house.text().splitlines()
    assert first == "1 1 1764241200 86400 0 microhan build %s watchdog" % BUILD
    assert lines == ["86400 mqtt: connected", "86400 wifi: lost"]
    house.run(10)
    assert house.start("power on")["uptime_s"] == 86400  # it is on flash


def test_a_task_that_hung_is_named_unless_it_was_stopped(house):
    house.start()
    house.run(500, "hung: push", "push: stopped, and is started again", "hung: mqtt")
    assert house.start("watchdog")["error"] == "hung: mqtt"
    house.run(5000, "hung: push", "push: stopped, and is started again")
    assert house.start("watchdog")["error"] == "watchdog"


def test_what_nobody_caught_is_told_by_its_kind_only_but_kept_whole(house):
    house.start()
    house.run(77, "x" * 150, *["line %d" % n for n in range(200)])
    house.chip.kept = house.chip.kept[:1064] + TRACEBACK  # as launch.py does
    told = house.start("reset")
    assert told["error"] == "uncaught ValueError" and "secret" not in json.dumps(told)
    assert house.text().endswith("line 199\n" + TRACEBACK.decode())
    assert re.match(r"1 1 \d+ 77 0 microhan build 1f2e3d4c uncaught ValueError\n77 line ",
                    house.text())


def test_a_fault_before_the_application_is_kept_too(house):
    house.chip.kept = TRACEBACK
    told = house.start("reset")
    assert (told["error"], told["build"], told["time"]) == (
        "uncaught ValueError", "1f2e3d4c", None)
    assert "ValueError: secret" in house.text()


def test_a_copy_that_failed_before_it_kept_anything_is_told_by_its_own_build(house):
    """After an update: the lines, and the flag of an orderly restart, are of the copy before."""
    house.start()
    house.run(77, "update: a restart")
    house.chip.before_reset[0]()
    house.chip.kept += TRACEBACK
    told = house.start("reset")
    assert (told["error"], told["build"]) == ("uncaught ValueError", "1f2e3d4c")
    assert house.text().endswith("a restart\n" + TRACEBACK.decode())


def test_no_start_fails_of_a_traceback_that_was_cut(house):
    house.start()
    house.run(77, "started")
    house.chip.kept += (TRACEBACK + b"x\n" + "å".encode())[:-1]
    assert house.start("reset") is None
    house.chip.kept = house.chip.kept[:1064] + TRACEBACK
    assert house.start("reset")


@pytest.mark.parametrize("damage", [lambda kept: b"", lambda kept: bytes(1064),
                                    lambda kept: b"\xa5" * 2048, lambda kept: kept[:500],
                                    lambda kept: kept[:700] + b"\xff" + kept[701:]])
def test_memory_that_was_lost_says_nothing(house, damage):
    house.start()
    house.run(100, *["line %d" % n for n in range(200)])
    house.chip.kept = damage(house.chip.kept)
    assert house.start("reset") is None and house.written == 0


def test_a_chip_that_lost_its_power_had_no_crash(house):
    house.start()
    house.run(100, "started")
    assert house.start("power on") is None


def test_a_loop_of_crashes_writes_seldom_and_counts_all(house):
    house.start()
    house.run(20, "one")
    for _ in range(1000):
        told = house.start("watchdog")
        house.run(20, "again")
    assert house.written == 10  # 1, 2, 4 … 512
    assert told["count"] == 512
    house.run(3600, "an hour later")
    assert house.start("watchdog")["count"] == 513
    assert house.written == 11 and "an hour later" in house.text()


def test_crashes_that_are_rare_are_all_written(house):
    house.start()
    for n in range(1, 6):
        house.run(4000, "one")
        assert house.start("watchdog")["count"] == n


def test_the_death_of_a_task_is_written_with_its_traceback(house):
    house.start()
    house.run(50, "mqtt: ValueError: bad")
    for n in range(100):
        try:
            raise ValueError("bad %d" % n)
        except ValueError as error:
            house.crashes.note("mqtt", error)
    assert house.written == 7  # 1, 2, 4 … 64
    told = house.crashes.status()
    assert (told["error"], told["count"], told["uptime_s"]) == ("mqtt: ValueError", 64, 50)
    assert "50 mqtt: ValueError: bad\n" in house.text()
    assert house.text().rstrip().endswith("ValueError: bad 63")


def test_a_task_that_fails_restarts_the_chip_once_a_day_at_most(house):
    house.start()
    house.run(700)
    with pytest.raises(SystemExit):
        house.crashes.restart("push")
    assert house.start("reset")["error"] == "push failed for ten minutes"
    house.run(700)
    house.crashes.restart("push")
    house.crashes.restart("push")
    assert house.chip.resets == 1
    (warning,) = house.log.warnings
    assert warning.startswith("push fails again and again, and a restart did not help")
    house.run(86400)  # it has run for a day
    with pytest.raises(SystemExit):
        house.crashes.restart("push")
    house.start("reset")
    house.run(700)
    assert house.start("watchdog")["count"] == 3  # a crash between does not make it forget
    house.run(700)
    house.crashes.restart("push")
    assert house.chip.resets == 2
    house.start("power on")
    with pytest.raises(SystemExit):
        house.crashes.restart("push")


def test_a_chip_that_keeps_nothing_is_not_restarted(house):
    """Else it would do so every ten minutes."""
    house.start()
    house.chip.is_forgetful = True
    house.crashes.restart("push")
    assert house.chip.resets == 0 and house.log.warnings


def test_the_file_of_a_newer_version_is_left_alone(house):
    house.folder.write("crash", b"2 whatever\n")
    assert house.start() is None
    house.run(100)
    assert house.start("watchdog") is None
    assert house.text() == "2 whatever\n"


@pytest.mark.parametrize("content", [b"1 2 3\n", b"\xff", b"1 x 0 0 0 microhan build a b\n", b""])
def test_a_damaged_file_harms_nobody(house, content):
    house.folder.write("crash", content)
    assert house.start() is None
    house.run(100, "started")
    assert house.start("watchdog")["count"] == 1


def test_a_full_flash_or_no_memory_harms_nobody(house):
    house.start()
    house.run(100)

    def full(name, data):
        raise OSError(28)
    house.folder.write = full
    house.crashes.note("mqtt", ValueError("bad"))
    assert house.start("watchdog") is None
    house.crashes._uptime_s = lambda: bytearray(1 << 62)  # MemoryError
    house.crashes.save()
    house.crashes.note("mqtt", ValueError("bad"))


def test_the_console_gets_the_traceback_with_the_build(house, capsys):
    house.start()
    house.crashes.note("mqtt", ValueError("bad"))
    told = capsys.readouterr().out
    assert told.startswith("microhan build " + BUILD) and "ValueError: bad" in told
