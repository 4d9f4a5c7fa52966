"""The owner's password: PBKDF2 as the standard has it, in short slices, and kept as a hash."""

import asyncio
import subprocess
import time
from hashlib import pbkdf2_hmac

import pytest

import shim  # noqa: F401 - MicroPython's dialect for CPython
from fixtures import needs
from fixtures.repository import ROOT
from fixtures.web_server import kept
from microhan.web import password

SLICES = """
import sys, time
sys.path.insert(0, FIRMWARE)
from microhan.web.password import _slices
times = []
last = time.ticks_us()
for digest in _slices(PASSWORD, SALT, 3000):
    now = time.ticks_us()
    times.append(time.ticks_diff(now, last))
    last = now
print(digest.hex(), sorted(times)[len(times) // 4])
"""


def derived(secret, salt, rounds):
    """(the digest, how many slices it took)."""
    slices = list(password._slices(secret, salt, rounds))
    return slices[-1], len(slices) - 1


@pytest.mark.parametrize("secret,salt,rounds,wanted", [
    # RFC 7914, clause 11
    (b"passwd", b"salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"),
    (b"Password", b"NaCl", 80000,
     "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"),
])
def test_it_is_what_the_rfc_says(secret, salt, rounds, wanted):
    assert derived(secret, salt, rounds)[0].hex() == wanted


@pytest.mark.parametrize("secret", [b"x" * 10, b"x" * 63, b"x" * 64, b"x" * 65, b"x" * 128,
                                    "smörgås: ☃".encode()])
def test_it_is_what_openssl_says(secret):
    for rounds in (1, 2, 8, 9, 100):
        assert derived(secret, b"s" * 16, rounds)[0] == pbkdf2_hmac(
            "sha256", secret, b"s" * 16, rounds)


def test_others_have_their_turn_every_few_milliseconds():
    async def work():
        worst = 0.0
        done = asyncio.create_task(password.hashed("correct horse"))
        last = time.process_time()  # a busy PC takes turns away from us, too
        while not done.done():
            await asyncio.sleep(0)
            now = time.process_time()
            worst = max(worst, now - last)
            last = now
        return worst, await done

    worst, (rounds, salt, digest) = asyncio.run(work())
    assert worst < 0.02  # 6 ms each
    assert rounds == password._ROUNDS and len(salt) == 32
    assert pbkdf2_hmac("sha256", b"correct horse", bytes.fromhex(salt), rounds).hex() == digest


def test_micropython_derives_the_same_in_slices(tmp_path):
    command = needs.micropython("i386", "140k")
    program = tmp_path / "slices.py"
    values = {"FIRMWARE": str(ROOT / "firmware"), "PASSWORD": b"correct horse", "SALT": b"s" * 16}
    program.write_text("".join(f"{n} = {v!r}\n" for n, v in values.items()) + SLICES)
    library = ROOT / "host_tests/fixtures/vm/lib"
    told = subprocess.run([*command, str(program)], capture_output=True, text=True,
                          env={"MICROPYPATH": f"{library}:.frozen"})
    digest, slice_us = told.stdout.split()
    assert digest == pbkdf2_hmac("sha256", b"correct horse", b"s" * 16, 3000).hex()
    assert int(slice_us) < 10_000


def test_only_the_right_password_is_right():
    right = kept("correct horse")
    for tried, is_right in (("correct horse", True), ("correct horsf", False), ("", False),
                            ("Correct horse", False), ("x" * 1000, False)):
        assert asyncio.run(password.is_right(tried, right)) is is_right


def test_fewer_rounds_than_today_are_noticed():
    assert password.is_dated(kept("correct horse", password._ROUNDS - 1))
    assert not password.is_dated(kept("correct horse", password._ROUNDS))
