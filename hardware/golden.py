#!/usr/bin/env python3
"""Schematic, board, rules and board.toml against the golden tables.

    python3 hardware/golden.py           checks; writes build/hardware/parts.json
    python3 hardware/golden.py --rows    prints table rows for what stands in no table yet, to be
                                         checked by a person and pasted; writes nothing

parts.toml has what each reference is; datasheets.toml what a number is that cannot be decoded;
nets.toml what is joined; limits.toml the rules and the figures that nothing else would notice.
"""

import argparse
import json
import sys
import tomllib
from dataclasses import dataclass

import assembly
import board
import kicadcli
import limits
import netlist
import parts
import pcb
import table
from table import BUILD, HARDWARE, Checks, missing


@dataclass(frozen=True)
class Design:
    """All that is compared, parsed: drawings, rules, and tables."""

    schematic: netlist.Netlist
    pcb: pcb.Pcb
    rules: dict    # the .kicad_dru
    project: dict  # the .kicad_pro
    board: dict    # board.toml
    nets: dict     # nets.toml
    parts: dict    # parts.toml
    sheets: dict   # datasheets.toml
    limits: dict   # limits.toml
    suppliers: dict  # assembly.toml's table of them


def load(name):
    """A table of hardware/ as a dict."""
    return tomllib.loads((HARDWARE / name).read_text())


def read(folder=BUILD):
    """The design as it is in hardware/; the schematic goes through KiCad's netlist in `folder`."""
    project = kicadcli.PCB.with_suffix(".kicad_pro")
    return Design(netlist.read(kicadcli.netlist(folder=folder)), pcb.read(kicadcli.PCB),
                  limits.rules(kicadcli.PCB.with_suffix(".kicad_dru").read_text()),
                  limits.project(json.loads(project.read_text())),
                  table.board(), netlist.golden(), load("parts.toml"), load("datasheets.toml"),
                  load("limits.toml"), assembly.settings()["suppliers"])


def _placed(design):
    """The places that the case is made from, and the shape of the board."""
    checks = Checks("places")
    lost = [ref for ref, _, _ in board.PLACES.values() if ref not in design.pcb.places]
    if lost:
        return [f"{ref} is not on the board" for ref in lost]
    board.geometry(checks, design.pcb.places, design.board)
    return ([f"{row['name']} is {row['value']}, not {row['limit']}"
             for row in checks.rows if row["ok"] is False]
            + pcb.differences(design.pcb, design.board["board"]))


# What is checked, and the function that finds what is wrong; the slow ones last.
CHECKS = {
    "parts: in the schematic otherwise than in parts.toml":
        lambda d: parts.differences("schematic", d.schematic.parts, d.parts),
    "parts: on the board otherwise than in parts.toml":
        lambda d: parts.differences("board", d.pcb.parts, d.parts),
    "rules, classes and figures otherwise than in limits.toml":
        lambda d: (limits.differences(d.rules, d.project, d.pcb, d.board, d.limits)
                   + limits.shrunk(d.nets, d.limits)
                   + limits.idle(d.project, d.pcb.nets)),
    "nets: pins of the schematic joined otherwise than in nets.toml":
        lambda d: netlist.differences(d.schematic, d.nets["nets"]),
    "nets: pads of the board joined otherwise than in nets.toml":
        lambda d: netlist.differences(d.pcb, d.nets["nets"]),
    "values and GPIOs: not as in board.toml":
        lambda d: (netlist.wrong_values(d.schematic, d.nets["values"], d.board)
                   + netlist.wrong_gpios(d.schematic, d.nets["gpios"], d.board)),
    "places and shape of the board: not as in board.toml": _placed,
    "parts: numbers that are not what parts.toml says":
        lambda d: parts.wrong_numbers(d.parts, d.sheets) + parts.unused(d.parts, d.sheets),
    "parts: suppliers' numbers that are malformed, or not those of parts.toml":
        lambda d: assembly.wrong_suppliers(d.suppliers, parts.all_rows(d.parts)),
    "parts: numbers whose package or pins are not those of the drawing":
        lambda d: parts.misfits(d.parts, d.sheets, d.schematic.functions),
}


def found(name, design):
    """What one check finds; a check that stumbles has found that a table lacks something."""
    try:
        return CHECKS[name](design)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return [f"{name}: it cannot be told, {type(error).__name__} {error}: "
                "a table lacks that entry, or has it in another form"]


def problems(design):
    """Sentences of all checks, one after the other."""
    for name in CHECKS:
        yield from found(name, design)


def rows(design):
    """Lines of TOML for what parts.toml and limits.toml do not have yet."""
    import mutations  # which needs what is here

    yield from parts.rows(design)
    yield from limits.rows(design.rules, design.project, design.pcb, design.limits)
    if next(problems(design), None):
        yield "# What of board.toml wants a row is told once golden.py finds nothing wrong."
    else:
        unseen = mutations.unseen(design, problems)
        yield from (f'"{path}" = {limits.toml(value)}' for path, value in unseen.items())


def main(argv=None):
    """Checks or prints rows; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", action="store_true",
                        help="print the rows that are missing in parts.toml and limits.toml")
    options = parser.parse_args(argv)
    if not kicadcli.available():
        missing("parts: " + kicadcli.HOW_TO_GET)
    design = read()
    if options.rows:
        for line in rows(design):
            print(line)
        return 0
    checks = Checks("parts")
    for name in CHECKS:
        board.count(checks, name, found(name, design))
    for name, value in parts.figures(design.parts, design.sheets).items():
        checks.add(name, value)
    return checks.write()


if __name__ == "__main__":
    sys.exit(main())
