#!/usr/bin/env python3
"""Raw meter bytes in, one JSON object a Reading out: `tools/decode.py FILE…|-`.

The first thing to reach for when a telegram is not understood. Runs the firmware's own decoder
and needs nothing but Python 3.11. A hex dump is taken too, and text whose line ends were changed
(tools/saved_bytes.py).
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "tools" / "vm" / "cpython")]
sys.path.append(str(ROOT / "tools"))

import saved_bytes  # noqa: E402
from microhan.config.schema import rows  # noqa: E402
from microhan.config.values import offset_minutes  # noqa: E402
from microhan.meter.evidence import EVIDENCE  # noqa: E402
from microhan.meter.unit_keeper import owners_units  # noqa: E402
from microhan.telegram import counters as c  # noqa: E402
from microhan.telegram.clock import ClockRule  # noqa: E402
from microhan.telegram.decoder import Decoder  # noqa: E402

CHUNK = 4096


def arguments(argv: list[str]) -> argparse.Namespace:
    """The parsed command line; exits with words when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="decode.py", description="Decode raw bytes of a meter's HAN port to JSON lines.")
    parser.add_argument("files", metavar="FILE", nargs="+",
                        help="file of raw bytes or of a hex dump, or - for standard input")
    parser.add_argument("--hex", action="store_true",
                        help="the files are hex dumps (these are recognised; this says why one "
                             "is not)")
    parser.add_argument("--clock", choices=("normal", "local"), default="normal",
                        help="the meter's clock: normal time all year, or summer time too")
    parser.add_argument("--utc-offset", default="+01:00", metavar="±HH:MM",
                        help="UTC offset of the meter's normal time (default +01:00)")
    parser.add_argument("--crc", choices=("on", "off"), default="on",
                        help="off also takes telegrams whose checksum is missing or wrong")
    parser.add_argument("--key", type=key_bytes, default=b"", metavar="HEX",
                        help="the encryption key of an encrypting meter, 32 hex digits")
    parser.add_argument("--aad", type=aad_bytes, default=b"", metavar="HEX",
                        help="its authentication key: 32 hex digits, or 34 with the security byte "
                             "(default: the one that Luxembourg and Austria publish)")
    parser.add_argument("--energy-unit", type=int, choices=(1, 10, 100, 1000), metavar="1|10",
                        help="Wh per count of Kamstrup_V0001, whose registers are left out else")
    for key, unit in (("current", "A"), ("voltage", "V"), ("power", "W")):
        parser.add_argument(f"--{key}-unit", default="unknown", metavar=unit,
                            choices=allowed_units(key),
                            help=f"{unit} per count of a list that does not say")
    parser.add_argument("--stats", action="store_true",
                        help="print the counters to standard error")
    # argparse takes a value that begins with "-" for an option, so "-03:30" is joined to its name
    options = parser.parse_args([
        f"--utc-offset={value}" if name == "--utc-offset" else value
        for name, value in zip(["", *argv], argv) if value != "--utc-offset"])
    try:
        options.utc_offset = offset_minutes(options.utc_offset)
    except ValueError as error:
        parser.error(str(error))
    return options


def allowed_units(key: str) -> Any:
    """What meter.<key>_unit may be."""
    return next(row[4] for row in rows() if row[:2] == ("meter", key + "_unit"))


def hex_bytes(text: str, sizes: tuple[int, ...], words: str) -> bytes:
    """The bytes that hex digits spell (blanks and colons between them are let through)."""
    try:
        data = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not hexadecimal: {words} was expected")
    if len(data) not in sizes:
        raise argparse.ArgumentTypeError(f"{len(data)} bytes, but {words} was expected")
    return data


def key_bytes(text: str) -> bytes:
    """The encryption key."""
    return hex_bytes(text, (16,), "a key of 16 bytes (32 hex digits)")


def aad_bytes(text: str) -> bytes:
    """The authentication key, with or without the security byte in front."""
    return hex_bytes(text, (16, 17), "an authentication key of 16 or 17 bytes")


def read(name: str) -> bytes:
    """All bytes of a file or of standard input."""
    if name == "-":
        return sys.stdin.buffer.read()
    return Path(name).read_bytes()


