"""DLMS lists: each maker's layout, scales, clocks, odd values, and what is refused."""

import json

import pytest

from fixtures import binary_frames as bf
from fixtures.binary_frames import decode, hdlc

KAMSTRUP = hdlc(bf.kamstrup(False))


def texts(data, **options):
    """The JSON of each Reading."""
    return [r.json() for r in decode(data, **options)[0]]


def one(apdu, **options):
    """The only Reading of one HDLC frame, as a dict."""
    (text,) = texts(hdlc(apdu), **options)
    return json.loads(text)


def test_kamstrup_without_a_known_unit_leaves_the_registers_out():
    got = one(bf.kamstrup())
    assert "active_energy_import_kwh" not in got and got["active_power_import_w"] == 826
    assert one(bf.kamstrup(), unit=1)["active_energy_import_kwh"] == 32014.158
    assert one(bf.kamstrup(), unit=10)["active_energy_import_kwh"] == 320141.58
    decoder = decode(b"", unit=None)[1]
    got = []
    decoder._on_telegram = lambda source: got.extend(
        [source.reading(unit).get("active_energy_import_kwh") for unit in (None, 10, 1)])
    frame = hdlc(bf.kamstrup())
    decoder.feed(frame, len(frame))
    assert got == [None, 320141580, 32014158]


@pytest.mark.parametrize("null", [False, True])
def test_kamstrup_with_one_phase(null):
    got = one(bf.kamstrup(phases=1, null=null, powers=(500, 0, 10, 0)), unit=1)
    assert got["current_l1_a"] == 2.37 and got["voltage_l1_v"] == 232
    assert "current_l2_a" not in got and "voltage_l3_v" not in got
    assert got["active_energy_import_kwh"] == 32014.158


def test_kamstrup_volts_of_2025():
    got = one(bf.kamstrup(volts=(22199, 0, 23050)))
    assert got["voltage_l1_v"] == 221.99 and got["voltage_l2_v"] == 0
    assert texts(hdlc(bf.kamstrup(volts=(22199, 0, 23050))))[0].count('"voltage_l2_v":0.00') == 1
    assert one(bf.kamstrup(volts=(2219, 2300, 2301)))["voltage_l1_v"] == 221.9


@pytest.mark.parametrize("amperes,powers,shown", [
    ((237, 89, 75), (826, 0, 104, 176), "2.37"),
    ((90999, 93955, 92645), (0, 2585, 63364, 0), "90.999"),  # behind current transformers
    ((90999, 93955, 92645), (600000, 0, 0, 0), "909.99"),  # primary values
    ((5000, 5000, 5000), (3400, 0, 0, 0), None),  # which of the two cannot be told
    ((0, 0, 0), (0, 0, 0, 0), "0.00"),
    ((3000, 3000, 3000), (20, 0, 0, 0), "30.00"),  # phases that cancel out
])
def test_kamstrup_s_amperes_are_told_by_the_power(amperes, powers, shown):
    (text,) = texts(hdlc(bf.kamstrup(False, amperes=amperes, powers=powers)))
    assert f'"current_l1_a":{shown}' in text if shown else "current_l1_a" not in text


def test_kamstrup_amperes_once_sure_stay_sure_for_that_meter():
    sure = hdlc(bf.kamstrup(False))
    unclear = hdlc(bf.kamstrup(False, amperes=(5000, 5000, 5000), powers=(3400, 0, 0, 0)))
    other = hdlc(bf.kamstrup(False, amperes=(5000, 5000, 5000), powers=(3400, 0, 0, 0),
                             number="5706567000000000"))
    shown = [json.loads(t).get("current_l1_a") for t in texts(sure + unclear + other)]
    assert shown == [2.37, 50, None]


def test_old_kamstrup_tags_its_date_time():
    frame = hdlc(bf.push(bf.kamstrup(False)[18:], bf.NOW, tagged=True))
    assert texts(frame) == texts(KAMSTRUP)


