"""Files that are whole or not there; the identity of Readings."""

import pytest

from microhan.store import files
from microhan.store.sequence import Sequence


def test_write_replaces_whole(tmp_path):
    path = str(tmp_path / "new" / "file")
    assert files.read(path) is None
    files.write(path, b"one")
    files.write(path, b"two")
    assert files.read(path) == b"two"
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["file"]


def test_a_text_that_is_damaged_is_none(tmp_path):
    path = str(tmp_path / "file")
    assert files.text_of(path) == ""
    files.write(path, "smörgås".encode())
    assert files.text_of(path) == "smörgås"
    files.write(path, b"sm\xf6rg\xe5s")
    assert files.text_of(path) == ""


def test_a_cut_in_mid_write_leaves_the_old(tmp_path):
    path = tmp_path / "file"
    files.write(str(path), b"old")
    (tmp_path / "file.new").write_bytes(b"ne")  # power went here
    assert files.read(str(path)) == b"old"
    files.write(str(path), b"new")
    assert files.read(str(path)) == b"new"


def random(n):
    return bytes(range(7, 7 + n))


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "sequence")


def numbered(path, count):
    sequence = Sequence(path, random)
    return sequence, [(sequence.boot, sequence.next()) for _ in range(count)]


def test_within_one_start_numbers_rise_by_one(path):
    _, seen = numbered(path, 10_000)
    assert [seq for _, seq in seen] == list(range(1, 10_001))
    assert len({boot for boot, _ in seen}) == 1


def test_a_restart_of_our_own_carries_the_numbers_on(path):
    sequence, before = numbered(path, 5000)
    sequence.save()  # the board's before_reset
    _, after = numbered(path, 10)
    assert after[0] == (before[0][0] + 1, 5001)


def test_after_a_power_cut_no_identity_comes_twice(path):
    seen = []
    for _ in range(5):
        seen += numbered(path, 500)[1]
    assert len(set(seen)) == 2500
    assert [boot - seen[0][0] for boot, _ in seen[::500]] == [0, 1, 2, 3, 4]


def test_flash_is_written_once_at_each_start(path, monkeypatch):
    written = []
    real = files.write
    monkeypatch.setattr("microhan.store.sequence.write",
                        lambda *args: (written.append(args), real(*args)))
    numbered(path, 20_000)
    assert len(written) == 1


def test_the_numbers_of_the_version_before_go_on(path):
    files.write(path, b"8193")
    assert numbered(path, 1)[1][0][1] == 8193
    assert files.read(path).startswith(b"1 ")


@pytest.mark.parametrize("content", [None, b"garbage", b"", b"1 2", b"\xff\xfe 1 2"])
def test_where_nothing_is_known_the_start_gets_a_random_number(tmp_path, content):
    path = str(tmp_path / "sequence")
    boots = set()
    random_numbers = iter(range(20))
    for _ in range(20):
        if content is None:
            (tmp_path / "sequence").unlink(missing_ok=True)
        else:
            files.write(path, content)
        number = next(random_numbers) << 12
        boots.add(Sequence(path, lambda n, number=number: number.to_bytes(n, "little")).boot)
    assert len(boots) == 20 and max(boots) < 1 << 21


def test_a_full_flash_stops_nothing_and_no_identity_comes_twice(path, monkeypatch):
    numbered(path, 1)

    def full(path, data):
        raise OSError(28)

    monkeypatch.setattr("microhan.store.sequence.write", full)
    random_numbers = iter(range(50))
    boots = {Sequence(path, lambda n: (next(random_numbers) * 999).to_bytes(n, "little")).boot
             for _ in range(50)}
    assert len(boots) == 50
    assert [seq for _, seq in numbered(path, 3)[1]] == [1, 2, 3]


@pytest.mark.parametrize("newer", [b"2 17 5 9", b"2 17", b"2 {}", b"3 a 5.5"])
def test_a_file_of_a_newer_version_is_left_alone(path, newer):
    files.write(path, newer)
    sequence, _ = numbered(path, 5)
    sequence.save()
    assert files.read(path) == newer and sequence.boot > 1 << 24
