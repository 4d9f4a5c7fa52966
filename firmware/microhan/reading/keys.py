"""Keys out of the one text of all keys: `,"first":,"second":` and so on."""


def key_at(keys, i):
    """The i-th key of such bytes, as text."""
    start = end = 0
    for _ in range(i + 1):
        start = end
        end = keys.find(b":", start) + 1
    return keys[start + 2 : end - 2].decode()
