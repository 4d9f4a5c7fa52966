"""The simulation of pin 1's protection: its arithmetic, and that it notices wrong parts."""

import math

import pytest

from fixtures import needs
from simulation import (
    disconnect,
    feed,
    overvoltage,
    protection,
    regulator,
    reversal,
    spice,
    waves,
)
from simulation.protection import PARTS, PIN_1, Build

pytestmark = pytest.mark.skipif(
    not spice.available(), reason=needs.reason("ngspice", spice.HOW_TO_GET))


def test_figures_of_a_wave():
    plot = {"time": [0.0, 1.0, 2.0, 3.0], "v(a)": [0, 2, 2, 0], "v(b)": [0, 1, 1, 1]}
    assert waves.minus(plot, "v(a)", "v(b)") == [0, 1, 1, -1]
    assert waves.integral(plot, plot["v(a)"]) == 4
    assert waves.integral(plot, plot["v(a)"], 1.0) == 3
    assert waves.longest(plot, plot["v(a)"], lambda v: v > 1) == 1
    assert waves.first(plot, plot["v(a)"], lambda v: v < 1, 0.5) == 3


def test_the_limit_is_the_data_sheets():
    """Its table has 110 to 150 mA at 210 kOhm."""
    least, usual, most = protection.limit_ma(210)
    assert (round(least), round(usual), round(most)) == (110, 129, 151)


def test_the_fuse_trips_as_its_test_says_and_never_at_a_ports_limit():
    assert reversal.trip_seconds(8.0, 20) == pytest.approx(0.15)
    assert reversal.trip_seconds(PARTS["ports_a"][0], 20) == math.inf
    assert reversal.trip_seconds(3.0, 70) < reversal.trip_seconds(3.0, -25)


def test_the_regulator_dips_as_far_as_it_is_told():
    for wanted in (60, 120):
        dip, above = regulator.check_dip(wanted)
        assert dip == pytest.approx(wanted, abs=5) and above < 5


def test_a_legal_port_stays_connected_and_too_much_does_not():
    found = disconnect.run([Build()])[0]
    assert 5.8 < found.closes < found.opens < 6.3 and found.gate < 0.5


@pytest.mark.parametrize("part,value", [("ovp_base_emitter", 10000), ("ovp_top", 30000),
                                        ("ovp_top", 51000), ("ovp_bottom", 1000)])
def test_a_wrong_resistor_is_noticed(monkeypatch, part, value):
    monkeypatch.setitem(PIN_1, part, value)
    found = disconnect.run([Build(temperature=70, u5_idle_ua=PARTS["u5_idle_ua"][1],
                                  q7_hfe=PARTS["q7_hfe"][1])])[0]
    low, high = PIN_1["ovp_limits"]
    assert not (low <= found.opens <= high and found.closes >= 5.5)


def test_without_u5_15_volts_reach_what_is_behind(monkeypatch):
    """The judge of the events is not blind: with the disconnect out of reach, OUT is too high."""
    monkeypatch.setitem(PIN_1, "ovp_bottom", 1000)
    stress = overvoltage.run(("slow",))[0]["slow"]
    assert stress.u4_out > PARTS["u4_most_v"] or stress.d7_mj > 10


def test_without_d10_a_rolled_cord_pulls_out_too_low():
    plot = spice.run([reversal.deck(Build(temperature=70, d10=False), 5.5, 1.0)])[0]
    assert min(plot["v(in)"]) < PARTS["u4_least_v"]


def test_feeding_is_off_unless_it_is_switched_on():
    volts, at_adc = feed.dead_port()
    assert volts < PARTS["sense_dead_v"] and at_adc < 0.1
