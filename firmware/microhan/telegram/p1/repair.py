"""Telegrams whose checksum does not match as they stand, but still proves them. Loaded with the
first telegram that is refused.

* The checksum may be CRC-16/X-25 instead of ARC.
* The telegram may begin at a slash within the identification: another one broke off before it.
* Its head (the first five bytes) may be misheard and all the rest sound. Then the checksum matches
  with the right head put in its place. The heads tried are the one that this meter sent last, and
  the few of heads.py.

The CRC is linear. So a changed head changes it by an amount that follows from the change alone:
the CRC of the difference and of as many zeros as bytes follow. The telegram is not needed again.
"""

from typing import TYPE_CHECKING

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
    S_COMPUTED,
    S_HEAD,
    S_HEADLESS,
    S_IDENT,
    S_IDENTIFIED,
    S_LENGTH,
    S_SKIPPED,
    S_TEXT,
    S_TEXT_CHANGED,
    T_IDENT,
    T_SLASH,
    X25,
)
from .values import checksum_matches, keep_text, set_headless

if TYPE_CHECKING:
    from typing import Any

_SLASH = const(0x2F)
_ALIKE = const(3)  # a head with a slash must share so many bytes with the one put in its place


def repair(parts: "list[Any]") -> int:
    """The kind of checksum that proves the telegram under way in one of these ways, or 0. Puts
    right what was misheard.
    """
    s = parts[P_VECTOR]
    computed = s[S_COMPUTED]
    covered = s[S_LENGTH] - s[S_TEXT]  # from the slash to the `!`
    if s[S_HEADLESS]:
        s[S_HEADLESS] = 0
        if _last_head(parts, computed, covered) or (
                _known_head(parts, computed, covered - LENGTH, s[S_HEAD])):
            s[S_IDENT] = s[S_HEAD] - 1
            s[S_IDENTIFIED] += 1
            set_headless(s, 0)
            return ARC
        s[S_HEADLESS] = 1
        return 0
    if covered <= len(parts[P_RAW]):
        s[S_COMPUTED] = x25(parts[P_RAW], 0, covered)
        if checksum_matches(parts):
            return X25
    if _restarted(parts, computed, covered):
        return ARC
    return ARC if _known_head(parts, computed, covered - LENGTH, 0) else 0


def _fits(parts, computed, change, n):
    """Whether the checksum matches if the CRC is changed by `change`, n bytes before the end."""
    parts[P_VECTOR][S_COMPUTED] = computed ^ _crc_of_zeros(
        parts[P_ARC_LOW], parts[P_ARC_HIGH], change, n)
    return checksum_matches(parts)


@micropython.viper
def _crc_of_zeros(low: ptr8, high: ptr8, crc: int, n: int) -> int:
    """CRC-16/ARC of n zeros, going on from `crc`."""
    for _ in range(n):
        at = crc & 255
        crc = crc >> 8 ^ low[at] ^ high[at] << 8
    return crc


def _restarted(parts, computed, covered):
    """Whether the telegram begins at a slash in its identification; if so, drop what came before.
    """
    text = parts[P_TEXTS]
    crc = arc_of(_SLASH)
    n = 0  # bytes before it
    while n < parts[P_VECTOR][S_IDENT]:
        crc = arc_of(text[T_IDENT + n], crc)
        n += 1
        if text[T_IDENT + n - 1] == _SLASH and (
                _fits(parts, computed, crc ^ arc_of(_SLASH), covered - n - 1)):
            _begin_at(parts, n)
            return True
    return False


def _begin_at(parts, n):
    """Drop the first n bytes, which are not the telegram's."""
    s = parts[P_VECTOR]
    raw = parts[P_RAW]
    s[S_SKIPPED] += n
    if s[S_LENGTH] <= len(raw):
        copy(raw, 0, raw, n, s[S_LENGTH])
    s[S_LENGTH] -= n
    copy(parts[P_TEXTS], T_IDENT, parts[P_TEXTS], T_IDENT + n, T_IDENT + s[S_IDENT])
    s[S_IDENT] -= n
    s[S_TEXT_CHANGED] = 1


@micropython.viper
def _difference(parts, own: int, head: int, n: int) -> int:
    """The CRC-16/ARC of the difference between the n bytes at texts[T_SLASH] and the head at
    HEADS[head], or, if `own`, the meter's last first line. Above its 16 bits: the number of bytes
    that are alike.
    """
    text = ptr8(parts[P_TEXTS])
    heads = ptr8(HEADS)
    low = ptr8(parts[P_ARC_LOW])
    high = ptr8(parts[P_ARC_HIGH])
    crc = alike = 0
    for i in range(n):
        c = int(heads[head + i]) if i == 0 or own == 0 else int(text[T_IDENT - 1 + i])
        c ^= text[T_SLASH + i]
        if c == 0:
            alike += 1
        c = (c ^ crc) & 255
        crc = crc >> 8 ^ low[c] ^ high[c] << 8
    return crc | alike << 16


def _last_head(parts, computed, covered):
    """Whether the first line that this meter sent last makes the checksum match; if so, use it."""
    n = parts[P_VECTOR][S_HEAD]
    if n != parts[P_VECTOR][S_IDENT] + 1:
        return False
    change = _difference(parts, 1, 0, n) & 0xFFFF
    if not _fits(parts, computed, change, covered - n):
        return False
    _copy_last_head(parts[P_TEXTS], n)
    _put_back(parts, n)
    return True


def _copy_last_head(text, n):
    text[T_SLASH] = _SLASH
    copy(text, T_SLASH + 1, text, T_IDENT, T_IDENT + n - 1)


def _known_head(parts, computed, behind, headless):
    """Whether one of the known heads makes the checksum match; if so, use it. `headless`: the
    length of a first line without a slash, or 0.
    """
    if not headless and not _copy_head(parts):
        return False
    for head in range(0, len(HEADS), LENGTH):
        change = _difference(parts, 0, head, LENGTH)
        # a head with a slash must resemble the known one (else it is another maker's), and differ
        if (headless or _ALIKE <= change >> 16 < LENGTH) and (
                _fits(parts, computed, change & 0xFFFF, behind)):
            copy(parts[P_TEXTS], T_SLASH, HEADS, head, head + LENGTH)
            _put_back(parts, headless or LENGTH)
            return True
    return False


def _copy_head(parts):
    """Copy the head of a telegram with a slash to texts[T_SLASH]. False if it is no longer in the
    buffer, or the identification does not stand there as it was gathered.
    """
    s = parts[P_VECTOR]
    raw = parts[P_RAW]
    if s[S_LENGTH] > len(raw) or s[S_IDENT] < LENGTH - 1 or (
            not same(parts[P_TEXTS], T_IDENT, raw, 1, LENGTH)):
        return False
    copy(parts[P_TEXTS], T_SLASH, raw, 0, LENGTH)
    return True


def _put_back(parts, n):
    """Put the n bytes at texts[T_SLASH] in the place of the telegram's first n."""
    s = parts[P_VECTOR]
    keep_text(parts, T_IDENT, n - 1, T_SLASH + 1)
    if s[S_LENGTH] <= len(parts[P_RAW]):
        copy(parts[P_RAW], 0, parts[P_TEXTS], T_SLASH, T_SLASH + n)
