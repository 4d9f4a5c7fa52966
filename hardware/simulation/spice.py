"""Runs many small decks in few ngspice processes and reads what they write.

One process start costs as much as a transient, so each process gets a list of decks, and all of
its results go into one raw file, one plot after the other.
"""

import os
import re
import shutil
import subprocess
import tempfile
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAM = "ngspice"
HOW_TO_GET = (
    "ngspice is not here. On Debian and Ubuntu: sudo apt-get install ngspice (46 from "
    "bookworm-backports was used; 39 does as well)")
_AT_ONCE = 2
_BATCH = 40  # decks a process: its start is then noise, and both cores stay busy to the end
_LIMIT_S = 300
_SAVE = re.compile(r"^\.save (.*)$", re.MULTILINE)
_TRAN = re.compile(r"^\.tran \S+ ([\d.]+)([um]) ", re.MULTILINE)
_UNITS = {"u": 1e-6, "m": 1e-3}


class SpiceError(Exception):
    """ngspice did not give what was asked; the text has the end of its output."""


def available():
    """Says whether ngspice is installed."""
    return shutil.which(PROGRAM) is not None


def run(decks):
    """Runs decks, texts with one analysis each; a list of {vector: array}, in the same order."""
    batches = [decks[i:i + _BATCH] for i in range(0, len(decks), _BATCH)]
    if len(decks) < 2 * _BATCH:
        half = (len(decks) + 1) // 2
        batches = [part for part in (decks[:half], decks[half:]) if part]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [plot for plots in pool.map(_run_batch, batches) for plot in plots]


def _run_batch(decks):
    with tempfile.TemporaryDirectory(prefix="microhan-spice-") as folder:
        lines = ["* all decks of one process", ".control", "set filetype=binary",
                 "set appendwrite"]
        for number, deck in enumerate(decks):
            name = f"deck{number}.cir"
            Path(folder, name).write_text(deck)
            # `destroy all` would lose the constants plot; remcirc frees the circuit itself
            lines += [f"source {name}", "run", "write out.raw", "destroy", "remcirc"]
        lines += ["quit", ".endc", ".end", ""]
        Path(folder, "all.cir").write_text("\n".join(lines))
        done = subprocess.run(
            [PROGRAM, "-b", "all.cir"], cwd=folder, capture_output=True, text=True,
            timeout=_LIMIT_S, env={**os.environ, "OMP_NUM_THREADS": "1"})
        try:
            plots = read_raw(Path(folder, "out.raw").read_bytes())
        except OSError:
            plots = []
        whole = sum(_is_whole(deck, plot) for deck, plot in zip(decks, plots))
        if len(plots) != len(decks) or whole != len(decks):
            raise SpiceError(f"{whole} of {len(decks)} decks ran:\n"
                             + (done.stdout + done.stderr)[-2000:])
        return plots


def _is_whole(deck, plot):
    """ngspice ends with 0 whatever happens: a plot must hold what was asked, and to its end."""
    if not all(name in plot for name in re.findall(r"[vi]\(\w+\)", _SAVE.search(deck)[1].lower())):
        return False
    tran = _TRAN.search(deck)
    return not tran or plot["time"][-1] >= 0.999 * _UNITS[tran[2]] * float(tran[1])


def read_raw(data):
    """The plots of a binary raw file: a list of {vector name: array of double}."""
    plots = []
    at = 0
    while True:
        mark = data.find(b"Binary:\n", at)
        if mark < 0:
            return plots
        names, points = _header(data[at:mark].decode())
        start = mark + len(b"Binary:\n")
        at = start + 8 * points * len(names)
        values = array("d", data[start:at])
        plots.append({name: values[i::len(names)] for i, name in enumerate(names)})


def _header(text):
    lines = text.splitlines()
    points = next(int(row.split(":")[1]) for row in lines if row.startswith("No. Points:"))
    first = next(i for i, row in enumerate(lines) if row.startswith("Variables:"))
    return [row.split()[1] for row in lines[first + 1:] if row.strip()], points
