"""Telegrams whose checksum is not right as they stand, and yet proves them. Loaded with the first
one that is refused.

* It may be CRC-16/X-25 instead of ARC.
* A slash in the identification may be where the telegram began: what came before it was cut off.
* Its head may be misheard, all else sound: then the checksum is right with the right head in its
  place. Those tried are the one that this meter sent last, and a few that are known (issue 9).

The CRC is linear, so a changed head changes it by what follows from the change alone: the CRC of
the difference, and as many zeros as there are bytes behind it. No more is needed of the telegram.
"""

import micropython
from micropython import const

from ...reading.buffer import copy, same
from ..crc import arc_of, x25
from .heads import HEADS, LENGTH
from .layout import (
    ARC,
    P_ARC_HIGH,
    P_ARC_LOW,
    P_RAW,
    P_TEXTS,
    P_VECTOR,
    S_HEAD,
    S_HEADLESS,
    S_IDENT,
    S_IDENTIFIED,
    S_LENGTH,
    S_PROOF,
    S_RENAMED,
    S_SKIPPED,
    S_TEXT,
    T_ASIDE,
    T_IDENT,
    X25,
)
from .values import behead, is_proven, keep

_SLASH = const(0x2F)
_ALIKE = const(3)  # bytes that a head with a slash must share with the one put in its place


def mend(parts):
    """The kind of checksum that proves the telegram under way, in one of these ways, or 0. What
    was not sent so is put right.
    """
    s = parts[P_VECTOR]
    proof = s[S_PROOF]
    covered = s[S_LENGTH] - s[S_TEXT]  # from the slash to the `!`
    if s[S_HEADLESS]:
        s[S_HEADLESS] = 0
        if _own(parts, proof, covered) or _known(parts, proof, covered - LENGTH, s[S_HEAD]):
            s[S_IDENT] = s[S_HEAD] - 1
            s[S_IDENTIFIED] += 1
            behead(s, 0)
            return ARC
        s[S_HEADLESS] = 1
        return 0
    if covered <= len(parts[P_RAW]):
        s[S_PROOF] = x25(parts[P_RAW], 0, covered)
        if is_proven(parts):
            return X25
    if _again(parts, proof, covered):
        return ARC
    return ARC if _known(parts, proof, covered - LENGTH, 0) else 0


def _fits(parts, proof, change, n):
    """Whether the checksum is right once the CRC, n bytes before the end, is another by `change`.
    """
    parts[P_VECTOR][S_PROOF] = proof ^ _zeros(parts[P_ARC_LOW], parts[P_ARC_HIGH], change, n)
    return is_proven(parts)


@micropython.viper
def _zeros(low: ptr8, high: ptr8, crc: int, n: int) -> int:
    """CRC-16/ARC of n zeros, going on from `crc`."""
    for _ in range(n):
        at = crc & 255
        crc = crc >> 8 ^ low[at] ^ high[at] << 8
    return crc


def _again(parts, proof, covered):
    """Did it begin at a slash in its identification?"""
    text = parts[P_TEXTS]
    crc = arc_of(_SLASH)
    n = 0  # bytes before it
    while n < parts[P_VECTOR][S_IDENT]:
        crc = arc_of(text[T_IDENT + n], crc)
        n += 1
        if text[T_IDENT + n - 1] == _SLASH and (
                _fits(parts, proof, crc ^ arc_of(_SLASH), covered - n - 1)):
            _begin_at(parts, n)
            return True
    return False


def _begin_at(parts, n):
    """The first n bytes are none of the telegram's."""
    s = parts[P_VECTOR]
    raw = parts[P_RAW]
    s[S_SKIPPED] += n
    if s[S_LENGTH] <= len(raw):
        copy(raw, 0, raw, n, s[S_LENGTH])
    s[S_LENGTH] -= n
    copy(parts[P_TEXTS], T_IDENT, parts[P_TEXTS], T_IDENT + n, T_IDENT + s[S_IDENT])
    s[S_IDENT] -= n
    s[S_RENAMED] = 1


@micropython.viper
def _change(parts, own: int, head: int, n: int) -> int:
    """CRC-16/ARC of what the n bytes at texts[T_ASIDE] differ in from the head at HEADS[head], or,
    if `own`, from a slash and what the meter sent before; above its 16 bits, how many are alike.
    """
    text = ptr8(parts[P_TEXTS])
    heads = ptr8(HEADS)
    low = ptr8(parts[P_ARC_LOW])
    high = ptr8(parts[P_ARC_HIGH])
    crc = alike = 0
    for i in range(n):
        c = int(heads[head + i]) if i == 0 or own == 0 else int(text[T_IDENT - 1 + i])
        c ^= text[T_ASIDE + i]
        if c == 0:
            alike += 1
        c = (c ^ crc) & 255
        crc = crc >> 8 ^ low[c] ^ high[c] << 8
    return crc | alike << 16


def _own(parts, proof, covered):
    """Is it the first line that this meter sent before?"""
    n = parts[P_VECTOR][S_HEAD]
    if n != parts[P_VECTOR][S_IDENT] + 1:
        return False
    change = _change(parts, 1, 0, n) & 0xFFFF
    if not _fits(parts, proof, change, covered - n):
        return False
    _take_own(parts[P_TEXTS], n)
    _put_back(parts, n)
    return True


def _take_own(text, n):
    text[T_ASIDE] = _SLASH
    copy(text, T_ASIDE + 1, text, T_IDENT, T_IDENT + n - 1)


def _known(parts, proof, behind, headless):
    """Is it one of the heads that are known? `headless`: length of a first line without slash."""
    if not headless and not _stands(parts):
        return False
    for head in range(0, len(HEADS), LENGTH):
        change = _change(parts, 0, head, LENGTH)
        # of those with a slash: neither another maker's, nor one that was heard well
        if (headless or _ALIKE <= change >> 16 < LENGTH) and (
                _fits(parts, proof, change & 0xFFFF, behind)):
            copy(parts[P_TEXTS], T_ASIDE, HEADS, head, head + LENGTH)
            _put_back(parts, headless or LENGTH)
            return True
    return False


def _stands(parts):
    """Whether the head of a telegram with a slash is kept as it came: texts[T_ASIDE] has it."""
    s = parts[P_VECTOR]
    raw = parts[P_RAW]
    if s[S_LENGTH] > len(raw) or s[S_IDENT] < LENGTH - 1 or (
            not same(parts[P_TEXTS], T_IDENT, raw, 1, LENGTH)):
        return False
    copy(parts[P_TEXTS], T_ASIDE, raw, 0, LENGTH)
    return True


def _put_back(parts, n):
    """The first n bytes of the telegram are those at texts[T_ASIDE]."""
    s = parts[P_VECTOR]
    keep(parts, T_IDENT, n - 1, T_ASIDE + 1)
    if s[S_LENGTH] <= len(parts[P_RAW]):
        copy(parts[P_RAW], 0, parts[P_TEXTS], T_ASIDE, T_ASIDE + n)
