"""Looks through the backlog's segments: what waits in them, what goes out, what can go.

For kept.py, which is in memory throughout an outage; this only now and then.
"""

import os
import struct
from typing import TYPE_CHECKING

from micropython import const

from .segment import CHUNK_SIZE, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..reading.reading import Reading
    from .kept import Kept

_MAGIC = b"MHB\x01\0\0\0\0"  # as in kept.py
_VERSION = const(1)  # of the format: the fourth byte, and the first number in `cursors`


def _chunks(path, at=HEAD):
    """(offset, count, outputs, offset behind it, thinned) of each chunk of a segment from the
    offset `at` on."""
    try:
        with open(path, "rb") as file:
            if file.read(HEAD) != _MAGIC:
                return
            file.seek(at)
            while True:
                head = file.read(CHUNK_SIZE)
                if len(head) < CHUNK_SIZE:
                    return
                size, count, outputs = struct.unpack("<HBB", head[:4])
                if not count or not size:
                    return  # damaged: the rest of this segment is not found
                after = at + CHUNK_SIZE + size
                yield at, count, outputs, after, int.from_bytes(head[12:16], "little")
                at = after
                file.seek(at)
    except OSError:
        return


def batch(kept: "Kept", bit: int) -> "Iterator[Reading]":
    """As Backlog.batch."""
    found = _search(kept, bit)
    if not found and (kept.count or kept.at_hand):
        kept.flush()  # only now: what waits for another output may still grow
        found = _search(kept, bit)
    if found:
        return found
    kept.give_up(bit, kept.waiting[bit])  # they are where nothing can be found any more
    _tidy(kept)
    return iter(())


def _search(kept, bit):
    """The Readings of the oldest chunk that waits for output `bit`; None if there is none."""
    from .segment import readings_of

    cursor = kept.cursor(bit)
    for number in kept.segments:
        if number < cursor[0]:
            continue
        path = kept.path(number)
        chunks = _chunks(path, cursor[1] if number == cursor[0] else HEAD)
        for at, count, outputs, after, _ in chunks:
            if not outputs & bit:
                continue
            found = readings_of(path, at)
            if found is None:
                kept.give_up(bit, count)  # damaged: on to the next
                kept.cursors[bit] = (number, after)
                continue
            kept.sent[bit] = (number, after, count)
            chunks.close()  # and its file, now, not when memory is collected
            return found
    return None


def confirm(kept: "Kept", bit: int) -> None:
    """As Backlog.confirm."""
    sent = kept.sent.pop(bit, None)
    if sent:
        kept.cursors[bit] = sent[:2]
        kept.waiting[bit] = max(0, kept.waiting[bit] - sent[2])
        try:
            _write_cursors(kept)
        except OSError as error:  # after a restart it may be handed out once more
            kept.backlog.log("store: %s" % error)
        _tidy(kept)


def _tidy(kept):
    """Remove the segments that nobody waits for any more."""
    waited = [kept.cursor(bit)[0] for bit in kept.waiting if kept.waiting[bit]]
    while kept.segments and (not waited or kept.segments[0] < min(waited)):
        number = kept.segments[0]
        if not waited and (kept.count or kept.at_hand):
            break
        for chunk in _chunks(kept.path(number)):
            kept.stored -= chunk[1]
        try:
            os.remove(kept.path(number))
        except OSError:
            break
        kept.segments.pop(0)
        if not kept.segments:
            kept.base = None
            kept.stored = 0


def give_up_oldest(kept: "Kept") -> None:
    """Remove the oldest segment, which somebody still waits for."""
    number = kept.segments.pop(0)
    for bit in list(kept.sent):
        if kept.sent[bit][0] == number:
            del kept.sent[bit]  # its Readings are counted here, not in confirm()
    lost = 0
    for at, count, outputs, _, _ in _chunks(kept.path(number)):
        kept.stored -= count
        for bit in kept.waiting:
            if outputs & bit and (number, at) >= kept.cursor(bit):
                kept.waiting[bit] = max(0, kept.waiting[bit] - count)
                lost += count
    kept.backlog.lost += lost
    kept.backlog.log("store: no room: the oldest readings that wait are given up")
    os.remove(kept.path(number))


def look(kept: "Kept") -> None:
    """Find what is there, and count what waits, after a start."""
    kept.cursors = _read_cursors(kept)
    kept.number = max([0] + [cursor[0] for cursor in kept.cursors.values()])
    kept.segments = _find_segments(kept)
    for number in kept.segments:
        for at, count, outputs, _, thinned in _chunks(kept.path(number)):
            kept.stored += count
            kept.backlog.thinned = max(kept.backlog.thinned, thinned)
            for bit in kept.waiting:
                if outputs & bit and (number, at) >= kept.cursor(bit):
                    kept.waiting[bit] += count
    _tidy(kept)


def _read_cursors(kept):
    """{output: (segment, offset)}. The file has the format's version, then three numbers for
    each."""
    from .files import read

    words = (read(kept.backlog.folder + "/cursors") or b"1").split()
    out = {}
    try:
        kept.is_newer = int(words[0]) > _VERSION
        for n in range(1, 1 if kept.is_newer else len(words) - 2, 3):
            out[int(words[n])] = (int(words[n + 1]), int(words[n + 2]))
    except (ValueError, IndexError):
        pass  # damaged: what is there is handed out again
    return out


def _write_cursors(kept):
    from .files import write

    if kept.is_newer:
        return
    text = "%d" % _VERSION
    for bit in kept.cursors:
        text += "\n%d %d %d" % (bit, kept.cursors[bit][0], kept.cursors[bit][1])
    write(kept.backlog.folder + "/cursors", text.encode())


def _find_segments(kept):
    """Numbers of the segments, oldest first; those of a newer format are left alone."""
    out = []
    try:
        names = os.listdir(kept.backlog.folder)
    except OSError:
        os.mkdir(kept.backlog.folder)
        return out
    for name in names:
        try:
            number = int(name, 16) if len(name) == 6 else 0
        except ValueError:
            continue  # not a file of ours
        if number:
            kept.number = max(kept.number, number)
            if not _is_newer_segment(kept.path(number)):
                out.append(number)
    return sorted(out)


def _is_newer_segment(path):
    with open(path, "rb") as file:
        head = file.read(HEAD)
    return head[:3] == _MAGIC[:3] and head[3:4] > _MAGIC[3:4]


def base_of_whole(path: str) -> "Reading | None":
    """The first Reading of a segment, if it ends with a chunk, so that the next one will be found;
    otherwise None."""
    end = HEAD
    for chunk in _chunks(path):
        end = chunk[3]
    if end == HEAD or end != os.stat(path)[6]:
        return None
    from .segment import base_of

    return base_of(path)
