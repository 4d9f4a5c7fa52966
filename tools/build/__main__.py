"""`.venv/bin/python -m build [ARCH …]`: see __init__.py."""

import argparse
import os
import sys

import build

from . import keys, setup_env


def main() -> int:
    """Builds and prints the table of sizes."""
    parser = argparse.ArgumentParser(description="Compile the firmware for each architecture.")
    parser.add_argument("arches", nargs="*", default=[], metavar="ARCH",
                        help="one or more of " + ", ".join(build.ARCHES))
    options = parser.parse_args()
    try:
        trees = {arch: build.build(arch) for arch in options.arches or build.ARCHES}
    except (build.BuildError, OSError) as error:
        words = setup_env.no_access(error) if isinstance(error, OSError) else error
        print(f"build: {words}", file=sys.stderr)
        return 1
    print("\n".join(build.table(trees)))
    if not keys.file():
        print("build: without keys, so that it takes no update packages (KEYS=file, "
              "docs/releasing.md)")
    print(f"build: in {os.path.relpath(build.APP)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
