"""The records that the ledger writes, and what it tells: boundaries, clocks, meters, registers."""

import pytest

from fixtures.ledger import House, Rings, energies, reading, times, utc
from microhan.ledger.ledger import Ledger
from microhan.ledger.records import ESTIMATE, HOURLY

QUARTER = 900
T0 = utc(2026, 11, 26, 22, 30)  # half past eleven in the evening


def registers(row):
    return [int.from_bytes(row[4 + 4 * i:8 + 4 * i], "little") for i in range(4)]


def test_a_quarter_s_record_has_the_registers_as_they_stood_and_what_was_highest():
    house = House(T0)
    house.run(600, (1200, 0, 100, 0))
    house.currents = (-9870, 40, 5)
    house.step((9000, 0, 0, 0))
    house.currents = (10, 40, 5)
    house.run(290, (600, 20, 0, 0))
    row = house.rings.quarters.last()
    assert len(row) == 34 and times(house.rings.quarters) == [T0 + 900]
    assert registers(row) == house.registers()
    highest = [int.from_bytes(row[20:23], "little"), int.from_bytes(row[23:26], "little")]
    assert highest == [9000, 20]
    assert [int.from_bytes(row[i:i + 2], "little") for i in (26, 28, 30)] == [987, 4, 0]
    assert row[-2] == 0 and house.told == []


