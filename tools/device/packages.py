"""Update packages of the program as it is built, signed by a key that is made for it: the next
version, and such as must not come to stay."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

import build
from build import archive
from release import keys, package

Files = dict[str, bytes]
_VERSION_IN = "microhan/__init__.mpy"
_FAILS = b"raise RuntimeError('asked for by packages.py')\n"
_HANGS = b"while True:\n    pass\n"
_WRONG_AT = 5000  # a byte of the archive
_OTHER_ARCH = "rv32imc"


class Packages(NamedTuple):
    """`good` is of `version`, and the next two of the one behind it: `fails` raises at its start,
    `hangs` never ends it. `tampered` is `good` but for a byte, `foreign` is for another chip."""

    before: str
    version: str
    good: bytes
    fails: bytes
    hangs: bytes
    tampered: bytes
    foreign: bytes


@contextlib.contextmanager
def trusted(folder: Path) -> Iterator[rsa.RSAPrivateKey]:
    """A new key; meanwhile all that is built trusts it, and no other."""
    key = keys.generate()
    file = folder / "keys.pem"
    file.write_bytes(keys.public(key))
    before = os.environ.get("KEYS")
    os.environ["KEYS"] = str(file)
    try:
        yield key
    finally:
        del os.environ["KEYS"]
        if before is not None:
            os.environ["KEYS"] = before


def copy_of(arch: str) -> tuple[Files, dict[str, Any]]:
    """(The files of a copy as it is built, what its manifest says beside their names)."""
    files = archive.unpack((build.packed(arch, lambda text: None) / build.ARCHIVE).read_bytes())
    about = json.loads(files.pop(archive.MANIFEST))
    about.pop("files")
    return files, about


def after(version: str) -> str:
    """The version behind this one, with as many letters."""
    return version[:-1] + chr(ord(version[-1]) + 1)


def signed(key: rsa.RSAPrivateKey, files: Files, about: dict[str, Any], version: str,
           change: Callable[[str, bytes], bytes] = lambda name, content: content,
           notes: str = "") -> bytes:
    """A package of these files, which call themselves so. change(name, content) -> content."""
    made = {name: change(name, content.replace(about["version"].encode(), version.encode())
                         if name == _VERSION_IN else content)
            for name, content in files.items()}
    packed = archive.pack(made, {**about, "version": version})
    return package.sign(package.unsigned(packed, notes), key)


def make(key: rsa.RSAPrivateKey, arch: str) -> Packages:
    """All of them, within trusted()."""
    files, about = copy_of(arch)
    version = after(about["version"])
    called = {there: here for here, there in build.places(build.APP / arch).items()}
    app = called["app"] + ".mpy"

    def with_app(code):
        compiled = build.compile_one(code, "app.py", arch)
        return signed(key, files, about, after(version),
                      lambda name, content: compiled if name == app else content)

    good = signed(key, files, about, version)
    tampered = bytearray(good)
    tampered[_WRONG_AT] ^= 1
    return Packages(about["version"], version, good, with_app(_FAILS), with_app(_HANGS),
                    bytes(tampered), signed(key, *copy_of(_OTHER_ARCH), version))


def announcement(content: bytes) -> dict[str, Any]:
    """What POST /update.json is to be told of a package."""
    _, manifest, _, _ = package.parted(content)
    return {"size": len(content), "manifest": json.loads(manifest.partition(b"\n")[0])}
