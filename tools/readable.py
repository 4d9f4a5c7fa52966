"""Makes a dongle's traceback readable: the functions' own names for the short ones.

    python tools/readable.py < log

The build leaves what its short names mean in build/compact/names.json, and the texts that the
lines of an x64 twin's traceback count in beside it: use the build that ran on the dongle.
"""

import json
import re
import sys
from pathlib import Path

import prepare

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


def main():
    """Standard input to standard output."""
    import compact
    try:
        meanings = json.loads(NAMES.read_text())
    except OSError:
        print("readable: there is no build here: make build", file=sys.stderr)
        return 1
    own = in_file(compact.MERGED)
    for line in sys.stdin:
        sys.stdout.write(readable(line, meanings, own))
    return 0


if __name__ == "__main__":
    sys.exit(main())
