"""What Swedish meters do not send, written as P1: each line with its code, in both dialects."""

import datetime
from decimal import Decimal

import pytest

from fixtures.p1_text import arc, parse
from fixtures.readings_extra import CHANNELS, EXTRAS, OFFSET, at, extra_reading, reading
from microhan.reading.reading import Reading
from microhan.telegram.p1.writer import write

HEX = {n: members["id"].encode().hex().upper() for n, members in CHANNELS.items()
       if len(members.get("id", "")) > 7}


def utc(moment):
    return moment.astimezone(datetime.timezone.utc).isoformat()[:19]


def told(one, dialect):
    """{code: what stands in its brackets} of the lines behind those of the dialect's own list."""
    data = write(one, dialect)
    body, crc = data.split(b"!")
    assert int(crc, 16) == arc(body + b"!")
    lines = body.decode("ascii").split("\r\n")[2:-1]
    got = dict(line.split("(", 1) for line in lines)
    assert len(got) == len(lines)
    return {code: "(" + rest for code, rest in got.items()}


@pytest.mark.parametrize(("dialect", "peak", "peaks", "gas", "heat"), [
    ("dsmr", "260509134500S", ["260311191500W", "260402080000S"], "260525045000S",
     "260131230000W"),
    ("se", "260509124500W", ["260311191500W", "260402070000W"], "260525035000W",
     "260131230000W"),
])
def test_every_extra_field_has_its_line(dialect, peak, peaks, gas, heat):
    unit, whole, kw = ("kvarh", 6, 2) if dialect == "dsmr" else ("kVArh", 8, 4)
    got = told(extra_reading(), dialect)

    def kwatt(w):
        return "(%0*d.%03d*kW)" % (kw, w // 1000, w % 1000)

    def kvarh(n):
        return "(%0*d.%03d*%s)" % (whole, n // 1000, n % 1000, unit)

    wanted = {
        "0-0:96.14.0": "(0002)",
        "1-0:14.7.0": "(50.01*Hz)",
        "1-0:13.7.0": "(0.987)", "1-0:33.7.0": "(0.99)", "1-0:53.7.0": "(-0.5)",
        "1-0:73.7.0": "(1)",
        "1-0:5.8.0": kvarh(1_234_567), "1-0:6.8.0": kvarh(2), "1-0:7.8.0": kvarh(0),
        "1-0:8.8.0": kvarh(99_999_999_999),
        "1-0:1.4.0": kwatt(2_351),
        "1-0:1.6.0": f"({peak})" + kwatt(6_989),
        "0-0:98.1.0": "(2)(1-0:1.6.0)(1-0:1.6.0)" + "".join(
            f"({when})({when})" + kwatt(w) for when, w in zip(peaks, (4_329, 5_980))),
        "0-0:17.0.0": kwatt(999_900),
        "0-0:96.3.10": "(2)",
        "0-0:96.13.0": "(%s)" % 'Elavbrott "i morgon" kl. 9'.encode().hex().upper(),
        "0-1:24.1.0": "(003)", "0-1:96.1.0": f"({HEX[1]})",
        "0-1:24.2.1": f"({gas})(12785.123*m3)", "0-1:24.4.0": "(1)",
        "0-2:24.1.0": "(007)", "0-2:96.1.0": "(W00777)",
        "0-3:24.1.0": "(004)", "0-3:24.2.1": f"({heat})(00098.76*GJ)",
        "0-4:24.1.0": "(002)", "0-4:96.1.0": f"({HEX[4]})", "0-4:24.2.1": "(01234.567*kWh)",
    }
    assert {code: got.get(code) for code in wanted} == wanted
    own = told(reading(active_power_import_w=1), dialect)
    assert not set(wanted) & set(own)


@pytest.mark.parametrize(("dialect", "clock"), [("se", "normal"), ("dsmr", "local")])
def test_they_come_back_as_they_were(dialect, clock):
    pytest.importorskip("microhan.telegram.p1.extra_lines")
    (again,), parser = parse(write(extra_reading(), dialect), clock=clock)
    assert parser.odd_lines == parser.skipped == 0
    moved = again.utc_offset - OFFSET  # the Swedish list keeps normal time: the same moments
    for key, value in EXTRAS.items():
        got = again.get(key)
        if key == "demand_peak_time":
            assert got[0] - 60 * got[1] == value[0] - 60 * value[1]
        elif key == "demand_history":
            assert [(t[0] - 60 * t[1], w) for t, w in got] == [
                (t[0] - 60 * t[1], w) for t, w in value]
        elif key == "channels":
            for n in value:
                assert {k: v for k, v in got[n].items() if k != "time"} == {
                    k: v for k, v in value[n].items() if k != "time"}
                assert ("time" in got[n]) == ("time" in value[n])
                if "time" in got[n]:
                    assert got[n]["time"][0] - value[n]["time"][0] in (0, 60 * moved)
        else:
            assert got == value, key


@pytest.mark.parametrize(("state", "digit"), [
    ("disconnected", 0), ("connected", 1), ("ready_for_reconnection", 2), ("7", 7)])
def test_a_switch_is_written_as_its_number(state, digit):
    got = told(reading(breaker=state, channels={1: {"id": "1", "valve": state}}), "dsmr")
    assert got["0-0:96.3.10"] == got["0-1:24.4.0"] == f"({digit})"


def test_they_stand_behind_the_list_of_the_dialect():
    for dialect in ("se", "dsmr"):
        text = write(extra_reading(), dialect).decode()
        assert text.index("1-0:31.7.0") < text.index("0-0:96.14.0") < text.index("0-1:24.1.0")


def test_what_p1_cannot_say_is_left_out():
    got = told(extra_reading(tariff="a)b", breaker="", channels={
        1: {"id": "(1)", "value": (5, 0), "unit": "m(3"}, 2: {}}), "dsmr")
    assert not {"0-0:96.14.0", "0-0:96.3.10"} & set(got)
    assert not [code for code in got if code.startswith(("0-1:", "0-2:"))]


def test_a_message_of_any_letters_is_written():
    assert told(reading(message="Åska (!)"), "se")["0-0:96.13.0"] == "(C385736B6120282129)"


def test_a_peak_and_months_without_a_time():
    months = ((None, 1), (at(2026, 1, 1), 2))
    got = told(reading(demand_peak_import_w=1_000, demand_history=months), "dsmr")
    assert got["1-0:1.6.0"] == "(01.000*kW)"
    assert got["0-0:98.1.0"].endswith("()()(00.001*kW)(260101000000W)(260101000000W)(00.002*kW)")


def test_a_swedish_reading_is_written_as_before():
    assert write(Reading()) == b"/MHN5\\2microhan\r\n\r\n!%04X\r\n" % arc(
        b"/MHN5\\2microhan\r\n\r\n!")


def test_dsmr_parser_reads_them():
    """It takes every clock for the Netherlands' own, which only the dialect dsmr writes."""
    from dsmr_parser import telegram_specifications
    from dsmr_parser.parsers import TelegramParser

    written = write(extra_reading(), "dsmr").decode()
    telegram = TelegramParser(telegram_specifications.BELGIUM_FLUVIUS, True).parse(written)
    assert telegram.ELECTRICITY_ACTIVE_TARIFF.value == "0002"
    assert telegram.BELGIUM_CURRENT_AVERAGE_DEMAND.value == Decimal("2.351")
    peak = telegram.BELGIUM_MAXIMUM_DEMAND_MONTH
    assert (peak.value, utc(peak.datetime)) == (Decimal("6.989"), "2026-05-09T11:45:00")
    assert [(float(one.value), utc(one.occurred))
            for one in telegram.BELGIUM_MAXIMUM_DEMAND_13_MONTHS] == [
        (4.329, "2026-03-11T18:15:00"), (5.98, "2026-04-02T06:00:00")]
    assert telegram.ACTUAL_SWITCH_POSITION.value == 2
    assert telegram.ACTUAL_TRESHOLD_ELECTRICITY.value == Decimal("999.900")
    assert bytes.fromhex(telegram.TEXT_MESSAGE.value).decode() == EXTRAS["message"]
    times = ["2026-05-25T02:50:00", "2026-05-25T02:45:00", "2026-01-31T22:00:00"]
    for n, (device, when) in enumerate(zip(telegram.MBUS_DEVICES, times), 1):
        members = CHANNELS[n]
        assert device.MBUS_DEVICE_TYPE.value == members["type"]
        told = device.MBUS_METER_READING
        assert (told.value, told.unit, utc(told.datetime)) == (
            Decimal(members["value"][0]).scaleb(-3), members["unit"], when)
    assert telegram.MBUS_DEVICES[0].MBUS_VALVE_POSITION.value == 1
