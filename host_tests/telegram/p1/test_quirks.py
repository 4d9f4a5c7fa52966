"""The quirks of real meters, one test each (docs/research/protocol.md, clause 5)."""

import pytest

from fixtures.p1_text import hex_id, one, parse, telegram, values

POWER = "1-0:1.7.0(0002.202*kW)"
CLOCK = "0-0:1.0.0(220408135021W)"


def test_a_plain_telegram_gives_all_its_values():
    assert one(CLOCK, POWER) == {
        "time": "2022-04-08T13:50:21+01:00", "identification": "KAM5",
        "active_power_import_w": 2202}


@pytest.mark.parametrize("data", [
    b"\r\n" + telegram(POWER),  # CRLF before the slash
    telegram(POWER, blank=False),
    telegram(POWER, end="\n"),
    telegram(POWER, end="\0\r\n"),  # NUL before CR
    telegram(POWER, tail="\0\0\r\n"),
    telegram(POWER, tail=""),
    telegram(POWER, crc="%04x"),
    b"\0\0" + telegram(POWER, tail="\0"),
    telegram(POWER, ident="ELL5\\253833635_A"),
    telegram(POWER, ident="ADN9 6534"),
    telegram(POWER, ident="NES5:83335-3E"),
    telegram(POWER, ident="LG_E660_Fluvius_3N400V"),
])
def test_odd_ends_of_lines_and_telegrams_do_no_harm(data):
    for size in (0, 1):
        assert [v["active_power_import_w"] for v in values(data, size=size)] == [2202]


def test_the_end_may_stand_on_the_last_value_s_line():
    body = b"/KAM5\r\n\r\n1-0:1.7.0(0002.202*kW)!"
    from fixtures.p1_text import arc
    data = body + b"%04X\r\n" % arc(body)
    assert values(data)[0]["active_power_import_w"] == 2202


def test_a_checksum_may_lack_its_leading_zeros():
    """Leading zeros dropped, down to one digit; 0000 is a checksum like any other."""
    from fixtures.p1_text import arc
    seen = set()
    n = 0
    while seen != {1, 2, 3, 4} or n == 0:
        n += 1
        data = telegram(POWER, f"0-0:96.13.0({n})", crc="")
        crc = arc(data[:data.index(b"!") + 1])
        digits = len(f"{crc:X}")
        if digits in seen:
            continue
        seen.add(digits)
        sent = data[:-2] + b"%X\r\n" % crc
        assert len(values(sent)) == 1, digits
        assert not values(data[:-2] + b"0000\r\n" if crc else data)
        if n > 200000:
            break
    assert seen == {1, 2, 3, 4}


def test_a_checksum_of_zero_is_checked_like_any_other():
    assert not values(telegram(POWER, crc="")[:-2] + b"0000\r\n")
    assert parse(telegram(POWER, crc="")[:-2] + b"0000\r\n")[1].crc == 1


def test_without_a_checksum_it_is_read_only_if_checksums_are_off():
    data = telegram(POWER, crc="")
    assert not values(data)
    readings, parser = parse(data, crc=False)
    assert len(readings) == 1 and parser.checksum_failed


def test_bit_7_is_ignored_only_if_checksums_are_off():
    data = bytes(b | 0x80 if bin(b).count("1") % 2 else b for b in telegram(POWER, crc=""))
    assert not values(data)
    assert values(data, crc=False)[0]["active_power_import_w"] == 2202


def test_the_checksum_covers_the_bytes_as_received():
    data = bytearray(telegram(POWER))
    data[data.index(b"202")] |= 0x80
    assert not values(bytes(data))


