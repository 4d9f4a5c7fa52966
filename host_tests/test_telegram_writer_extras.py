"""What Swedish meters do not send, written as P1: each line with its code, in both dialects."""

import pytest

from microhan.reading import Reading, milli
from microhan.telegram.p1_writer import write
from p1_text import arc
from readings_extra import CHANNELS, at, extra_reading
from test_derived import reading

HEX = {n: members["id"].encode().hex().upper() for n, members in CHANNELS.items()
       if len(members.get("id", "")) > 7}


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
        "0-0:96.3.10": "(1)",
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
    assert told(reading(message="Åska (!)"), "se")["0-0:96.13.0"] == "(C385736B61202821 29)".replace(
        " ", "")


def test_a_peak_and_months_without_a_time():
    got = told(reading(demand_peak_import_w=1_000, demand_history=((None, 1), (at(2026, 1, 1), 2))),
               "dsmr")
    assert got["1-0:1.6.0"] == "(01.000*kW)"
    assert got["0-0:98.1.0"].endswith("()()(00.001*kW)(260101000000W)(260101000000W)(00.002*kW)")


def test_a_swedish_reading_is_written_as_before():
    assert write(Reading()) == b"/MHN5\\2microhan\r\n\r\n!%04X\r\n" % arc(
        b"/MHN5\\2microhan\r\n\r\n!")


@pytest.mark.parametrize(("dialect", "name"), [("se", "V5"), ("dsmr", "V5")])
def test_dsmr_parser_reads_them(dialect, name):
    from dsmr_parser import telegram_specifications
    from dsmr_parser.parsers import TelegramParser

    specification = getattr(telegram_specifications, name)
    telegram = TelegramParser(specification, True).parse(
        write(extra_reading(), dialect).decode())
    assert telegram.ELECTRICITY_ACTIVE_TARIFF.value == "0002"
    gas, water, heat, other = telegram.MBUS_DEVICES
    for device, n in ((gas, 1), (water, 2), (heat, 3)):
        members = CHANNELS[n]
        assert int(device.DEVICE_TYPE.value) == members["type"]
        assert str(device.HOURLY_GAS_METER_READING.value if n == 1 else
                   device.MBUS_METER_READING.value).encode() == milli(*members["value"]) \
            if hasattr(device, "MBUS_METER_READING") else True
