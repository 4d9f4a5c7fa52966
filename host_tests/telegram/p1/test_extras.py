"""Fields that Swedish meters do not send, out of ASCII telegrams: what people abroad ask for."""

import json
import random

import pytest

import meter_model
from fixtures.p1_text import hex_id, one, parse, telegram, values
from fixtures.repository import telegrams
from fixtures.simulated import SUMMER, WINTER, read, snapshot_of
from microhan.reading.extras import CHANNEL_MEMBERS
from microhan.reading.fields import EXTRAS, INDEX
from microhan.telegram.p1.parser import P1Parser

CLOCK = "0-0:1.0.0(231102121548W)"
POWER = "1-0:1.7.0(00.345*kW)"
GAS_ID = hex_id("7MHN2123088027")
GAS = ("0-1:24.1.0(003)", f"0-1:96.1.1({GAS_ID})", "0-1:24.4.0(1)",
       "0-1:24.2.3(231102121002W)(00092.287*m3)")
PEAK = "1-0:1.6.0(231102114500W)(03.064*kW)"
MONTHS = ("0-0:98.1.0(3)(1-0:1.6.0)(1-0:1.6.0)(230801000000S)(632525252525W)(00.000*kW)"
          "(231001000000S)(230910183000S)(04.229*kW)(230901000000S)(230831181500S)(01.862*kW)")
BELGIAN = (CLOCK, "1-0:1.8.1(000301.548*kWh)", "0-0:96.14.0(0001)", "1-0:1.4.0(00.052*kW)", PEAK,
           MONTHS, POWER, "0-0:96.3.10(1)", "0-0:17.0.0(999.9*kW)", "1-0:31.4.0(999*A)",
           "0-0:96.13.0(48656a)", *GAS, "0-2:24.1.0(007)",
           f"0-2:96.1.1({hex_id('8MHN0000961173')})",
           "0-2:24.2.1(231102121532W)(00008.579*m3)")


def extras(*lines, **how):
    """(Those fields of a telegram, how many of its lines were odd.)"""
    (reading,), parser = parse(telegram(POWER, *lines), **how)
    everything = json.loads(reading.json())
    assert everything.pop("active_power_import_w") == 345
    names = {key for key, _ in EXTRAS}
    return {key: value for key, value in everything.items() if key in names}, parser.odd_lines


def test_a_belgian_telegram():
    got, odd = extras(*[line for line in BELGIAN if line != POWER], clock="local")
    assert odd == 0
    assert got == {
        "tariff": "0001", "demand_import_w": 52, "demand_peak_import_w": 3064,
        "demand_peak_time": "2023-11-02T11:45:00+01:00",
        "demand_history": [{"time": "2023-08-31T18:15:00+02:00", "w": 1862},
                           {"time": "2023-09-10T18:30:00+02:00", "w": 4229}],
        "limiter_w": 999900, "breaker": "connected", "message": "Hej",
        "channels": {
            "1": {"type": 3, "id": "7MHN2123088027", "value": 92.287, "unit": "m3",
                  "time": "2023-11-02T12:10:02+01:00", "valve": "connected"},
            "2": {"type": 7, "id": "8MHN0000961173", "value": 8.579, "unit": "m3",
                  "time": "2023-11-02T12:15:32+01:00"}}}


