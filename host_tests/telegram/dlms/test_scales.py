"""How many watts, amperes and Wh a number of a list without scalers counts."""

import json

import pytest

from fixtures import binary_frames as bf
from fixtures.binary_frames import decode, hdlc
from fixtures.plain_lists import KEY, LGZ, TIME, counters, described, list_of


@pytest.mark.parametrize("amperes,watts,shown", [
    ((400, 200, 601), 258874, 400), ((781, 1482, 643), 6000, 7.81), ((0, 0, 0), 0, 0),
    ((400, 200, 601), 40, None),  # what they count, nothing tells
    ((400, 200, 601), 20000, None)])  # neither hundredths nor whole amperes agree
def test_scales_behind_transformers_are_told_by_the_power(amperes, watts, shown):
    (got,), _ = counters(hdlc(described(amperes, powers=(watts, 0))), unit=1)
    assert got.get("current_l1_a") == shown
    assert got["voltage_l1_v"] == 229 and got["active_power_import_w"] == watts


def test_a_scale_that_was_proven_holds_for_this_meter():
    proven, quiet = described((400, 200, 601)), described((4, 2, 6), powers=(0, 0))
    other = described((4, 2, 6), b"LGZ1030760000001", powers=(0, 0))
    readings, _ = counters(hdlc(quiet) + hdlc(proven) + hdlc(quiet) + hdlc(other), unit=1)
    assert [r.get("current_l1_a") for r in readings] == [None, 400, 4, None]


def pairs():
    """Codes and values, no scaler, no name."""
    items = []
    for c, d, value in ((1, 8, 4408736), (1, 7, 2893), (2, 7, 0), (32, 7, 230), (31, 7, 1300)):
        items += [bf.code(1, 0, c, d, 0), bf.u32(value)]
    return list_of(*items)


def test_codes_without_scaler_get_the_maker_s_scales_from_the_system_title():
    (got,), _ = counters(hdlc(bf.seal(pairs(), title=LGZ)), **KEY)
    assert got == {"time": TIME, "active_energy_import_kwh": 4408.736, "current_l1_a": 13,
                   "active_power_import_w": 2893, "active_power_export_w": 0, "voltage_l1_v": 230}


def test_without_a_maker_they_are_left_out_by_name_until_the_owner_says():
    readings, decoder = decode(hdlc(pairs()))
    assert json.loads(readings[0].json()) == {"time": TIME, "voltage_l1_v": 230}
    assert sum(decoder.newest.list().left_out) == 4
    for units, unit in (((None, 1, 0), 1), ((None, 3, 3), 10)):
        sources = []
        decoder = bf.Decoder(sources.append)
        decoder.units = units
        decoder.feed(hdlc(pairs()), len(hdlc(pairs())))
        got = sources[0].reading(unit)
        assert got.get("current_l1_a") == 1300 * 10 ** units[1]
        assert got.get("active_power_import_w") == 2893 * 10 ** units[2]
        assert got.get("active_energy_import_kwh") == 4408736 * unit


def test_a_power_that_its_amperes_never_carry_is_left_out():
    frame = hdlc(bf.kamstrup(False, powers=(8260, 0, 0, 0), amperes=(237, 89, 75)))
    readings, _ = counters(frame * 4)
    assert [r.get("active_power_import_w") for r in readings] == [8260, 8260, None, None]
