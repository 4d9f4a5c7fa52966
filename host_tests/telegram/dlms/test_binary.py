"""Binary telegrams: the real ones, and what the formats allow that those do not show."""

import pytest

from fixtures import binary_frames as bf
from fixtures.binary_frames import decode, hdlc, settings
from fixtures.expected import check, how
from fixtures.p1_text import parse, telegram
from fixtures.repository import ALONE, telegrams

RECORDS = telegrams("dlms-hdlc", "dlms-hdlc-stream", "dlms-mbus", "p1-encrypted")
MADE = list(bf.made())
ASCII = telegram("0-0:1.0.0(220408135021W)", "1-0:1.7.0(0002.202*kW)")
KAMSTRUP = hdlc(bf.kamstrup(False))
NOISE = bytes(range(0x80, 0x90)) + b"\x7e\x7e/~h\xdb" + b"\x68\x05\x05"


def texts(data, **options):
    """The JSON of each Reading."""
    return [r.json() for r in decode(data, **options)[0]]


def test_the_corpus_is_here(corpus):
    assert len(RECORDS) >= 30


# What the index says of a telegram that is to be refused, and the counter that it shows in.
REFUSED = {"no key": "no_key", "segments only": "cut_short", "frame check": "fcs"}
SEVERAL = {"ch-lg_e450_three_in_one_frame-4.bin": 3, "ch-lg_e450_shortframe_between-3.bin": 2}


@pytest.mark.parametrize("size", [0, 1, 7, 64], ids=["whole", "byte", "sevens", "64s"])
@pytest.mark.parametrize("record", RECORDS, ids=[r["file"] for r in RECORDS])
def test_a_telegram_gives_the_values_that_others_found(record, size):
    readings, decoder = decode(record["data"], size, **settings(record))
    counters = decoder.counters()
    if "refuse" in record:
        assert not readings
        (why,) = [why for words, why in REFUSED.items() if words in record["refuse"]]
        assert counters[why] == 1
    else:
        assert len(readings) == SEVERAL.get(record["file"], 1)
        for reading in readings:
            check(record, reading)
        assert counters["odd_lines"] == 0
        assert counters["skipped"] == (15 if "shortframe" in record["file"] else 0)


ALL = [(r["file"], r["data"], settings(r)) for r in RECORDS] + MADE


@pytest.mark.slow
@pytest.mark.parametrize("name,data,options", ALL, ids=[case[0] for case in ALL])
def test_every_cut_gives_the_same(name, data, options):
    whole, decoder = decode(data, **options)
    wanted = [r.json() for r in whole], decoder.counters()
    stride = 7 if options.get("key") else 1
    for cut in range(1, len(data), stride):
        parts, decoder = decode(data, cuts=[cut], **options)
        assert ([r.json() for r in parts], decoder.counters()) == wanted, cut


@pytest.mark.parametrize("size", [0, 1, 64])
def test_ascii_through_the_decoder_is_as_without(corpus, size):
    for record in corpus:
        options = how(record)
        crc = record["crc"] == "valid"
        want, parser = parse(record["data"], crc=crc, **options)
        readings, decoder = decode(record["data"], size, crc=crc, **options)
        assert [r.json() for r in readings] == [r.json() for r in want]
        assert decoder.counters() == parser.counters(), "and no binary module was loaded"
        assert decoder.newest.checksum_failed == parser.checksum_failed


def test_all_in_one_stream(corpus):
    """Law 3, over all formats: a bad telegram costs itself and never its neighbour."""
    records = [r for r in corpus if r["crc"] == "valid" and r["file"] not in ALONE]
    plain = [r for r in RECORDS if "key" not in r and "refuse" not in r
             and r["file"] not in SEVERAL]
    stream, count = b"", 0
    for n, record in enumerate(records + plain):
        other = plain[n % len(plain)]
        stream += record["data"] + NOISE + other["data"] + b"\xff\x00garbage"
        count += 2
    for size in (0, 13):
        readings, decoder = decode(stream, size, clock="local", unit=1)
        assert len(readings) == count == decoder.ok == decoder.counters()["ok"]