@pytest.mark.parametrize("line,key,value", [
    ("0-0:96.14.0(0002)", "tariff", "0002"),
    ("0-0:96.14.0*255(01)", "tariff", "01"),
    ("1-0:14.7.0(50.02*Hz)", "frequency_hz", 50.02),
    ("1-0:14.7.0(0000.049*kHz)", "frequency_hz", 49),
    ("1-0:14.7.0(49.9987*Hz)", "frequency_hz", 49.998),
    ("1-0:13.7.0(0.998)", "power_factor", 0.998),
    ("1-0:53.7.0(-0.5)", "power_factor_l2", -0.5),
    ("1-0:73.7.0(00998)", "power_factor_l3", 0.998),
    ("1-0:33.7.0(01000)", "power_factor_l1", 1.0),
    ("1-0:5.8.0(0000012.77*kvarh)", "reactive_energy_q1_kvarh", 12.77),
    ("1-1:6.8.0(99999999.999*kvarh)", "reactive_energy_q2_kvarh", 99999999.999),
    ("1-0:8.8.0(123456*VArh)", "reactive_energy_q4_kvarh", 123.456),
    ("1-0:1.4.0(02.3515*kW)", "demand_import_w", 2351),
    ("1-0:1.4.0(812W)", "demand_import_w", 812),
    ("0-0:17.0.0(16.1*kW)", "limiter_w", 16100),
    ("0-0:96.3.10(0)", "breaker", "disconnected"),
    ("0-0:96.3.10(2)", "breaker", "ready_for_reconnection"),
    ("0-0:96.3.10(7)", "breaker", "7"),
    ("0-0:96.50.68(ON)", "breaker", "connected"),
    ("0-0:96.50.68(OFF)", "breaker", "disconnected"),
    ("0-0:96.13.0(536B6F74742066726979)", "message", "Skott friy"),
    ("0-0:96.13.0(" + "Åtgärd".encode().hex() + ")", "message", "Åtgärd"),
    ("0-0:96.13.0(" + "Åtgärd".encode("latin-1").hex() + ")", "message", "Åtgärd"),
    ("0-0:96.13.0(610D0A62)", "message", "a  b"),
    ("0-0:96.13.0(12345678)", "message", "12345678"),
    ("0-0:96.13.0(plain text)", "message", "plain text"),
    ("0-0:96.13.1(303132)", "message", "012"),
    ("0-0:96.13.5(303132)", "message", "012"),
    ("0-0:96.13.0(" + "41" * 1024 + ")", "message", "A" * 1024),
])
def test_one_line_one_field(line, key, value):
    for size in (0, 1):
        assert extras(line, size=size) == ({key: value}, 0)


@pytest.mark.parametrize("line", [
    "0-0:17.0.0(069.0*kVA)", "0-0:17.0.0(999*A)", "0-0:17.0.0(00000)", "0-0:96.14.0()",
    "0-0:96.13.0( )", "0-1:24.1.0(003)", "0-1:24.4.0(1)", "0-5:24.1.0(003)", "0-0:24.2.1(1)(2)",
    "1-2:14.7.0(50.0*Hz)", "1-0:1.6.0(632525252525W)(00.000*kW)", "1-0:0.9.1(203805)",
    "0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)()", "0-0:98.1.0(230701000000S)(000040.777*kWh)",
    "0-0:98.1.0(1)(1-0:1.8.0)(230701000000S)(000040.777*kWh)",
    "0-1:96.3.10(0)",  # a relay of the meter's own
])
def test_what_says_nothing_is_absent_and_not_odd(line):
    assert extras(line) == ({}, 0)


@pytest.mark.parametrize("line", [
    "1-0:14.7.0(50.0*V)", "1-0:14.7.0(5 0)", "1-0:14.7.0(50.0*Hz", "1-0:14.7.0((ER11))",
    "1-0:14.7.0(1)(2)", "1-0:13.7.0(4.556)", "1-0:13.7.0(0.9*kW)", "1-0:13.7.0(01001)",
    "1-0:5.8.0(1*kWh)", "1-0:1.4.0(.5*kW)", "1-0:1.4.0(1.*kW)", "0-0:17.0.0(16*V)",
    "0-0:96.3.10(x)", "1-0:1.6.0(1*kW)(2*kW)(3*kW)", "1-0:1.6.0(230101000000W)(1*kWh)",
    "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(230101000000W)(221217173000W)(06.422*kW)",
    "0-0:98.1.0(1)(1-0:1.6.0)(230101000000W)(06.422*kW)",
    "0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(230101000000W)(221217173000W)(06.422*kV)",
    "0-0:96.13.0(" + "41" * 1025 + ")", "0-1:24.1.0(3a)", "0-1:24.2.1(231102121002W)(1.0)",
    "0-1:24.2.1(231102121002W)(1.0*kg)", "0-1:24.2.1(231102121002W)(x*m3)",
    "0-1:24.3.0(120517020000)(00)(60)(1)(0-1:24.2.1)(m3)",
    "0-1:24.3.0(120517020000)(00)(60)(2)(0-1:24.2.1)(m3)(1.0)",
])
def test_an_odd_line_costs_its_field_only(line):
    got, odd = extras("0-0:96.14.0(0002)", line, "1-0:33.7.0(1)")
    assert got == {"tariff": "0002", "power_factor_l1": 1} and odd == 1


