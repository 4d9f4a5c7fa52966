"""All speeds and framings that a meter's port may have are found, and what comes on a line that no
meter sends on is named."""

import random
from functools import partial

import pytest

from fixtures import binary_frames as bf
from fixtures import needs
from fixtures.meter_wire import BY_NAME, GOOD, SHORT, LateWire, Reader, Wire, first
from meter_model.line_model import Line, heard
from microhan.meter.line_search import COUNT, candidate
from microhan.meter.uart_line import SPEEDS, settings_of, text_of

pytestmark = pytest.mark.usefixtures("instant_sleep")

FRAMINGS = ((8, "none"), (7, "none"), (8, "even"), (7, "even"), (7, "odd"), (8, "odd"))
BINARY = bf.hdlc(bf.kamstrup(False))
# Of meters that are known (docs/meters.md), and 7N1, 8E1 at 115200 and 38400 bit/s.
KNOWN = [Line(115200), Line(115200, 7), Line(115200, 8, "even"), Line(38400), Line(9600),
         Line(9600, 7, "even"), Line(2400), Line(2400, 8, "even")]
OWNERS = (115200, 8, "none", False)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("line", KNOWN, ids=str)
def test_settings_of_known_meters_are_found_in_three_intervals_and_a_minute(line, inverted):
    for data in (GOOD, BINARY) if line.bits == 8 else (GOOD,):
        for interval in (1, 2.5, 10, 30):
            if len(data) * line.byte_s > interval - 0.4:
                continue
            for phase in (0.0, 0.5, 0.93):
                took, _ = first(data, line._replace(inverted=inverted), {}, interval, phase)
                assert took is not None and took <= 3 * interval + 60, (interval, phase)


@pytest.mark.slow
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
@pytest.mark.parametrize("baud", SPEEDS)
def test_any_other_settings_are_found_in_ten_minutes(baud, framing, inverted):
    for data in (GOOD, BINARY) if framing[0] == 8 else (GOOD,):
        took, _ = first(data, Line(baud, *framing, inverted), {}, 10, 0.4, seconds=700)
        assert took is not None and took <= 600
        assert took <= 90  # as they are in fact


@pytest.mark.parametrize("late", [{"late_ms": 100}, {"late_ms": 100, "fifo": 128},
                                  {"late_ms": 100, "fifo": 256}], ids=str)
@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
@pytest.mark.parametrize("baud", SPEEDS)
def test_bytes_of_the_settings_before_do_not_lead_the_search_astray(baud, framing, late):
    """A UART's FIFO and buffer hand over what was heard before it was opened anew."""
    for data in (GOOD, BINARY) if framing[0] == 8 else (GOOD,):
        for inverted in (False, True):
            line = Line(baud, *framing, inverted)
            for remembered in (None, b"38400 8 none 0"):
                took, _ = first(data, line, {}, 10, 0.4, remembered, 700,
                                partial(LateWire, **late))
                assert took is not None and took <= 90, (inverted, remembered)


@pytest.mark.parametrize("number", range(0, COUNT, 7))
def test_whatever_worked_in_another_house_they_are_found(number):
    for line in KNOWN:
        took, _ = first(GOOD, line, {}, 10, 0.4, text_of(candidate(number)))
        assert took is not None and took <= 90, line


def test_every_framing_is_a_candidate_and_is_kept():
    wanted = {(baud, *framing, inverted) for baud in SPEEDS for framing in FRAMINGS
              for inverted in (False, True)}
    assert {candidate(n) for n in range(COUNT)} == wanted
    assert {38400, 19200, 4800, 1200} < set(SPEEDS)
    assert settings_of(b"38400 7 none 1") == (38400, 7, "none", True)
    assert settings_of(b"1200 7 odd 0") == (1200, 7, "odd", False)
    for nonsense in (b"115200 78 none 0", b"115200 8 space 0", b"57600 8 none 0"):
        assert settings_of(nonsense) == OWNERS


def test_what_was_found_is_kept_and_used_after_a_restart():
    line = Line(38400, 7)
    _, reader = first(GOOD, line, {}, 10)
    reader.run(100)
    assert reader.kept == [b"38400 7 none 0"]
    took, again = first(GOOD, line, {}, 10, remembered=reader.kept[0])
    assert took < 13 and len(again.wire.opened) == 1


