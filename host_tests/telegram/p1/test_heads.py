"""Telegrams whose beginning is misheard, cut off, or looks like two."""

import json
import random

import pytest

from fixtures.p1_text import arc, parse, telegram
from fixtures.repository import telegrams
from microhan.telegram.decoder import Decoder
from microhan.telegram.p1.heads import HEADS, LENGTH

LINES = ("1-3:0.2.8(50)", "0-0:1.0.0(240303225425W)", "1-0:1.8.0(004730.806*kWh)",
         "1-0:1.7.0(01.076*kW)", "no line of ours", "1-0:32.7.0(236.8*V)", "1-0:31.7.0(000.4*A)")
STAR = telegram(*LINES, ident="STR5\\2MSZ314X")
HEARD = b"\xb9\xea\x75\xea\xcd"  # what comes of /STR5 (esphome-p1mini issue 26)
MISHEARD = HEARD + STAR[LENGTH:]
OTHER = telegram("1-0:1.7.0(0002.202*kW)", ident="XYZ5 1")
KNOWN = [HEADS[i:i + LENGTH] for i in range(0, len(HEADS), LENGTH)]


def said(readings):
    return [json.loads(r.json()) for r in readings]


def refused(data, before=b""):
    """`data` gives no Reading, and counts as the same bytes did without this: as noise."""
    readings, parser = parse(before + data)
    wanted, count = parse(before)
    noise = len(data) - sum(data.count(c) for c in (b"\r", b"\n", b"\0"))
    assert said(readings) == said(wanted)
    return parser.counters() == {**count.counters(), "skipped": count.skipped + noise}


def test_at_most_eight_are_tried():
    assert len(KNOWN) <= 7  # and the meter's own


def test_the_star_is_read():
    (wanted,), _ = parse(STAR)
    (reading,), parser = parse(MISHEARD)
    assert reading.json() == wanted.json()
    assert parser.raw() == STAR.rstrip()
    assert parser.counters() == {"ok": 1, "crc": 0, "too_long": 0, "restarted": 0,
                                 "odd_lines": 1, "skipped": 0}
    assert parser.identified == 1


@pytest.mark.parametrize("head", KNOWN)
def test_of_each_known_head_any_byte_may_be_misheard(head):
    good = telegram(*LINES, ident=head[1:].decode() + " 1234")
    (wanted,), _ = parse(good)
    for at in range(LENGTH):
        for byte in b"\x01\x0b\x41\x80\xf7":
            data = good[:at] + bytes([byte]) + good[at + 1:]
            (reading,), parser = parse(data)
            assert reading.json() == wanted.json() and parser.raw() == good.rstrip()
            assert parser.skipped == 0 and parser.identified == 1


@pytest.mark.parametrize("before", [
    b"", b"\r\n", OTHER, OTHER.rstrip(), STAR, b"noise\xff\r\n", b"\xff\xff\r\n\r\n", OTHER[:40] +
    b"\r\n!0000\r\n", MISHEARD])
def test_it_is_read_wherever_it_comes(before):
    there, _ = parse(before)
    readings, _ = parse(before + MISHEARD + OTHER)
    assert said(readings) == said(there) + said(parse(STAR)[0]) + said(parse(OTHER)[0])


def test_it_is_read_after_silence_though_noise_came_before():
    out = []
    decoder = Decoder(lambda source: out.append(source.reading()))
    for piece in (b"\x80ab", MISHEARD, MISHEARD[:100], MISHEARD):
        decoder.feed(piece, len(piece))
        decoder.idle()
        decoder.idle()
    assert len(out) == 2


def test_any_split_gives_the_same():
    for data in (MISHEARD + OTHER, b"ab\r\n" + MISHEARD.replace(b"0.806", b"0.807") + MISHEARD,
                 b"/XY\xff5\r\n\r\n" + OTHER, OTHER[:9] + MISHEARD):
        whole, one = parse(data)
        for cuts in [range(1, len(data))] + [[cut] for cut in range(1, len(data))]:
            parts, other = parse(data, cuts=list(cuts))
            assert said(parts) == said(whole)
            assert other.counters() == one.counters()


