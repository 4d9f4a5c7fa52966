"""Small files on flash, which survive a loss of power at any byte (law 9)."""