@pytest.mark.parametrize("line,key,value", [
    ("1-0:1.7.0(0002.202*kW)", "active_power_import_w", 2202),
    ("1-0:1.7.0(02.2021*kW)", "active_power_import_w", 2202),  # four decimals: cut, not rounded
    ("1-0:1.7.0(02.2029*kW)", "active_power_import_w", 2202),
    ("1-0:1.7.0(2202*W)", "active_power_import_w", 2202),
    ("1-0:1.7.0(2202.9*W)", "active_power_import_w", 2202),
    ("1-0:1.7.0(0000.002202*MW)", "active_power_import_w", 2202),
    ("1-0:1.7.0(2.202kW)", "active_power_import_w", 2202),  # no *
    ("1-0:1.7.0(2.202)", "active_power_import_w", 2202),  # no unit: the H1 list's
    ("1-0:1.7.0(2.202*)", "active_power_import_w", 2202),
    ("1-0:1.7.0*255(2.202*KW)", "active_power_import_w", 2202),
    ("1-0:1.7.0.255(2.202*kw)", "active_power_import_w", 2202),
    ("1-1:1.7.0(2.202*kW)", "active_power_import_w", 2202),
    ("1-0.1.7.0(2.202*kW)", "active_power_import_w", 2202),
    ("1-0:1.7.0(-2.202*kW)", "active_power_import_w", -2202),
    ("1-0:1.7.0(+2.202*kW)", "active_power_import_w", 2202),
    ("1-0:3.7.0(0000.345*kVAr)", "reactive_power_import_var", 345),
    ("1-0:3.7.0(0000.345*kvar)", "reactive_power_import_var", 345),
    ("1-0:4.7.0(345*VAr)", "reactive_power_export_var", 345),
    ("1-0:4.7.0(1.5*Mvar)", "reactive_power_export_var", 1500000),
    ("1-0:1.8.0(00060995.424*kWh)", "active_energy_import_kwh", 60995.424),
    ("1-0:1.8.0(0060995424*Wh)", "active_energy_import_kwh", 60995.424),
    ("1-0:1.8.0(00060.9954249*MWh)", "active_energy_import_kwh", 60995.424),
    ("1-0:2.8.0(012.5)", "active_energy_export_kwh", 12.5),
    ("1-0:3.8.0(00000012.696*kVArh)", "reactive_energy_import_kvarh", 12.696),
    ("1-0:4.8.0(1.25*Mvarh)", "reactive_energy_export_kvarh", 1250.0),
    ("1-0:4.8.0(12*varh)", "reactive_energy_export_kvarh", 0.012),
    ("1-0:32.7.0(235.5*V)", "voltage_l1_v", 235.5),
    ("1-0:52.7.0(0.2355*kV)", "voltage_l2_v", 235.5),
    ("1-0:72.7.0(41160.00*V)", "voltage_l3_v", 41160),
    ("1-0:31.7.0(008.3*A)", "current_l1_a", 8.3),
    ("1-0:51.7.0(-001.2*A)", "current_l2_a", -1.2),
    ("1-0:71.7.0(000.88*A)", "current_l3_a", 0.88),
    ("1-0:71.7.0(0000.012*kA)", "current_l3_a", 12),
    ("1-0:31.7.0(830*mA)", "current_l1_a", 0.83),
    ("1-0:31.7.0(008*A)", "current_l1_a", 8),
])
def test_a_value_is_read_in_every_spelling(line, key, value):
    for size in (0, 1):
        (got,) = values(telegram(line), size=size)
        assert got[key] == value


@pytest.mark.parametrize("text,shown", [
    ("235.5*V", "235.5"), ("235.50*V", "235.50"), ("235*V", "235"), ("235.12345*V", "235.123"),
    ("0.2355*kV", "235.5"), ("0.235*kV", "235")])
def test_volts_keep_their_decimals_as_sent(text, shown):
    (reading,), _ = parse(telegram(f"1-0:32.7.0({text})"))
    assert f'"voltage_l1_v":{shown}' in reading.json()


@pytest.mark.parametrize("wh", [
    0, 999, 2**30 - 1, 2**30, 2**30 + 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1,
    99_999_999_999])
def test_registers_of_any_size_stay_exact(wh):
    for line in (f"1-0:1.8.0({wh // 1000:08d}.{wh % 1000:03d}*kWh)", f"1-0:1.8.0({wh}*Wh)"):
        (reading,), _ = parse(telegram(line))
        assert reading.get("active_energy_import_kwh") == wh
        assert f'"active_energy_import_kwh":{wh // 1000}.{wh % 1000:03d}' in reading.json()


