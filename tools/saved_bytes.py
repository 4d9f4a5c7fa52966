"""The raw bytes behind what a person saved in their place: a hex dump, or text whose line ends an
editor changed. tools/decode.py asks; nothing here needs more than Python.
"""

import re

_GAP = 1 << 20  # bytes that a "*" of hexdump may stand for
# a count in brackets at the end is ESPHome's
_SEPARATORS = re.compile(r"0[xX]|\\x|[\s:,;.\-]+|\(\d+\)$")
_PAIRS = re.compile(r"(?:[0-9a-fA-F]{2})*")
# xxd and tcpdump (colon), hexdump, od and Wireshark (blanks); the offset may stand alone (the end)
_OFFSET = re.compile(r"(?:0x)?([0-9a-fA-F]{4,16})(:|\s|$)\s*(.*)")
# where the column of characters begins
_AFTER_COLON = re.compile(r"\s{2}.*")
_AFTER_BLANKS = re.compile(r"\s*(?:\||\s{2}>|\s{3}).*")
_LINE_END = re.compile(rb"\r*\n|\r(?!\n)")


class NotHexError(ValueError):
    """The text is no hex dump; the words say where."""


def from_hex(data: bytes) -> bytes:
    """The bytes that a hex dump spells: bare digits with any separators, or the columns of xxd,
    hexdump, od, tcpdump, Wireshark. Raises NotHexError.
    """
    lines = [(number, line.strip()) for number, line in enumerate(_text(data).splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and line[0] != "#"]
    dumped = _with_offsets([line for _, line in lines])
    if dumped is None:
        dumped = b"".join(_bare(number, line) for number, line in lines)
    if not dumped:
        raise NotHexError("there are no hexadecimal digits in it")
    return dumped


def _text(data):
    """Characters of a text file; PowerShell's `>` writes UTF-16."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _bare(number, line):
    """Digits, with whatever stands between bytes."""
    digits = _SEPARATORS.sub("", line)
    if not _PAIRS.fullmatch(digits):
        raise NotHexError(f"line {number} is not pairs of hexadecimal digits: {line[:40]!r}")
    return bytes.fromhex(digits)


def _with_offsets(lines):
    """Bytes of a dump whose every line begins with its own offset, or None. An offset that is not
    the count of the bytes before it is no offset."""
    out = bytearray()
    first, repeated = None, False
    for line in lines:
        if line == "*" and out:
            repeated = True
            continue
        match = _OFFSET.match(line)
        if not match:
            return None
        at = int(match[1], 16)
        first = at if first is None else first
        if repeated and 0 < at - first - len(out) <= _GAP:
            row = bytes(out[-16:])
            out += (row * ((at - first - len(out)) // len(row) + 1))[:at - first - len(out)]
        repeated = False
        row = _row(match)
        if row == b"" and at - first == len(out) - 1:
            del out[-1]  # hexdump filled its last word up
        if at - first != len(out) or row is None:
            return None
        out += row
    # one line alone proves its offset only by a 0: else it is bytes in groups
    return None if first and len(lines) == 1 else bytes(out)


def _row(match):
    """The bytes of one line of a dump, or None."""
    columns = (_AFTER_COLON if match[2] == ":" else _AFTER_BLANKS).sub("", match[3], count=1)
    groups = columns.split()
    if not all(_PAIRS.fullmatch(group) for group in groups):
        return None
    # plain `hexdump` shows words of the PC, the low byte first; its offsets have seven digits
    if len(match[1]) == 7 and groups and all(len(group) == 4 for group in groups):
        groups = [group[2:] + group[:2] for group in groups]
    return bytes.fromhex("".join(groups))


def with_line_ends(data: bytes) -> tuple[bytes, str] | None:
    """(data with CR LF at every line's end, what its line ends were), or None where nothing is to
    be put back. A meter sends CR LF and its checksum counts both; an editor keeps one of them.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data, was = _text(data).encode("latin-1", "replace"), "the text was UTF-16"
    elif b"\r" not in data:
        was = "line ends were LF"
    elif b"\n" not in data:
        was = "line ends were CR"
    else:
        was = "line ends were mixed"
    mended = _LINE_END.sub(b"\r\n", data)
    return None if mended == data and "UTF" not in was else (mended, was)
