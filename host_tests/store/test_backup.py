"""A backup's bytes: what is written is read, in whatever pieces; all else is refused."""

import struct

import pytest

from microhan.store import backup
from microhan.store.backup_reader import Blocks
from microhan.store.ring import Ring, Rings

START = 850_003_200


@pytest.fixture
def rings(tmp_path):
    made = Rings(str(tmp_path / "ledger"))
    for n in range(40):
        time = struct.pack("<I", START + 900 * n)
        made.quarters.append(time + bytes([n]) * 30)
        if n % 4 == 0:
            made.hours.append(time + bytes([n]) * 18)
    made.channels.append(struct.pack("<I", START + 7) + bytes(8))
    return made


def written(rings, settings=b"{}" * 400, secrets=False):
    return list(backup.pieces(rings, b'{"id": "a1b2c3"}', settings, secrets))


def read(data, size=256):
    """{letter: contents of all blocks, joined}, and whether the end was there."""
    blocks = Blocks()
    found = {}
    for at in range(0, len(data), size):
        for letter, content in blocks.feed(data[at:at + size]):
            if letter in "qhdc":
                assert (len(content) - 1) % content[0] == 0
                content = content[1:]
            found[letter] = found.get(letter, b"") + bytes(content)
    return found, blocks.done


@pytest.mark.parametrize("size", [1, 7, 256, 100_000])
def test_what_is_written_is_read(rings, size):
    pieces = written(rings)
    assert max(map(len, pieces)) <= 507
    found, done = read(b"".join(pieces), size)
    assert done and found["i"] == b'{"id": "a1b2c3"}' and found["s"] == b"{}" * 400
    for letter, ring in zip("qhc", (rings.quarters, rings.hours, rings.channels)):
        assert found[letter] == b"".join(bytes(row) for row in ring.rows(0, 1 << 32))
    assert "d" not in found


def test_its_first_line_says_to_a_person_what_it_is(rings):
    assert written(rings)[0] == b"microhan backup 1, passwords: no \n"
    assert written(rings, secrets=True)[0] == b"microhan backup 1, passwords: YES\n"


def test_every_byte_is_guarded(rings):
    data = b"".join(written(rings, b"{}"))
    for at in range(len(data)):
        wrong = bytearray(data)
        wrong[at] ^= 0x20
        try:
            found, done = read(bytes(wrong))
        except ValueError as error:
            assert error.args[0] in ("422v", "422d")
        else:
            assert not done, at


def test_one_that_is_cut_short_has_no_end_and_one_that_is_too_long_is_refused(rings):
    data = b"".join(written(rings, b"{}"))
    for size in range(0, len(data), 3):
        assert read(data[:size])[1] is False
    with pytest.raises(ValueError, match="422d"):
        read(data + b"\n")


def test_blocks_that_are_missing_or_come_in_another_order_are_seen(rings):
    pieces = written(rings)
    for wrong in (pieces[:3] + pieces[4:], pieces[:2] + pieces[3:4] + pieces[2:3] + pieces[4:]):
        with pytest.raises(ValueError, match="422d"):
            read(b"".join(wrong))


@pytest.mark.parametrize(("data", "key"), [
    (b"microhan backup 2, and what may be\n" + bytes(99), "422v"),
    (b"microhan backup 10 " + bytes(99), "422v"), (b"PK\x03\x04" + bytes(99), "422d")])
def test_what_is_newer_or_something_else_is_told(data, key):
    with pytest.raises(ValueError, match=key):
        read(data)


def test_a_kind_of_block_that_is_not_known_is_handed_on(rings):
    pieces = written(rings)
    assert read(b"".join([*pieces[:2], backup._block("x", b"new")]))[0]["x"] == b"new"


@pytest.mark.parametrize("step", [900, 1])
@pytest.mark.parametrize("many", [1, 3, 5, 12, 40])
def test_many_records_at_once_are_the_same_as_one_by_one(tmp_path, many, step):
    rows = [struct.pack("<I", START + 900 * n) + bytes([n]) * 18 for n in range(40)]
    one = Ring(str(tmp_path / "one"), "h", 22, 5, 9, step)
    other = one.copy(str(tmp_path / "other"))
    for row in rows:
        one.append(row)
    for at in range(0, 40, many):
        other.append(b"".join(rows[at:at + many]))
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes()


def test_a_copy_that_may_not_give_way_keeps_its_oldest(tmp_path, monkeypatch):
    ring = Ring(str(tmp_path / "ledger"), "h", 22, 5, 3)
    for n in range(9):
        ring.append(struct.pack("<I", START + 900 * n) + bytes(18))

    def full(*args):
        raise OSError(28)
    monkeypatch.setattr(ring, "_append", full)
    with pytest.raises(OSError):
        ring.append(struct.pack("<I", START + 9000) + bytes(18), False)
    assert len(list(ring.rows(0, 1 << 32))) == 9
