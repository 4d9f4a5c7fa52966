"""Fetches the third-party MicroPython modules that are compiled into the build.

`.venv/bin/python -m build.vendor` puts pinned copies into build/vendor/: umqtt/simple.py.
They come from the package index that pip is configured for. Each archive and each file taken
from it has its SHA-256 written here, so a copy once fetched is checked and used without a network.
"""

import ast
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from . import setup_env

VENDOR = Path(setup_env.BUILD) / "vendor"

# project, archive, archive's SHA-256, {member: (file under build/vendor, SHA-256)}.
# umqtt's archive has no setup.py, so pip refuses it; its member is all that it holds.
PACKAGES = (
    (
        "micropython-umqtt.simple",
        "micropython-umqtt.simple-1.3.4.tar.gz",
        "b6a2520239e3992c63a7de9370ee9b3d9d27819a90359c521f1c0f7ccab8d12f",
        {
            "micropython-umqtt.simple-1.3.4/umqtt/simple.py": (
                "umqtt/simple.py",
                "8555d2f654deb8eb0d724f79b0811a78cc94029d070f3d96bbd74288653d63a5",
            ),
        },
    ),
)


class VendorError(Exception):
    """A copy cannot be had; the text says why, and what to do."""


def sources(say: Callable[[str], None] = print) -> dict[str, Path]:
    """Returns {name on the device: Path}, e.g. `umqtt/simple.py`, fetching what is not there yet.

    Raises VendorError when a copy cannot be fetched, or is not the one that is pinned.
    """
    with setup_env.lock("vendor"):
        for package in PACKAGES:
            if not all(is_pinned(VENDOR / name, sha) for name, sha in package[3].values()):
                _unpack(package, _archive(package, say))
    return {
        name: VENDOR / name for package in PACKAGES for name, _ in sorted(package[3].values())
    }


def is_pinned(path: Path, sha256: str) -> bool:
    """Says whether the file is there and is the very one that is pinned."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _archive(package, say):
    """Returns the archive's bytes, from build/vendor/archives or from the index."""
    project, archive, sha256, _ = package
    kept = VENDOR / "archives" / archive
    if not is_pinned(kept, sha256):
        say(f"vendor: fetching {archive}")
        content = fetch(project, archive)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise VendorError(f"{archive} from the package index is not the file that "
                              "build/vendor.py pins (SHA-256 differs). Nothing was used of it.")
        write_whole(kept, content)
    return kept.read_bytes()


def _unpack(package, content):
    _, archive, _, members = package
    for member, (name, sha256) in members.items():
        data = _member(content, member)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise VendorError(f"{member} in {archive} is not the file that is pinned.")
        write_whole(VENDOR / name, data)


def _member(content, name):
    with tarfile.open(fileobj=io.BytesIO(content)) as whole:
        return whole.extractfile(name).read()


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes a file so that it is there whole or not at all, and never readable beyond `mode`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as handle:
        handle.write(content)
    os.replace(new, path)


def pip_settings() -> tuple[str | None, list[str], str | None]:
    """Returns pip's own (index address or None, further ones, certificate file or None)."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
    ).stdout
    settings = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        try:
            settings[key.rpartition(".")[2]] = str(ast.literal_eval(value))
        except (ValueError, SyntaxError):
            continue
    # The environment is what pip obeys first, whatever order it is listed in.
    for key in ("index-url", "extra-index-url", "cert"):
        there = os.environ.get("PIP_" + key.upper().replace("-", "_"))
        if there:
            settings[key] = there
    web = [url for url in settings.get("extra-index-url", "").split() if url.startswith("http")]
    return settings.get("index-url"), web, settings.get("cert")


def fetch(project: str, archive: str) -> bytes:
    """Returns the bytes of one archive of a project, from the index that pip is set up with."""
    import pypi_simple  # late: a third of a second that an offline run need not pay
    import requests

    index, more, cert = pip_settings()
    reasons = []
    for url in [index or pypi_simple.PYPI_SIMPLE_ENDPOINT, *more]:
        session = requests.Session()
        session.verify = cert or True
        try:
            with pypi_simple.PyPISimple(endpoint=url, session=session) as client:
                for found in client.get_project_page(project, timeout=60).packages:
                    if found.filename == archive:
                        answer = session.get(found.url, timeout=60)
                        answer.raise_for_status()
                        return answer.content
            reasons.append("the index does not list it")
        except (requests.RequestException, pypi_simple.NoSuchProjectError) as error:
            reasons.append(type(error).__name__)
    raise VendorError(f"{archive} could not be fetched from the package index "
                      f"({', '.join(reasons)}). It is needed once: connect to the internet, and "
                      "try again.")


def main() -> int:
    """Fetches all; prints where each file is."""
    try:
        for name, path in sources().items():
            print(f"{name}\t{path}")
    except VendorError as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
