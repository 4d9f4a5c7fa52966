"""The real firmware on lines that nobody has set up: it finds speed, framing and polarity, reads
every kind of telegram, and never says anything that the meter did not.

All scenes run at once (tools/twin/fleet.py); the tests below look at how each ended.
"""

from decimal import Decimal

import pytest

from fixtures import needs
from fixtures.simulated import truth
from meter_model.play import Faults
from twin.fleet import Fleet, first_reading

# Meter -> interval, s: as short as its slow line allows.
SPEAKERS = {
    "kamstrup-p1": 1, "aidon-hdlc": 1, "aidon-segments-hdlc": 1, "iskra-hdlc": 1,
    "lu-smarty-encrypted": 1, "at-est-encrypted": 1, "si-iskra": 1, "dk-nes": 1, "nl-dsmr22": 2,
    "kamstrup-hdlc": 2.5,
    "kaifa-hdlc": 2.5, "no-aidon-hdlc": 2.5, "no-kaifa-hdlc": 2.5, "no-landisgyr-hdlc": 2.5,
    "dk-kamstrup-hdlc": 2.5, "kaifa-mbus": 2.5, "landisgyr-hdlc": 4,
}
# s: far less than the search for another line takes, which a found one must not lead to.
SOON = 20
GARBLED = {"kamstrup-p1": 0.5, "kamstrup-hdlc": 2, "dk-kamstrup-hdlc": 2, "aidon-hdlc": 0.5}
UNITS = {"_kwh": 1000, "_kvarh": 1000, "_v": 1000, "_a": 1000, "_w": 1, "_var": 1}
SCENES = {}


def measured(reading):
    """The numbers of a Reading, in their smallest units."""
    found = {}
    for key, value in reading.items():
        unit = "_" + key.rpartition("_")[2]
        if unit in UNITS and isinstance(value, (int, Decimal)):
            number = value * UNITS[unit]
            assert number == int(number)
            found[key] = int(number)
    return found


def all_true(member):
    """Every Reading says what the meter said at some moment, and nothing else.

    A busy PC may keep a twin from its UART for so long that bytes are lost. Without a checksum
    nobody can know then where a telegram lacks its middle: each value must have been sent.
    """
    snapshots = list(member.twin.snapshots)
    sent = [truth(dialect, snapshot) for dialect, snapshot in snapshots]
    has_gaps = member.twin.port.lost and snapshots[0][0].crc == "none"
    pairs = {pair for values in sent for pair in values.items()}
    assert member.readings
    for _, reading in member.readings:
        got = measured(reading)
        if has_gaps:
            assert got and got.items() <= pairs, f"{member.name}: {reading}"
            continue
        # a Kamstrup's registers stay away until their unit is proven
        assert got and any(
            got == values or got == {k: v for k, v in values.items() if "energy" not in k}
            for values in sent), f"{member.name}: {reading}"


def scene(name, **options):
    """Registers a scene with its twin's options."""
    def register(function):
        SCENES[name] = (function, options)
        return function
    return register


def found_and_true(member):
    yield from first_reading(member)
    yield from member.next_readings(3, 5 * member.twin.options.interval)
    all_true(member)
    assert member.state == "ok"


for _name, _interval in SPEAKERS.items():
    scene(_name, meter=_name, interval=_interval)(found_and_true)
scene("inverted-p1", meter="kamstrup-p1", interval=1, inverted=True)(found_and_true)
scene("inverted-8e1", meter="no-kaifa-hdlc", interval=2.5, inverted=True)(found_and_true)
# what was found in another house
scene("remembered-slow", meter="kamstrup-p1", interval=1, line="2400 7 even 1")(found_and_true)
scene("remembered-fast", meter="no-aidon-hdlc", interval=2.5, line="115200 8 even 1")(
    found_and_true)

@scene("registers", meter="kamstrup-hdlc", interval=2, speed=300,
       config={"meter": {"energy_unit": "1"}})
def registers(member):
    """The hour's list, every 12 s here, has registers that are right to the Wh."""
    yield from first_reading(member)
    key = "active_energy_import_kwh"
    yield from member.until(lambda: sum(key in r for _, r in member.readings) > 1, 60, "registers")
    all_true(member)


@scene("swapped", meter="kamstrup-hdlc", interval=2)
def swapped(member):
    """The grid company turns the binary list into text overnight: 2400 becomes 115200 bit/s."""
    yield from first_reading(member)
    member.twin.swap("kamstrup-p1")
    before = len(member.readings)
    promise = 3 * member.twin.options.interval + 60
    lost = 45  # s of a bad line before a found one is given up
    yield from member.until(lambda: len(member.readings) > before + 1, lost + promise, "the text")
    assert member.readings[-1][1]["identification"] == "KAM5"
    all_true(member)


@scene("format", meter="aidon-hdlc", interval=1)
def another_format(member):
    """The same line, another format: followed with the next telegram."""
    yield from first_reading(member)
    member.twin.swap("landisgyr-p1")
    yield from member.until(lambda: "identification" in member.readings[-1][1], SOON,
                            "the text")
    member.twin.swap("aidon-segments-hdlc")
    yield from member.until(lambda: "identification" not in member.readings[-1][1], SOON,
                            "the list")
    all_true(member)


@scene("silent", meter="kamstrup-p1", interval=1)
def silent(member):
    """It stops, and is told of; it comes back, and is read at once."""
    yield from first_reading(member)
    yield from member.next_readings(3, SOON)
    member.twin.faults = Faults(skip=1)
    yield from member.until(lambda: member.state == "silent", 40, "silent")
    member.twin.faults = None
    yield from member.next_readings(1, SOON)
    yield from member.until(lambda: member.state == "ok", SOON, "ok again")
    all_true(member)


def garbled(member):
    """One byte in a hundred is wrong: Readings are right or absent."""
    yield from first_reading(member)
    interval = member.twin.options.interval
    member.twin.faults = Faults(seed=5, flip=0.01)
    sent = member.twin.sent
    yield from member.until(lambda: member.twin.sent > sent + 30 / interval, 60, "30 s of damage")
    member.twin.faults = None
    yield from member.next_readings(2, 5 * interval + 60)
    all_true(member)


for _name, _interval in GARBLED.items():
    scene("garbled-" + _name, meter=_name, interval=_interval)(garbled)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Every scene, played: {name: Member}."""
    needs.micropython()
    with Fleet(tmp_path_factory.mktemp("fleet")) as fleet:
        for name, (function, options) in SCENES.items():
            fleet.add(name, function, **options)
        fleet.play()
        for member in fleet.members.values():
            if member.found:
                print(f"{member.name:22} first Reading after {member.found:5.1f} s, "
                      f"{member.found / member.twin.options.interval:4.1f} intervals; "
                      f"out of memory {member.starved} times")
        yield {member.name: member for member in fleet.members.values()}


@pytest.mark.parametrize("name", SCENES)
def test_the_scene_ended_as_it_should(played, name):
    if played[name].error:
        raise played[name].error
    assert not played[name].starved  # of memory
