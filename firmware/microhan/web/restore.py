"""POST /backup: takes one in, onto flash; once it is whole and proven, it counts."""

import json
import os
from binascii import crc32
from typing import TYPE_CHECKING

from micropython import const

from ..ledger.joined import Joined
from ..reading.fields import I_METER_ID
from ..store.backup_reader import Blocks
from ..store.files import has_space

if TYPE_CHECKING:
    from typing import Any

    from .actions import Request
    from .server import Sources

_HEAP = const(9000)
_LEDGER = const(600_000)  # bytes that the rings take on 4 MB of flash
_NO_ROOM = const(28)  # ENOSPC
_NEW = "/ledger.new"


async def restore(request: "Request") -> "tuple | str":
    """Join a backup with what is here."""
    from .body import attempt, receive

    taken = _Taken(request.sources)
    problem = taken.problem(request.head.length)
    try:
        problem = await receive(request, taken.take, problem, _key_of)
        problem = problem or await attempt(request, taken.end(), _key_of)
    finally:
        taken.clear()
    return problem or ("200 OK", json.dumps(taken.told), ())


def _key_of(error):
    """The key of the problem that taking it ended with."""
    return "422v" if error.args[:1] == ("422v",) else "422d"


class _Taken:
    """A backup that is coming in."""

    told: "Any" = None  # once it counts

    def __init__(self, sources: "Sources"):
        self._sources = sources
        self._folder = sources.config_path[:sources.config_path.rfind("/")]
        self._has_folder = False
        self._blocks = Blocks()
        self._rings: "Any" = {}
        self._settings = bytearray()
        self._is_ours = False

    def problem(self, length):
        """What speaks against it, or ""."""
        if not self._sources.rings:
            return "404h"
        if not self._sources.has_room(_HEAP):
            return "503m"
        # About as much again is held. Where it is more the flash will tell: nothing is lost.
        if not has_space(self._folder, min(2 * length, _LEDGER)):
            return "507"
        try:
            os.mkdir(self._folder + _NEW)
        except OSError as error:
            return "507" if error.args[0] == _NO_ROOM else "409r"
        self._has_folder = True
        return ""

    def clear(self):
        """Remove what does not count."""
        if self._has_folder and not self.told:
            from ..config.backup import drop

            drop(self._folder + _NEW)

    def take(self, data):
        """Take the next bytes; it stops before each write to flash, as end() does."""
        for letter, content in self._blocks.feed(data):
            if letter == "i":
                self._begin(json.loads(bytes(content)))
            elif letter == "s":
                self._settings.extend(content)
            elif letter in self._rings:
                yield from self._rings[letter].take(content)

    def end(self):
        """All bytes have come. From the last record on nobody else runs until it counts."""
        if not self._blocks.done or not self._rings:
            raise ValueError
        for ring in self._rings.values():
            yield from ring.end()
        from ..config.backup import commit, unpacked

        sources = self._sources
        sources.owner.rest()  # memory is short: who asks is known by now
        data, on_trial, told = unpacked(sources.config_path, bytes(self._settings) or b"{}",
                                        self._is_ours, sources)
        told["trial"] = on_trial
        told["records"] = sum([ring.catch_up() for ring in self._rings.values()])
        commit(self._folder, data, on_trial)
        self.told = told
        from .body import restart_soon

        restart_soon(sources.restart)

    def _begin(self, about):
        """It says what it is."""
        rings = self._sources.rings
        ours = self._sources.hub.state.reading().at(I_METER_ID)
        theirs = about["meter"]
        same = ours == theirs if ours and theirs else None
        # A record has five bits of a meter's number, as in ledger/opening.py.
        alike = same is False and (crc32(ours.encode()) - crc32(theirs.encode())) % 31 == 0
        self._is_ours = about["id"] == self._sources.id
        for letter, held in zip("qhdc", (rings.quarters, rings.hours, rings.days,
                                         rings.channels)):
            self._rings[letter] = Joined(held, held.copy(self._folder + _NEW), about["epoch"],
                                         same, alike)
