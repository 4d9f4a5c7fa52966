"""P1 telegrams that are encrypted behind an identification line in clear: Elgama's EGM5 in Poland.
"""

import json
import random

import pytest

from fixtures import binary_frames as bf
from fixtures.meter_wire import Reader, Wire
from fixtures.p1_text import telegram
from fixtures.repository import telegrams
from meter_model.line_model import Line
from microhan.telegram.decoder import Decoder

pytestmark = pytest.mark.usefixtures("instant_sleep")

LINES = b"".join(line + b"\r\n" for line in (
    b"0-0:1.0.0(220124185850W)", b"0-0:96.1.0(31343030303031323334)", b"1-0:1.7.0(00.278*kW)",
    b"1-0:1.8.0(012345.035*kWh)", b"1-0:32.7.0(236.8*V)", b"0-0:96.13.0()"))
OPTIONS = {"key": bf.KEY.hex(), "aad": bf.AUTH.hex()}
WANTED = {"time": "2022-01-24T18:58:50+01:00", "identification": "EGM5G15",
          "meter_id": "1400001234", "active_power_import_w": 278,
          "active_energy_import_kwh": 12345.035, "voltage_l1_v": 236.8}
PLAIN = telegram("1-0:1.7.0(0002.202*kW)")


def data(counter=1, **how):
    return bf.sealed_p1(how.pop("lines", LINES), counter=counter, **how)


def said(stream, **how):
    readings, decoder = bf.decode(stream, **{**OPTIONS, **how})
    return [json.loads(r.json()) for r in readings], decoder


def test_it_is_read_with_its_key():
    got, decoder = said(data())
    assert got == [WANTED]
    assert decoder.authenticated
    assert {k for k, n in decoder.counters().items() if n} == {"ok"}


def test_raw_is_what_came():
    raws = []
    decoder = Decoder(lambda source: raws.append((source.raw(), source.is_text)), key=bf.KEY,
                      aad=bf.AUTH)
    decoder.feed(data(), len(data()))
    assert raws == [(data().rstrip(), False)]


@pytest.mark.parametrize("inside", [
    LINES, LINES + b"!\r\n", b"/EGM5G15\r\n\r\n" + LINES + b"!\r\n", LINES.rstrip(),
    telegram(*LINES.decode().splitlines(), ident="EGM5G15")])
def test_the_inside_may_be_lines_alone_or_a_whole_telegram(inside):
    got, decoder = said(data(lines=inside))
    assert got == [WANTED]
    assert decoder.counters()["crc"] == decoder.counters()["skipped"] == 0


def test_without_a_key_it_is_no_damage():
    got, decoder = said(data() + data(2), key="")
    assert not got
    assert {k: n for k, n in decoder.counters().items() if n} == {"no_key": 2}


def test_with_another_key_it_is_a_wrong_key():
    for changed in ({"key": bf.AUTH.hex()}, {"aad": bf.KEY.hex()}):
        got, decoder = said(data(), **changed)
        assert not got
        assert {k: n for k, n in decoder.counters().items() if n} == {"wrong_key": 1}


@pytest.mark.slow
def test_any_split_gives_the_same():
    stream = PLAIN + data() + data(2) + PLAIN
    wanted, one = said(stream)
    assert len(wanted) == 4
    for cuts in [range(1, len(stream))] + [[cut] for cut in range(1, len(stream))]:
        got, other = said(stream, cuts=list(cuts))
        assert got == wanted and other.counters() == one.counters()


@pytest.mark.slow
def test_the_ciphertext_may_hold_any_byte():
    rng = random.Random(6)
    special = [b"!", b"/", b"\n/", b"\n!", b"\0", b"\x7e\xa0", b"\x68\x10\x10\x68", b"\xdb\x08"]
    missing = set(special)
    for counter in range(4000):
        lines = LINES + b"1-0:99.97.0(%032X)\r\n" % rng.getrandbits(128)
        stream = data(counter, lines=lines)
        found = {mark for mark in missing if mark in stream[20:-10]}
        if found or counter % 100 == 0:
            assert said(stream + PLAIN, reject_replays=True)[0][:1] == [WANTED]
            missing -= found
    assert missing <= {b"\x68\x10\x10\x68"}


