"""The hub: bounded queues, State, staleness, what is older than the newest telegram."""

import json

from microhan.hub.hub import Hub
from microhan.reading.fields import INDEX
from microhan.reading.reading import Reading


class Clock:
    def __init__(self):
        self.s = 0

    def __call__(self):
        return self.s


def reading(seconds=None, **values):
    r = Reading()
    if seconds is not None:
        r.put(0, seconds)
    for key, value in values.items():
        r.put(INDEX[key], value)
    return r


def make():
    clock = Clock()
    numbers = iter(range(1, 10000))
    return Hub(clock, lambda: next(numbers)), clock


def test_a_slow_follower_loses_its_own_oldest():
    hub, _ = make()
    woken = []
    slow = hub.follow(2, lambda: woken.append("slow"))
    quick = hub.follow(8, lambda: woken.append("quick"))
    for n in range(5):
        hub.publish(reading(n), lambda: b"", True)
    assert [slow.get().seq, slow.get().seq, slow.get()] == [4, 5, None]
    assert (slow.dropped, quick.dropped, quick.queued) == (3, 0, 5)
    assert quick.get().seq == 1
    assert woken == ["slow", "quick"] * 5
    slow.close()
    hub.publish(reading(9), lambda: b"", True)
    assert slow.get() is None and quick.queued == 5


def test_what_a_full_queue_pushes_out_is_handed_over_and_counted_only_if_nobody_takes_it():
    hub, _ = make()
    taken = []

    def keep(reading):
        taken.append(reading.seq)
        return reading.seq != 2

    follower = hub.follow(2, lambda: None, keep)
    for n in range(5):
        hub.publish(reading(n), lambda: b"", True)
    assert taken == [1, 2, 3] and follower.dropped == 1
    assert follower.first().seq == 4 and follower.queued == 2
    assert [follower.get().seq, follower.get().seq, follower.first()] == [4, 5, None]


def test_a_change_of_the_diagnosis_is_told_once():
    hub, _ = make()
    follower = hub.follow(1, lambda: None)
    assert not follower.diagnosis_changed()
    hub.diagnose("anything")
    assert follower.diagnosis_changed() and not follower.diagnosis_changed()
    assert hub.diagnosis == "anything"


def test_state_keeps_registers_and_forgets_momentary_values():
    hub, clock = make()
    for n in range(4):
        clock.s = n * 10
        extra = {"active_energy_import_kwh": 5000} if n == 1 else {}
        hub.publish(reading(n * 10, active_power_import_w=100 + n, **extra), lambda: b"", True)
    got = json.loads(hub.state.json())
    assert got["active_power_import_w"] == 103
    assert got["active_energy_import_kwh"] == 5
    assert got["as_of"] == {"active_energy_import_kwh": "2000-01-01T00:00:10+01:00"}
    assert hub.state.interval() == 10
    clock.s = 60
    assert json.loads(hub.state.json())["active_power_import_w"] == 103
    clock.s = 61  # three intervals and a second
    got = json.loads(hub.state.json())
    assert "active_power_import_w" not in got and got["active_energy_import_kwh"] == 5
    assert hub.state.wall_clock() == "2000-01-01T00:01:01+01:00"


def test_one_lost_telegram_does_not_change_the_interval():
    hub, clock = make()
    for s in (0, 10, 30, 40, 50):
        clock.s = s
        hub.publish(reading(s, voltage_l1_v=230000), lambda: b"", True)
        if s >= 10:
            assert hub.state.interval_of(INDEX["voltage_l1_v"]) == 10
    version = hub.state.version
    clock.s = 60
    hub.publish(reading(60, voltage_l1_v=230000), lambda: b"", True)
    assert hub.state.version == version


