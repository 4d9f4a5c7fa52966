"""Says whether a package may be installed, and else why not, in words: docs/releasing.md.

It comes in pieces of any length and is read once, from its first byte to its last: from flash, or
while it is written there. Nothing that it says is believed before its signature has held.
"""

import json
from binascii import hexlify
from hashlib import sha256
from struct import unpack
from typing import TYPE_CHECKING

from micropython import const

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_HEAD = const(16)  # of the archive
LINE = const(320)  # of the manifest's first line, at most
_TAIL = const(12)
_SIGNATURE = const(384)  # RSA with 3072 bits
END = const(396)  # tail and signature
_HELD = const(716)  # line and end
_ARCHIVE = const(0x0141484D)  # "MHA", version 1 of its format
PACKAGE = const(0x0150484D)  # "MHP", version 1
_PADDING = const(330)  # bytes FF before the digest: RFC 8017, 9.2
# The digest's name, SHA-256, in DER: RFC 8017, 9.2, note 1
_NAME = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
_CUT = "it ends too early, or its end is damaged: load it again"
_NONE = "it is no package of microhan"


class Refused(ValueError):
    """It must not be installed. Its arguments: a word for programs, and why, for people."""


class Package:
    """One that is coming. `size`: its bytes, as announced, or as the file has."""

    def __init__(self, size: int):
        self._at = 0
        self._part = 0
        # Where its parts end: the archive's head, the archive, the manifest, the rest
        self._ends = [_HEAD, 0, size - END, size]
        self._hashes = sha256(), sha256()  # of the archive; of manifest and tail
        # the head; later the manifest's line and the end
        self._held: Any = bytearray(_HELD)
        if size < _HEAD + END:
            raise Refused("truncated", _CUT)

    def feed(self, data: memoryview) -> None:
        """The next bytes. Raises Refused where it can be told already."""
        while len(data) and self._at < self._ends[3]:
            part = self._part
            count = min(len(data), self._ends[part] - self._at)
            self._take(part, data[:count], count)
            self._at += count
            data = data[count:]
            while self._part < 3 and self._at == self._ends[self._part]:
                if not self._part:
                    self._read_head()
                self._part += 1
        if len(data):
            raise Refused("format", _NONE)

    def _take(self, part, piece, count):
        place = self._at  # in what is held
        room = _HEAD
        if part == 1:
            room = 0
        elif part == 2:
            place -= self._ends[1]
            room = LINE
        elif part == 3:
            place += LINE - self._ends[2]
            room = _HELD
        count = min(count, room - place)
        if count > 0:
            self._held[place:place + count] = piece[:count]
        if part < 3:
            self._hashes[part // 2].update(piece)

    def _read_head(self):
        start, _, end, _ = unpack("<4I", self._held[:_HEAD])
        _know(start, _ARCHIVE, "format", _NONE)
        if end < _HEAD or end > self._ends[2]:
            raise Refused("truncated", _CUT)
        self._ends[1] = end

    def check(self, keys: "Iterable[bytes]", runs: "tuple[str, int, tuple]",
              older: bool = False) -> "dict[str, Any]":
        """What its manifest says, where it may be installed. Raises Refused. Call it once.

        keys: the moduli of those who may sign, 384 bytes each. runs: the version that runs,
        sys.implementation._mpy and .version. `older`: the owner's word that an older one will do.
        """
        if self._at < self._ends[3]:
            raise Refused("truncated", _CUT)
        signature, line = self._end()
        if not _is_signed(keys, signature, self._hashes[1].digest()):
            raise Refused("signature", "nobody signed it whom this device trusts, or it was "
                          "damaged on its way")
        told = json.loads(line[:line.find(b"\n") + 1])
        if hexlify(self._hashes[0].digest()).decode() != told["sha256"]:
            raise Refused("damaged", "a byte of it is wrong: load it again")
        fits(told, runs, older)
        return told

    def _end(self):
        """(The signature, a number; the manifest's first line, and what follows it)."""
        held, self._held = self._held, None  # pow() takes ten times a key: free by then
        tail = held[LINE:LINE + _TAIL]
        start, manifest, size = unpack("<3I", tail)
        _know(start, PACKAGE, "truncated", _CUT)  # an archive alone, too
        if manifest != self._ends[1] or size != self._ends[3]:
            raise Refused("damaged", "its parts do not belong together: load it again")
        self._hashes[1].update(tail)
        return int.from_bytes(held[LINE + _TAIL:], "big"), bytes(held[:LINE])


def _know(start, wanted, word, why):
    """Raise Refused unless these four bytes are the wanted ones; the last is a format's version.
    """
    if start & 0xFFFFFF != wanted & 0xFFFFFF:
        raise Refused(word, why)
    if start != wanted:
        raise Refused("newer_format", "its format is one that this version does not know: "
                      "install the release before it first")


def _is_signed(keys, signature, digest):
    for key in keys:
        modulus = int.from_bytes(key, "big")
        if signature < modulus:
            said = pow(signature, 65537, modulus).to_bytes(_SIGNATURE, "big")
            # all of it, and nothing is read in it: what else could stand there was forged before
            if said == b"\0\1" + b"\xff" * _PADDING + b"\0" + _NAME + digest:
                return True
    return False


def fits(told: "dict[str, Any]", runs: "tuple[str, int, tuple]", older: bool) -> None:
    """Raise Refused where a package with such a manifest is not for this device."""
    version, mpy, micropython = runs
    if told["mpy"] >> 10 != (mpy & 0xFFFF) >> 10:
        raise Refused("architecture", "it is for another chip (%s)" % told["arch"])
    if _numbers(told["micropython"]) > list(micropython[:2]):
        raise Refused("micropython", "it needs MicroPython %s or newer: install that by cable "
                      "first" % told["micropython"])
    if told["mpy"] != mpy & 0xFFFF:
        raise Refused("micropython", "it is for another MicroPython: install by cable")
    if not older and _numbers(told["version"]) < _numbers(version):
        raise Refused("older", "it is version %s, and %s runs: going back takes your word" % (
            told["version"], version))


def _numbers(version):
    return [int(part) for part in version.split(".")]
