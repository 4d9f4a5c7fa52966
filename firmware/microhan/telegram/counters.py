"""What is counted of a meter's bytes: one array of integers, made by the Decoder and handed down.

These are its indices. NAMES has the first of them as `/status.json` shows them.
"""

from micropython import const

C_OK = const(0)  # telegrams handed out
C_CRC = const(1)  # ASCII telegrams whose checksum is missing or does not match
C_SKIPPED = const(2)  # bytes outside any telegram; line ends and NUL in between are not counted
C_RESTARTED = const(3)  # ASCII telegrams cut off by the beginning of the next one
C_TOO_LONG = const(4)  # ASCII telegrams given up for their length
C_ODD_LINES = const(5)  # lines that cost a field, or had no code
C_CUT_SHORT = const(6)  # binary messages of which a part is missing
C_FCS = const(7)  # binary frames whose checksum or tag does not match
C_MALFORMED = const(8)  # whole messages that say nothing known, and parts out of order
C_UNKNOWN_LIST = const(9)  # lists of which nobody knows what their numbers are
C_NO_KEY = const(10)  # encrypted messages without a key to open them
C_WRONG_KEY = const(11)  # those that the key does not open
C_REPEATED = const(12)  # those whose frame counter is the newest accepted one's
C_OLDER = const(13)  # and those with a lower one
C_ODD_VALUES = const(14)  # values in lists that could not be read: shown as odd lines, too
C_IDENTIFIED = const(15)  # identification lines; a port's module without supply sends no more
COUNTERS = const(16)

# With `cut_short` begin those of binary frames.
NAMES = ("ok crc skipped restarted too_long odd_lines cut_short fcs malformed unknown_list no_key "
         "wrong_key repeated older")