def test_another_meter_forgets_the_last_one():
    hub, _ = make()
    hub.publish(reading(1, meter_id="A", active_energy_import_kwh=1), lambda: b"", True)
    hub.publish(reading(2, active_energy_export_kwh=2), lambda: b"", True)  # no number: the same
    assert hub.state.seen(INDEX["active_energy_import_kwh"])
    hub.publish(reading(3, meter_id="B"), lambda: b"", True)
    assert json.loads(hub.state.json()) == {
        "time": "2000-01-01T00:00:03+01:00", "meter_id": "B", "as_of": {}}


def test_a_state_without_readings_is_empty():
    hub, _ = make()
    assert hub.state.json() == b'{"as_of":{}}'
    assert hub.state.wall_clock() is None and hub.raw == b"" and hub.reading is None


def test_raw_is_the_newest_telegram():
    hub, _ = make()
    hub.publish(reading(1), lambda: b"/KAM5", True)
    assert hub.raw == b"/KAM5" and hub.raw_is_text


def shown(hub, **values):
    """What /reading.json has of `values` (by key) after they were published."""
    hub.publish(reading(**values), lambda: b"", True)
    return json.loads(hub.state.json())


GAS = {"type": 3, "id": "G1", "value": (1_500, 3), "unit": "m3", "time": (86_400, 60)}
WATER = {"type": 7, "value": (2_000, 3), "unit": "m3"}


def test_state_keeps_extra_fields_and_says_how_old_they_are():
    hub, clock = make()
    for n in range(3):
        clock.s = n * 10
        hub.publish(reading(n * 10, frequency_hz=(50_010, 2), tariff="0002", limiter_w=9_000),
                    lambda: b"", True)
    clock.s = 30
    got = shown(hub, time=30)
    assert (got["frequency_hz"], got["tariff"], got["limiter_w"]) == (50.01, "0002", 9000)
    assert set(got["as_of"]) == {"frequency_hz", "tariff", "limiter_w"}
    clock.s = 51  # three intervals and a second: a frequency is of its moment, a tariff stays
    got = shown(hub, time=51)
    assert "frequency_hz" not in got and got["tariff"] == "0002" and got["limiter_w"] == 9000


def test_a_message_is_over_when_it_is_left_out():
    hub, clock = make()
    for n in range(3):
        clock.s = n * 10
        got = shown(hub, time=n * 10, message="Power cut at 9")
    assert got["message"] == "Power cut at 9" and got["as_of"] == {}
    for clock.s in (30, 40, 50):
        got = shown(hub, time=clock.s)
    assert set(got["as_of"]) == {"message"}
    clock.s = 60
    assert "message" not in shown(hub, time=60)


def test_a_channel_that_is_left_out_stays_if_its_time_says_how_old_it_is():
    hub, clock = make()
    shown(hub, channels={1: GAS, 2: WATER})
    got = shown(hub, channels={3: WATER})["channels"]
    assert set(got) == {"1", "2", "3"}
    assert got["1"]["value"] == 1.5 and got["1"]["time"] == "2000-01-02T00:00:00+01:00"
    assert got["2"] == {"type": 7}
    clock.s = 10
    got = shown(hub, time=5)
    assert set(got["as_of"]) == {"channels"} and got["channels"]["3"]["value"] == 2


def test_a_channels_value_its_unit_and_its_time_are_of_one_telegram():
    hub, _ = make()
    shown(hub, channels={1: GAS})
    got = shown(hub, channels={1: {"value": (1_600, 3)}})["channels"]["1"]
    assert got == {"type": 3, "id": "G1", "value": 1.6}
    shown(hub, channels={1: GAS})
    got = shown(hub, channels={1: {"time": (90_000, 60)}})["channels"]["1"]
    assert got == {"type": 3, "id": "G1", "time": "2000-01-02T01:00:00+01:00"}
    shown(hub, channels={1: GAS})
    assert shown(hub, channels={1: {"type": 3}})["channels"]["1"]["value"] == 1.5


def test_another_meter_on_a_channel_forgets_the_last_one():
    hub, _ = make()
    shown(hub, channels={1: GAS | {"valve": "1"}})
    assert shown(hub, channels={1: {"id": "G2"}})["channels"]["1"] == {"id": "G2"}


