"""Append-only rings of fixed records on littlefs: what the ledger keeps (docs/store.md).

A ring is some files of two or three blocks. Records are appended to the newest; when it is full a
new one begins, and the oldest goes. A file's name is the ring's letter and its place in the circle
(a character from "0" on). One place is always empty, behind the newest and in front of the oldest:
its file has no bytes. Files are never removed, since names that come and go cost littlefs blocks.
A head says when its first record was, so that a query reads only the files that it needs.
"""

import os
from array import array
from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = const(10)  # magic; payload's size, step, whether times of the file before fall, 0; when
_MAGIC = b"MHR\x01"  # the last byte is the format's version
_QUARTER = const(900)
_FIRST = const(48)  # the character of the first place, "0"
_EVER = const(1 << 32)
_ANY = const(0xFFFF)  # when a file begins is not known, or its times do not only rise
_ROOMY = const(3_000_000)  # a file system above this is on 8 MB or more
_MORE = const(4)  # times as many quarters and hours there


class Ring:
    """`size`: bytes of a payload, whose first four are its time: seconds since 2000, UTC, little-
    endian. On flash a record is 2 bytes longer, for its check, and one byte shorter where all
    times are multiples of `step` = 900. Times may fall: a meter's clock may be put back."""

    def __init__(self, folder: str, name: str, size: int, per_file: int, files: int,
                 step: int = _QUARTER):
        self._folder = folder
        self._name = name[0]
        self.size = size
        self._per_file = per_file
        self._files = files
        self._step = step

    def copy(self, folder: str) -> "Ring":
        """A ring like this one in another folder."""
        return Ring(folder, self._name, self.size, self._per_file, self._files, self._step)

    def append(self, payload: "bytes | bytearray", gives_way: bool = True) -> None:
        """Add a record, or some that follow each other. OSError if the flash takes nothing; what
        was there is then as before, but for the ring's oldest file if the flash was full and it
        `gives_way`."""
        try:
            self._append(payload)
        except OSError as error:
            order = self._order()
            if error.args[0] != 28 or len(order) < 2 or not gives_way:  # ENOSPC
                raise
            self._clear(order[0])  # the oldest makes room
            self._append(payload)

    def rows(self, begin: int, end: int) -> "Iterator[memoryview]":
        """The payloads of begin <= time < end, oldest first. Each is valid until the next."""
        return self._records(self._reaching(begin, end), 0, begin, end)

    def last(self) -> bytes | None:
        """The newest payload, None if there is none."""
        order = self._order()
        for n in range(len(order) - 1, -1, -1):
            newest = self._last_of(order[n])
            if newest:
                return newest
        return None

    # ---- files --------------------------------------------------------------------------------

    def _path(self, i):
        return "%s/%s%c" % (self._folder, self._name, _FIRST + i)  # chr() makes a name for ever

    def _order(self):
        """bytes: the places that have a file, from the oldest to the newest."""
        count = self._files + 1
        there = bytearray(count)
        try:
            entries = os.ilistdir(self._folder)
        except OSError:
            return b""  # there is no folder yet
        for entry in entries:
            name = entry[0]
            if len(name) == 2 and name[0] == self._name:
                i = name.encode()[1] - _FIRST  # a letter of its own would be a name for ever
                # A PC's file system tells no size here.
                if 0 <= i < count and (entry[3] if len(entry) > 3
                                       else os.stat(self._path(i))[6]):
                    there[i] = 1
        newest = 0
        while newest < count - 1 and (not there[newest] or there[newest + 1]):
            newest += 1
        circle = [n % count for n in range(newest + 1, newest + 1 + count)]
        return bytes([i for i in circle if there[i]])

    def _reaching(self, begin, end):
        """bytes: of these places those whose files may have rows with begin <= time < end."""
        order = self._order()
        first = array("H", bytes(2 * len(order)))  # when files begin, in 65536 s
        for n in range(len(order)):
            head = self._head_of(order[n])
            first[n] = head[8] | head[9] << 8 if head else _ANY
            if n and (not head or head[6]):
                first[n - 1] = _ANY
        return bytes([order[n] for n in range(len(order)) if not (
            n + 1 < len(order) and first[n] != _ANY
            and (first[n] > (end - 1) >> 16 or first[n + 1] < begin >> 16))])

    def _clear(self, i):
        """Empty a place."""
        with open(self._path(i), "wb"):
            pass

    def _head_of(self, i):
        """The head of a file that is ours, otherwise None."""
        try:
            with open(self._path(i), "rb") as file:
                head = file.read(_HEAD)
        except OSError:
            return None
        return head if len(head) == _HEAD and head[:6] == self._mark() else None

    def _mark(self):
        return _MAGIC + bytes((self.size, self._step // _QUARTER))

    def _length(self):
        """Bytes of a record on flash."""
        return self.size + (1 if self._step == _QUARTER else 2)

    def _record(self, payload):
        """A payload as it is on flash."""
        if self._step == _QUARTER:
            time = int.from_bytes(payload[:4], "little")
            if time % _QUARTER:
                raise ValueError("%d is not a quarter of an hour" % time)
            payload = (time // _QUARTER).to_bytes(3, "little") + payload[4:]
        return payload + (crc32(payload) & 0xFFFF).to_bytes(2, "little")

    def _append(self, payload):
        time = int.from_bytes(payload[:4], "little")
        order = self._order()
        i = order[-1] if order else -1
        out = bytearray()
        room = self._room(i) if i >= 0 else 0
        if not room:
            if i < 0:
                try:
                    os.mkdir(self._folder)
                except OSError:
                    pass  # it is there, or open() will raise
            falls = i >= 0 and self._falls(i, time)
            i = (i + 1) % (self._files + 1)
            self._clear(i)  # empty already, unless somebody meddled
            after = (i + 1) % (self._files + 1)
            if after in order:
                self._clear(after)  # the oldest
            when = min(time >> 16, _ANY - 1)
            out += self._mark() + bytes((falls, 0, when & 255, when >> 8))
            room = self._per_file
        size = self.size
        room *= size
        for at in range(0, min(room, len(payload)), size):
            out += self._record(payload[at:at + size])
        with open(self._path(i), "ab") as file:
            file.write(out)
        if len(payload) > room:
            self._append(payload[room:])

    def _room(self, i):
        """How many records more the file takes; 0 if it is none to append to."""
        if not self._head_of(i):
            return 0
        count, torn = divmod(os.stat(self._path(i))[6] - _HEAD, self._length())
        return self._per_file - count if not torn and 0 <= count < self._per_file else 0

    def _falls(self, i, time):
        """Whether the times in a file, and `time` behind them, do not only rise."""
        before = 0
        for row in self._records((i,)):
            now = int.from_bytes(row[:4], "little")
            if now < before:
                return True
            before = now
        return time < before

    def _last_of(self, i):
        """The file's newest payload, None if it has none."""
        try:
            count = (os.stat(self._path(i))[6] - _HEAD) // self._length()
        except OSError:
            return None
        for n in range(count - 1, -1, -1):
            records = self._records((i,), n)
            row = next(records, None)
            records.close()  # and its file, now, not when memory is collected
            if row is not None:
                return bytes(row)
        return None

    def _records(self, places, first=0, begin=0, end=_EVER):
        """The good payloads of begin <= time < end in these files, from record number `first` of
        each on; none of a file that is not ours, or of a newer format."""
        length = self._length()
        short = self._step == _QUARTER
        buffer = bytearray(1 + length)  # from 0 on a payload, whose time is a byte longer
        view = memoryview(buffer)
        record = view[1:] if short else view[:length]
        body = record[:length - 2]
        for i in places:
            if not self._head_of(i):
                continue
            try:
                with open(self._path(i), "rb") as file:
                    file.seek(_HEAD + first * length)
                    while file.readinto(record) == length:
                        if crc32(body) & 0xFFFF != record[length - 2] | record[length - 1] << 8:
                            continue
                        if short:
                            time = int.from_bytes(record[:3], "little") * _QUARTER
                            for n in range(4):
                                buffer[n] = time >> 8 * n & 255
                        if begin <= int.from_bytes(view[:4], "little") < end:
                            yield view[:self.size]
            except OSError:
                pass  # it went while somebody read, or the flash cannot be read there


class Rings:
    """The ledger's rings. docs/store.md has the arithmetic: what they keep, and what it takes."""

    def __init__(self, folder: str, is_roomy: bool = False):
        times = _MORE if is_roomy else 1
        self.quarters = Ring(folder, "q", 34, 233 * times, 26)
        self.hours = Ring(folder, "h", 22, 532 * times, 19)
        self.days = Ring(folder, "d", 22, 532, 8)
        self.channels = Ring(folder, "c", 12, 340, 3, 1)


def is_roomy(path: str) -> bool:
    """Whether the file system is one of 8 MB of flash or more. Takes a tenth of a second."""
    about = os.statvfs(path)
    return about[0] * about[2] > _ROOMY
