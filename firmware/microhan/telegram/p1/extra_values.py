"""The values of extra lines: a function for each kind of line, see extra_codes.py.

Each takes the texts in the line's parentheses and the ClockRule. It returns the value in the shape
of reading/extras.py, or None if the line holds none; ValueError if the line is malformed.
"""

from binascii import unhexlify

from micropython import const

from ..clock import day_of, is_time, second_of
from .texts import HEX_ID, spelled_out

STAMP = const(12)  # digits
_1970 = const(700_000_000)  # from this year on, a stamp was never set
_MONTHS = const(13)
_MONTH = b"1-0:1.6.0"
_LONGEST = const(1024)  # characters of a message (P1 Companion Standard 5.0.2, clause 6.12)

# States of a disconnect control (IEC 62056-6-2, class 70); ON and OFF are Sanxing's.
_STATES = ("disconnected", "connected", "ready_for_reconnection")
_WORDS = {b"OFF": _STATES[0], b"ON": _STATES[1]}
# Units as meters spell them, in small letters; m³ in ISO 8859-1, UTF-8, and UTF-8 in 7 bits.
_UNITS = {b"m3": "m3", b"m\xb3": "m3", b"m\xc2\xb3": "m3", b"mb3": "m3", b"gj": "GJ",
          b"mj": "MJ", b"wh": "Wh", b"kwh": "kWh", b"mwh": "MWh"}
_NO_WATTS = (b"", b"a", b"va", b"kva")  # a limiter's other units


