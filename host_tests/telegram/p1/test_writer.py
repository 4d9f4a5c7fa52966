"""A Reading written as P1: nothing lost on the way back, and dsmr_parser agrees."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fits.ways.dsmr_names import NAMES
from fixtures import binary_frames as bf
from fixtures.p1_text import arc, parse
from fixtures.repository import telegrams
from microhan.reading.fields import COUNT, FIELDS, I_IDENTIFICATION, I_METER_ID, INDEX, TEXT, TIME
from microhan.reading.reading import Reading, is_momentary
from microhan.telegram.p1.writer import write

BINARY = [r for r in telegrams("dlms-hdlc", "dlms-hdlc-stream", "dlms-mbus", "p1-encrypted")
          if "refuse" not in r]
READINGS = [(r["file"], bf.decode(r["data"], **bf.settings(r))[0][0]) for r in BINARY] + [
    (name, bf.decode(data, **options)[0][0]) for name, data, options in bf.made()]
IDS = [name for name, _ in READINGS]
UNSAID = ("meter_type", "list_id")  # P1 has no lines for these


def test_every_binary_and_encrypted_telegram_of_the_corpus_is_here():
    """All but those that are refused for the reason which their entries state, and each of them
    has something that dsmr_parser can compare, or says at least its power; unless nothing but a
    clock is known of it.
    """
    silent = {r["file"] for r in BINARY if not r["expected"]}
    assert silent <= {"ch-lg_e450_three_in_one_frame-4.bin"}
    for name, reading in READINGS:
        assert name in silent or any(
            reading.get(key) is not None for key in NAMES.values()), name


def back(reading, dialect, **how):
    """The Reading that our own parser makes of what is written."""
    data = write(reading, dialect)
    (again,), parser = parse(data, **how)
    assert parser.odd_lines == parser.skipped == 0
    return again


def same(before, after):
    for i in range(COUNT):
        key, kind, _ = FIELDS[i]
        if key in UNSAID or i == I_IDENTIFICATION and before.at(i) is None:
            continue
        if kind == TIME and before.at(i) is not None:
            assert (before.at(i) - 60 * before.utc_offset
                    == after.at(i) - 60 * after.utc_offset)
            continue
        assert after.at(i) == before.at(i), key
        if kind > TEXT and is_momentary(i) and after.at(i) is not None:
            assert after.decimals(i) >= before.decimals(i)


@pytest.mark.parametrize("reading", [r for _, r in READINGS], ids=IDS)
@pytest.mark.parametrize("dialect,clock", [("se", "normal"), ("dsmr", "local")])
def test_nothing_is_lost(reading, dialect, clock):
    same(reading, back(reading, dialect, clock=clock))


def test_ascii_readings_come_back(corpus):
    from fixtures.expected import how
    for record in corpus:
        if record["crc"] == "valid" and record["country"] not in ("FI", "LT"):
            options = how(record)
            (reading,), _ = parse(record["data"], **options)
            same(reading, back(reading, "se", **options | {"clock": "normal"}))
            same(reading, back(reading, "dsmr", **options | {"clock": "local"}))


@pytest.mark.parametrize("reading", [r for _, r in READINGS], ids=IDS)
@pytest.mark.parametrize("dialect,name", [("se", "SWEDEN"), ("dsmr", "V5")])
def test_dsmr_parser_agrees(reading, dialect, name):
    specifications = pytest.importorskip("dsmr_parser.telegram_specifications")
    from dsmr_parser.parsers import TelegramParser

    specification = getattr(specifications, name)
    telegram = TelegramParser(specification, True).parse(write(reading, dialect).decode())
    known = {NAMES[o["value_name"]]: o["value_name"] for o in specification["objects"]
             if o["value_name"] in NAMES}
    compared = 0
    for key, attribute in known.items():
        value = reading.get(key)
        assert hasattr(telegram, attribute) == (value is not None), key
        if value is not None:
            assert getattr(telegram, attribute).value == Decimal(value).scaleb(-3), key
            compared += 1
    assert compared or reading.get("active_power_import_w") is None
    assert hasattr(telegram, "P1_MESSAGE_TIMESTAMP") == (reading.get("time") is not None)
    if name == "V5" and reading.get("meter_id"):
        number = reading.get("meter_id")
        if len(number) >= 8:  # a shorter one stands as it is
            number = number.encode().hex().upper()
        assert telegram.EQUIPMENT_IDENTIFIER.value == number


def full():
    """A Reading with all that the H1 list has."""
    reading = Reading()
    for i in range(COUNT):
        if "_t" not in FIELDS[i][0] and FIELDS[i][1] > TEXT:
            reading.put(i, 1000 * i + i)
    reading.put(0, 833_000_000)
    return reading


def test_the_swedish_order_and_decimals():
    lines = write(full()).decode().split("\r\n")
    assert lines[:3] == ["/MHN5\\2microhan", "", "0-0:1.0.0(260525045320W)"]
    codes = [line[4:line.index("(")] for line in lines[3:-2]]
    phases = [f"{c + 20 * p}.7.0" for c in (21, 22, 23, 24, 32, 31) for p in range(3)]
    assert codes == ["1.8.0", "2.8.0", "3.8.0", "4.8.0", "1.7.0", "2.7.0", "3.7.0", "4.7.0",
                     *phases]
    assert "1-0:1.8.0(00000027.027*kWh)" in lines
    assert "1-0:3.7.0(0007.007*kVAr)" in lines
    assert "1-0:32.7.0(021.0*V)" in lines and "1-0:31.7.0(024.0*A)" in lines
    body, crc = write(full()).split(b"!")
    assert int(crc, 16) == arc(body + b"!")


def test_dsmr_widths_and_header():
    reading = full()
    reading.put(I_METER_ID, "5706567331323526")
    reading.put(INDEX["active_energy_import_t1_kwh"], 1500)
    lines = write(reading, "dsmr").decode().split("\r\n")
    assert lines[2:6] == ["1-3:0.2.8(50)", "0-0:1.0.0(260525045320W)",
                          "0-0:96.1.1(35373036353637333331333233353236)",
                          "1-0:1.8.1(000001.500*kWh)"]
    assert "1-0:1.7.0(05.005*kW)" in lines and "1-0:31.7.0(024*A)" in lines


@pytest.mark.parametrize("key,value,decimals,line", [
    ("current_l1_a", -1234, 3, "1-0:31.7.0(-001.234*A)"),
    ("current_l1_a", -1234, 0, "1-0:31.7.0(-001.2*A)"),
    ("current_l1_a", 1_234_500, 2, "1-0:31.7.0(1234.50*A)"),
    ("voltage_l1_v", 41_160_000, 2, "1-0:32.7.0(41160.00*V)"),
    ("active_power_import_w", -20, 0, "1-0:1.7.0(-0000.020*kW)"),
    ("active_power_import_w", 12_345_678, 0, "1-0:1.7.0(12345.678*kW)"),
    ("active_energy_import_kwh", 99_999_999_999, 0, "1-0:1.8.0(99999999.999*kWh)"),
    ("active_energy_import_kwh", 2**53 + 1, 0, "1-0:1.8.0(9007199254740.993*kWh)"),
])
def test_a_number_is_written_with_its_decimals(key, value, decimals, line):
    reading = Reading()
    reading.put(INDEX[key], value, decimals)
    assert line.encode() + b"\r\n" in write(reading)


@pytest.mark.parametrize("offset,se,dsmr", [
    (60, "220724185850W", "220724185850W"),
    (120, "220724175850W", "220724185850S"),
    (0, "220724195850W", "220724195850W"),
    (180, "220724165850W", "220724165850W"),
])
def test_a_clock_at_another_offset_is_put_right(offset, se, dsmr):
    when = bytes.fromhex("07E6071801123A32FF") + (-offset).to_bytes(2, "big", signed=True) + b"\0"
    reading = bf.decode(bf.hdlc(bf.kamstrup(False, when=when)))[0][0]
    assert f"0-0:1.0.0({se})".encode() in write(reading, "se")
    assert f"0-0:1.0.0({dsmr})".encode() in write(reading, "dsmr")


def test_a_meter_s_own_identification_stays():
    reading = Reading()
    reading.put(I_IDENTIFICATION, "ELL5\\253833635_A")
    assert write(reading).startswith(b"/ELL5\\253833635_A\r\n\r\n!")


@pytest.mark.parametrize("number,line", [
    ("1234567", b"0-0:96.1.1(1234567)"), ("12345678", b"0-0:96.1.1(3132333435363738)"),
    ("A(1)", None), ("1" * 65, None), ("77(516)706", b"0-0:96.1.1(37372835313629373036)")])
def test_a_meter_s_number_is_written_as_hex(number, line):
    reading = Reading()
    reading.put(I_METER_ID, number)
    assert (line in write(reading)) if line else b"96.1.1" not in write(reading)
    if line:
        assert back(reading, "se").get("meter_id") == number


def test_another_dialect_is_refused():
    with pytest.raises(ValueError):
        write(Reading(), "nl")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.integers(5, COUNT - 1), st.integers(-10**11, 10**11)),
       st.integers(0, 3), st.sampled_from(["se", "dsmr"]))
def test_any_reading_comes_back(fields, decimals, dialect):
    reading = Reading()
    for i, value in fields.items():
        if "_t" in FIELDS[i][0] and FIELDS[i][0].split("_t")[1][0].isdigit():
            continue  # tariffs without a total make one: test_tariffs
        reading.put(i, value)
        if FIELDS[i][0][-2:] in ("_v", "_a"):
            step = 10 ** (3 - decimals)
            reading.put(i, value // step * step, decimals)
    same(reading, back(reading, dialect))
