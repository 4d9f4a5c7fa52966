"""Joins the records of a backup with those that a ring holds: in a new ring, which then takes its
place. What is held stays; of the backup comes what is older than all of it, or newer. Where two of
them do not follow from each other, their epochs differ, so that nothing is booked across.
"""

from typing import TYPE_CHECKING

from micropython import const

from .records import CHANNEL_SIZE
from .rows import time_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_EVER = const(1 << 32)
_BATCH = const(2000)  # bytes that are appended at once: flash is erased each time


class Joined:
    """held, new: rings; size: bytes of a record; epoch: of the backup's newest record. same:
    whether the backup is of our meter, None if one of the two numbers is not known; alike:
    whether it is not, and yet the few bits in our records do not tell the two apart."""

    def __init__(self, held: "Any", new: "Any", size: int, epoch: int,
                 same: bool | None, alike: bool):
        self._held = held
        self._new = new
        self._size = size
        self._same = same
        self._alike = alike
        self.count = 0  # records that came from the backup
        self._batch = bytearray()
        self._lift = 0  # what is added to the upper bits of the epochs
        self._first = -1  # the time of the first record that is held
        self._copied = -1  # the time of the newest one that was copied
        self._last = None
        for row in held.rows(0, _EVER):
            self._first = time_of(row)
            self._lift = row[-1] // 32 - epoch // 32 - (not self._follows(row[-1], epoch))
            self._last = held.last()
            break

    def _follows(self, epoch, other):
        """Whether records of these two may be of one meter."""
        return (epoch ^ other) & 31 == 0 and (
            self._same if self._same is not None else epoch & 31 > 0)

    def take(self, records: "Any") -> "Iterator[None]":
        """Take whole records of the backup. Stops before each time that it writes."""
        for at in range(0, len(records), self._size):
            row = bytearray(records[at:at + self._size])
            t = time_of(row)
            last = self._last
            if last and self._copied < 0 and t > time_of(last):
                yield from self._copy()
                self._lift = last[-1] // 32 - row[-1] // 32 + (
                    not self._follows(last[-1], row[-1]))
            elif last and (self._copied >= 0 or t >= self._first) and t <= time_of(last):
                continue
            if self._size != CHANNEL_SIZE:
                mark = row[-1] & 31
                if self._alike and mark:
                    mark = mark % 31 + 1
                row[-1] = row[-1] + 32 * self._lift & 0xE0 | mark
            self.count += 1
            yield from self._add(row)

    def end(self) -> "Iterator[None]":
        """The backup has no more."""
        if self._last and self._copied < 0:
            yield from self._copy()
        yield from self._write()

    def catch_up(self) -> None:
        """Take what the old ring got meanwhile."""
        for row in self._held.rows(self._copied + 1, _EVER):
            self._new.append(bytes(row), False)

    def _copy(self):
        for row in self._held.rows(0, _EVER):
            self._copied = time_of(row)
            yield from self._add(row)

    def _add(self, row):
        self._batch.extend(row)
        if len(self._batch) > _BATCH:
            yield from self._write()

    def _write(self):
        if self._batch:
            yield
            self._new.append(self._batch, False)
            self._batch = bytearray()
