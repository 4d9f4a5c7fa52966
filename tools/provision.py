#!/usr/bin/env python3
"""Set up a dongle by its cable: which Wi-Fi, then the address where its owner claims it.

    .venv/bin/python tools/provision.py --port /dev/ttyUSB0 [--ssid NAME] [--scan]

Speaks Improv, as the flasher's page in a browser does. The password is asked for, or read from
standard input: never an argument, since those stay in the shell's history. Exit status: 0 when the
dongle is on the network, 1 with the reason on stderr.
"""

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))

from flash import improv, serial_port  # noqa: E402
from flash.provision import STARTING_S, provision, reason, report  # noqa: E402


def main(argv: list[str] | None = None) -> int:
    """Entry; `argv` as sys.argv[1:]."""
    parser = argparse.ArgumentParser(description="Set up a dongle by its cable.")
    parser.add_argument("--port", default="", help="the dongle's serial port")
    parser.add_argument("--ssid", default="", help="the network's name (default: asked for)")
    parser.add_argument("--scan", action="store_true", help="only list what the dongle hears")
    options = parser.parse_args(argv)
    heard: list[str] = []
    try:
        serial_port.check(options.port)
        with improv.opened(options.port, heard.append) as dongle:
            if options.scan:
                dongle.state(STARTING_S)
                for network in dongle.scan():
                    print(f"{network.rssi:4} dBm  {network.name}")
            else:
                report(provision(dongle, options.ssid))
    except (improv.ImprovError, serial_port.PortError, OSError) as error:
        print(f"provision: {error}{reason(heard)}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