def test_the_first_of_two_lines_counts():
    assert extras("0-0:96.14.0(0002)", "0-0:96.14.0(0001)") == ({"tariff": "0002"}, 1)
    assert extras("0-0:17.0.0(00000)", "0-0:17.0.0(5*kW)", "0-0:17.0.0()") == (
        {"limiter_w": 5000}, 0)
    assert extras("1-0:14.7.0(x)", "1-0:14.7.0(50*Hz)") == ({}, 2)


def test_of_two_codes_for_one_field_the_better_one_counts():
    both = ("0-0:96.13.1(3132)", "0-0:96.13.0(4142)")
    assert extras(*both) == extras(*both[::-1]) == ({"message": "AB"}, 0)
    assert extras("0-0:96.13.0()", both[0]) == ({"message": "12"}, 0)


def channel(*lines, **how):
    got, odd = extras(f"0-1:96.1.0({GAS_ID})", *lines, **how)
    assert got["channels"]["1"].pop("id") == "7MHN2123088027" and len(got) == 1
    return got["channels"]["1"], odd


@pytest.mark.parametrize("line,members", [
    ("0-1:24.2.1(231102121002S)(12785.123*m3)",
     {"value": 12785.123, "unit": "m3", "time": "2023-11-02T12:10:02+01:00"}),
    ("0-1:24.2.1(231102121002s)(240.860*GJ)",
     {"value": 240.86, "unit": "GJ", "time": "2023-11-02T12:10:02+01:00"}),
    ("0-1:24.2.1(231102121002W)(142399.000*kWh)",
     {"value": 142399, "unit": "kWh", "time": "2023-11-02T12:10:02+01:00"}),
    ("0-1:24.2.1(231102121002)(1.23456m3)",
     {"value": 1.234, "unit": "m3", "time": "2023-11-02T12:10:02+01:00"}),
    ("0-1:24.2.1(231102121002W)(1.5*m³)",
     {"value": 1.5, "unit": "m3", "time": "2023-11-02T12:10:02+01:00"}),
    ("0-1:24.2.1(231102121002W)(00000.000*m3)",
     {"value": 0, "unit": "m3", "time": "2023-11-02T12:10:02+01:00"}),
    ("0-1:24.2.1(632525252525S)(00012.500*m3)", {"value": 12.5, "unit": "m3"}),
    ("0-1:24.2.1(00012.500*m3)", {"value": 12.5, "unit": "m3"}),
    # never read by the electricity meter, in the words of four makers
    ("0-1:24.2.1(632525252525S)(00000.000)", {}),
    ("0-1:24.2.1(632525252525S)(00000.000*m3)", {}),
    ("0-1:24.2.1(700101010000W)(00000000)", {}),
    ("0-1:24.2.1(000101010000W)(0000000000)", {}),
    ("0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)\r\n(00124.477)",
     {"value": 124.477, "unit": "m3", "time": "2012-05-17T02:00:00+01:00"}),
    ("0-1:24.3.0(120517020000)(00)(60)(1)(0-1:24.2.1)(m3)(00124.477)",
     {"value": 124.477, "unit": "m3", "time": "2012-05-17T02:00:00+01:00"}),
    ("0-1:24.4.0(0)", {"valve": "disconnected"}),
    ("0-1:24.1.0(003)", {"type": 3}),
])
def test_a_channel(line, members):
    for size in (0, 1, 7):
        assert channel(line, size=size) == (members, 0)