def test_longer_than_what_is_kept_is_read_too():
    lines = LINES + tuple(f"1-0:32.32.{n}(00000)" for n in range(100))
    good = telegram(*lines, ident="STR5\\2MSZ314X")
    readings, parser = parse(3 * (HEARD + good[LENGTH:]))
    assert said(readings) == 3 * said(parse(good)[0])
    assert parser.raw() == good.rstrip() and parser.skipped == 0


def test_a_meter_of_any_maker_is_known_once_it_was_heard():
    other = b"\xb9" + OTHER[1:]
    assert refused(other)
    readings, parser = parse(OTHER + other + OTHER[:1] + b"\xff" + OTHER[2:])
    assert said(readings) == 3 * said(parse(OTHER)[0])
    assert parser.raw() == OTHER.rstrip()


def test_any_other_damage_is_refused_and_counts_as_noise():
    for at in range(LENGTH, len(MISHEARD) - 6):
        if MISHEARD[at] in b"\r\n":
            continue
        data = bytearray(MISHEARD)
        data[at] ^= 1
        if b"/" not in data and b"!" not in data[:-7]:
            assert refused(bytes(data)), at
            assert refused(bytes(data), OTHER), at


def test_without_its_empty_line_it_is_noise():
    assert refused(HEARD + telegram(*LINES, ident="STR5 1", blank=False)[LENGTH:])


def test_without_a_checksum_it_is_noise():
    data = HEARD + telegram(*LINES, ident="STR5 1", crc="")[LENGTH:]
    assert not parse(data)[0] and not parse(data, crc=False)[0]


@pytest.mark.slow
@pytest.mark.parametrize("record", telegrams("p1-ascii"), ids=lambda r: r["file"])
def test_joining_in_mid_telegram_gives_nothing(record):
    """Also where the meter's own identification is known."""
    data = record["data"].lstrip(b"\r\n")
    known = len(parse(data)[0])
    first = data.index(b"\n") + 8
    for cut in [*range(1, first), *range(first, len(data), 9)]:
        assert not parse(data[cut:])[0], cut
        assert len(parse(data + data[cut:])[0]) == known, cut


@pytest.mark.slow
def test_damage_passes_no_more_often_than_the_checksum_allows():
    rng = random.Random(9)
    tries = 20_000
    passed = 0
    for _ in range(tries):
        data = bytearray(STAR)
        data[0] ^= 1 << rng.randrange(8)
        for _ in range(rng.randrange(2, 8)):
            data[rng.randrange(20, len(data) - 6)] = rng.choice(b"0123456789")
        passed += len(parse(bytes(data))[0]) and bytes(data[20:]) != STAR[20:]
    assert passed <= 8  # eight heads: Poisson with mean 2.4


def test_a_misheard_head_never_costs_the_next_telegram():
    wanted = said(parse(OTHER)[0])
    for data in (MISHEARD, HEARD + b"\r\n\r\n" + 400 * b"x", b"/XY\xff5 123\r\n\r\n1-0:1.7.0("):
        for cut in range(1, len(data)):
            if data[:cut].rstrip() != MISHEARD.rstrip():
                assert said(parse(data[:cut] + OTHER)[0])[-1:] == wanted, cut


def test_a_slash_may_stand_in_an_identification():
    """Holley's /HLY5/D545-METER (dsmr_parser issue 91)."""
    good = telegram(*LINES, ident="HLY5/D545-METER")
    for before in (b"", OTHER, OTHER[:30], b"/XYZ"):
        readings, parser = parse(before + good)
        assert said(readings)[-1]["identification"] == "HLY5/D545-METER"
        assert parser.raw() == good.rstrip()


@pytest.mark.parametrize("cut", range(1, len(OTHER) - 8))
def test_a_telegram_cut_off_in_its_identification_costs_only_itself(cut):
    for follower in (OTHER, STAR, telegram(*LINES, ident="HLY5/D545-METER")):
        readings, parser = parse(OTHER[:cut] + follower)
        assert said(readings) == said(parse(follower)[0])
        assert parser.raw() == follower.rstrip()
        assert parser.restarted + (parser.skipped > 0) == 1


def test_the_checksum_of_a_changed_head_is_worked_out_right():
    """Against a CRC by bits: all that is heard instead is proven by the text put right."""
    assert arc(STAR[:STAR.index(b"!") + 1]) == int(STAR.rstrip()[-4:], 16)
