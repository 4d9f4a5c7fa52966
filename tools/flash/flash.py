"""Puts microhan onto a dongle: MicroPython, the application, the configuration, in one go.

    .venv/bin/python -m flash.flash --port PORT [--board NAME] [--firmware file]
        [--config file] [--erase]

A dongle that already runs microhan keeps its /data unless --erase is given. Where neither the
configuration nor the dongle knows a Wi-Fi, the dongle is set up as soon as it runs: it says which
networks it hears, and the password is asked for (provision.py).
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from build import boards

from . import chip as chips
from . import (
    console,
    device_config,
    image,
    improv,
    keep_data,
    micropython_image,
    partition,
    presets,
    provision,
    serial_port,
)

if TYPE_CHECKING:
    from build.boards import Board
    from flash.chip import Chip

class FlashError(Exception):
    """It cannot be done like this; the text says why, and what to do."""


def configuration(data: dict[str, bytes], given: dict | None,
                  ask: Callable[[], tuple[str, str]]) -> dict[str, bytes]:
    """Returns /data {path: bytes} with the configuration the dongle is to start with.

    `data` is what the dongle holds, `given` the CONFIG as a dict of dicts or None; its keys come
    before the dongle's own. `ask()` returns (name, password) of the Wi-Fi if neither has them; an
    empty name leaves it for later.
    """
    data = dict(data)
    old = data.get(device_config.CONFIG_FILE)
    kept = {}
    if old is not None:
        try:
            kept = device_config.parse(old.decode("utf-8", "replace"),
                                       "the dongle's configuration")
        except device_config.SettingsError as error:
            if given is None:
                raise FlashError(f"{error}\nGive one that can: CONFIG=file") from error
            data[device_config.CONFIG_FILE + ".bad"] = old
    merged = device_config.overlay(kept, given or {})
    if not merged.get("wifi", {}).get("ssid"):
        name, password = ask()
        if name:
            merged = device_config.overlay(merged, {"wifi": {"ssid": name, "password": password}})
    device_config.check(merged, "the configuration")
    data[device_config.CONFIG_FILE] = device_config.dump(merged)
    return data


def ask_later() -> tuple[str, str]:
    """No Wi-Fi: the dongle is set up once it runs, by the cable or by phone."""
    return "", ""


def put(chip: "Chip", options: argparse.Namespace, given: dict | None,
        ask: Callable[[], tuple[str, str]] = ask_later,
        say: Callable[[str], None] = print) -> "Board":
    """Writes everything to a connected Chip and restarts it; returns the Board."""
    wanted, preset = presets.find(options.board) if options.board else (None, {})
    board = chips.check(chip, wanted, image.SIZE)
    say(f"chip: {chip.name}, {chip.flash_size >> 20 or 'unknown'} MB flash: "
        f"BOARD={options.board or board.name}")
    firmware = micropython_image.load(board, options.firmware, say)
    is_plain = micropython_image.is_plain(firmware)
    files = image.application(board, say)
    held = {} if options.erase else keep_data.data_of(chip, say)
    data = configuration(held, device_config.overlay(preset, given or {}) or None, ask)
    _check_room(data, given, is_plain, say)
    flash = image.merge(firmware, {**files, **data}, say, partition.layout_for(chip.flash_size))
    # Held or new: should the cable come out now, the next try has all of it.
    keep_data.save(chip, data)
    say("chip: writing (about half a minute); leave the cable in")
    for at, content in image.parts(flash, board):
        chip.write(at, content)
    keep_data.done(chip)
    chip.restart()
    return board


def _check_room(data, given, is_plain, say):
    """Refuse a CONFIG that the board has no memory for; of what the dongle had already, say it."""
    config = device_config.parse(data[device_config.CONFIG_FILE].decode(), "the configuration")
    if given:
        device_config.check_room(config, is_plain, "CONFIG, with what the dongle holds,")
    elif words := device_config.unfit(config, is_plain):
        say(f"dongle: of its configuration this is refused: {words}.")


def report(port: str, say: Callable[[str], None] = print) -> dict[str, str]:
    """Waits for the dongle to start, and says how to reach it; returns what it told of itself."""
    try:
        told = console.ask(port)
        say(f"dongle: MicroPython {told['micropython']} answers; microhan {told['version']}, "
            f"{told['free'] // 1024} kB of its file system free")
    except console.SilentError as error:
        say(f"dongle: {error}; restarting it, to hear what it says of itself")
        console.restart(port)
    found = console.listen(port, say=say)
    say("")
    for key, words in (("id", "id"), ("version", "version"), ("build", "build"),
                       ("access point", "access point"), ("page", "page"),
                       ("claim", "claim it at")):
        if key in found:
            say(f"  {words:<20}{found[key]}")
    if "page" not in found and "access point" not in found:
        say("  page                (none yet)")
        say("")
        say("The dongle is not on the Wi-Fi yet. Is the name right, is it in reach, and is it 2.4 "
            "GHz? To set it anew: make flash with CONFIG=file.")
    return found


def set_up(port: str, say: Callable[[str], None] = print) -> None:
    """Has a dongle that knows no network join one, by the cable; or says how else."""
    say("")
    if not sys.stdin.isatty():
        say("The dongle knows no Wi-Fi yet. Join its access point by phone, or set it up by the "
            f"cable: .venv/bin/python tools/provision.py --port {port}")
        return
    with improv.opened(port) as dongle:
        provision.report(provision.provision(dongle, say=say), say)


ERRORS = (*image.ERRORS, FlashError, boards.UnknownBoard, chips.ChipError, improv.ImprovError,
          keep_data.KeepError, console.SilentError, serial_port.PortError)


def main() -> int:
    """Does it all; each thing that is wrong is a sentence, and exit 1."""
    parser = argparse.ArgumentParser(description="Put microhan onto a dongle.")
    parser.add_argument("--port", default="", help="the dongle's serial port")
    image.arguments(parser)
    parser.add_argument("--erase", action="store_true", help="start anew: keep nothing of it")
    parser.add_argument("--no-stub", action="store_true", help="use the loader in ROM (emulators)")
    options = parser.parse_args()
    try:
        # What can be wrong on this PC is told before anything touches the dongle.
        if options.board:
            board, _ = presets.find(options.board)
            if options.firmware:
                micropython_image.load(board, options.firmware, say=lambda text: None)
        given = device_config.read(options.config) if options.config else None
        serial_port.check(options.port)
        with chips.Chip(options.port, not options.no_stub) as chip:
            put(chip, options, given)
        if "access point" in report(options.port):
            set_up(options.port)
    except ERRORS as error:
        print(f"flash: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print(f"{os.linesep}flash: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
