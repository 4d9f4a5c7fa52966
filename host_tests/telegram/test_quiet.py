"""The text parser is loaded when the line shows text, and not before."""

import random

import pytest

from fixtures import binary_frames as bf
from fixtures.p1_text import telegram
from microhan.telegram import counters
from microhan.telegram.decoder import Decoder

TEXT = telegram("1-0:1.7.0(1.234*kW)", "1-0:2.7.0(0.000*kW)")
FRAME = bf.hdlc(bf.kamstrup())


def decoder_of(out, **settings):
    return Decoder(lambda source: out.append(source.raw()), **settings)


def has_parser(decoder):
    return decoder._text.is_text


def feed(decoder, *pieces):
    for piece in pieces:
        decoder.feed(piece, len(piece))
    decoder.idle()


def test_a_meter_of_frames_never_loads_the_parser():
    out = []
    decoder = decoder_of(out)
    feed(decoder, FRAME[70:], FRAME, FRAME[:50], FRAME, FRAME)
    assert len(out) == 3 and not has_parser(decoder)


@pytest.mark.parametrize("noise", [b"/", b"/////", b"/KF", b"/1KFM5", b"/K/F/M5/",
                                   b"a/b\r\n/\n\r\n1", b"\r\n\r\n1-0:1.7.0",
                                   b"noise\n1-0:1.7.0(1*kW)\r\n",
                                   b"noise\r\n\r\nx-", b"noise\r\n\r\n1x-"])
def test_noise_with_slashes_among_frames_does_not_load_it(noise):
    out = []
    decoder = decoder_of(out)
    feed(decoder, noise, FRAME, noise, FRAME)
    assert len(out) == 2 and not has_parser(decoder)
    said = sum(c not in b"\r\n\0" for c in noise)
    assert decoder.counts()[counters.C_SKIPPED] == 2 * said


@pytest.mark.parametrize("before", [b"", b"\r\n", b"x/y", b"noise\r\n", b"/", b"/ab", b"\n/",
                                    FRAME, FRAME[60:], FRAME + b"/" + FRAME])
@pytest.mark.parametrize("at", range(12))
def test_the_first_text_is_read_wherever_its_head_is_split(before, at):
    out = []
    decoder = decoder_of(out)
    feed(decoder, before + TEXT[:at], TEXT[at:])
    assert TEXT[:len(out[-1])] == out[-1] and has_parser(decoder)
    assert decoder.counts()[counters.C_IDENTIFIED] == 1


def test_the_first_text_is_read_byte_by_byte_behind_frames():
    out = []
    decoder = decoder_of(out)
    feed(decoder, FRAME)
    feed(decoder, *[bytes((c,)) for c in TEXT])
    assert len(out) == 2 and decoder.ok == 2


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_first_text_is_read_if_its_slash_was_misheard(size):
    out = []
    decoder = decoder_of(out)
    stream = b"\r\n" + b"\xafKAM5" + TEXT[5:]
    feed(decoder, *[stream[i:i + size] for i in range(0, len(stream), size)])
    assert len(out) == 1 and decoder.counts()[counters.C_SKIPPED] == 0


def test_text_with_a_parity_bit_is_found_where_no_checksum_is_asked_for():
    out = []
    decoder = decoder_of(out, crc=False)
    feed(decoder, bytes(c | 0x80 if bin(c).count("1") & 1 else c for c in TEXT))
    assert len(out) == 1


def test_the_checksums_kind_that_was_known_goes_to_the_parser():
    decoder = decoder_of([])
    decoder.checksum = 2
    feed(decoder, b"/KAM")
    assert has_parser(decoder) and decoder.checksum == 2


def test_noise_counts_as_the_parser_counts_it():
    rng = random.Random(1)
    for _ in range(300):
        noise = bytes(rng.choices(b"a1\r\n\0\xff-(", k=rng.randrange(1, 60)))
        quiet, loaded = decoder_of([]), decoder_of([])
        loaded.text()
        for decoder in quiet, loaded:
            feed(decoder, noise[:20], noise[20:])
            decoder.idle()
        assert list(quiet.counts()) == list(loaded.counts()), noise


@pytest.mark.parametrize("size", [1, 64, 4000])
def test_much_noise_loads_it_and_is_counted_once(size):
    """It is native code: noise at full speed must not keep the device busy."""
    decoder = decoder_of([])
    feed(decoder, *[b"\xa5" * size] * (6000 // size))
    assert has_parser(decoder)
    assert decoder.counts()[counters.C_SKIPPED] == 6000 // size * size


def test_noise_between_frames_never_loads_it():
    decoder = decoder_of([])
    feed(decoder, *[b"\xa5" * 500, FRAME] * 20)
    assert not has_parser(decoder)


def test_without_memory_a_telegram_is_noise_and_the_next_one_tries_again(monkeypatch):
    from microhan.telegram.p1 import parser

    class Full:
        def __init__(self, *_):
            raise MemoryError

    out = []
    decoder = decoder_of(out)
    with monkeypatch.context() as patch:
        patch.setattr(parser, "P1Parser", Full)
        feed(decoder, TEXT)
        assert not out and not has_parser(decoder)
        assert decoder.counts()[counters.C_SKIPPED] == sum(c not in b"\r\n" for c in TEXT)
        assert decoder.text() is None
    feed(decoder, TEXT)
    assert len(out) == 1
