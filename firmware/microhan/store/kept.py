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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .backlog import Backlog

_MAGIC = b"MHB\x01\0\0\0\0"
_VERSION = const(1)  # of the format: the fourth byte, and the first number in `cursors`
_HEAD = const(8)
_CHUNK = "<HBBIIII"  # bytes of the Readings; count, outputs, boot, first seq, thinned so far, CRC
_CHUNK_SIZE = const(20)
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
        self._backlog = backlog
        self._bits: BitWriter | None = None  # of the chunk in memory
        self._count = 0
        self._outputs = 0
        self._first: Any = None  # its first Reading
        self._newest: Any = None
        self._base: Any = None  # the first Reading of the segment that the chunk goes into
        self._began = 0  # when the oldest Reading in memory came
        self._at_hand: Any = None  # the newest Reading: other outputs may want it, too
        self._at_hand_for = 0
        self._came = 0  # when it came
        self._last = 0  # when any came
        self._interval = 0
        self._left_out = -1  # seq of the newest one that was thinned out
        self._stored = 0  # Readings in the segments
        self._sent: dict[int, tuple] = {}  # {output: (segment, offset behind its batch, count)}
        self._waiting = {bit: 0 for bit in backlog.wanted}
        self._is_newer = False  # the file of cursors is: it is left alone
        self._cursors = self._read_cursors()
        self._number = max([0] + [cursor[0] for cursor in self._cursors.values()])
        self._segments = self._find_segments()
        self._look_through()

    # ---- keeping ------------------------------------------------------------------------------

    def keep(self, reading: Reading, bit: int) -> None:
        """As Backlog.keep. OSError, MemoryError."""
        there = self._at_hand
        if there and there.seq == reading.seq and there.boot == reading.boot:
            if not self._at_hand_for & bit:
                self._at_hand_for |= bit
                self._waiting[bit] += 1
            return
        now = self._backlog.uptime_s()
        self._interval = now - self._last
        self._last = now
        if self._stored + self._count >= _AT_FULL_RATE and now // 60 == self._came // 60:
            if reading.seq != self._left_out:
                self._left_out = reading.seq
                self._backlog.thinned += 1
            return
        self._store_at_hand()
        if self._is_due(now):
            self._write_chunk()
        if not self._count:
            self._began = now
        self._came = now
        self._at_hand = reading
        self._at_hand_for = bit
        self._waiting[bit] += 1

    def _is_due(self, now):
        """Whether the oldest Reading in memory must go to flash."""
        return now - self._began + _QUEUE * self._interval >= _OLDEST_S

    def _store_at_hand(self):
        """Add the Reading at hand to the chunk in memory."""
        reading = self._at_hand
        if not reading:
            return
        self._at_hand = None
        if self._count and (reading.boot != self._first.boot or self._outputs != self._at_hand_for
                            or self._count == 255):
            self._write_chunk()
        try:
            if not self._take(reading):
                self._give_up(self._at_hand_for, 1)
        except MemoryError:
            self._give_up(self._at_hand_for, 1)

    def _take(self, reading):
        """Write a Reading into the chunk in memory, or into a new one if it is full."""
        size = _BYTES
        while size <= _MOST:
            if not self._count:
                self._begin(reading, size)
            at = self._bits.at
            try:
                write(self._bits, reading, self._newest)
                self._count += 1
                self._newest = reading
                return True
            except IndexError:
                self._bits.back_to(at)
                if self._count:
                    self._write_chunk()
                else:
                    size *= 2  # one Reading with long texts
            except MemoryError:
                self._bits.back_to(at)
                raise
        return False

    def _begin(self, reading, size):
        if not self._has_room(size):
            self._base = None
        self._bits = BitWriter(size)
        self._outputs = self._at_hand_for
        self._first = reading
        self._newest = self._base or Reading()
        self._began = self._came

    def _has_room(self, size):
        """Whether the newest segment takes a chunk more; its base is there then."""
        if not self._segments:
            return False
        try:
            path = self._path(self._segments[-1])
            if os.stat(path)[6] + _CHUNK_SIZE + size > _SEGMENT:
                return False
            if not self._base and self._is_whole(path):
                from .segment import base_of

                self._base = base_of(path)
        except OSError:
            return False
        return self._base is not None

    def _is_whole(self, path):
        """Whether the newest segment ends with a chunk, so that the next one will be found."""
        end = _HEAD
        for chunk in self._chunks(self._segments[-1]):
            end = chunk[3]
        return end > _HEAD and end == os.stat(path)[6]

    def _write_chunk(self):
        """Append the chunk in memory to the newest segment; what flash does not take is lost."""
        count = self._count
        if not count:
            return
        self._count = 0
        size = (self._bits.at + 7) // 8
        body = memoryview(self._bits.data)[:size]
        head = struct.pack("<HBBIII", size, count, self._outputs, self._first.boot,
                           self._first.seq, self._backlog.thinned)
        head += crc32(body, crc32(head)).to_bytes(4, "little")
        try:
            self._append(head, body)
        except OSError as error:
            self._base = None
            self._give_up(self._outputs, count)
            self._backlog.log("store: readings could not be kept (%s)" % error)
            return
        self._stored += count

    def _append(self, head, body):
        if not self._base:
            self._number += 1
            self._segments.append(self._number)
            head = _MAGIC + head
            while len(self._segments) > _SEGMENTS:
                self._give_up_oldest()
        while True:
            try:
                with open(self._path(self._segments[-1]), "ab") as file:
                    file.write(head)
                    file.write(body)
                break
            except OSError as error:
                if error.args[0] != _NO_ROOM or len(self._segments) < 2:
                    if not self._base:
                        self._segments.pop()
                    raise
                self._give_up_oldest()
        if not self._base:
            self._base = self._first

    def flush(self) -> None:
        """All that is in memory to flash."""
        self._store_at_hand()
        self._write_chunk()

    # ---- giving up ----------------------------------------------------------------------------

    def _give_up(self, outputs, count):
        self._backlog.lost += count
        for bit in self._waiting:
            if outputs & bit:
                self._waiting[bit] = max(0, self._waiting[bit] - count)

    def _give_up_oldest(self):
        """Remove the oldest segment, which somebody still waits for."""
        number = self._segments.pop(0)
        lost = 0
        for at, count, outputs, _ in self._chunks(number):
            self._stored -= count
            for bit in self._waiting:
                if outputs & bit and (number, at) >= self._cursor(bit):
                    self._waiting[bit] = max(0, self._waiting[bit] - count)
                    lost += count
        self._backlog.lost += lost
        self._backlog.log("store: no room: the oldest readings that wait are given up")
        os.remove(self._path(number))

    # ---- handing out --------------------------------------------------------------------------

    def waiting_for(self, bit: int) -> int:
        """As Backlog.waiting."""
        if (self._count or self._at_hand) and self._is_due(self._backlog.uptime_s()):
            self.flush()
        return self._waiting.get(bit, 0)

    def batch(self, bit: int) -> "Iterator[Reading]":
        """As Backlog.batch."""
        self.flush()
        from .segment import readings_of

        for number in self._segments:
            for at, count, outputs, after in self._chunks(number, self._cursor(bit)):
                if not outputs & bit:
                    continue
                found = readings_of(self._path(number), at)
                if found is None:
                    self._give_up(bit, count)  # damaged: on to the next
                    self._cursors[bit] = (number, after)
                    continue
                self._sent[bit] = (number, after, count)
                return found
        self._give_up(bit, self._waiting[bit])  # they are where nothing can be found any more
        self._tidy()
        return iter(())

    def confirm(self, bit: int) -> None:
        """As Backlog.confirm."""
        sent = self._sent.pop(bit, None)
        if sent:
            self._cursors[bit] = sent[:2]
            self._waiting[bit] = max(0, self._waiting[bit] - sent[2])
            try:
                self._write_cursors()
            except OSError as error:  # after a restart it may be handed out once more
                self._backlog.log("store: %s" % error)
            self._tidy()

    def is_empty(self) -> bool:
        """Whether nobody waits for anything."""
        return not (self._segments or self._count or self._at_hand)

    def _tidy(self):
        """Remove the segments that nobody waits for any more."""
        waited = [self._cursor(bit)[0] for bit in self._waiting if self._waiting[bit]]
        while self._segments and (not waited or self._segments[0] < min(waited)):
            number = self._segments[0]
            if not waited and (self._count or self._at_hand):
                break
            for chunk in self._chunks(number):
                self._stored -= chunk[1]
            try:
                os.remove(self._path(number))
            except OSError:
                break
            self._segments.pop(0)
            if not self._segments:
                self._base = None
                self._stored = 0

    # ---- files --------------------------------------------------------------------------------

    def _path(self, number):
        return "%s/%06x" % (self._backlog.folder, number)

    def _cursor(self, bit):
        """(segment, offset): what is in front of it has arrived at this output."""
        return self._cursors.get(bit, (0, 0))

    def _chunks(self, number, cursor=(0, 0)):
        """(offset, count, outputs, offset behind it) of each chunk of a segment behind `cursor`.
        """
        if number < cursor[0]:
            return
        at = cursor[1] if number == cursor[0] else _HEAD
        try:
            with open(self._path(number), "rb") as file:
                if file.read(_HEAD) != _MAGIC:
                    return
                file.seek(at)
                while True:
                    head = file.read(_CHUNK_SIZE)
                    if len(head) < _CHUNK_SIZE:
                        return
                    size, count, outputs = struct.unpack("<HBB", head[:4])
                    if not count or not size:
                        return  # damaged: the rest of this segment is not found
                    after = at + _CHUNK_SIZE + size
                    yield at, count, outputs, after
                    at = after
                    file.seek(at)
        except OSError:
            return

    def _read_cursors(self):
        """{output: (segment, offset)}. The file has the format's version, then three numbers for
        each."""
        from .files import read

        words = (read(self._backlog.folder + "/cursors") or b"1").split()
        out = {}
        try:
            self._is_newer = int(words[0]) > _VERSION
            for n in range(1, 1 if self._is_newer else len(words) - 2, 3):
                out[int(words[n])] = (int(words[n + 1]), int(words[n + 2]))
        except (ValueError, IndexError):
            pass  # damaged: what is there is handed out again
        return out

    def _write_cursors(self):
        from .files import write

        if self._is_newer:
            return
        text = "%d" % _VERSION
        for bit in self._cursors:
            text += "\n%d %d %d" % (bit, self._cursors[bit][0], self._cursors[bit][1])
        write(self._backlog.folder + "/cursors", text.encode())

    def _find_segments(self):
        """Numbers of the segments, oldest first; those of a newer format are left alone."""
        out = []
        try:
            names = os.listdir(self._backlog.folder)
        except OSError:
            os.mkdir(self._backlog.folder)
            return out
        for name in names:
            try:
                number = int(name, 16) if len(name) == 6 else 0
            except ValueError:
                continue  # not a file of ours
            if number:
                self._number = max(self._number, number)
                if not self._is_newer_segment(number):
                    out.append(number)
        return sorted(out)

    def _is_newer_segment(self, number):
        with open(self._path(number), "rb") as file:
            head = file.read(_HEAD)
        return head[:3] == _MAGIC[:3] and head[3:4] > _MAGIC[3:4]

    def _look_through(self):
        """Count what waits, after a start."""
        for number in self._segments:
            for at, count, outputs, _ in self._chunks(number):
                self._stored += count
                for bit in self._waiting:
                    if outputs & bit and (number, at) >= self._cursor(bit):
                        self._waiting[bit] += count
        self._tidy()
