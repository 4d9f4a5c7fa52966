"""The list of parts and the places, as assembly houses want them, by assembly.toml."""

import csv
import re
import tomllib

import kicadcli
from table import BUILD, HARDWARE

# How a supplier's own numbers look; assembly.toml has these columns.
_FORMS = {"LCSC": r"C[1-9]\d{2,7}", "Mouser": r"\d{2,3}-\S+", "Digi-Key": r"\S+-ND"}


def settings():
    """assembly.toml as a dict."""
    return tomllib.loads((HARDWARE / "assembly.toml").read_text())


def wrong_suppliers(suppliers, rows):
    """Sentences: suppliers' numbers that are malformed, or not those of parts.toml's `rows`."""
    told = [] if suppliers["columns"] == list(_FORMS) else [f"columns must be {list(_FORMS)}"]
    numbers, taken = suppliers["numbers"], {}
    rows = [row for row in rows if "number" in row]
    for row in rows:
        have, want = numbers.get(row["number"], {}), row.get("suppliers", {})
        if have != want:
            told.append(f"{row['number']}: assembly.toml has {have}, parts.toml {want}")
    for number, theirs in numbers.items():
        if number not in (row["number"] for row in rows):
            told.append(f"{number} is in assembly.toml, and is no part's number")
        for supplier, one in theirs.items():
            if not re.fullmatch(_FORMS.get(supplier, ""), one):
                told.append(f"{number}: {one} is no number of {supplier}")
            if taken.setdefault((supplier, one), number) != number:
                told.append(f"{number} and {taken[supplier, one]}: both are {one}")
    return told


def _in_order(ref):
    """R2 before R10."""
    letters = ref.rstrip("0123456789")
    return letters, int(ref[len(letters):])


def bom(found, path):
    """The list of parts, one line for each kind; returns how many kinds are fitted."""
    kinds, suppliers = {}, settings()["suppliers"]
    for part in sorted(found.parts.values(), key=lambda part: _in_order(part.ref)):
        if part.in_bom:
            key = (part.value, part.footprint.partition(":")[2], part.fields.get("Manufacturer"),
                   part.fields.get("MPN"), part.fields.get("Alternates"), part.fitted)
            kinds.setdefault(key, []).append(part.ref)
    with open(path, "w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Comment", "Designator", "Footprint", "Quantity", "Manufacturer", "MPN",
                      "Alternates", "Fit", *suppliers["columns"]])
        for (value, place, maker, number, others, fitted), refs in kinds.items():
            theirs = suppliers["numbers"].get(number, {})
            out.writerow([value, ",".join(refs), place, len(refs), maker, number, others,
                          "yes" if fitted else "no (DNP)",
                          *(theirs.get(name, "") for name in suppliers["columns"])])
    return sum(key[-1] for key in kinds)


def turned(footprint, degrees, table):
    """The rotation that a house wants: KiCad's, and what its table adds for this footprint."""
    name = footprint.partition(":")[2]
    add = next((row["add"] for row in table if name.startswith(row["footprint"])), 0)
    return (degrees + add) % 360


def positions(found, path):
    """Places with the heading that assembly houses expect; {ref: (x, y)} of all parts."""
    raw, table = BUILD / "positions-kicad.csv", settings()["rotation"]
    kicadcli.positions(raw)
    places = {}
    with open(raw, newline="") as source, open(path, "w", newline="") as target:
        out = csv.writer(target)
        out.writerow(["Designator", "Mid X", "Mid Y", "Layer", "Rotation", "Rotation in KiCad"])
        for row in csv.DictReader(source):
            places[row["Ref"]] = float(row["PosX"]), float(row["PosY"])
            part = found.parts[row["Ref"]]
            if part.fitted and part.in_bom:
                theirs = turned(part.footprint, float(row["Rot"]), table)
                out.writerow([row["Ref"], row["PosX"], row["PosY"], row["Side"], f"{theirs:g}",
                              f"{float(row['Rot']):g}"])
    return places
