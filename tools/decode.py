#!/usr/bin/env python3
"""Raw meter bytes in, one JSON object a Reading out: `tools/decode.py FILE|-`.

The first thing to reach for when a telegram is not understood. Runs the firmware's own decoder
and needs nothing but Python 3.11.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "tools" / "cpython")]

from microhan.config import offset_minutes  # noqa: E402
from microhan.telegram.clock import ClockRule  # noqa: E402
from microhan.telegram.p1 import P1Parser  # noqa: E402

CHUNK = 4096


def arguments(argv):
    """The parsed command line; exits with words when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="decode.py", description="Decode raw bytes of a meter's HAN port to JSON lines.")
    parser.add_argument("file", metavar="FILE", help="file of raw bytes, or - for standard input")
    parser.add_argument("--clock", choices=("normal", "local"), default="normal",
                        help="the meter's clock: normal time all year, or summer time too")
    parser.add_argument("--utc-offset", default="+01:00", metavar="±HH:MM",
                        help="UTC offset of the meter's normal time (default +01:00)")
    parser.add_argument("--crc", choices=("on", "off"), default="on",
                        help="off also takes telegrams whose checksum is missing or wrong")
    parser.add_argument("--stats", action="store_true",
                        help="print the counters to standard error")
    # argparse takes a value that begins with "-" for an option, so "-03:30" is joined to its name
    joined = " ".join(argv).replace("--utc-offset -", "--utc-offset=-").split(" ")
    options = parser.parse_args(joined if "--utc-offset" in argv else argv)
    try:
        options.utc_offset = offset_minutes(options.utc_offset)
    except ValueError as error:
        parser.error(str(error))
    return options


def read(name):
    """All bytes of a file or of standard input."""
    if name == "-":
        return sys.stdin.buffer.read()
    return Path(name).read_bytes()


def reason(counters, identified, size):
    """Why there was no Reading, in words."""
    if not size:
        return "the input is empty"
    if counters["crc"]:
        return (f"{counters['crc']} telegram(s) whose checksum is missing or does not match: "
                "damaged on the way, or a meter that sends none (then --crc off)")
    if counters["too_long"]:
        return "a telegram longer than 16 kB: its end never came"
    if identified:
        return "a telegram begins, but its end (`!` and checksum) never comes"
    return ("no telegram: no line that begins with / was found "
            f"({counters['skipped']} bytes skipped)")


def main(argv=None):
    """Exit status 0 if there was at least one Reading, else 1 with the reason on stderr."""
    options = arguments(sys.argv[1:] if argv is None else argv)
    try:
        data = read(options.file)
    except OSError as error:
        print(f"decode: {options.file}: {error.strerror}", file=sys.stderr)
        return 1
    parser = P1Parser(lambda p: print(p.reading().json(), flush=True), options.crc == "on",
                      ClockRule(options.clock, options.utc_offset))
    for start in range(0, len(data), CHUNK):
        chunk = data[start:start + CHUNK]
        parser.feed(chunk, len(chunk))
    parser.idle()
    counters = parser.counters()
    if options.stats:
        print(json.dumps(counters), file=sys.stderr)
    if parser.ok:
        return 0
    print("decode: " + reason(counters, parser.identified, len(data)), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
