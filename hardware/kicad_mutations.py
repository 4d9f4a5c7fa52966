"""Errors in KiCad's own files that only KiCad can see: wires, tracks, vias, planes, the outline.

Each is made in a copy of hardware/kicad from the file's text, by a fixed seed; ERC, DRC, or what
KiCad then exports as the netlist must tell it.
"""

import random
import re
import shutil
from dataclasses import dataclass, replace
from functools import partial

import kicadcli
import netlist

SEED = 16


@dataclass(frozen=True)
class Edit:
    """One error in a file: the whole new text of it."""

    group: str
    what: str
    file: str
    text: str


def blocks(text, name):
    """The top-level expressions of a name: (start, end) of each."""
    return [match.span() for match in
            re.finditer(rf"^\t\({name}\b.*?^\t\)\n", text, re.DOTALL | re.MULTILINE)]


def _out(text, spans):
    """The text without some of its parts."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def _sub(text, span, pattern, new):
    """The text with the first match within a part of it replaced; None if there is none."""
    part, count = re.subn(pattern, new, text[span[0]:span[1]], count=1, flags=re.DOTALL)
    return text[:span[0]] + part + text[span[1]:] if count else None


def _name(text, span):
    """What a person would call a block: its own text, or its place."""
    part = text[span[0]:span[1]]
    for pattern in (r'"Reference" "([^"]+)"', r'\(label "([^"]+)"', r"\((?:at|start|xy) [^)]+\)"):
        match = re.search(pattern, part)
        if match:
            return match[match.lastindex or 0]
    return part[:40].strip()


# What is done to a block: (group, block, pattern, replacement). None takes the block out.
_SCHEMATIC = (
    ("a wire taken out", "wire", None, None),
    ("a label renamed", "label", r'\(label "([^"]+)"', r'(label "\g<1>2"'),
    ("a no-connect mark taken out", "no_connect", None, None),
    ("a symbol taken out", "symbol", None, None),
    ("a value in the file", "symbol", r'("Value" "[^"]*)"', r'\g<1>2"'),
    ("a number in the file", "symbol", r'("MPN" "[^"]*)"', r'\g<1>2"'),
    ("fitted or not in the file", "symbol", r'(lib_id "(?!power:).*?)\(dnp no', r"\g<1>(dnp yes"),
)
_BOARD = (
    ("a track of 0.1 mm", "segment", r"\(width [\d.]+\)", "(width 0.1)"),
    ("a via's hole of 0.2 mm", "via", r"\(drill [\d.]+\)", "(drill 0.2)"),
    ("a via without a ring", "via", r"\(size [\d.]+\)", "(size 0.35)"),
    ("a plane taken out", "zone", r'^.*net_name "[^"].*$', ""),
    ("a side of the outline taken out", "gr_line", r"^.*Edge\.Cuts.*$", ""),
    ("a footprint taken out", "footprint", None, None),
    ("letters of 0.5 mm", "gr_text", r'("[FB]\.SilkS"\).*?\(size )[\d.]+ [\d.]+', r"\g<1>0.5 0.5"),
)


def _edits(text, table, file, where, each, dice):
    for group, name, pattern, new in table:
        spans = blocks(text, name)
        made = [(span, _sub(text, span, pattern, new) if pattern else _out(text, [span]))
                for span in dice.sample(spans, min(len(spans), 8 * each))]
        for span, changed in [one for one in made if one[1]][:each]:
            yield Edit(f"KiCad, {where}: {group}", _name(text, span), file, changed)


def _swapped(swap, match):
    return f'(number "{swap.get(match[1], match[1])}"'


def _symbol_pins(text, file, each, dice):
    """Two pins of a library symbol exchanged: its drawing stays, what it joins does not."""
    found = re.findall(r'^\t\t\(symbol "([^":]+:[^":]+)"', text, re.MULTILINE)
    for name in dice.sample(found, len(found)):
        at = text.index(f'(symbol "{name}"')
        end = text.find("\n\t\t(symbol ", at)
        pins = re.findall(r'\(number "([^"]+)"', text[at:end])
        if len(pins) >= 2 and not name.startswith("power:") and each:
            each -= 1
            swap = dict(zip(pins[:2], pins[1::-1]))
            part = re.sub(r'\(number "([^"]+)"', partial(_swapped, swap), text[at:end])
            yield Edit("KiCad, schematic: pins of a symbol exchanged", name,
                       file, text[:at] + part + text[end:])


def _routes(text, each, dice):
    """All tracks and vias of a net taken out; a part moved off its tracks; two pads exchanged."""
    tracks = {}
    for span in blocks(text, "segment") + blocks(text, "via"):
        tracks.setdefault(re.search(r"\(net (\d+)\)", text[span[0]:span[1]])[1], []).append(span)
    names = dict(re.findall(r'^\t\(net (\d+) "([^"]+)"\)', text, re.MULTILINE))
    for number in dice.sample(sorted(tracks), min(each, len(tracks))):
        yield Edit("KiCad, board: a net's tracks taken out", names.get(number, number),
                   kicadcli.PCB.name, _out(text, tracks[number]))
    parts = [span for span in blocks(text, "footprint") if "(net " in text[span[0]:span[1]]]
    for span in dice.sample(parts, min(each, len(parts))):
        x, y, rest = re.search(r"^\t\t\(at ([\d.]+) ([\d.]+)( [\d.-]+)?\)", text[span[0]:span[1]],
                               re.MULTILINE).groups("")
        yield Edit("KiCad, board: a part 1.6 mm aside", _name(text, span), kicadcli.PCB.name,
                   _sub(text, span, r"\n\t\t\(at [^)]+\)",
                        f"\n\t\t(at {float(x) + 1.6:g} {float(y) + 1.6:g}{rest})"))


def made(each, folder=kicadcli.SCHEMATIC.parent, seed=SEED):
    """Edits, `each` of every kind, the same for the same files and seed."""
    dice = random.Random(seed)
    for path in sorted(folder.glob("*.kicad_sch")):
        text = path.read_text()
        yield from _edits(text, _SCHEMATIC, path.name, "schematic", each, dice)
        yield from _symbol_pins(text, path.name, each, dice)
    text = (folder / kicadcli.PCB.name).read_text()
    yield from _edits(text, _BOARD, kicadcli.PCB.name, "board", each, dice)
    yield from _routes(text, each, dice)


def caught(edit, design, problems, folder):
    """What notices an error, in words; "" if nothing does. `folder` is made anew for it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kicadcli.SCHEMATIC.parent, folder)
    path = folder / edit.file
    path.write_text(edit.text)
    try:
        if edit.file == kicadcli.PCB.name:
            found = [item for kind in kicadcli.drc(path, folder).values() for item in kind]
        else:
            sheet = folder / kicadcli.SCHEMATIC.name
            drawn = netlist.read(kicadcli.netlist(sheet, folder))
            found = list(problems(replace(design, schematic=drawn))) or kicadcli.erc(
                sheet, folder)
    except kicadcli.KicadError as error:
        found = [str(error)]  # KiCad refuses the file
    return found[0] if found else ""