@pytest.mark.parametrize("value,scaler,unit,key,shown", [
    (bf.u32(1234567), -3, 30, "active_energy_import_kwh", "1.234"),  # cut, never rounded
    (bf.u32(1234567), 3, 30, "active_energy_import_kwh", "1234567.000"),
    (b"\x15" + (99_999_999_999).to_bytes(8, "big"), 0, 30, "active_energy_import_kwh",
     "99999999.999"),
    (b"\x15" + (2**64 - 1).to_bytes(8, "big"), 0, 30, "active_energy_import_kwh",
     "18446744073709551.615"),
    (bf.i32(-1999), -3, 27, "active_power_import_w", "-1"),
    (b"\x14" + (-5).to_bytes(8, "big", signed=True), 2, 27, "active_power_import_w", "-500"),
    (b"\x0f\xfe", 0, 27, "active_power_import_w", "-2"),
    (b"\x11\xfe", 0, 27, "active_power_import_w", "254"),
    (b"\x16\x07", 0, 27, "active_power_import_w", "7"),
    (bf.u32(0xFFFFFFFF), 0, 27, "active_power_import_w", "4294967295"),
    (bf.u16(2345), -1, 35, "voltage_l1_v", "234.5"),
    (bf.u16(23), 1, 35, "voltage_l1_v", "230"),
    (bf.u32(2345678), -4, 35, "voltage_l1_v", "234.567"),
    (bf.i16(-93), -2, 33, "current_l1_a", "-0.93"),
])
def test_a_scaler_moves_the_decimal_point(value, scaler, unit, key, shown):
    codes = {"active_energy_import_kwh": 0x010800, "active_power_import_w": 0x010700,
             "voltage_l1_v": 0x200700, "current_l1_a": 0x1F0700}
    obis = bf.code(1, 0, *codes[key].to_bytes(3, "big"))
    (text,) = texts(hdlc(bf.push(bf.array(bf.scaled(obis, value, scaler, unit)))))
    assert text == '{"%s":%s}' % (key, shown)


@pytest.mark.parametrize("item,odd", [
    (bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(1), 0, 30), 1),  # energy's unit for a power
    (bf.scaled(bf.code(1, 0, 1, 7, 0), b"\x17\x3f\x80\0\0", 0, 27), 1),  # a float
    (bf.scaled(bf.code(1, 0, 1, 7, 0), b"\x18" + bytes(8), 0, 27), 1),
    (bf.scaled(bf.code(1, 0, 1, 7, 0), bf.octets(b"\x01"), 0, 27), 1),
    (bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(1), 100, 27), 1),
    (bf.scaled(bf.code(1, 0, 1, 7, 0), b"\0", 0, 27), 0),  # null-data: not sent
    (bf.structure(bf.code(1, 0, 1, 7, 0), bf.u32(1)), 0),  # no scale is known
    (bf.structure(bf.code(0, 1, 96, 1, 0), bf.octets(b"gas")), 0),
    (bf.structure(bf.code(0, 1, 24, 2, 1), bf.u32(5)), 0),
    (bf.structure(bf.code(0, 0, 1, 0, 0), bf.octets(bytes(12))), 1),
    (bf.structure(bf.code(0, 0, 1, 0, 0), bf.octets(b"\x07\xd0" + bf.NOW[2:])), 1),  # 2000
    (bf.structure(bf.code(1, 0, 1, 7, 0), b"\x04\x0b\xff\xe0"), 1),  # bit string
    (bf.structure(bf.code(1, 0, 99, 99, 0), b"\x19" + bf.NOW), 0),
])
def test_an_odd_value_costs_one_field(item, odd):
    good = bf.scaled(bf.code(1, 0, 2, 7, 0), bf.u32(7), 0, 27)
    readings, decoder = decode(hdlc(bf.push(bf.array(item, good))))
    assert [r.json() for r in readings] == ['{"active_power_export_w":7}']
    assert decoder.counters()["odd_lines"] == odd


def test_first_of_two_counts():
    twice = [bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(n), 0, 27) for n in (5, 6)]
    readings, decoder = decode(hdlc(bf.push(bf.array(*twice))))
    assert readings[0].get("active_power_import_w") == 5
    assert decoder.counters()["odd_lines"] == 1


def test_tariffs_are_summed_where_no_total_comes():
    rates = [bf.scaled(bf.code(1, 0, 1, 8, n), bf.u32(1000 * n), 0, 30) for n in (1, 2)]
    assert one(bf.push(bf.array(*rates)))["active_energy_import_kwh"] == 3


@pytest.mark.parametrize("stamp,clock,expected", [
    ("07E6011801123A32FF800000", "normal", "2022-01-24T18:58:50+01:00"),
    ("07E6071801123A32FF800000", "normal", "2022-07-24T18:58:50+01:00"),
    ("07E6071801123A32FF800000", "local", "2022-07-24T18:58:50+02:00"),
    ("07E6071801123A32FF800080", "normal", "2022-07-24T18:58:50+01:00"),  # status: summer time
    ("07E6011801123A32FF8000FF", "local", "2022-01-24T18:58:50+01:00"),  # status unknown
    ("07E6071801123A32FFFFC400", "local", "2022-07-24T18:58:50+01:00"),  # it says UTC+1
    ("07E6071801123A32FFFF8880", "normal", "2022-07-24T18:58:50+02:00"),
    ("07E6071801123A32FF000000", "normal", "2022-07-24T18:58:50+00:00"),
    ("07E6071801123A32FF00D200", "normal", "2022-07-24T18:58:50-03:30"),
    ("07E60718FF123AFFFF800000", "normal", "2022-07-24T18:58:00+01:00"),  # second unknown
    ("FFFF071801123A32FF800000", "normal", None),
    ("07E6FFFE01123A32FF800000", "normal", None),
    ("07E60718FFFFFFFFFF800000", "normal", None),
    ("07D0010101000000FF800000", "normal", None),  # never set
    ("083407180112003AFF800000", "normal", None),  # 2100
    ("07E6021E01123A32FF800000", "normal", None),  # 30 February
])
def test_a_clock_is_read_by_its_rule(stamp, clock, expected):
    when = bytes.fromhex(stamp)
    power = bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(1), 0, 27)
    for apdu in (bf.push(power, when),
                 bf.push(bf.array(bf.structure(bf.code(0, 0, 1, 0, 0), bf.octets(when)), power)),
                 bf.push(bf.array(bf.structure(bf.code(0, 1, 1, 0, 0), b"\x19" + when), power))):
        got = one(apdu, clock=clock)
        assert got.get("time") == expected and got["active_power_import_w"] == 1


