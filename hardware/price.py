#!/usr/bin/env python3
"""Writes hardware/price.md from price.toml.

    python3 hardware/price.py            writes it, and build/hardware/price.json
    python3 hardware/price.py --check    only says whether it is as price.toml has it
"""

import argparse
import sys
import tomllib

from table import HARDWARE, Checks

_DATA = HARDWARE / "price.toml"
_PAGE = HARDWARE / "price.md"
_NUMBERS = (1, 10, 100)
_VAT = 1.25
_SOURCES = {"class": "class", "read": "read", "worked": "worked out"}

_TOP = """# What it costs

SEK without VAT and freight, {date}. **These are classes of price, not quotations**: no shop was
asked. `class` is what such a part usually costs, from experience; `worked out` follows from other
figures. Order from two places and a part may well cost half or double. Made by `price.py` from
`price.toml`: change that.
"""
_BOUGHT = """## Beside what can be bought

With VAT, as remembered from 2024 and 2025; not looked up again. Ask the shop.

| | SEK | works without the vendor's cloud |
|---|---|---|
{rows}| **this dongle**, 1 piece, soldered by hand, with cord and supply | {one} | yes |
| **this dongle**, 1 of 10, assembled, with cord and supply | {ten} | yes |
| **breadboard build**, 1 piece, with cord and supply | {bread} | yes |

A bought one has a CE mark and somebody who answers for it. This has neither, and is not built yet.
"""


def pieces(row):
    """How many of a part are in one dongle."""
    return len(row["refs"].split()) if "refs" in row else 1


def totals(rows):
    """The sum of a table for each of 1, 10 and 100."""
    return [sum(pieces(row) * row["each"][i] for row in rows) for i in range(len(_NUMBERS))]


def _table(title, rows):
    lines = [f"## {title}", "", "| part | pieces | at 1 | at 10 | at 100 | source |",
             "|---|--:|--:|--:|--:|---|"]
    for row in rows:
        count = pieces(row)
        prices = " | ".join(f"{count * each:.1f}" for each in row["each"])
        source = _SOURCES[row["source"]] + ("; " + row["note"] if "note" in row else "")
        lines.append(f"| {row['what']} | {count} | {prices} | {source} |")
    sums = " | ".join(f"**{value:.0f}**" for value in totals(rows))
    return "\n".join([*lines, f"| **together** | | {sums} | |", ""])


def page(data):
    """The text of price.md."""
    dongle, both, bread, assembly = (totals(data[key]) for key in (
        "dongle", "both", "breadboard", "assembly"))
    rows = "".join(f"| {row['what']} | {row['price'][0]} to {row['price'][1]} | {row['local']} |\n"
                   for row in data["bought"])
    return "\n".join([
        _TOP.format(date=data["date"]),
        _table("Dongle", data["dongle"]),
        _table("Assembly by a factory, if you do not solder", data["assembly"]),
        _table("Breadboard build", data["breadboard"]),
        _table("Both need", data["both"]),
        _BOUGHT.format(rows=rows, one=_about((dongle[0] + both[0]) * _VAT),
                       ten=_about((dongle[1] + both[1] + assembly[1]) * _VAT),
                       bread=_about((bread[0] + both[0]) * _VAT))])


def _about(value):
    return f"about {round(value, -1):.0f}"


def main(argv=None):
    """Writes or checks; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(argv)
    data = tomllib.loads(_DATA.read_text())
    text = page(data)
    if not options.check:
        _PAGE.write_text(text)
    checks = Checks("price")
    checks.add("price.md is what price.toml says", _PAGE.read_text() == text, "=", True)
    for number, value in zip(_NUMBERS, totals(data["dongle"])):
        checks.add(f"parts of one dongle when {number} are made, SEK without VAT", value)
    return checks.write()


if __name__ == "__main__":
    sys.exit(main())
