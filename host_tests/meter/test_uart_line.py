"""The line finds its own speed, framing and polarity from what the bytes look like, and keeps
them.

The UART is line_model.py's: what differs in speed, parity or polarity gives the bytes and breaks
that a real one would give.
"""

import random

import pytest

from fixtures import binary_frames as bf
from fixtures import needs
from fixtures.meter_wire import BY_NAME, GOOD, Hasty, Reader, Wire, first
from meter_model import line_model
from meter_model.line_model import Line
from microhan.meter.line_search import COUNT, candidate
from microhan.meter.uart_line import settings_of, text_of

pytestmark = pytest.mark.usefixtures("instant_sleep")


# Name, telegram, line, configuration. DSMR 2 has no checksum, so its owner says meter.crc off.
DIALECTS = [
    ("P1, Kamstrup", "se-kamstrup_omnipower_p1-1.bin", Line(), {}),
    ("P1, DSMR 2.2", "nl-kamstrup_162_dsmr22-1.bin", Line(9600, 7, "even"), {"crc": "off"}),
    ("P1, encrypted", "lu-smarty_encrypted-1.bin", Line(), {}),
    ("Kamstrup HDLC", "se-kamstrup_v0001_amshan-1.bin", Line(2400), {}),
    ("Kaifa HDLC, list 2", "no-kaifa_list2-1.bin", Line(2400, 8, "even"), {}),
    ("Kaifa HDLC, list 1", "no-kaifa_list1-1.bin", Line(2400, 8, "even"), {}),
    ("Aidon HDLC", "se-aidon_efs-3.bin", Line(2400), {}),
    ("Aidon HDLC, fast", "se-aidon_efs-3.bin", Line(), {}),
    ("M-Bus, encrypted", "at-kaifa_mbus_encrypted-1.bin", Line(2400, 8, "even"), {}),
]
CASES = [(*d, inverted) for d in DIALECTS for inverted in (False, True)]
NAMES = [d[0] + (", inverted" if d[-1] else "") for d in CASES]


def meter(name, line, inverted):
    """(telegram, line, configuration) of one dialect."""
    record = BY_NAME.get(name)
    if not record:
        pytest.skip(needs.REAL_TELEGRAMS)
    keys = {"key": record["key"], "auth_key": record.get("aad") or ""} if "key" in record else {}
    return record["data"], line._replace(inverted=inverted), keys


def fits(case, interval):
    """Whether the telegram is over before the next one begins."""
    record = BY_NAME.get(case[1])
    return not record or len(record["data"]) * case[2].byte_s <= interval - 0.5


@pytest.mark.parametrize("interval, case", [
    pytest.param(interval, case, id=f"{interval} s, {name}") for interval in (1, 10, 30, 60)
    for case, name in zip(CASES, NAMES, strict=True) if fits(case, interval)])
