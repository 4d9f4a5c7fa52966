"""The key that signs releases: RSA with 3072 bits, in a PEM file that stays out of the repository.

    .venv/bin/python -m release.keys FILE        # makes one, as `openssl genrsa 3072` would
"""

import getpass
import os
import subprocess
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from build import keys as trusted
from build.keys import BITS, EXPONENT, KeyFault

SIGNATURE = BITS // 8


def load(path: str) -> rsa.RSAPrivateKey:
    """The private key in a PEM file; asks for its passphrase if it has one. Raises KeyFault."""
    try:
        text = Path(path).expanduser().read_bytes()
        try:
            key = serialization.load_pem_private_key(text, None)
        except TypeError:  # it is encrypted
            words = getpass.getpass(f"passphrase of {path}: ")
            key = serialization.load_pem_private_key(text, words.encode())
    except OSError as error:
        raise KeyFault(f"KEY={path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise KeyFault(f"KEY={path} is no private key in PEM, or the passphrase is wrong"
                       ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != BITS or (
            key.public_key().public_numbers().e != EXPONENT):
        raise KeyFault(f"KEY={path} is not RSA with {BITS} bits and the exponent {EXPONENT}: "
                       "make key KEY=file")
    return key


def check_trusted(key: rsa.RSAPrivateKey, is_last: bool) -> None:
    """Raises KeyFault unless what is built here takes what this key signs next. is_last: it signs
    nothing more, so that any key will do."""
    file = trusted.file()
    if not file or not (is_last or modulus(key) in file.read_bytes()):
        raise KeyFault(
            "devices that run this release would take no further one that KEY signs: its public "
            f"half is not in {trusted.named()}. Add it there, or give KEYS=file with it; or say "
            "LAST=1 if KEY signs for the last time, and the next key is there "
            "(docs/releasing.md)")


def generate() -> rsa.RSAPrivateKey:
    """A new key, in memory alone."""
    return rsa.generate_private_key(EXPONENT, BITS)


def make(path: str) -> rsa.RSAPrivateKey:
    """Makes a key and writes it to a new file that only its owner reads. Raises KeyFault."""
    file = Path(path).expanduser()
    if _is_in_repository(file):
        raise KeyFault(f"{path} is in a git repository: a key that is pushed once is lost for "
                       "good. Name a file outside of it")
    key = generate()
    text = key.private_bytes(serialization.Encoding.PEM,
                             serialization.PrivateFormat.TraditionalOpenSSL,
                             serialization.NoEncryption())
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(text)
    except OSError as error:
        raise KeyFault(f"{path} cannot be written: {error.strerror}") from error
    return key


def _is_in_repository(file):
    told = subprocess.run(["git", "rev-parse", "--is-inside-work-tree"], cwd=file.parent,
                          capture_output=True, text=True) if file.parent.is_dir() else None
    return bool(told and told.stdout.strip() == "true")


def modulus(key: rsa.RSAPrivateKey) -> bytes:
    """What a device holds of a key: its modulus, 384 bytes."""
    return key.public_key().public_numbers().n.to_bytes(SIGNATURE, "big")


def public(key: rsa.RSAPrivateKey) -> bytes:
    """Its public half in PEM, for openssl."""
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(key: rsa.RSAPrivateKey, content: bytes) -> bytes:
    """The signature: SHA-256, PKCS#1 v1.5, which has no randomness."""
    return key.sign(content, padding.PKCS1v15(), hashes.SHA256())


def is_signed(key: rsa.RSAPublicKey, content: bytes, signature: bytes) -> bool:
    """Whether the key signed these bytes."""
    try:
        key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def main() -> int:
    """Makes a key and says what to do with it."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        print("key: name the file that it goes into: make key KEY=file", file=sys.stderr)
        return 1
    try:
        key = make(sys.argv[1])
    except KeyFault as error:
        print(f"key: {error}", file=sys.stderr)
        return 1
    print(f"key: {sys.argv[1]}: keep it, and a copy of it, where no network reaches "
          "(docs/releasing.md). Its public half:")
    print(public(key).decode(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