# Why there was no Reading, by the counter that shows it.
REASONS = {
    c.C_WRONG_KEY: "{} encrypted telegram(s), but the key (--key, or the authentication key "
                   "--aad) does not open them",
    c.C_NO_KEY: "{} encrypted telegram(s), and no key was given: the grid company has it (--key)",
    c.C_CRC: "{} telegram(s) whose checksum is missing or does not match: damaged on the way, or "
             "a meter that sends none (then --crc off)",
    c.C_FCS: "{} binary frame(s) whose checksum does not match: damaged on the way, or read with "
             "the wrong parity; or encrypted, and the authentication key (--aad) is another",
    c.C_UNKNOWN_LIST: "{} whole list(s) of a meter that is not known: what their numbers mean "
                      "cannot be told. Please open an issue with the meter's make and this file",
    c.C_MALFORMED: "{} whole binary telegram(s) whose content is no list that is known here",
    c.C_CUT_SHORT: "{} binary telegram(s) that begin, but whose end never comes",
    c.C_TOO_LONG: "{} telegram(s) of more than 4224 bytes, as no meter sends: the end is missing",
    c.C_IDENTIFIED: "a telegram begins, but its end (`!` and checksum) never comes",
}


def reason(counts: Sequence[int], size: int) -> str:
    """Why there was no Reading, in words; `counts` is the decoder's array of counters."""
    if not size:
        return "the input is empty"
    for counter, *_ in EVIDENCE:
        if counts[counter] and counter in REASONS:
            return REASONS[counter].format(counts[counter])
    return ("no telegram: neither a line that begins with / nor a binary frame was found "
            f"({counts[c.C_SKIPPED]} bytes skipped)")


def decoded(data: bytes, options: argparse.Namespace) -> Decoder:
    """The Decoder that has met all of `data` and printed each Reading."""
    decoder = Decoder(lambda source: print(source.reading(options.energy_unit).json(), flush=True),
                      options.crc == "on", ClockRule(options.clock, options.utc_offset),
                      options.key, options.aad, reject_replays=False)
    decoder.units = owners_units(vars(options))
    for start in range(0, len(data), CHUNK):
        chunk = data[start:start + CHUNK]
        decoder.feed(chunk, len(chunk))
    decoder.idle()
    decoder.idle()  # twice: nothing more will ever come
    return decoder


def raw(data: bytes, options: argparse.Namespace, say: Callable[[str], None]) -> bytes:
    """The meter's bytes: what a hex dump spells, or `data` itself. Raises NotHexError."""
    try:
        spelled = saved_bytes.from_hex(data)
    except saved_bytes.NotHexError:
        if options.hex:
            raise
        return data
    say(f"a hex dump, read as {len(spelled)} bytes")
    return spelled


def decode(name: str, options: argparse.Namespace) -> bool:
    """Print the Readings of one file, and on stderr what is to be said of it. True if there was
    one."""
    def say(words):
        print(f"decode: {'standard input' if name == '-' else name}: {words}", file=sys.stderr)

    try:
        data = raw(read(name), options, say)
    except OSError as error:
        say(error.strerror or str(error))
        return False
    except saved_bytes.NotHexError as error:
        say(f"no hex dump: {error}")
        return False
    decoder = decoded(data, options)
    mended = None if decoder.ok else saved_bytes.with_line_ends(data)
    again = decoded(mended[0], options) if mended else None
    if mended and again and again.ok:
        decoder = again
        say(f"{mended[1]}; put back")
    counters = decoder.counters()
    if options.stats:
        print(json.dumps(counters), file=sys.stderr)
    if not decoder.ok:
        tried = "; nor does it with CR LF at its line ends" if again and counters["crc"] else ""
        say(reason(decoder.counts(), len(data)) + tried)
    return bool(decoder.ok)


def main(argv: list[str] | None = None) -> int:
    """Exit status 0 if there was at least one Reading, else 1 with the reasons on stderr."""
    options = arguments(sys.argv[1:] if argv is None else argv)
    return 0 if any([decode(name, options) for name in options.files]) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `tools/decode.py FILE | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)
