"""The layout of what the ASCII telegram's state machine works with: its states and actions, the
slots of its vector of integers, and the list of arrays that scan() is given.

table.py explains how the machine works. The build writes these constants out where they are used
(tools/build/constants.py): native code knows only constants of its own module, so on MicroPython
the machine runs as built, not from these sources.
"""

from micropython import const

# States. Their order says how far a line was understood when it breaks off: table._worth().
HUNT = const(0)  # outside any telegram
IDENT = const(1)  # in the identification line
LINE = const(2)  # at the start of a line
OPEN = const(3)  # after a parenthesis that begins a line
CONTINUED = const(4)  # in a line that continues the one before
CODE_A = const(5)  # in number A of the OBIS code; in CODE_B0 number B must begin, and so on
CODE_B0 = const(6)
CODE_B = const(7)
CODE_C0 = const(8)
CODE_C = const(9)
CODE_D0 = const(10)
CODE_D = const(11)
CODE_E0 = const(12)
CODE_E = const(13)
SUFFIX = const(14)  # in the `*255` or `.255` that may follow a code
BAD_CODE = const(15)  # the code breaks the grammar: skip the rest of the line
VALUE = const(16)  # after the first parenthesis
SIGN = const(17)
INT = const(18)
FRAC = const(19)
UNIT = const(20)
TEXT = const(21)
BAD_VALUE = const(22)  # the value breaks the grammar: skip the rest of the line
AFTER_VALUE = const(23)  # from the closing parenthesis to the end of the line
SLASH = const(24)  # after a slash in mid-line: perhaps a new telegram
SLASH_TEXT = const(25)  # the same inside a text value
END = const(26)  # after `!`; then after one, two, three digits of the checksum
END_1 = const(27)
END_2 = const(28)
END_3 = const(29)
NOISE = const(30)  # in a line outside any telegram: perhaps a misheard identification
NOISE_BLANK = const(31)  # after such a line, where the empty line must follow
STATES = const(32)  # a power of two

# How much of a line was understood.
W_NONE = const(0)  # there was nothing to understand: a blank line, or a continuation
W_MALFORMED = const(1)  # not even the code
W_NO_VALUE = const(2)  # the code alone
W_VALUE = const(3)  # code and value

# Actions of the loop, the most frequent first, in steps of STATES: the table holds action plus
# next state in one byte.
DIGIT = const(0)  # of a number
SEPARATOR = const(32)  # a number of the code is over
MOVE = const(64)  # nothing but the next state
POINT = const(96)  # the decimals begin
LETTER = const(128)  # of a unit
APPEND = const(160)  # a character of a text
NEWLINE = const(192)  # in place of the next state, which is LINE, the table has the line's W_*
CALL = const(224)  # in place of the next state the table has an A_*, which sets the state

FRAME_START = const(127)  # a POINT without a next state: a binary frame may begin here

# Actions that are functions. machine.act() has the frequent ones, actions.py the others, in this
# order. The last three belong to no byte.
A_NOISE = const(0)
A_START = const(1)
A_NO_IDENT = const(2)
A_IDENTIFIED = const(3)
A_SLASH = const(4)
A_MINUS = const(5)
A_BANG = const(6)
A_LAST_DIGIT = const(7)
A_FEWER_DIGITS = const(8)
A_SLASH_CHAR = const(9)
A_SLASH_UNDO = const(10)
A_SLASH_NEWLINE = const(11)
A_BLOCK = const(12)
A_BLOCK_END = const(13)
A_NOISE_NEWLINE = const(14)
A_HEADLESS = const(15)
A_NOISE_GOES_ON = const(16)
A_LIMIT = const(17)  # S_LIMIT is reached
A_DISCARD = const(18)  # what is under way began without a slash, and is noise
A_COUNT_NOISE = const(19)  # returns how many bytes of what is under way are noise

