"""Files that are whole or not there; numbers that rise across restarts."""

from microhan.store import files
from microhan.store.sequence import Sequence


def test_write_replaces_whole(tmp_path):
    path = str(tmp_path / "new" / "file")
    assert files.read(path) is None
    files.write(path, b"one")
    files.write(path, b"two")
    assert files.read(path) == b"two"
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["file"]


def test_a_cut_in_mid_write_leaves_the_old(tmp_path):
    path = tmp_path / "file"
    files.write(str(path), b"old")
    (tmp_path / "file.new").write_bytes(b"ne")  # power went here
    assert files.read(str(path)) == b"old"
    files.write(str(path), b"new")
    assert files.read(str(path)) == b"new"


def test_sequence_rises_across_restarts(tmp_path):
    path = str(tmp_path / "sequence")
    seen = []
    for _ in range(3):
        sequence = Sequence(path)
        seen += [sequence.next() for _ in range(5000)]
    assert seen == sorted(set(seen)) and seen[0] == 1


def test_sequence_survives_a_bad_file_and_a_full_flash(tmp_path, monkeypatch):
    path = tmp_path / "sequence"
    path.write_bytes(b"garbage")
    assert Sequence(str(path)).next() == 1

    def full(path, data):
        raise OSError(28)

    monkeypatch.setattr(files, "write", full)
    sequence = Sequence(str(path))
    assert [sequence.next() for _ in range(3)] == [4097, 4098, 4099]
