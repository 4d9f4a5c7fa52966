"""Fuzzing that knows the formats: right checksums around lengths, orders, numbers and nestings
that lie, and lists of any shape whose values are known.
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.binary_frames import AUTH, KEY, decode
from meter_model import aes_gcm, dlms, frames
from microhan.telegram.clock import ClockRule
from microhan.telegram.decoder import Decoder

ADDRESS = b"\x2b\x21"
TITLE = b"MHNtest\x01"
SEALED = {"key": KEY.hex(), "aad": AUTH.hex()}


def power_list(watts, fill=0):
    """A list that says which message it is by its power; `fill` more values make it longer."""
    def item(code, value):
        return dlms.structure(dlms.octets(dlms.obis(code)), dlms.number("u32", value),
                              dlms.scaler_unit(0, "W"))
    codes = [f"1-0:{c}.7.0" for c in (2, 21, 22, 41, 42, 61, 62)]
    return dlms.notification(dlms.array(
        item("1-0:1.7.0", watts), *(item(code, watts) for code in codes[:fill])))


def envelope(plain, counter=1, control=0x30, title=TITLE, wide=False):
    """general-glo-ciphering, whatever the parameters say."""
    secret = frames.Secret(KEY.hex(), AUTH.hex(), title, control, wide)
    return frames.seal(secret, frames._BEGAN + 100 * counter, plain)


def renumbered(frame, number):
    """An HDLC frame of a block (the first of a message has an LLC header) with another number."""
    head = 8 if frame[8:11] != frames.LLC else 11
    info = bytearray(frame[8:-3])
    at = head - 8 + 2
    info[at:at + 2] = number.to_bytes(2, "big")
    return frames.hdlc(bytes(info), ADDRESS)


def split_hdlc(data):
    """The frames of a message; no flag stands inside those of this module."""
    out, at = [], 0
    while at < len(data):
        size = (int.from_bytes(data[at + 1:at + 3], "big") & 0x7FF) + 2
        out.append(data[at:at + size])
        at += size
    return out


def split_mbus(data):
    """Likewise, for M-Bus."""
    out, at = [], 0
    while at < len(data):
        out.append(data[at:at + data[at + 1] + 6])
        at += data[at + 1] + 6
    return out


KINDS = {
    "segments": (frames.in_segments, split_hdlc, ("drop", "repeat", "cut", "foreign")),
    "blocks": (frames.in_blocks, split_hdlc,
               ("drop", "repeat", "cut", "foreign", "swap", "renumber")),
    "mbus": (frames.in_mbus, split_mbus, ("drop", "repeat", "cut", "foreign", "swap")),
}


@st.composite
def messages(draw):
    """[(pieces of a message, whether all of it is there)]; its power is its place in the list."""
    out = []
    for watts in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(list(KINDS)))
        join, split, harms = KINDS[kind]
        apdu = power_list(watts, draw(st.integers(0, 7)))
        if draw(st.booleans()):
            apdu = envelope(apdu, watts + 1, draw(st.sampled_from([0x30, 0x30, 0x20, 0x10])))
        address = b"\xff\x01\x67" if kind == "mbus" else ADDRESS
        parts = split(join(apdu, address, draw(st.integers(12, 120))))
        harm = draw(st.sampled_from(("none", "none") + harms))
        whole = [bytes(part) for part in parts]
        at = draw(st.integers(0, len(parts) - 1))
        other = draw(st.integers(0, len(parts) - 1))
        if harm == "drop":
            del parts[at]
        elif harm == "repeat":
            parts.insert(at, parts[at])
        elif harm == "cut":
            parts[at] = parts[at][:draw(st.integers(1, len(parts[at]) - 1))]
        elif harm == "foreign":
            parts.insert(at, frames.hdlc(draw(st.binary(max_size=20)), ADDRESS))
        elif harm == "swap":
            parts[at], parts[other] = parts[other], parts[at]
        elif harm == "renumber":
            parts[at] = renumbered(parts[at], draw(st.sampled_from([0, 1, 2, 9, 65535])))
        out.append((parts, parts == whole))
    return out


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(messages(), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_a_message_in_wrong_pieces_costs_itself_alone(sent, cuts):
    """Whole ones are read, each once; of the others nothing but what they say themselves."""
    got = []
    decoder = Decoder(lambda source: got.append(json.loads(source.reading().json())), True,
                      ClockRule("normal", 60), KEY, AUTH)
    for n, (parts, whole) in enumerate(sent):
        before = len(got)
        data, at, turn = b"".join(parts), 0, 0
        while at < len(data):
            size = cuts[turn % len(cuts)]
            decoder.feed(data[at:at + size], len(data[at:at + size]))
            at, turn = at + size, turn + 1
        decoder.idle()
        decoder.idle()
        mine = got[before:]
        assert all(set(reading.values()) == {n} for reading in mine)
        assert len(mine) == 1 if whole else len(mine) <= 2, (n, mine)  # one frame, sent twice


def labelled(code, text, scaled=False):
    """A text with its code, and a scale behind it."""
    return dlms.structure(dlms.octets(dlms.obis(code)), dlms.octets(text),
                          *([dlms.scaler_unit(0, "W")] if scaled else []))


LISTS = {
    "power": [power_list(5, fill) for fill in range(8)],
    "texts": [dlms.notification(dlms.array(
        labelled("1-1:0.2.129", b"AIDON_V0001"),
        labelled("0-0:96.1.0", b"7359992890941742", scaled),
        labelled("0-0:96.1.7", b"6515"), *(dlms.structure(
            dlms.octets(dlms.obis(f"1-0:{c}.7.0")), dlms.number("u32", 5),
            dlms.scaler_unit(0, "W")) for c in (1, 2, 21, 22)))) for scaled in (False, True)],
    "flat": [dlms.notification(dlms.structure(
        dlms.octets(b"Kamstrup_V0001"), dlms.octets(dlms.obis("0-0:96.1.0")),
        dlms.octets(b"5706567331323526"), dlms.octets(dlms.obis("0-0:96.1.1")),
        dlms.octets(b"6841121BN243101040"), *(part for c in (1, 2, 21, 22, 31) for part in (
            dlms.octets(dlms.obis(f"1-0:{c}.7.0")), dlms.number("u32", 5)))))],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_a_lost_segment_puts_nothing_else_into_the_list(name):
    """Segments have no numbers: now and then the rest still is a list. Two halves of texts may
    come together then, which nothing tells; bytes that are none of a text, and numbers, never."""
    for apdu in LISTS[name]:
        (whole,), _ = decode(frames.in_segments(apdu, ADDRESS, 120))
        true = json.loads(whole.json()).items()
        assert len(true) > 4 or name == "power"
        for size in range(12, 121):
            parts = split_hdlc(frames.in_segments(apdu, ADDRESS, size))
            for lost in range(1, len(parts) - 1):
                for told in decode(b"".join(parts[:lost] + parts[lost + 1:]))[0]:
                    wrong = json.loads(told.json()).items() - true
                    assert not [one for one in wrong
                                if not isinstance(one[1], str) or "?" in one[1]], (size, lost)


@pytest.mark.parametrize("kind", ["mbus", "blocks"])
def test_two_halves_of_different_messages_make_none(kind):
    """The second frame of one and the first of the next are lost: their numbers would fit."""
    join, split, _ = KINDS[kind]
    address = b"\xff\x01\x67" if kind == "mbus" else ADDRESS
    one, two = (split(join(power_list(watts, 3), address, 80)) for watts in (5, 6))
    assert len(one) == 2
    got = []
    decoder = Decoder(lambda source: got.append(source.reading().get("active_power_import_w")))
    for piece, pauses in ((one[0], 2), (two[1], 2), (one[0], 1), (one[1], 2)):
        decoder.feed(piece, len(piece))
        for _ in range(pauses):
            decoder.idle()
    assert got == [5]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_an_envelope_that_lies_gives_the_truth_or_nothing(data):
    """Any bytes of a tagged one replaced, put in or taken out, in a frame with a right FCS."""
    sealed = bytearray(envelope(power_list(7, 2), wide=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(sealed) - 1))
        sealed[at:at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    good = frames.hdlc(frames.LLC + envelope(power_list(9), counter=1 << 31), ADDRESS)
    readings, decoder = decode(frames.hdlc(frames.LLC + bytes(sealed), ADDRESS) + good, **SEALED)
    powers = [reading.get("active_power_import_w") for reading in readings]
    assert powers[-1] == 9 and set(powers[:-1]) <= {7} and decoder.counters()["ok"] == len(powers)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 255) | st.sampled_from([0x10, 0x20, 0x30]), st.binary(max_size=12),
       st.booleans(), st.integers(0, 2**32 - 1))
def test_any_security_control_and_title(control, title, wide, counter):
    """A right tag for any control byte; a title of any length: read, or refused and counted."""
    sealed = bytearray(envelope(power_list(7), counter, control, title.ljust(8, b"t")[:8], wide))
    if len(title) != 8:
        sealed[1:10] = bytes((len(title),)) + title
    readings, decoder = decode(frames.hdlc(frames.LLC + bytes(sealed), ADDRESS), **SEALED)
    counters = decoder.counters()
    assert {r.get("active_power_import_w") for r in readings} <= {7}
    assert len(readings) + counters["wrong_key"] + counters["malformed"] == 1
    if len(title) == 8 and control in (0x10, 0x20, 0x30):
        assert len(readings) == 1


@given(st.lists(st.sampled_from([1, 2, 3, 50, 51, 2**32 - 1]), max_size=12))
@settings(max_examples=100, deadline=None)
def test_frame_counters_never_repeat_what_was_read(counters):
    """Equal to the last is a repeat; a lower one is believed once a second rises from it."""
    data = b"".join(frames.hdlc(frames.LLC + envelope(power_list(n), counter), ADDRESS)
                    for n, counter in enumerate(counters))
    readings, _ = decode(data, reject_replays=True, **SEALED)
    taken = [counters[r.get("active_power_import_w")] for r in readings]
    assert all(a != b for a, b in zip(taken, taken[1:], strict=False))
    assert taken[:1] == counters[:1]


# Lists of any shape, whose values are known.

FIELDS = {
    "1-0:1.7.0": ("active_power_import_w", "W"), "1-0:4.7.0": ("reactive_power_export_var", "var"),
    "1-0:22.7.0": ("active_power_export_l1_w", "W"), "1-1:31.7.0": ("current_l1_a", "A"),
    "1-0:71.7.0": ("current_l3_a", "A"), "1-0:52.7.0": ("voltage_l2_v", "V"),
    "1-0:1.8.0": ("active_energy_import_kwh", "Wh"),
    "1-1:4.8.0": ("reactive_energy_export_kvarh", "varh"),
}
RANGES = {"u8": (0, 255), "i8": (-128, 127), "u16": (0, 65535), "i16": (-32768, 32767),
          "u32": (0, 2**32 - 1), "i32": (-2**31, 2**31 - 1), "u64": (0, 2**64 - 1),
          "i64": (-2**63, 2**63 - 1)}
NUMBER = st.sampled_from(list(RANGES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.integers(*RANGES[kind])))
JUNK = st.sampled_from([
    dlms.structure(dlms.octets(dlms.obis("1-0:99.9.9")), dlms.number("u16", 7)),
    dlms.structure(dlms.octets(dlms.obis("0-1:24.2.1")), dlms.number("u32", 5)),
    dlms.structure(dlms.octets(dlms.obis("1-0:13.7.0")), dlms.number("u16", 950),
                   dlms.scaler_unit(-3, "1")),
    dlms.structure(dlms.octets(dlms.obis("1-0:2.7.0")), dlms.NULL)])


def smallest(value, scaler, unit):
    """The value in mA, mV, or the unit itself; digits beyond are cut towards zero."""
    scaler += 3 if unit in "AV" else 0
    return value * 10**scaler if scaler >= 0 else abs(value) // 10**-scaler * (
        -1 if value < 0 else 1)


def test_a_lost_segment_that_leaves_a_whole_list():
    """Without it the second byte of a structure's head is the power's last, and all bytes fit."""
    whole = power_list(0, 1)
    cut = whole.index(dlms.number("u32", 0)) + 2
    for lost in (0, 3):
        apdu = whole[:cut] + whole[cut + lost:]
        readings, decoder = decode(frames.in_segments(apdu, ADDRESS, cut))
        assert len(readings) == (not lost), lost


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.data())
def test_a_list_of_any_shape_says_what_is_in_it(data):
    """Fields in any order, in nested or flat triples, deeper or not, between others."""
    codes = data.draw(st.lists(st.sampled_from(list(FIELDS)), min_size=1, unique=True))
    nested, expected, items = data.draw(st.booleans()), {}, []
    for code in codes:
        kind, value = data.draw(NUMBER)
        key, unit = FIELDS[code]
        scaler = data.draw(st.integers(-6, 4))
        expected[key] = smallest(value, scaler, unit)
        triple = [dlms.octets(dlms.obis(code)), dlms.number(kind, value),
                  dlms.scaler_unit(scaler, unit)]
        items += [dlms.structure(*triple)] if nested else triple
        if nested:
            items += data.draw(st.lists(JUNK, max_size=2))
    wrap = data.draw(st.sampled_from([dlms.array, dlms.structure]))
    body = (wrap if nested else dlms.structure)(*items)  # what an array holds is of one type
    for _ in range(data.draw(st.integers(0, 4))):
        body = wrap(body)
    stamp = data.draw(st.sampled_from([b"", bytes.fromhex("07e6011801123a32ff800000")]))
    apdu = dlms.notification(body, stamp, tagged=data.draw(st.booleans()) and bool(stamp))
    readings, decoder = decode(frames.in_segments(apdu, ADDRESS, data.draw(st.integers(20, 300))))
    assert len(readings) == 1 and decoder.counters()["odd_lines"] == 0
    assert {key: readings[0].get(key) for key in expected} == expected
    assert (readings[0].get("time") is not None) == bool(stamp)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_counts_and_lengths_that_lie_are_refused(data):
    """One count or length of a good list changed: refused, or read without what was not there."""
    apdu = power_list(7, data.draw(st.integers(0, 7)))
    places = [n for n in range(5, len(apdu) - 1) if apdu[n] in (1, 2, 9)]
    at = data.draw(st.sampled_from(places)) + 1
    lie = data.draw(st.sampled_from([
        b"\0", b"\x7f", b"\x80", b"\x81\x03", b"\x82\0\x03", b"\x82\xff\xff", b"\x83\0\0\3",
        b"\x84\xff\xff\xff\xff", bytes((apdu[at] + 1,)), bytes((max(0, apdu[at] - 1),))]))
    readings, decoder = decode(frames.hdlc(frames.LLC + apdu[:at] + lie + apdu[at + 1:], ADDRESS)
                               + frames.hdlc(frames.LLC + power_list(9), ADDRESS))
    powers = [reading.get("active_power_import_w") for reading in readings]
    assert powers[-1] == 9 and set(powers[:-1]) <= {7, None}
    assert len(powers) + decoder.counters()["malformed"] == 2


@pytest.mark.parametrize("depth,read", [(1, True), (5, True), (6, False), (300, False)])
def test_nesting_has_a_limit(depth, read):
    body = dlms.structure(dlms.octets(dlms.obis("1-0:1.7.0")), dlms.number("u32", 7),
                          dlms.scaler_unit(0, "W"))
    for _ in range(depth):
        body = dlms.array(body)
    data = frames.hdlc(frames.LLC + dlms.notification(body), ADDRESS)
    assert len(decode(data)[0]) == read
    assert len(decode(data + frames.hdlc(frames.LLC + power_list(9), ADDRESS))[0]) == 1 + read


def test_the_envelope_s_own_gcm_agrees_with_the_firmware_s():
    """Independent of both, once more: the tag that the simulator writes is the one of NIST."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308")
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
    assert aes_gcm.seal(key, nonce, aad, plain)[1].hex() == "5bc94fbc3221a5db94fae95ae7121a47"
