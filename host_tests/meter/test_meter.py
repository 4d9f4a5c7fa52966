"""The meter's line: readings published, and what is wrong with a line named."""

import asyncio
import datetime
from zoneinfo import ZoneInfo

import pytest

from fixtures import binary_frames as bf
from fixtures import needs
from fixtures.binary_frames import hdlc
from fixtures.meter_wire import SHORT as GOOD
from fixtures.meter_wire import InMemory
from fixtures.p1_text import telegram
from fixtures.repository import telegrams
from microhan.config import schema
from microhan.hub.hub import Hub
from microhan.meter.diagnosis_text import civil
from microhan.meter.meter import Meter
from microhan.meter.uart_line import UartLine
from microhan.telegram.clock import ClockRule

pytestmark = pytest.mark.usefixtures("instant_sleep")

CONFIG = schema.defaults()["meter"]


class Line:
    """A UART that plays pieces, and a clock that goes on a second a piece; the device has been on
    for a while when it begins, or not at all."""

    def __init__(self, pieces, s=60):
        self.pieces = list(pieces)
        self.s = s

    def readinto(self, buf):
        if not self.pieces:
            raise EOFError
        piece = self.pieces.pop(0)
        self.s += 1
        if piece is None:
            return None
        buf[:len(piece)] = piece
        return len(piece)

    def __call__(self):
        return self.s


def play(pieces, fixed=(115200, 8, "none", False), uptime=60, **changes):
    """(states in their order, Meter, Hub) after the pieces, one a second; None is silence."""
    uart = Line(pieces, uptime)
    numbers = iter(range(1, 1 << 20))
    hub = Hub(uart, lambda: next(numbers))
    said = []
    folder = InMemory()
    line = UartLine(lambda *settings: uart, folder, fixed)
    meter = Meter({**CONFIG, **changes}, ClockRule(), line, hub, 250, said.append, lambda: None,
                  said.append, folder)
    hub.follow(1000, lambda: None)
    with pytest.raises(EOFError):
        asyncio.run(meter.run())
    return [text[7:] for text in said if " " not in text[7:]], meter, hub  # codes, no sentences


def every(n, data, times):
    """`data` and then silence, n seconds in all, so many times."""
    return ([data] + [None] * (n - 1)) * times


def test_readings_come_out():
    states, meter, hub = play(every(10, GOOD, 5))
    assert states == ["never", "ok"]
    assert meter.status()["counters"]["ok"] == 5
    assert hub.reading.seq == 5 and hub.reading.get("active_power_import_w") == 2202
    assert hub.raw == GOOD.rstrip() and hub.raw_is_text
    assert hub.diagnosis.since == "2022-04-08T13:50:21+01:00"
    assert meter.status()["line"] == {
        "baud": 115200, "format": "8N1", "invert": "off", "crc": "on", "found": True}


