"""parts.toml: what each reference of the dongle is, against drawings and part numbers."""

import math
import re

import limits
import mpn

# What a row says, and the drawing's field for it.
_FIELDS = {"maker": "Manufacturer", "number": "MPN", "alternates": "Alternates"}
# Kinds whose value in the schematic is the name of the part: its number begins with it.
_NAMED = ("NPN", "PNP", "N-MOSFET", "P-MOSFET", "Schottky", "ESD array", "TVS", "zener", "LDO",
          "module", "load switch", "reference")
# Kinds whose pads must be known by name, since makers number them differently.
_PINNED = tuple(set(_NAMED) - {"module"}) + ("LED",)
# Facts that are compared with the drawing itself, not with the row.
_DRAWN = ("kind", "package", "pins")


def all_rows(table):
    """The rows, each with what its `usual` says of many."""
    usual = table.get("usual", {})
    return [{**usual.get(row.get("usual"), {}), **row} for row in table.get("part", [])]


def by_reference(table):
    """Reference -> its row."""
    return {ref: row for row in all_rows(table) for ref in row["refs"].split()}


def wanted(row):
    """What both drawings must say of a part."""
    number = row.get("number", "")
    others = ", ".join(row.get("alternates", ())) or ("-" if number else "")
    return {"value": row["value"], "footprint": row["footprint"], "maker": row.get("maker", ""),
            "number": number, "alternates": others,
            "fitted": row.get("fitted", True), "ordered": bool(number)}


def drawn(part):
    """The same of a part as it is drawn."""
    return {"value": part.value, "footprint": part.footprint,
            **{key: part.fields.get(name, "") for key, name in _FIELDS.items()},
            "fitted": part.fitted, "ordered": part.in_bom}


def differences(where, found, table):
    """Sentences, one for each figure of a part that a drawing has otherwise than the table."""
    golden = by_reference(table)
    told = [f"{ref} is in the {where}, but not in parts.toml (golden.py --rows prints its row)"
            for ref in sorted(found.keys() - golden.keys())]
    told += [f"{ref} is in parts.toml, but not in the {where}"
             for ref in sorted(golden.keys() - found.keys())]
    listed = " ".join(row["refs"] for row in table.get("part", [])).split()
    told += [f"{ref} stands in two rows" for ref in sorted(set(listed)) if listed.count(ref) > 1]
    for ref in sorted(found.keys() & golden.keys()):
        want, have = wanted(golden[ref]), drawn(found[ref])
        if found[ref].symbol:
            want["symbol"], have["symbol"] = golden[ref]["symbol"], found[ref].symbol
        if found[ref].side:
            want["side"], have["side"] = golden[ref].get("side", "top"), found[ref].side
        told += [f"{ref}: {key} in the {where} is {have[key]!r}, in parts.toml {want[key]!r}"
                 for key in want if have[key] != want[key]]
    return told


def numbers(row):
    """The number of a row and its alternates', descriptions as they are; each once."""
    found = [row["number"]]
    for text in row.get("alternates", ()):
        if mpn.is_description(text):
            found.append(text)
            continue
        word = re.sub(r" \(.*\)$", "", text).rpartition(": ")[2].rpartition(" ")[2]
        # "-N16R2": the same with another end
        found.append(row["number"].rpartition("-")[0] + word if word.startswith("-") else word)
    return list(dict.fromkeys(found))


def sheets_by_number(sheets):
    """Number -> what datasheets.toml says of it."""
    found = {}
    for sheet in sheets["part"]:
        told = {key: value for key, value in sheet.items() if key not in ("numbers", "source")}
        found.update(dict.fromkeys(sheet["numbers"], told))
    return found


def _equal(one, other):
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-6)
    return one == other


def _as_written(values):
    """How `is` writes what its numbers have: once if all are alike, else number by number."""
    return values[0] if all(_equal(value, values[0]) for value in values) else values


