"""Rows of the ledger, its store and the backlog: heap and time, with rings of a week and of years.

As in the twin: the compacted program on the i386 VM, its bytecode read outside of the heap, the
rings in a folder of this PC's (vm_history.py).
"""

import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
from vm import vm

from .parsing import HERE, telegram_of
from .report import Row

_HEAP = "200k"
_DAY = 8640  # Readings at 10 s
_QUICK = 24  # one in so many, for --quick
# Of issue 13, in bytes and ms
_AT_REST, _WRITING, _ASKING = 8_000, 2_000, 2_000
_DAY_MS = 300
_A_READING, _BACKLOG_KB = 30, 420
_STATES = "a week", "10 years"  # of records, as in vm_history.py
# What is always in memory: of the files that the application's rest is in
_ALWAYS = ("microhan/ledger/", "microhan/store/", "microhan/device/ledger_task.py")
_FILES = ("core.py", "store_files.py")


def figures(rounds: int, readings: int) -> dict[str, Any] | None:
    """What vm_history.py tells; None without an i386 VM."""
    command = vm.command("i386", _HEAP, lambda text: None)
    if not command:
        return None
    program = build.firmware()
    kept = [program.place_of[file].removesuffix(".py") for file in sorted(program.kept)]
    names = {new for file in _FILES for name in program.parts[file] if name.startswith(_ALWAYS)
             for new in program.globals_of(name).values() if isinstance(new, str)}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(build.packed("x86", lambda text: None), folder, dirs_exist_ok=True)
        script = Path(folder, "vm_history.py")
        script.write_text(program.translated((HERE / script.name).read_text()))
        with open(Path(folder, "telegrams"), "wb") as file:
            file.writelines(itertools.islice(telegram_of("sagemcom-p1"), readings + 1))
        told = subprocess.run([*command, script.name, ",".join(names), ",".join(kept),
                               "telegrams", str(rounds)],
                              cwd=folder, capture_output=True, text=True, timeout=1200)
    if told.returncode:
        raise RuntimeError(f"{HERE / script.name}: {told.stdout[-500:]}{told.stderr[-2000:]}")
    return json.loads(told.stdout.splitlines()[-1])


def rows(quick: bool, say: Callable[[str], None]) -> list[Row]:
    """All of them, a list."""
    say("history and backlog")
    readings = _DAY // _QUICK if quick else _DAY
    told = figures(1 if quick else 5, readings)
    if not told:
        say("no i386 VM here: the history is not measured")
        return []
    return [*_at_rest(told), *_closed(told), *_asked(told), *_kept(told["outage"], readings)]


def _at_rest(told):
    return [Row("history: heap at rest, ledger, store and backlog",
                told["objects"] + told["code"], "bytes", _AT_REST,
                note=f"{told['objects']} of it objects, the rest functions and classes")]


def _closed(told):
    out = []
    for state in _STATES:
        for what, (size, spent) in sorted(told["closed"][state].items()):
            words = f"history: {what} closed, rings of {state}"
            out += [Row(f"{words}, heap", size, "bytes", _WRITING),
                    Row(f"{words}, time", spent / 1000, "ms")]
    return out


def _asked(told):
    out = []
    for state in ("none", *_STATES):
        for what, (size, _, spent) in sorted(told["asked"][state].items()):
            words = f"history: {what}, rings of {state}"
            out.append(Row(f"{words}, heap", size, "bytes", _ASKING))
            if state != "none":
                out.append(Row(f"{words}, time", spent / 1000, "ms",
                               _DAY_MS if what == "a day of quarters" else None))
    return out


def _kept(told, readings):
    kilobytes, note = told["blocks"] * 4.096, ""
    if readings < _DAY:
        kilobytes = told["file_bytes"] / readings * _DAY / 1000
        note = f"from {readings} Readings, without what is left free of blocks"
    return [
        Row("backlog: heap while two outputs are away", told["kept"], "bytes", _WRITING),
        Row("backlog: heap while it is replayed, beside that", told["peak"], "bytes"),
        Row("backlog: a Reading kept for two outputs", told["keep_us"] / readings / 1000, "ms"),
        Row("backlog: written", readings / told["keep_us"] * 1e6, "readings/s"),
        Row("backlog: replayed", told["replayed"] / told["spent_us"] * 1e6, "readings/s"),
        Row("backlog: a Reading on flash", told["file_bytes"] / readings, "bytes", _A_READING),
        Row("backlog: 24 h of them, 8,640 Readings", kilobytes, "kB",
            _BACKLOG_KB, note=note)]
