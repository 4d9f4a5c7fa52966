"""What chargers are told by MQTT: pairs worked out by hand from their makers' documents (go-e's
API keys: `ids`; SmartEVSE's docs/configuration.md: deciampere, negative while exporting), when
they are told, and a real mosquitto."""

import asyncio

import pytest

from fixtures.fakes_outputs import House, mosquitto, mqtt_output, running, until
from fixtures.outputs_beside import Subscriber
from microhan.outputs.mqtt import chargers
from microhan.outputs.mqtt.chargers import Chargers

GOE, SMARTEVSE = "go-eCharger/123456/ids/set", "SmartEVSE/12345/Set/MainsMeter"


class Clock:
    """time.ticks_ms(), set by hand."""

    def __init__(self, monkeypatch):
        self.ms = 0
        monkeypatch.setattr(chargers.time, "ticks_ms", lambda: self.ms)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def both(house):
    return Chargers("go-eCharger/123456", "SmartEVSE/12345/", house.hub)


def due(one):
    """{topic: payload} of all that is due now."""
    out = {}
    while message := one.next():
        out[message[0]] = message[1]
    return out


def phases(*milliamperes, imports=(), exports=()):
    out = {f"current_l{n}_a": value for n, value in enumerate(milliamperes, 1)
           if value is not None}
    out.update({f"active_power_import_l{n}_w": value for n, value in enumerate(imports, 1)})
    out.update({f"active_power_export_l{n}_w": value for n, value in enumerate(exports, 1)})
    return out


TOTAL = {"active_power_import_w": 0, "active_power_export_w": 0}


@pytest.mark.parametrize("values, watts, deciamperes", [
    # 1,234 W are taken; 10.0, 0.5 and 16.25 A: a tenth each, what is beyond is cut
    ({"active_power_import_w": 1234, "active_power_export_w": 0,
      **phases(10_000, 500, 16_250, imports=(1, 1, 1), exports=(0, 0, 0))},
     1234, "100:5:162"),
    # SmartEVSE's own example: "-5 means 0.5A exporting"
    ({"active_power_import_w": 0, "active_power_export_w": 5678,
      **phases(10_000, 500, 9990, imports=(2300, 0, 0), exports=(0, 115, 7863))},
     -5678, "100:-5:-99"),
    # nothing to either side
    ({**TOTAL, **phases(0, 0, 90, imports=(0, 0, 0), exports=(0, 0, 20))}, 0, "0:0:0"),
    # no power of the phases: as sent, and a sign that the meter itself gives stays
    ({"active_power_import_w": 0, "active_power_export_w": 700, **phases(-3100, 400, 0)},
     -700, "-31:4:0"),
    # the house exports, but one of its phases is nearly full: it must not look empty
    ({"active_power_import_w": 0, "active_power_export_w": 3000, **phases(19_900, 9000, 9000)},
     -3000, "199:90:90"),
    # one phase only, as far as the meter ever said
    ({"active_power_import_w": 460, "voltage_l1_v": 230_000, "current_l1_a": 2000},
     460, "20:0:0"),
    # a phase without a current is not a current of 0
    ({"active_power_import_w": 460, "voltage_l2_v": 230_000, **phases(2000, None, 1000)},
     460, None),
    # no current at all; no power at all
    ({"active_power_import_w": 460}, 460, None),
    (phases(1000, 2000, 3000), None, "10:20:30"),
    ({"active_energy_import_kwh": 5}, None, None),
])
def test_what_is_sent(clock, values, watts, deciamperes):
    house = House()
    one = both(house)
    house.publish(**values)
    wanted = {}
    if watts is not None:
        wanted[GOE] = '{"pGrid":%d}' % watts
    if deciamperes is not None:
        wanted[SMARTEVSE] = deciamperes
    assert due(one) == wanted
    assert not due(one)


def test_before_the_first_telegram_nothing_is_sent_and_nobody_spins(clock):
    one = both(House())
    assert not due(one) and one.ms_left() == 5000


