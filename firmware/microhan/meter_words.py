"""What is told of the meter's line, in Swedish and in English. Imported when that changes, and
forgotten again; the sentences lie in meter_words.txt, where they take no heap.
"""

_ROWS = __file__[: __file__.rfind("/") + 1] + "meter_words.txt"


def words(state, until, share, trouble):
    """[Swedish, English] for a code. `until`: ISO time of the newest telegram, or None; `share`:
    damaged telegrams, of how many, since when (ISO time or None); `trouble`: a
    meter_trouble.Trouble, or None.
    """
    told = trying = ""
    if state == "silent":
        told = until[:10] + " " + until[11:16] if until else "?"
    elif state == "checksum":
        bad, total, since = share
        told = "%d/%d%s" % (bad, total, " " + since[11:16] if since else "")
    elif trouble and (state[:8] == "garbage_" or state == "held_low"):
        trying = trouble.trying
        if state == "garbage_baud" and trouble.speed:
            told = ", ~%d bit/s" % trouble.speed
        if trouble.unclear:
            state = "unclear"
    said = _row(state, told)
    if trying:
        said = [a + " " + b for a, b in zip(said, _row("trying", trying))]
    return said


def _row(name, told):
    """[Swedish, English] of a row; # is what is told, ## its last five characters, HH:MM."""
    with open(_ROWS, encoding="utf-8") as rows:
        for row in rows:
            fields = row.rstrip().split("|")
            if fields.pop(0) == name:
                return [f.replace("##", told[-5:]).replace("#", told) for f in fields]
