"""Why there is no telegram, told by evidence: also where the owner fixed how the line is read."""

import json
import random
from pathlib import Path

import pytest

from fixtures import binary_frames as bf
from fixtures import needs
from fixtures.meter_wire import BY_NAME, Reader, Wire
from fixtures.p1_text import telegram
from fixtures.repository import ROOT
from meter_model.line_model import Line
from microhan.config.schema import rows
from microhan.meter import meter

pytestmark = pytest.mark.usefixtures("instant_sleep")

GOOD = telegram("0-0:1.0.0(220408135021W)", *(
    f"1-0:{c}.{d}.0(0002.202*kW)" for d in (7, 8) for c in range(1, 9)))
BAD = GOOD.replace(b"2.202", b"2.203")
CODES = ("ok", "never", "ident_only", "garbage_polarity", "garbage_baud", "garbage_pullup",
         "held_low", "checksum", "no_key", "wrong_key", "parity", "cut_short", "silent",
         "unknown_list")
# A meter's line, telegram, and whether seven bits, or even parity, read it all the same.
METERS = [
    ("text", GOOD, Line(), True, False),
    ("text of 7E1", "nl-kamstrup_162_dsmr22-1.bin", Line(9600, 7, "even"), True, False),
    ("Kamstrup", "se-kamstrup_v0001_amshan-1.bin", Line(2400), False, False),
    ("Kaifa", "no-kaifa_list2-1.bin", Line(2400, 8, "even"), False, True),
    ("Aidon", "se-aidon_efs-3.bin", Line(2400), False, False),
    ("Aidon, fast", "se-aidon_efs-3.bin", Line(), False, False),
]
SPEEDS = (115200, 57600, 38400, 19200, 9600, 4800, 2400, 1200, 300)


def told(data, line, fixed=None, seconds=70, lag=0, interval=10, **changes):
    """The Reader after so many seconds."""
    wire = Wire(lambda n: data, lambda s: line, interval, lag=lag)
    return Reader(wire, fixed=fixed, **changes).run(seconds)


def data_of(data):
    if isinstance(data, bytes):
        return data
    if data not in BY_NAME:
        pytest.skip(needs.REAL_TELEGRAMS)
    return BY_NAME[data]["data"]


@pytest.mark.parametrize("meter", METERS, ids=[m[0] for m in METERS])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("bits,parity", [(8, "none"), (8, "even"), (7, "even")])
def test_fixed_settings_that_are_wrong_are_named(meter, inverted, bits, parity):
    """Polarity, speed and parity are told apart, whichever of them the owner set wrong."""
    name, data, line, by_seven, by_parity = meter
    data = data_of(data)
    for baud in (115200, 9600, 2400):
        state = told(data, line, (baud, bits, parity, inverted)).states[-1]
        if baud != line.baud:
            assert state == "garbage_baud", baud
        elif inverted:
            assert state == "garbage_polarity"
        elif (bits, parity) == (8, "none"):
            assert state == ("parity" if line.bits == 7 else "ok")
        elif bits == 7:
            assert state in (("ok", "checksum") if by_seven else ("parity",))
        else:
            assert state == ("ok" if by_parity else "parity")


@pytest.mark.slow
@pytest.mark.parametrize("true", SPEEDS)
@pytest.mark.parametrize("baud", SPEEDS)
def test_any_other_speed_is_told(true, baud):
    """From 300 to 115200 bit/s; with the speed itself where the line is slower."""
    reader = told(GOOD, Line(true), (baud, 8, "none", False), 140, interval=20)
    if true == baud:
        assert reader.states[-1] == "ok"
        return
    if true >= 200 * baud:  # a telegram is shorter than a bit: a byte or two, or none
        assert reader.states[-1] in ("never", "garbage_pullup")
        return
    assert reader.states[-1] == "garbage_baud"
    if 2 <= baud // true < 8:
        assert f"~{true} bit/s" in reader.hub.diagnosis.text_en


