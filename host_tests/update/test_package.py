"""What the device makes of a package: it is taken whole, signed and meant for it, or refused in
words."""

import hashlib
import struct

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures.update_package import (
    MICROPYTHON,
    RV32IMC,
    key,
    modulus,
    mpy,
    packed,
    read,
    signed,
)
from microhan.update.package import Package, Refused
from release import keys, package
from release.package import parted

RUNS = ("1.1.0", mpy(), MICROPYTHON)


def checked(content, trusted=None, runs=RUNS, **how):
    """What the manifest says; Refused otherwise."""
    return read(content, [modulus()] if trusted is None else trusted, runs, **how)


def refusal(content, *how, **more):
    """(word, why)."""
    with pytest.raises(Refused) as told:
        checked(content, *how, **more)
    word, why = told.value.args
    assert why and why[0].islower() and why[-1] != "."  # "Not installed: " goes before it
    return word, why


@pytest.mark.parametrize("pieces", [1, 2, 3, 15, 16, 17, 100, 512, 9999])
def test_a_signed_package_is_taken_however_it_is_split(pieces):
    content = signed()
    told = checked(content, pieces=pieces)
    assert (told["version"], told["build"], told["mpy"], told["files"]) == (
        "1.2.0", "1f2e3d4c", mpy(), 3)
    assert told["sha256"] == hashlib.sha256(parted(content)[0]).hexdigest()


@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_a_wrong_byte_anywhere_is_refused(flip):
    content = signed()
    words = set()
    for at in range(len(content)):
        wrong = bytearray(content)
        wrong[at] ^= flip
        words.add(refusal(bytes(wrong))[0])
    assert words == {"format", "truncated", "damaged", "signature", "newer_format"}


def test_a_package_that_ends_early_is_refused_at_any_length():
    content = signed()
    for length in range(len(content)):
        assert refusal(content[:length], pieces=4096)[0] in ("truncated", "format")


def test_a_package_that_stops_coming_is_refused():
    content = signed()
    one = Package(len(content))
    one.feed(memoryview(content)[:-1])
    with pytest.raises(Refused, match="ends too early"):
        one.check([modulus()], RUNS)


def test_bytes_behind_it_are_refused():
    content = signed()
    one = Package(len(content))
    with pytest.raises(Refused):
        one.feed(memoryview(content + b"x"))
    assert refusal(content + b"x")[0] == "truncated"


@pytest.mark.parametrize("word, how, runs", [
    ("architecture", {"arch": RV32IMC}, RUNS),
    ("micropython", {}, ("1.1.0", mpy(), (1, 24, 9, ""))),
    ("micropython", {}, ("1.1.0", mpy(sub=2), MICROPYTHON)),
    ("micropython", {}, ("1.1.0", mpy(version=7), MICROPYTHON)),
    ("older", {}, ("1.2.1", mpy(), MICROPYTHON)),
    ("older", {}, ("1.10.0", mpy(), MICROPYTHON)),
    ("older", {"version": "9.9.9"}, ("10.0.0", mpy(), MICROPYTHON)),
])
def test_a_package_that_is_not_for_this_device_is_refused(word, how, runs):
    told = refusal(signed(**how), runs=runs)
    assert told[0] == word
    assert {"architecture": "another chip (rv32imc)", "older": "takes your word",
            "micropython": "by cable"}[word] in told[1]


def test_flags_of_the_processor_do_not_make_it_another():
    """MicroPython for RISC-V adds what the chip can do above the sixteen bits."""
    runs = ("1.1.0", mpy(RV32IMC) | 1 << 16, MICROPYTHON)
    assert checked(signed(arch=RV32IMC), runs=runs)["arch"] == "rv32imc"


def test_the_same_version_is_taken():
    assert checked(signed(), runs=("1.2.0", mpy(), MICROPYTHON))["version"] == "1.2.0"


def test_an_old_signed_package_comes_back_by_the_owners_word_only():
    old = signed("1.0.9")
    assert refusal(old)[0] == "older"
    assert checked(old, older=True)["version"] == "1.0.9"


def test_while_keys_change_both_may_sign():
    first, second = modulus("first"), modulus("second")
    for name in ("first", "second"):
        assert checked(signed(name=name), [first, second])["version"] == "1.2.0"
        assert refusal(signed(name=name), [modulus("third")])[0] == "signature"
    assert refusal(signed(name="first"), [second])[0] == "signature"  # once the first has gone
    assert refusal(signed(), [])[0] == "signature"


