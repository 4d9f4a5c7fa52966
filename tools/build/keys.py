"""The public keys that a build trusts with its next update: docs/releasing.md, "The key".

`firmware/keys.pem`, or the file that KEYS names in its place: one or two of RSA with 3072 bits, in
PEM. A build without them takes no packages.
"""

import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from . import setup_env, vendor

OURS = Path(setup_env.ROOT) / "firmware" / "keys.pem"
NAME = "keys.bin"  # in the archive: each key's modulus, 384 bytes
BITS, EXPONENT, MOST = 3072, 65537, 2
_END = b"-----END PUBLIC KEY-----"


class KeyFault(Exception):
    """No key that can be used; the text says why."""


def moduli(text: bytes) -> list[bytes]:
    """What a device holds of the keys in a PEM text. Raises KeyFault."""
    found = []
    for block in text.split(_END)[:-1]:
        try:
            key = serialization.load_pem_public_key(block[block.index(b"-----BEGIN"):] + _END)
        except ValueError as error:
            raise KeyFault("it has a block that is no public key in PEM") from error
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != BITS or (
                key.public_numbers().e != EXPONENT):
            raise KeyFault(f"each key must be RSA with {BITS} bits and the exponent {EXPONENT}")
        found.append(key.public_numbers().n.to_bytes(BITS // 8, "big"))
    if not found or len(found) > MOST:
        raise KeyFault(f"it has {len(found)} public keys, and a device trusts one or {MOST}")
    return found


def named() -> Path:
    """Where the keys are read from."""
    path = os.environ.get("KEYS", "")
    return Path(path).expanduser() if path else OURS


def file() -> Path | None:
    """What goes into the archive, a Path in the build's folder; None without keys."""
    path = named()
    if path == OURS and not path.exists():
        return None
    try:
        content = b"".join(moduli(path.read_bytes()))
    except OSError as error:
        raise KeyFault(f"KEYS={path} cannot be read: {error.strerror}") from error
    except KeyFault as error:
        raise KeyFault(f"KEYS={path}: {error}") from error
    out = Path(setup_env.BUILD) / "keys" / f"{hashlib.sha256(content).hexdigest()[:16]}.bin"
    if not out.exists():
        vendor.write_whole(out, content)
    return out