def test_cubic_metres_in_utf_8():
    line = "0-1:24.2.1(231102121002W)(1.5*m³)".encode().decode("latin-1")
    assert channel(line)[0]["unit"] == "m3"
    assert channel(line, crc=False)[0]["unit"] == "m3"


def test_channels_are_kept_apart():
    got, odd = extras(*GAS, "0-4:24.1.0(002)", "0-4:96.1.0(12345678)",
                      "0-4:24.2.1(231102121002W)(00007.000*kWh)", "0-3:24.1.0(007)",
                      "0-3:24.2.1(632525252525S)(00000.000)", "0-3:96.1.0()")
    assert odd == 0 and list(got["channels"]) == ["1", "4"]
    assert got["channels"]["4"]["unit"] == "kWh" and got["channels"]["4"]["id"] == "12345678"
    assert got["channels"]["1"]["value"] == 92.287


@pytest.mark.parametrize("line", [
    "1-0:1.6.0(231102114500W)(03.064*kW)", "1-0:1.6.0(03.064*kW)(231102114500)"])
def test_a_peak_and_its_time_in_any_order(line):
    assert extras(line) == ({"demand_peak_import_w": 3064,
                             "demand_peak_time": "2023-11-02T11:45:00+01:00"}, 0)


def test_the_history_has_at_most_thirteen_months_and_any_columns():
    months = "".join(f"(22{n:02d}01000000W)(15)(21{n:02d}05120000W)(0{n % 10}.000*kW)"
                     f"(21{n:02d}05130000W)(77.000*kW)" for n in range(1, 13))
    more = "(230101000000W)(15)(220105120000W)(05.000*kW)(220105130000W)(77.000*kW)" * 2
    line = f"0-0:98.1.0(14)(0-0:0.1.0)(1-0:1.6.0)(1-0:1.6.0)(1-0:2.6.0)(1-0:2.6.0){months}{more}"
    got, odd = extras(line)
    assert odd == 0 and len(got["demand_history"]) == 13
    assert got["demand_history"][0] == {"time": "2021-02-05T12:00:00+01:00", "w": 2000}
    assert got["demand_history"][-1] == {"time": "2022-01-05T12:00:00+01:00", "w": 5000}


@pytest.mark.parametrize("lines,time", [
    (["0-0:1.0.0(20240111 09:35:00)"], "2024-01-11T09:35:00+01:00"),
    (["0-0:1.0.0(2024-01-11 09:35:00)"], "2024-01-11T09:35:00+01:00"),
    (["0-0:1.0.0(20240711093500S)"], "2024-07-11T09:35:00+02:00"),
    (["1-0:0.9.1(093500)", "1-0:0.9.2(240711)"], "2024-07-11T09:35:00+02:00"),
    (["0-0:0.9.2(2024-01-11)", "0-0:0.9.1(09:35:00)"], "2024-01-11T09:35:00+01:00"),
    (["1-0:0.9.1(000000)", "0-0:0.9.2(240111)"], "2024-01-11T00:00:00+01:00"),
    (["1-0:0.9.1(093500)", "1-0:0.9.2(240711)", CLOCK], "2023-11-02T12:15:48+01:00"),
])
def test_other_spellings_of_the_clock(lines, time):
    for size in (0, 1):
        (reading,), parser = parse(telegram(POWER, *lines), size, clock="local")
        assert json.loads(reading.json()).get("time") == time and parser.odd_lines == 0


@pytest.mark.parametrize("lines", [
    ["0-0:1.0.0(20240231 09:35:00)"], ["0-0:1.0.0(11-01-24 09:35:00)"],
    ["0-0:1.0.0(20240111 09:35)"], ["0-0:1.0.0(632525252525S)"], ["0-0:1.0.0()"],
    ["1-0:0.9.1(093500)", "1-0:0.9.2(11-01-24)"], ["1-0:0.9.1(0935)", "1-0:0.9.2(240111)"],
    ["1-0:0.9.1(253500)", "1-0:0.9.2(240111)"], ["1-0:0.9.1(093500)", "1-0:0.9.2(000111)"],
])
def test_a_clock_that_is_none_is_odd_once(lines):
    (reading,), parser = parse(telegram(POWER, *lines))
    assert "time" not in json.loads(reading.json()) and parser.odd_lines == 1


