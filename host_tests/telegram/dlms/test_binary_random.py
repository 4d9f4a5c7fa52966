"""Damage and malice to binary telegrams: nothing wrong gets out, nothing crashes, nothing good is
lost to what stands before it.
"""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import binary_frames as bf
from fixtures.binary_frames import AUTH, KEY, decode, hdlc
from fixtures.p1_text import telegram
from fixtures.repository import IN_CI

SEALED = {"key": KEY.hex(), "aad": AUTH.hex()}
ASCII = telegram("0-0:1.0.0(220408135021W)", "1-0:1.8.0(00060995.424*kWh)",
                 "1-0:1.7.0(0002.202*kW)", "0-0:96.1.0(77516706)", "1-0:71.7.0(-01.4*A)")
FORMATS = {
    "hdlc": (hdlc(bf.kamstrup()), {"unit": 1}),
    "segments": (b"".join(bf.segments(bf.aidon(), 70)), {}),
    "blocks": (b"".join(bf.blocks(bf.aidon(), 70)), {}),
    "mbus": (b"".join(bf.mbus(bf.kaifa(), 80)), {}),
    "sealed": (hdlc(bf.seal(bf.aidon())), SEALED),
    "mbus-sealed": (b"".join(bf.mbus(bf.seal(bf.aidon(), control=0x20), 90)), SEALED),
    "p1-sealed": (bf.seal(ASCII), SEALED),
    "ascii": (ASCII, {}),
}
WANTED = {name: decode(data, **how)[0][0].json() for name, (data, how) in FORMATS.items()}
SENT = list(FORMATS)


def wrong(name, data):
    """How many Readings of damaged `data` say anything that the whole telegram does not."""
    readings, decoder = decode(data, **FORMATS[name][1])
    assert decoder.ok == decoder.counters()["ok"] == len(readings)
    return sum(r.json() != WANTED[name] for r in readings)


@pytest.mark.slow
@pytest.mark.parametrize("name", SENT)
def test_no_single_byte_deceives(name):
    """Every byte; in CI all of its 255 other values, elsewhere some, others at each byte."""
    data = bytearray(FORMATS[name][0])
    step = (17 if "sealed" in name else 1) if IN_CI else 19
    for at in range(len(data)):
        before = data[at]
        for change in range(1 + at % step, 256, step):
            data[at] = before ^ change
            assert not wrong(name, bytes(data)), (at, change)
        data[at] = before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hdlc", "segments", "blocks", "sealed"])
def test_no_burst_up_to_16_bits_deceives(name):
    """In the order of the wire: least significant bit first."""
    rng = random.Random(16)
    data = FORMATS[name][0]
    whole = int.from_bytes(data, "little")
    for bit in range(0, len(data) * 8 - 16, 3 if "sealed" in name else 1):
        burst = rng.getrandbits(16) | 1
        assert not wrong(name, (whole ^ burst << bit).to_bytes(len(data), "little")), (bit, burst)