@pytest.mark.parametrize("line", [
    "1-0:1.7.0()", "1-0:1.7.0(1.2.3*kW)", "1-0:1.7.0(1*kWh)", "1-0:1.7.0(1*V)",
    "1-0:1.7.0(1*kvar)", "1-0:1.7.0(abc)", "1-0:1.7.0(1", "1-0:1.7.0((ER11))", "1-0:1.7.0(--1*kW)",
    "1-0:1.7.0(1234567890123456789*W)", "1-0:1.7.0(1*mW3)", "1-0:1.7.0(.5*kW)", "1-0:1.7.0(-)",
    "1-0:4:24.7.0(1*kW)", "garbage", "1-0:1.7(1*kW)", "1-0:1.7.0", "999-0:1.7.0(1*kW)",
    "1-0:1.7.0.3.4(1*kW)", "1-:1.7.0(1*kW)", "1-0:1.7.0(1*kkkkkkkkW)",
    "0-0:1.0.0(220231000000W)", "0-0:1.0.0(632525252525S)", "0-0:1.0.0(000220124115W)",
    "0-0:1.0.0(220408245021W)", "0-0:1.0.0(220408136021W)", "0-0:1.0.0(220408135060W)",
    "0-0:1.0.0(220408135021X)", "0-0:1.0.0(2204081350210W)", "0-0:1.0.0(20240111 09:35)",
    "0-0:1.0.0(10203040506W)", "0-0:1.0.0(22040813502W)", "0-0:1.0.0()",
])
def test_a_malformed_line_costs_one_field(line):
    data = telegram("1-0:2.7.0(1.000*kW)", line, "1-0:32.7.0(230.0*V)")
    for size in (0, 1):
        (reading,), parser = parse(data, size=size)
        assert parser.odd_lines == 1
        assert [r for r in reading.fields()] == [1, 6, 21]


@pytest.mark.parametrize("line", [
    "0-0:96.13.0()", "1-0:0.2.0((ER11))", "(00124.477)", "0-0:96.1.1()", "9-9:1.2.3(4)",
    "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)",
    "1-0:99.97.0(99)(0-0:96.7.19)" + "(101208152415W)(0000000240*s)" * 99,
    "0-1:1.8.0(1*kWh)", "1-1:31.4.0(1*A)(-1*A)", "",
])
def test_a_line_with_another_code_is_not_malformed(line):
    data = telegram("1-0:2.7.0(1.000*kW)", line)
    for size in (0, 1):
        (reading,), parser = parse(data, size=size)
        assert parser.odd_lines == 0
        assert [r for r in reading.fields()] == [1, 6]


def test_the_first_of_two_lines_with_one_code_counts():
    (reading,), parser = parse(telegram("1-0:1.7.0(1*kW)", "1-0:1.7.0(2*kW)", "1-1:1.7.0(3*kW)"))
    assert reading.get("active_power_import_w") == 1000
    assert parser.odd_lines == 2
    (reading,), parser = parse(telegram("1-0:1.7.0(?*kW)", "1-0:1.7.0(2*kW)"))
    assert reading.get("active_power_import_w") is None
    assert parser.odd_lines == 2


@pytest.mark.parametrize("lines,expected", [
    (["0-0:96.1.1(" + hex_id("K8EG004046395507") + ")"], "K8EG004046395507"),
    (["0-0:96.1.0(7340157030732044)"], "7340157030732044"),  # 16 hex digits, no ASCII
    (["0-0:96.1.0(77516706)"], "77516706"),
    (["0-0:96.1.1(3232)"], "3232"),  # too short to be spelled out
    (["0-0:96.1.0(11)", "0-0:96.1.1(22)"], "22"),
    (["0-0:96.1.1()", "0-0:96.1.0(11)"], "11"),
    (["0-0:96.1.1()"], None),
    (["0-1:96.1.0(" + hex_id("G00360012345") + ")", "0-4:96.1.1(11)"], None),
    (["0-0:96.1.1(AB/CD-12)"], "AB/CD-12"),
    (["0-0:96.1.1(" + "9" * 200 + ")", "1-0:1.7.0(1*kW)"], None),
    (["0-0:96.1.1(4530303336303000000000000000000040)"], "4530303336303000000000000000000040"),
])
def test_the_meter_s_number_is_found(lines, expected):
    assert one(*lines).get("meter_id") == expected


