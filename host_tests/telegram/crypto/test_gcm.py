"""Encryption: AES and GCM against published vectors, envelopes, keys, frame counters."""

import json

import pytest

from fixtures import binary_frames as bf
from fixtures.binary_frames import AUTH, KEY, decode, hdlc, seal
from fixtures.p1_text import telegram
from microhan.telegram.crypto.aes import aes
from microhan.telegram.crypto.gcm import Gcm

SEALED = {"key": KEY.hex(), "aad": AUTH.hex()}
PLAIN = [r.json() for r in decode(hdlc(bf.aidon()))[0]]
ASCII = telegram("1-0:1.7.0(0002.202*kW)")

# NIST SP 800-38D's own submission (McGrew, Viega), test cases 1 to 4: key, nonce, text,
# additional data, ciphertext, tag.
CASES = (
    ("00" * 16, "00" * 12, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
    ("00" * 16, "00" * 12, "00" * 16, "", "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"),
    ("feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255", "",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
     "4d5c2af327cd64a62cf35abd2ba6fab4"),
    ("feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"),
)


@pytest.mark.parametrize("case", CASES, ids=range(1, 5))
def test_gcm_takes_the_published_tag_and_no_other(case):
    key, nonce, text, more, cipher, tag = (bytes.fromhex(part) for part in case)
    for bit in [None, *range(128)]:
        sent = bytearray(tag)
        if bit is not None:
            sent[bit // 8] ^= 1 << bit % 8
        gcm = Gcm(key)
        gcm.start(nonce)
        gcm.hash(more, 0, len(more))
        gcm.hash(cipher, 0, len(cipher))
        assert gcm.verify(len(more), len(cipher), sent, 0, 16) == (bit is None)
    data = bytearray(cipher)
    gcm.crypt(data, 0, len(data))
    assert data == text


def test_the_counter_of_blocks_carries():
    gcm = Gcm(KEY)
    gcm.start(bytes(12))
    data = bytearray(16 * 300)
    gcm.crypt(data, 0, len(data))
    block, out = bytearray(16), bytearray(16)
    block[14:] = (300 + 1).to_bytes(2, "big")
    aes(KEY, 1).encrypt(block, out)
    assert data[-16:] == out


def test_aes_gives_what_was_published():
    """FIPS 197, appendix C.1 and B."""
    for key, block, want in (
            ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
             "69c4e0d86a7b0430d8cdb78070b4c55a"),
            ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734",
             "3925841d02dc09fbdc118597196a0b32")):
        out = bytearray(16)
        aes(bytes.fromhex(key), 1).encrypt(bytes.fromhex(block), out)
        assert out.hex() == want
    for key, mode in ((bytes(15), 1), (bytes(16), 2)):
        with pytest.raises(ValueError):
            aes(key, mode)


@pytest.mark.parametrize("control", [0x10, 0x20, 0x30, 0x31])
@pytest.mark.parametrize("tag", [0xDB, 0xDC])
def test_a_sealed_list_is_opened(control, tag):
    for frames in (hdlc(seal(bf.aidon(), control=control, tag=tag)),
                   b"".join(bf.mbus(seal(bf.aidon(), control=control, tag=tag), 90)),
                   b"".join(bf.segments(seal(bf.aidon(), control=control, tag=tag), 90)),
                   b"".join(bf.blocks(seal(bf.aidon(), control=control, tag=tag), 90))):
        for size in (0, 1):
            readings, decoder = decode(frames, size, **SEALED)
            assert [r.json() for r in readings] == PLAIN
            assert decoder.authenticated == (control != 0x20)


@pytest.mark.parametrize("control", [0x10, 0x30])
def test_a_sealed_text_is_opened(control):
    data = seal(ASCII, control=control)
    for size in (0, 1, 7):
        for stream in (data, ASCII[:20] + data, b"\r\n" + data + b"\r\n"):
            readings, decoder = decode(stream, size, **SEALED)
            assert [r.get("active_power_import_w") for r in readings] == [2202]
            assert decoder.ok == decoder.counters()["ok"] == 1
            assert decoder.authenticated


def test_p1_without_a_tag_is_opened_only_inside_a_frame_that_was_proven():
    bare = seal(ASCII, control=0x20)
    for size in (0, 1, 7):
        assert not decode(bare, size, **SEALED)[0]
        assert len(decode(hdlc(bare), size, **SEALED)[0]) == 1


def test_a_tag_proves_text_whose_own_checksum_differs():
    wrong = ASCII[:-6] + b"0000\r\n"
    readings, decoder = decode(seal(wrong), **SEALED)
    assert len(readings) == 1 and decoder.counters()["crc"] == 1 and (
        not decoder.newest.checksum_failed)
    readings, decoder = decode(hdlc(seal(wrong, control=0x20)), **SEALED)
    assert not readings and decoder.counters()["wrong_key"] == 1