STORED = ("0-0:98.1.0", "(", "0-0:1.0.0(210501000000T)", "1-0:1.8.0(000091.820*kWh)",
          "1-0:2.8.0(000600.426*kWh)", "1-0:3.8.0(000001.000*kvarh)", "1-0:14.7.0(1*Hz)",
          "0-0:96.1.0(STORED)", ")")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_stored_values_are_not_present_ones(place):
    """A block of lines with what was on the month's first, wherever it stands."""
    present = [CLOCK, "1-0:1.8.0(000101.821*kWh)"]
    data = telegram(*present[:place], *STORED, *present[place:], POWER, "1-0:14.7.0(50*Hz)")
    for size in (0, 1, 7):
        (reading,), parser = parse(data, size)
        assert parser.odd_lines == 1  # the code without a value
        assert json.loads(reading.json()) == {
            "time": "2023-11-02T12:15:48+01:00", "identification": "KAM5",
            "active_power_import_w": 345, "active_energy_import_kwh": 101.821, "frequency_hz": 50}


def test_a_block_that_never_ends_costs_no_other_telegram():
    broken = telegram(CLOCK, *STORED[:5])
    whole = telegram(CLOCK, POWER)
    for cut in range(len(broken)):
        assert values(broken[:cut] + whole)[-1] == one(CLOCK, POWER)
    assert values(telegram(POWER, "(", "1-0:1.8.0(1*kWh)")) == [
        {"identification": "KAM5", "active_power_import_w": 345}]


def test_the_first_long_telegram_already_has_them():
    filler = [f"1-0:99.97.{n}(0)(0-0:96.7.19)(170117065912W)(0000009606*s)" for n in range(50)]
    for end in (3, 15, 40):
        data = telegram(CLOCK, *filler[:end], "0-0:96.14.0(0002)", POWER)
        for size in (0, 1, 100):
            (reading,), parser = parse(data, size)
            assert json.loads(reading.json())["tariff"] == "0002"
            assert parser.raw() == data.rstrip()


def test_a_telegram_too_long_to_keep_gives_what_it_did():
    filler = ["1-0:99.97.0(0)(0-0:96.7.19)(170117065912W)(0000009606*s)"] * 80
    (reading,), parser = parse(telegram(CLOCK, "0-0:96.14.0(0002)", *filler, POWER))
    assert "tariff" not in reading.json() and reading.get("active_power_import_w") == 345
    assert parser.raw() == b"" and parser.odd_lines == 0


def test_noise_is_given_no_memory():
    parser = P1Parser(None)
    noise = b"/noise\r\n" + b"x" * 3000
    parser.feed(noise, len(noise))
    assert [len(parser._kept), len(parser._parts[2])] == [768, 768]


def test_without_memory_the_telegram_loses_those_fields_alone(monkeypatch):
    from microhan.telegram.p1 import actions
    from microhan.telegram.p1 import extras as p1_extras

    def full(size):
        raise MemoryError

    lines = [CLOCK, "0-0:96.14.0(0002)", POWER]
    got = []
    parser = P1Parser(lambda p: got.append(p.reading()))
    with monkeypatch.context() as short:
        short.setattr(p1_extras.Extras, "_gathered", lambda self: full(0))
        data = telegram(*lines)
        parser.feed(data, len(data))
        short.setattr(actions, "bytearray", full, raising=False)
        long = telegram(*lines, *["1-0:99.97.0(0)" * 10] * 12)
        parser.feed(long, len(long))
    data = telegram(*lines)
    parser.feed(data, len(data))
    assert ["tariff" in r.json() for r in got] == [False, False, True]
    assert all(r.get("active_power_import_w") == 345 for r in got)


