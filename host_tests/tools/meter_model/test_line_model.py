"""The model of the line: what a UART with wrong settings hears, against a plain reference."""

import random

import pytest

from meter_model.line_model import PARITIES, Line, LineModel, heard

RNG = random.Random(8)
TEXT = b"\r\n/KAM5\r\n\r\n0-0:1.0.0(220408135021W)\r\n1-0:1.7.0(0002.202*kW)\r\n!92F5\r\n"
BINARY = bytes.fromhex("7ea0e22b2113239ae6e7000f000000000c07e6011807123a32ff80000002190a0e") * 4


def drawn():
    """A random Line."""
    return Line(RNG.choice([2400, 9600, 19200, 115200]), RNG.choice([7, 8]),
                RNG.choice(PARITIES), RNG.random() < 0.5)


def reference(meter, uart, data):
    """The same, step by step: the level in small slices of time, and a UART that samples it."""
    bit, step = 2 * uart.baud, 2 * meter.baud
    slices = [1 ^ (meter.inverted != uart.inverted)] * (24 * max(bit, step))
    for byte in data:
        levels = [0] + [byte >> n & 1 for n in range(meter.bits)]
        if meter.parity != "none":
            levels.append((sum(levels) + (meter.parity == "odd")) % 2)
        for level in [*levels, 1]:
            slices += [level ^ (meter.inverted != uart.inverted)] * bit
    slices += [1 ^ (meter.inverted != uart.inverted)] * (40 * step + 24 * bit)
    out, now, last = [], 0, 1
    while now < len(slices):
        if not (last and not slices[now]):
            last = slices[now]
            now += 1
            continue
        sampled = [slices[now + step * k + step // 2] for k in range(uart.bits_per_byte)
                   if now + step * k + step // 2 < len(slices)]
        if sampled[0]:
            last, now = 0, now + 1
            continue
        out.append(sum(level << n for n, level in enumerate(sampled[1:1 + uart.bits])))
        now += step * (uart.bits_per_byte - 1) + step // 2
        last = slices[now] if now < len(slices) else 1
        now += 1
    return bytes(out)


@pytest.mark.parametrize("parities", [("none", "even"), ("even", "none"), ("odd", "even")])
@pytest.mark.parametrize("speeds", [(48, 48), (24, 96), (96, 24), (24, 25), (96, 4), (4, 90)])
def test_it_hears_what_the_reference_hears(speeds, parities):
    for turned in (False, True):
        data = RNG.randbytes(12)
        meter = Line(speeds[0], RNG.choice([7, 8]), parities[0], turned)
        uart = Line(speeds[1], RNG.choice([7, 8]), parities[1])
        model = LineModel(meter, uart)
        got = LineModel(meter).open(uart) + model.send(data) + model.rest()
        assert got == reference(meter, uart, data), (meter, uart)


def test_right_settings_give_the_bytes():
    for _ in range(100):
        line, data = drawn(), RNG.randbytes(60)
        want = bytes(byte & (1 << line.bits) - 1 for byte in data)
        assert heard(line, line, data) == want
        # a crystal a little off, so that it is not the short way
        assert heard(line, line._replace(baud=line.baud + line.baud // 60), data) == want


def test_any_pieces_give_the_same():
    for _ in range(300):
        meter, uart, data = drawn(), drawn(), RNG.randbytes(50)
        model = LineModel(meter, uart)
        out, at = b"", 0
        while at < len(data):
            size = RNG.randrange(1, 9)
            out += model.send(data[at:at + size])
            at += size
        assert out + model.rest() == heard(meter, uart, data), (meter, uart)


def test_even_parity_read_without_is_right_and_the_other_way_is_not():
    """amsreader-firmware, pull request 481: 2400 8E1, found as 8N1, works."""
    assert heard(Line(2400, 8, "even"), Line(2400), BINARY) == BINARY
    assert BINARY not in heard(Line(2400), Line(2400, 8, "even"), BINARY)
    seven = heard(Line(9600, 7, "even"), Line(9600), TEXT)
    assert seven != TEXT and bytes(byte & 0x7F for byte in seven) == TEXT
    assert all(not byte.bit_count() & 1 for byte in seven)


def test_a_reader_that_is_far_too_fast_hears_only_zeros():
    """Each low of the slow line is longer than a character: a break."""
    assert set(heard(Line(2400), Line(115200), BINARY)) == {0}
    assert len(heard(Line(115200), Line(2400), TEXT)) < len(TEXT) // 20


def test_wrong_polarity_is_a_break_at_first_and_garbage_then():
    model = LineModel(Line(115200, inverted=True))
    assert model.send(TEXT) == b""  # nobody listens yet
    assert model.open(Line(115200)) == b"\0"
    got = model.send(TEXT) + model.rest()
    assert got and b"/KAM5" not in got
    assert model.open(Line(115200, inverted=True)) == b""
    assert model.send(TEXT) == TEXT


def test_another_meter_on_the_line():
    model = LineModel(Line(2400), Line(2400))
    assert model.send(BINARY) == BINARY
    assert model.swap(Line(115200)) == b""
    assert model.send(TEXT) + model.rest() != TEXT
    model.open(Line(115200))
    assert model.send(TEXT) == TEXT
    assert model.swap(Line(115200, inverted=True)) == b"\0"
