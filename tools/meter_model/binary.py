"""Binary dialects: how a Snapshot becomes the DLMS frames of one maker's meter.

`binary_lists.py` has the lists and their grammar, `catalogue.py` the table of dialects; here is
the one writer that serves them all.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from . import dlms, frames
from .clock import moment
from .line_model import Line
from .meter import Habits

if TYPE_CHECKING:
    from meter_model.meter import Snapshot

HOUR = 3_600_000  # ms
# Power of ten from a unit to the one that a Snapshot counts in: mA and mV, else the unit itself.
_SMALLEST = {"A": 3, "V": 3, "1": 3}
_STRINGS = {"visible": dlms.visible, "octets": dlms.octets,
            "nuls16": lambda data: dlms.visible(data.ljust(16, b"\0"))}


class Binary(NamedTuple):
    """One way to write DLMS push telegrams.

    lists: (ms, list) pairs, the shortest first; a list is sent with the first telegram after a
    full multiple of its milliseconds, the longest one if several are due. style, container: how
    the values stand (see _STYLES). wrap, address, size: the frames (frames.WRAPS); size is bytes
    in each. header: the date-time before the list: "", "plain", "tagged". deviation: that of all
    clocks: "none" (undefined), "zero", "normal", "local"; status: their last byte. missing: what
    stands for the phases that a one-phase meter does not have: "omit" or "null".
    """

    title: str
    lists: tuple
    style: str
    habits: Habits = Habits()
    container: str = "structure"
    wrap: str = "one"
    address: bytes = b"\x2b\x21"
    size: int = 200
    invoke: int = 0x40000000
    header: str = ""
    deviation: str = "none"
    status: int = 0
    missing: str = "omit"
    secret: frames.Secret | None = None
    baud: int = 2400
    bits: int = 8
    parity: str = "none"
    interval: float = 10

    @property
    def crc(self) -> str:
        """Each frame has its own check."""
        return "frame"

    @property
    def line(self) -> Line:
        """The line that it is sent on."""
        return Line(self.baud, self.bits, self.parity)

    @property
    def hourly(self) -> bool:
        """Whether the registers come in a list of their own, once an hour."""
        return self.lists[-1][0] == HOUR

    def due(self, snapshot: "Snapshot") -> tuple:
        """The list that is due with this Snapshot."""
        chosen = self.lists[0][1]
        for period, rows in self.lists[1:]:
            if snapshot.ms // period != snapshot.since // period:
                chosen = rows
        return chosen

    def apdu(self, snapshot: "Snapshot") -> bytes:
        """The data-notification of a Snapshot, bytes, neither encrypted nor framed."""
        when = _stamp(self, snapshot)
        body = getattr(dlms, self.container)(*_items(self, snapshot, when))
        return dlms.notification(body, when if self.header else b"", self.invoke,
                                 self.header == "tagged")

    def write(self, snapshot: "Snapshot") -> bytes:
        """The telegram of a Snapshot, bytes."""
        apdu = self.apdu(snapshot)
        if self.secret:
            apdu = frames.seal(self.secret, snapshot.ms, apdu)
        return frames.WRAPS[self.wrap](apdu, self.address, self.size)

    def shown(self, snapshot: "Snapshot") -> dict[str, Any]:
        """What a reader can know: {OBIS code: value in the smallest unit, cut as sent}."""
        values = {}
        for row in _compiled(self.due(snapshot)):
            if row.unit and not _is_missing(self, row):
                scale = row.scaler + _SMALLEST.get(row.unit, 0)
                values[row.code] = (_sent(snapshot, row) * 10**scale if scale >= 0
                                    else _sent(snapshot, row) // 10**-scale)
        return values


class _Row(NamedTuple):
    medium: str  # "1-0", or "-" where no code is sent
    code: str
    kind: str  # of a number, or of a string, or "clock"
    text: str
    scaler: int
    unit: str  # "" for what is no number


@lru_cache(maxsize=64)
def _compiled(rows):
    out = []
    for line in rows.strip().splitlines():
        head, bar, form = line.partition(" | ")
        if bar:
            medium, codes = head.split(":")
            kind, meaning = form.split()
            unit = meaning.rstrip("+-0123456789") or meaning[0]  # "1" is a unit too
            scaler = int(meaning[len(unit):] or 0)
            out += [_Row(medium, code, kind, "", scaler, unit) for code in codes.split()]
        elif line.strip():
            code, kind, *text = line.split()
            medium, _, code = code.partition(":")
            out.append(_Row(medium, code, kind, " ".join(text), 0, ""))
    return tuple(out)


def _stamp(dialect, snapshot):
    summer = snapshot.texts["clock"].endswith("S")
    offset = dialect.habits.utc_offset
    deviation = {"none": None, "zero": 0, "normal": -offset,
                 "local": -offset - 60 * summer}[dialect.deviation]
    status = dialect.status | (0x80 if summer and dialect.deviation == "local" else 0)
    return dlms.date_time(moment(snapshot.ms + HOUR * summer), deviation, status)


def _sent(snapshot, row):
    """The number on the wire; digits beyond it are cut."""
    scale = row.scaler + _SMALLEST.get(row.unit, 0)
    value = snapshot.values[row.code]
    return value // 10**scale if scale >= 0 else value * 10**-scale


def _is_missing(dialect, row):
    """Whether a row is about a phase that this meter does not have."""
    phase = (int(row.code.split(".")[0]) - 1) // 20 if row.unit else 0
    return phase >= 2 and dialect.habits.phases == 1


def _value(row, snapshot, when):
    if row.kind == "clock":
        return dlms.octets(when)
    if row.unit:
        return dlms.number(row.kind, _sent(snapshot, row))
    return _STRINGS[row.kind](row.text.format_map(snapshot.texts).encode("ascii"))


def _pair(code, value, meaning):
    return ([dlms.octets(code)] if code else []) + [value]


def _flat(code, value, meaning):
    return _pair(code, value, meaning) + ([meaning] if meaning else [])


def _nested(code, value, meaning):
    return [dlms.structure(*_flat(code, value, meaning))]


def _bare(code, value, meaning):
    return [value]


# How one value stands in the list: its code, itself, the structure of scaler and unit.
_STYLES = {"pair": _pair, "flat": _flat, "nested": _nested, "bare": _bare, "described": _bare}


def _items(dialect, snapshot, when):
    """The encoded members of the list."""
    style = _STYLES[dialect.style]
    rows = [row for row in _compiled(dialect.due(snapshot))
            if dialect.missing == "null" or not _is_missing(dialect, row)]
    items = _columns(rows) if dialect.style == "described" else []
    for row in rows:
        if _is_missing(dialect, row):
            items += [dlms.NULL, dlms.NULL]
            continue
        code = dlms.obis(f"{row.medium}:{row.code}") if row.code else b""
        meaning = dlms.scaler_unit(row.scaler, row.unit) if row.unit else b""
        items += style(code, _value(row, snapshot, when), meaning)
    return items


# The object of the descriptions themselves, a push set-up: its list (attribute 2), its name (1).
_OWN = ("0-8:25.9.0", 40)


def _column(code, kind, attribute):
    return dlms.structure(dlms.number("u16", kind), dlms.octets(dlms.obis(code)),
                          dlms.number("i8", attribute), dlms.number("u16", 0))


def _columns(rows):
    """Landis+Gyr's: an array of descriptions (class, code, attribute, index), then the values;
    the first of them describes the array itself and has no other value."""
    columns = [_column(*_OWN, 2), _column(*_OWN, 1)]
    columns += [_column(f"{row.medium}:{row.code}", 3 if row.unit else 1, 2) for row in rows]
    return [dlms.array(*columns), dlms.octets(dlms.obis(_OWN[0]))]