@pytest.mark.slow
@pytest.mark.parametrize("lag", [55, 70, 90, 120, 160, 210, 300])
@pytest.mark.parametrize("data", [GOOD, "se-kamstrup_omnipower_p1-1.bin", "se-aidon_efs-3.bin"],
                         ids=["short", "Kamstrup", "Aidon"])
def test_a_weak_pull_up_is_named(data, lag):
    data = data_of(data)
    fixed = told(data, Line(), (115200, 8, "none", False), lag=lag)
    assert fixed.states[-1] == "garbage_pullup"
    assert "pull-up" in fixed.hub.diagnosis.text_en and "pull-up" in fixed.hub.diagnosis.text_sv
    assert told(data, Line(), seconds=260, lag=lag).states[-1] == "garbage_pullup"


def test_a_pull_up_that_is_just_strong_enough():
    assert told(GOOD, Line(), lag=45).states == ["never", "ok"]


def test_a_speed_that_the_search_does_not_try_is_named():
    reader = told(GOOD, Line(57600), seconds=300)
    assert reader.states[-1] == "garbage_baud"
    assert "~57600 bit/s" in reader.hub.diagnosis.text_sv


def test_all_codes_have_words_in_both_languages():
    rows = [row.split("|") for row in
            (Path(meter.__file__).parent / "diagnosis_text.txt").read_text("utf-8").splitlines()]
    # Of what is said while it is searched for, and of pin 1 (feed.py).
    parts = ("unclear", "trying", "pin_1", *("pin_1 " + how for how in (
        "forbidden", "feeding", "fault", "low", "high", "blind")))
    assert sorted(row[0] for row in rows) == sorted(CODES + parts)
    for row in rows:
        assert len(row) == 3 and all(len(text) > 10 for text in row[1:])
    readme = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    for code in CODES:
        assert f"`{code}`" in readme


def test_the_text_about_the_feed_is_word_for_word():
    """Word for word (hardware/safety.md): nobody may be led to feed 5 V into a port that gives
    voltage."""
    reader = told(b"/KAM5\r\n\r\n", Line())
    assert reader.states == ["never", "ident_only"]
    en, sv = reader.hub.diagnosis.text_en, reader.hub.diagnosis.text_sv
    for words in ("Leave pin 1 open", "data sheet and consent", "With the cable out, measure "
                  "pin 1 to pin 6: only if it stays below 0.5 V may a current-limited 5 V be fed "
                  "through a switch that blocks backwards (feed.consent); never where the port "
                  "gives voltage."):
        assert words in en
    for words in ("stift 1 vara öppet", "datablad och om samtycke", "bara om det stannar under "
                  "0,5 V", "en brytare som spärrar bakåt (feed.consent)", "aldrig där porten ger "
                  "spänning"):
        assert words in sv


def test_silence_has_a_text_for_the_grid_company():
    wire = Wire(lambda n: GOOD if n < 6 else b"", lambda s: Line())
    reader = Reader(wire).run(200)
    assert reader.states == ["never", "ok", "silent"]
    for text in (reader.hub.diagnosis.text_en, reader.hub.diagnosis.text_sv):
        assert "14:50 (13:50" in text and "2022-04-08 14:50 (13:50" in text and "HAN" in text


def test_damage_is_told_with_its_share_and_since_when():
    rng = random.Random(4)
    sent = [BAD if rng.random() < 0.4 else GOOD for _ in range(300)]
    wire = Wire(lambda n: sent[n] if n >= 20 else GOOD, lambda s: Line())
    reader = Reader(wire).run(1500)
    assert reader.states[-1] == "checksum" and reader.states.count("never") == 1
    text = reader.hub.diagnosis.text_en
    share = text[text.index("since: ") + 7:].split(")")[0]
    bad, total = share.split()[0].split("/")
    assert 0.2 < int(bad) / int(total) < 0.6 and share.split()[1:3] == ["14:50,", "13:50"]
    assert reader.hub.diagnosis.since.startswith("2022-04-08T13:50:")
    assert len(reader.at) > 80  # the good ones come out all the while
    ended = Wire(lambda n: BAD if 20 <= n < 60 and n % 2 else GOOD, lambda s: Line())
    assert Reader(ended).run(1500).states == ["never", "ok", "checksum", "ok"]


