#!/usr/bin/env python3
"""Writes host_tests/telegrams/: a telegram of each simulated meter, and what is to be read."""

import json
import sys
from pathlib import Path

from meter_model import corpus

FOLDER = Path(__file__).resolve().parents[2] / "host_tests" / "telegrams"


def files() -> dict[str, bytes]:
    """{name: bytes} of all that the folder holds."""
    out, index = {}, []
    for record, data in corpus.records():
        out[record["file"]] = data
        index.append(json.dumps(record))
    out["index.json"] = ("[\n" + ",\n".join(index) + "\n]\n").encode()
    return out


def main() -> int:
    """Write what differs, take away what is no more."""
    FOLDER.mkdir(exist_ok=True)
    wanted = files()
    for path in FOLDER.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(wanted) - 1} telegrams in host_tests/telegrams")
    return 0


if __name__ == "__main__":
    sys.exit(main())
