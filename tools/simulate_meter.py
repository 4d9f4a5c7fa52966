#!/usr/bin/env python3
"""A simulated electricity meter in a believable house, on a pty, a TCP port or a serial port.

    python3 tools/simulate_meter.py                                  Kamstrup on a new pty
    python3 tools/simulate_meter.py --meter nl-dsmr5 --to tcp:7777
    python3 tools/simulate_meter.py --to /dev/ttyUSB0 --interval 1
    python3 tools/simulate_meter.py --to - --duration 60 | python3 tools/decode.py -

Needs nothing but Python 3.11. docs/twin.md tells more.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Iterable
from typing import Any

import meter_model
from meter_model.play import Faults, play, telegrams
from meter_model.ports import PortError, PtyPort, open_port

FOREVER = 1e9  # s


def arguments(argv: list[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--meter", default=meter_model.DEFAULT, help="which meter (default %(default)s)")
    add("--list", action="store_true", help="list the meters and end")
    add("--interval", type=float, metavar="S",
        help="seconds between telegrams (default: the meter's own)")
    add("--duration", type=float, default=0, metavar="S", help="seconds to run (0: until Ctrl-C)")
    add("--seed", type=int, default=1, help="another seed, another house")
    add("--start", metavar="TIME",
        help="the meter's clock at the start, normal time: 2026-01-15T17:00:00 (default: now)")
    add("--speed", type=float, default=1, metavar="N",
        help="seconds of the house's time that pass in one of yours")
    add("--to", default="pty", metavar="PORT",
        help="pty, tcp:[HOST:]PORT, a serial device, a file, - (default %(default)s)")
    add("--baud", type=int, default=0, help="speed of the line (default: the meter's own)")
    add("--faults", default="", metavar="LIST",
        help="what goes wrong: drop=P,flip=P (each byte), cut=P,noise=P,skip=P (each telegram)")
    return parser, parser.parse_args(argv)


def prepare(parser: argparse.ArgumentParser,
            options: argparse.Namespace) -> tuple[Any, Iterable[bytes], float, Faults | None]:
    """(dialect, source of telegrams, interval, faults) out of the options; ends on nonsense."""
    try:
        dialect = meter_model.find(options.meter)
        faults = Faults.parse(options.faults, options.seed) if options.faults else None
        ms = meter_model.start_ms(options.start, dialect.habits.utc_offset)
    except ValueError as error:
        parser.error(str(error))
    interval = dialect.interval if options.interval is None else options.interval
    if not (0 < interval < FOREVER and 0 < options.speed < FOREVER
            and 0 <= options.duration < FOREVER and 0 <= options.baud):
        parser.error("--interval and --speed are above 0, --duration and --baud not below")
    step_ms = max(1, round(interval * options.speed * 1000))
    meter = meter_model.new_meter(dialect, options.seed, ms)
    return dialect, telegrams(dialect, meter, step_ms), interval, faults


def main(argv: list[str] | None = None) -> int:
    parser, options = arguments(argv)
    if options.list:
        for name, dialect in meter_model.DIALECTS.items():
            print(f"{name:18} {dialect.title}")
        return 0
    dialect, source, interval, faults = prepare(parser, options)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    line = dialect.line._replace(baud=options.baud or dialect.baud)
    try:
        port = open_port(options.to, line)
    except PortError as error:
        print(error, file=sys.stderr)
        return 1
    if not port.paced and not options.duration:
        port.close()
        parser.error("a file needs --duration")
    port.byte_s = line.byte_s
    print(f"{dialect.title} on {port.words}, {line}, every {interval:g} s"
          + (f"; read it from {port.name}" if isinstance(port, PtyPort) else ""),
          file=sys.stderr, flush=True)
    if dialect.secret:
        print(f"Encrypted: key {dialect.secret.key}, authentication key {dialect.secret.auth}",
              file=sys.stderr, flush=True)
    try:
        count = play(port, source, stop.wait, interval, options.duration, faults)
    except PortError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        port.close()
    print(f"{count} telegrams sent, {port.lost} bytes had no reader.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
