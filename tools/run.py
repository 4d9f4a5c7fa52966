#!/usr/bin/env python3
"""The twin: the firmware on this PC, a simulated meter, a broker and a live display.

    make run
    make run ARGS="--meter nl-dsmr5 --interval 1 --duration 60"
    make run ARGS="--replay capture.bin"

docs/twin.md tells more. Exit status: 0 after Ctrl-C or the duration, 1 when something failed,
2 for a wrong option, 3 when a tool is missing. (`make` itself ends with 2 whatever it was.)
"""

import argparse
import os
import signal
import string
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.console import Console
    from twin.keys import Keys
    from twin.twin import Options, Twin

FOREVER = 1e9  # s
STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def arguments(argv: list[str], defaults: "Options") -> "tuple[argparse.ArgumentParser, Options]":
    """The options of `make run` as the fields of twin.Options."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__.splitlines()[0],
                                     epilog='Pass options as: make run ARGS="--interval 1"')
    from twin.pin_1 import KINDS

    add = parser.add_argument
    add("--meter", default=defaults.meter, help="which meter, <maker>-p1|hdlc|mbus (default "
        "%(default)s; tools/simulate_meter.py --list shows them)")
    add("--interval", type=float, default=defaults.interval, metavar="S",
        help="seconds between telegrams (default %(default)s)")
    add("--duration", type=float, default=0, metavar="S",
        help="seconds to run, from the meter's first byte (default: until Ctrl-C)")
    add("--http-port", type=int, default=defaults.http_port, metavar="N",
        help="port of the page (default %(default)s)")
    add("--mqtt", default="", metavar="HOST:PORT", help="a broker (default: starts one)")
    add("--token", default="", metavar="T", help="token for programs (default: made once)")
    add("--fresh", action="store_true",
        help="as out of the box: set-up mode, with a simulated radio (its folder: build/fresh)")
    add("--id", default="", metavar="HEX", help="6 hex digits (default: out of the flash folder)")
    add("--flash", type=Path, default=defaults.flash, metavar="DIR",
        help="folder that plays the flash (default build/flash)")
    add("--vm", choices=("i386", "x64", "cpython"), help="what runs it (default: the best here)")
    add("--start", default="", metavar="TIME",
        help="the meter's clock at the start, normal time: 2026-01-15T17:00:00 (default: now)")
    add("--faults", default="", metavar="SPEC",
        help="what goes wrong: drop=P,flip=P (each byte), cut=P,noise=P,skip=P (each telegram)")
    add("--replay", default="", metavar="FILE",
        help="send these raw bytes each interval instead of the simulated meter")
    add("--key", metavar="HEX",
        help="encryption key that the firmware gets (default: the simulated meter's own)")
    add("--aad", metavar="HEX", help="authentication key, likewise")
    add("--pin-1", choices=KINDS, default="",
        help="what the port's pin 1 is like (default: the board cannot see it): "
        + "; ".join(f"{kind} {words}" for kind, words in KINDS.items()))
    given = parser.parse_args(argv)
    _check(parser, given)
    if given.fresh and given.flash == defaults.flash:
        given.flash = defaults.flash.with_name("fresh")
    return parser, defaults._replace(**vars(given))


def _check(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Ends with words where an option cannot be."""
    for name, sizes, words in (("key", (32,), "32"), ("aad", (32, 34), "32 or 34"),
                               ("id", (6, 12), "6")):
        value = getattr(given, name)
        if value and not (len(value) in sizes and set(value) <= set(string.hexdigits)):
            parser.error(f"--{name} is {words} hex digits")
    if not (0 < given.interval < FOREVER and 0 <= given.duration < FOREVER):
        parser.error("--interval is above 0, --duration not below")
    if not 1 <= given.http_port <= 65535:
        parser.error("--http-port is from 1 to 65535")
    if given.token and not (10 <= len(given.token) <= 128 and given.token.isprintable()
                            and given.token.isascii()):
        parser.error("--token is 10 to 128 plain characters")
    host, colon, port = given.mqtt.rpartition(":")
    if given.mqtt and not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        parser.error("--mqtt is HOST:PORT, like 192.168.1.10:1883")


def heading(twin: "Twin") -> list[str]:
    """What a person needs, in three lines."""
    address = f"http://127.0.0.1:{twin.client.port}/"
    password = twin.access.get("password")
    rows = [f"Page    {address}" + (f"   password {password}" if password else "")]
    if twin.serial:
        rows += set_up_words(twin)
    elif not twin.access:
        rows.append("        It has no owner yet, and shows nothing until it has one.")
    if twin.token():
        rows.append(f"Token   {twin.token()}")
    if twin.broker:
        rows.append(f"MQTT    127.0.0.1:{twin.broker.port}   "
                    f"mosquitto_sub -p {twin.broker.port} -v -t 'microhan/#'")
    return [*rows, ""]


def set_up_words(twin: "Twin") -> list[str]:
    """How to set up a fresh twin: by the portal or by the cable, and on which network."""
    assert twin.options.radio and twin.serial
    networks, _ = twin.options.radio
    heard = ", ".join(f"{name!r} ({password or 'open'})" for name, password, *_ in networks)
    return ["        That is its portal: you play the phone in its access point.",
            f"Cable   .venv/bin/python tools/provision.py --port socket://127.0.0.1:{twin.serial.port}",
            f"Wi-Fi   {heard}"]


def meter_words(options: "Options", dialect: Any) -> list[str]:
    """Which meter, on what line, with which keys."""
    if options.replay:
        return [f"Meter: {options.replay}, every {options.interval:g} s"]
    rows = [f"Meter: {dialect.title}, every {options.interval:g} s, {dialect.line}"]
    if getattr(dialect, "hourly", False):
        rows.append("       Its registers come once an hour, with the first telegram after it.")
    if dialect.secret:
        key = dialect.secret.key if options.key is None else options.key or "(none)"
        rows.append(f"Key:   {key}" + ("" if options.key is None else "   (the meter's own: "
                                       f"{dialect.secret.key})"))
    return rows


