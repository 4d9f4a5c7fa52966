#!/usr/bin/env python3
"""Makes the case's STL files from board.toml, and proves that they close and that the board fits.

    python3 hardware/case.py             build/hardware/case/*.stl, and build/hardware/case.json
    python3 hardware/case.py --picture   draws hardware/pictures/case.png as well, with xvfb-run

A fit is proved by geometry: the board with its sockets, its plugs, light pipes and rail are solids
too, and what they share with the case must be nothing. Moved by 3 mm, they must clash: the proof
of the proof. A button's tongue must touch it when bent, and not at rest. Needs OpenSCAD.
"""

import argparse
import math
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import mesh
import table
from table import BUILD, HARDWARE, PICTURES, Checks, missing

PROGRAM = "openscad"
HOW_TO_GET = "OpenSCAD is not here. On Debian and Ubuntu: sudo apt-get install openscad"
SOURCE = HARDWARE / "case" / "case.scad"
PARTS = ("tray", "lid", "clip")
CLASHES = {"board": "board and sockets", "plugs": "plugs and light pipes",
           "rail": "35 mm rail", "halves": "tray and lid"}
SHIFTS = (("board", (3, 0, 0)), ("board", (0, -3, 0)), ("board", (0, 0, 3)), ("plugs", (3, 0, 0)))
PRESSED = {"press_user": "the user's", "press_reset": "reset"}  # a tongue bent by 0.6 mm
NOTHING = 0.5  # mm3: faces that touch share a skin of rounding errors


def available():
    """Says whether OpenSCAD is installed."""
    return shutil.which(PROGRAM) is not None


def settings():
    """The variables of case.scad, from board.toml."""
    data = table.board()
    board, sockets, reach = data["board"], data["connectors"], data["reach"]

    def body(name):
        part = sockets[name]
        return [part[key] for key in ("x", "front", "width", "depth", "height")]

    def places(*names):
        return [[reach[n]["x"], reach[n]["y"], reach[n]["height"]] for n in names]

    antenna = sockets["antenna"]
    return {
        "board": [board[key] for key in ("width", "length", "thickness", "corner_radius")],
        "holes": [[hole["x"], hole["y"], hole["diameter"]] for hole in board["holes"]],
        "rj12": body("rj12"), "usb": body("usb_c"),
        "antenna": [antenna[key] for key in ("x", "width", "overhang", "height")],
        "antenna_free": antenna["free"],
        "leds": places("status_led", "power_led"), "buttons": places("button", "reset"),
        "capacitor": [sockets["capacitor"][key] for key in ("x", "y", "width", "height")],
        "p1_out": [sockets["p1_out"]["x"], sockets["p1_out"]["width"]],
        "tails": board["tails_below"], "tallest": board["tallest_top"],
    }


def make(part, path, shift=(0, 0, 0)):
    """One part as STL; False if nothing is left of it."""
    words = {**settings(), "shift": list(shift)}
    command = [PROGRAM, "-o", str(path), "-D", f'part="{part}"']
    for name, value in words.items():
        command += ["-D", f"{name}={value}"]
    path.unlink(missing_ok=True)
    done = subprocess.run([*command, str(SOURCE)], capture_output=True, text=True, timeout=300)
    if "object is empty" in done.stderr:
        return False
    if done.returncode or not path.exists():
        raise RuntimeError(f"openscad, {part}:\n{done.stderr[-2000:]}")
    return True


def shared(name, shift=(0, 0, 0)):
    """Cubic millimetres that a thing and the case share."""
    return _volume(f"clash_{name}", shift)


def _volume(part, shift=(0, 0, 0)):
    label = "_".join(f"{value:+d}" for value in shift)
    path = BUILD / "case" / f"{part}{label}.stl"
    return abs(mesh.read(path).volume()) if make(part, path, shift) else 0.0


def screws_to_antenna():
    """Millimetres from the nearest screw's head to the antenna."""
    found = settings()
    (middle, width, _, _), length = found["antenna"], found["board"][1]
    away = []
    for x, y, _ in found["holes"]:
        aside = max(0, abs(x - middle) - width / 2)
        away.append(math.hypot(aside, length - y) - 2.7)
    return min(away)


def check(checks):
    """Makes every part and every proof, two at a time."""
    (BUILD / "case").mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: make(part, BUILD / "case" / f"{part}.stl"), PARTS))
        fits = list(pool.map(shared, CLASHES))
        moved = list(pool.map(lambda job: shared(*job), SHIFTS))
        presses = list(pool.map(_volume, PRESSED))
    for part in PARTS:
        body = mesh.read(BUILD / "case" / f"{part}.stl")
        checks.add(f"{part}: edges that do not close", body.open_edges(), "=", 0)
        checks.add(f"{part}: pieces", body.pieces(), "=", 1)
        checks.add(f"{part}: volume, cm3", body.volume() / 1000, ">=", 1)
        checks.add(f"{part}: size, mm", " x ".join(f"{side:.1f}" for side in body.size()))
    for words, volume in zip(CLASHES.values(), fits):
        checks.add(f"shared by the case and {words}, mm3", volume, "<=", NOTHING)
    checks.add("board or plugs moved by 3 mm clash: least shared, mm3", min(moved), ">=", 1)
    for words, volume in zip(PRESSED.values(), presses):
        checks.add(f"{words} tongue, bent by 0.6 mm, reaches its button, mm3", volume, ">=", 1)
    checks.add("nearest screw to the antenna, mm", screws_to_antenna(), ">=",
               settings()["antenna_free"])


def picture():
    """An exploded view."""
    words = [item for name, value in settings().items() for item in ("-D", f"{name}={value}")]
    subprocess.run(
        ["xvfb-run", "-a", PROGRAM, "-o", str(PICTURES / "case.png"), "--imgsize=1100,900",
         "--autocenter", "--viewall", "--camera=0,0,0,62,0,25,300", "--colorscheme=Tomorrow",
         "-D", 'part="assembly"', *words, str(SOURCE)], check=True, capture_output=True)


def main(argv=None):
    """Runs all; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", action="store_true", help="draw hardware/pictures/case.png")
    options = parser.parse_args(argv)
    if not available():
        missing("case: " + HOW_TO_GET)
    checks = Checks("case")
    check(checks)
    if options.picture:
        picture()
    return checks.write()


if __name__ == "__main__":
    sys.exit(main())
