"""CRC-16/X-25 in ASCII telegrams (Holley, Hungary): known, learnt, and kept."""

import random

import pytest

from fixtures.meter_wire import Reader, Wire
from fixtures.p1_text import Parser, parse, telegram, with_x25, x25
from meter_model.line_model import Line
from microhan.telegram.p1.layout import ARC, X25

pytestmark = pytest.mark.usefixtures("instant_sleep")

LINES = ("0-0:1.0.0(220408135021W)", "1-0:1.8.0(00060995.424*kWh)", "1-0:1.7.0(0002.202*kW)",
         "1-0:15.8.0(00007137.694*kWh )", "1-0:32.7.0(000238.20*V)")
HOLLEY = with_x25(*LINES, ident="HLY5/D545-METER")
USUAL = telegram(*LINES, ident="HLY5/D545-METER")
BAD = USUAL.replace(b"2.202", b"2.203")


def heard(*telegrams, kind=0):
    """For each telegram whether it was read, and the parser after them."""
    got = []
    parser = Parser(lambda p: got.append(p.reading().json()))
    parser.checksum = kind
    out = []
    for data in telegrams:
        before = len(got)
        parser.feed(data, len(data))
        out.append(len(got) > before)
    return out, parser


def test_the_check_value():
    assert x25(b"123456789") == 0x906E


@pytest.mark.parametrize("size", [0, 1, 7])
def test_both_are_read_alike(size):
    (wanted,), _ = parse(USUAL)
    (reading,), parser = parse(HOLLEY, size)
    assert reading.json() == wanted.json()
    assert parser.raw() == HOLLEY.rstrip() and not parser.checksum_failed
    assert parser.counters()["ok"] == 1 and parser.counters()["crc"] == 0


def test_which_one_a_meter_uses_is_learnt():
    assert heard(USUAL)[1].checksum == ARC
    assert heard(HOLLEY)[1].checksum == X25
    assert heard(BAD)[1].checksum == 0


@pytest.mark.parametrize("one,other,kind", [(USUAL, HOLLEY, X25), (HOLLEY, USUAL, ARC)])
def test_a_change_is_not_believed_on_one_telegram(one, other, kind):
    read, parser = heard(one, other, one)
    assert read == [True, False, True]
    assert parser.crc == 1 and parser.checksum != kind
    # nor on two, nor where one of the kind before is between; damaged ones say nothing
    assert heard(one, other, other, one, other, other)[0] == [True, False, False, True] + 2 * [
        False]
    read, parser = heard(one, other, BAD, other, other, other, one)
    assert read == [True, False, False, False, True, True, False]
    assert parser.checksum == kind


def test_what_was_learnt_holds_from_the_first_telegram_on():
    assert heard(HOLLEY, USUAL, kind=ARC)[0] == [False, True]
    assert heard(USUAL, HOLLEY, kind=X25)[0] == [False, True]


def test_long_ones_are_read_from_the_first_on():
    data = with_x25(*LINES, *(f"1-0:99.1.{n}(00000000)" for n in range(100)))
    assert len(data) > 2048 and heard(data, data, data)[0] == [True, True, True]


@pytest.mark.slow
def test_damage_passes_no_more_often_than_the_checksums_allow():
    rng = random.Random(25)
    passed = 0
    for _ in range(20_000):
        data = bytearray(HOLLEY)
        for _ in range(rng.randrange(3, 12)):
            data[rng.randrange(20, len(data))] = rng.randrange(256)
        passed += sum(r.json() != parse(HOLLEY)[0][0].json() for r in parse(bytes(data))[0])
    assert passed <= 4  # two checksums while neither is learnt: Poisson with mean 0.6


def test_it_is_kept_over_a_restart(tmp_path):
    data = str(tmp_path / "data")

    def run(make):
        return Reader(Wire(make, lambda s: Line()), data=data).run(100)

    assert len(run(lambda n: HOLLEY).at) > 5
    assert (tmp_path / "data" / "checksum").read_bytes() == b"x25"
    reader = run(lambda n: USUAL if n == 1 else HOLLEY)
    assert reader.meter.refused == 1  # believed if it had not been kept
    assert len(run(lambda n: USUAL).at) > 3  # another meter
    assert (tmp_path / "data" / "checksum").read_bytes() == b"arc"
    (tmp_path / "data" / "checksum").write_bytes(b"?")
    assert len(run(lambda n: HOLLEY).at) > 5
