"""Errors that one could make, one at a time, made from the files as they are.

Each is a group, a sentence, and the design with that one thing changed. Nothing here names a part
of the board but REVIEW, the errors with which a reviewer once found the checks asleep.
"""

from dataclasses import dataclass, replace

import board
import limits
import mpn
import parts
from netlist import lookup

# Reference, field, what is put there: consistently in schematic and board, as a person would.
# The first four are issue 16's words; the rest is of the same kind.
REVIEW = (
    ("Q1", "number", "MMBT3906LT1G"), ("D2", "number", "SMAJ58A"),
    ("R10", "number", "RC0603FR-0751KL"), ("U1", "number", "ESP32-S3-WROOM-1-N16R8"),
    ("R1", "number", "RC0603JR-071K5L"), ("C3", "number", "CL21A106KQCLNNC"),
    ("Q2", "number", "AO3400A"), ("U2", "number", "LDL1117S50R"),
    ("F1", "number", "1812L110/33MR"), ("C4", "alternates", "Murata GRM21BR60J226ME39L"),
    ("R11", "value", "51k"), ("U3", "footprint", "Package_TO_SOT_SMD:TSOT-23-6"),
)
_FIELD = {"maker": "Manufacturer", "number": "MPN", "alternates": "Alternates"}


@dataclass(frozen=True)
class Mutation:
    """One error: where, what, and the design that has it."""

    group: str
    what: str
    design: object


def altered(value):
    """Values that one could write by mistake."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, value * 2 + 2]
    if isinstance(value, float):
        return [value * 2 or 1.0, value / 2 or -1.0]
    if isinstance(value, list):
        found = [value[:-1]] if value else [["more"]]
        return found + [[*value[:i], altered(item)[0], *value[i + 1:]]
                        for i, item in enumerate(value)]
    at = next((i for i, letter in enumerate(value) if letter.isdigit()), None)
    if at is None:
        return [value + "x"]
    return [value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1:]]


def put(tree, path, value=None):
    """A tree with another value at a path, or without that entry; the original stays."""
    copy = tree.copy()
    if len(path) > 1:
        copy[path[0]] = put(tree[path[0]], path[1:], value)
    elif value is None:
        del copy[path[0]]
    else:
        copy[path[0]] = value
    return copy


def of_table(design, name, words, skip=()):
    """Each entry of a table changed in every way of altered(), and taken out."""
    tree = getattr(design, name)
    for path, value in limits.leaves(tree).items():
        if path[-1] not in skip:
            # What limits.toml has of board.toml no more, of_table(…, "board") finds.
            gone = [] if (name, path[0]) == ("limits", "board") else [None]
            for new in [*altered(value), *gone]:
                what = f"{limits.dotted(path)}: {value!r} -> {new!r}"
                yield Mutation(f"{words}: an entry", what,
                               replace(design, **{name: put(tree, path, new)}))


def changed_part(part, field, value):
    """A part as drawn, with another value in one field."""
    if field in _FIELD:
        return replace(part, fields={**part.fields, _FIELD[field]: value})
    return replace(part, **{{"ordered": "in_bom"}.get(field, field): value})


def redraw(design, which, ref, field, value):
    """The design with one field of one part changed, in "schematic" or "pcb"."""
    drawing = getattr(design, which)
    part = changed_part(drawing.parts[ref], field, value)
    return replace(design, **{which: replace(drawing, parts={**drawing.parts, ref: part})})


def _neighbour(found, ref, field):
    """The same field of another part, of the same letter if there is one: the likely slip."""
    mine = found[ref][field]
    order = sorted(found, key=lambda other: (other.rstrip("0123456789") != ref.rstrip(
        "0123456789"), other <= ref, other))
    return next((found[other][field] for other in order
                 if found[other][field] not in (mine, "")), None)


def of_drawing(design, which, words):
    """Each field of each part: another part's, and a slip of one figure."""
    drawing = getattr(design, which)
    found = {ref: {**parts.drawn(part), "symbol": part.symbol, "side": part.side}
             for ref, part in drawing.parts.items()}
    for ref, told in found.items():
        for field, value in told.items():
            if isinstance(value, bool):
                values = [not value]
            elif value:
                values = {_neighbour(found, ref, field), *altered(value)} - {None}
            else:
                continue  # the schematic has no sides, the board no symbols
            for new in values:
                yield Mutation(f"{words}: {field}", f"{ref}: {value!r} -> {new!r}",
                               redraw(design, which, ref, field, new))
        left = {key: part for key, part in drawing.parts.items() if key != ref}
        yield Mutation(f"{words}: a part", f"{ref} taken out",
                       replace(design, **{which: replace(drawing, parts=left)}))


def _joined(design, which, nets):
    drawing = getattr(design, which)
    return replace(design, **{which: replace(drawing, nets=nets)})


def of_nets(design, which, words):
    """Each pin cut off, and joined to another net; each net renamed, and joined to the next."""
    nets = getattr(design, which).nets
    names = sorted(nets)
    for name, other in zip(names, names[1:] + names[:1]):
        for pin in sorted(nets[name]):
            moved = {**nets, name: nets[name] - {pin}, other: nets[other] | {pin}}
            yield Mutation(f"{words}: a pin on another net", f"{pin}: {name} -> {other}",
                           _joined(design, which, moved))
            if len(nets[name]) > 1:
                cut = {**nets, name: nets[name] - {pin}, "cut": {pin}}
                yield Mutation(f"{words}: a pin cut off", f"{pin} off {name}",
                               _joined(design, which, cut))
        one = {key: pins for key, pins in nets.items() if key not in (name, other)}
        yield Mutation(f"{words}: two nets joined", f"{name} and {other}",
                       _joined(design, which, {**one, name: nets[name] | nets[other]}))
        if name in design.nets["nets"] and name.isupper():
            yield Mutation(f"{words}: a net renamed", name,
                           _joined(design, which, {**nets, name + "2": nets[name], name: set()}))


