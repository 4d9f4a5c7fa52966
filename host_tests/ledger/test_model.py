"""The ledger against a slow, obvious model, over all that may happen to a meter and its reader."""

import datetime
import zoneinfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fixtures.ledger import House, Rings, reading, told, utc
from microhan.ledger.civil import midnight
from microhan.ledger.ledger import Ledger

STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")
# Without shrinking, which would take longer than the rest.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SLOW = settings(max_examples=60, deadline=None, phases=PHASES,
                suppress_health_check=list(HealthCheck))
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
# Around both changes of the clock, a leap day, a new year.
STARTS = st.sampled_from([utc(2026, 3, 28, 20, 10), utc(2026, 10, 24, 20, 20),
                          utc(2028, 2, 28, 21, 7), utc(2027, 12, 31, 20, 0)])


def is_midnight(t):
    local = (EPOCH + datetime.timedelta(seconds=t)).astimezone(STOCKHOLM)
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def model(readings, length, most):
    """{boundary: (four registers, quality)} of live registers, each boundary from all Readings.

    `length`: of the boundaries; `most`: seconds between two Readings for one to be interpolated.
    """
    out = {}
    first, last = readings[0][0], readings[-1][0]
    for at in range(first // length * length, last + 1, length):
        before = [one for one in readings if one[0] <= at]
        if not before:
            continue
        behind = [one for one in readings if one[0] >= at]
        newest = [max((one[0] for one in before if one[1][i] is not None), default=0)
                  for i in range(4)]
        values, quality, longest = [], 0, 0
        for i in range(4):
            known = dict(before)[newest[i]][i] if newest[i] else None
            if known is not None and at - newest[i] > 60:
                # by the Reading that passes the boundary, if it has this register
                t, new = behind[0][0], behind[0][1][i]
                apart = t - newest[i]
                if new is None or apart > (1800 if at - max(newest) <= 60 else 172800):
                    known = None
                else:
                    known += (new - known) * (at - newest[i]) // apart
                    quality, longest = 2, max(longest, apart)
            values.append(known)
        if longest <= most and any(one is not None for one in values):
            out[at] = (values, quality)
    return out


def recorded(ring):
    out = {}
    for row in ring.list:
        values = [int.from_bytes(row[4 + 4 * i:8 + 4 * i], "little") for i in range(4)]
        out[int.from_bytes(row[:4], "little")] = (
            [None if n == 0xFFFFFFFF else n for n in values], row[-2] & 3)
    assert len(out) == len(ring.list)
    return out


@pytest.mark.slow
@given(STARTS, st.lists(st.tuples(
    st.integers(1, 250),  # Readings
    st.sampled_from([5, 7, 10, 30]),  # seconds between them
    st.sampled_from([0, 0, 50, 90, 700, 1500, 2500, 5000, 9000]),  # then none for so long
    st.integers(300, 9000),  # W
    st.sampled_from([0b1111, 0b1111, 0b0001, 0b0111, 0b1011])),  # which registers are there
    min_size=1, max_size=12))
@SLOW
def test_the_records_of_live_registers_are_those_of_the_model(start, pieces):
    rings = Rings()
    said = []
    ledger = Ledger(rings, 60, 63, lambda: None, lambda: None, said.append)
    t, work, readings = start, 3_600_000_000, []

    def hear(mask, watts):
        values = [(work // 3600 + 1000 * i) if mask >> i & 1 else None for i in range(4)]
        readings.append((t, values))
        ledger.take(reading(t, values, [watts, 0]))
    for step in (0, 1, 1):  # registers move: they are live
        t += 150 * bool(step) + step
        work += 40 * 3600
        hear(0b1111, 900)
        t += 10
        work += 40 * 3600
        hear(0b1111, 900)
    for count, step, pause, watts, mask in pieces:
        for _ in range(count):
            t += step
            work += watts * step
            hear(mask, watts)
        t += pause
        work += watts * pause
    hours = {at: value for at, value in model(readings, 3600, 7200).items()}
    days = {at: value for at, value in model(readings, 3600, 172800).items() if is_midnight(at)}
    live = readings[3][0]
    for ring, wanted in ((rings.quarters, model(readings, 900, 1800)), (rings.hours, hours),
                         (rings.days, days)):
        got = recorded(ring)
        assert {at: v for at, v in got.items() if at > live} == {
            at: v for at, v in wanted.items() if at > live}
    assert said == []


class Trial:
    """A house to which things happen; what flowed, by the meter's clock."""

    def __init__(self, start, hourly):
        self.house = House(start, hourly, fuse=25)
        self.truth = {}
        self.flowed = 0

    def note(self, step=10, watts=1000, heard=True):
        self.house.step((watts, 0, watts // 10, 0), step, heard)
        self.flowed += watts * step
        self.truth[self.house.now + self.house.ahead] = self.flowed

    def run(self, length, watts):
        for _ in range(6 * length):
            self.note(10, watts)

    def silence(self, length, watts):
        for _ in range(length):
            self.note(60, watts, False)

    def lost(self, length, watts):
        for n in range(3 * length):
            self.note(10, watts, n % 3 > 0)

    def restart(self, length, watts):
        self.house.restart()

    def replace(self, length, watts):
        self.house.meter += "x"
        self._set([n + 77_000 * length for n in self.house.start])

    def fall(self, length, watts):
        self._set([n - 40_000 * length for n in self.house.start])

    def step(self, length, watts):
        self._set([n + 40_000 * length for n in self.house.start])

    def _set(self, registers):
        self.house.start = [max(0, n) for n in registers]
        self.house.shown = None

    def back(self, length, watts):
        self.house.ahead -= 60 * length

    def ahead(self, length, watts):
        self.house.ahead += 60 * length


EVENTS = st.lists(st.tuples(
    st.sampled_from(["run", "run", "run", "silence", "restart", "replace", "back", "ahead",
                     "fall", "step", "lost"]),
    st.integers(1, 60), st.integers(0, 5000)), min_size=1, max_size=12)
CLOCK, REGISTERS = {"back", "ahead"}, {"replace", "fall", "step"}


@pytest.mark.slow
@pytest.mark.parametrize("hourly", ["", "stale", "seldom"])
@given(STARTS, EVENTS)
@SLOW
def test_whatever_happens_nothing_is_invented_or_booked_twice(hourly, start, events):
    trial = Trial(start, hourly)
    for kind, length, watts in events:
        getattr(trial, kind)(length, watts)
    trial.run(10, 1000)
    kinds = {kind for kind, *_ in events}
    begin = min(trial.truth) // 86400 * 86400
    end = max(trial.truth) // 86400 * 86400 + 2 * 86400
    for step, length in (("quarter", 900), ("hour", 3600), ("day", None)):
        rows = told(trial.house.rings, step, midnight(begin, 60) if step == "day" else begin, end)
        _check(rows, length)
        if not kinds & CLOCK:
            # all that is booked together is no more than what flowed
            assert sum(row[2] or 0 for row in rows) <= trial.flowed // 3600 + 1
            if not kinds & REGISTERS and not hourly and length:
                _covers(rows, trial.truth, length)
    if not kinds & (CLOCK | REGISTERS):
        assert trial.house.told == []


def _check(rows, length):
    """Times rise without a hole, qualities go with values."""
    for row, behind in zip(rows, rows[1:]):
        assert row[0] < behind[0]
        if length:
            assert behind[0] - row[0] == length
        else:
            assert behind[0] - row[0] in (82800, 86400, 90000)
    for row in rows:
        known = [n for n in row[2:6] if n is not None]
        assert known or row[1] == "missing"
        assert all(n >= 0 for n in known)
        # a fuse of 25 A does not let through more, nor does the meter's own doubt
        if row[1] != "missing" and length:
            assert max(known) <= 25 * length * 5 // 16 + 1000


def _covers(rows, truth, length):
    """A measured row is what flowed within it, but for the minute by which a Reading may be older
    than the boundary."""
    for row in rows:
        ends = [max((t for t in truth if t <= row[0] + n), default=None) for n in (0, length)]
        if row[1] == "measured" and None not in ends:
            flowed = (truth[ends[1]] - truth[ends[0]]) // 3600
            assert abs(row[2] - flowed) <= 5000 * 60 // 3600 + 1


@pytest.mark.slow
@pytest.mark.parametrize("hourly", ["stale", "seldom"])
@given(STARTS, st.lists(st.tuples(st.integers(1, 60), st.integers(200, 7000),
                                  st.sampled_from(["heard", "heard", "heard", "silent"])),
                        min_size=6, max_size=20))
@SLOW
def test_the_quarters_of_hourly_registers_add_up_to_their_hours(hourly, start, pieces):
    house = House(start, hourly, fuse=35)
    for minutes, watts, kind in pieces:
        house.run(60 * minutes, (watts, 0, watts // 7, 3), heard=kind == "heard")
    begin = start - start % 86400
    hours = house.history("hour", begin, begin + 3 * 86400)
    quarters = {}
    for row in house.history("quarter", begin, begin + 3 * 86400):
        quarters.setdefault(row[0] // 3600, []).append(row)
    for hour in hours:
        four = quarters.get(hour[0] // 3600, [])
        for i in (2, 3, 4):
            values = [row[i] for row in four]
            if hour[1] != "missing" and len(values) == 4 and None not in values and \
                    all(row[1] != "missing" for row in four):
                assert sum(values) == hour[i]
    assert house.told == []
