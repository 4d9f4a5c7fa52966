"""A restart, and a cut of the power at any write: nothing twice, and no closed quarter lost."""

import pytest

from fixtures.ledger import House, Ring, Rings, energies, times, utc

T0 = utc(2026, 11, 26, 22, 30)


@pytest.mark.parametrize("hourly", ["", "stale", "seldom"])
@pytest.mark.parametrize("at", [70, 860, 895, 905, 1700])
def test_the_span_across_a_restart_is_right(hourly, at):
    house = House(T0 - 1800 - 7200, hourly)
    house.run(7200 + 1800 + at)
    house.run(30, heard=False)
    house.restart()
    house.run(3 * 3600)
    begin = T0 - 1800
    rows = house.history("quarter", begin, begin + 3 * 3600)
    hours = energies(house.history("hour", begin, begin + 3 * 3600))
    assert abs(sum(hours) - 3600) <= 4 and sum(energies(rows)) == sum(hours)
    assert len(rows) == 12 and all(abs(n - 300) <= 4 for n in energies(rows))
    assert house.told == []


class Cut(Exception):
    pass


class CutRing(Ring):
    def __init__(self, rig):
        super().__init__()
        self.rig = rig

    def append(self, payload):
        self.rig.left -= 1
        if self.rig.left == 0 and self.rig.before:
            raise Cut
        super().append(payload)
        if self.rig.left == 0:
            raise Cut


class Rig(Rings):
    """Rings whose power goes at the write number `left`, before or after it is there."""

    def __init__(self, left, before):
        self.left, self.before = left, before
        self.quarters, self.hours, self.days, self.channels = (CutRing(self) for _ in range(4))


@pytest.mark.parametrize("hourly", ["", "stale"])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("cut", range(1, 22))
def test_a_cut_at_any_write_books_nothing_twice_and_loses_no_closed_quarter(cut, before, hourly):
    house = House(T0 - 900, hourly, rings=Rig(cut, before))
    while house.now < T0 + 4 * 3600:
        try:
            house.step()
        except Cut:
            house.restart()
    for ring in (house.rings.quarters, house.rings.hours, house.rings.days):
        assert len(set(times(ring))) == len(ring.list)
    begin = T0 + 1800
    quarters = energies(house.history("quarter", begin, begin + 3 * 3600))
    hours = energies(house.history("hour", begin, begin + 3 * 3600))
    assert len(quarters) == 12 and all(abs(n - 300) <= 4 for n in quarters)
    assert len(hours) == 3 and all(abs(n - 1200) <= 4 for n in hours)
    assert abs(sum(quarters) - sum(hours)) <= 4
    assert times(house.rings.days) == [begin]


def test_a_register_that_the_newest_record_lacks_is_checked_against_the_one_before():
    house = House(T0 - 3600)
    house.run(3600 + 800)
    house.run(600, heard=False)
    house.start[0] -= 500_000  # between two Readings: interpolation leaves it out
    house.step()
    house.restart()
    house.run(3600)
    assert "fell" in house.told[0] and "go on from there" in house.told[1]
    assert max(filter(None, energies(house.history("quarter", T0, T0 + 5400)))) <= 600
