"""Heads of telegrams that may be put in the place of a misheard one: see repair.py.

All have one length. There are seven at most, since each is one more chance in 65,536 that damage
goes unseen.
"""

from micropython import const

LENGTH = const(5)
HEADS = (
    b"/STR5"  # Star STZ351: its module sends these five so that B9 EA 75 EA CD arrives
    b"/KAM5"  # Kamstrup
    b"/ADN9"  # Aidon
    b"/LGF5"  # Landis+Gyr
    b"/ELL5"  # Sagemcom
    b"/ISK5"  # Iskraemeco
    b"/KFM5"  # Kaifa
)
