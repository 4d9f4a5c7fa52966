#!/usr/bin/env python3
"""Checks the dongle's schematic and board, and makes what a factory needs.

    python3 hardware/board.py              build/hardware/board.json, fab/, the zip, pictures
    python3 hardware/board.py --pictures   draws hardware/pictures/ anew as well

Needs KiCad 9; and, from pip into build/hardware/python, what requirements-hardware.txt names.
"""

import argparse
import csv
import hashlib
import json
import math
import os
import subprocess
import sys
import zipfile

import kicadcli
import netlist
import table
from table import BUILD, PICTURES, ROOT, Checks, missing

FAB = BUILD / "fab"
ZIP = BUILD / "microhan-dongle-fab.zip"
PYTHON = BUILD / "python"
LEAST_HOLE = 0.3
LEAST_TRACK = 0.15
LEAST_TO_EDGE = 0.3
# What board.toml says of a place, and the part that must sit there: its own zero to that place.
PLACES = {
    "connectors.rj12": ("J1", 3.18, -16.77),
    "connectors.usb_c": ("J2", 0, -3.675),
    "reach.status_led": ("D5", 0, 0),
    "reach.power_led": ("D6", 0, 0),
    "reach.button": ("SW1", 0, 0),
    "reach.reset": ("SW2", 0, 0),
}
MODULE_TOP = 12.75  # from the module's middle to the end of its antenna


class PipError(Exception):
    """pip could not install; the text says why."""


def python_tools():
    """Makes build/hardware/python with requirements-hardware.txt, once; returns its folder."""
    wanted = ROOT / "requirements-hardware.txt"
    mark = PYTHON / ".microhan"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return PYTHON
    # KiCad's module pcbnew belongs to the system's python3, whatever `python3` is here.
    base = next((path for path in ("/usr/bin/python3",) if os.path.exists(path)), sys.executable)
    pip = [PYTHON / "bin" / "python", "-m", "pip", "install", "-q", "--no-compile",
           "--disable-pip-version-check", "-r", wanted]
    for command in ([base, "-m", "venv", "--clear", "--system-site-packages", PYTHON], pip):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise PipError((done.stdout + done.stderr).strip()[-600:])
    mark.write_text(digest)
    return PYTHON


def count(checks, name, found):
    """Zero is asked for; what was found is printed."""
    for sentence in found[:10]:
        print(f"     {sentence}", file=sys.stderr)
    checks.add(name, len(found), "=", 0)


def electrical(checks):
    """KiCad's own checks; golden.py has those of the tables. Returns the netlist."""
    count(checks, "schematic: ERC errors and warnings", kicadcli.erc())
    drc = kicadcli.drc()
    count(checks, "board: DRC errors and warnings", drc["violations"])
    count(checks, "board: unconnected items", drc["unconnected_items"])
    count(checks, "board: differences from the schematic", drc["schematic_parity"])
    return netlist.read(kicadcli.netlist())


def _in_order(ref):
    """R2 before R10."""
    letters = ref.rstrip("0123456789")
    return letters, int(ref[len(letters):])


def bom(found, path):
    """The list of parts, one line for each kind; returns how many kinds are fitted."""
    kinds = {}
    for part in sorted(found.parts.values(), key=lambda part: _in_order(part.ref)):
        if part.in_bom:
            key = (part.value, part.footprint.partition(":")[2], part.fields.get("Manufacturer"),
                   part.fields.get("MPN"), part.fields.get("Alternates"), part.fitted)
            kinds.setdefault(key, []).append(part.ref)
    with open(path, "w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Comment", "Designator", "Footprint", "Quantity", "Manufacturer", "MPN",
                      "Alternates", "Fit"])
        for (value, place, maker, number, others, fitted), refs in kinds.items():
            out.writerow([value, ",".join(refs), place, len(refs), maker, number, others,
                          "yes" if fitted else "no (DNP)"])
    return sum(key[-1] for key in kinds)


def positions(found, path):
    """Positions with the heading that assembly houses expect; {ref: (x, y)} of all parts."""
    raw = BUILD / "positions-kicad.csv"
    kicadcli.positions(raw)
    places = {}
    with open(raw, newline="") as source, open(path, "w", newline="") as target:
        out = csv.writer(target)
        out.writerow(["Designator", "Mid X", "Mid Y", "Layer", "Rotation"])
        for row in csv.DictReader(source):
            places[row["Ref"]] = float(row["PosX"]), float(row["PosY"])
            part = found.parts[row["Ref"]]
            if part.fitted and part.in_bom:
                out.writerow([row["Ref"], row["PosX"], row["PosY"], row["Side"], row["Rot"]])
    return places