def test_bit_7_may_be_parity_without_checksums():
    data = telegram(CLOCK, POWER, "0-0:96.14.0(0002)", *GAS, crc="")
    seven = bytes(b | (bin(b).count("1") & 1) << 7 for b in data)
    assert values(seven, crc=False) == values(data, crc=False)
    assert values(seven, crc=False)[0]["channels"]["1"]["value"] == 92.287


@pytest.mark.parametrize("clock", ["normal", "local"])
def test_any_split_gives_the_same(clock):
    data = telegram(*BELGIAN, *STORED) + telegram(CLOCK, POWER) + telegram(*BELGIAN[:-1])
    whole, parser = parse(data, clock=clock)
    wanted = [r.json() for r in whole], parser.counters()
    assert len(whole) == 3
    for cut in range(1, len(data)):
        got, parser = parse(data, cuts=[cut], clock=clock)
        assert ([r.json() for r in got], parser.counters()) == wanted


def test_lines_in_any_order_and_damaged_ones_never_change_the_others():
    """Each line is read as if it stood alone."""
    lines = [line for line in BELGIAN if line.split("(")[0] not in ("1-0:1.7.0", "0-0:1.0.0")]
    rng = random.Random(9)
    whole = extras(*lines)[0]
    for _ in range(300):
        some = rng.sample(lines, len(lines))
        hurt = rng.randrange(len(some))
        at = rng.randrange(some[hurt].index("(") + 1)
        code = some[hurt][:at] + "x" + some[hurt][at:]
        got, odd = extras(*some[:hurt], code, *some[hurt + 1:])
        for key in got.keys() - {"channels"}:
            assert got[key] == whole[key]
        for n, members in got["channels"].items():
            assert members.items() <= whole["channels"][n].items()


def test_readings_share_what_stays_the_same():
    lines = list(BELGIAN)
    got = []
    parser = P1Parser(lambda p: got.append(p.reading()))
    for watts in ("00.052", "00.052", "00.053"):
        lines[3] = f"1-0:1.4.0({watts}*kW)"
        data = telegram(*lines)
        parser.feed(data, len(data))
    first, same, other = got
    assert same.more is first.more and other.more is not first.more
    assert [r.get("demand_import_w") for r in got] == [52, 52, 53]
    for key in ("demand_history", "message"):
        assert other.get(key) is first.get(key)
    assert all(other.get("channels")[n] is first.get("channels")[n] for n in (1, 2))


def test_what_a_telegram_no_longer_says_is_absent():
    got = []
    parser = P1Parser(lambda p: got.append(json.loads(p.reading().json())))
    for lines in ((POWER, "0-0:96.14.0(0002)", *GAS), (POWER, *GAS), (POWER,),
                  (POWER, "0-0:96.14.0()", *GAS[:2]), (POWER, "0-0:96.14.0(0002)", *GAS)):
        data = telegram(*lines)
        parser.feed(data, len(data))
    assert [r.get("tariff") for r in got] == ["0002", None, None, None, "0002"]
    assert [sorted(r.get("channels", {}).get("1", ())) for r in got] == [
        sorted(CHANNEL_MEMBERS)] * 2 + [[], ["id", "type"], sorted(CHANNEL_MEMBERS)]
    assert parser.odd_lines == 0


NAMES = [name for name, dialect in meter_model.DIALECTS.items()
         if isinstance(dialect, meter_model.Dialect)]