def test_aidon_s_zero_is_no_deviation():
    """Its Norwegian lists state 0 and run at UTC+1."""
    stamp = bytes.fromhex("07E6011801120000FF000000")
    items = [bf.structure(bf.code(1, 1, 0, 2, 129), bf.visible("AIDON_V0001")),
             bf.structure(bf.code(0, 0, 1, 0, 0), bf.octets(stamp))]
    assert one(bf.push(bf.array(*items)))["time"] == "2022-01-24T18:00:00+01:00"


@pytest.mark.parametrize("items,expected", [
    ([bf.structure(bf.code(0, 0, 96, 1, 0), bf.octets(b"123\0\0\0"))], "123"),
    ([bf.structure(bf.code(0, 0, 96, 1, 0), bf.octets(b"123")),
      bf.structure(bf.code(0, 0, 96, 1, 1), bf.visible("456"))], "456"),
    ([bf.structure(bf.code(0, 0, 96, 1, 1), bf.visible("456")),
      bf.structure(bf.code(0, 0, 96, 1, 0), bf.octets(b"123"))], "456"),
    ([bf.structure(bf.code(0, 0, 96, 1, 0), bf.octets(b"\0\0"))], None),
    ([bf.structure(bf.code(0, 0, 96, 1, 0), bf.octets(b""))], None),
    ([bf.structure(bf.code(1, 1, 0, 0, 1), bf.u32(26733640))], "26733640"),
])
def test_the_meter_s_number_is_found(items, expected):
    assert one(bf.push(bf.array(*items))).get("meter_id") == expected


def test_a_list_that_describes_its_columns_is_read():
    """Landis+Gyr E450: the codes first, then the values in the same order."""
    def described(obis, attribute=2, kind=3):
        return bf.structure(bf.u16(kind), obis, b"\x0f" + bytes((attribute,)), bf.u16(0))

    own = bf.code(0, 8, 25, 9, 0)
    columns = bf.array(described(own, 2, 40), described(own, 1, 40),
                       described(bf.code(0, 0, 96, 1, 0), kind=1),
                       described(bf.code(1, 0, 1, 7, 0)), described(bf.code(1, 1, 1, 8, 0)),
                       described(bf.code(1, 0, 31, 7, 0)), described(bf.code(1, 0, 32, 7, 0)))
    values = [own, bf.octets(b"63316890"), bf.u32(331), bf.u32(4912257), bf.u16(49), bf.u16(234)]
    assert one(bf.push(bf.structure(columns, *values), bf.NOW)) == {
        "time": "2022-01-24T18:58:50+01:00", "meter_id": "63316890", "active_power_import_w": 331,
        "active_energy_import_kwh": 4912.257, "current_l1_a": 0.49, "voltage_l1_v": 234}
    short = one(bf.push(bf.structure(columns, *values[:-1]), bf.NOW))
    assert list(short) == ["time"]  # which value is which cannot be told


