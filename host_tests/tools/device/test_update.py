"""How `make device` makes update packages, and judges what came of them."""

import json
import os

import pytest

from build import archive
from build import keys as trusted_keys
from device import packages, update
from device.meter import Sent
from device.update import Span
from fixtures.update_package import MICROPYTHON, key, modulus, mpy, packed, read
from microhan.update.package import Refused


@pytest.fixture(scope="module")
def files():
    """(The files of a small copy, what is said of it)."""
    files = archive.unpack(packed("1.2.0", text=b"1.2.0"))
    about = json.loads(files.pop(archive.MANIFEST))
    about.pop("files")
    return files, about


def test_what_is_built_meanwhile_trusts_the_new_key_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("KEYS", "mine.pem")
    with packages.trusted(tmp_path) as made:
        trusted = trusted_keys.moduli((tmp_path / "keys.pem").read_bytes())
        assert os.environ["KEYS"] == str(tmp_path / "keys.pem")
        assert trusted == [made.public_key().public_numbers().n.to_bytes(384, "big")]
    assert os.environ["KEYS"] == "mine.pem"


def test_the_variable_is_gone_where_there_was_none(tmp_path, monkeypatch):
    monkeypatch.delenv("KEYS", raising=False)
    with packages.trusted(tmp_path):
        pass
    assert "KEYS" not in os.environ


def test_the_next_version_says_so_in_its_manifest_and_in_its_program(files):
    content = packages.signed(key(), *files, packages.after("1.2.0"))
    told = read(content, [modulus()], ("1.2.0", mpy(), MICROPYTHON))
    assert told["version"] == "1.2.1"
    assert b"1.2.1" in archive.unpack(content)["microhan/__init__.mpy"]
    given = packages.announcement(content)
    assert given == {"size": len(content), "manifest": told}


def test_a_changed_module_is_signed_as_well(files):
    content = packages.signed(key(), *files, "1.2.1", lambda name, one: (
        one + b"changed" if name == "core.mpy" else one))
    assert archive.unpack(content)["core.mpy"].endswith(b"changed")
    read(content, [modulus()], ("1.2.0", mpy(), MICROPYTHON))


def test_a_byte_that_is_wrong_is_seen(files):
    content = bytearray(packages.signed(key(), *files, "1.2.1"))
    content[40] ^= 1
    with pytest.raises(Refused) as raised:
        read(bytes(content), [modulus()], ("1.2.0", mpy(), MICROPYTHON))
    assert raised.value.args[0] == "damaged"


# Telegrams that are missed

SENT = [Sent(10.0 * n, 100 + n) for n in range(10)]


def failed(rows):
    return [row.name for row in rows if not row.ok]


def test_a_span_may_cost_its_telegrams_and_no_more():
    spans = [Span("upload", 10, 25, 0), Span("install", 39, 75, 3)]
    assert failed(update.missed_rows(SENT, {0, 1, 2, 3, 7, 8, 9}, spans)) == []
    assert failed(update.missed_rows(SENT, {0, 1, 2, 3, 8, 9}, spans)) == [
        "install: telegrams missed"]
    assert failed(update.missed_rows(SENT, {0, 1, 3, 7, 8, 9}, spans)) == [
        "upload: telegrams missed"]


def test_what_is_missed_besides_is_told_with_its_time():
    rows = update.missed_rows(SENT, {1, 3, 4, 6, 7, 8}, [Span("install", 39, 75, None)])
    assert failed(rows) == ["telegrams missed besides, sent at"] and rows[-1].value == "20, 90"


# How long a check took

def test_a_check_lasts_from_the_attempt_to_the_next_rename():
    assert update.verified_ms([
        "@ rename 80000 /app/choice", "@ rename 80100 /data/sequence",
        "rst:0xc", "@ rename 900 /data/meter", "@ rename 1000 /app/choice",
        "@ rename 1550 /app/b.pack", "@ rename 1560 /app/choice"]) == 550


def test_without_a_check_there_is_no_time():
    assert update.verified_ms(["@ rename 1 /app/choice", "@ rename 2 /data/sequence"]) is None
    assert update.verified_ms(["rst:0x3", "@ rename 900 /data/meter"]) is None
