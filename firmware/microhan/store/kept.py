"""The backlog's working part, loaded while something waits: memory, then files of chunks.

A file is a segment of up to four blocks: a head and chunks, each with some twenty Readings, its
own check, and the outputs that it waits for. A segment goes when nobody waits for it.
docs/store.md has the format and what a power cut can cost.
"""

import os
import struct
from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

from ..reading.reading import Reading
from .delta_write import BitWriter, write
from .segment import CHUNK_SIZE

if TYPE_CHECKING:
    from typing import Any

    from .backlog import Backlog

_MAGIC = b"MHB\x01\0\0\0\0"
_VERSION = const(1)  # of the format: the fourth byte, and the first number in `cursors`
_CHUNK = "<HBBIIII"  # bytes of the Readings; count, outputs, boot, first seq, thinned so far, CRC
_SEGMENT = const(16368)  # four blocks of littlefs
_SEGMENTS = const(25)
_BYTES = const(900)  # of a chunk's Readings
_MOST = const(16384)  # of a chunk with one Reading that has long texts
_AT_FULL_RATE = const(8640)  # a day at 10 s; with more kept, one a minute
_OLDEST_S = const(290)  # nothing waits longer than five minutes for flash
_QUEUE = const(9)  # Readings that are still in an output's queue, and the one at hand
_NO_ROOM = const(28)  # ENOSPC