SHOWN = {"14.7.0": "frequency_hz", "13.7.0": "power_factor", "33.7.0": "power_factor_l1",
         "53.7.0": "power_factor_l2", "73.7.0": "power_factor_l3",
         "5.8.0": "reactive_energy_q1_kvarh", "6.8.0": "reactive_energy_q2_kvarh",
         "7.8.0": "reactive_energy_q3_kvarh", "8.8.0": "reactive_energy_q4_kvarh",
         "1.4.0": "demand_import_w"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", [WINTER, SUMMER])
def test_what_the_simulated_meters_say(name, start):
    dialect, snapshot = snapshot_of(name, start)
    (reading,), decoder = read(meter_model.write(dialect, snapshot), name)
    got = json.loads(reading.json())
    for code, value in meter_model.shown(dialect, snapshot).items():
        if code in SHOWN:
            found = reading.get(SHOWN[code])
            assert (found[0] if isinstance(found, tuple) else found) == value
    texts = snapshot.texts
    if "{tariff}" in dialect.lists:
        assert got["tariff"] == "000" + texts["tariff"]
    if "{gas}" in dialect.lists:
        gas = got["channels"]["1"]
        assert gas["value"] == float(texts["gas"]) and gas["unit"] == "m3" and gas["type"] == 3
        assert gas["id"].startswith("7SIM")
        stamp = gas["time"].replace("-", "").replace("T", "").replace(":", "")[2:14]
        assert stamp == texts["gas_stamp12"]
    if "{peak}" in dialect.lists:
        assert got["demand_peak_import_w"] == round(float(texts["peak"]) * 1000)
    if "{peaks}" in dialect.lists:
        assert len(got["demand_history"]) == 3  # of four months the first has none


@pytest.mark.parametrize("file,expected", [
    ("dk-nes_83335_clock_text-1", {"time": "2024-01-11T09:35:00+01:00"}),
    ("si-iskra_am550_nocrc-1", {"time": "2025-10-02T22:25:53+02:00"}),
    ("nl-sagemcom_gas_unset-8", {"tariff": "0002", "channels": {
        "1": {"type": 3, "id": "G0058530000000000"}}}),
    ("be-iskra_mie5t_peak_reversed-1", {
        "demand_import_w": 3336, "demand_peak_import_w": 8796, "limiter_w": 99999,
        "demand_peak_time": "2026-01-02T01:00:00+01:00", "breaker": "connected"}),
    ("hu-sanxing_profile_lines-2", {"active_energy_import_kwh": 101.821, "breaker": "connected",
                                    "reactive_energy_q3_kvarh": 75.324, "limiter_w": 90000}),
    ("hu-sagemcom_eon-1", {"frequency_hz": 50.0, "power_factor": None}),  # it says 4.556
    ("lt-sagemcom_eso-1", {"frequency_hz": 49, "power_factor_l1": 1.0, "power_factor": 0}),
    ("lu-smarty_encrypted-1", {"breaker": "connected", "limiter_w": None}),
    ("nl-kamstrup_162_dsmr22-3", {"channels": {
        "2": {"type": 3, "id": "28101541007162412", "value": 2025.003, "unit": "m3",
              "time": "2016-01-17T12:00:00+01:00"}}}),
])
def test_real_telegrams(file, expected):
    from fixtures.binary_frames import decode, settings
    records = [r for r in telegrams("p1-ascii", "p1-encrypted") if r["file"] == file + ".bin"]
    if not records:
        pytest.skip("the real telegrams of ../shared/telegrams are not here")
    how = settings(records[0])
    how.update(clock="local", crc=records[0]["crc"] == "valid")
    (reading,), _ = decode(records[0]["data"], **how)
    got = json.loads(reading.json())
    assert {key: got.get(key) for key in expected} == expected


def test_each_row_of_the_table_has_a_field():
    from microhan.telegram.p1.extra_rows import ROWS, WIDTH
    from microhan.telegram.p1.extra_values import READERS
    assert len(ROWS) % WIDTH == 0
    codes = [ROWS[i:i + 4] for i in range(0, len(ROWS), WIDTH)]
    assert len(set(codes)) == len(codes)
    assert {ROWS[i + 5] for i in range(0, len(ROWS), WIDTH)} == set(range(len(READERS)))
    filled = {ROWS[i + 4] for i in range(0, len(ROWS), WIDTH)}
    alone = {INDEX[key] for key, _ in EXTRAS} - filled
    assert alone == {INDEX["demand_peak_time"], INDEX["channels"]}
