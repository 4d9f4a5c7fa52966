"""Readings as differences: exact, and small at a meter's full rate."""

import random

import pytest

import meter_model
from fixtures import simulated
from fixtures.readings_extra import CHANNELS, extra_reading
from microhan.reading.fields import COUNT, EXTRAS, FIELDS, I_VOLTAGE, KIND, TEXT
from microhan.reading.reading import Reading
from microhan.store import values
from microhan.store.delta_read import readings
from microhan.store.delta_write import BitWriter, write

NAMES = list(meter_model.DIALECTS)


def of_meter(name, count, step_ms=10_000):
    """What a simulated meter says every ten seconds."""
    dialect = meter_model.find(name)
    meter = meter_model.new_meter(dialect, 3, simulated.WINTER)
    data = b"".join(dialect.write(meter.advance(meter.ms + step_ms)) for _ in range(count))
    out, _ = simulated.read(data, name)
    assert len(out) == count
    for n, reading in enumerate(out):
        reading.boot, reading.seq = 7, 1000 + n
    return out


def written(every, before=None):
    bits = BitWriter(60_000)
    before = before or Reading()
    for reading in every:
        write(bits, reading, before)
        before = reading
    return bytes(bits.data[:(bits.at + 7) // 8])


def assert_same(one, other):
    assert list(one.numbers) == list(other.numbers)
    assert one.wide == other.wide and one.utc_offset == other.utc_offset
    assert one.json(one.identity()) == other.json(other.identity())


def assert_kept(every, before=None):
    data = written(every, before)
    back = list(readings(data, len(every), every[0].boot, before or Reading()))
    for one, other in zip(every, back, strict=True):
        assert_same(one, other)
    return len(data)


@pytest.mark.parametrize("name", NAMES)
def test_what_any_meter_sends_comes_back_exactly(name):
    assert_kept(of_meter(name, 40))


def test_extras_come_back_exactly():
    every = [extra_reading(), extra_reading(tariff="0001", message=None),
             extra_reading(channels={1: dict(CHANNELS[1], value=(12_785_124, 3))}),
             extra_reading(channels=None, demand_history=(((1, 60), 5), (None, 7)))]
    for n, reading in enumerate(every):
        reading.boot, reading.seq = 3, n * n
    assert_kept(every)


def arbitrary(rng):
    """A Reading of anything that one can hold."""
    out = Reading(utc_offset=rng.choice((-720, 0, 60, 60, 120, 845)))
    out.boot, out.seq = 5, rng.randrange(1 << 30)
    for i in range(COUNT):
        if rng.random() < 0.4:
            continue
        if KIND[i] == TEXT:
            out.put(i, rng.choice(("", "a", "å" * 40, "Ω\x00\"" * 9)))
            continue
        top = 1 << rng.choice((1, 8, 16, 29, 30, 31, 40))
        value = rng.randrange(-top, top)
        decimals = 0
        if i >= I_VOLTAGE and i < I_VOLTAGE + 6:
            decimals = rng.randrange(4)
            if rng.random() < 0.9:
                value -= value % 10 ** (3 - decimals)
        out.put(i, value, decimals)
    return out


@pytest.mark.parametrize("seed", range(30))
def test_any_reading_comes_back_after_any_other(seed):
    rng = random.Random(seed)
    assert_kept([arbitrary(rng) for _ in range(12)], arbitrary(rng))


def test_what_does_not_fit_is_taken_back():
    every = of_meter("kamstrup-p1", 30)
    whole = written(every)
    for size in range(40, 500, 7):
        bits = BitWriter(size)
        before = Reading()
        count = 0
        for reading in every:
            at = bits.at
            try:
                write(bits, reading, before)
            except IndexError:
                bits.back_to(at)
                break
            before = reading
            count += 1
        full = bits.at >> 3
        assert bytes(bits.data[:full]) == whole[:full]
        assert not any(bits.data[full + 1:])
        for one, other in zip(every, readings(bits.data, count, 7, Reading())):
            assert_same(one, other)


@pytest.mark.parametrize("value", [
    None, 0, 30, 31, 32, 255, 256, -1, -256, -257, 1 << 30, -(1 << 40), "", "x" * 31, "ö" * 300,
    (), (1, (2, None)), {}, {1: {"type": 3, "value": (-1, 3)}, "a": None}, tuple(range(40))])
def test_a_value_comes_back(value):
    data = bytearray(b"?")
    values.put(data, value)
    at = [1]
    back = values.get(data, at)
    assert back == value and type(back) is type(value) and at == [len(data)]


def test_all_fields_are_covered():
    assert len(FIELDS) == COUNT and len(EXTRAS) == len(extra_reading().extras())
