"""One key out of the bytes of all keys: `,"first":,"second":` and so on."""


def key_at(keys: bytes, i: int) -> str:
    """The key number i in such bytes, as text."""
    start = end = 0
    for _ in range(i + 1):
        start = end
        end = keys.find(b":", start) + 1
    return keys[start + 2 : end - 2].decode()