def test_7n1_at_115200_is_told_as_searched_for_and_then_read():
    """Not "nothing has come", not "pull-up"."""
    reader = Reader(Wire(lambda n: GOOD, lambda s: Line(115200, 7))).run(60)
    assert reader.states == ["never", "garbage_baud", "ok"]
    assert reader.meter.status()["line"]["format"] == "7N1"


def test_the_diagnosis_says_that_the_search_goes_on():
    rng = random.Random(3)
    reader = Reader(Wire(lambda n: rng.randbytes(300), lambda s: Line()))
    tried = set()
    for seconds in range(10, 400, 10):
        reader.run(seconds)
        en, sv = reader.hub.diagnosis.text_en, reader.hub.diagnosis.text_sv
        assert "The search goes on: " in en and "Sökningen pågår: " in sv
        tried.add(en.rpartition(": ")[2].split(" is")[0])
        assert not reader.hub.diagnosis.line["found"]
    assert reader.states[-1] == "garbage_pullup" and len(tried) > 10
    assert {"115200 7N1", "115200 7O1"} < tried
    fixed = Reader(Wire(lambda n: rng.randbytes(300), lambda s: Line()), fixed=OWNERS).run(100)
    assert "search" not in fixed.hub.diagnosis.text_en


@pytest.mark.parametrize("framing", [(7, "none"), (7, "even"), (7, "odd")], ids=str)
def test_seven_bits_where_the_owner_set_eight_are_told(framing):
    reader = Reader(Wire(lambda n: GOOD, lambda s: Line(115200, *framing)), fixed=OWNERS).run(60)
    assert reader.states == ["never", "parity"]
    right = Reader(Wire(lambda n: GOOD, lambda s: Line(9600, *framing)),
                   fixed=(9600, *framing, False)).run(60)
    assert right.states == ["never", "ok"]


def test_seven_bits_without_parity_lose_their_stop_bit_to_eight():
    """byte_statistics.py goes by it: a 1 in bit 7 of the first, every second byte or so lost."""
    got = heard(Line(115200, 7), Line(), b"/KAM5\r\n\r\n" * 40)
    assert got[0] == 0xAF and len(got) < 330
    assert heard(Line(115200, 7, inverted=True), Line(), b"/KAM5" * 40)[0] == 0xA8
    odd = heard(Line(115200, 7, "odd"), Line(), GOOD)
    assert all(byte.bit_count() & 1 for byte in odd)
    assert heard(Line(115200, 7, "odd"), Line(115200, 7, "even"), GOOD) == GOOD
    assert heard(Line(), Line(115200, 7), GOOD) == GOOD


class Stuck:
    """A UART that gives make(ms) at each poll, however it is opened."""

    def __init__(self, make):
        self._make = make
        self.ms = self.end_ms = 0
        self.opened = []

    def __call__(self):
        return self.ms // 1000

    def open(self, *settings):
        self.opened.append((self.ms, settings))
        return self

    def readinto(self, buf):
        if self.ms >= self.end_ms:
            raise EOFError
        self.ms += 20
        data = self._make(self.ms)[:len(buf)]
        buf[:len(data)] = data
        return len(data) or None


def stream(byte):
    return Stuck(lambda ms: bytes((byte,)) * 128)


def sent(byte, n=11_000, interval=1):
    return Wire(lambda _: bytes((byte,)) * n, lambda s: Line(), interval)


@pytest.mark.slow
@pytest.mark.parametrize("make,fixed", [
    (lambda: stream(0), None), (lambda: stream(0), OWNERS),
    (lambda: stream(0), (2400, 8, "even", False)),
    (lambda: sent(0), None), (lambda: sent(0), OWNERS)])