def test_at_a_start_the_middle_of_a_telegram_is_no_reason_to_look_for_one():
    cut = GOOD[len(GOOD) // 2:]
    states, meter, _ = play([cut] + [None] * 5, uptime=0)
    assert states == ["never"] and not meter._line_diagnosis and not meter.captured()
    states, meter, _ = play([cut] + [None] * 9 + [cut] + [None] * 9, uptime=0)
    assert meter._line_diagnosis and states != ["never"]


def test_without_memory_a_state_is_told_later(monkeypatch):
    from microhan.meter import diagnosis_text

    explain, short = diagnosis_text.explain, [True, True]

    def starved(state, *about):
        if state == "ok" and short:
            short.pop()
            raise MemoryError
        return explain(state, *about)
    monkeypatch.setattr(diagnosis_text, "explain", starved)
    states, _, hub = play(every(10, GOOD, 2))
    assert states == ["never", "ok"] and not short and hub.diagnosis.state == "ok"


def test_nothing_ever_came():
    states, _, hub = play([None] * 100)
    assert states == ["never"]
    assert hub.diagnosis.since is None
    assert "activated" in hub.diagnosis.text_en and "aktiverad" in hub.diagnosis.text_sv


def test_silence_tells_until_when():
    states, _, hub = play(every(10, GOOD, 3) + [None] * 60)
    assert states == ["never", "ok", "silent"]
    # the meter keeps normal time: on an April day the clock on the wall is an hour ahead
    en, sv = hub.diagnosis.text_en, hub.diagnosis.text_sv
    assert "read until 14:50 (13:50 by the meter's clock), then" in en
    assert "stopped sending at 2022-04-08 14:50 (13:50 by the meter's clock)." in en
    assert "lästes till 14:50 (13:50 enligt mätarens klocka), sedan" in sv
    assert hub.diagnosis.since.endswith("+01:00")  # for programs
    assert hub.diagnosis.json('"id":1,').startswith('{"id":1,')


@pytest.mark.parametrize("iso,expected", [
    ("2026-01-15T13:00:00+01:00", ("2026-01-15 13:00", "")),
    ("2026-07-15T13:00:00+01:00", ("2026-07-15 14:00", "13:00")),
    ("2026-07-15T14:00:00+02:00", ("2026-07-15 14:00", "")),
    ("2026-12-31T23:30:00+00:00", ("2027-01-01 00:30", "23:30")),
    ("2026-03-29T01:59:00+01:00", ("2026-03-29 01:59", "")),
    ("2026-03-29T02:00:00+01:00", ("2026-03-29 03:00", "02:00")),
    ("2026-10-25T01:59:00+01:00", ("2026-10-25 02:59", "01:59")),
    ("2026-10-25T02:00:00+01:00", ("2026-10-25 02:00", "")),
    ("2026-07-15T08:00:00-03:30", ("2026-07-15 13:30", "08:00")),
    (None, ("?", "")),
])
def test_people_are_told_swedish_civil_time(iso, expected):
    assert civil(iso) == expected
    if iso:
        there = datetime.datetime.fromisoformat(iso).astimezone(ZoneInfo("Europe/Stockholm"))
        assert there.strftime("%Y-%m-%d %H:%M") == expected[0]


def test_after_one_telegram_of_text_silence_is_named_after_three_usual_intervals():
    states, meter, hub = play([GOOD] + [None] * 29)
    assert states == ["never", "ok"]
    assert play([GOOD] + [None] * 34)[0] == ["never", "ok", "silent"]
    # one that sends seldom is known by its second telegram
    assert play(every(60, GOOD, 3) + [None] * 100)[0] == ["never", "ok", "silent", "ok"]


def test_after_one_binary_list_there_is_more_patience():
    data = hdlc(bf.kamstrup())
    assert len(data) > 128
    pieces = [data[:128], data[128:]]
    assert play(pieces + [None] * 60)[0] == ["never", "ok"]
    assert play(pieces + [None] * 110)[0] == ["never", "ok", "silent"]


def test_the_state_is_ok_again_after_silence():
    states, _, _ = play(every(10, GOOD, 3) + [None] * 60 + every(10, GOOD, 2))
    assert states == ["never", "ok", "silent", "ok"]


@pytest.mark.parametrize("data,state", [
    (GOOD.replace(b"2.202", b"2.203"),
     "checksum"),
    (b"/KAM5\r\n\r\n", "ident_only"),
    (GOOD[:-20] + b"\r\n" + b"1-0:1.7.0(1*kW)\r\n" * 8, "cut_short"),
    (b"\x8f\x1e\xff\x00" * 50, "garbage_pullup"),
])
def test_each_cause_has_its_state(data, state):
    states, _, _ = play(every(10, data, 8))
    assert states == ["never", state]
    # and the line may turn bad later
    states, _, _ = play(every(10, GOOD, 3) + every(10, data, 10))
    assert states == ["never", "ok", state]


def test_a_bad_telegram_now_and_then_is_still_ok():
    bad = GOOD.replace(b"202", b"203")
    states, meter, _ = play(every(10, GOOD, 3) + every(10, bad, 1) + every(10, GOOD, 3))
    assert states == ["never", "ok"]
    assert meter.status()["counters"]["crc"] == 1


def test_nothing_after_the_end_waits_for_silence():
    """Neither checksum nor line end: the telegram is out once the line is quiet."""
    data = telegram("1-0:1.7.0(1*kW)", crc="", tail="")
    _, _, hub = play([data, None, None], crc="off")
    assert hub.reading.get("active_power_import_w") == 1000


@pytest.mark.parametrize("key,state", [("", "no_key"), ("00" * 16, "wrong_key"), (None, "ok")])
def test_an_encrypted_telegram_needs_its_key(key, state):
    records = [r for r in telegrams("p1-encrypted") if r.get("key")]
    if not records:
        pytest.skip(needs.REAL_TELEGRAMS)
    record = records[0]
    key = record["key"] if key is None else key
    pieces = [record["data"][i:i + 500] for i in range(0, len(record["data"]), 500)]
    auth_key = record["aad"] if key else ""
    states, _, hub = play((pieces + [None] * 8) * 6, key=key, auth_key=auth_key)
    # one that does not open may be damaged; the second speaks of the key
    between = ["garbage_pullup"] if state == "wrong_key" else []
    assert states == ["never", *between, state]
    if state != "ok":
        assert "meter.key" in hub.diagnosis.text_en and "meter.key" in hub.diagnosis.text_sv
