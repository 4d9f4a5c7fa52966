"""Where a register begins at 0 again."""


def modulus(n: int) -> int:
    """After which a register that has reached n begins at 0 again: 5 or 6 digits of kWh, or 32
    bits of Wh."""
    for end in (100_000_000, 1_000_000_000):
        if n < end:
            return end
    return 0xFFFFFFFF
