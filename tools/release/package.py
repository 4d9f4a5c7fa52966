"""An update package: the archive of one copy, a manifest, and a signature (docs/releasing.md).

Numbers are little-endian. firmware/microhan/update/package.py reads it on the device.

    the archive (tools/build/archive.py), as it lies on the device
    manifest: a line of JSON, then for each file of the archive I length, 32s SHA-256, then notes
    tail: 3s "MHP", B version of the format (1), I where the manifest begins, I length of it all
    384s signature of manifest and tail: the manifest has the archive's SHA-256
"""

import hashlib
import json
import re
import struct
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from build import archive
from flash import micropython_image

from . import keys

MAGIC, VERSION = b"MHP", 1
NOTES = 4_000  # bytes
LINE = 320  # bytes that a device reads of the manifest's first line
_TAIL, _ROW = "<3sB2I", "<I32s"


class PackageError(Exception):
    """No package, or none can be made of this; the text says why."""


def unsigned(packed: bytes, notes: str = "") -> bytes:
    """All of a package but its signature, of the archive of a copy. notes: what is new, for
    people; what is too long of it is left out."""
    files = archive.unpack(packed)
    told = json.loads(files[archive.MANIFEST])
    if not re.fullmatch(r"\d+(\.\d+)+", told["version"]):
        raise PackageError(f"version {told['version']}: devices compare numbers with dots, "
                           "as 1.2.0")
    line = json.dumps({
        **{name: told[name] for name in ("version", "build", "arch")}, "mpy": _mpy(files),
        "micropython": ".".join(map(str, micropython_image.OLDEST)), "files": len(files),
        "sha256": hashlib.sha256(packed).hexdigest()}, separators=(",", ":")) + "\n"
    if len(line) > LINE:
        raise PackageError(f"the manifest's first line has {len(line)} bytes of {LINE}")
    manifest = line.encode() + b"".join(struct.pack(_ROW, len(one), hashlib.sha256(one).digest())
                                        for one in files.values())
    manifest += _shortened(notes).encode()
    size = len(packed) + len(manifest) + struct.calcsize(_TAIL) + keys.SIGNATURE
    return packed + manifest + struct.pack(_TAIL, MAGIC, VERSION, len(packed), size)


def _shortened(notes):
    """The notes, or as many lines of them as a device is to hold."""
    kept = ""
    for line in notes.strip().splitlines(keepends=True):
        if len((kept + line).encode()) > NOTES:
            return kept + "…"
        kept += line
    return kept


def sign(body: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """The package, of what unsigned() gave."""
    return body + keys.sign(key, _signed(body))


def read(package: bytes, key: rsa.RSAPublicKey) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(What its manifest says, its files {name: bytes}), all of it checked. Raises PackageError.

    Written from the format alone, so that it proves what the device's reader is to find.
    """
    body = package[:-keys.SIGNATURE]
    if len(body) < struct.calcsize(_TAIL) or body[-12:-8] != MAGIC + bytes([VERSION]) or (
            struct.unpack("<I", body[-4:])[0] != len(package)):
        raise PackageError("it is no whole package")
    packed, manifest, tail, signature = parted(package)
    if not keys.is_signed(key, manifest + tail, signature):
        raise PackageError("the signature is not of this key, or the manifest is damaged")
    line, _, rows = manifest.partition(b"\n")
    told = json.loads(line)
    rows = rows[:struct.calcsize(_ROW) * told["files"]]  # notes follow
    if hashlib.sha256(packed).hexdigest() != told["sha256"]:
        raise PackageError("its archive is not the one that was signed")
    files = archive.unpack(packed)
    found = [(len(one), hashlib.sha256(one).digest()) for one in files.values()]
    if list(struct.iter_unpack(_ROW, rows)) != found or len(files) != told["files"]:
        raise PackageError("its files are not those of the manifest")
    return told, files


def parted(package: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """(archive, manifest, tail, signature), unproven."""
    body, signature = package[:-keys.SIGNATURE], package[-keys.SIGNATURE:]
    end = len(body) - struct.calcsize(_TAIL)
    return body[:_start(body)], body[_start(body):end], body[end:], signature


def _start(body):
    return struct.unpack("<I", body[-8:-4])[0]


def _signed(body):
    """What the signature is of: manifest and tail."""
    return body[_start(body):]


def _mpy(files):
    """sys.implementation._mpy of who can run them: that of their native code."""
    heads = {content[1] | content[2] << 8 for name, content in files.items()
             if name.endswith(".mpy")}
    native = {head for head in heads if head >> 10} or heads
    if len(native) != 1 or len({head & 0xFF for head in heads}) != 1:
        raise PackageError("its modules are not all for one MicroPython")
    return native.pop()
