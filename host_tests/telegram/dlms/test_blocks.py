"""General block transfer, and APDUs that break off or lie inside frames with right checksums."""

import pytest

from fixtures import binary_frames as bf
from fixtures.binary_frames import decode, hdlc
from fixtures.p1_text import telegram

KEYS = {"key": bf.KEY.hex(), "aad": bf.AUTH.hex()}
KAMSTRUP = hdlc(bf.kamstrup(False))
ASCII = telegram("0-0:1.0.0(220408135021W)", "1-0:1.7.0(0002.202*kW)")
APDUS = {"kamstrup": bf.kamstrup(), "aidon": bf.aidon(), "kaifa": bf.kaifa()}


def texts(data, **options):
    return [r.json() for r in decode(data, **options)[0]]


def block(number, data, last=False, control=0x40, acknowledged=0, length=None):
    """One block's APDU."""
    return (bytes((0xE0, control | (0x80 if last else 0))) + number.to_bytes(2, "big")
            + acknowledged.to_bytes(2, "big")
            + (bf.length(len(data)) if length is None else length) + data)


def parts_of(apdu, size):
    return [apdu[i:i + size] for i in range(0, len(apdu), size)]


@pytest.mark.parametrize("name", APDUS)
@pytest.mark.parametrize("size", [9, 20, 127, 128, 255, 256, 2000])
def test_any_size_of_block(name, size):
    """Lengths of one byte, of two and of three; down to nine bytes a block."""
    apdu = APDUS[name]
    want = texts(hdlc(apdu), unit=1)
    for llc_each in (True, False):
        frames = bf.blocks(apdu, size, llc_each)
        for piece in (0, 1):
            readings, decoder = decode(b"".join(frames) + ASCII, piece, unit=1)
            assert [r.json() for r in readings[:-1]] == want and len(readings) == 2
            assert decoder.counters()["malformed"] == decoder.counters()["cut_short"] == 0


@pytest.mark.parametrize("control", [0x00, 0x40, 0x41, 0x7F])
def test_streaming_and_window_say_nothing_to_a_listener(control):
    parts = parts_of(bf.aidon(), 60)
    stream = b"".join(hdlc(block(n, part, n == len(parts), control, n - 1))
                      for n, part in enumerate(parts, 1))
    assert texts(stream) == texts(hdlc(bf.aidon()))


def test_blocks_in_segments_and_over_mbus():
    parts = parts_of(bf.aidon(), 90)
    whole = [block(n, part, n == len(parts)) for n, part in enumerate(parts, 1)]
    want = texts(hdlc(bf.aidon()))
    assert texts(b"".join(b"".join(bf.segments(apdu, 40)) for apdu in whole)) == want
    assert texts(b"".join(b"".join(bf.mbus(apdu, 50)) for apdu in whole)) == want


@pytest.mark.parametrize("control", [0x20, 0x30])
def test_encrypted_inside_blocks_and_blocks_inside_an_envelope(control):
    want = texts(hdlc(bf.aidon()))
    sealed = bf.seal(bf.aidon(), control=control)
    assert texts(b"".join(bf.blocks(sealed, 60)), **KEYS) == want
    # nobody sends the other way round: refused, and survived
    inside = hdlc(bf.seal(block(1, bf.aidon(), True), control=control))
    readings, decoder = decode(inside + KAMSTRUP, **KEYS)
    assert len(readings) == 1
    assert decoder.counters()["malformed"] + decoder.counters()["wrong_key"] == 1


def test_order_and_repetition():
    frames = bf.blocks(bf.aidon(), 60)
    want = texts(hdlc(bf.aidon()))
    one, two, *rest = frames
    assert texts(b"".join((one, one, two, *rest))) == want  # begun again
    assert texts(b"".join((one, two, one, two, *rest))) == want
    for wrong in ((two, one, *rest), (one, two, two, *rest), (one, rest[0], two, *rest[1:]),
                  (one, KAMSTRUP, two, *rest)):
        readings, decoder = decode(b"".join(wrong) + b"".join(frames))
        found = [r.json() for r in readings]
        assert found[-1:] == want and found.count(want[0]) == 1
        assert decoder.counters()["malformed"] + decoder.counters()["cut_short"] > 0


