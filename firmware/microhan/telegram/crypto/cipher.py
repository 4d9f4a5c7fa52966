"""Encrypted APDUs (general-glo-ciphering, IEC 62056-5-3, security suites 0 and 1): AES-128-GCM.

    DB 08 system title, length, security control, frame counter (4), ciphertext, tag (12)

The security control says whether there is a tag (10) and whether there is encryption (20). The
nonce is system title and counter. The additional data are security control and authentication key.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.buffer import Buffer
from ..counters import C_NO_KEY, C_OLDER, C_REPEATED, C_WRONG_KEY
from ..crc import arc
from .envelope import LONGEST
from .gcm import Gcm

if TYPE_CHECKING:
    from array import array

_TITLE = const(8)
_NONCE = const(12)
_TAG = const(12)
_TAGGED = const(0x10)
_ENCRYPTED = const(0x20)
_HIGHEST = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"  # no counter is higher
_BLANK = bytes(_NONCE)  # Elgama's meters send neither title nor counter (amsreader issue 1198)
_REFUSED = const(0x8E)  # bits of compression and of suite 2; suite 1 encrypts as suite 0 does

_PATIENCE = const(8)  # so many wrong tags in a row are taken for damage, more for a wrong key
_END = const(0x21)  # of P1 text, before its own checksum

# The authentication key that Luxembourg and Austria publish (Smarty P1 specification 1.1.3).
_PUBLISHED = bytes((0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                    0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF))


class Cipher:
    """Opens envelopes with one key. For the parameters see decoder.Decoder, for `counts`
    counters.py.
    """

    def __init__(self, counts: "array[int]", key: bytes, aad: bytes, reject_replays: bool):
        self._counts = counts
        self._gcm = Gcm(key) if key else None
        self._aad = bytearray(17)
        aad = aad or _PUBLISHED
        self._aad[17 - len(aad):] = aad
        self._reject_replays = reject_replays
        self.plain = Buffer(0, LONGEST)
        self.tagged = False  # the newest has a tag
        self._nonce = bytearray(_NONCE)
        self._last = bytearray(_NONCE)  # the nonce of the newest telegram accepted
        self._low = bytearray(_NONCE)  # the nonce of one with a lower counter
        self._opened = False  # a telegram was opened with this key
        self._failures = 0  # how many were not, since the last that was

    def has_key(self) -> bool:
        """Whether there is a key. If not, the envelope is counted."""
        if not self._gcm:
            self._counts[C_NO_KEY] += 1
        return self._gcm is not None

    def open(self, b: bytearray, start: int, end: int, checked: bool) -> "bool | None":
        """Decrypt b[start:end] into `plain`. True if its tag is right, or if it has none and is
        `checked`: the frame around it proves it. None if it is no envelope that can be opened.
        """
        self.tagged = False
        title = b[start + 1]  # none in Poland: encrypted.py
        p = start + 2 + title
        if end - p > 4 and (title == _TITLE or not title):
            length = b[p]
            p += 1
            if length == 0x81:
                length = b[p]
                p += 1
            elif length == 0x82:
                length = b[p] << 8 | b[p + 1]
                p += 2
            self.tagged = bool(b[p] & _TAGGED)
            if length == end - p and length > 5 + (_TAG if self.tagged else 0) and (
                    not b[p] & _REFUSED) and (self.tagged or checked):
                return self._decrypt(b, start, p, end)
        return None

    def _decrypt(self, b, start, p, end):
        control = b[p]
        for i in range(_TITLE):
            self._nonce[i] = b[start + 2 + i] if b[start + 1] else 0
        for i in range(4):
            self._nonce[_TITLE + i] = b[p + 1 + i]
        p += 5
        plain = self.plain
        plain.size = 0
        if not plain.add(b, p, end - _TAG if self.tagged else end):
            return None
        gcm = self._gcm
        gcm.start(self._nonce)
        right = not self.tagged or self._tag_is_right(control, b, end - _TAG)
        if control & _ENCRYPTED:
            gcm.crypt(plain.data, 0, plain.size)
        return right

    def works(self) -> None:
        """The newest envelope was opened, and what was in it could be read."""
        self._opened = True
        self._failures = 0

    def fails(self, checked: bool) -> bool:
        """The newest envelope was not opened. True, and it is counted, if the key is to blame and
        not damage. A frame's checksum (`checked`: it is right) hardly ever misses damage.
        """
        self._failures += 1
        if self._opened:
            wrong = self._failures > _PATIENCE  # it opened others
        else:
            wrong = checked or self._failures > _patience(self.plain)
        self._counts[C_WRONG_KEY] += wrong
        return wrong

    def maker(self) -> int:
        """The three letters that the system title begins with, packed."""
        nonce = self._nonce
        return nonce[0] << 16 | nonce[1] << 8 | nonce[2]

    def _tag_is_right(self, control, b, at):
        gcm = self._gcm
        plain = self.plain
        aad = self._aad
        aad[0] = control
        if control & _ENCRYPTED:
            gcm.hash(aad, 0, 17)
            gcm.hash(plain.data, 0, plain.size)
            return gcm.verify(17, plain.size, b, at, _TAG)
        # authentication only: the text is additional data, behind the key
        whole = Buffer(0, LONGEST)
        whole.add(aad, 0, 17)
        whole.add(plain.data, 0, plain.size)
        gcm.hash(whole.data, 0, whole.size)
        return gcm.verify(whole.size, 0, b, at, _TAG)

    def fresh(self) -> bool:
        """Whether the newest telegram, which is proven, is a new one: its frame counter must rise.

        A lower counter (the meter's was reset, or someone replays old telegrams) is accepted once
        a second one rises from it. One that is all zeros, system title included, never rises and
        is let through.
        """
        nonce = self._nonce
        if not (self._reject_replays and _compare(nonce, _BLANK)):
            return True
        order = _compare(nonce, self._last)
        if not order:
            self._counts[C_REPEATED] += 1
            return False
        if order < 0:
            self._counts[C_OLDER] += 1
            if _compare(nonce, self._low) <= 0 or not _same_title(nonce, self._low):
                _copy(self._low, nonce)
                return False
        _copy(self._last, nonce)
        _copy(self._low, _HIGHEST)
        return True


def _compare(a, b):
    """-1, 0 or 1 as counter a is lower, the same or higher. Another system title is higher."""
    if not _same_title(a, b):
        return 1
    for i in range(_TITLE, _NONCE):
        if a[i] != b[i]:
            return 1 if a[i] > b[i] else -1
    return 0


def _same_title(a, b):
    for i in range(_TITLE):
        if a[i] != b[i]:
            return False
    return True


def _copy(to, source):
    for i in range(_NONCE):
        to[i] = source[i]


def _patience(plain):
    """How many wrong tags are taken for damage: none if what came out is noise. A text or a list
    says that the encryption key is right, so the telegram was damaged. If a text's own checksum is
    right as well, only the tag was damaged, or the authentication key is wrong.
    """
    b = plain.data
    n = plain.size
    printable = zeros = 0
    for i in range(n):
        printable += 32 <= b[i] < 127 or b[i] == 13 or b[i] == 10
        zeros += not b[i]
    if printable * 10 < n * 9:
        return _PATIENCE if zeros * 16 > n else 0  # numbers begin with zeros; noise has few
    end = n - 1
    while end and b[end] != _END:
        end -= 1
    try:
        whole = arc(memoryview(b)[:end + 1]) == int(bytes(b[end + 1:end + 5]), 16)
        return 1 if whole else _PATIENCE
    except ValueError:
        return _PATIENCE