def test_what_the_meter_does_not_send_is_absent_in_the_record():
    rings, ledger = _ledger()
    for t in range(T0, T0 + 1000, 10):
        ledger.take(reading(t, [1000 + (t - T0) // 10], [500]))
    row = rings.quarters.last()
    assert registers(row) == [1090, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF]
    assert row[20:32] == b"\xf4\x01\x00" + b"\xff" * 9


def _ledger(rings=None, carried=None, network=None, told=None):
    rings = rings or Rings()
    told = [] if told is None else told
    return rings, Ledger(rings, 60, 25, lambda: carried, lambda: network, told.append)


def test_hours_and_days_are_written_at_their_boundaries_days_by_the_civil_clock():
    house = House(utc(2026, 7, 1, 20, 30))
    house.run(3 * 3600)
    assert times(house.rings.hours) == [utc(2026, 7, 1, n) for n in (21, 22, 23)]
    assert times(house.rings.days) == [utc(2026, 7, 1, 22)]  # midnight in summer
    assert {len(row) for row in house.rings.hours.list + house.rings.days.list} == {22}


@pytest.mark.parametrize("step", [1, 2.5, 10, 60])
def test_a_boundary_takes_the_last_reading_at_or_before_it(step):
    rings, ledger = _ledger()
    sent = {}
    n = 0
    while n * step < 2000:
        t = T0 - 7 + int(n * step)
        sent[t] = 5000 + n
        ledger.take(reading(t, [5000 + n]))
        n += 1
    for row, t in zip(rings.quarters.list, times(rings.quarters)):
        last = max(one for one in sent if one <= t)
        assert registers(row)[0] == sent[last] and row[-2] & 3 == 0
    assert len(rings.quarters.list) == 3


def test_a_boundary_whose_reading_is_older_than_a_minute_is_interpolated():
    house = House(T0)
    house.run(840 - 10)
    house.run(170, heard=False)
    house.step()
    row = house.rings.quarters.last()
    assert row[-2] == 2
    assert registers(row)[0] in (1_000_299, 1_000_300)  # 1200 W all the time
    house.run(2000)
    assert [row[1] for row in house.history("quarter", T0, T0 + 2700)] == [
        "missing", "interpolated", "measured"]


def test_a_gap_is_said_and_its_energy_is_in_the_row_that_ends_it():
    house = House(T0 - 3600)
    house.run(3600)
    house.run(4500, heard=False)
    house.run(3600)
    rows = house.history("quarter", T0 - 1800, T0 + 7200)
    assert [row[1] for row in rows] == 2 * ["measured"] + 6 * ["missing"] + 2 * ["measured"]
    assert energies(rows) == [300, 300, None, None, None, None, None, 1800, 300, 300]
    assert rows[2][6:] == [None] * 5
    hours = house.history("hour", T0 - 1800, T0 + 5400)
    assert {row[1] for row in hours} == {"interpolated"} and sum(energies(hours)) == 2400
    assert abs(hours[0][2] - 1200) < 2


@pytest.mark.parametrize("hourly", ["stale", "seldom"])
def test_quarters_of_hourly_registers_are_shaped_and_add_up_to_the_hour(hourly):
    house = House(T0, hourly)
    house.run(6 * 3600, lambda t: (700 + 613 * (t // 900 % 5) + t % 7, 0, 93, 0))
    begin = utc(2026, 11, 26, 23)
    end = begin + 4 * 3600
    quarters = house.history("quarter", begin, end)
    hours = house.history("hour", begin, end)
    assert {row[1] for row in quarters} == {"shaped"} and {row[1] for row in hours} == {"measured"}
    for n, hour in enumerate(hours):
        for i in (2, 3, 4, 5):
            assert sum(row[i] for row in quarters[4 * n:4 * n + 4]) == hour[i]
    for row in quarters:
        assert abs(row[2] - (703 + 613 * (row[0] // 900 % 5)) // 4) <= 3
        assert row[6] >= 700
    assert house.told == []


def test_the_quarters_of_an_hour_that_is_not_over_are_not_shown():
    house = House(T0, "stale")
    house.run(2 * 3600 + 1000)
    rows = house.history("quarter", utc(2026, 11, 26, 23), utc(2026, 11, 27, 23))
    assert rows[-1][0] == utc(2026, 11, 27, 0) - 900


def test_an_hourly_list_that_is_lost_costs_the_hours_resolution_and_no_energy():
    house = House(T0, "seldom")
    house.run(3600 + 1790)
    house.step(heard=False)  # the hour's list
    house.run(2 * 3600)
    begin = utc(2026, 11, 26, 23)
    hours = house.history("hour", begin, begin + 3 * 3600)
    assert [row[1] for row in hours] == ["interpolated", "interpolated"]
    assert sum(energies(hours)) == 2400
    quarters = house.history("quarter", begin, begin + 2 * 3600)
    assert sum(energies(quarters)) == 2400 and len(quarters) == 8
    assert house.rings.days.list  # midnight's, too


def test_registers_of_whole_kwh_are_taken_as_they_are():
    rings, ledger = _ledger()
    for n in range(0, 6 * 3600, 10):
        kwh = 5000 + n // 3 // 1000 + (n % 3000 > 1500)
        ledger.take(reading(T0 + n, [kwh // 1 * 1000], [1200]))
    assert len(rings.quarters.list) == 23


def test_a_house_without_any_load_is_measured():
    house = House(T0)
    house.run(7200, (0, 0, 0, 0))
    house.run(1800, (2000, 0, 0, 0))
    rows = house.history("quarter", T0 + 900, T0 + 9000)
    assert energies(rows) == [0] * 7 + [500, 500] and {row[1] for row in rows} == {"measured"}


def test_readings_without_time_go_by_the_clock_that_is_carried_on_and_then_by_the_network_s():
    for given in ({"carried": T0 + 890}, {"network": T0 + 890}):
        rings, ledger = _ledger(**given)
        ledger.take(reading(T0, [1000]))
        ledger.take(reading(T0 + 880, [1000]))
        ledger.take(reading(None, [2000]))
        ledger.take(reading(T0 + 905, [3000]))
        assert registers(rings.quarters.last())[0] == 2000


def test_without_any_clock_nothing_is_recorded_and_that_is_told_once():
    told = []
    rings, ledger = _ledger(told=told)
    for n in range(200):
        ledger.take(reading(None, [n]))
    assert not rings.quarters.list and len(told) == 1 and "no time" in told[0]


def test_a_network_clock_that_differs_is_told_once_and_changes_nothing():
    house = House(T0)
    house.network = T0 + 500
    house.run(86400 * 2, step=60)
    assert len(house.told) == 1 and "behind the network's" in house.told[0]
    assert len(house.rings.days.list) == 2


def test_a_clock_set_back_by_seconds_writes_no_boundary_twice():
    house = House(T0)
    house.run(905)
    house.ahead = -8
    house.run(900)
    assert times(house.rings.quarters) == [T0 + 900, T0 + 1800] or \
        times(house.rings.quarters) == [T0 + 900]
    assert house.told == []


def test_a_clock_that_was_hours_ahead_is_told_and_the_later_records_count():
    house = House(T0)
    house.ahead = 6 * 3600
    house.run(2 * 3600)
    house.ahead = 0
    house.run(12 * 3600)
    assert len(house.told) == 1 and "went back by 21590 seconds" in house.told[0]
    rows = house.history("quarter", T0 + 2 * 3600, T0 + 14 * 3600)
    assert [row[0] for row in rows] == list(range(T0 + 7200, T0 + 14 * 3600, 900))
    assert {row[1] for row in rows[1:]} == {"measured"}
    assert set(energies(rows[1:])) == {300}


def test_a_quarter_in_which_the_clock_was_set_back_is_not_called_measured():
    house = House(T0)
    house.run(1400)
    house.ahead = -300
    house.run(1400)
    assert house.rings.quarters.list[1][-2] == 2


def test_a_clock_that_jumps_ahead_leaves_a_gap_and_loses_nothing():
    house = House(T0)
    house.run(1800)
    house.ahead = 5 * 3600
    house.run(3600)
    rows = house.history("quarter", T0 + 900, T0 + 5 * 3600 + 5400)
    assert sum(filter(None, energies(rows))) == 300 * 5
    assert house.told == []


def test_another_meter_begins_an_epoch_and_nothing_is_booked_between_them():
    house = House(T0)
    house.run(3000)
    house.meter = "SIM2"
    house.start = [5_000_000, 0, 0, 0]
    house.run(4200)
    assert len(house.told) == 1 and "another meter, SIM2" in house.told[0]
    rows = house.history("quarter", T0 + 900, T0 + 7200)
    assert energies(rows) == [300, 300, None, 300, 300, 300, 300]
    assert rows[2][1] == "missing"


def test_another_meter_is_noticed_across_a_restart():
    house = House(T0)
    house.run(1900)
    house.meter = "SIM2"
    house.restart()
    house.run(1800)
    assert len(house.told) == 1 and "another meter" in house.told[0]
    assert energies(house.history("quarter", T0 + 900, T0 + 3600)) == [300, None, 300]


def test_a_number_that_is_learned_later_begins_no_epoch():
    house = House(T0)
    house.meter = ""
    house.run(1900)
    house.meter = "SIM1"
    house.run(1800)
    house.restart()
    house.run(1800)
    assert house.told == []
    assert energies(house.history("quarter", T0 + 900, T0 + 4500)) == [300] * 4


def test_a_register_that_falls_is_told_and_not_booked_and_goes_on_when_it_is_back():
    house = House(T0)
    house.run(1700)
    house.start[0] -= 500_000
    house.run(200)
    house.start[0] += 500_000
    house.run(1700)
    assert len(house.told) == 1
    assert "register of import fell from 1000300 to 500600" in house.told[0]
    rows = house.history("quarter", T0 + 900, T0 + 3600)
    assert energies(rows) == [None, 600, 300]
    assert [row[1] for row in rows] == ["missing", "missing", "measured"]


@pytest.mark.parametrize("wh", [-500_000, 12_000])
def test_registers_that_go_on_from_there_begin_an_epoch_where_they_were_held_back(wh):
    house = House(T0, fuse=16)
    house.run(1700)
    house.start[0] += wh
    house.run(400, (2500, 0, 100, 0))
    house.run(2600)
    assert "not booked" in house.told[0] and "go on from there" in house.told[1]
    assert len(house.told) == 2
    rows = house.history("quarter", T0 + 900, T0 + 4500)
    assert energies(rows) == [None, 408, 300, 300]  # the second begins at the one held back
    assert [row[1] for row in rows] == ["missing", "measured", "measured", "measured"]
    assert [row[6] for row in rows] == [2500, 2500, 1200, 1200]  # each with its own powers


def test_a_day_that_begins_with_registers_held_back_has_its_energy():
    house = House(utc(2026, 11, 27, 22, 10))  # ten past 23 here
    house.run(1800)
    house.start[0] -= 500_000
    house.run(25 * 3600)
    rows = house.history("day", utc(2026, 11, 26, 23), utc(2026, 11, 28, 23))
    assert energies(rows) == [None, 24 * 1200]


@pytest.mark.parametrize("wh", [-400_000, 400_000])
@pytest.mark.parametrize("lost", [0, 3])
def test_registers_that_come_once_an_hour_go_on_from_there_too(wh, lost):
    house = House(T0, "seldom")
    house.run(2 * 3600 + 1700)
    house.start[0] += wh
    house.run(3600 * lost, heard=False)
    house.run(5 * 3600)
    assert len(house.told) == 2 and "go on from there" in house.told[1]
    rows = house.history("hour", T0 + 1800, house.now)
    assert energies(rows) == [1200, *[None] * (lost + 1), *[1200] * 4]


def test_a_step_that_the_main_fuse_does_not_allow_is_held_back_and_told():
    house = House(T0, fuse=16)
    house.run(1700)
    house.start[0] += 12_000
    house.run(200)
    assert "more than the main fuse allows" in house.told[0] and len(house.told) == 1
    house = House(T0, fuse=0)  # not known: 80 A are assumed
    house.run(1700)
    house.start[0] += 12_000
    house.run(3000)
    assert house.told == []


def test_what_the_main_fuse_allows_is_booked_also_after_an_outage():
    house = House(T0, fuse=16)
    house.run(1000)
    house.run(40 * 3600, (16 * 690, 0, 0, 0), step=3600, heard=False)
    house.run(2000)
    assert house.told == []
    assert sum(filter(None, energies(house.history("quarter", T0 + 900, house.now)))) > 440_000


@pytest.mark.parametrize("end", [100_000_000, 1_000_000_000, 0xFFFFFFFF])
def test_a_register_that_rolls_over_goes_on(end):
    rings, ledger = _ledger(told=(told := []))
    for n in range(0, 4000, 10):
        ledger.take(reading(T0 + n, [(end - 600 + n // 3) % end]))
    assert len(told) == 1 and "began at 0 again" in told[0]
    from fixtures.ledger import told as history
    assert energies(history(rings, "quarter", T0 + 900, T0 + 3600)) == [300] * 3


def test_registers_beyond_32_bits_are_kept_by_their_differences():
    rings, ledger = _ledger()
    for n in range(0, 4000, 10):
        ledger.take(reading(T0 + n, [99_999_000_000 + n]))
    from fixtures.ledger import told as history
    assert energies(history(rings, "quarter", T0 + 900, T0 + 3600)) == [900] * 3


def test_a_register_that_one_telegram_leaves_out_is_taken_from_the_one_before():
    house = House(T0)
    house.run(890)
    before = house.registers()
    house.now += 10
    house.ledger.take(reading(house.now, [before[0] + 3], meter="SIM1"))
    assert registers(house.rings.quarters.last()) == [before[0] + 3, *before[1:]]


def test_a_flash_that_takes_nothing_costs_records_and_is_told_once():
    house = House(T0)

    def full(payload):
        raise OSError(28)
    house.run(1000)
    house.rings.quarters.append = full
    house.run(3600)
    del house.rings.quarters.append
    house.run(3600)
    assert len(house.told) == 1 and "could not be written" in house.told[0]
    assert sum(filter(None, energies(house.history("quarter", T0 + 900, T0 + 7200)))) == 300 * 7


def test_what_the_ledger_tells_is_limited():
    house = House(T0)
    for n in range(200):
        house.meter = f"SIM{n}"
        house.step()
    assert len(house.told) == 30


def test_the_other_meters_are_kept_once_a_day():
    rings, ledger = _ledger()
    for t in range(T0, T0 + 3 * 86400, 300):
        at = t // 3600 * 3600
        ledger.take(reading(t, [t - T0], channels={
            1: {"type": 3, "id": "G4", "value": (1000 * (at - T0), 3), "unit": "m3",
                "time": (at + 3600, 60)},
            2: {"type": 7, "value": (500, 0), "unit": "m3"}, 3: {"type": 4}}))
    rows = rings.channels.list
    assert {len(row) for row in rows} == {12}
    gas = [row for row in rows if row[4] == 1]
    assert [int.from_bytes(row[:4], "little") for row in gas] == [
        utc(2026, 11, 26, 22), *(utc(2026, 11, n, 23) for n in (26, 27, 28))][-len(gas):]
    assert gas[-1][5] == 3 and gas[-1][10] == 1
    assert len([row for row in rows if row[4] == 2]) == 4 and len(rows) == 7


def test_records_of_hourly_registers_are_marked():
    house = House(T0, "stale")
    house.run(3600)
    assert {row[-2] & ESTIMATE for row in house.rings.quarters.list} == {ESTIMATE}
    house = House(T0, "stale")
    house.run(3600, (0, 0, 0, 0))
    assert {row[-2] for row in house.rings.quarters.list} == {HOURLY}
