"""Wh or 10 Wh, found from the evidence of a simulated house."""

import random

import pytest

from fixtures import binary_frames as bf
from microhan.meter.energy_unit import EnergyUnit
from microhan.telegram.decoder import Decoder


def house(unit, watts, hours=4, seed=1, every=10, skip=()):
    """What EnergyUnit says after each hourly list of a meter that counts in `unit` Wh."""
    rng = random.Random(seed)
    found = []
    evidence = EnergyUnit()
    decoder = Decoder(lambda s: found.append((s.reading(), s.list().energy_count())))
    energy = 32_014_158_000 * 3600 // 1000
    said = []
    power = watts
    for second in range(0, hours * 3600 + every, every):
        if second // 3600 in skip and second % 3600 > 600:
            continue
        hourly = second % 3600 == 0
        frame = bf.hdlc(bf.kamstrup(hourly, powers=(power, 0, 104, 0), when=bf.stamp(second),
                                    registers=(energy // 3600 // unit, 0, 0, 0)))
        decoder.feed(frame, len(frame))
        (reading, count), found[:] = found[0], []
        assert (count is not None) == hourly
        assert reading.get("active_energy_import_kwh") is None
        answer = evidence.observe(reading, count)
        if hourly:
            said.append(answer)
        energy += power * every
        power = max(0, watts + rng.randrange(-watts, watts + 1)) if watts else 0
    return said


@pytest.mark.slow
@pytest.mark.parametrize("unit", [1, 10])
@pytest.mark.parametrize("watts", [400, 2000, 11000])
def test_found_after_the_first_hour(unit, watts):
    assert house(unit, watts) == [None] + [unit] * 4


@pytest.mark.slow
@pytest.mark.parametrize("unit", [1, 10])
def test_a_house_that_uses_little_takes_longer(unit):
    said = house(unit, 110, 8)
    assert said[:3] == [None, None, None] and unit in said and set(said) == {None, unit}


@pytest.mark.slow
def test_without_evidence_nothing_is_said():
    assert set(house(1, 0)) == {None}  # nothing used
    assert set(house(100, 2000)) == {None}  # neither of the two
    assert set(house(1, 2000, skip=(0, 1, 2, 3))) == {None}  # telegrams missing


def test_another_meter_begins_anew():
    evidence = EnergyUnit()
    readings = []
    decoder = Decoder(lambda s: readings.append((s.reading(), s.list().energy_count())))
    for second in range(0, 3601, 10):
        frame = bf.hdlc(bf.kamstrup(
            second % 3600 == 0, powers=(2000, 0, 0, 0), when=bf.stamp(second),
            registers=(1_000_000 + second * 2000 // 3600, 0, 0, 0),
            number="5706567331323526" if second < 3600 else "5706567000000000"))
        decoder.feed(frame, len(frame))
    assert {evidence.observe(*pair) for pair in readings} == {None}