def _time(text, clock):
    """(local seconds, UTC offset) of a stamp; None if it is no time."""
    letter = chr(text[STAMP] & 0xDF) if len(text) == STAMP + 1 else ""
    if len(text) - len(letter) != STAMP or letter not in ("", "S", "W") or (
            not text[:STAMP].isdigit()):
        return None
    high = int(text[:9])
    low = int(text[9:STAMP])
    if high >= _1970 or not is_time(high, low):
        return None
    seconds = day_of(high) * 86400 + second_of(high, low)
    return seconds, clock.offset(2000 + high // 10_000_000, seconds, letter)


def _stamped(parts, clock):
    """(time or None, text of the value) of a stamp and a value in either order, or of a value."""
    if len(parts) == 1:
        return None, parts[0]
    first, second = parts
    if _looks_stamped(second) and not _looks_stamped(first):
        first, second = second, first
    return _time(first, clock), second


def _looks_stamped(text):
    return len(text) >= STAMP and text[:STAMP].isdigit() and b"*" not in text


def _only(parts):
    (text,) = parts
    return text


def _integer(text):
    if not text.isdigit():
        raise ValueError
    return int(text)


def _number(text):
    """(all digits as an integer, how many of them are decimals, the unit in small letters)."""
    end = 0
    while end < len(text) and text[end] in b"+-.0123456789":
        end += 1
    whole, point, part = text[:end].partition(b".")
    digits = whole[1:] if whole[:1] in (b"+", b"-") else whole
    if not digits.isdigit() or point and not part.isdigit():
        raise ValueError
    unit = text[end:]
    return int(whole + part), len(part), (unit[1:] if unit[:1] == b"*" else unit).lower()


def _scaled(digits, shift):
    """digits * 10 ** shift; digits beyond it are cut, not rounded (law 1)."""
    if shift >= 0:
        return digits * 10 ** shift
    return digits // 10 ** -shift if digits >= 0 else -(-digits // 10 ** -shift)


def _power_of(sent, unit, without):
    """The power of ten of a unit as sent: `unit` itself, thousands or millions of it. `without`:
    the power if no unit was sent.
    """
    for prefix, power in (b"", 0), (b"k", 3), (b"m", 6):
        if sent == prefix + unit:
            return power
    if sent:
        raise ValueError
    return without


def _whole(text, unit):
    """W or varh."""
    digits, decimals, sent = _number(text)
    return _scaled(digits, _power_of(sent, unit, 3) - decimals)


def _watts(text):
    return _whole(text, b"w")


def _power(parts, clock):
    return _watts(_only(parts))


def _reactive(parts, clock):
    return _whole(_only(parts), b"varh")


def _thousandths(digits, exponent, decimals):
    """(thousandths, decimals as sent, 0 to 3)."""
    return _scaled(digits, exponent - decimals), min(3, max(0, decimals + 3 - exponent))


def _frequency(parts, clock):
    digits, decimals, sent = _number(_only(parts))
    return _thousandths(digits, 3 + _power_of(sent, b"hz", 0), decimals)


def _factor(parts, clock):
    """A power factor: 0.998, or 00998 (ESO, Lithuania). It is never above 1."""
    text = _only(parts)
    digits, decimals, sent = _number(text)
    if not decimals and len(text) > 3:
        decimals = 3
    value = _thousandths(digits, 3, decimals)
    if sent or not -1000 <= value[0] <= 1000:
        raise ValueError
    return value


def _limit(parts, clock):
    text = _only(parts)
    return None if _number(text)[2] in _NO_WATTS else _watts(text)


def _switch(parts, clock):
    text = _only(parts)
    if text in _WORDS:
        return _WORDS[text]
    state = _integer(text)
    return _STATES[state] if state < len(_STATES) else "%d" % state


def _type(parts, clock):
    return _integer(_only(parts))


def _peak(parts, clock):
    """(time, W): (stamp)(power), or the other way round (Iskraemeco MIE5)."""
    time, text = _stamped(parts, clock)
    watts = _watts(text)
    return (time, watts) if time or watts else None


def _history(parts, clock):
    """(n)(code)(code)… then n times (stamp) and a value for each code: eMUCS P1. The code
    1-0:1.6.0 occurs twice: the time of a month's peak, and its power.
    """
    width = 1
    while width < len(parts) and b":" in parts[width]:
        width += 1
    if _MONTH not in parts[1:width]:
        return None  # another profile (E.ON, Hungary)
    count = _integer(parts[0])
    if not count:
        return None
    at = parts.index(_MONTH)
    if len(parts) != width + count * width or parts[at + 1] != _MONTH:
        raise ValueError
    months = []
    for start in range(width, len(parts), width):
        time = _time(parts[start + at], clock)
        watts = _watts(parts[start + at + 1])
        if time:
            months.append((time, watts))
    months.sort()
    return tuple(months[-_MONTHS:]) or None


def _value(parts, clock):
    """(value, unit, time) of (stamp)(value*unit). A 0 without a time was never read out."""
    time, text = _stamped(parts, clock)
    digits, decimals, unit = _number(text)
    if not digits and not time:
        return None
    if unit not in _UNITS:
        raise ValueError
    return _thousandths(digits, 3, decimals), _UNITS[unit], time


def _old_value(parts, clock):
    """The same in DSMR 2.2 and 3.0: (stamp)(status)(period)(1)(code)(unit)(value)."""
    time, _, _, count, _, unit, value = parts
    if _integer(count) != 1:
        raise ValueError
    return _value([time, value + b"*" + unit], clock)


def _tariff(parts, clock):
    return _text(_only(parts))


def _text(text):
    """Printable ASCII; anything else becomes `?`."""
    return bytes([byte if 32 <= byte < 127 else 63 for byte in text]).decode()


def _id(parts, clock):
    text = _text(_only(parts).strip())
    return text if len(text) < HEX_ID else spelled_out(text)


def _message(parts, clock):
    """A text, sent as hex of UTF-8 or ISO 8859-1, or as it is."""
    sent = _only(parts)
    try:
        text = _unspelled(sent)
    except ValueError:
        text = sent
    if len(text) > _LONGEST:
        raise ValueError
    try:
        shown = text.decode()
    except UnicodeError:
        shown = _latin(text)
    return shown.strip() or None


def _unspelled(sent):
    """The text of hex digits, with blanks for line ends; ValueError if it is no text."""
    text = bytearray(unhexlify(sent))
    for i in range(len(text)):
        if text[i] in b"\t\n\r":
            text[i] = 32
        elif text[i] < 32 or text[i] == 127:
            raise ValueError
    return bytes(text)


def _latin(text):
    """Bytes of ISO 8859-1 as text."""
    out = bytearray()
    for byte in text:
        if byte >= 128:
            out.append(0xC0 | byte >> 6)
            byte &= 0xBF
        out.append(byte)
    return bytes(out).decode()


def _clock(parts, clock):
    """(first nine digits, the other three, letter & 31), as values.py stores them, of a clock in
    another form: 20240111 09:35:00 (NES). Separators are taken only with a year of four digits:
    with two, the first number may as well be the day.
    """
    text = _only(parts).upper()
    plain = _digits(text)
    letter = plain[-1] & 31 if plain[-1:] in (b"S", b"W") else 0
    if letter:
        plain = plain[:-1]
    if len(plain) == STAMP + 2 and plain[:2] == b"20":
        plain = plain[2:]
    elif len(plain) + (letter > 0) != len(text):
        raise ValueError
    if len(plain) != STAMP:
        raise ValueError
    return _integer(plain[:9]), _integer(plain[9:]), letter


def _day(parts, clock):
    """YYMMDD."""
    text = _only(parts)
    plain = _digits(text)
    if len(plain) == 8 and plain[:2] == b"20":
        plain = plain[2:]
    elif plain != text:
        raise ValueError
    if len(plain) != 6:
        raise ValueError
    return _integer(plain)


def _clock_time(parts, clock):
    """hhmmss."""
    plain = _digits(_only(parts))
    if len(plain) != 6:
        raise ValueError
    return _integer(plain)


def _digits(text):
    """A text without the separators between its digits."""
    return bytes([byte for byte in text if byte not in b" -./:T"])


# In the order of the numbers in extra_codes.py.
READERS = (_tariff, _frequency, _factor, _reactive, _power, _limit, _peak, _history, _switch,
           _message, _clock, _day, _clock_time, _type, _id, _value, _old_value)
