"""KiCad's command line: checks and exports of hardware/kicad, each a call of one function."""

import json
import os
import re
import shutil
import subprocess

from table import BUILD, HARDWARE

NAME = "microhan-dongle"
SCHEMATIC = HARDWARE / "kicad" / f"{NAME}.kicad_sch"
PCB = HARDWARE / "kicad" / f"{NAME}.kicad_pcb"
OLDEST = 9
HOW_TO_GET = (
    "KiCad 9 is not here (kicad-cli). Debian 13: sudo apt-get install kicad kicad-symbols "
    "kicad-footprints; Debian 12: the same with -t bookworm-backports, once that suite is among "
    "apt's sources (.ci/run shows how)"
)
LAYERS = "F.Cu,B.Cu,F.Mask,B.Mask,F.Paste,B.Paste,F.Silkscreen,B.Silkscreen,Edge.Cuts"


class KicadError(Exception):
    """kicad-cli failed; the text is what it said."""


def _environment():
    # Its settings and caches belong to this project, not to the person's own KiCad.
    return {**os.environ, "KICAD_CONFIG_HOME": str(BUILD / "kicad-config"), "LC_ALL": "C.UTF-8"}


def run(*words):
    """One call; returns what it printed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["kicad-cli", *map(str, words)], capture_output=True, text=True,
                          env=_environment(), stdin=subprocess.DEVNULL)
    if done.returncode:
        raise KicadError(f"kicad-cli {' '.join(map(str, words[:3]))}:\n"
                         + (done.stdout + done.stderr).strip()[-2000:])
    return done.stdout


def available():
    """Says whether a KiCad that is new enough is installed."""
    if not shutil.which("kicad-cli"):
        return False
    found = re.match(r"(\d+)\.", run("version").strip())
    return bool(found) and int(found[1]) >= OLDEST


def erc(schematic=SCHEMATIC, folder=BUILD):
    """KiCad's check of the schematic: a list of sentences."""
    report = folder / "erc.json"
    run("sch", "erc", schematic, "--format", "json", "--severity-all", "-o", report)
    return [_sentence(item) for sheet in json.loads(report.read_text())["sheets"]
            for item in sheet["violations"]]


def drc(pcb=PCB, folder=BUILD):
    """KiCad's check of the board: lists of sentences by kind, parity with the schematic too."""
    report = folder / "drc.json"
    run("pcb", "drc", pcb, "--format", "json", "--severity-all", "--schematic-parity",
        "-o", report)
    data = json.loads(report.read_text())
    return {kind: [_sentence(item) for item in data[kind]]
            for kind in ("violations", "unconnected_items", "schematic_parity")}


def _sentence(item):
    things = ", ".join(thing["description"] for thing in item.get("items", ()))
    return f"{item['type']}: {item['description']}: {things}"


def netlist(schematic=SCHEMATIC, folder=BUILD):
    """Exports the netlist; returns its path."""
    path = folder / "netlist.net"
    run("sch", "export", "netlist", schematic, "-o", path)
    return path


def gerbers(folder):
    """Copper, masks, paste, print, outline and holes, as factories want them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run("pcb", "export", "gerbers", PCB, "-o", folder, "--layers", LAYERS,
        "--use-drill-file-origin", "--subtract-soldermask")
    # Slots as routes: older readers do not know G85.
    run("pcb", "export", "drill", PCB, "-o", f"{folder}/", "--format", "excellon",
        "--drill-origin", "plot", "--excellon-units", "mm", "--excellon-separate-th",
        "--excellon-oval-format", "route")


def positions(path):
    """Where each part sits, as KiCad writes it, from the board's lower left corner."""
    run("pcb", "export", "pos", PCB, "-o", path, "--format", "csv", "--units", "mm",
        "--use-drill-file-origin")


def documents(folder):
    """Schematic as PDF, the bare board as STEP, and the board drawn from both sides."""
    run("sch", "export", "pdf", SCHEMATIC, "-o", folder / "schematic.pdf")
    run("pcb", "export", "step", PCB, "-o", folder / "board.step", "--force", "--board-only")
    for side in ("top", "bottom"):
        render(folder / f"board-{side}.png", "--side", side)


def render(path, *words, size=(1000, 1250)):
    """A picture of the board in three dimensions."""
    run("pcb", "render", PCB, "-o", path, "--width", size[0], "--height", size[1],
        "--quality", "basic", "--background", "opaque", *words)


def schematic_picture(folder):
    """Draws the schematic as SVG; returns its path."""
    run("sch", "export", "svg", SCHEMATIC, "-o", folder)
    return folder / f"{NAME}.svg"


def layer_picture(path, layers, *words):
    """Draws layers of the board as SVG."""
    run("pcb", "export", "svg", PCB, "-o", path, "--layers", layers, "--mode-single",
        "--page-size-mode", "2", "--exclude-drawing-sheet", *words)
