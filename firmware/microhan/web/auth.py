"""Who may read: a bearer token, or HTTP Basic with the password (or the token) and any user."""

import binascii
import hashlib
import os


def _digest(secret):
    return hashlib.sha256(secret).digest()


def _differ(a, b):
    """0 if two digests are equal. Looks at every byte: the time taken tells nothing."""
    difference = 0
    for i in range(32):
        difference |= a[i] ^ b[i]
    return difference


def _basic_password(value):
    """What follows the first colon of a Basic credential, b"" if it is none."""
    try:
        pair = binascii.a2b_base64(value)
    except ValueError:
        return b""
    return pair[pair.find(b":") + 1 :] if b":" in pair else b""


class Auth:
    """Compares credentials with the two secrets of the configuration.

    Secrets are kept and compared as SHA-256 digests: equal work for every length.
    """

    def __init__(self, token, password):
        # A secret that is not set must match nothing, and cost the same time as one that is.
        self._token = _digest(token.encode() if token else os.urandom(32))
        self._password = _digest(password.encode() if password else os.urandom(32))

    def allows(self, authorization):
        """True if the value of an Authorization header (bytes, b"" = none) opens the device."""
        space = authorization.find(b" ")
        scheme = authorization[: max(space, 0)].lower()
        value = authorization[space + 1 :].strip()
        is_basic = scheme == b"basic"
        secret = _basic_password(value) if is_basic else value
        digest = _digest(secret)
        wrong_token = _differ(digest, self._token)
        wrong_password = _differ(digest, self._password)
        if is_basic:
            return not (wrong_token and wrong_password)
        return scheme == b"bearer" and not wrong_token