def test_values_are_sent_again_every_five_seconds_until_they_are_stale(clock):
    house = House()
    one = both(house)
    values = {"active_power_import_w": 700, "active_power_export_w": 0, **phases(1000, 0, 0)}
    wanted = {GOE: '{"pGrid":700}', SMARTEVSE: "10:0:0"}
    for _ in range(3):
        house.publish(**values)
        assert due(one) == wanted  # at once
        clock.ms += 4999
        assert not due(one) and one.ms_left() == 1
        clock.ms += 1
        assert due(one) == wanted and one.ms_left() == 5000
        clock.ms += 5000
    # The meter falls silent: House's clock is now 10 s behind the last telegram.
    assert due(one) == wanted
    house.now += 20
    clock.ms += 5000
    assert due(one) == wanted
    house.now += 1
    for _ in range(20):
        clock.ms += 5000
        assert not due(one) and one.ms_left() == 5000
    house.publish(**values)
    assert due(one) == wanted


def test_what_comes_seldom_is_no_measure(clock):
    """A meter that tells its power once a minute would be three minutes old before it is stale."""
    house = House()
    one = both(house)
    for expected in ({GOE, SMARTEVSE}, set(), set()):
        house.publish(active_power_import_w=700, active_power_export_w=0, **phases(1000, 0, 0))
        assert set(due(one)) == expected
        house.now += 50  # and the ten of publish()


def test_a_telegram_without_power_in_between(clock):
    """Lists in turn, one each five seconds."""
    house = House()
    one = both(house)
    for n in range(4):
        house.publish(active_power_import_w=700 + n)
        house.now -= 5
        clock.ms += 2500
        assert due(one)[GOE] == '{"pGrid":%d}' % (700 + n)
        house.publish(active_power_import_w=700 + n, active_power_export_w=0,
                      **phases(1000 * n, 0, 0))
        house.now -= 5
        clock.ms += 2500
        assert due(one) == {GOE: '{"pGrid":%d}' % (700 + n), SMARTEVSE: f"{10 * n}:0:0"}


def test_one_charger_alone(clock):
    for topics, wanted in (("go-eCharger/1", ""), {"go-eCharger/1/ids/set"}), (
            ("", "SmartEVSE/1"), {"SmartEVSE/1/Set/MainsMeter"}):
        house = House()
        one = Chargers(*topics, house.hub)
        house.publish(active_power_import_w=700, **phases(1000, 0, 0))
        assert set(due(one)) == wanted


def test_short_memory_costs_one_message(clock, monkeypatch):
    house = House()
    one = both(house)
    house.publish(active_power_import_w=700)

    def full():
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(house.hub.state, "reading", full)
        assert not due(one)
    clock.ms += 5000
    assert due(one) == {GOE: '{"pGrid":700}'}


def test_a_real_broker_has_it_live_only(tmp_path):
    """Not retained: a charger that comes later must not be told what was."""
    house = House()

    async def all_of_it():
        with mosquitto(tmp_path, "allow_anonymous true", "persistence false") as port:
            subscriber = Subscriber(port, GOE, SMARTEVSE)
            task = asyncio.create_task(subscriber.read())
            await asyncio.wait_for(subscriber.ready.wait(), 60)
            out = mqtt_output(house, port)
            out.chargers = both(house)

            async def talk(out):
                await until(lambda: out.status()["state"] == "ok")
                for watts in (100, 250):
                    house.publish(active_power_import_w=watts, **phases(watts * 10, 0, 0))
                    await until(lambda w=watts: '{"pGrid":%d}' % w in subscriber.of(GOE))
                await until(lambda: subscriber.of(SMARTEVSE)[-1:] == ["25:0:0"])
                await until(lambda: out.status()["sent"] == 2)
                count = len(subscriber.of(GOE))
                await until(lambda: len(subscriber.of(GOE)) >= count + 2)  # by itself

            await running(out, talk)
            late = Subscriber(port, GOE, SMARTEVSE)
            reading_late = asyncio.create_task(late.read())
            await asyncio.wait_for(late.ready.wait(), 60)
            for one in (subscriber, late):
                one.process.kill()
                one.process.wait()
            await task
            await reading_late
            return subscriber.messages, late.messages

    messages, late = asyncio.run(all_of_it())
    assert not late
    assert {message[0] for message in messages} == {False}
