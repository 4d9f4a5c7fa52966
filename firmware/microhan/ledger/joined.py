"""Joins the records of a backup with those that a ring holds: in a new ring, which then takes its
place. What is held stays; of the backup comes what is older than all of it, or newer. Where two of
them do not follow from each other, their epochs differ, so that nothing is booked across.
"""

from typing import TYPE_CHECKING

from micropython import const

from .records import CHANNEL_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_EVER = const(1 << 32)
_BATCH = const(2000)  # bytes that are appended at once: flash is erased each time


class Joined:
    """held, new: rings; epoch: of the backup's newest record. same: whether the backup is of our
    meter, None if one of the two numbers is not known; alike: whether it is not, and yet the few
    bits in our records do not tell the two apart."""

    def __init__(self, held: "Any", new: "Any", epoch: int, same: bool | None, alike: bool):
        self._held = held
        self._new = new
        self._same = same
        self._alike = alike
        self._count = 0  # records that came from the backup
        self._batch = bytearray()
        self._lift = 0  # what is added to the upper bits of the epochs
        self._first = 0  # the time of the first record that is held
        self._copied = -1  # the time of the newest one that was copied
        self._last = held.last()
        rows = held.rows(0, _EVER)
        row = next(rows, None)
        if row is not None:
            self._first = _time_of(row)
            self._lift = row[-1] // 32 - epoch // 32 - self._is_apart(row[-1], epoch)
        rows.close()

    def _is_apart(self, epoch, other):
        """Whether records of these two may not be subtracted from each other."""
        is_one = epoch & 31 if self._same is None else self._same
        return not is_one or (epoch ^ other) & 31 != 0

    def take(self, records: "Any") -> "Iterator[None]":
        """Take records of the backup, behind their length. Stops before each time that it writes.
        ValueError if they are none of ours."""
        size = records[0]
        if size != self._new.size or len(records) % size != 1:
            raise ValueError("422v")
        last = self._last
        for at in range(1, len(records), size):
            row = bytearray(records[at:at + size])
            t = _time_of(row)
            if last and t > _time_of(last):
                if self._copied < 0:
                    yield from self._copy()
                    self._lift = last[-1] // 32 - row[-1] // 32 + self._is_apart(last[-1], row[-1])
            elif last and (self._copied >= 0 or t >= self._first):
                continue
            if size != CHANNEL_SIZE:
                mark = row[-1] & 31
                if self._alike and mark:
                    mark = mark % 31 + 1
                row[-1] = row[-1] + 32 * self._lift & 0xE0 | mark
            self._count += 1
            yield from self._add(row)

    def end(self) -> "Iterator[None]":
        """The backup has no more."""
        if self._last and self._copied < 0:
            yield from self._copy()
        yield from self._write()

    def catch_up(self) -> int:
        """Take what the old ring got meanwhile. Returns how many came from the backup."""
        for row in self._held.rows(self._copied + 1, _EVER):
            self._new.append(bytes(row), False)
        return self._count

    def _copy(self):
        for row in self._held.rows(0, _EVER):
            self._copied = _time_of(row)
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


def _time_of(row):
    return int.from_bytes(row[:4], "little")