def test_a_few_damaged_ones_are_no_matter():
    wire = Wire(lambda n: BAD if n % 10 == 5 else GOOD, lambda s: Line())
    assert Reader(wire).run(2000).states == ["never", "ok"]


@pytest.mark.parametrize("make,state", [
    (lambda n: bf.hdlc(bf.seal(bf.aidon(), counter=n + 1)), "no_key"),
    (lambda n: b"".join(bf.mbus(bf.seal(bf.aidon(), counter=n + 1), 100)), "no_key"),
    (lambda n: bf.seal(bf.p1(), counter=n + 1), "no_key")])
def test_encrypted_lines_are_found_without_a_key(make, state):
    """An envelope that nobody can open speaks for the settings all the same."""
    line = Line(2400, 8, "even", True)
    wire = Wire(make, lambda s: line)
    reader = Reader(wire).run(200)
    assert reader.states[-1] == state
    assert reader.meter.line.settings[0] == 2400 and reader.meter.line.settings[3]
    keys = {"key": bf.KEY.hex(), "auth_key": bf.AUTH.hex()}
    wrong = Reader(Wire(make, lambda s: line), key=bf.AUTH.hex()).run(100)
    assert wrong.states[-1] == "wrong_key"
    read = Reader(Wire(make, lambda s: line), **keys).run(100)
    assert read.states == ["never", "garbage_baud", "ok"]


def test_a_damaged_envelope_is_no_wrong_key():
    rng = random.Random(9)

    def damaged(n):
        frame = bytearray(bf.hdlc(bf.seal(bf.aidon(), counter=n + 1)))
        if n >= 5:
            frame[-rng.randrange(10, 60)] ^= 4
        return bytes(frame)

    reader = Reader(Wire(damaged, lambda s: Line()), key=bf.KEY.hex(), auth_key=bf.AUTH.hex())
    assert reader.run(300).states[-1] == "checksum"


@pytest.mark.parametrize("control,proven", [(0x30, True), (0x20, False), (0x10, True)])
def test_status_says_whether_it_was_authenticated(control, proven):
    keys = {"key": bf.KEY.hex(), "auth_key": bf.AUTH.hex()}
    reader = Reader(Wire(lambda n: b"", lambda s: Line()), **keys)
    assert reader.meter.status()["authenticated"] is None
    frame = bf.hdlc(bf.seal(bf.aidon(), counter=7, control=control))
    older = bf.hdlc(bf.seal(bf.aidon(), counter=3, control=control))
    for data in (frame, frame, older, older):
        reader.meter.parser.feed(data, len(data))
    status = reader.meter.status()
    assert status["authenticated"] is proven
    counters = status["counters"]
    assert (counters["ok"], counters["repeated"], counters["older"]) == (1, 1, 2)
    reader.meter.parser.feed(GOOD, len(GOOD))
    assert reader.meter.status()["authenticated"] is None


def test_keys_are_never_shown(tmp_path):
    """Not in the status, not in a diagnosis, not in what is logged or warned of."""
    secrets = {"key": bf.KEY.hex(), "auth_key": bf.AUTH.hex()}
    assert {key for section, key, *_ in rows() if section == "meter" and "key" in key} == set(
        secrets)
    wire = Wire(lambda n: bf.hdlc(bf.seal(bf.aidon(), key=bf.AUTH, counter=n + 1)),
                lambda s: Line())
    reader = Reader(wire, data=str(tmp_path), **secrets).run(100)
    shown = json.dumps(reader.meter.status()) + str(reader.log) + str(reader.warnings)
    shown += reader.hub.diagnosis.json() + str(reader.meter.captured())
    for secret in secrets.values():
        assert secret not in shown.lower() and bytes.fromhex(secret) not in (
            reader.meter.captured())
        assert str(bytes.fromhex(secret)) not in shown