@pytest.mark.parametrize("made", [
    block(1, b"", True), block(1, bf.aidon(), True, length=b"\x00"),
    block(1, bf.aidon(), True, length=b"\x7f"), block(1, bf.aidon(), True, length=b"\x80"),
    block(1, bf.aidon(), True, length=b"\x83\x00\x00\x80"),
    block(1, bf.aidon(), True, length=b"\x82\xff\xff"), block(1, bf.aidon(), True, length=b"\x81"),
    block(0, bf.aidon(), True), block(2, bf.aidon(), True), block(0xFFFF, bf.aidon(), True),
    block(1, block(1, bf.aidon(), True), True), b"\xe0", b"\xe0\xc0", b"\xe0\xc0\0\1\0\0",
    b"\xe0\xc0\0\1\0\0\x81", b"\xe0\xc0\0\1\0\0\x82\x00"])
def test_blocks_that_lie(made):
    for size in (0, 1):
        readings, decoder = decode(hdlc(made) + KAMSTRUP + ASCII, size)
        assert len(readings) == 2
        assert decoder.counters()["malformed"] + decoder.counters()["cut_short"] >= 1


def test_blocks_without_an_end_are_forgotten():
    """More than any message: the pile has a limit, and what follows is read."""
    endless = b"".join(hdlc(block(n, bytes(250))) for n in range(1, 60))
    readings, decoder = decode(endless + KAMSTRUP)
    assert len(readings) == 1
    messages = decoder._frames.messages
    parts = messages._blocks, messages._sent
    assert max(len(part.data) for part in parts) <= 4288


@pytest.mark.parametrize("name", APDUS)
def test_an_apdu_that_breaks_off_anywhere_is_no_reading(name):
    """Right checksums around it, in every envelope; counted once, and the next one is read."""
    apdu = APDUS[name]
    for cut in range(1, len(apdu)):
        for frame in (hdlc(apdu[:cut]), b"".join(bf.mbus(apdu[:cut])),
                      b"".join(bf.blocks(apdu[:cut], 90))):
            readings, decoder = decode(frame + KAMSTRUP, unit=1)
            assert len(readings) == 1, cut
            assert decoder.counters()["malformed"] == 1, cut


def test_an_envelope_that_breaks_off_anywhere_is_no_reading():
    sealed = bf.seal(bf.aidon())
    for cut in range(1, len(sealed), 3):
        readings, decoder = decode(hdlc(sealed[:cut]) + KAMSTRUP, **KEYS)
        assert len(readings) == 1, cut
        counters = decoder.counters()
        assert counters["malformed"] + counters["wrong_key"] >= 1


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 200])
@pytest.mark.parametrize("kind", [1, 2])
def test_nesting_without_end_is_refused(depth, kind):
    """Eight deep is read; a bomb is refused before anything recurses."""
    inner = bf.structure(bf.code(1, 0, 1, 7, 0), bf.u32(42), b"\x0f\0", b"\x16\x1b")
    for _ in range(depth - 1):
        inner = bytes((kind, 1)) + inner
    readings, decoder = decode(hdlc(bf.push(inner)) + KAMSTRUP)
    assert decoder.counters()["malformed"] == (depth >= 8)
    assert len(readings) == 2 - (depth >= 8)


def test_every_count_and_length_of_a_list_that_lies():
    """Each byte that says how many, made larger and smaller: read to the last byte, or refused."""
    apdu = bf.aidon()
    places = [i for i in range(6, len(apdu) - 1)
              if apdu[i - 1] in (1, 2, 9, 10) and apdu[i] < 20]
    assert len(places) > 20
    for i in places:
        for value in (0, apdu[i] - 1, apdu[i] + 1, 0x7F, 0x81, 0x82, 0x84, 0xFF):
            bad = apdu[:i] + bytes((value & 255,)) + apdu[i + 1:]
            readings, decoder = decode(hdlc(bad) + KAMSTRUP)
            assert readings and decoder.counters()["malformed"] + len(readings) == 2