# Slots of the vector. The first ten describe the line under way; a record of a line that is over
# has the same ten.
S_CODE = const(0)  # A << 24 | C << 16 | D << 8 | E; A is 2 if the channel is another meter's
S_VALUE = const(1)  # the first nine significant digits
S_LOW = const(2)  # the next nine
S_LOW_DIGITS = const(3)  # number of digits in S_LOW
S_DECIMALS = const(4)  # digits after the point
S_UNIT = const(5)  # the letters, five bits each: lookup.pack_unit
S_TEXT = const(6)  # length of the text gathered
S_WORTH = const(7)  # W_*; in the vector itself: of the line before a slash
S_ZEROS = const(8)  # leading zeros of the value
S_NEGATIVE = const(9)
S_STATE = const(10)
S_CRC = const(11)  # over the telegram as received
S_LENGTH = const(12)  # bytes of the telegram so far
S_SLASH_TEXT = const(13)  # length of the text gathered since a slash in mid-line
S_SLASH_CRC = const(14)  # checksum since that slash
S_SLASH_AT = const(15)  # its position in the telegram
S_COMPUTED = const(16)  # the checksum that the telegram should have
S_MASK = const(17)  # 0xFF, or 0x7F where bit 7 may be parity
S_ENDED = const(18)  # 1 if scan() stopped because a telegram is over
S_LINES = const(19)  # number of records that store_lines() has not seen yet
S_IDENT = const(20)  # length of the identification
S_ID = const(21)  # two: length of the texts of 96.1.1 and 96.1.0, plus 1; 0 = not sent
S_SKIPPED = const(23)  # counter: bytes outside any telegram
S_RESTARTED = const(24)  # counter: telegrams cut off by the next one
S_TOO_LONG = const(25)  # counter
S_MALFORMED = const(26)  # counter: malformed lines, each of which cost a field at most
S_IDENTIFIED = const(27)  # counter: identification lines
S_TEXT_CHANGED = const(28)  # 1 if a text differs from the last telegram's
S_SEARCH = const(29)  # the first position in the buffer at which a binary frame may begin
S_LIMIT = const(30)  # at this length of the telegram A_LIMIT is due
S_HEADLESS = const(31)  # 1 if what is under way is noise, or a telegram with a misheard head
S_HEAD = const(32)  # length of the first line of such a telegram
S_NOISE = const(33)  # its bytes that count as noise if it is none, among the first S_NOISE_TO
S_NOISE_TO = const(34)
S_MALFORMED_BEFORE = const(35)  # S_MALFORMED when it began
# Then three arrays with one number for each of the COUNT fields.
# n > 0: the value n - 1 in the smallest unit; n < 0: the value n. If WIDE: the first nine digits,
# unscaled. Of the clock: YYMMDDhhm.
S_VALUES = const(36)
S_LOWS = const(83)  # if WIDE: the next nine digits. Of the clock: mss
S_METAS = const(130)  # 0 = not sent; else PRESENT, MALFORMED or WIDE in the lowest two bits
S_OTHER_CODES = const(177)  # 1 if there are codes that are no field's: extra_lines.py reads them
S_BLOCK = const(178)  # 1 in a block of lines with values stored earlier, which are not of now
S_RECORDS = const(179)  # records of the lines that store_lines() has not seen, RECORD numbers each
RECORD = const(10)
RECORDS = const(16)
SLOTS = const(339)

PRESENT = const(1)
MALFORMED = const(2)
# Present, but more than 30 bits hold: (value 10^low digits + low) 10^(shift - SHIFT_0).
WIDE = const(3)
# Above those two bits:
M_DECIMALS = const(2)  # as sent, 0 to 3
M_LETTER = const(2)  # of the clock: its letter
M_NEGATIVE = const(4)
M_LOW_DIGITS = const(5)
M_SHIFT = const(9)
SHIFT_0 = const(128)

# The texts, in sections of MAX_TEXT: first that of the line under way, then these.
MAX_TEXT = const(128)  # an identification or a meter number; the longest known have 34
T_SLASH = const(128)  # since a slash in mid-line; or the first line of a telegram without a slash
T_IDENT = const(256)
T_ID = const(384)  # 96.1.1, and behind it 96.1.0
TEXTS = const(640)

# Bytes that may begin a binary frame: decoder.py.
FLAG = const(0x7E)  # HDLC, IEC 62056-46
LONG = const(0x68)  # M-Bus long frame, EN 13757-2
CIPHERED = const(0xDB)  # general-glo-ciphering, straight on the line: encrypted P1
SEALED = const(0)  # the same without its tag and system title, behind an identification in clear

# The list `parts` that scan() and all actions are given.
P_VECTOR = const(0)
P_TEXTS = const(1)
P_RAW = const(2)  # a ring of the telegram's bytes; it grows until the meter's telegrams fit
P_CLASSES = const(3)
P_STEPS = const(4)
P_ARC_LOW = const(5)
P_ARC_HIGH = const(6)
P_CODE_OF_SLOT = const(7)
P_FIELD_OF_SLOT = const(8)
P_OTHER_ACTION = const(9)  # what performs the actions that act() has not

RAW_FIRST = const(768)  # bytes of P_RAW; it grows until the meter's telegrams fit
# No telegram may be longer, nor P_RAW: as crypto.envelope.LONGEST. The longest known (Lithuania,
# with text messages) have 3.4 kB.
MAX_TELEGRAM = const(4224)
MIN_IDENT = const(4)  # an identification has at least XXX5; a slash before less is none
LAST_IDENT_SLASH = const(32)  # up to this character an identification may have another slash
MAX_VALUE = const(100_000_000)  # ten times that and a digit more is still below 2^30
# In lookup.FIELD_OF_SLOT: field numbers from here on are those of S_ID; where the slots of units
# begin; where the kind of each field is.
ID_FIELDS = const(100)
UNITS_AT = const(128)
KINDS_AT = const(192)

# Kinds of checksum.
ARC = const(1)  # CRC-16/ARC, P1 Companion Standard 5.0.2
X25 = const(2)  # CRC-16/X-25: Holley in Hungary