@pytest.mark.parametrize("name,data,options", MADE, ids=[m[0] for m in MADE])
def test_raw_is_what_was_sent(name, data, options):
    raws, kinds = [], []

    def take(source):
        raws.append(source.raw())
        kinds.append(source.is_text)

    decoder = bf.Decoder(take, key=bytes.fromhex(options.get("key", "")),
                         aad=bytes.fromhex(options.get("aad", "")), reject_replays=False)
    stream = ASCII + data + NOISE + data + ASCII
    decoder.feed(stream, len(stream))
    decoder.idle()
    closed = [raw if raw.endswith(b"\x7e") else raw + b"\x7e" for raw in raws[1:3]]
    flagless = data.replace(b"\x7e\x7e", b"\x7e")
    assert kinds == [True, False, False, True]
    assert raws[1:3] == [data, data] or [c.replace(b"\x7e\x7e", b"\x7e") for c in closed] == [
        flagless, flagless]


# Framing

@pytest.mark.parametrize("stream,count", [
    (KAMSTRUP + KAMSTRUP, 2),
    (KAMSTRUP[:-1] + KAMSTRUP[:-1] + KAMSTRUP, 3),  # flags shared
    (KAMSTRUP[:-1] * 2, 2),  # the last flag is missing
    (b"\x7e" * 5 + KAMSTRUP + b"\x7e" * 5 + KAMSTRUP, 2),
    (KAMSTRUP[1:] + KAMSTRUP, 1),
    (KAMSTRUP[:100] + KAMSTRUP, 1),
    (KAMSTRUP[:100] + ASCII + KAMSTRUP, 2),
    (KAMSTRUP[:100] + KAMSTRUP[140:] + KAMSTRUP, 1),  # bytes lost in the middle
    (ASCII[:60] + KAMSTRUP + ASCII, 2),
    (ASCII[:60] + KAMSTRUP + ASCII[60:], 1),
    (ASCII.rstrip() + KAMSTRUP, 2),  # nothing after the checksum
    (ASCII[:-3] + KAMSTRUP, 1),  # half of the checksum
    (hdlc(bf.aidon(), addresses=b"\x02\x00\x02\x03\x41") + KAMSTRUP, 2),
    (hdlc(b"", llc=b"") + KAMSTRUP, 1),  # no information
    (hdlc(b"\x0f", llc=b"") + KAMSTRUP, 1),
    (hdlc(bf.aidon(), llc=b"\xe6\xe6\x00"), 1),
])
def test_a_stream_gives_each_of_its_telegrams(stream, count):
    want = None
    for size in (0, 1, 5, 64):
        readings, decoder = decode(stream, size)
        assert len(readings) == count
        assert want in (None, decoder.counters())
        want = decoder.counters()


def test_closing_flags_are_no_noise():
    assert decode(KAMSTRUP * 3 + ASCII)[1].counters()["skipped"] == 0


def test_wrong_fcs_with_right_hcs_is_counted_and_survived():
    bad = bytearray(KAMSTRUP)
    bad[100] ^= 1
    readings, decoder = decode(bytes(bad) + KAMSTRUP + bytes(bad) + ASCII)
    assert len(readings) == 2 and decoder.counters()["fcs"] == 2
    assert decoder.counters()["crc"] == 0


def test_crc_off_takes_a_whole_list_whose_fcs_differs():
    bad = bytearray(KAMSTRUP)
    bad[-2] ^= 1
    readings, decoder = decode(bytes(bad), crc=False)
    assert [r.json() for r in readings] == texts(KAMSTRUP) and decoder.newest.checksum_failed
    readings, decoder = decode(KAMSTRUP, crc=False)
    assert len(readings) == 1 and not decoder.newest.checksum_failed


def test_a_frame_that_breaks_off_does_not_hold_up_what_follows_a_pause():
    got = []
    for follower in (ASCII, KAMSTRUP, b"\r\n" + ASCII, bf.mbus(bf.kaifa())[0]):
        decoder = bf.Decoder(lambda s: got.append(s.is_text))
        decoder.feed(KAMSTRUP, 150)
        decoder.idle()
        decoder.feed(follower, len(follower))
        decoder.idle()
        decoder.idle()
        assert decoder.counters()["cut_short"] == 1
    assert got == [True, False, True, False]


def test_a_pause_inside_a_frame_does_no_harm():
    got = []
    decoder = bf.Decoder(lambda s: got.append(s))
    decoder.feed(KAMSTRUP, 150)
    decoder.idle()
    decoder.feed(KAMSTRUP[150:], len(KAMSTRUP) - 150)
    assert len(got) == 1


