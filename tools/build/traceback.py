"""Makes a dongle's traceback readable: the functions' own names for the short ones.

    python tools/build/traceback.py < log

The build leaves what its short names mean in build/compact/names.json, and the texts that the
lines of an x64 twin's traceback count in beside it: use the build that ran on the dongle. For a
file's name stand the modules in it (layout.py).
"""

import json
import os
import re
import sys
from pathlib import Path

if __name__ == "__main__":  # not this folder: Python has a traceback and a build of its own
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

import prepare  # noqa: E402

NAMES = Path(prepare.BUILD) / "compact" / "names.json"
_LINE = re.compile(r'(File "([^"]+)", line \d+, in )(\w+)')


def readable(line, meanings, own=lambda module, file: True):
    """The line, with what its short name may mean."""
    def told(match):
        all_ = meanings.get(match[3], [])
        near = [m for m in all_ if own(m, match[2])]
        return match[1] + (" or ".join(near or all_) or match[3])
    return _LINE.sub(told, line)


def in_file(merged):
    """own() for readable(): whether a meaning ("hub.State:update") is of that file."""
    home = {part: Path(file).stem for file, parts in merged.items() for part in parts}

    def own(meaning, file):
        module = meaning.split(":")[0].split(".")[0]
        return home.get(module, module.rpartition("/")[2]) == Path(file).stem
    return own


def with_modules(line, merged):
    """The line, with the modules that its file is made of for the file's short name."""
    def told(match):
        parts = merged.get(match[1].removesuffix(".py") + ".py", (match[1],))  # x64 has the .py
        return f'File "{parts[0]}{" ... " + parts[-1] if len(parts) > 1 else ""}"'
    return re.sub(r'File "([^"]+)"', told, line)


def main():
    """Standard input to standard output."""
    from build import compact
    try:
        meanings = json.loads(NAMES.read_text())
    except OSError:
        print("readable: there is no build here: make build", file=sys.stderr)
        return 1
    own = in_file(compact.MERGED)
    for line in sys.stdin:
        sys.stdout.write(with_modules(readable(line, meanings, own), compact.MERGED))
    return 0


if __name__ == "__main__":
    sys.exit(main())