@pytest.mark.parametrize("lines, number, kind", [
    # Kaifa MA309M in Poland: number before, type behind the registers
    (["0-0:96.1.0(3330303031323334)", "0-0:96.1.1(4D413330394D)"], "30001234", "MA309M"),
    (["0-0:96.1.1(4D413330394D)", "0-0:96.1.0(3330303031323334)"], "30001234", "MA309M"),
    (["0-0:96.1.1(12345678)", "0-0:96.1.0(5706567331323526)"], "5706567331323526", "12345678"),
    (["0-0:96.1.1(4D413330394D)"], "4D413330394D", None),  # no other to be the number
    (["0-0:96.1.1(4D413330394D)", "0-0:96.1.0(77516706)"], "4D413330394D", None),  # nor longer
    (["0-0:96.1.1(MA309M)", "0-0:96.1.0(3330303031323334)"], "MA309M", None),  # no hex digits
    (["0-0:96.1.1(33303030313233343536)", "0-0:96.1.0(333030303132333435363738)"],
     "3000123456", None),
    (["0-0:96.1.1()", "0-0:96.1.0(3330303031323334)"], "30001234", None),
])
def test_a_short_number_beside_a_longer_one_is_the_type(lines, number, kind):
    said = one(*lines)
    assert (said["meter_id"], said.get("meter_type")) == (number, kind)


def test_tariffs_are_summed_where_no_total_comes():
    got = one("1-0:1.8.1(1.5*kWh)", "1-0:1.8.2(2.25*kWh)", "1-0:2.8.1(0.001*kWh)")
    assert got["active_energy_import_t1_kwh"] == 1.5
    assert got["active_energy_import_kwh"] == 3.75
    assert got["active_energy_export_kwh"] == 0.001
    # both: the total is as sent
    got = one("1-0:1.8.0(9*kWh)", "1-0:1.8.1(1.5*kWh)", "1-0:1.8.2(2.25*kWh)")
    assert got["active_energy_import_kwh"] == 9
    # one of them odd: no total
    for odd in ("1-0:1.8.2(?*kWh)", "1-0:1.8.0(?*kWh)", "1-0:1.8.2()"):
        got = one("1-0:1.8.1(1.5*kWh)", odd)
        assert got["active_energy_import_t1_kwh"] == 1.5
        assert "active_energy_import_kwh" not in got


def test_a_tariff_that_stays_away_leaves_no_total():
    both = telegram("1-0:1.8.1(1*kWh)", "1-0:1.8.2(2*kWh)")
    half = telegram("1-0:1.8.1(1*kWh)")
    other = telegram("1-0:1.8.1(1*kWh)", ident="XYZ5")
    totals = [v.get("active_energy_import_kwh") for v in values(both + half + both + other)]
    assert totals == [3, None, 3, 1]


@pytest.mark.parametrize("stamp,clock,offset,expected", [
    ("220708135021S", "normal", 60, "2022-07-08T13:50:21+01:00"),
    ("220708135021S", "local", 60, "2022-07-08T13:50:21+02:00"),
    ("220708135021W", "local", 60, "2022-07-08T13:50:21+01:00"),
    ("220708135021", "local", 60, "2022-07-08T13:50:21+02:00"),
    ("221108135021", "local", 60, "2022-11-08T13:50:21+01:00"),
    ("220708135021", "local", 120, "2022-07-08T13:50:21+03:00"),
    ("220327015959", "local", 60, "2022-03-27T01:59:59+01:00"),
    ("220327030000", "local", 60, "2022-03-27T03:00:00+02:00"),
    ("221030015959", "local", 60, "2022-10-30T01:59:59+02:00"),
    ("221030030000", "local", 60, "2022-10-30T03:00:00+01:00"),
    ("240229235959W", "normal", 60, "2024-02-29T23:59:59+01:00"),
    ("010101000000W", "normal", 60, "2001-01-01T00:00:00+01:00"),
    ("091231235959W", "normal", -210, "2009-12-31T23:59:59-03:30"),
    ("991231235959W", "normal", 60, "2099-12-31T23:59:59+01:00"),
])
def test_a_clock_is_read_by_its_rule(stamp, clock, offset, expected):
    (reading,) = values(telegram(f"0-0:1.0.0({stamp})"), clock=clock, offset=offset)
    assert reading["time"] == expected


def test_a_code_may_have_a_dot_for_its_colon():
    assert one("0-0.1.0.0(220408135021W)")["time"] == "2022-04-08T13:50:21+01:00"


def test_telegrams_back_to_back_in_one_read_are_all_read():
    data = telegram(POWER) * 3 + telegram(POWER, tail="") * 3
    for size in (0, 1, 5):
        assert len(values(data, size=size)) == 6


