"""`make release`: see __init__.py; docs/releasing.md says what it makes and how to check it."""

import argparse
import os
import sys
from pathlib import Path

from build import archive
from flash import image, site
from measure import limits

from . import commit, keys, notes, package
from . import make as making

ERRORS = (*image.ERRORS, site.SiteError, archive.ArchiveError, commit.NotClean, keys.KeyFault,
          notes.NoNotes, package.PackageError)


def main() -> int:
    """Makes it and says where it is; the exit status is 1 where a part is beyond its limit, and,
    with --all, where one is missing."""
    parser = argparse.ArgumentParser(description="Make a release of the commit checked out.")
    parser.add_argument("--key", help="the private key that signs, a PEM file")
    parser.add_argument("--last", action="store_true", help="that key signs nothing more")
    parser.add_argument("--firmware", help="a stock image of MicroPython, or a folder with some")
    parser.add_argument("--out", default=str(making.OUT), help="the folder, emptied first")
    parser.add_argument("--all", action="store_true", help="fail where a part is missing")
    options = parser.parse_args()
    try:
        key = keys.load(options.key) if options.key else None
        if key:
            keys.check_trusted(key, options.last)
        rows = making.make(Path(options.out), options.firmware, key)
    except ERRORS as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print("\n".join(limits.table(rows)))
    print(f"release: in {os.path.relpath(options.out)}/")
    return limits.status([row for row in rows
                          if options.all or not row.name.startswith("missing: ")])


if __name__ == "__main__":
    sys.exit(main())