@pytest.mark.parametrize("apdu", [
    b"\x0f", b"\x0f\0\0\0\0", b"\x0f\0\0\0\0\0", b"\x0f\0\0\0\0\x0c" + bf.NOW,
    b"\x0f\0\0\0\0\x05abcde" + bf.u32(1), b"\xc2\0\0\0\0\0" + bf.u32(1),
    bf.push(b"\x02\x05" + bf.u32(1)), bf.push(bf.u32(1) + b"\0"), bf.push(b"\x02\x00"),
    bf.push(b"\x02\x01" * 8 + bf.u32(1)), bf.push(b"\x01\x01" * 900 + bf.u32(1)),
    bf.push(b"\x01\x82\xff\xff" + b"\0" * 600), bf.push(b"\x01\x84\xff\xff\xff\xff"),
    bf.push(b"\x09\x84\xff\xff\xff\xff"), bf.push(b"\x09\x82\xff\xffabc"), bf.push(b"\x09\x81"),
    bf.push(b"\x13\x06\x02\0\0"), bf.push(b"\x07"), bf.push(b"\xff" * 50), bf.push(b"\x02\x80"),
    bf.kamstrup()[:-1], bf.kamstrup() + b"\0", bf.push(bf.array(*[bf.u32(1)] * 256)),
    b"\xe0", b"\xe0\xc0\0\1\0\0\x7f\0", b"\xe0\xc0\0\1\0\0\x08\xe0\xc0\0\1\0\0\1\0", b"\xdb",
    b"\xdb\x08", bf.push(bf.structure(*[bf.u16(1)] * 18)), bf.push(bf.octets(b"")),
])
def test_a_malformed_list_is_refused(apdu):
    for size in (0, 1):
        readings, decoder = decode(hdlc(apdu) + KAMSTRUP, size, key=bf.KEY.hex())
        counters = decoder.counters()
        assert len(readings) == 1
        assert counters["malformed"] + counters["wrong_key"] + counters["cut_short"] == 1


def test_kaifa_behind_transformers_has_64_bits():
    apdu = bf.kaifa()
    wide = apdu.replace(bf.u32(112727), b"\x15" + (5 << 32).to_bytes(8, "big"))
    assert one(wide)["active_energy_import_kwh"] == 21474836.480


def extras(*items):
    """What a coded list with these items says beside its power."""
    got = one(bf.push(bf.array(bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(1362), 0, 27), *items)))
    assert got.pop("active_power_import_w") == 1362
    return got


def test_fields_that_swedish_meters_do_not_send_are_read_in_coded_lists():
    assert extras(
        bf.structure(bf.code(0, 0, 96, 14, 0), bf.octets(b"RATE2")),
        bf.structure(bf.code(0, 0, 96, 3, 10), b"\x03\x01"),
        bf.scaled(bf.code(1, 0, 14, 7, 0), bf.u16(4998), -2, 44),
        bf.scaled(bf.code(1, 0, 13, 7, 0), bf.u16(945), -3, 255),
        bf.scaled(bf.code(1, 1, 33, 7, 0), bf.i16(-98), -2, 255),
        bf.scaled(bf.code(1, 0, 5, 8, 0), bf.u32(32014), 1, 32),
        bf.scaled(bf.code(1, 0, 1, 4, 0), bf.u32(5), 2, 27),
        bf.scaled(bf.code(1, 0, 1, 6, 0), bf.u32(6989), 0, 27),
    ) == {"tariff": "RATE2", "breaker": "connected", "frequency_hz": 49.98, "power_factor": 0.945,
          "power_factor_l1": -0.98, "reactive_energy_q1_kvarh": 320.14, "demand_import_w": 500,
          "demand_peak_import_w": 6989}


def test_such_a_field_is_left_out_where_its_unit_scale_or_value_is_not_sure():
    assert extras(bf.scaled(bf.code(1, 0, 14, 7, 0), bf.u16(4998), -2, 35)) == {}  # volts
    assert extras(bf.structure(bf.code(1, 0, 14, 7, 0), bf.u16(4998))) == {}  # no scaler
    assert extras(bf.scaled(bf.code(1, 0, 13, 7, 0), bf.u16(4556), -3, 255)) == {}  # above 1
    assert extras(bf.structure(bf.code(0, 0, 96, 14, 0), b"\0")) == {}
    assert extras(bf.scaled(bf.code(1, 0, 14, 7, 0), bf.octets(b"49.98"), -2, 44)) == {}
    assert extras(bf.structure(bf.code(0, 2, 96, 14, 0), bf.octets(b"gas"))) == {}


def test_power_factors_of_kamstrup_are_hundredths():
    factor = (bf.code(1, 1, 13, 7, 0), bf.u16(83))
    named = bf.push(bf.structure(bf.visible("Kamstrup_V0001"), *factor,
                                 bf.code(1, 1, 1, 7, 0), bf.u32(826)), bf.NOW)
    assert one(named)["power_factor"] == 0.83
    other = bf.push(bf.structure(bf.visible("Somebody_V1"), *factor,
                                 bf.code(1, 1, 1, 7, 0), bf.u32(826)), bf.NOW)
    assert "power_factor" not in one(other)


def test_what_one_list_said_is_not_the_next_one_s():
    with_it = hdlc(bf.push(bf.array(
        bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(1), 0, 27),
        bf.scaled(bf.code(1, 0, 14, 7, 0), bf.u16(4998), -2, 44))))
    without = hdlc(bf.push(bf.array(bf.scaled(bf.code(1, 0, 1, 7, 0), bf.u32(2), 0, 27))))
    assert ["frequency_hz" in text for text in texts(with_it + without)] == [True, False]