def test_a_false_start_swallows_nothing():
    """Headers that are right, with other telegrams where their content should be."""
    head = hdlc(bytes(1800))[:8]
    mbus = b"".join(bf.mbus(bf.kaifa()))
    for inside in (ASCII, KAMSTRUP, mbus, ASCII + KAMSTRUP + ASCII):
        want = texts(inside)
        # the eight bits of an M-Bus sum are no proof where the sixteen of HDLC did not match
        behind = [] if inside is mbus else want
        assert texts(head + inside) == behind
        assert texts(head + inside + b"\0" * 2000) == behind
        assert texts(head + b"\0" * 2000 + inside) == want
        assert texts(b"\x68\xfa\xfa\x68" + inside) == want
        assert texts(b"\xdb\x08MHNtest1\x82\x0f\xff\x30" + inside) == want


# Segments, blocks, M-Bus

def test_a_message_in_segments_is_read():
    frames = bf.segments(bf.aidon(), 50)
    want = texts(hdlc(bf.aidon()))
    assert len(frames) > 3 and texts(b"".join(frames)) == want
    counted = bf.segments(bf.aidon(), 50, control=(0x10, 0x12, 0x14, 0x16, 0x18))
    assert texts(b"".join(counted)) == want


@pytest.mark.parametrize("lost", range(4))
def test_a_lost_segment_costs_its_message_only(lost):
    frames = bf.segments(bf.aidon(), 50)
    short = b"".join(f for n, f in enumerate(frames) if n != lost)
    for size in (0, 1):
        readings, decoder = decode(short + b"".join(frames) + KAMSTRUP, size)
        assert len(readings) == 2
        counters = decoder.counters()
        assert counters["cut_short"] + counters["malformed"] >= 1


def test_a_damaged_segment_costs_its_message_only():
    frames = [bytearray(f) for f in bf.segments(bf.aidon(), 50)]
    frames[1][20] ^= 4
    readings, decoder = decode(b"".join(frames) + KAMSTRUP)
    assert len(readings) == 1 and decoder.counters()["fcs"] == 1


def test_segments_are_not_put_together_across_a_pause():
    frames = bf.segments(bf.aidon(), 100)
    got = []
    decoder = bf.Decoder(got.append)
    for frame in frames:
        decoder.feed(frame, len(frame))
        decoder.idle()
    assert not got and decoder.counters()["cut_short"] == 1


@pytest.mark.parametrize("llc_each", [True, False])
def test_a_message_in_blocks_is_read(llc_each):
    frames = bf.blocks(bf.aidon(), 60, llc_each)
    assert texts(b"".join(frames)) == texts(hdlc(bf.aidon()))
    for lost in range(len(frames)):
        short = b"".join(f for n, f in enumerate(frames) if n != lost)
        assert len(texts(short + b"".join(frames))) == 1, lost
        assert len(texts(short + KAMSTRUP)) == 1, lost


@pytest.mark.parametrize("size", [40, 100, 240])
def test_a_message_in_mbus_frames_is_read(size):
    frames = bf.mbus(bf.kaifa(), size)
    want = texts(hdlc(bf.kaifa()))
    assert texts(b"".join(frames)) == want
    for lost in range(len(frames)):
        short = b"".join(f for n, f in enumerate(frames) if n != lost)
        assert texts(short + b"".join(frames)) == want, lost
        assert texts(short + ASCII + b"".join(frames)) == texts(ASCII) + want


def test_more_than_sixteen_mbus_segments():
    assert len(bf.mbus(bf.aidon(), 9)) > 16
    assert texts(b"".join(bf.mbus(bf.aidon(), 9))) == texts(hdlc(bf.aidon()))


@pytest.mark.parametrize("ci", [0x72, 0x7A, 0x20, 0xFF])
def test_mbus_frames_that_carry_no_dlms(ci):
    body = bytes((8, 1, ci)) + bytes(20)
    frame = bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 255, 0x16))
    readings, decoder = decode(frame + KAMSTRUP)
    assert len(readings) == 1 and decoder.counters()["malformed"] == 1


def test_a_wrong_sum_is_counted():
    frame = bytearray(b"".join(bf.mbus(bf.kaifa())))
    frame[50] ^= 1
    readings, decoder = decode(bytes(frame) + ASCII)
    assert len(readings) == 1 and decoder.counters()["fcs"] == 1
