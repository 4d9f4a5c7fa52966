"""Makes a dongle's traceback readable: the modules' and functions' own names for the short ones.

    python3 tools/build/traceback.py [ID | MAP.json] < log

The device's first line on its console, /status.json and a crash name the build: `build 1f2e3d4c`.
Each build leaves what its names mean in build/maps/<id>.json, and each image has the same beside
it, as <image>.names.json. Without an ID, the log's own is taken.

A frame is a file and a short name. Private names are told apart by that alone; of public ones,
which classes of one file share (`run`), those are named that use what the next frame shows.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # not this folder: Python has a traceback of its own
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from build import setup_env  # noqa: E402

MAPS = Path(setup_env.BUILD) / "maps"
_FRAME = re.compile(r'(\s*)File "([^"]+)", line (\d+), in (\w+)\s*$')
_ID = re.compile(r'\bbuild"?:? "?([0-9a-f]{8})\b')


class NoMap(Exception):
    """The names of that build are not here; the text says what to do."""


def find(wanted: str, text: str = "") -> dict[str, Any]:
    """The map of a build, by id or file; without one, by the id that the log `text` names."""
    id_ = wanted or next(iter(_ID.findall(text)[-1:]), "")
    if not id_:
        raise NoMap("the log names no build: give its id (/status.json has it), or a map")
    path = Path(id_) if id_.endswith(".json") else MAPS / f"{id_}.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise NoMap(f"there is no {path}: give the .names.json that came with the image, or build "
                    "the same sources again") from None


def readable(text: str, names: dict[str, Any]) -> str:
    """The text, with what the frames of its tracebacks were called before the build."""
    out: list[str] = []
    chain: list[tuple] = []
    for line in [*text.splitlines(keepends=True), ""]:
        frame = _FRAME.match(line)
        if not frame:
            out += _chain(chain, names)
            chain = []
            out.append(line)
        else:
            chain.append((line, frame))
    return "".join(out)


def _chain(chain, names):
    """The lines of frames that follow each other, the outermost first."""
    told = [_told(frame[2], frame[4], names) for _, frame in chain]
    for at in range(1, len(told)):  # called by one of those before, and then again backwards
        told[at] = _fit(told[at], lambda one, at=at: any(_calls(a, one) for a in told[at - 1]))
    for at in range(len(told) - 2, -1, -1):
        told[at] = _fit(told[at], lambda one, at=at: any(_calls(one, b) for b in told[at + 1]))
    return [_line(line, frame, found) for (line, frame), found in zip(chain, told)]


def _told(file, name, names):
    """[(short name, what it was, names that it uses, its class), ...] of a frame."""
    file = names.get("places", {}).get(file, file)
    return [(name, *one) for label, part in names["files"].items()
            if file in (label, Path(label).stem) for one in part["functions"].get(name, ())]


def _fit(candidates, check):
    """Those that pass; all, if none does: a call by way of asyncio, or through a variable."""
    return [one for one in candidates if check(one)] or candidates


def _calls(caller, called):
    name, _, _, class_ = called
    return name in caller[2] or (name == "__init__" and class_ in caller[2])


def _line(line, frame, found):
    """`File "meter.py", in Meter._keep_unit`, or more than one, or the line as it was."""
    if not found:
        return line
    where = f" ({frame[2]}, line {frame[3]})" if int(frame[3]) > 1 else ""
    modules = dict.fromkeys(told.partition(":")[0].partition(".")[0] for _, told, *_ in found)
    words = " or ".join(told.replace(":", ".").partition(".")[2] for _, told, *_ in found)
    files = '" or "'.join(f"{module}.py" for module in modules)
    return f'{frame[1]}File "{files}", in {words}{where}\n'


def main() -> int:
    """Standard input to standard output."""
    text = sys.stdin.read()
    try:
        names = find(sys.argv[1] if sys.argv[1:] else "", text)
    except NoMap as error:
        print(f"traceback: {error}", file=sys.stderr)
        return 1
    sys.stdout.write(readable(text, names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