def test_settings_are_found_in_three_intervals_and_a_minute(interval, case):
    """In three intervals of the meter and a minute."""
    name, file, line, options, inverted = case
    data, line, keys = meter(file, line, inverted)
    for phase in (0.0, 0.5, 0.93):
        took, reader = first(data, line, options | keys, interval, phase)
        assert took is not None and took <= 3 * interval + 60
        assert reader.meter.status()["line"]["found"]
        assert set(reader.states) <= {"never", "garbage_baud", "ok"}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_settings_are_found_in_time_whatever_worked_before(case):
    name, file, line, options, inverted = case
    data, line, keys = meter(file, line, inverted)
    for number in range(COUNT):
        took, _ = first(data, line, options | keys, 10, 0.4, text_of(candidate(number)))
        assert took is not None and took <= 90, candidate(number)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_settings_are_found_by_a_uart_that_takes_a_low_stop_for_a_start(case, monkeypatch):
    """How the chip goes on after a framing error is not in its manual: either way will do."""
    monkeypatch.setattr(line_model, "_Uart", Hasty)
    name, file, line, options, inverted = case
    data, line, keys = meter(file, line, inverted)
    for number in (None, 0, 1, 4, 8, 13, 14, 17):
        memory = None if number is None else text_of(candidate(number))
        took, _ = first(data, line, options | keys, 10, 0.4, memory)
        assert took is not None and took <= 90, number


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_reader_plugged_in_in_mid_telegram_reads_the_next(case):
    _, file, line, options, inverted = case
    data, line, keys = meter(file, line, inverted)
    wire = Wire(lambda n: data[len(data) // 2:] if not n else data, lambda s: line, first=0.04)
    reader = Reader(wire, **options | keys).run(90)
    assert reader.at


@pytest.mark.parametrize("number", [1, 12])
def test_what_worked_is_used_first_after_a_restart(number):
    line = Line(*candidate(number))
    took, reader = first(GOOD, line, {}, 10, remembered=text_of(candidate(number)))
    assert took < 13 and reader.kept == [] and len(reader.wire.opened) == 1


def test_a_board_that_inverts_in_the_chip_is_heard_from_its_first_telegram():
    took, reader = first(GOOD, Line(inverted=True), {"invert": "on"}, 10)
    assert took < 13 and len(reader.wire.opened) == 1


def test_a_wrong_polarity_of_the_configuration_is_only_where_the_search_begins():
    took, _ = first(GOOD, Line(), {"invert": "on"}, 10)
    assert 13 < took < 60


def test_candidates_have_texts():
    assert len({candidate(n) for n in range(COUNT)}) == COUNT
    for number in range(COUNT):
        assert settings_of(text_of(candidate(number))) == candidate(number)
    for nonsense in (None, b"", b"7", b"115200 9 none 0", b"2400 6 none 1", b"300 8 none 0",
                     b"x 8 none 0", b"\xff 8 none 0", b"2400 8 even"):
        assert settings_of(nonsense) == candidate(0)


def test_the_diagnosis_and_its_capture_are_dropped_once_the_meter_is_read():
    reader = Reader(Wire(lambda n: GOOD, lambda s: Line(2400))).run(100)
    assert reader.at and reader.meter._line_diagnosis is None and reader.meter._capture is None


def test_a_full_flash_is_no_harm():
    def full(name, text):
        raise OSError(28)

    reader = Reader(Wire(lambda n: GOOD, lambda s: Line(2400)))
    reader.line_folder.write = full
    assert len(reader.run(60).at) > 2


def test_damage_and_silence_do_not_unsettle_a_line_that_worked():
    bad = GOOD.replace(b"202", b"203")
    wire = Wire(lambda n: b"" if 30 < n < 90 else bad if 5 <= n < 15 else GOOD, lambda s: Line())
    reader = Reader(wire).run(1000)
    assert len(wire.opened) == 1 and reader.states[-1] == "ok" and "silent" in reader.states


def test_other_telegrams_damaged_for_long_do_not_either():
    """Damage that leaves nothing whole: the first byte alone speaks for the settings."""
    rng = random.Random(5)
    frame = bf.hdlc(bf.kamstrup(False))
    line = Line(2400)

    def damaged(n):
        if n < 5 or n > 20:
            return frame
        return frame[:1] + bytes(b ^ (rng.random() < 0.3) * rng.randrange(256) for b in frame[1:])

    wire = Wire(damaged, lambda s: line)
    reader = Reader(wire, remembered=b"2400 8 none 0").run(400)
    back = [ms for ms in reader.at if ms > 210_000]
    assert back and back[0] < 280_000


SWAPS = [("Kamstrup HDLC", "P1, Kamstrup"), ("P1, Kamstrup", "Kamstrup HDLC"),
         ("Kaifa HDLC, list 2", "P1, DSMR 2.2"), ("Aidon HDLC", "Aidon HDLC, fast"),
         ("P1, Kamstrup", "Kaifa HDLC, list 1")]


@pytest.mark.parametrize("before,after", SWAPS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_meter_that_is_switched_over_is_followed(before, after, turned):
    """Within 45 s, three telegrams, and a search: 90 s at 10 s."""
    dialects = {d[0]: d for d in DIALECTS}
    _, file, line, options = dialects[before]
    _, file2, line2, options2 = dialects[after]
    data, line, keys = meter(file, line, False)
    data2, line2, keys2 = meter(file2, line2, turned)
    wire = Wire(lambda n: data2 if n >= 10 else data, lambda s: line2 if s > 95 else line)
    reader = Reader(wire, **options | options2 | keys | keys2)
    reader.run(95)
    count = len(reader.at)
    assert count >= (1 if keys else 6)  # an encrypted one repeats itself here
    reader.run(300)
    took = reader.at[count] / 1000 - 103
    assert took <= 90
    assert reader.hub.diagnosis.state == "ok" and len(reader.at) > count + 5 - 5 * bool(keys2)


def test_a_line_that_is_turned_round_is_followed():
    wire = Wire(lambda n: GOOD, lambda s: Line(inverted=s > 95))
    reader = Reader(wire).run(300)
    after = [ms for ms in reader.at if ms > 96_000]
    assert after and after[0] <= 96_000 + 90_000


def test_what_the_owner_set_stays():
    fixed = (9600, 8, "none", False)
    wire = Wire(lambda n: GOOD, lambda s: Line())
    reader = Reader(wire, fixed=fixed).run(500)
    assert [uart for _, uart in wire.opened] == [Line(9600)]
    assert reader.hub.diagnosis.state == "garbage_baud"


def test_no_candidate_works_is_said():
    rng = random.Random(1)
    wire = Wire(lambda n: bytes(rng.randrange(256) for _ in range(300)), lambda s: Line())
    reader = Reader(wire).run(300)
    assert reader.states[-1] == "garbage_pullup"
    assert not reader.meter.status()["line"]["found"]
    assert {candidate(n) for n in range(6)} <= {tuple(uart) for _, uart in wire.opened}
    assert any("trying" in text for _, text in reader.log)


def test_a_silent_line_says_never_and_tries_the_other_polarity():
    wire = Wire(lambda n: b"", lambda s: Line())
    reader = Reader(wire).run(300)
    assert reader.states == ["never"] and len(wire.opened) > 8
    assert {uart[0] for _, uart in wire.opened} == {115200}


def test_nothing_but_breaks_is_nothing():
    """A socket without a meter, or a line that idles low: each opening hears one break."""
    wire = Wire(lambda n: b"", lambda s: Line(inverted=True))
    assert Reader(wire).run(300).states == ["never"]