@pytest.mark.slow
@pytest.mark.parametrize("name,most", [("hdlc", 2), ("segments", 2), ("mbus", 25)])
def test_larger_damage_passes_no_more_often_than_the_checksum_allows(name, most):
    rng = random.Random(2016)
    tries = 2000
    deceived = 0
    for _ in range(tries):
        data = bytearray(FORMATS[name][0])
        for _ in range(rng.randrange(3, 12)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        deceived += wrong(name, bytes(data))
    print(f"{name}: {deceived} of {tries} damaged telegrams passed")
    assert deceived <= most  # 2^-16 and, for the sum of M-Bus, 2^-8


@pytest.mark.parametrize("name", SENT)
def test_a_telegram_truncated_at_any_byte_deceives_nobody(name):
    data, how = FORMATS[name]
    for cut in range(1, len(data), 1 if "sealed" not in name else 5):
        readings, _ = decode(data[:cut] + data + ASCII, **how)
        texts = [r.json() for r in readings]
        # the whole one, and the cut one if only its end was missing
        assert WANTED[name] in texts and texts[-1] == WANTED["ascii"], cut
        assert set(texts) <= {WANTED[name], WANTED["ascii"]}, cut


NOISES = (b"", b"\0\0", b"\x7e", b"\x7e\xa0", b"\x7e\xa0\xe2\x2b\x21\x13", b"\x68\x80\x80\x68",
          b"\xdb\x08ABCdefgh\x82\x03\xe8\x30", b"/ABC5\r\n", b"/ABC5\r\n\r\n1-0:1.7.0(000",
          b"\x7e\xa7\xff\x01\x01\x13", bytes(range(256)), b"\xff" * 40)


@pytest.mark.parametrize("order", list(itertools.permutations(["hdlc", "ascii", "mbus"])))
def test_formats_and_noise_are_read_in_every_order(order):
    for noise in NOISES:
        stream = noise.join([b""] + [FORMATS[n][0] for n in order * 2] + [b""])
        want = [WANTED[n] for n in order * 2]
        first = None
        for size in (0, 1, 64):
            readings, decoder = decode(stream, size, unit=1)
            assert [r.json() for r in readings] == want, noise
            assert first in (None, decoder.counters())
            first = decoder.counters()
    assert first["ok"] == 6


# Bytes that mean something to one of the machines, so that hypothesis finds their corners.
SPICE = st.lists(st.sampled_from([
    b"\x7e", b"\x7e\xa0", b"\x7e\xa8\x20", b"\x68", b"\x68\x06\x06\x68", b"\x16", b"\xdb\x08",
    b"\xe6\xe7\x00", b"\x0f", b"\x02\x19", b"\x09\x06", b"\xe0\xc0", b"/", b"!", b"\r\n",
    b"/KAM5\r\n", hdlc(bf.aidon())[:9], hdlc(b"")[:-1], hdlc(b"\x0f"), hdlc(bf.aidon())[40:],
    *bf.segments(bf.aidon(), 70), *bf.blocks(bf.aidon(), 70), *bf.mbus(bf.kaifa(), 80),
    bf.seal(ASCII)[:40], ASCII[:50], b"h" * 20, b"\xdb\x08KAMabcde\x10\x30"]), max_size=30)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(SPICE, st.lists(st.integers(0, 900), max_size=8), st.booleans())
def test_any_cut_gives_the_same(pieces, cuts, crc):
    data = b"".join(pieces) + FORMATS["hdlc"][0]
    edges = sorted({c for c in cuts if c < len(data)})
    whole, one = decode(data, crc=crc, **SEALED)
    parts, other = decode(data, crc=crc, cuts=edges, **SEALED)
    single, bytewise = decode(data, 1, crc=crc, **SEALED)
    assert [r.json() for r in whole] == [r.json() for r in parts] == [r.json() for r in single]
    assert one.counters() == other.counters() == bytewise.counters()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2500), st.sampled_from(SENT))
def test_garbage_never_stops_what_follows(noise, name):
    data, how = FORMATS[name]
    readings, decoder = decode(noise + b"\r\n" + data, **how)
    assert WANTED[name] in [r.json() for r in readings]
    assert all(n >= 0 for n in decoder.counters().values())


# A-XDR that is grammatical, nearly: containers with counts that may lie, values of every type.
LEAF = st.builds(
    lambda tag, data, size: bytes((tag,)) + (
        bytes((size,)) if tag in (4, 9, 10, 12) else b"") + data,
    st.integers(0, 0x1C), st.binary(max_size=12), st.integers(0, 255))
GOOD_LEAF = st.sampled_from([
    bf.u32(7), bf.u16(230), bf.i16(-3), b"\0", bf.octets(bf.NOW), bf.visible("Kamstrup_V0001"),
    bf.code(1, 0, 1, 7, 0), bf.code(0, 0, 1, 0, 0), bf.code(0, 8, 25, 9, 0), b"\x0f\xff",
    b"\x16\x23", b"\x17\0\0\0\0", b"\x15" + b"\xff" * 8, bf.octets(b""), bf.octets(b"\xff" * 130)])
TREE = st.recursive(st.one_of(LEAF, GOOD_LEAF, GOOD_LEAF), lambda inner: st.builds(
    lambda tag, items, lie: bytes((tag,)) + bf.length(max(0, len(items) + lie)) + b"".join(items),
    st.sampled_from([1, 2]), st.lists(inner, max_size=6),
    st.sampled_from([0, 0, 0, 0, 1, -1, 90])),
    max_leaves=40)


@pytest.mark.slow
@settings(max_examples=800, deadline=None)
@given(TREE, st.booleans(), st.sampled_from([None, 1, 10]))
def test_any_a_xdr_is_read_or_refused(tree, when, unit):
    data = hdlc(bf.push(tree, bf.NOW if when else b""))
    readings, decoder = decode(data + ASCII, unit=unit)
    for reading in readings:
        reading.json()
    assert readings[-1].json() == WANTED["ascii"]
    counters = decoder.counters()
    assert counters["ok"] + counters["malformed"] == 2


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_apdus_in_right_frames_harm_nothing(data):
    """What a broken meter sends: right checksums around a wrong list."""
    apdu = bytearray(data.draw(st.sampled_from([bf.kamstrup(), bf.aidon(), bf.kaifa(),
                                                bf.seal(bf.aidon()), *bf.blocks(bf.aidon(), 70)])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(apdu) - 1))
        apdu[at:at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    if not apdu:
        return
    readings, _ = decode(hdlc(bytes(apdu)) + ASCII, unit=1, **SEALED)
    for reading in readings:
        reading.json()
    assert readings[-1].json() == WANTED["ascii"]