def state_of(status: dict[str, Any] | None) -> str:
    """The diagnosis in /status.json, "" before there is one."""
    return (status or {}).get("meter", {}).get("state", "")


def last_words(lines: Sequence[str]) -> str:
    """The newest line of the firmware's log that is no secret and no part of a traceback."""
    for line in reversed(list(lines)):
        if line[:1].isdigit():  # log lines begin with the uptime
            return line
    return ""


def last_lines(lines: Sequence[str]) -> list[str]:
    """The firmware's last words, fit for a bug report: there are no secrets in them."""
    return list(lines)[-12:]


def footing(twin: "Twin", code: int, silent_s: float, keys: str = "") -> list[str]:
    """What stands below the values; `keys`: which there are."""
    rows = [f"{twin.sent} telegrams sent   log: {twin.log_name()}   Ctrl-C ends it"]
    if keys:
        rows.append(keys)
    if twin.pulled or twin.garbled:
        rows.insert(0, "The meter's plug is out." if twin.pulled else "The line is garbled.")
    words = last_words(twin.firmware.lines)
    if words:
        rows.insert(0, f"log     {words}")
    if twin.port.lost:
        rows.insert(0, f"{twin.port.lost} bytes were lost: the firmware does not read its UART.")
    if silent_s > 15:
        rows.insert(0, f"The firmware has not answered for {silent_s:.0f} s.")
    elif code not in (0, 200, 404, 503) and twin.token():
        rows.insert(0, f"/reading.json answers {code}.")
    return rows


def watch(twin: "Twin", console: "Console", seen: dict[str, Any], keys: "Keys") -> None:
    """Show the values until the meter has ended; seen["status"] is the last /status.json."""
    from twin.keys import HELP, press

    listed = HELP if keys.fd is not None else ""
    pause = min(1.0, max(0.2, twin.options.interval / 2))
    head = heading(twin)
    if not console.live:
        for row in head:
            console.say(row)
    asked, heard = 0.0, time.monotonic()
    while not twin.over.is_set():
        twin.check()
        now = time.monotonic()
        code, reading = twin.client.get("/reading.json")
        heard = now if code else heard
        if code and (now - asked >= 2 or state_of(seen["status"]) != "ok"):
            ask_status(twin, seen)
            asked = now
            head = heading(twin)
        console.show(head, reading, seen["status"], footing(twin, code, now - heard, listed))
        for key in keys.wait(pause, twin.over):
            press(twin, key, console.say)
    time.sleep(0.2)  # the last telegram's way through
    ask_status(twin, seen)


def ask_status(twin: "Twin", seen: dict[str, Any]) -> None:
    """Put /status.json into seen["status"], if it comes."""
    seen["status"] = twin.client.get("/status.json")[1] or seen["status"]


def run(twin: "Twin", console: "Console") -> int:
    """Start, watch, stop; returns the exit status. KeyboardInterrupt ends it as it should."""
    from twin.keys import Keys

    seen: dict[str, Any] = {"status": None}
    broken = True
    try:
        twin.start()
        with Keys() as keys:
            watch(twin, console, seen, keys)
        broken = False
    except KeyboardInterrupt:
        broken = False
    finally:
        for number in STOPPERS:
            signal.signal(number, signal.SIG_IGN)
        console.keep()
        last: list = last_lines(twin.firmware.lines) if broken and twin.firmware else []
        sent = twin.sent
        twin.stop()
        for line in last:
            console.say("    " + line)
    counters = (seen["status"] or {}).get("meter", {}).get("counters", {})
    read = f", {counters['ok']} read" if counters else ""
    console.say(f"Ended: {sent} telegrams sent{read}.")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Entry; `argv` as sys.argv[1:]."""
    given = sys.argv[1:] if argv is None else argv
    if not {"-h", "--help"} & set(given):
        # Within a second, whatever comes next: the first run fetches a VM and compiles.
        print("microhan's twin: starting the firmware, a meter and a broker.", flush=True)
    for number in STOPPERS:
        signal.signal(number, signal.default_int_handler)
    try:
        return prepared(given)
    except KeyboardInterrupt:
        return 0
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:  # `make run | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def prepared(given: list[str]) -> int:
    """The rest of main(); what it imports takes a moment."""
    import build
    import meter_model
    from build import setup_env, vendor
    from meter_model.play import Faults
    from twin.console import Console
    from twin.flash import FlashError
    from twin.runtime import NoRuntime
    from twin.twin import RADIO, Options, Twin, TwinError

    parser, options = arguments(given, Options())
    options = options._replace(radio=RADIO if options.fresh else None)
    try:
        dialect = meter_model.find(options.meter)
        meter_model.start_ms(options.start, dialect.habits.utc_offset)
        Faults.parse(options.faults)
    except ValueError as error:
        parser.error(str(error))
    console = Console()
    for row in meter_words(options, dialect):
        console.say(row)
    try:
        return run(Twin(options, console.say), console)
    except (TwinError, FlashError, build.BuildError, vendor.VendorError) as error:
        print(error, file=sys.stderr)
        return 1
    except NoRuntime as error:
        print(error, file=sys.stderr)
        return setup_env.MISSING_TOOL
    except ModuleNotFoundError as error:
        print(f"{error.name} is not here: start the twin with `make run`, which fetches it.",
              file=sys.stderr)
        return setup_env.MISSING_TOOL
    except OSError as error:
        print(setup_env.no_access(error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