def of_pins(design):
    """The names of a symbol's pins: of what has a pinout in datasheets.toml, and the GPIOs."""
    known = parts.sheets_by_number(design.sheets)
    named = {ref for ref, row in parts.by_reference(design.parts).items()
             if "pins" in known.get(row.get("number"), {})}
    gpios = {f"IO{lookup(design.board, path)}" for path in design.nets["gpios"].values()}
    functions = design.schematic.functions
    for pin, name in functions.items():
        if pin.partition(".")[0] in named or name in gpios:
            other = replace(design.schematic, functions={**functions, pin: name + "9"})
            yield Mutation("schematic: a pin of a symbol", f"{pin}: {name}",
                           replace(design, schematic=other))


def of_shape(design):
    """Outline, thickness, screw holes, forbidden areas, and the parts that the case shows."""
    pcb = design.pcb
    for path, value in limits.leaves(pcb.forbidden).items():
        for new in [*altered(value), None]:
            areas = put(pcb.forbidden, path, new)
            yield Mutation("board: a forbidden area", f"{limits.dotted(path)}: {value} -> {new}",
                           replace(design, pcb=replace(pcb, forbidden=areas)))
    for key, value in pcb.shape.items():
        for new in altered(value):
            yield Mutation("board: shape", f"{key}: {value} -> {new}",
                           replace(design, pcb=replace(pcb, shape={**pcb.shape, key: new})))
    for net, width in pcb.narrowest.items():
        thin = {**pcb.narrowest, net: width - 0.05}
        yield Mutation("board: a track narrower", f"{net}: {width:g} -> {width - 0.05:g}",
                       replace(design, pcb=replace(pcb, narrowest=thin)))
    for i, hole in enumerate(pcb.holes):
        for j in range(3):
            moved = [*hole[:j], hole[j] + 0.2, *hole[j + 1:]]
            holes = [*pcb.holes[:i], moved, *pcb.holes[i + 1:]]
            yield Mutation("board: a screw hole", f"{hole} -> {moved}",
                           replace(design, pcb=replace(pcb, holes=holes)))
    for ref in {"U1", *(ref for ref, _, _ in board.PLACES.values())}:
        x, y = pcb.places[ref]
        yield Mutation("board: a part moved", ref, replace(
            design, pcb=replace(pcb, places={**pcb.places, ref: (x, y - 0.2)})))


def of_all(design):
    """A number, value or footprint changed alike in schematic, board and parts.toml."""
    full = parts.all_rows(design.parts)
    for i, row in enumerate(full):
        if "number" not in row:
            continue
        others = [one for one in full[i + 1:] + full[:i] if "number" in one]
        alike = [one for one in others if one["kind"] == row["kind"]]
        slips = [(field, new) for field in ("number", "value") for new in altered(row[field])]
        slips += [(field, other[field]) for other in alike[:1] + others[:1]
                  for field in ("number", "value", "alternates", "footprint") if field in other]
        for field, new in slips:
            if new != row.get(field) and not _harmless(row, field, new):
                yield _everywhere(design, i, row, field, new)


def _harmless(row, field, new):
    """A push-button's value is only its name, and one 0603 footprint is as good as another."""
    if field == "footprint":
        return row["footprint"].partition("_")[2] == new.partition("_")[2]
    kind = row["kind"]
    return (field == "value" and not parts.is_named(row)
            and mpn.value_says(new, kind) == mpn.value_says(row["value"], kind))


def _everywhere(design, i, row, field, new):
    table = put(design.parts, ("part", i, field), new)
    design = replace(design, parts=table)
    shown = ", ".join(new) if isinstance(new, list) else new
    for which in ("schematic", "pcb"):
        for ref in row["refs"].split():
            design = redraw(design, which, ref, field, shown)
    return Mutation(f"schematic, board and parts.toml alike: {field}",
                    f"{row['refs']}: {row.get(field)!r} -> {new!r}", design)


def of_review(design):
    """REVIEW's errors, as far as their references are still drawn."""
    for ref, field, new in REVIEW:
        part = design.schematic.parts.get(ref)
        if part and parts.drawn(part)[field] != new:
            wrong = redraw(redraw(design, "schematic", ref, field, new), "pcb", ref, field, new)
            yield Mutation("the review's: schematic and board alike", f"{ref}: {field} {new}",
                           wrong)


def every(design):
    """All mutations that need no KiCad."""
    yield from of_review(design)
    for which, words in (("schematic", "schematic"), ("pcb", "board")):
        yield from of_drawing(design, which, words)
        yield from of_nets(design, which, words)
    yield from of_pins(design)
    yield from of_shape(design)
    yield from of_all(design)
    yield from of_table(design, "rules", ".kicad_dru")
    yield from of_table(design, "project", ".kicad_pro")
    yield from of_table(design, "board", "board.toml")
    yield from of_table(design, "nets", "nets.toml")
    yield from of_table(design, "parts", "parts.toml")
    yield from of_table(design, "sheets", "datasheets.toml", skip=("source",))
    yield from of_table(design, "limits", "limits.toml")
    yield from of_table(design, "suppliers", "assembly.toml")


def unseen(design, problems):
    """Path -> value of what board.toml may have otherwise without anybody noticing."""
    found = {}
    for path, value in limits.leaves(design.board).items():
        for new in [*altered(value), None]:
            wrong = replace(design, board=put(design.board, path, new))
            if next(problems(wrong), None) is None:
                found[limits.dotted(path)] = value
    return found