def geometry(checks, places, data):
    """Connectors, lights, buttons, module: where board.toml, and so the case, has them."""
    worst, where = 0.0, ""
    for path, (ref, dx, dy) in PLACES.items():
        want = netlist.lookup(data, path)
        x, y = places[ref][0] + dx, places[ref][1] + dy
        away = math.hypot(x - want["x"], y - want.get("front", want.get("y")))
        worst, where = max((worst, where), (away, f" ({ref})"))
    checks.add(f"sockets, lights, buttons: farthest from board.toml{where}, mm", worst, "<=", 0.05)
    antenna = data["connectors"]["antenna"]
    over = places["U1"][1] + MODULE_TOP - data["board"]["length"]
    checks.add("antenna: stands out over the edge, mm", over, ">=", antenna["overhang"])


def factory_files(checks, data):
    """What an independent reader finds in the gerbers, against board.toml and the factory."""
    python = python_tools() / "bin" / "python"
    told = subprocess.run([python, table.HARDWARE / "fabrication.py", FAB], text=True,
                          capture_output=True, check=True, stdin=subprocess.DEVNULL)
    found, board = json.loads(told.stdout), data["board"]
    x1, y1, x2, y2 = found["outline"]
    checks.add("gerbers: width, mm", x2 - x1, "=", board["width"])
    checks.add("gerbers: length, mm", y2 - y1, "=", board["length"])
    count(checks, "gerbers: empty layers", found["empty"])
    holes = [hole for hole in found["bare"] if hole[2] == board["holes"][0]["diameter"]]
    wanted = sorted([hole["x"], hole["y"], hole["diameter"]] for hole in board["holes"])
    checks.add("gerbers: screw holes as in board.toml", sorted(holes) == wanted, "=", True)
    checks.add("gerbers: holes", len(found["plated"]) + len(found["bare"]), ">=", 100)
    checks.add("gerbers: smallest hole, mm",
               min(hole[2] for hole in found["plated"] + found["bare"]), ">=", LEAST_HOLE)
    checks.add("gerbers: thinnest track, mm", found["thinnest"], ">=", LEAST_TRACK)
    boxes = found["copper"].values()
    edge = min(min(a - x1, b - y1, x2 - c, y2 - d) for a, b, c, d in boxes)
    checks.add("gerbers: copper to the edge, and so clear of the antenna, mm", edge, ">=",
               LEAST_TO_EDGE)


def interactive_bom():
    """The page by which one solders; says whether it could be made (it needs wxPython)."""
    tool = python_tools() / "bin" / "generate_interactive_bom"
    command = [tool, kicadcli.PCB, "--no-browser", "--dest-dir", BUILD, "--name-format",
               "interactive-bom", "--blacklist", "TP*,H*"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, "INTERACTIVE_HTML_BOM_NO_DISPLAY": "1"})
    return done.returncode == 0 and (BUILD / "interactive-bom.html").exists()


def pack():
    """One zip for the factory, the same bytes for the same files."""
    with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(FAB.iterdir()):
            out.writestr(zipfile.ZipInfo(path.name, (2026, 1, 1, 0, 0, 0)), path.read_bytes(),
                         zipfile.ZIP_DEFLATED)


def make(checks):
    """Checks, then files."""
    data = table.board()
    found = electrical(checks)
    kicadcli.gerbers(FAB)
    checks.add("kinds of parts", bom(found, FAB / "bom.csv"))
    geometry(checks, positions(found, FAB / "positions.csv"), data)
    factory_files(checks, data)
    pack()
    checks.add("interactive bill of materials made", interactive_bom())
    kicadcli.documents(BUILD)


def _bitmap(source, name, width):
    """An SVG of KiCad's has a path for each letter: 2 MB where a PNG has a tenth."""
    subprocess.run(["rsvg-convert", "-w", str(width), "--background-color", "white",
                    "-o", PICTURES / name, source], check=True)


def pictures():
    """hardware/pictures/: schematic, copper, and the board in three dimensions.

    Needs rsvg-convert; bodies are drawn for those parts whose kicad-packages3d is installed.
    """
    _bitmap(kicadcli.schematic_picture(BUILD), "schematic.png", 2400)
    for side, letter, words in (("top", "F", ()), ("bottom", "B", ("--mirror",))):
        drawn = BUILD / f"copper-{side}.svg"
        kicadcli.layer_picture(drawn, f"{letter}.Cu,{letter}.Mask,{letter}.Silkscreen,Edge.Cuts",
                               *words)
        _bitmap(drawn, f"copper-{side}.png", 640)
        kicadcli.render(PICTURES / f"dongle-{side}.png", "--side", side)
    kicadcli.render(PICTURES / "dongle.png", "--rotate", "-40,0,25", "--zoom", "0.8",
                    size=(1200, 900))


def main(argv=None):
    """Runs all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", action="store_true", help="draw hardware/pictures/ anew")
    options = parser.parse_args(argv)
    if not kicadcli.available():
        missing("board: " + kicadcli.HOW_TO_GET)
    try:
        python_tools()
    except PipError as error:
        missing(f"board: pip could not install requirements-hardware.txt:\n{error}")
    checks = Checks("board")
    make(checks)
    if options.pictures:
        pictures()
    return checks.write()


if __name__ == "__main__":
    sys.exit(main())