def test_a_bit_error_is_damage_never_a_wrong_key():
    """And it never costs the next telegram."""
    good = data()
    begins = good.index(b"\0")
    for bit in range(len(good) * 8 - 16):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        for key in (OPTIONS["key"], ""):
            got, decoder = said(bytes(bad) + PLAIN, key=key)
            counters = decoder.counters()
            assert not counters.get("wrong_key") and not (counters.get("no_key") and (
                bytes(bad).lower() != good.lower()))
            assert got[-1]["active_power_import_w"] == 2202
            assert all(reading == WANTED for reading in got[:-1])
            if bit // 8 > begins + 3 and len(got) < 2 and not counters.get("no_key"):
                assert counters["crc"] >= 1, bit


@pytest.mark.parametrize("cut", range(1, 170, 7))
def test_one_that_breaks_off_costs_only_itself(cut):
    decoder_said = []
    decoder = Decoder(lambda source: decoder_said.append(source.reading().json()), key=bf.KEY,
                      aad=bf.AUTH)
    for piece in (data()[:cut], data(2), PLAIN):
        decoder.feed(piece, len(piece))
        decoder.idle()
        decoder.idle()
    assert len(decoder_said) == 2
    assert not decoder.counters()["wrong_key"]


def test_the_frame_counter_must_rise():
    got, decoder = said(data(5) + data(5) + data(4) + data(6), reject_replays=True)
    assert len(got) == 2
    assert decoder.counters()["repeated"] == decoder.counters()["older"] == 1


def test_a_counter_that_is_blank_need_not_rise():
    """Real ones send 0 each time (amsreader issue 1198, esphome issue 6500)."""
    got, decoder = said(2 * data(0) + data(0, lines=LINES.replace(b"278", b"279")),
                        reject_replays=True)
    assert [reading["active_power_import_w"] for reading in got] == [278, 278, 279]
    assert decoder.counters()["repeated"] == 0


def test_padding_behind_an_identification_is_no_envelope():
    for padding in (b"\0", b"\0\0\0", b"\0\x30", b"\0\x82\x02", b"\0\x82\x02\x0a\x20"):
        stream = PLAIN.replace(b"\r\n\r\n", b"\r\n\r\n" + padding, 1)
        got, decoder = said(stream + PLAIN, key="")
        assert got[-1]["active_power_import_w"] == 2202
        assert not decoder.counters().get("no_key")


def test_one_whose_identification_was_cut_off_before_costs_only_that():
    got, _ = said(b"/EGM5G" + data())
    assert got == [WANTED]


def test_the_owner_is_told_of_the_key():
    def run(**changes):
        return Reader(Wire(lambda n: data(n + 1), lambda s: Line()), **changes).run(100).states

    assert run() == ["never", "no_key"]
    # one that does not open may be damaged; the second speaks of the key
    assert run(key=bf.AUTH.hex()) == ["never", "garbage_baud", "wrong_key"]
    assert run(key=bf.KEY.hex(), auth_key=bf.AUTH.hex()) == ["never", "ok"]
    damaged = Reader(Wire(lambda n: data(n + 1)[:60] + b"x" + data(n + 1)[61:],
                          lambda s: Line()), key=bf.KEY.hex()).run(100)
    assert damaged.states == ["never", "checksum"]


@pytest.mark.parametrize("record", [r for r in telegrams("p1-encrypted") if "egm5" in r["file"]],
                         ids=lambda r: r["file"])
def test_those_of_the_corpus(record):
    readings, decoder = bf.decode(record["data"], **bf.settings(record))
    assert len(readings) == (not record.get("refuse"))
    assert decoder.counters()["no_key"] == bool(record.get("refuse"))
