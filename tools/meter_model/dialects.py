"""ASCII dialects: how a Snapshot becomes the bytes of one maker's telegram.

`lists.py` has the object lists, `catalogue.py` the table of dialects; here is the one writer
that serves them all.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from . import frames
from .line_model import Line
from .meter import Habits

if TYPE_CHECKING:
    from meter_model.meter import Snapshot

# Power of ten between the unit as sent and the smallest unit that a Snapshot counts in.
_SCALE = {"wh": 0, "kwh": 3, "mwh": 6, "varh": 0, "kvarh": 3, "w": 0, "kw": 3, "var": 0,
          "kvar": 3, "va": 0, "kva": 3, "v": 3, "kv": 6, "a": 3, "ka": 6, "hz": 3, "khz": 6,
          "m3": 3, "1": 3}


class Dialect(NamedTuple):
    """One way to write a telegram.

    lists: the lines (see below). star: between number and unit. suffix: after each code.
    lead: before '/'. blank: an empty line after the identification. crc: "upper", "lower",
    "short" (leading zeros dropped), "none", "x25" (CRC-16/X-25). end: after the checksum. bits,
    parity, baud: the line. interval: seconds between telegrams of a real one. secret: how it is
    encrypted; without a system title its head and checksum are not. heard: what a UART hears of
    its first bytes.

    A line of the list is either text with {names} out of Snapshot.texts, or numbers:
    ``1-0: 1.8.0 2.8.0 | 8.3 kWh`` writes one line for each code, 8 digits before the point and
    3 after; the unit in brackets, ``[kvar]``, is not written.
    """

    title: str
    ident: str
    lists: str
    habits: Habits = Habits()
    star: str = "*"
    suffix: str = ""
    lead: str = ""
    blank: bool = True
    crc: str = "upper"
    end: str = "\r\n"
    baud: int = 115200
    bits: int = 8
    parity: str = "none"
    interval: float = 10
    secret: frames.Secret | None = None
    heard: bytes = b""

    @property
    def line(self) -> Line:
        """The line that it is sent on."""
        return Line(self.baud, self.bits, self.parity)

    def write(self, snapshot: "Snapshot") -> bytes:
        """The telegram of a Snapshot, bytes, as the meter's text is (7 bits a character), in its
        envelope if it is encrypted."""
        lines = ["/" + self.ident.format_map(snapshot.texts)]
        if self.blank:
            lines.append("")
        lines.extend(_line(self, row, snapshot) for row in _compiled(self.lists))
        body = ("\r\n".join(lines) + "\r\n!").encode("ascii")
        if self.secret and not self.secret.title:
            head, inside = body[:-1].split(b"\r\n\r\n", 1)
            body = head + b"\r\n\r\n" + frames.seal(self.secret, snapshot.ms, inside)[1:] + b"!"
        checksum = _CRC_STYLES[self.crc].format(
            int.from_bytes(frames.x25(body), "little") if self.crc == "x25" else crc16(body))
        body = self.heard + body[len(self.heard):]
        text = self.lead.encode() + body + (checksum + self.end).encode()
        return frames.seal(self.secret, snapshot.ms, text) if (
            self.secret and self.secret.title) else text

    def shown(self, snapshot: "Snapshot") -> dict[str, Any]:
        """What a reader can know: {OBIS code: value in the smallest unit, cut as sent}."""
        values: dict = {}
        for row in _compiled(self.lists):
            if not isinstance(row, str):
                scale = _SCALE[row.unit.lower()]
                digits = snapshot.values[row.code] * 10**row.decimals // 10**scale
                values.setdefault(row.code, digits * 10**scale // 10**row.decimals)
        return values


class _Number(NamedTuple):
    prefix: str
    code: str
    whole: int
    decimals: int
    unit: str
    shown: bool


def number(value: int, whole: int, decimals: int, scale: int) -> str:
    """`value` / 10**scale with that many decimals, zero padded; more digits are cut off."""
    digits = abs(value) * 10**decimals // 10**scale
    head, tail = divmod(digits, 10**decimals)
    text = f"{head:0{whole}d}"
    if decimals:
        text += f".{tail:0{decimals}d}"
    return "-" + text if value < 0 and digits else text


@lru_cache(maxsize=64)
def _compiled(lists):
    rows = []
    for line in lists.strip().splitlines():
        head, bar, form = line.partition(" | ")
        if not bar:
            rows.append(line.strip())
            continue
        prefix, codes = head.split(":")
        digits, unit = form.split()
        whole, decimals = digits.split(".")
        rows.extend(_Number(prefix.strip(), code, int(whole), int(decimals),
                            unit.strip("[]"), unit[0] != "[") for code in codes.split())
    return tuple(rows)


def _line(dialect, row, snapshot):
    if isinstance(row, str):
        return row.format_map(snapshot.texts)
    value = snapshot.values[row.code]
    text = number(value, row.whole, row.decimals, _SCALE[row.unit.lower()])
    if row.shown:
        text += dialect.star + row.unit
    return f"{row.prefix}:{row.code}{dialect.suffix}({text})"


def crc16(data: bytes) -> int:
    """CRC-16/ARC, as P1 Companion Standard 5.0.2, 6.2 has it."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


_CRC_STYLES = {"upper": "{:04X}", "x25": "{:04X}", "lower": "{:04x}", "short": "{:X}", "none": ""}
