"""POST /backup: takes one in, onto flash; once it is whole and proven, it counts."""

import asyncio
import json
import os
from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

from ..ledger.joined import Joined
from ..ledger.records import CHANNEL_SIZE, QUARTER_SIZE, SIZE
from ..reading.fields import I_METER_ID
from ..store.backup_reader import Blocks

if TYPE_CHECKING:
    from .actions import Request

_HEAP = const(9000)
_LEDGER = const(600_000)  # bytes that the rings take on 4 MB of flash
_FREE = const(48_000)  # what must be left
_PIECE_MS = const(10_000)
_STEP_MS = const(30_000)
_RESTART_MS = const(1_000)
_MOST_SETTINGS = const(16_384)
_PROBLEMS = ("422b", "422d", "422v")
_NO_ROOM = const(28)  # ENOSPC


async def restore(request: "Request") -> "tuple | str":
    """Join a backup with what is here."""
    from ..config.restoring import NEW, drop

    sources = request.sources
    folder = sources.config_path[:sources.config_path.rfind("/")]
    problem = _problem(sources, folder, request.head.length)
    if not problem:
        try:
            os.mkdir(folder + NEW)
        except OSError:
            problem = "409r"
    taken = _Taken(request, folder)
    if problem:
        await taken.skip()
        return problem
    try:
        return "200 OK", json.dumps(await taken.take()), ()
    except (ValueError, KeyError) as error:
        problem = error.args[0] if error.args and error.args[0] in _PROBLEMS else "422d"
    except OSError as error:
        if error.args[0] != _NO_ROOM:
            raise
        problem = "507"
    finally:
        if not taken.done:
            drop(folder + NEW)
    await taken.skip()
    return problem


def _problem(sources, folder, length):
    if not sources.rings:
        return "404h"
    if length <= 0:
        return "411"
    if not sources.has_room(_HEAP):
        return "503m"
    about = os.statvfs(folder)
    held = 0
    try:
        for name in os.listdir(folder + "/ledger"):
            held += os.stat(folder + "/ledger/" + name)[6]
    except OSError:
        pass  # there is none yet
    if about[1] * about[3] < min(length + held, _LEDGER) + _FREE:
        return "507"
    return ""


class _Taken:
    """A backup that is coming in."""

    def __init__(self, request, folder):
        self._request = request
        self._folder = folder
        self._left = max(0, request.head.length)
        self._rings = {}
        self._settings = bytearray()
        self._is_ours = False
        self.done = False  # it counts

    async def _piece(self):
        """The next bytes of the body."""
        connection = self._request.connection
        connection.expire_in(_PIECE_MS)
        head = self._request.head
        data = head.rest or await connection.receive()
        head.rest = b""
        data = data[:self._left]
        self._left -= len(data)
        return data

    async def skip(self):
        """Read the rest: a browser that is still sending would not see an answer."""
        while self._left:
            await self._piece()
        self._request.head.length = 0

    async def take(self):
        """Take in all of it. Returns what is to be told."""
        blocks = Blocks()
        while self._left:
            for letter, content in blocks.feed(await self._piece()):
                if letter == "i":
                    self._begin(json.loads(bytes(content)))
                elif letter == "s":
                    self._settings.extend(content)
                    if len(self._settings) > _MOST_SETTINGS:
                        raise ValueError("422d")
                elif letter in self._rings:
                    ring, size = self._rings[letter]
                    if content[0] != size or len(content) % size != 1:
                        raise ValueError("422v")
                    for _ in ring.take(content[1:]):
                        await self._pause()
        if not blocks.done or not self._rings:
            raise ValueError("422d")
        for ring, _ in self._rings.values():
            for _ in ring.end():
                await self._pause()
        return self._commit()

    def _begin(self, about):
        """It says what it is."""
        sources = self._request.sources
        meter = sources.hub.state.reading().at(I_METER_ID)
        known = meter and about["meter"]
        same = meter == about["meter"] if known else None
        self._is_ours = about["id"] == sources.id
        from ..config.restoring import NEW

        alike = same is False and _mark(meter) == _mark(about["meter"])
        rings = sources.rings
        for letter, held, size in (
                ("q", rings.quarters, QUARTER_SIZE), ("h", rings.hours, SIZE),
                ("d", rings.days, SIZE), ("c", rings.channels, CHANNEL_SIZE)):
            self._rings[letter] = Joined(held, held.copy(self._folder + NEW), size,
                                         about["epoch"], same, alike), size

    def _commit(self):
        """All is there, and proven. Nobody else runs until it counts."""
        from ..config.backup import planned
        from ..config.restoring import commit

        sources = self._request.sources
        sources.owner.rest()  # memory is short: who asks is known by now
        data, on_trial, told = planned(sources.config_path, bytes(self._settings) or b"{}",
                                       self._is_ours, sources.tls_alone)
        told["records"] = 0
        for ring, _ in self._rings.values():
            ring.catch_up()
            told["records"] += ring.count
        commit(self._folder, data, on_trial)
        self.done = True
        told["trial"] = on_trial
        asyncio.create_task(_restart(sources.restart))
        return told

    async def _pause(self):
        """Before flash is written: not while a telegram is coming in."""
        self._request.connection.expire_in(_STEP_MS)
        state = self._request.sources.hub.state
        await asyncio.sleep_ms(0)
        for _ in range(30):
            interval = state.interval() or 0
            if interval < 4 or not interval - 2 < state.age() < interval + 2:
                break
            await asyncio.sleep_ms(100)


def _mark(meter):
    """What a record has of a meter's number, as in ledger/opening.py."""
    return crc32(meter.encode()) % 31


async def _restart(restart):
    await asyncio.sleep_ms(_RESTART_MS)
    restart()