def test_parts_of_two_signed_packages_make_none():
    one, other = parted(signed(text=b"one")), parted(signed(text=b"two", version="1.3.0"))
    for at in range(4):
        mixed = [*one]
        mixed[at] = other[at]
        if mixed[at] == one[at]:
            assert at == 2  # the tail has lengths only, and these are the same
        else:
            assert refusal(b"".join(mixed))[0] in ("damaged", "signature")


def test_an_archive_alone_and_a_manifest_alone_are_refused():
    archive, manifest, tail, signature = parted(signed())
    assert refusal(archive)[0] == "truncated"
    assert refusal(archive.ljust(len(archive) + 396, b"\0"))[0] == "truncated"
    assert refusal(manifest + tail + signature)[0] == "format"
    assert refusal(archive[:16] + manifest + tail + signature)[0] in ("damaged", "truncated")


def forged(content, said):
    """A package whose signature says these 384 bytes: what a foul signer could make of the key."""
    numbers = key().private_numbers()
    number = pow(int.from_bytes(said, "big"), numbers.d, numbers.public_numbers.n)
    return content[:-keys.SIGNATURE] + number.to_bytes(keys.SIGNATURE, "big")


def test_only_one_form_of_the_right_digest_is_a_signature():
    """RFC 8017, 9.2. Bleichenbacher's forgery of 2006 left rubbish behind a short padding."""
    content = signed()
    _, manifest, tail, _ = parted(content)
    digest = hashlib.sha256(manifest + tail).digest()
    name = bytes.fromhex("3031300d060960864801650304020105000420")
    right = b"\0\1" + b"\xff" * 330 + b"\0" + name + digest
    assert checked(forged(content, right)) == checked(content)
    for wrong in (b"\0\1" + b"\xff" * 8 + b"\0" + name + digest + b"\0" * 322,
                  b"\0\2" + right[2:], right[:100] + b"\xfe" + right[101:],
                  right[:2] + b"\xff" * 349 + b"\0" + digest):
        assert len(wrong) == 384
        assert refusal(forged(content, wrong))[0] == "signature"


def test_another_kind_of_signature_by_the_right_key_is_refused():
    content = signed()
    body, text = content[:-keys.SIGNATURE], b"".join(parted(content)[1:3])
    pss = key().sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    other = key().sign(text, padding.PKCS1v15(), hashes.SHA384())
    number = int.from_bytes(content[-384:], "big") + int.from_bytes(modulus(), "big")
    more = [number.to_bytes(384, "big")] if number < 1 << 3072 else []
    for signature in (pss, other, bytes(384), b"\xff" * 384, b"\0" * 383 + b"\1", *more):
        assert refusal(body + signature)[0] == "signature"


def test_a_format_of_the_future_says_which_way_leads_there():
    archive, manifest, tail, signature = parted(signed())
    for content in (archive + manifest + tail[:3] + b"\2" + tail[4:] + signature,
                    archive[:3] + b"\2" + archive[4:] + manifest + tail + signature):
        word, why = refusal(content)
        assert word == "newer_format" and "install the release before it first" in why


def test_the_pc_reads_what_the_device_takes():
    content = signed()
    told, files = package.read(content, key().public_key())
    assert told == checked(content) and files["core.mpy"].endswith(b"one")
    with pytest.raises(package.PackageError):
        package.read(content, key("other").public_key())
    swapped = packed(text=b"two") + content[len(packed()):]
    with pytest.raises(package.PackageError, match="not the one that was signed"):
        package.read(swapped, key().public_key())


@pytest.mark.parametrize("version", ["1.2-rc1", "1", "v1.2"])
def test_a_version_that_devices_cannot_compare_is_not_packed(version):
    with pytest.raises(package.PackageError, match="numbers with dots"):
        package.unsigned(packed(version))


def test_modules_of_two_kinds_are_not_packed():
    from build import archive

    one = archive.pack({"a.mpy": b"M\x06\x2b", "b.mpy": b"M\x06\x2f"},
                       {"version": "1.0", "build": "", "arch": ""})
    with pytest.raises(package.PackageError, match="not all for one MicroPython"):
        package.unsigned(one)


def test_the_manifest_has_length_and_digest_of_each_file():
    archive, manifest, _, _ = parted(signed())
    rows = list(struct.iter_unpack("<I32s", manifest.partition(b"\n")[2]))
    assert rows[1:] == [(6, hashlib.sha256(head + b"one").digest())
                        for head in (b"M\x06\x2b", b"M\x06\0")]
    assert sum(length for length, _ in rows) < len(archive)