def test_a_new_peak_without_its_time_has_not_the_last_one_s():
    hub, _ = make()
    got = shown(hub, demand_peak_import_w=5_000, demand_peak_time=(86_400, 60))
    assert got["demand_peak_time"] == "2000-01-02T00:00:00+01:00"
    got = shown(hub, demand_peak_import_w=6_000)
    assert got["demand_peak_import_w"] == 6000 and "demand_peak_time" not in got


def test_what_a_reading_holds_is_not_changed_by_the_next_one():
    hub, _ = make()
    hub.publish(reading(channels={1: GAS}), lambda: b"", True)
    first, state = hub.reading, hub.state.reading()
    hub.publish(reading(channels={1: WATER, 2: WATER}), lambda: b"", True)
    assert first.get("channels") == {1: GAS} and state.get("channels") == {1: GAS}


def test_a_channel_that_says_more_raises_the_version():
    hub, clock = make()

    def version(**values):
        shown(hub, **values)
        clock.s += 10
        return hub.state.version

    version(channels={1: GAS})
    version(channels={1: GAS})
    known = version(channels={1: GAS})
    assert version(channels={1: GAS | {"value": (9_999, 3)}}) == known
    assert version(channels={1: GAS, 2: WATER}) > known
    known = hub.state.version
    assert version(channels={1: GAS | {"valve": "0"}, 2: WATER}) > known


def test_fields_that_swedish_meters_do_not_send_are_kept_by_their_kind():
    hub, clock = make()
    history = (((0, 60), 4000),)
    for s in (0, 10, 20):
        clock.s = s
        hub.publish(reading(s, frequency_hz=(50_000 + s, 2), tariff="0001",
                            demand_history=history), lambda: b"", True)
    newest = hub.reading.wide
    clock.s = 30
    hub.publish(reading(30, tariff="0002"), lambda: b"", True)
    got = json.loads(hub.state.json())
    assert got["tariff"] == "0002" and got["frequency_hz"] == 50.02
    assert got["as_of"] == {"frequency_hz": "2000-01-01T00:00:20+01:00",
                            "demand_history": "2000-01-01T00:00:20+01:00"}
    clock.s = 60
    got = json.loads(hub.state.json())
    assert "frequency_hz" not in got and got["demand_history"][0]["w"] == 4000
    assert hub.state.interval_of(INDEX["tariff"]) == 10
    assert newest[INDEX["tariff"]] == "0001"  # what Readings share is not written to
    hub.publish(reading(70, meter_id="A"), lambda: b"", True)
    hub.publish(reading(80, meter_id="B"), lambda: b"", True)
    assert not hub.state.seen(INDEX["tariff"]) and "tariff" not in hub.state.json().decode()


def channels(hub, **members):
    hub.publish(reading(1, channels={1: members}), lambda: b"", True)
    return json.loads(hub.state.json())["channels"]


def test_a_channel_keeps_what_a_telegram_leaves_out():
    hub, _ = make()
    first = {"type": 3, "id": "A", "value": (1000, 3), "unit": "m3", "time": (0, 60)}
    assert channels(hub, **first) == {"1": {"type": 3, "id": "A", "value": 1, "unit": "m3",
                                            "time": "2000-01-01T00:00:00+01:00"}}
    kept = hub.state.reading().get("channels")
    assert channels(hub, id="A", valve="connected")["1"]["valve"] == "connected"
    assert "valve" not in kept[1]  # what was given away is not written to
    # a value without a time of its own does not get the last one's
    assert channels(hub, id="A", value=(2000, 3), unit="m3") == {
        "1": {"type": 3, "id": "A", "value": 2, "unit": "m3", "valve": "connected"}}
    hub.publish(reading(2, channels={2: {"id": "C"}}), lambda: b"", True)
    assert channels(hub)["2"] == {"id": "C"}
    # another meter hangs there now
    assert channels(hub, id="B", type=7) == {"1": {"type": 7, "id": "B"}, "2": {"id": "C"}}