def test_zeros_without_end_are_a_line_held_low(make, fixed):
    wire = make()
    reader = Reader(wire, fixed=fixed).run(20)
    assert reader.states[-1] == "held_low"
    assert reader.run(60).states[-1] == "held_low" and reader.states.count("held_low") == 1
    for words in ("held low", "module hangs", "meter.invert", "grid company"):
        assert words in reader.hub.diagnosis.text_en
    for words in ("hålls låg", "hängt sig", "meter.invert", "elnätsbolaget"):
        assert words in reader.hub.diagnosis.text_sv
    assert len(wire.opened) < 100  # a UART is not opened anew with every buffer


@pytest.mark.parametrize("make", [lambda: stream(0), lambda: sent(0)])
def test_a_line_held_low_is_named_in_seconds_while_the_search_goes_on(make):
    reader = Reader(make()).run(30)
    assert next(ms for ms, text in reader.log if "held_low" in text) <= 15_000


def test_zeros_at_each_interval_are_a_line_held_low_too():
    reader = Reader(sent(0, 300, 10)).run(30)
    assert reader.states == ["never", "garbage_baud", "held_low"]
    assert reader.run(300).states[-1] == "held_low"


@pytest.mark.slow
@pytest.mark.parametrize("fixed", [None, OWNERS])
@pytest.mark.parametrize("make", [
    lambda: stream(0xFF), lambda: sent(0xFF), lambda: sent(0xFF, 20, 5), lambda: sent(0xFF, 1, 7)])
def test_ff_is_noise_on_an_idle_line_or_the_pull_up(make, fixed):
    reader = Reader(make(), fixed=fixed).run(20)
    assert reader.states == ["never", "garbage_pullup"]
    assert reader.run(120 if isinstance(reader.wire, Stuck) else 60).states == [
        "never", "garbage_pullup"]
    text = reader.hub.diagnosis.text_en
    assert "noise" in text and "pull-up" in text


@pytest.mark.parametrize("fixed", [None, OWNERS])
@pytest.mark.parametrize("make", [
    lambda rng: Stuck(lambda ms: rng.randbytes(30)),
    lambda rng: Stuck(lambda ms: rng.randbytes(30) if ms % 10_000 < 200 else b""),
    lambda rng: Stuck(lambda ms: rng.randbytes(30) if ms == 3000 else b"")])
def test_nothing_has_come_is_said_only_while_nothing_has(make, fixed):
    reader = Reader(make(random.Random(7)), fixed=fixed).run(300)
    assert reader.states.count("never") == 1
    left = next(ms for ms, text in reader.log if "garbage" in text)
    assert left <= 5000
    assert "Nothing has come" not in reader.hub.diagnosis.text_en


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [
    lambda rng: Stuck(lambda ms: rng.randbytes(128)),
    lambda rng: Stuck(lambda ms: rng.randbytes(30)),
    lambda rng: Stuck(lambda ms: rng.randbytes(4)),
    lambda rng: Wire(lambda n: rng.randbytes(11_000), lambda s: Line(), 1, 1),
    lambda rng: Wire(lambda n: rng.randbytes(400), lambda s: Line(), 5, 1)])
def test_random_bytes_are_named_in_20_seconds(make, seed):
    """Both polarities have to be heard: an encrypted telegram the wrong way round is as random."""
    reader = Reader(make(random.Random(seed))).run(20)
    left = next(ms for ms, text in reader.log if "garbage" in text)
    assert left <= 4000
    assert reader.states[-1] == "garbage_pullup"
    assert "neither speed nor polarity nor parity" in reader.hub.diagnosis.text_en
    assert reader.run(110).states[-1] == "garbage_pullup"
    assert reader.states.count("garbage_pullup") == 1 and "never" not in reader.states[1:]


@pytest.mark.parametrize("inverted", [False, True])
def test_a_meter_that_follows_random_bytes_is_found(inverted):
    rng = random.Random(8)
    for line in KNOWN:
        wire = Wire(lambda n: rng.randbytes(900) if n < 6 else GOOD,
                    lambda s, line=line: line._replace(inverted=inverted) if s > 30 else Line(), 5)
        reader = Reader(wire).run(30)
        assert reader.states[-1] == "garbage_pullup"
        assert reader.run(30 + 90).states[-1] == "ok", line