def _same(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return _equal(one, other)


def wrong_numbers(table, sheets):
    """Sentences, one for each number that is unknown, or is not what its row says."""
    known = sheets_by_number(sheets)
    told = []
    for row in all_rows(table):
        if "number" in row:
            told += [f"{row['refs']}: {sentence}" for sentence in _row_errors(row, known)]
    return told


def _row_errors(row, known):
    try:
        facts = {number: mpn.facts(number, known) for number in numbers(row)}
    except mpn.UnknownNumber as error:
        return [str(error)]
    kind = row.get("kind", "part without a kind")
    told = [f"{number} is a {fact['kind']}, not a {kind}"
            for number, fact in facts.items() if fact["kind"] != kind]
    return told or _value_errors(row, facts) + _fact_errors(row, facts)


def is_named(row):
    """Whether the value is the part's name, with which its number begins."""
    return row["kind"] in _NAMED and not mpn.value_says(row["value"], row["kind"])


def _value_errors(row, facts):
    """The value in the drawing against the first number's facts."""
    number, fact = next(iter(facts.items()))
    told = [f"value {row['value']}, but {number} has {key} {fact.get(key)}"
            for key, value in mpn.value_says(row["value"], row["kind"]).items()
            if not _equal(fact.get(key), value)]
    if is_named(row) and not number.startswith(row["value"]):
        told.append(f"value {row['value']}, but the number is {number}")
    return told


def _fact_errors(row, facts):
    """All numbers' facts against the row's `is`, which is exact: neither more nor less."""
    says = {**mpn.value_says(row["value"], row["kind"]), **row.get("is", {})}
    exact = {number: fact for number, fact in facts.items() if not mpn.is_description(number)}
    keys = {key for fact in facts.values() for key in fact} - set(_DRAWN)
    told = [f"{number}: nothing says its {key}" for number, fact in exact.items()
            for key in sorted(keys - fact.keys())]
    for key in sorted(keys | says.keys()):
        have = {number: fact[key] for number, fact in facts.items() if key in fact}
        if key not in says or not have or not _same(_as_written(list(have.values())), says[key]):
            shown = ", ".join(f"{number} {value}" for number, value in have.items())
            told.append(f"{key} is {shown or 'nowhere'}; parts.toml says "
                        f"{says.get(key, 'nothing')}")
    return told


def package_of(footprint, sheets):
    """The package that a footprint is for; None if nothing says it."""
    name = footprint.partition(":")[2]
    chip = re.fullmatch(r"[A-Za-z]+_(\d{4})_\d{4}Metric", name)
    can = re.fullmatch(r"CP_Radial_D([\d.]+)mm_P([\d.]+)mm", name)
    if chip or can:
        return chip[1] if chip else mpn.radial(*can.groups())
    return sheets["packages"].get(name)


def misfits(table, sheets, functions):
    """Numbers whose package is not the footprint's, or whose pins are not the symbol's."""
    known = sheets_by_number(sheets)
    told = []
    for row in all_rows(table):
        if "number" not in row:
            continue
        package = package_of(row["footprint"], sheets)
        for number in numbers(row):
            try:
                fact = mpn.facts(number, known)
            except mpn.UnknownNumber:
                continue  # wrong_numbers says so
            fits = fact.get("package", package if mpn.is_description(number) else "nothing known")
            if fits != package:
                told.append(f"{row['refs']}: package of {number} is {fits}, the footprint "
                            f"{row['footprint']} is for {package or 'nothing known'}")
            told += _wrong_pins(row, number, fact, functions)
    return told


def _wrong_pins(row, number, fact, functions):
    names = fact.get("pins", "").split()
    if row.get("kind") in _PINNED and not names:
        return [f"{row['refs']}: nothing says the pins of {number}"]
    return [f"{ref}.{i}: pin {name} of {number} is {functions.get(f'{ref}.{i}')!r} in the symbol"
            for ref in row["refs"].split() for i, name in enumerate(names, 1)
            if functions.get(f"{ref}.{i}") != name]


def unused(table, sheets):
    """Entries of datasheets.toml that no part needs, and `usual` of no row: to be taken out."""
    needed = {number for row in all_rows(table) if "number" in row for number in numbers(row)}
    told = [f"datasheets.toml: no part is {number}"
            for number in sorted(sheets_by_number(sheets).keys() - needed)]
    places = {row["footprint"].partition(":")[2] for row in all_rows(table)}
    told += [f"datasheets.toml: no part has the footprint {name}"
             for name in sheets["packages"] if name not in places]
    called = {row.get("usual") for row in table.get("part", [])}
    return told + [f"parts.toml: no row is a usual {name}" for name in table.get("usual", {})
                   if name not in called]


def figures(table, sheets):
    """What a reader wants to know of the table: name -> figure."""
    known = sheets_by_number(sheets)
    found = [number for row in all_rows(table) if "number" in row for number in numbers(row)]
    words = [number for number in found if mpn.is_description(number)]
    decoded = [number for number in found if mpn.decode(number) and number not in words]
    fitted = {row["number"]: bool(row.get("suppliers")) for row in all_rows(table)
              if "number" in row and row.get("fitted", True)}
    return {"parts: references": len(by_reference(table)),
            "parts: numbers, alternates with them": len(found) - len(words),
            "parts: of these decoded by their maker's scheme": len(decoded),
            "parts: of these from datasheets.toml alone":
                len([n for n in found if n in known and not mpn.decode(n)]),
            "parts: alternates that are a description, not a number": len(words),
            "parts: numbers to be fitted": len(fitted),
            "parts: of these with a supplier's own number": sum(fitted.values())}


def _split(text):
    """Alternates as a list: a comma in parentheses, or without a space, parts nothing."""
    if text.startswith("any ") and ": " not in text:
        return [text]
    return re.split(r", (?![^(]*\))", text) if text not in ("", "-") else []


def rows(design):
    """Lines of TOML for what parts.toml lacks or has otherwise, of equal parts one row."""
    golden, known = by_reference(design.parts), sheets_by_number(design.sheets)
    theirs = design.suppliers["numbers"]
    kinds, changed = {}, set()
    for ref, part in sorted(design.schematic.parts.items(), key=lambda item: _order(item[0])):
        told = {**drawn(part), "symbol": part.symbol}
        kind = tuple(told.items())
        kinds.setdefault(kind, []).append(ref)
        if ref not in golden or {**wanted(golden[ref]), "symbol": golden[ref]["symbol"]} != told:
            changed.add(kind)
    return [line for kind, refs in kinds.items() if kind in changed
            for line in _row({**dict(kind), "suppliers": theirs.get(dict(kind)["number"])},
                             refs, known, design.parts.get("usual", {}))]


def _order(ref):
    letters = ref.rstrip("0123456789")
    return letters, int(ref[len(letters):] or 0)


def _row(told, refs, known, usual):
    """One row, with what its numbers say of themselves, in the form of a `usual` if one fits."""
    row = {"refs": " ".join(refs), **{key: told[key] for key in ("value", "symbol", "footprint")}}
    if told["number"]:
        row.update(maker=told["maker"], number=told["number"])
        if told["alternates"] not in ("", "-"):
            row["alternates"] = _split(told["alternates"])
        if told["suppliers"]:
            row["suppliers"] = told["suppliers"]
    if not told["fitted"]:
        row["fitted"] = False
    try:
        row.update(_facts(row, known))
        note = []
    except mpn.UnknownNumber as error:
        note = [f"# {error}"]
    for name, same in usual.items():
        if all(row.get(key) == value for key, value in same.items()):
            row = {"usual": name, **{key: row[key] for key in row if key not in same}}
            break
    lines = [f"{key} = {limits.toml(value)}" for key, value in row.items()]
    return ["[[part]]", *note, *lines, ""]


def _facts(row, known):
    """`kind` and `is` of a row."""
    if "number" not in row:
        return {}
    found = [mpn.facts(number, known) for number in numbers(row)]
    kind = found[0]["kind"]
    stated, inner = mpn.value_says(row["value"], kind), {}
    for key in sorted({key for fact in found for key in fact} - set(_DRAWN)):
        values = _as_written([fact[key] for fact in found if key in fact])
        if not _same(values, stated.get(key)):
            inner[key] = values
    return {"kind": kind, **({"is": inner} if inner else {})}