def test_damaged_telegrams_are_captured_and_can_be_replayed():
    wire = Wire(lambda n: BAD if n in (20, 30) else GOOD, lambda s: Line())
    reader = Reader(wire)
    reader.run(100)
    assert reader.meter.captured() == b"" and reader.meter._capture is None
    reader.run(330)
    captured = reader.meter.captured()
    assert captured == BAD * 2
    decoder = bf.decode(captured)[1]
    assert decoder.counters()["crc"] == 2 and decoder.counters()["skipped"] == 0
    reader.run(330 + 3500)
    assert reader.meter.captured() == captured
    reader.run(330 + 3700)
    assert reader.meter.captured() == b"" and reader.meter._capture is None


def test_damaged_frames_are_captured():
    frame = bf.hdlc(bf.kamstrup(False))
    bad = frame[:50] + bytes((frame[50] ^ 1,)) + frame[51:]
    wire = Wire(lambda n: bad if n == 20 else frame, lambda s: Line())
    reader = Reader(wire).run(300)
    assert reader.meter.captured() in (bad, bad[:-1])
    assert bf.decode(reader.meter.captured())[1].counters()["fcs"] == 1


def test_all_that_comes_is_captured_while_there_is_no_telegram():
    noise = bytes(random.Random(1).randrange(256) for _ in range(700))
    wire = Wire(lambda n: GOOD if n < 5 else noise, lambda s: Line())
    reader = Reader(wire, fixed=(115200, 8, "none", False)).run(300)
    assert reader.meter.captured() == (noise * 3)[-2048:]
    assert reader.meter.status()["counters"]["ok"] == 5


def test_what_the_search_heard_is_not_kept():
    reader = Reader(Wire(lambda n: GOOD, lambda s: Line(2400))).run(15)
    assert len(reader.meter.captured()) > 100
    reader.run(40)
    assert reader.at and reader.meter.captured() == b""


def test_no_memory_for_a_capture_is_no_harm(monkeypatch):
    from microhan.meter import capture

    def full(self):
        raise MemoryError

    monkeypatch.setattr(capture.Capture, "__init__", full)
    assert len(Reader(Wire(lambda n: GOOD, lambda s: Line(2400))).run(60).at) > 2


def test_no_memory_to_look_for_the_reason_is_no_harm(monkeypatch):
    from microhan.meter import line_diagnosis

    made = line_diagnosis.LineDiagnosis.__init__
    tries = []

    def full(self, *args):
        tries.append(1)
        if len(tries) < 5:
            raise MemoryError
        made(self, *args)

    monkeypatch.setattr(line_diagnosis.LineDiagnosis, "__init__", full)
    assert len(Reader(Wire(lambda n: GOOD, lambda s: Line(2400))).run(60).at) > 1
    assert len(tries) >= 5


@pytest.mark.parametrize("sizes", [[1] * 3000, [700, 700, 700], [2047, 1, 1], [5000]])
def test_the_capture_keeps_the_newest_bytes(sizes):
    from microhan.meter.capture import Capture

    ring, all_of_it = Capture(), b""
    rng = random.Random(2)
    for size in sizes:
        data = bytes(rng.randrange(256) for _ in range(size))
        ring.add(b"ab" + data, 2, size + 2, 1)
        all_of_it += data
        assert ring.content() == all_of_it[-2048:]
    for back in (1, 5, 700, 2048):
        ring.add(bytes(100), 0, 100, 1)
        ring.forget(100)
        ring.forget(back)
        all_of_it = all_of_it[-1948:][:-back]
        assert ring.content() == all_of_it
