"""A Python newer than this PC's, for programs that want one: Debian's packages, unpacked.

It has its own C library, so its own loader starts it: `usr/bin/python3` of the folder is a script
that does so, and that virtual environments may link to.
"""

import subprocess
from pathlib import Path

from build import setup_env

from . import debian
from .vm import VM, Unavailable

SUITE = "forky"
VERSION = "3.14"
_NAMES = (
    f"python{VERSION}-minimal", f"libpython{VERSION}-minimal", f"libpython{VERSION}-stdlib",
    "libc6", "libgcc-s1", "libstdc++6", "libbz2-1.0", "libdb5.3t64", "libexpat1", "libffi8",
    "liblzma5", "libncursesw6", "libreadline8t64", "libsqlite3-0", "libssl3t64", "libtinfo6",
    "libuuid1", "libzstd1", "zlib1g",
)
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
# --argv0, since Python finds its environment by the name that it was called by
_STARTER = """#!/bin/sh
exec "{tree}/{libraries}/ld-linux-x86-64.so.2" --library-path "{tree}/{libraries}" --argv0 "$0" \\
  "{tree}/usr/bin/python{version}" "$@"
"""


def python() -> Path:
    """The path of that Python, fetched at the first call; raises Unavailable."""
    tree = VM / f"python-{VERSION}"
    found = tree / "usr/bin/python3"
    with setup_env.lock(f"vm-python-{VERSION}"):
        if not found.exists():
            try:
                debian.fetch("amd64", tree, SUITE, _NAMES)
            except debian.DebianError as error:
                raise Unavailable(f"Python {VERSION}: {error}") from error
            found.write_text(_STARTER.format(tree=tree, libraries=_LIBRARIES, version=VERSION))
            found.chmod(0o755)
    return found


def environment(folder: Path, requirements: Path) -> Path:
    """The Python of a virtual environment with what the list names, made or brought up to date
    where need be; raises Unavailable."""
    found = folder / "bin/python"
    text = setup_env.digest(str(requirements))
    with setup_env.lock(folder.name):
        if found.exists() and setup_env.is_stamped(str(folder / ".microhan"), text):
            return found
        # pip comes from .venv: Debian packs it apart. What is installed already stays.
        make = [str(python()), "-m", "venv", "--without-pip", str(folder)]
        install = [setup_env.PYTHON, "-m", "pip", "--python", str(found), "install", "-q",
                   "--disable-pip-version-check", "-r", str(requirements)]
        for command in (make, install):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True)
            if done.returncode:
                last = (done.stderr or done.stdout).strip().splitlines()[-3:]
                raise Unavailable(f"{requirements.name}: " + " ".join(last))
        setup_env.stamp(str(folder / ".microhan"), text)
    return found
