"""What each step of the build is worth: the program without it, on the 32-bit VM. A table.

    .venv/bin/python -m build.worth [STEP …]

Each row is the heap of the application at rest (memory_map.py: MQTT and HTTP on, i386) with one
step of compact.Steps left out, and what that costs; and the bytes of one copy on flash. The trees
are in build/worth/. About 40 s a row.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

import build
from measure import memory_map

from . import setup_env

FOLDER = Path(setup_env.BUILD) / "worth"
AFTER_S = 15


def steps() -> list[str]:
    """The names of all steps, in the order of compact.Steps."""
    return [field.name for field in dataclasses.fields(build.compact.Steps)]


def measure(left_out: str | None = None) -> tuple[int, int]:
    """(bytes of heap, bytes on flash) of the program without one step."""
    saved = build.STEPS, build.APP, build.COMPACT, build.MAPS
    place = FOLDER / (left_out or "all")
    build.STEPS = dataclasses.replace(build.STEPS, **({left_out: False} if left_out else {}))
    build.APP, build.COMPACT, build.MAPS = (place / name for name in ("app", "compact", "maps"))
    try:
        sizes = build.sizes(build.build("x86", say=lambda text: None))
        at = dict(memory_map.probe(AFTER_S)[0])
    finally:
        build.STEPS, build.APP, build.COMPACT, build.MAPS = saved
    flash = sum(size for name, size in sizes.items() if name.startswith(build.COPY))
    return at["running"] - at["twin"], flash


def main() -> int:
    """Measures, and prints a row for each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", nargs="*", metavar="STEP", help="of " + ", ".join(steps()))
    options = parser.parse_args()
    unknown = set(options.steps) - set(steps())
    if unknown:
        parser.error("no such step: " + ", ".join(sorted(unknown)))
    heap, flash = measure()
    print(f"{'without':<14}{'heap':>9}{'more':>9}{'flash':>9}{'more':>9}")
    print(f"{'(all done)':<14}{heap:>9}{'':>9}{flash:>9}", flush=True)
    for step in options.steps or steps():
        try:
            more, wide = measure(step)
        except (build.BuildError, memory_map.NoFigures) as error:
            print(f"{step:<14}  not possible: {str(error).strip()[:150]!r}", flush=True)
            continue
        print(f"{step:<14}{more:>9}{more - heap:>+9}{wide:>9}{wide - flash:>+9}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
