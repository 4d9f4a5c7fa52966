"""What is known after a crash: kept where a reset leaves it, and at a crash on flash.

A chip that hangs can tell nothing any more. So the last lines of the log, with how the device was
doing, are put every two seconds into memory that a reset does not clear (RTC memory), one buffer
that is there from the start:

    0: "MHC", the version 1; 4: CRC-32 of all 1064 bytes, with 0 in its own place;
    8: uptime, s; 12: UTC, seconds since 2000, 0 if not known; 16: free heap;
    20: where the lines end; 22: crashes in a row; 24: ORDERLY, RESTARTED; 25: id of the build;
    40: the lines

launch.py appends the traceback of what nobody caught. crash_record.py, loaded at a start and at a
crash, makes /data/crash of it.
"""

import gc
import sys
from binascii import crc32
from struct import pack_into
from typing import TYPE_CHECKING

from micropython import const

from .. import BUILD
from .ledger_task import utc_now
from .log import ORDERLY, RESTARTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..board.esp32 import Board
    from ..store.files import Folder
    from .log import Log

_DAY_S = const(86400)


class Crashes:
    """uptime_s(): seconds since the start; utc(): by the meter's clock, since 2000, or None."""

    def __init__(self, board: "Board", folder: "Folder", log: "Log",
                 uptime_s: "Callable[[], int]", utc: "Callable[[], int | None]"):
        self._board = board
        self._folder = folder
        self._log = log
        self._uptime_s = uptime_s
        self._utc = utc
        self._deaths = 0  # of tasks, since the start
        self._is_told = False
        log.kept[25:25 + len(BUILD)] = BUILD.encode()
        # What /status.json says of the newest crash; how many came before this start, each within
        # an hour; whether the chip was restarted for one.
        self._newest, self._row, self._flags = None, 0, 0
        if board.reset_cause() != "power on" or folder.read("crash"):
            from .crash_record import recall

            self._newest, self._row, self._flags = recall(board, folder)
        self.save()
        board.before_reset.append(lambda: self.save(ORDERLY))

    def status(self) -> "dict[str, Any] | None":
        """The newest crash, for /status.json."""
        return self._newest

    def save(self, more: int = 0) -> None:
        """Keep how things are, for the case that nothing more can be done. more: a flag to add."""
        self._flags |= more
        try:
            kept = self._log.kept
            pack_into(b"<4sIIIIHHB", kept, 0, b"MHC\x01", 0, self._uptime_s(),
                      self._utc() or utc_now() or 0, gc.mem_free(), self._log.used, self._row,
                      self._flags)
            pack_into("<I", kept, 4, crc32(kept))
            self._board.dump(kept)
        except MemoryError:
            pass  # in two seconds again

    def note(self, why: str, error: "BaseException | None" = None) -> None:
        """A task died of an error, or the chip is to be restarted: onto the console, and flash."""
        if error:
            print("microhan build " + BUILD)  # says what the traceback's names mean
            sys.print_exception(error)
        self._deaths += 1
        self.save()
        try:
            from .crash_record import keep

            self._newest = keep(self._folder, self._deaths, self._log, why,
                                error) or self._newest
        except (OSError, MemoryError):
            pass  # a full flash: the log has it

    def restart(self, name: str) -> None:
        """Restart the chip, because a task fails again and again: once a day at most. Otherwise
        tell the owner, and go on without that task."""
        if not self._flags & RESTARTED or self._uptime_s() > _DAY_S:
            self.save()
            # Where that does not last, the next start would not know it, and do it again.
            if self._log.kept == self._board.load():
                self.save(RESTARTED)
                self._deaths = 0
                self.note(name + " failed for ten minutes")
                self._board.reset()
        if not self._is_told:
            self._is_told = True
            self._log.warn("%s fails again and again, and a restart did not help: all else goes "
                           "on without it; please report it with /crash.txt" % name)