def test_a_telegram_may_begin_at_any_line_s_start():
    whole = telegram(CLOCK, POWER)
    readings, parser = parse(whole[:whole.index(b"1-0")] + whole)
    assert len(readings) == 1 and parser.restarted == 1


@pytest.mark.parametrize("broken", [
    b"/KAM5\r\n\r\n1-0:1.7.0(0002", b"/KAM5\r\n\r\n1-", b"/KAM5\r\n\r\n0-0:96.1.1(4B38",
    b"/KAM5\r\n\r\n1-0:1.7.0(0002.202*kW)", b"/KAM5\r\n\r\n1-0:1.7.0(1*kW)a/b/c", b"/KA"])
def test_a_telegram_may_begin_in_mid_line(broken):
    good = telegram(CLOCK, POWER)
    for size in (0, 1, 3):
        readings, parser = parse(broken + good, size=size)
        assert [r.get("active_power_import_w") for r in readings] == [2202]
        assert readings[0].text(1) == "KAM5"
        assert parser.raw() == good.rstrip()


def test_noise_between_two_telegrams_costs_neither():
    import random
    rng = random.Random(1)
    good = telegram(CLOCK, POWER)
    for _ in range(20):
        noise = bytes(rng.randrange(256) for _ in range(10_000))
        readings, parser = parse(good + noise + good)
        assert len(readings) == 2
        assert parser.skipped + parser.odd_lines + parser.restarted + parser.crc > 0


def test_a_slash_in_noise_hides_no_telegram():
    good = telegram(POWER)
    for noise in (b"x/y", b"//", b"\xff/\xff", b"/abc", b"/abc\r", b"a/b!1234", b"/x\n/y\n"):
        assert len(values(noise + good)) == 1, noise


def test_a_telegram_without_end_is_given_up():
    endless = b"/KAM5\r\n\r\n" + b"1-0:99.99.0(1)\r\n" * 2000
    readings, parser = parse(endless)
    assert not readings and parser.too_long == 1
    assert len(parse(endless + telegram(POWER))[0]) == 1


def test_identifications_alone_are_counted_and_give_no_reading():
    readings, parser = parse(b"/KAM5\r\n\r\n" * 5)
    assert not readings and parser.identified == 5


def test_a_telegram_with_only_a_clock_is_a_reading():
    assert one(CLOCK) == {"time": "2022-04-08T13:50:21+01:00", "identification": "KAM5"}


def test_quotes_in_an_identification_stay_json():
    (reading,) = values(telegram(POWER, ident='A"B\\5'))
    assert reading["identification"] == 'A"B\\5'


def test_raw_is_what_was_sent():
    data = telegram(CLOCK, POWER)
    long = telegram(POWER, *["0-0:96.13.0(" + "3" * 900 + ")"] * 3)
    out = []
    from microhan.telegram.p1.parser import P1Parser
    parser = P1Parser(lambda p: out.append(p.raw()))
    for d in (data, long, long, data):
        parser.feed(d, len(d))
    assert out[0] == out[3] == data.rstrip()
    assert out[1] == out[2] == long.rstrip()  # longer than the first buffer: that has grown


def test_texts_are_each_telegram_s_own():
    """Readings share their texts while the meter repeats them, and only then."""
    def told(number, ident="KAM5"):
        lines = [POWER, f"0-0:96.1.1({number})"] if number else [POWER]
        return telegram(*lines, ident=ident)

    wrong = told("98765432", "KAM7").replace(b"kW", b"KW")  # gathered, too, but never proven
    data = [told("12345678"), told("12345678"), wrong, told("12345678"), told("12345679"),
            told(""), told("12345679"), told("1234567"), told("12345679"),
            told("12345679", "KAM6")]
    readings = parse(b"".join(data))[0]
    assert [(r.text(1), r.text(2)) for r in readings] == [
        ("KAM5", "12345678"), ("KAM5", "12345678"), ("KAM5", "12345678"), ("KAM5", "12345679"),
        ("KAM5", None), ("KAM5", "12345679"), ("KAM5", "1234567"), ("KAM5", "12345679"),
        ("KAM6", "12345679")]
    assert readings[0].wide is readings[1].wide


def test_letters_after_the_clock_leave_it_absent():
    """Six letters and more, as no meter sends: found by random changes of real telegrams."""
    assert one("0-0:1.0.0(220408135021zzzzzzzz)", POWER) == {
        "identification": "KAM5", "active_power_import_w": 2202}