class Kept:
    """See Backlog, which has the settings and the counts."""

    def __init__(self, backlog: "Backlog"):
        self.backlog = backlog
        self._bits: BitWriter | None = None  # of the chunk in memory
        self.count = 0
        self._outputs = 0
        self._first: Any = None  # its first Reading
        self._newest: Any = None
        self.base: Any = None  # the first Reading of the segment that the chunk goes into
        self._began = 0  # when the oldest Reading in memory came
        self.at_hand: Any = None  # the newest Reading: other outputs may want it, too
        self._at_hand_for = 0
        self._came = 0  # when it came
        self._last = 0  # when any came
        self._interval = 0
        self._left_out = -1  # seq of the newest one that was thinned out
        self.stored = 0  # Readings in the segments
        self.sent: dict[int, tuple] = {}  # {output: (segment, offset behind its batch, count)}
        self.waiting = {bit: 0 for bit in backlog.wanted}
        self.is_newer = False  # the file of cursors is: it is left alone
        self.cursors: dict[int, tuple] = {}  # {output: (segment, offset)}: what has arrived
        self.number = 0  # of the newest segment there ever was
        self.segments: list[int] = []  # oldest first
        from .drain import look

        look(self)

    # ---- keeping ------------------------------------------------------------------------------

    def keep(self, reading: Reading, bit: int) -> None:
        """As Backlog.keep. OSError, MemoryError."""
        there = self.at_hand
        if there and there.seq == reading.seq and there.boot == reading.boot:
            if not self._at_hand_for & bit:
                self._at_hand_for |= bit
                self.waiting[bit] += 1
            return
        now = self.backlog.uptime_s()
        self._interval = now - self._last
        self._last = now
        if self.stored + self.count >= _AT_FULL_RATE and now // 60 == self._came // 60:
            if reading.seq != self._left_out:
                self._left_out = reading.seq
                self.backlog.thinned += 1
            return
        self._store_at_hand()
        if self._is_due(now):
            self._write_chunk()
        if not self.count:
            self._began = now
        self._came = now
        self.at_hand = reading
        self._at_hand_for = bit
        self.waiting[bit] += 1

    def _is_due(self, now):
        """Whether the oldest Reading in memory must go to flash."""
        return now - self._began + _QUEUE * self._interval >= _OLDEST_S

    def _store_at_hand(self):
        """Add the Reading at hand to the chunk in memory."""
        reading = self.at_hand
        if not reading:
            return
        self.at_hand = None
        if self.count and (reading.boot != self._first.boot or self._outputs != self._at_hand_for
                            or self.count == 255):
            self._write_chunk()
        try:
            if not self._take(reading):
                self.give_up(self._at_hand_for, 1)
        except MemoryError:
            self.give_up(self._at_hand_for, 1)

    def _take(self, reading):
        """Write a Reading into the chunk in memory, or into a new one if it is full."""
        size = _BYTES
        while size <= _MOST:
            if not self.count:
                self._begin(reading, size)
            at = self._bits.at
            try:
                write(self._bits, reading, self._newest)
                self.count += 1
                self._newest = reading
                return True
            except IndexError:
                self._bits.back_to(at)
                if self.count:
                    self._write_chunk()
                else:
                    size *= 2  # one Reading with long texts
            except MemoryError:
                self._bits.back_to(at)
                raise
        return False

    def _begin(self, reading, size):
        if not self._has_room(size):
            self.base = None
        self._bits = BitWriter(size)
        self._outputs = self._at_hand_for
        self._first = reading
        self._newest = self.base or Reading()
        self._began = self._came

    def _has_room(self, size):
        """Whether the newest segment takes a chunk more; its base is there then."""
        if not self.segments:
            return False
        try:
            path = self.path(self.segments[-1])
            if os.stat(path)[6] + CHUNK_SIZE + size > _SEGMENT:
                return False
            if not self.base:
                from .drain import base_of_whole

                self.base = base_of_whole(path)
        except OSError:
            return False
        return self.base is not None

    def _write_chunk(self):
        """Append the chunk in memory to the newest segment; what flash does not take is lost."""
        count = self.count
        if not count:
            return
        self.count = 0
        size = (self._bits.at + 7) // 8
        body = memoryview(self._bits.data)[:size]
        head = struct.pack("<HBBIII", size, count, self._outputs, self._first.boot,
                           self._first.seq, self.backlog.thinned)
        head += crc32(body, crc32(head)).to_bytes(4, "little")
        try:
            self._append(head, body)
        except (OSError, MemoryError) as error:
            self.base = None
            self.give_up(self._outputs, count)
            self.backlog.log("store: readings could not be kept (%s)" % error)
            return
        self.stored += count

    def _append(self, head, body):
        if not self.base:
            self.number += 1
            self.segments.append(self.number)
            head = _MAGIC + head
            while len(self.segments) > _SEGMENTS:
                self._make_room()
        while True:
            try:
                with open(self.path(self.segments[-1]), "ab") as file:
                    file.write(head)
                    file.write(body)
                break
            except OSError as error:
                if error.args[0] != _NO_ROOM or len(self.segments) < 2:
                    if not self.base:
                        self.segments.pop()
                    raise
                self._make_room()
        if not self.base:
            self.base = self._first

    def _make_room(self):
        from .drain import give_up_oldest

        give_up_oldest(self)

    def flush(self) -> None:
        """All that is in memory to flash."""
        self._store_at_hand()
        self._write_chunk()

    def give_up(self, outputs: int, count: int) -> None:
        """Count as lost what these outputs waited for."""
        self.backlog.lost += count
        for bit in self.waiting:
            if outputs & bit:
                self.waiting[bit] = max(0, self.waiting[bit] - count)

    def waiting_for(self, bit: int) -> int:
        """As Backlog.waiting."""
        if (self.count or self.at_hand) and self._is_due(self.backlog.uptime_s()):
            self.flush()
        return self.waiting.get(bit, 0)

    def is_empty(self) -> bool:
        """Whether nobody waits for anything."""
        return not (self.segments or self.count or self.at_hand)

    # ---- files --------------------------------------------------------------------------------

    def path(self, number: int) -> str:
        """Where a segment is."""
        return "%s/%06x" % (self.backlog.folder, number)

    def cursor(self, bit: int) -> tuple:
        """(segment, offset): what is in front of it has arrived at this output."""
        return self.cursors.get(bit, (0, 0))