def test_without_a_key():
    for data in (hdlc(seal(bf.aidon())), seal(ASCII), b"".join(bf.mbus(seal(bf.aidon()), 90))):
        readings, decoder = decode(data + ASCII + hdlc(bf.aidon()))
        assert len(readings) == 2 and decoder.counters()["no_key"] == 1


@pytest.mark.parametrize("control", [0x10, 0x20, 0x30])
def test_with_a_wrong_key(control):
    text = ASCII if control & 0x20 else bf.aidon()  # what is not encrypted is read as it stands
    bare = seal(text, control=control)
    # of a bare one that reads well, damage is likelier than a wrong key, until many in a row fail
    for data in (hdlc(seal(bf.aidon(), control=control)), *([bare * 9] if control & 0x10 else [])):
        for wrong in ({"key": AUTH.hex(), "aad": AUTH.hex()}, {"key": KEY.hex(), "aad": KEY.hex()},
                      {"key": KEY.hex()}):
            if control == 0x20 and wrong["key"] == KEY.hex() or (
                    control == 0x10 and wrong.get("aad") == AUTH.hex()):
                continue  # without a tag the second does not matter, without encryption the first
            readings, decoder = decode(data + ASCII, **wrong)
            assert len(readings) == 1 and decoder.counters()["wrong_key"] >= 1


def test_additional_data_with_its_security_byte():
    data = hdlc(seal(bf.aidon()))
    assert len(decode(data, key=KEY.hex(), aad="30" + AUTH.hex())[0]) == 1


def test_the_published_authentication_key_is_the_default():
    published = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    assert len(decode(seal(ASCII, auth=published), key=KEY.hex())[0]) == 1


def test_plain_telegrams_are_taken_though_there_is_a_key():
    readings, decoder = decode(hdlc(bf.aidon()) + ASCII, **SEALED)
    assert len(readings) == 2 and decoder.authenticated is None


def test_keys_of_wrong_length():
    for key, aad in ((b"1", b""), (KEY + b"1", b""), (KEY, b"1"), (KEY, bytes(18))):
        with pytest.raises(ValueError):
            bf.Decoder(print, key=key, aad=aad)


def test_no_changed_byte_passes_under_a_tag():
    data = seal(ASCII)
    for at in range(len(data)):
        for bit in (1, 0x10, 0x80):
            changed = bytearray(data)
            changed[at] ^= bit
            readings, _ = decode(bytes(changed), **SEALED)
            # an envelope cut down to encryption only: the text's own checksum proves it
            assert not readings or (at == 11 and readings[0].get("active_power_import_w") == 2202)


def counters_of(numbers, control=0x30, reject_replays=True, title=bf.TITLE):
    stream = b"".join(hdlc(seal(bf.aidon(), counter=n, control=control, title=title))
                      for n in numbers)
    readings, decoder = decode(stream, reject_replays=reject_replays, **SEALED)
    counters = decoder.counters()
    return len(readings), counters["repeated"], counters["older"]


@pytest.mark.parametrize("control", [0x20, 0x30])
def test_a_frame_counter_is_taken_once(control):
    assert counters_of((1, 2, 3), control) == (3, 0, 0)
    assert counters_of((5, 5, 5, 6), control) == (2, 2, 0)
    assert counters_of((5, 5), control, reject_replays=False) == (2, 0, 0)
    assert counters_of((9, 2, 10), control) == (2, 0, 1)  # one old telegram played back
    assert counters_of((9, 2, 2, 10), control) == (2, 0, 2)
    assert counters_of((9, 2, 3, 4), control) == (3, 0, 2)  # the meter's counter was reset
    assert counters_of((9, 3, 2, 10), control) == (2, 0, 2)
    assert counters_of((0x7FFFFFFF, 0x80000000, 0xFFFFFFFF), control) == (3, 0, 0)


def test_repeats_are_dropped_for_text_too():
    readings, decoder = decode(seal(ASCII) * 3, reject_replays=True, **SEALED)
    assert len(readings) == 1
    assert decoder.counters()["ok"] == 1 and decoder.counters()["repeated"] == 2


def test_another_meter_has_another_counter():
    stream = hdlc(seal(bf.aidon(), counter=9)) + hdlc(
        seal(bf.aidon(), counter=2, title=b"MHNother"))
    assert len(decode(stream, reject_replays=True, **SEALED)[0]) == 2


def test_decode_py_s_json_of_an_encrypted_telegram():
    assert json.loads(PLAIN[0])["current_l1_a"] == -9.3
