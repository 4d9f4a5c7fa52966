"""Append-only rings of fixed records on littlefs: what the ledger keeps (docs/store.md).

A ring is some files of two or three blocks. Records are appended to the newest; when it is full a
new one begins, and the oldest goes. A file's name is the ring's letter, its place in the circle (a
character from "0" on), and when its first record was (four hex digits of seconds >> 16), so that a
query opens only the files that it needs. One place is always empty: behind the newest, in front of
the oldest.
"""

import os
from array import array
from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = const(8)
_MAGIC = b"MHR\x01"  # the last byte is the format's version
_QUARTER = const(900)
_FIRST = const(48)  # the character of the first place, "0"
_EMPTY = const(0xFFFF)  # no file is in this place
_UNORDERED = const(0xFFFE)  # its times, or those before it, do not only rise: it is always read

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
        self._size = size
        self._per_file = per_file
        self._files = files
        self._step = step

    def append(self, payload: "bytes | bytearray") -> None:
        """Add a record. OSError if the flash takes nothing; what was there is then as before, but
        for the ring's oldest file if the flash was full."""
        try:
            self._append(payload)
        except OSError as error:
            if error.args[0] != 28:  # ENOSPC
                raise
            places = self._places()
            there = [i for i in self._order(places) if i >= 0]
            if len(there) < 2:
                raise
            os.remove(self._path(there[0], places[there[0]]))  # the oldest makes room
            self._append(payload)

    def rows(self, begin: int, end: int) -> "Iterator[memoryview]":
        """The payloads of begin <= time < end, oldest first. Each is valid until the next."""
        places = self._places()
        order = self._order(places)
        for n in range(len(order)):
            i = order[n]
            if i >= 0 and self._may_hold(places, order, n, begin, end):
                for row in self._records(self._path(i, places[i])):
                    if begin <= int.from_bytes(row[:4], "little") < end:
                        yield row

    def last(self) -> bytes | None:
        """The newest payload, None if there is none."""
        places = self._places()
        order = self._order(places)
        for n in range(len(order) - 1, -1, -1):
            if order[n] >= 0:
                newest = self._last_of(self._path(order[n], places[order[n]]))
                if newest:
                    return newest
        return None

    # ---- files --------------------------------------------------------------------------------

    def _path(self, i, when):
        return "%s/%s%s%04x" % (self._folder, self._name, chr(_FIRST + i), when)

    def _places(self):
        """array("H"), for each place of the circle when its file begins, or _EMPTY."""
        out = array("H", b"\xff\xff" * (self._files + 1))
        try:
            entries = os.ilistdir(self._folder)
        except OSError:
            os.mkdir(self._folder)
            return out
        for entry in entries:
            name = entry[0]
            i = ord(name[1]) - _FIRST if len(name) == 6 and name[0] == self._name else -1
            if 0 <= i <= self._files:
                try:
                    out[i] = int(name[2:], 16)
                except ValueError:
                    pass  # not a file of ours
        return out

    def _order(self, places):
        """array("h"): the places from the oldest file to the newest, -1 for empty ones."""
        count = len(places)
        newest = 0
        while newest < count - 1 and (places[newest] == _EMPTY or places[newest + 1] != _EMPTY):
            newest += 1
        out = array("h", bytes(2 * count))
        for n in range(count):
            i = (newest + 1 + n) % count
            out[n] = i if places[i] != _EMPTY else -1
        return out

    def _may_hold(self, places, order, n, begin, end):
        """Whether the file number n of `order` may have times from `begin` to `end`."""
        first = places[order[n]]
        if first == _UNORDERED:
            return True
        if first > (end - 1) >> 16:
            return False
        after = order[n + 1] if n + 1 < len(order) else -1
        return after < 0 or places[after] == _UNORDERED or places[after] >= begin >> 16

    def _room_in(self, path):
        """How many records the file can still take; 0 if it is not one to append to."""
        try:
            with open(path, "rb") as file:
                head = file.read(_HEAD)
            count, torn = divmod(os.stat(path)[6] - _HEAD, self._length())
        except OSError:
            return 0
        if head != self._head() or torn or count < 0:
            return 0
        return self._per_file - count

    def _head(self):
        return _MAGIC + bytes((self._size, self._step // _QUARTER, 0, 0))

    def _length(self):
        """Bytes of a record on flash."""
        return self._size + (1 if self._step == _QUARTER else 2)

    def _append(self, payload):
        time = int.from_bytes(payload[:4], "little")
        places = self._places()
        i = self._order(places)[-1]
        newest = self.last()
        falls = newest is not None and time < int.from_bytes(newest[:4], "little")
        head = b""
        if i < 0 or self._room_in(self._path(i, places[i])) <= 0:
            for _ in range(2):  # the next place is empty; the one after it has the oldest file
                i = (i + 1) % len(places)
                if places[i] != _EMPTY:
                    os.remove(self._path(i, places[i]))
            i -= 1
            if i < 0:
                i = len(places) - 1
            places[i] = _UNORDERED if falls else min(time >> 16, _UNORDERED - 1)
            head = self._head()
        elif falls and places[i] != _UNORDERED:
            os.rename(self._path(i, places[i]), self._path(i, _UNORDERED))
            places[i] = _UNORDERED
        record = payload
        if self._step == _QUARTER:
            if time % _QUARTER:
                raise ValueError("%d is not a quarter of an hour" % time)
            record = (time // _QUARTER).to_bytes(3, "little") + payload[4:]
        check = (crc32(record) & 0xFFFF).to_bytes(2, "little")
        with open(self._path(i, places[i]), "ab") as file:
            file.write(head + record + check)

    def _last_of(self, path):
        """The file's newest payload, None if it has none."""
        try:
            count = (os.stat(path)[6] - _HEAD) // self._length()
        except OSError:
            return None
        for n in range(count - 1, -1, -1):
            for row in self._records(path, n):
                return bytes(row)
        return None

    def _records(self, path, first=0):
        """The good payloads of a file from record number `first` on; none of a file that is not
        ours, or of a newer format."""
        length = self._length()
        short = self._step == _QUARTER
        buffer = bytearray(1 + length)  # from 0 on a payload, whose time is a byte longer
        view = memoryview(buffer)
        record = view[1:] if short else view[:length]
        body = record[:length - 2]
        try:
            with open(path, "rb") as file:
                if file.read(_HEAD) != self._head():
                    return
                file.seek(_HEAD + first * length)
                while file.readinto(record) == length:
                    if crc32(body) & 0xFFFF != record[length - 2] | record[length - 1] << 8:
                        continue
                    if short:
                        time = int.from_bytes(record[:3], "little") * _QUARTER
                        for n in range(4):
                            buffer[n] = time >> 8 * n & 255
                    yield view[:self._size]
        except OSError:
            pass  # it went while somebody read, or the flash cannot be read there


class Rings:
    """The ledger's rings. docs/store.md has the arithmetic: what they keep, and what it takes."""

    def __init__(self, folder: str, is_roomy: bool = False):
        times = _MORE if is_roomy else 1
        self.quarters = Ring(folder, "q", 34, 233 * times, 26)
        self.hours = Ring(folder, "h", 22, 533 * times, 19)
        self.days = Ring(folder, "d", 22, 533, 8)
        self.channels = Ring(folder, "c", 22, 340, 3, 1)


def is_roomy(path: str) -> bool:
    """Whether the file system is one of 8 MB of flash or more. Takes a tenth of a second."""
    about = os.statvfs(path)
    return about[0] * about[2] > _ROOMY