def test_encrypted_telegrams_are_no_random_bytes():
    """Whatever is set, and also from their middle on."""
    key = {"key": bf.KEY.hex(), "auth_key": bf.AUTH.hex()}
    for inverted in (False, True):
        for part in (0, 60):
            wire = Wire(lambda n, part=part: bf.hdlc(bf.seal(bf.aidon(), counter=n + 1))[
                part * (n < 2):], lambda s, inverted=inverted: Line(inverted=inverted))
            for keys, state in ((key, "ok"), ({}, "no_key")):
                wire.ms, wire._n, wire._next = 0, 0, 3
                reader = Reader(wire, **keys).run(100)
                assert reader.states[-1] == state and "garbage_pullup" not in reader.states


def test_what_a_uart_hears_as_it_is_opened_is_no_byte_of_the_meter():
    """A break, or on the ESP32-S3 a start that is none: circuitpython #8890."""
    for byte in (b"\0", b"\xc0"):
        reader = Reader(Stuck(lambda ms, byte=byte: byte if ms == 20 else b"")).run(100)
        assert reader.states == ["never"]


@pytest.mark.slow
@pytest.mark.parametrize("byte,state", [(0, "held_low"), (0xFF, "garbage_pullup")])
def test_a_line_that_worked_keeps_its_settings_meanwhile(byte, state):
    noise = bytes((byte,)) * 11_000
    wire = Wire(lambda n: noise if 10 <= n < 100 else GOOD, lambda s: Line(), 1)
    reader = Reader(wire).run(150)
    assert reader.states == ["never", "ok", state, "ok"] and len(wire.opened) == 1
    assert reader.at[-1] > 145_000


def test_a_line_that_was_held_low_is_read_once_it_is_let_go():
    wire = Wire(lambda n: bytes(11_000) if n < 30 else GOOD, lambda s: Line(), 1)
    reader = Reader(wire).run(33 + 63)
    assert reader.states[-1] == "ok" and "held_low" in reader.states


@pytest.mark.parametrize("make", [
    lambda rng: bytes((0x55,)) * 128, lambda rng: bytes(128), lambda rng: rng.randbytes(128)])
def test_a_line_that_never_pauses_does_not_keep_the_watchdog_hungry(make):
    """Every read is full: the supervisor calls a task hung after 60 s without a beat."""
    rng = random.Random(6)
    reader = Reader(Stuck(lambda ms: make(rng)))
    beats = []
    reader.meter._beat = lambda: beats.append(reader.wire.ms)
    reader.run(70)
    assert len(beats) >= 70
    assert max(b - a for a, b in zip(beats, beats[1:], strict=False)) <= 1000


def test_a_line_that_worked_is_judged_even_if_it_never_pauses_again():
    rng = random.Random(6)
    good = [GOOD[i:i + 128] for i in range(0, len(GOOD), 128)]

    def sent(ms):
        if ms > 60_000:
            return rng.randbytes(128)  # each read is full
        part = (ms - 20) % 10_000 // 20
        return good[part] if part < len(good) else b""

    reader = Reader(Stuck(sent), fixed=OWNERS).run(60)
    assert reader.states == ["never", "ok"]
    reader.run(150)
    assert len(reader.states) > 2 and reader.states[-1] == "garbage_pullup"
    assert "Bytes come" in reader.hub.diagnosis.text_en


def test_a_few_bytes_before_the_first_telegram_are_no_matter():
    wire = Wire(lambda n: b"\xf0\xff" if n % 2 else SHORT, lambda s: Line(), 5)
    assert Reader(wire).run(60).states == ["never", "ok"]


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("remembered", [None, b"2400 7 even 1", b"38400 8 even 0"])
def test_a_real_telegram_of_7n1_is_found_in_time(inverted, remembered):
    """What it looks like otherwise counts as a frame cut short: no reason to stay there."""
    if "si-iskra_am550_nocrc-1.bin" not in BY_NAME:
        pytest.skip(needs.REAL_TELEGRAMS)
    data = BY_NAME["si-iskra_am550_nocrc-1.bin"]["data"]
    took, _ = first(data, Line(115200, 7, inverted=inverted), {"crc": "off"}, 10, 0.4, remembered)
    assert took is not None and took <= 60
