"""Who may read: a bearer token, or HTTP Basic with the password (or the token) and any user.

Secrets are kept and compared as SHA-256 digests: equal work for every length.
"""

import os
from binascii import a2b_base64
from hashlib import sha256


def digest_of(secret: str) -> bytes:
    """What allows() takes of a secret (text). One that is not set matches nothing."""
    return sha256(secret.encode() if secret else os.urandom(32)).digest()


def allows(authorization: bytes, token: bytes, password: bytes) -> bool:
    """Whether the value of an Authorization header (bytes) proves who is asking.

    token, password: what digest_of() gives of them.
    """
    scheme, _, value = authorization.partition(b" ")
    scheme = scheme.lower()
    value = value.strip()
    is_basic = scheme == b"basic"
    if is_basic:
        try:
            value = a2b_base64(value).partition(b":")[2]
        except ValueError:
            value = b""
    digest = sha256(value).digest()
    no_token = no_password = 0
    for i in range(32):  # always every byte of both: the time that it takes says nothing
        no_token |= digest[i] ^ token[i]
        no_password |= digest[i] ^ password[i]
    if is_basic:
        return not (no_token and no_password)
    return scheme == b"bearer" and not no_token
