"""Telegrams written by hand for the tests, and the shortest way through the decoder."""

import binascii
import json

import binary_frames
from microhan.telegram.clock import ClockRule
from microhan.telegram.p1.parser import P1Parser


def arc(data):
    """CRC-16/ARC by bits: independent of the firmware's table."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


def telegram(*lines, ident="KAM5", end="\r\n", blank=True, crc="%04X", tail="\r\n"):
    """Bytes of a P1 telegram. `crc` is a format for the checksum, or "" for none."""
    body = f"/{ident}{end}{end if blank else ''}" + "".join(line + end for line in lines) + "!"
    data = body.encode("latin-1")
    return data + ((crc % arc(data)) if crc else "").encode() + tail.encode()


def x25(data):
    """CRC-16/X-25 as a number."""
    return int.from_bytes(binary_frames.x25(data), "little")


def with_x25(*lines, **how):
    """A telegram whose checksum is CRC-16/X-25 (Holley, Hungary)."""
    data = telegram(*lines, crc="", tail="", **how)
    return data + b"%04X\r\n" % x25(data)


def parse(data, size=0, crc=True, clock="normal", offset=60, cuts=None):
    """(Readings, parser) of `data`, fed whole, in pieces of `size`, or cut at `cuts`."""
    out = []
    parser = P1Parser(lambda p: out.append(p.reading()), crc, ClockRule(clock, offset))
    edges = cuts or (range(size, len(data), size) if size else ())
    start = 0
    for edge in [*edges, len(data)]:
        parser.feed(data[start:edge], edge - start)
        start = edge
    parser.idle()
    return out, parser


def values(data, **how):
    """The JSON objects of all Readings in `data`, as dicts."""
    return [json.loads(r.json()) for r in parse(data, **how)[0]]


def one(*lines, **how):
    """The only Reading of a well-formed telegram of these lines, as a dict."""
    (reading,) = values(telegram(*lines), **how)
    return reading


def hex_id(text):
    """A meter number as meters spell it: hex of ASCII."""
    return binascii.hexlify(text.encode()).decode().upper()
