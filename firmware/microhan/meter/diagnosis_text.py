"""What is told of the meter's line, in Swedish and in English. Imported when that changes, and
forgotten again; the sentences lie in diagnosis_text.txt, where they take no heap.
"""

from ..reading.calendar import days_from_civil, iso_time
from ..telegram.clock import eu_summer

_SWEDEN_MIN = 60
_ROWS = __file__[: __file__.rfind("/") + 1] + "diagnosis_text.txt"


def words(state, until, share, trouble):
    """[Swedish, English] for a code. `until`: ISO time of the newest telegram, or None; `share`:
    damaged telegrams, of how many, since when (ISO time or None); `trouble`: a
    line_diagnosis.Trouble, or None.
    """
    told = own = trying = ""
    if state == "silent":
        told, own = civil(until)
    elif state == "checksum":
        bad, total, since = share
        begun, own = civil(since)
        told = "%d/%d %s" % (bad, total, begun[-5:]) if since else "%d/%d" % (bad, total)
    elif trouble and (state[:8] == "garbage_" or state == "held_low"):
        trying = trouble.trying
        if state == "garbage_baud" and trouble.speed:
            told = ", ~%d bit/s" % trouble.speed
        if trouble.unclear:
            state = "unclear"
    said = _row(state, told, own)
    if trying:
        said = [a + " " + b for a, b in zip(said, _row("trying", trying, ""))]
    return said


def _row(name, told, own):
    """[Swedish, English] of a row; # is what is told, ## its last five characters, HH:MM."""
    with open(_ROWS, encoding="utf-8") as rows:
        for row in rows:
            fields = row.rstrip().split("|")
            if fields.pop(0) == name:
                return [_beside(f, own).replace("##", told[-5:]).replace("#", told)
                        for f in fields]


def _beside(text, own):
    """`text` with what stands in brackets, % being the meter's own clock; without, if that is
    as civil time."""
    start = text.find("[")
    if start < 0:
        return text
    end = text.find("]")
    inside = text[start + 1:end].replace("%", own) if own else ""
    return _beside(text[:start] + inside + text[end + 1:], own)


def civil(iso):
    """An ISO time as Swedish civil time, "2026-07-15 14:00", and the clock that it came by, HH:MM,
    or "" where that is the same. ("?", "") for None."""
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
