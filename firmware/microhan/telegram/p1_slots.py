"""Constants of the ASCII telegram's state machine, and the slots of the vector of small integers
that it works on. The build writes them out where they are used (tools/build/compact.py): native
code knows only constants that stand in its own module, so on MicroPython it runs as built, not
from these sources.
"""

from micropython import const

# States. Their order tells what a line is worth that breaks off there: see p1_table._worth().
HUNT = const(0)  # outside any telegram
IDENT = const(1)  # the identification line
LINE = const(2)  # at the start of a line
REST = const(3)  # a line that is none of its own: the continuation of another
CODE_A = const(4)  # in the OBIS code's number A; CODE_B0 is where B must begin, and so on
CODE_B0 = const(5)
CODE_B = const(6)
CODE_C0 = const(7)
CODE_C = const(8)
CODE_D0 = const(9)
CODE_D = const(10)
CODE_E0 = const(11)
CODE_E = const(12)
STAR = const(13)  # the `*255` or `.255` after a code
ODD = const(14)  # off the grammar within the code
VALUE = const(15)  # after the first parenthesis
SIGN = const(16)
INT = const(17)
FRAC = const(18)
UNIT = const(19)
TEXT = const(20)
SPOILT = const(21)  # off the grammar within the value
DONE = const(22)  # after the value, up to the line's end
SLASH = const(23)  # after a slash in mid-line: perhaps a new telegram
SLASH_TEXT = const(24)  # the same inside a text value
END = const(25)  # after `!`, and with one, two, three digits of the checksum
END_1 = const(26)
END_2 = const(27)
END_3 = const(28)
STATES = const(32)  # a power of two

# What a line turned out to be worth.
W_NONE = const(0)  # blank, or the continuation of another
W_ODD = const(1)  # not even a code
W_BAD = const(2)  # a code, but no readable value
W_VALUE = const(3)

# Actions of the loop, the most frequent first, in steps of STATES: the table has one added to the
# next state, in one byte.
DIGIT = const(0)
SEPARATE = const(32)  # a number of the code is over
MOVE = const(64)
POINT = const(96)  # decimals begin
LETTER = const(128)
APPEND = const(160)
NEWLINE = const(192)  # for the next state the table gives the line's worth: that state is LINE
RARE = const(224)  # for the next state it gives the rare action's number, which chooses the state

START = const(127)  # a POINT to no state: a frame may begin here

# Rare actions: p1_rare.py has them in this order, but for those that turn() has.
R_SKIP = const(0)
R_START = const(1)
R_LOST = const(2)
R_IDENTIFIED = const(3)
R_ASIDE = const(4)
R_MINUS = const(5)
R_BANG = const(6)
R_FOURTH = const(7)
R_FINISH = const(8)
R_BOTH = const(9)
R_BACK = const(10)
R_NEWLINE = const(11)

# Slots of the vector. First what is known of the line under way, as a record has it too.
S_CODE = const(0)  # A << 24 | C << 16 | D << 8 | E; A is 2 where the channel is not ours
S_VALUE = const(1)  # first nine significant digits
S_LOW = const(2)  # the next nine
S_LOW_DIGITS = const(3)  # how many of those there are
S_DECIMALS = const(4)  # digits after the point
S_UNIT = const(5)  # letters folded to 5 bits each, see obis.pack_unit
S_TEXT = const(6)  # length of the text gathered
S_WORTH = const(7)  # W_*; in the vector itself: of the line before a slash
S_ZEROS = const(8)  # leading zeros of the value
S_NEGATIVE = const(9)
S_STATE = const(10)
S_CRC = const(11)  # over the telegram as received
S_LENGTH = const(12)  # bytes of the telegram so far
S_SPARE = const(13)  # length of the text gathered since a slash in mid-line
S_SLASH_CRC = const(14)  # checksum since that slash
S_SLASH_AT = const(15)  # where in the telegram it stood
S_PROOF = const(16)  # the checksum as it should be
S_MASK = const(17)  # 0xFF, or 0x7F where bit 7 may be parity
S_ENDED = const(18)  # 1 when scan() stopped because a telegram is over
S_LINES = const(19)  # records that judge() has not seen
S_IDENT = const(20)  # length of the identification
S_ID = const(21)  # lengths of 96.1.1 and 96.1.0, and one more; 0: not sent
S_SKIPPED = const(23)  # counter: bytes outside any telegram
S_RESTARTED = const(24)  # counter: telegrams cut off by the next one
S_TOO_LONG = const(25)  # counter
S_ODD = const(26)  # counter: lines that cost a field
S_IDENTIFIED = const(27)  # counter: identification lines
S_RENAMED = const(28)  # 1 if a text is not the last telegram's
S_SEARCH = const(29)  # where in the buffer a frame may begin at the earliest
# Behind them three numbers for each of COUNT fields.
S_VALUES = const(30)  # in the smallest unit, from 0 on one more; of a WIDE one its nine digits
S_LOWS = const(77)  # of a WIDE one the next nine; of the clock its last three
S_METAS = const(124)  # 0: not sent; else one of these in the lowest two bits
S_RECORDS = const(171)  # and lines that judge() will see, ten numbers each
RECORD = const(10)
RECORDS = const(16)
SLOTS = const(331)

HERE = const(1)
FIELD_ODD = const(2)
WIDE = const(3)  # (value 10^low digits + low) 10^(shift - SHIFT_0): all that 30 bits do not hold
# and above them
M_DECIMALS = const(2)  # as sent, 0 to 3
M_LETTER = const(2)  # of the clock
M_NEGATIVE = const(4)
M_LOW_DIGITS = const(5)
M_SHIFT = const(9)
SHIFT_0 = const(128)

# Sections of the texts, MAX_TEXT each: of the line under way, then these.
MAX_TEXT = const(128)  # an identification or a meter number; the longest known have 34
T_ASIDE = const(128)  # since a slash in mid-line
T_IDENT = const(256)
T_ID = const(384)  # 96.1.1, and behind it 96.1.0
TEXTS = const(640)

# Bytes that may begin a binary frame: decoder.py.
FLAG = const(0x7E)  # HDLC, IEC 62056-46
LONG = const(0x68)  # M-Bus long frame, EN 13757-2
CIPHERED = const(0xDB)  # general-glo-ciphering, straight on the line: encrypted P1

# What scan() works with, in one list.
P_VECTOR = const(0)
P_TEXTS = const(1)
P_RAW = const(2)  # a power of two bytes, up to MAX_TELEGRAM, filled round and round
P_CLASSES = const(3)
P_STEPS = const(4)
P_ARC_LOW = const(5)
P_ARC_HIGH = const(6)
P_CODES = const(7)
P_FIELDS = const(8)
P_RARE = const(9)

MAX_TELEGRAM = const(16384)  # the longest known (Lithuania, text messages) stay under 4 kB
MAX_VALUE = const(100_000_000)  # ten times that and a digit more is still below 2^30
# In obis.FIELDS: numbers of fields from here on are those of S_ID; the units; each field's kind.
ID_FIELDS = const(100)
UNITS_AT = const(128)
KINDS_AT = const(192)
