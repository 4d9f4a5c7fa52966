"""What the ledger remembers between two Readings: the places in Ledger.slots."""

from micropython import const

# Four values are import, export, reactive import and reactive export. "+ 1": 0 stands for absent,
# since an absent value written as 0xFFFFFFFF would be allocated whenever it is looked at.
REGISTER = const(0)  # four: Wh or varh as sent last, + 1
SEEN = const(4)  # four: when each of them came
WORK = const(8)  # four: power times seconds since the last boundary
METERED = const(12)  # four: power integrated in Wh, running on; + 1
HIGHEST = const(16)  # five: W of import and export, mA of the phases, since the last boundary, + 1
LAST = const(21)  # the time of the newest Reading
NEXT = const(22)  # when something is to be closed
STILL = const(23)  # Wh integrated since a register was last seen to move within an hour
HOUR = const(24)  # Wh integrated since the hour began
FLAW = const(25)  # of this quarter: GAP, SET
BOOKED = const(26)  # four: as in the newest record that has them, + 1
BOOKED_AT = const(30)  # four: and when that was
COUNT = const(34)

GAP = const(1)  # Readings are missing
SET = const(2)  # the meter's clock was set back

# Numbers of fields in a Reading (reading/fields.py).
POWER = const(5)  # the first of four
CURRENT = const(24)  # the first of three
ENERGY = const(27)  # the first of four, each with four tariffs behind it
TARIFFS = const(5)

QUARTER_S = const(900)
HOUR_S = const(3600)
FRESH_S = const(60)  # a boundary takes a Reading that is no older
# Over a longer time without Readings nothing is said of power, nor of a quarter's boundary.
BRIDGED_S = const(1800)
# So long after the hour a meter whose registers change once an hour has sent the new ones.
SETTLED_S = const(60)

# What is told once.
TIMELESS = const(1)
APART = const(2)
UNWRITTEN = const(4)
