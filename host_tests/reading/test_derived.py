"""What is derived from a Reading, and from the State: never out of two telegrams."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.readings_extra import extra_reading
from microhan.hub.hub import Hub
from microhan.reading import derived as module
from microhan.reading.derived import derived
from microhan.reading.fields import FIELDS, INDEX
from microhan.reading.reading import Reading


def reading(decimals=2, **values):
    out = Reading()
    for key, value in values.items():
        out.put(INDEX[key], value, decimals if key.endswith(("_v", "_a")) else 0)
    return out


def of(seen=(), **values):
    """The derived values of one telegram; `seen`: keys that came before."""
    known = {INDEX[key] for key in seen} | {INDEX[key] for key in values if key != "decimals"}
    told = derived(reading(**values), lambda i: i in known)
    return json.loads("{" + told.rstrip(",") + "}").get("derived", {})


def test_it_counts_fields_as_fields_py_does():
    assert (module._IMPORT, module._EXPORT) == (
        INDEX["active_power_import_w"], INDEX["active_power_export_w"])
    for phase in range(3):
        i = module.I_VOLTAGE + phase
        assert [FIELDS[i + step][0] for step in (
            0, module._CURRENT, module._TAKEN, module._GIVEN)] == [
            name % (phase + 1) for name in ("voltage_l%d_v", "current_l%d_a",
                                            "active_power_import_l%d_w",
                                            "active_power_export_l%d_w")]


def test_net_power_is_import_minus_export():
    assert of(active_power_import_w=1500, active_power_export_w=0) == {"net_power_w": 1500}
    assert of(active_power_import_w=0, active_power_export_w=2500) == {"net_power_w": -2500}
    assert of(active_power_import_w=0, active_power_export_w=0) == {"net_power_w": 0}


@pytest.mark.parametrize("alone", ["active_power_import_w", "active_power_export_w"])
def test_net_power_needs_both(alone):
    assert of(**{alone: 1500}) == {}


@pytest.mark.parametrize(("taken", "given_", "current", "decimals", "shown"), [
    (0, 1500, 6440, 2, "-6.44"), (1500, 0, 6440, 2, "6.44"), (0, 0, 6440, 2, "6.44"),
    (0, 1500, 6000, 0, "-6"), (0, 1500, 5, 3, "-0.005"), (0, 1500, 0, 1, "0.0"),
    (1500, 0, -6440, 2, "-6.44"), (0, 1500, -6440, 2, "-6.44"),  # a sign of its own stays
])
def test_a_current_has_the_sign_of_its_own_phase(taken, given_, current, decimals, shown):
    told = derived(reading(decimals, active_power_import_l2_w=taken,
                           active_power_export_l2_w=given_, current_l2_a=current),
                   lambda i: False)
    assert told == '"derived":{"current_l2_a":%s},' % shown


@pytest.mark.parametrize("lacking", ["import", "export"])
def test_without_its_phase_s_powers_a_current_has_no_sign(lacking):
    values = {"active_power_import_l1_w": 0, "active_power_export_l1_w": 1500,
              "current_l1_a": 6440, "active_power_import_w": 0, "active_power_export_w": 1500}
    del values[f"active_power_{lacking}_l1_w"]
    assert of(**values) == {"net_power_w": -1500}


def test_apparent_power_is_the_sum_of_volts_times_amperes_cut():
    one = {"voltage_l1_v": 230_900, "current_l1_a": 10_999}
    assert of(**one) == {"apparent_power_va": 2539}  # 2539.67
    three = one | {"voltage_l2_v": 231_000, "current_l2_a": -1_000, "voltage_l3_v": 229_000,
                   "current_l3_a": 0}
    assert of(**three) == {"apparent_power_va": 2770}  # 2770.67


@pytest.mark.parametrize("gone", ["voltage_l2_v", "current_l2_a"])
def test_a_phase_without_its_voltage_or_current_leaves_no_apparent_power(gone):
    """A line that could not be read, too: the sum of the others would be a wrong number."""
    values = {"voltage_l1_v": 230_000, "current_l1_a": 1_000, "voltage_l2_v": 230_000,
              "current_l2_a": 1_000}
    del values[gone]
    assert of(**values) == {}
    assert of(seen=["voltage_l2_v", "current_l2_a"], voltage_l1_v=1, current_l1_a=1) == {}


@given(st.integers(-2**31, 2**31), st.integers(-2**31, 2**31))
def test_any_size_of_number(a, b):
    got = of(active_power_import_w=a, active_power_export_w=b, voltage_l1_v=abs(a),
             current_l1_a=b)
    assert got == {"net_power_w": a - b, "apparent_power_va": abs(a) * abs(b) // 10**6}


class Clock:
    s = 0

    def __call__(self):
        return self.s


def test_the_state_derives_from_one_telegram_only():
    """Import every 10 s, export and the phase every 20 s: what would be of two is left out."""
    clock = Clock()
    hub = Hub(clock, lambda: 1)

    def shown(**values):
        hub.publish(reading(**values), lambda: b"", True)
        clock.s += 10
        return json.loads(hub.state.json()).get("derived")

    all_ = {"active_power_import_w": 1, "active_power_export_w": 0, "current_l1_a": 1000,
            "voltage_l1_v": 230_000, "active_power_import_l1_w": 0, "active_power_export_l1_w": 1}
    whole = {"net_power_w": 1, "current_l1_a": -1.0, "apparent_power_va": 230}
    assert shown(**all_) == whole
    assert shown(active_power_import_w=2) == {"current_l1_a": -1.0, "apparent_power_va": 230}
    assert shown(current_l1_a=2000) is None
    assert shown(**all_) == whole
    clock.s += 100
    assert json.loads(hub.state.json()) == {"as_of": {}}  # all too old


def test_it_stands_in_reading_json_and_in_no_reading():
    hub = Hub(lambda: 0, lambda: 1)
    hub.publish(extra_reading(), lambda: b"", True)
    assert json.loads(hub.state.json())["derived"] == {
        "net_power_w": -1500, "current_l1_a": -6.44, "apparent_power_va": 1501}
    assert "derived" not in hub.reading.json()  # /events and push
