"""Writes docs/meters.md from the table in meter_table.py and the telegrams of ../shared/telegrams.

    .venv/bin/python -m docs.meters          # writes it (make docs)

Without those telegrams the counts that stand in the page stay.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import meter_model

from . import meter_table

if TYPE_CHECKING:
    from docs.meter_table import Known

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "meters.md"
INDEX = ROOT.parent / "shared" / "telegrams" / "index.json"
# Provenance in the index -> word in the page, the strongest first.
KINDS = {
    "real": "real", "real-anonymised": "real, text changed", "real-corrupt": "real, damaged",
    "real-partial": "real, in part", "real (HDLC frame rebuilt)": "real list, frame rebuilt",
    "doc-example": "maker's example", "spec-example": "specification's example",
    "synthetic-envelope": "real text, envelope ours", "synthetic": "made by others",
}
HEAD = """# Meters

Made from `tools/docs/meter_table.py` by `make docs`; edit there.

**None of these has been tried on a real meter by us.** What is proven, is proven with telegrams:
those of the column *evidence* were captured from real meters by their owners, or stand in a
maker's document, and were published; each gives its known values, or is refused for the known
reason, on CPython and on three MicroPythons, whole, byte by byte and cut in two anywhere. The
simulator's telegrams (*only simulated*: nothing else was to be had) were written from the formats'
documents.

Line settings, format and most scales find themselves. *You set* is what remains for the owner.
Meters that are not listed, but send a listed format, should work. A `?` is a company whose meter
is known, but not what its port sends. Grid companies change meters and lists remotely; the dongle
follows.

**Port.** *RJ12* is a P1 port: open collector, for which the dongle is made. *Module*: an OMNIPOWER
has a slot, and what is on it depends on the module in it; the RJ12 one gives no power. *M-Bus*
carries 22 to 34 V, on RJ45 or on an RJ12 that looks like P1: it needs an M-Bus receiver in front,
or it kills the ESP32.

"""
NAMES = ("meter", "port, line", "sends", "grid companies", "evidence", "you set")
COLUMNS = f"| {' | '.join(NAMES)} |\n{'|---' * len(NAMES)}|\n"


def evidence(row: "Known", records: list[dict]) -> str:
    """How many telegrams of which kind show this meter, as words."""
    counts: dict = {}
    for record in records:
        if f"{record['country']}/{record['meter']}" in row.corpus:
            counts[record["provenance"]] = counts.get(record["provenance"], 0) + 1
    words = [f"{counts[kind]} {KINDS[kind]}" for kind in KINDS if kind in counts]
    return "; ".join(words) or "only simulated"


def name(row: "Known") -> tuple[str, str]:
    """The two cells that tell a row from the others: meter; port and line."""
    line = meter_model.find(row.model).line
    return row.meter, f"{row.port}, {line}".replace(" baud", "")


def table(rows: "Iterable[Known]", told: "Callable[[Known], str]") -> str:
    """A Markdown table; `told(row)` gives the evidence."""
    text = COLUMNS
    for row in rows:
        cells = [*name(row), row.sends, row.companies or "–", told(row), row.owner]
        text += "| " + " | ".join(cells) + " |\n"
    return text


def page(records: list[dict] | None) -> str:
    """The whole page. `records`: the index of the telegrams; None: counts as they stand."""
    before = standing()

    def told(row):
        return evidence(row, records) if records is not None else before.get(name(row), "–")

    text = HEAD + "## Sweden\n\n" + table(meter_table.SWEDEN, told)
    text += "\n## Its neighbours, and beyond\n\n" + table(meter_table.ABROAD, told)
    text += "\n## Quirks\n\n"
    for row in (*meter_table.SWEDEN, *meter_table.ABROAD):
        if row.quirks:
            text += f"* **{row.meter}** (`--meter {row.model}`): {row.quirks}\n"
    text += "\n## Sources\n\n"
    for number, source in enumerate(meter_table.SOURCES, 1):
        text += f"{number}. {source}\n"
    return text


def standing() -> dict[tuple[str, ...], str]:
    """{(meter, port and line): evidence} as the page has it now."""
    if not PAGE.exists():
        return {}
    rows = re.findall(r"^\| (.+) \|$", PAGE.read_text(), re.M)
    cells = [row.split(" | ") for row in rows if row.count(" | ") == 5]
    return {tuple(cell[:2]): cell[4] for cell in cells}


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(INDEX.read_text()) if INDEX.exists() else None))
    print(PAGE.relative_to(ROOT), file=sys.stderr)
