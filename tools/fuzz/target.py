"""What one input of the fuzzer means, and what must hold for it. Needs no fuzzer: tests call it.

An input is a small program, so that the fuzzer changes what is inside a frame without having to
find its checksum: the first two bytes are settings, then come steps of an operation (1 byte), a
parameter (1), a length (2, little-endian) and so many bytes, which the operation frames. Their
results, one after the other, are the meter's bytes.
"""

import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meter_model import dialects, frames
from microhan.telegram.clock import ClockRule
from microhan.telegram.decoder import Decoder

KEY = bytes(range(16))
AUTH = bytes(range(0xD0, 0xE0))
_TITLE = b"SIMfuzz\0"
_MOST_SEALED = 320  # bytes; the firmware's AES takes its time on CPython
_BODY = b"/SIM5\r\n\r\n1-0:1.7.0(0002.202*kW)\r\n!"
GOOD = _BODY + b"%04X\r\n" % dialects.crc16(_BODY)


def _raw(chunk, how):
    return chunk


def _hdlc(chunk, how):
    return frames.hdlc(chunk[:2000], bytes((how | 1, 0x21)))


def _llc(chunk, how):
    return _hdlc(frames.LLC + chunk, how)


def _push(chunk, how):
    return _llc(b"\x0f\0\0\0\0" + chunk, how)


def _segments(chunk, how):
    return frames.in_segments(chunk[:1800], b"\x2b\x21", 8 + how)


def _blocks(chunk, how):
    return frames.in_blocks(chunk[:1800], b"\x2b\x21", 8 + how)


def _mbus(chunk, how):
    return frames.in_mbus(chunk[:1800], b"\xff\1\x67", 13 + how % 230)


def _sealed(chunk, how):
    """The security control is the parameter; the counter comes of the content."""
    plain = chunk[:_MOST_SEALED]
    control = how & 0x30
    counter = (len(plain) * 257 + how).to_bytes(4, "big")
    aad = bytes((how,)) + AUTH
    cipher = AESGCM(KEY)
    both = cipher.encrypt(_TITLE + counter, plain, aad)
    text, tag = both[:-16], both[-16:-4]
    if control == 0x10:
        text, tag = plain, cipher.encrypt(_TITLE + counter, b"", aad + plain)[:12]
    content = bytes((how,)) + counter + text + (tag if how & 0x10 else b"")
    return b"\xdb\x08" + _TITLE + frames.length(len(content)) + content


def _sealed_hdlc(chunk, how):
    return frames.hdlc(frames.LLC + _sealed(chunk, how))


def _text(chunk, how):
    """A P1 telegram with a right checksum."""
    body = b"/SIM5\r\n\r\n" + chunk + b"\r\n!"
    return body + b"%04X\r\n" % dialects.crc16(body)


def _sealed_text(chunk, how):
    return _sealed(_text(chunk[:_MOST_SEALED - 30], 0), how)


OPERATIONS = (_raw, _hdlc, _llc, _push, _segments, _blocks, _mbus, _sealed, _sealed_hdlc, _text,
              _sealed_text)


def step(operation: int, how: int, chunk: bytes) -> bytes:
    """A step of a program, bytes. `operation` is the number of one of OPERATIONS."""
    return bytes((operation, how)) + len(chunk).to_bytes(2, "little") + chunk


def stream(program: bytes) -> bytes:
    """The meter's bytes that a program's steps make."""
    out, at = b"", 2
    while at + 4 <= len(program):
        size = int.from_bytes(program[at + 2:at + 4], "little")
        chunk = program[at + 4:at + 4 + size]
        out += OPERATIONS[program[at] % len(OPERATIONS)](chunk, program[at + 1])
        at += 4 + size
    return out


def _decode(data, flags, size):
    readings = []
    unit = (None, 1, 10, 1)[flags >> 2 & 3]
    decoder = Decoder(lambda source: readings.append(source.reading(unit)), not flags & 1,
                      ClockRule("local" if flags & 2 else "normal", 60), KEY, AUTH,
                      bool(flags & 16))
    for at in range(0, len(data), size):
        decoder.feed(data[at:at + size], len(data[at:at + size]))
    decoder.idle()
    decoder.idle()
    return [reading.json() for reading in readings], decoder.counters()


def check(program: bytes) -> None:
    """Raises AssertionError (or whatever the firmware raises) if an input shows a mistake."""
    if len(program) < 2:
        return
    flags, size = program[0], program[1] % 97 + 1
    # the third good one counts, as a meter's other checksum is not believed before
    data = stream(program) + b"\r\n" + GOOD * 3
    texts, counters = _decode(data, flags, len(data))
    assert (texts, counters) == _decode(data, flags, size), "another cut, another result"
    assert counters["ok"] == len(texts)
    assert all(number >= 0 for number in counters.values())
    for text in texts:
        json.loads(text)
    if not flags & 1:  # without a checksum, a broken text may take the next one along
        assert '"active_power_import_w":2202' in texts[-1], "a good telegram was lost"
