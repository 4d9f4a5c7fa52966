"""Damage: what the checksum must catch is caught, and nothing crashes or leaks into the next."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.p1_text import parse, telegram

GOOD = telegram("0-0:1.0.0(220408135021W)", "1-0:1.8.0(00060995.424*kWh)",
                "1-0:1.7.0(0002.202*kW)", "0-0:96.1.0(77516706)", "1-0:71.7.0(-01.4*A)")
WANTED = parse(GOOD)[0][0].json()


def wrong(data, size=0):
    """How many Readings of `data` say anything that GOOD does not."""
    readings, parser = parse(data, size)
    assert parser.ok == len(readings)
    return sum(r.json() != WANTED for r in readings)


@pytest.mark.slow
def test_no_single_byte_deceives():
    """Every byte, every value: 2^8 times the length."""
    data = bytearray(GOOD)
    for at in range(len(data)):
        before = data[at]
        for value in range(256):
            data[at] = value
            assert not wrong(bytes(data)), (at, value)
        data[at] = before


@pytest.mark.slow
def test_no_burst_up_to_16_bits_deceives():
    """Bursts at every bit, in the order in which the wire and the CRC see them (LSB first)."""
    rng = random.Random(16)
    whole = int.from_bytes(GOOD, "little")
    for bit in range(len(GOOD) * 8 - 16):
        for _ in range(6):
            burst = rng.getrandbits(16) | 1
            data = (whole ^ burst << bit).to_bytes(len(GOOD), "little")
            assert not wrong(data), (bit, burst)


@pytest.mark.slow
def test_larger_damage_passes_no_more_often_than_the_checksum_allows():
    rng = random.Random(2016)
    tries = 20_000
    deceived = 0
    for _ in range(tries):
        data = bytearray(GOOD)
        for _ in range(rng.randrange(3, 12)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        deceived += wrong(bytes(data))
    print(f"{deceived} of {tries} damaged telegrams passed; {tries / 65536:.2f} are expected")
    assert deceived <= 3  # Poisson with mean 0.31: more than 3 once in 3,000 seeds


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=3000))
def test_garbage_never_raises_nor_stops_what_follows(noise):
    readings, parser = parse(noise + b"\r\n" + GOOD)
    assert WANTED in [r.json() for r in readings]
    assert all(n >= 0 for n in parser.counters().values())


# Bytes that mean something to the machine, so that hypothesis finds its corners.
SPICE = st.lists(st.sampled_from([
    b"/", b"!", b"(", b")", b"*", b"\r\n", b"\n", b"\0", b"-", b".", b":", b"0", b"1-0:1.7.0(",
    b"kW", b"/KAM5\r\n", b"0-0:96.1.1(", b"96", b"ABCD", b"\xff", b"9" * 20]), max_size=60)


@settings(max_examples=400, deadline=None)
@given(SPICE, st.lists(st.integers(0, 400), max_size=8))
def test_any_cut_gives_the_same(pieces, cuts):
    data = b"".join(pieces) + GOOD
    edges = sorted({c for c in cuts if c < len(data)})
    whole, one = parse(data)
    parts, other = parse(data, cuts=edges)
    single, bytewise = parse(data, size=1)
    assert [r.json() for r in whole] == [r.json() for r in parts] == [r.json() for r in single]
    assert one.counters() == other.counters() == bytewise.counters()


@settings(max_examples=200, deadline=None)
@given(SPICE)
def test_without_checksums_too_what_follows_rubbish_is_read(pieces):
    readings, parser = parse(b"".join(pieces) + b"\r\n" + GOOD, crc=False)
    assert readings[-1].json() == WANTED and parser.ok == len(readings)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 99_999_999_999), st.integers(0, 9), st.sampled_from(["Wh", "kWh", "MWh"]))
def test_numbers_are_cut_never_rounded(number, decimals, unit):
    text = str(number).zfill(decimals + 1)
    if decimals:
        text = text[:-decimals] + "." + text[-decimals:]
    (reading,), _ = parse(telegram(f"1-0:1.8.0({text}*{unit})"))
    exponent = {"Wh": 0, "kWh": 3, "MWh": 6}[unit] - decimals
    exact = number * 10 ** exponent if exponent >= 0 else number // 10 ** -exponent
    assert reading.get("active_energy_import_kwh") == exact
