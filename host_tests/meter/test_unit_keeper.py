"""Wh or 10 Wh, wired: found out, kept with the meter's number, dropped with another meter."""

import random

import pytest

from fixtures import binary_frames as bf
from fixtures.meter_wire import Reader, Wire
from meter.test_energy_unit import stamp
from meter.test_meter import micropython_dialect  # noqa: F401
from meter_model.line_model import Line
from microhan.reading.fields import INDEX

IMPORT = "active_energy_import_kwh"
NUMBER = "5706567331323526"


class House(Wire):
    """A Kamstrup meter that counts in `unit` Wh and sends every 10 s; its registers once an hour.
    No wire: `hours` feeds whole telegrams and lets the clock go on."""

    def __init__(self, unit, watts=2000, number=NUMBER):
        super().__init__(lambda n: b"", lambda s: Line(2400))
        self.unit, self.watts, self.number = unit, watts, number
        self.energy = 32_014_158 * 3600  # Ws
        self.second = 0
        self.rng = random.Random(2)
        self.power = watts

    def hours(self, reader, hours):
        """Readings of so many hours, in their order."""
        readings = []
        for _ in range(hours * 360):
            hourly = self.second % 3600 == 0
            frame = bf.hdlc(bf.kamstrup(
                hourly, powers=(self.power, 0, 0, 0), when=stamp(self.second), number=self.number,
                registers=(self.energy // 3600 // self.unit, 0, 0, 0)))
            self.ms += 10_000
            self.second += 10
            before = reader.hub.reading
            reader.meter.parser.feed(frame, len(frame))
            assert reader.hub.reading is not before
            readings.append(reader.hub.reading)
            self.energy += self.power * 10
            self.power = self.watts + self.rng.randrange(-self.watts // 2, self.watts // 2)
        return readings


def reader_of(house, tmp_path, **changes):
    return Reader(house, data=str(tmp_path), **changes)


def unit(reader):
    return reader.meter.status()["energy_unit"]


@pytest.mark.parametrize("wh", [1, 10])
def test_found_kept_and_used_from_then_on(tmp_path, wh):
    house = House(wh)
    reader = reader_of(house, tmp_path)
    assert unit(reader) is None
    readings = house.hours(reader, 1)
    assert {r.get(IMPORT) for r in readings} == {None}
    assert unit(reader) == {"wh": None, "by": "unknown"}
    readings = house.hours(reader, 2)
    # the telegram that proves it carries the register already
    assert readings[0].get(IMPORT) == house_energy(readings[0], house, wh)
    assert readings[360].get(IMPORT) > readings[0].get(IMPORT)
    assert [r.get(IMPORT) for r in readings[1:360]] == [None] * 359
    assert reader.hub.state.reading().get(IMPORT) == readings[360].get(IMPORT)
    assert unit(reader) == {"wh": wh, "by": "evidence"} and not reader.warnings
    assert (tmp_path / "energy_unit").read_text() == f"{wh} {NUMBER}"
    again = reader_of(house, tmp_path)
    readings = house.hours(again, 1)
    assert readings[0].get(IMPORT) is not None and unit(again) == {"wh": wh, "by": "flash"}


def house_energy(reading, house, wh):
    """The register of a Reading lies within what the house can have used by then."""
    value = reading.get(IMPORT)
    assert value % wh == 0 and 32_014_158 // 10 * 10 < value < 32_014_158 + 4000
    return value


def test_another_meter_begins_anew(tmp_path):
    house = House(10)
    reader = reader_of(house, tmp_path)
    house.hours(reader, 2)
    assert unit(reader)["wh"] == 10
    other = House(1, number="5706567000000000")
    other.second = house.second
    readings = other.hours(reader, 1)
    assert {r.get(IMPORT) for r in readings} == {None}
    assert unit(reader) == {"wh": None, "by": "unknown"}
    other.hours(reader, 2)
    assert unit(reader) == {"wh": 1, "by": "evidence"}
    assert (tmp_path / "energy_unit").read_text() == "1 5706567000000000"
    # after a restart the decision of the one is not taken for the other
    back = reader_of(House(10), tmp_path)
    assert back.wire.hours(back, 1)[0].get(IMPORT) is None


def test_the_owner_s_word_holds_and_evidence_against_it_is_told(tmp_path):
    house = House(1)
    reader = reader_of(house, tmp_path, energy_unit="10")
    readings = house.hours(reader, 3)
    assert readings[0].get(IMPORT) is not None and readings[0].get(IMPORT) > 300_000_000
    assert unit(reader) == {"wh": 10, "by": "owner"}
    assert len(reader.warnings) == 1 and "meter.energy_unit" in reader.warnings[0]
    assert not (tmp_path / "energy_unit").exists()


def test_a_meter_that_is_switched_to_wh_is_warned_of_and_not_silently_followed(tmp_path):
    house = House(10)
    reader = reader_of(house, tmp_path)
    house.hours(reader, 4)
    house.unit = 1
    house.hours(reader, 2)
    assert not reader.warnings  # the evidence is looked at once a day
    house.hours(reader, 24)
    assert unit(reader) == {"wh": 10, "by": "evidence"} and len(reader.warnings) == 1
    house.hours(reader, 30)
    assert len(reader.warnings) == 1


@pytest.mark.parametrize("content", [b"", b"1", b"7 5706567331323526", b"\xff\x00 x", b"10 other"])
def test_a_file_that_says_nothing_is_no_decision(tmp_path, content):
    (tmp_path / "energy_unit").write_bytes(content)
    reader = reader_of(House(1), tmp_path)
    assert reader.wire.hours(reader, 1)[0].get(IMPORT) is None


def test_a_full_flash_is_no_harm(tmp_path, monkeypatch):
    from microhan.meter import unit_keeper

    def full(path, data):
        raise OSError(28)

    monkeypatch.setattr(unit_keeper, "write", full)
    house = House(1)
    reader = reader_of(house, tmp_path)
    assert house.hours(reader, 3)[720].get(IMPORT) is not None


def test_meters_that_say_their_unit_load_nothing_of_this(tmp_path):
    reader = reader_of(House(1), tmp_path)
    frame = bf.hdlc(bf.aidon())
    reader.meter.parser.feed(frame, len(frame))
    assert reader.hub.reading is not None and unit(reader) is None
    assert reader.hub.reading.at(INDEX["active_power_import_w"]) is not None


def e570(second, watts, amperes, number="LGZ1030760000000"):
    """The list of a Landis+Gyr E570 behind transformers, as test_proof.py describes it."""
    from telegram.dlms.test_proof import described

    apdu = described(amperes, number.encode(), (watts, 0))
    return bf.hdlc(apdu.replace(bf.NOW, stamp(second)))


def fed(reader, frame):
    reader.wire.ms += 10_000
    reader.meter.parser.feed(frame, len(frame))
    return reader.hub.reading


def test_a_current_s_unit_is_proven_kept_and_told(tmp_path):
    reader = reader_of(House(1), tmp_path)
    assert fed(reader, e570(0, 0, (4, 2, 6))).get("current_l1_a") is None
    status = reader.meter.status()
    assert status["left_out"] == ["current_l1_a", "current_l2_a", "current_l3_a"]
    assert "current_l1_a" in status["warnings"][0] and "meter." in status["warnings"][0]
    assert fed(reader, e570(10, 258874, (400, 200, 601))).get("current_l1_a") == 400_000
    assert fed(reader, e570(20, 0, (4, 2, 6))).get("current_l1_a") == 4000
    status = reader.meter.status()
    assert status["left_out"] == [] and "warnings" not in status
    assert status["current_unit"] == {"ma": 1000, "by": "evidence"}
    assert status["energy_unit"] == {"wh": 1, "by": "maker"}
    assert (tmp_path / "current_unit").read_text() == "1000 LGZ1030760000000"
    again = reader_of(House(1), tmp_path)
    fed(again, e570(30, 0, (4, 2, 6)))
    assert fed(again, e570(40, 0, (4, 2, 6))).get("current_l1_a") == 4000
    assert again.meter.status()["current_unit"] == {"ma": 1000, "by": "flash"}
    other = reader_of(House(1), tmp_path)
    for second in (50, 60):
        assert fed(other, e570(second, 0, (4, 2, 6), "LGZ1030760000001")).get(
            "current_l1_a") is None


def test_registers_that_are_left_out_are_told_until_their_unit_is_known(tmp_path):
    house = House(10)
    reader = reader_of(house, tmp_path)
    house.hours(reader, 1)
    assert "active_energy_import_kwh" in reader.meter.status()["left_out"]
    assert reader.meter.status()["state"] != "garbage"
    house.hours(reader, 2)
    assert reader.meter.status()["left_out"] == []


def test_a_list_of_an_unknown_meter_is_told_and_kept_to_be_sent_in(tmp_path):
    from telegram.dlms.test_proof import wien

    apdu = wien(1077098, 0, 12642, 17025, 3243, 0, 395, 330)
    sent = [bf.hdlc(apdu), bf.hdlc(bf.seal(apdu, counter=1)), bf.hdlc(bf.seal(apdu, counter=2))]
    keys = {"key": bf.KEY.hex(), "auth_key": bf.AUTH.hex()}
    wire = Wire(lambda n: sent[min(n, 2)] if n < 3 else bf.hdlc(bf.seal(apdu, counter=n)),
                lambda s: Line(2400))
    reader = Reader(wire, fixed=(2400, 8, "none", False), data=str(tmp_path), **keys).run(90)
    assert reader.states[-1] == "unknown_list" and "ok" not in reader.states
    assert reader.hub.reading.get("time") and reader.hub.reading.get(IMPORT) is None
    assert "/capture.bin" in reader.hub.diagnosis.text_sv + reader.hub.diagnosis.text_en
    captured = reader.meter.captured()
    assert sent[0] in captured and bf.hdlc(apdu, addresses=b"\x01\x01") in captured
    readings, decoder = bf.decode(captured)
    assert decoder.counters()["unknown_list"] >= 1
