"""Constants of the ASCII telegram's state machine, and the slots of the vector of small integers
that it works on. The build writes them out where they are used (tools/build/compact.py): native
code knows only constants that stand in its own module, so on MicroPython it runs as built, not
from these sources.
"""

from micropython import const

# States. Their order tells what a line is worth that breaks off there: see table._worth().
HUNT = const(0)  # outside any telegram
IDENT = const(1)  # the identification line
LINE = const(2)  # at the start of a line
OPEN = const(3)  # after a parenthesis that begins a line
REST = const(4)  # a line that is none of its own: the continuation of another
CODE_A = const(5)  # in the OBIS code's number A; CODE_B0 is where B must begin, and so on
CODE_B0 = const(6)
CODE_B = const(7)
CODE_C0 = const(8)
CODE_C = const(9)
CODE_D0 = const(10)
CODE_D = const(11)
CODE_E0 = const(12)
CODE_E = const(13)
STAR = const(14)  # the `*255` or `.255` after a code
ODD = const(15)  # off the grammar within the code
VALUE = const(16)  # after the first parenthesis
SIGN = const(17)
INT = const(18)
FRAC = const(19)
UNIT = const(20)
TEXT = const(21)
SPOILT = const(22)  # off the grammar within the value
DONE = const(23)  # after the value, up to the line's end
SLASH = const(24)  # after a slash in mid-line: perhaps a new telegram
SLASH_TEXT = const(25)  # the same inside a text value
END = const(26)  # after `!`, and with one, two, three digits of the checksum
END_1 = const(27)
END_2 = const(28)
END_3 = const(29)
GUESS = const(30)  # a line outside any telegram: perhaps a misheard identification
BLANK = const(31)  # behind that, where the empty line must follow
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

# Rare actions: actions.py has them in this order, but for those that turn() has. Behind them those
# that no byte brings.
R_GUESS = const(0)
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
R_BLOCK = const(12)
R_BLOCK_END = const(13)
R_HEAD = const(14)
R_BLANK = const(15)
R_DROP = const(16)
R_LIMIT = const(17)  # see S_LIMIT
R_LOSE = const(18)  # all that is under way, and began without a slash, was noise
R_NOISE = const(19)  # how many bytes of that are noise

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
S_LIMIT = const(30)  # with so many bytes the telegram is too long, or P_RAW has to be seen to
S_HEADLESS = const(31)  # 1 if what is under way is noise, or a telegram with a misheard head
S_HEAD = const(32)  # length of the first line of such a telegram
S_NOISE = const(33)  # bytes of it that are noise if it is none, as far as they are counted
S_NOISE_TO = const(34)  # and how far they are
S_ODD_BEFORE = const(35)  # S_ODD when it began
# Behind them three numbers for each of COUNT fields.
S_VALUES = const(36)  # in the smallest unit, from 0 on one more; of a WIDE one its nine digits
S_LOWS = const(83)  # of a WIDE one the next nine; of the clock its last three
S_METAS = const(130)  # 0: not sent; else one of these in the lowest two bits
S_MORE = const(177)  # 1 if there are codes that are none of ours: for extras.py
S_BLOCK = const(178)  # 1 within a block of lines: values stored earlier, none of them is present
S_RECORDS = const(179)  # and lines that judge() will see, ten numbers each
RECORD = const(10)
RECORDS = const(16)
SLOTS = const(339)

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
T_ASIDE = const(128)  # since a slash in mid-line; or the first line of what began without one
T_IDENT = const(256)
T_ID = const(384)  # 96.1.1, and behind it 96.1.0
TEXTS = const(640)

# Bytes that may begin a binary frame: decoder.py.
FLAG = const(0x7E)  # HDLC, IEC 62056-46
LONG = const(0x68)  # M-Bus long frame, EN 13757-2
CIPHERED = const(0xDB)  # general-glo-ciphering, straight on the line: encrypted P1
SEALED = const(0)  # the same without its tag and system title, behind an identification in clear

# What scan() works with, in one list.
P_VECTOR = const(0)
P_TEXTS = const(1)
P_RAW = const(2)  # grows to the meter's telegrams; those that are longer go round and round
P_CLASSES = const(3)
P_STEPS = const(4)
P_ARC_LOW = const(5)
P_ARC_HIGH = const(6)
P_CODES = const(7)
P_FIELDS = const(8)
P_RARE = const(9)

MAX_RAW = const(4096)  # P_RAW grows no further
MAX_TELEGRAM = const(16384)  # the longest known (Lithuania, text messages) stay under 4 kB
MIN_IDENT = const(4)  # an identification has at least XXX5: with less, its slash was none
SLASHED = const(32)  # within so many characters of it, a slash may be part of it
MAX_VALUE = const(100_000_000)  # ten times that and a digit more is still below 2^30
# In obis.FIELDS: numbers of fields from here on are those of S_ID; the units; each field's kind.
ID_FIELDS = const(100)
UNITS_AT = const(128)
KINDS_AT = const(192)

# Kinds of checksum.
ARC = const(1)  # CRC-16/ARC, as P1 Companion Standard 5.0.2 has it
X25 = const(2)  # CRC-16/X-25: Holley in Hungary
