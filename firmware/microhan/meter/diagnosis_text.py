"""The diagnosis of the meter's line for people, in Swedish and in English. Loaded when it changes.
The sentences lie in diagnosis_text.txt, where they take no heap.
"""

from typing import TYPE_CHECKING

from ..reading.calendar import days_from_civil, iso_time
from ..store.rows import rows_of
from ..telegram.clock import eu_summer
from .feed import DEAD_MV

if TYPE_CHECKING:
    from collections.abc import Callable

    from .line_diagnosis import LineDiagnosis

_SWEDEN_MIN = 60
_DEAD = ("never", "silent", "ident_only", "held_low")  # as if the port's module had no supply
_ROWS = __file__[: __file__.rfind("/") + 1] + "diagnosis_text.txt"


def explain(state: str, until: str | None, share: "tuple[int, int, str | None]",
            line: "LineDiagnosis | None",
            pin_1: "Callable[[], tuple[str, int | None]] | None" = None) -> list[str]:
    """[Swedish, English] for a code. `until`: ISO time of the newest telegram, or None; `share`:
    damaged telegrams, of how many, since when (ISO time or None); `line`: what is known while
    there is no telegram; `pin_1()`: what pin 1 of the port is like, and its mV.
    """
    detail = own = trying = ""
    if state == "silent":
        detail, own = civil(until)
    elif state == "checksum":
        bad, total, since = share
        begun, own = civil(since)
        detail = "%d/%d %s" % (bad, total, begun[-5:]) if since else "%d/%d" % (bad, total)
    elif line and (state[:8] == "garbage_" or state == "held_low"):
        trying = line.trying
        if state == "garbage_baud" and line.speed:
            detail = ", ~%d bit/s" % line.speed
        if line.unclear:
            state = "unclear"
    texts = _row(state, detail, own)
    if trying:
        texts = _joined(texts, _row("trying", trying, ""))
    if state in _DEAD:
        how, millivolts = pin_1() if pin_1 else ("", None)
        if how or state == "ident_only" or millivolts is not None and (
                millivolts < DEAD_MV):  # where nothing is switched on, only what may help
            texts = _joined(texts, _of_pin_1(how, millivolts))
    return texts


def _joined(first, second):
    return [a + " " + b for a, b in zip(first, second)] if second else first


def _of_pin_1(how, millivolts):
    """What is to be said of pin 1 beside a line that is dead: [Swedish, English], or None."""
    volts = "" if millivolts is None else "%d.%d" % divmod(millivolts // 100, 10)
    texts = _row(("pin_1 " + how).strip(), volts, volts)
    if texts and volts:
        texts[0] = texts[0].replace(volts + " V", volts.replace(".", ",") + " V")
    return texts


def _row(name, detail, own):
    """[Swedish, English] of a row; # stands for `detail`, ## for its last five characters, HH:MM.
    """
    for row in rows_of(_ROWS):
        fields = row.rstrip().split("|")
        if fields.pop(0) == name:
            return [_with_own_clock(f, own).replace("##", detail[-5:]).replace("#", detail)
                    for f in fields]


def _with_own_clock(text, own):
    """`text` with what stands in brackets, where % is the meter's own clock; without it if `own`
    is "": that clock shows civil time."""
    start = text.find("[")
    if start < 0:
        return text
    end = text.find("]")
    inside = text[start + 1:end].replace("%", own) if own else ""
    return _with_own_clock(text[:start] + inside + text[end + 1:], own)


def civil(iso: str | None) -> tuple[str, str]:
    """An ISO time as Swedish civil time, "2026-07-15 14:00", and the meter's own clock, HH:MM, or
    "" where that shows the same. ("?", "") for None."""
    if not iso:
        return "?", ""
    year = int(iso[:4])
    minutes = (days_from_civil(year, int(iso[5:7]), int(iso[8:10])) * 1440
               + int(iso[11:13]) * 60 + int(iso[14:16]) + _SWEDEN_MIN)
    away = int(iso[20:22]) * 60 + int(iso[23:25])
    minutes -= -away if iso[19] == "-" else away
    if eu_summer(year, minutes * 60, _SWEDEN_MIN):
        minutes += 60
    text = iso_time(minutes * 60, 0)
    own = iso[11:16]
    return text[:10] + " " + text[11:16], own if own != text[11:16] else ""
