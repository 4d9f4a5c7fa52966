"""Binary telegrams built from the formats' facts for the tests, and the way through the decoder.

Checksums here are worked out bit by bit, independent of the firmware's tables.
"""

from microhan.telegram.clock import ClockRule
from microhan.telegram.crypto.gcm import Gcm
from microhan.telegram.decoder import Decoder

KEY = bytes(range(16))
AUTH = bytes(range(0xD0, 0xE0))
TITLE = b"MHNtest\x01"
NOW = bytes((0x07, 0xE6, 1, 24, 1, 18, 58, 50, 0xFF, 0x80, 0, 0))  # 2022-01-24, no deviation


def x25(data):
    """CRC-16/X-25."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    return (crc ^ 0xFFFF).to_bytes(2, "little")


def hdlc(info, addresses=b"\x2b\x21", control=0x13, segmented=False, llc=b"\xe6\xe7\x00",
         close=b"\x7e"):
    """One HDLC frame."""
    info = llc + info
    length = 2 + len(addresses) + 1 + 2 + len(info) + 2
    head = bytes((0xA0 | (8 if segmented else 0) | length >> 8, length & 0xFF))
    head += addresses + bytes((control,))
    body = head + x25(head) + info
    return b"\x7e" + body + x25(body) + close


def segments(apdu, size=60, control=(0,)):
    """A message in several HDLC frames; `control` fields in turn."""
    whole = b"\xe6\xe7\x00" + apdu
    parts = [whole[i:i + size] for i in range(0, len(whole), size)]
    return [hdlc(part, control=control[n % len(control)], llc=b"", segmented=n < len(parts) - 1)
            for n, part in enumerate(parts)]


def mbus(apdu, size=200, first=0):
    """M-Bus long frames of a message."""
    parts = [apdu[i:i + size] for i in range(0, len(apdu), size)]
    frames = []
    for n, part in enumerate(parts):
        ci = first + n & 15 | (0x10 if n == len(parts) - 1 else 0)
        body = bytes((0x53, 0xFF, ci, 1, 0x67)) + part
        frames.append(bytes((0x68, len(body), len(body), 0x68)) + body
                      + bytes((sum(body) & 0xFF, 0x16)))
    return frames


def blocks(apdu, size=100, llc_each=True):
    """A message in general-block-transfer, a block in each HDLC frame."""
    parts = [apdu[i:i + size] for i in range(0, len(apdu), size)]
    out = []
    for n, part in enumerate(parts, 1):
        control = 0x40 | (0x80 if n == len(parts) else 0)
        block = bytes((0xE0, control)) + n.to_bytes(2, "big") + b"\0\0" + length(len(part)) + part
        out.append(hdlc(block, llc=b"\xe6\xe7\x00" if n == 1 or llc_each else b""))
    return out


def length(n):
    """An A-XDR length."""
    return bytes((n,)) if n < 128 else b"\x81" + bytes((n,)) if n < 256 else (
        b"\x82" + n.to_bytes(2, "big"))


def u32(n):
    return b"\x06" + n.to_bytes(4, "big")


def i32(n):
    return b"\x05" + n.to_bytes(4, "big", signed=True)


def u16(n):
    return b"\x12" + n.to_bytes(2, "big")


def i16(n):
    return b"\x10" + n.to_bytes(2, "big", signed=True)


def octets(data):
    return b"\x09" + length(len(data)) + data


def visible(text):
    return b"\x0a" + length(len(text)) + text.encode()


def code(a, b, c, d, e):
    return octets(bytes((a, b, c, d, e, 255)))


def structure(*items):
    return b"\x02" + length(len(items)) + b"".join(items)


def array(*items):
    return b"\x01" + length(len(items)) + b"".join(items)


def scaled(obis, value, scaler, unit):
    """Aidon's and others': code, value, scaler and unit."""
    return structure(obis, value, structure(b"\x0f" + scaler.to_bytes(1, "big", signed=True),
                                            b"\x16" + bytes((unit,))))


def push(body, when=b"", tagged=False):
    """A data-notification."""
    head = bytes((len(when),)) if when or not tagged else b""
    return b"\x0f\x40\0\0\0" + (b"\x09" if tagged else b"") + head + when + body


def seal(apdu, key=KEY, auth=AUTH, counter=1, control=0x30, title=TITLE, tag=0xDB):
    """general-glo-ciphering of an APDU."""
    gcm = Gcm(key)
    gcm.start((title or bytes(8)) + counter.to_bytes(4, "big"))
    aad = bytes((control,)) + auth
    text = bytearray(apdu)
    keep = gcm._counter[:]
    if control & 0x20:
        gcm.crypt(text, 0, len(text))
    gcm._counter[:] = keep
    sealed = b""
    if control & 0x10:
        hashed, ciphered = (aad, text) if control & 0x20 else (aad + apdu, b"")
        gcm.hash(hashed, 0, len(hashed))
        gcm.hash(ciphered, 0, len(ciphered))
        sealed = _tag(gcm, len(hashed), len(ciphered))
    content = bytes((control,)) + counter.to_bytes(4, "big") + bytes(text) + sealed
    return bytes((tag, len(title))) + title + length(len(content)) + content


def _tag(gcm, text_bytes, cipher_bytes):
    """The tag: verify() leaves it in `y`."""
    gcm.verify(text_bytes, cipher_bytes, bytes(16), 0, 16)
    return bytes(gcm._y[:12])


def kamstrup(energies=True, phases=3, amperes=None, volts=(232, 233, 236),
             powers=(826, 0, 104, 176), null=False, registers=(32014158, 0, 5796235, 1073187),
             when=NOW, number="5706567331323526"):
    """The Kamstrup_V0001 list, 1 or (with energies) 2. `amperes`: those that the power needs."""
    if amperes is None:
        amperes = (237, 89, 75) if max(powers) < 900 else (max(powers) // 6,) * 3
    items = [visible("Kamstrup_V0001"), code(1, 1, 0, 0, 5), visible(number),
             code(1, 1, 96, 1, 1), visible("6841131BN245101092")]
    for c, value in enumerate(powers, 1):
        items += [code(1, 1, c, 7, 0), u32(value)]
    for first, values, make in ((31, amperes, u32), (32, volts, u16)):
        for phase in range(3):
            if phase < phases:
                items += [code(1, 1, first + 20 * phase, 7, 0), make(values[phase])]
            elif null:
                items += [b"\0", b"\0"]
    if energies:
        items += [code(0, 1, 1, 0, 0), octets(when)]
        for c, value in enumerate(registers, 1):
            items += [code(1, 1, c, 8, 0), u32(value)]
    return push(structure(*items), when)


def aidon():
    """A list with a scaler and a unit for each value, signed currents among them."""
    return push(array(
        structure(code(1, 1, 0, 2, 129), visible("AIDON_V0001")),
        structure(code(0, 0, 96, 1, 0), visible("7359992890941742")),
        structure(code(0, 0, 96, 1, 7), visible("6525\0\0")),
        scaled(code(1, 0, 1, 7, 0), u32(1362), 0, 27),
        scaled(code(1, 0, 31, 7, 0), i16(-93), -1, 33),
        scaled(code(1, 0, 32, 7, 0), u16(2500), -1, 35),
        structure(code(0, 0, 1, 0, 0), octets(NOW)),
        scaled(code(1, 0, 1, 8, 0), u32(0xFFFFFFFF), 1, 30)))


def kaifa():
    """KFM_001 by position, three phases, hourly."""
    return push(structure(
        octets(b"KFM_001"), octets(b"6970631401753985"), octets(b"MA304H3E"), u32(4533), u32(0),
        u32(0), u32(128), u32(14408), u32(15478), u32(5211), u32(2381), u32(0), u32(2394),
        octets(NOW), u32(112727), u32(0), u32(101), u32(13220)), NOW, tagged=True)


P1 = b"/MHN5\\2\r\n\r\n0-0:1.0.0(220124185850W)\r\n1-0:1.7.0(0000.826*kW)\r\n!"


def p1():
    """A plain P1 telegram."""
    from p1_text import arc
    return P1 + b"%04X\r\n" % arc(P1)


def sealed_p1(lines, head=b"/EGM5G15\r\n\r\n", **how):
    """A P1 telegram of which the lines are encrypted, and its head is not (Elgama, Poland)."""
    from p1_text import arc
    data = head + seal(lines, title=b"", **how)[1:] + b"!"
    return data + b"%04X\r\n" % arc(data)


def made():
    """(name, bytes, options) of telegrams of our own, in every format."""
    sealed = {"key": KEY.hex(), "aad": AUTH.hex()}
    yield "kamstrup-2", hdlc(kamstrup()), {"unit": 1}
    yield "kamstrup-1", hdlc(kamstrup(False)), {}
    yield "aidon", hdlc(aidon(), addresses=b"\x41\x08\x83"), {}
    yield "aidon-segments", b"".join(segments(aidon())), {}
    yield "kaifa", hdlc(kaifa()), {}
    yield "kaifa-mbus", b"".join(mbus(kaifa(), 80)), {}
    yield "aidon-blocks", b"".join(blocks(aidon())), {}
    yield "aidon-sealed", hdlc(seal(aidon())), sealed
    yield "aidon-mbus-sealed", b"".join(mbus(seal(aidon(), control=0x20), 100)), sealed
    yield "p1-sealed", seal(p1()), sealed
    yield "p1-sealed-inside", sealed_p1(P1[P1.index(b"\r\n\r\n") + 4:-1]).rstrip(), sealed


def settings(record):
    """Options of decode() for a telegram of the corpus."""
    return {"clock": "normal" if record["country"] == "SE" else "local",
            "offset": 120 if record["country"] in ("FI", "LT") else 60,
            "key": record.get("key", ""), "aad": record.get("aad", ""),
            "unit": record.get("unit") or (10 if record["country"] in ("NO", "DK") else 1)}


def decode(data, size=0, crc=True, clock="normal", offset=60, key="", aad="", unit=None,
           cuts=None, once=False):
    """(Readings, decoder) of `data`, fed whole, in pieces of `size`, or cut at `cuts`."""
    out = []
    decoder = Decoder(lambda source: out.append(source.reading()), crc, ClockRule(clock, offset),
                      bytes.fromhex(key), bytes.fromhex(aad), unit, once)
    start = 0
    for edge in [*(cuts or (range(size, len(data), size) if size else ())), len(data)]:
        decoder.feed(data[start:edge], edge - start)
        start = edge
    decoder.idle()
    decoder.idle()
    return out, decoder
