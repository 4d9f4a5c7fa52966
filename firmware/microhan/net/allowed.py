"""Who may use what knows no password: a list of addresses, as the owner writes it."""


def _number(address):
    """An IPv4 address as an integer; -1 if it is none."""
    parts = address.split(".")
    number = 0 if len(parts) == 4 else -1
    for part in parts:
        try:
            n = int(part)
        except ValueError:
            return -1
        # Not "+1" or "010": some programs take that for 8.
        if number < 0 or n > 255 or str(n) != part:
            return -1
        number = number << 8 | n
    return number


def _span(entry):
    """(the bits that all addresses of an entry have in common, how many others they have); None if
    it is no entry."""
    address, slash, length = entry.strip().partition("/")
    number = _number(address)
    try:
        shift = 32 - int(length) if slash else 0
    except ValueError:
        return None
    if number < 0 or not 0 <= shift <= 32 or slash and str(32 - shift) != length:
        return None
    return number >> shift, shift


def is_list(text: str) -> bool:
    """Whether `text` is empty, or IPv4 addresses and ranges like 192.168.1.0/24, with commas."""
    return not text or None not in [_span(entry) for entry in text.split(",")]


def is_allowed(where: str, allow: str) -> bool:
    """Whether the address `where` is in the list `allow`. An empty one names everybody; what in it
    is no address names nobody."""
    if not allow:
        return True
    number = _number(where)
    for entry in allow.split(","):
        span = _span(entry)
        if span and number >= 0 and number >> span[1] == span[0]:
            return True
    return False
