"""Rings of records: what they keep, what they give up, and what damage costs."""

import os
import struct

import pytest

from microhan.store.ring import Ring, Rings

STEP = 900
START = 850_003_200  # 2026-12-08


def payload(time, fill=1):
    return struct.pack("<I", time) + bytes((fill & 255,)) * 18


def times(ring, begin=0, end=1 << 32):
    return [int.from_bytes(row[:4], "little") for row in ring.rows(begin, end)]


@pytest.fixture(params=[STEP, 1])
def ring(tmp_path, request):
    return Ring(str(tmp_path / "ledger"), "h", 22, 5, 3, request.param)


def filled(ring, count, first=0):
    for n in range(first, first + count):
        ring.append(payload(START + n * STEP, n))
    return [START + n * STEP for n in range(first, first + count)]


def test_an_empty_ring_has_nothing(ring):
    assert times(ring) == [] and ring.last() is None


def test_payloads_come_back_as_they_were_oldest_first(ring):
    filled(ring, 7)
    assert [bytes(row) for row in ring.rows(0, 1 << 32)] == [
        payload(START + n * STEP, n) for n in range(7)]
    assert ring.last() == payload(START + 6 * STEP, 6)


def test_the_oldest_file_goes_when_there_are_too_many(ring):
    for count in range(1, 60):
        ring.append(payload(START + count * STEP))
        kept = times(ring)
        assert kept == [START + n * STEP for n in range(count - len(kept) + 1, count + 1)]
        assert len(kept) >= min(count, 10 + 1) and len(kept) <= 15


def test_a_new_ring_object_goes_on_where_the_last_one_ended(ring):
    for n in range(40):
        again = Ring(ring._folder, "h", 22, 5, 3, ring._step)
        again.append(payload(START + n * STEP))
    assert times(ring)[-11:] == [START + n * STEP for n in range(29, 40)]


def test_begin_is_in_and_end_is_not(ring):
    every = filled(ring, 12)
    assert times(ring, every[3], every[9]) == every[3:9]
    assert times(ring, every[-1] + 1, every[-1] + STEP) == []


def test_a_query_opens_only_the_files_that_may_answer(tmp_path, monkeypatch):
    from microhan.store import ring as module

    ring = Ring(str(tmp_path / "ledger"), "q", 22, 100, 20)
    every = filled(ring, 1900)
    opened = []

    def noting(path, mode):
        opened.append(path)
        return open(path, mode)

    monkeypatch.setattr(module, "open", noting, raising=False)
    assert times(ring, every[1000], every[1096]) == every[1000:1096]
    assert sum(opened.count(path) > 1 for path in set(opened)) <= 4  # once for its head


@pytest.mark.parametrize("jump", [-3 * 86400, 40 * 86400, -40 * 86400, 3650 * 86400])
@pytest.mark.parametrize("at", [3, 5, 7])
def test_a_clock_that_jumps_hides_nothing(ring, jump, at):
    every = []
    for n in range(12):
        every.append(START + n * STEP + (jump if n in (at, at + 1) else 0))
        ring.append(payload(every[-1]))
    assert times(ring) == every
    for time in every:
        assert times(ring, time, time + 1) == [time] * every.count(time)


def newest(ring):
    return ring._path(ring._order()[-1])


def test_a_torn_tail_costs_itself_alone(ring):
    every = filled(ring, 3)
    path = newest(ring)
    os.truncate(path, os.path.getsize(path) - 7)
    assert times(ring) == every[:2] and ring.last()[:4] == struct.pack("<I", every[1])
    every = every[:2] + filled(ring, 4, 3)
    assert times(ring) == every


@pytest.mark.parametrize("at", range(10, 10 + 23))
def test_a_damaged_byte_costs_its_record_alone(ring, at):
    every = filled(ring, 5)
    with open(newest(ring), "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes((byte ^ 16,)))
    assert times(ring) == every[1:]
    every += filled(ring, 1, 5)
    assert times(ring) == every[1:]


@pytest.mark.parametrize("head", [b"MHR\x02", b"PK\x03\x04"], ids=["newer", "foreign"])
def test_a_file_of_a_newer_format_is_neither_read_nor_written_to(ring, head):
    filled(ring, 3)
    path = newest(ring)
    with open(path, "r+b") as file:
        file.write(head)
    with open(path, "rb") as file:
        before = file.read()
    assert times(ring) == [] and ring.last() is None
    later = filled(ring, 4, 10)
    assert times(ring) == later
    with open(path, "rb") as file:
        assert file.read() == before


def test_other_files_in_the_folder_are_no_records(ring):
    every = filled(ring, 3)
    for name in ("h~", "h", "q0", "hidden", "h!"):
        with open(os.path.join(ring._folder, name), "wb") as file:
            file.write(b"?")
    assert times(ring) == every
    assert times(ring) == every[:3] and filled(ring, 1, 3) and len(times(ring)) == 4


def test_a_time_between_quarters_is_refused(tmp_path):
    with pytest.raises(ValueError):
        Ring(str(tmp_path), "q", 22, 5, 3).append(payload(START + 1))


def test_a_full_flash_costs_the_oldest_file(tmp_path, monkeypatch):
    from microhan.store import ring as module

    ring = Ring(str(tmp_path / "ledger"), "h", 22, 5, 10)
    filled(ring, 12)

    def full(path, mode):
        if mode == "ab" and len(ring._order()) > 2:
            raise OSError(28)
        return open(path, mode)

    monkeypatch.setattr(module, "open", full, raising=False)
    ring.append(payload(START + 12 * STEP))
    assert times(ring) == [START + n * STEP for n in range(5, 13)]


def test_a_flash_that_stays_full_is_told_and_nothing_more_is_lost(tmp_path, monkeypatch):
    from microhan.store import ring as module

    ring = Ring(str(tmp_path / "ledger"), "h", 22, 5, 10)
    every = filled(ring, 12)

    def full(path, mode):
        if mode == "ab":
            raise OSError(28)
        return open(path, mode)

    monkeypatch.setattr(module, "open", full, raising=False)
    with pytest.raises(OSError):
        ring.append(payload(START + 12 * STEP))
    assert times(ring) == every[5:]


def test_what_the_issue_wants_is_kept(tmp_path):
    rings = Rings(str(tmp_path))
    kept = {name: (ring._files - 1) * ring._per_file for name, ring in vars(rings).items()}
    assert kept["quarters"] >= 60 * 96 and kept["hours"] >= 397 * 24 and kept["days"] >= 3653
    assert rings.quarters.size + 2 <= 36 and rings.hours.size + 2 <= 24
