"""What outputs could not deliver: kept, handed out in order, exactly, and never twice."""

import os

import pytest

from fixtures.readings_extra import extra_reading
from microhan.reading.fields import INDEX
from microhan.reading.reading import Reading
from microhan.store import kept as module
from microhan.store.backlog import Backlog, bit_of

MQTT, PUSH = bit_of("mqtt"), bit_of("push")
QUEUE = 8


def a_reading(seq, boot=1):
    out = Reading()
    out.boot, out.seq = boot, seq
    out.put(INDEX["time"], 850_000_000 + 10 * seq)
    out.put(INDEX["meter_id"], "7340123456789012")
    out.put(INDEX["active_power_import_w"], 1000 + seq * 37 % 500)
    out.put(INDEX["active_energy_import_kwh"], 10_000_000 + 3 * seq)
    out.put(INDEX["voltage_l1_v"], 230_000 + 100 * (seq % 20), 1)
    return out


class House:
    """A backlog, and what outputs make of it."""

    def __init__(self, path, outputs=("mqtt", "push")):
        self.path = str(path)
        self.outputs = outputs
        self.now = 0
        self.said = []
        self.start()

    def start(self):
        self.backlog = Backlog(self.path, self.outputs, lambda: self.now, self.said.append)

    def keep(self, first, end, *bits, boot=1, every=10):
        for seq in range(first, end):
            self.now += every
            for bit in bits:
                self.backlog.keep(a_reading(seq, boot), bit)

    def drain(self, bit, most=1_000_000):
        """What comes out, as (boot, seq)."""
        out = []
        while self.backlog.waiting(bit) and most:
            for one in self.backlog.batch(bit):
                wanted = a_reading(one.seq, one.boot)
                assert one.json(one.identity()) == wanted.json(wanted.identity())
                out.append((one.boot, one.seq))
            self.backlog.confirm(bit)
            most -= 1
        return out

    def files(self):
        return sorted(os.listdir(self.path)) if os.path.exists(self.path) else []


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "backlog")


def numbers(first, end, boot=1):
    return [(boot, seq) for seq in range(first, end)]


def test_nothing_is_loaded_and_nothing_written_while_all_is_delivered(house):
    assert house.backlog._kept is None and house.files() == []
    assert house.backlog.waiting(MQTT) == 0 and list(house.backlog.batch(MQTT)) == []
    house.backlog.confirm(MQTT)
    house.backlog.flush()
    assert house.backlog._kept is None and house.files() == []


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100, 1000])
def test_what_was_kept_comes_out_in_order_and_leaves_nothing_behind(house, count):
    house.keep(0, count, MQTT)
    assert house.backlog.waiting(MQTT) == count and house.backlog.waiting(PUSH) == 0
    assert house.drain(MQTT) == numbers(0, count)
    assert house.backlog._kept is None and house.files() == ["cursors"]
    house.start()
    assert house.backlog._kept is None
    house.keep(count, count + 50, PUSH)
    assert house.drain(PUSH) == numbers(count, count + 50)


def test_each_output_gets_what_it_lacks_and_nothing_else(house):
    house.keep(0, 100, MQTT)
    house.keep(100, 200, MQTT, PUSH)
    house.keep(200, 230, PUSH)
    assert house.backlog.waiting(MQTT) == 200 and house.backlog.waiting(PUSH) == 130
    first = house.drain(PUSH, 2)
    house.keep(230, 260, PUSH, MQTT)
    assert house.drain(MQTT) == numbers(0, 200) + numbers(230, 260)
    assert first + house.drain(PUSH) == numbers(100, 260)
    assert house.backlog._kept is None and house.files() == ["cursors"]


def test_a_batch_is_the_same_until_it_is_confirmed(house):
    house.keep(0, 60, MQTT)
    batch = [one.seq for one in house.backlog.batch(MQTT)]
    house.keep(60, 90, MQTT)
    assert batch and [one.seq for one in house.backlog.batch(MQTT)] == batch
    assert len(batch) <= 30
    house.backlog.confirm(MQTT)
    house.backlog.confirm(MQTT)  # once more is nothing
    assert house.drain(MQTT) == numbers(len(batch), 90)


def test_confirmed_readings_do_not_come_again_after_a_restart(house):
    house.keep(0, 300, MQTT, PUSH)
    gone = house.drain(MQTT, 5)
    house.backlog.flush()
    house.start()
    assert house.backlog.waiting(MQTT) == 300 - len(gone) and house.backlog.waiting(PUSH) == 300
    assert gone + house.drain(MQTT) == numbers(0, 300)
    house.start()
    assert house.drain(PUSH) == numbers(0, 300)


def test_a_cut_loses_less_than_five_minutes(house):
    for count in range(1, 200, 7):
        house.keep(0, count, MQTT)
        published = count + QUEUE  # the output's queue has the newest
        house.start()
        kept = house.drain(MQTT)
        assert kept == numbers(0, len(kept)) and published - len(kept) <= 30


def test_a_silent_meter_does_not_keep_readings_in_memory(house):
    house.keep(0, 5, MQTT)
    house.now += 300
    assert house.backlog.waiting(MQTT) == 5
    house.start()
    assert house.drain(MQTT) == numbers(0, 5)


def test_a_slow_meter_writes_each_reading(house):
    house.keep(0, 6, MQTT, every=60)
    house.start()
    assert house.backlog.waiting(MQTT) >= 5


def test_readings_of_several_starts_stay_apart(house):
    house.keep(50, 80, MQTT)
    house.backlog.flush()
    house.start()
    house.keep(50, 80, MQTT, boot=2)
    assert house.drain(MQTT) == numbers(50, 80) + numbers(50, 80, 2)


def test_many_restarts_fill_the_same_files(house):
    for n in range(60):
        house.keep(10 * n, 10 * n + 10, MQTT, boot=n)
        house.backlog.flush()
        house.start()
    assert len(house.files()) <= 3
    assert [seq for _, seq in house.drain(MQTT)] == list(range(600))


def test_a_day_at_full_rate_then_one_a_minute_for_three_days(house):
    house.keep(0, 4 * 8640, MQTT)
    size = sum(os.path.getsize(os.path.join(house.path, name)) for name in house.files())
    assert len(house.files()) <= module._SEGMENTS and size <= 400_000
    seqs = [seq for _, seq in house.drain(MQTT)]
    assert seqs[:8640] == list(range(8640))
    assert len(seqs) >= 8640 + 3 * 1440 - 1
    assert max(b - a for a, b in zip(seqs, seqs[1:])) <= 6
    assert house.backlog.thinned == 4 * 8640 - len(seqs) and house.backlog.lost == 0


def test_the_oldest_is_given_up_when_there_are_too_many_files(house, monkeypatch):
    monkeypatch.setattr(module, "_SEGMENT", 4000)
    monkeypatch.setattr(module, "_SEGMENTS", 4)
    house.keep(0, 3000, MQTT)
    house.keep(3000, 3010, MQTT, PUSH)
    assert len(house.files()) <= 4 and house.said
    waiting = house.backlog.waiting(MQTT)
    seqs = house.drain(MQTT)
    assert seqs == numbers(3010 - waiting, 3010)
    assert house.backlog.lost == 3010 - waiting
    assert house.drain(PUSH) == numbers(3000, 3010)


def test_a_full_flash_gives_up_the_oldest_and_says_so(house, monkeypatch):
    monkeypatch.setattr(module, "_SEGMENT", 1200)
    house.keep(0, 1000, MQTT)
    there = len(house.files())

    def full(path, mode):
        if mode == "ab" and len(house.files()) >= there:
            raise OSError(28)
        return open(path, mode)

    monkeypatch.setattr(module, "open", full, raising=False)
    house.keep(1000, 1100, MQTT)
    waiting = house.backlog.waiting(MQTT)
    assert house.said and 0 < house.backlog.lost < 500
    monkeypatch.undo()
    assert house.drain(MQTT) == numbers(1100 - waiting, 1100)


def test_a_broken_flash_costs_readings_but_nothing_else(house, monkeypatch):
    def broken(path, mode):
        raise OSError(5)

    monkeypatch.setattr(module, "open", broken, raising=False)
    house.keep(0, 200, MQTT)
    assert house.said and house.backlog.lost > 150
    monkeypatch.undo()
    house.keep(200, 260, MQTT)
    house.backlog.flush()
    waiting = house.backlog.waiting(MQTT)
    assert house.drain(MQTT) == numbers(260 - waiting, 260)


def test_short_memory_costs_readings_but_nothing_else(house, monkeypatch):
    real = module.write

    def short(bits, reading, before):
        if reading.seq % 3 == 0:
            bits.put(5, 3)
            raise MemoryError
        real(bits, reading, before)

    monkeypatch.setattr(module, "write", short)
    house.keep(0, 90, MQTT)
    assert house.drain(MQTT) == [(1, seq) for seq in range(90) if seq % 3]
    assert house.backlog.lost == 30


def segment(house, n=0):
    return os.path.join(house.path, [name for name in house.files() if name != "cursors"][n])


@pytest.mark.parametrize("at", [40, 1000, 3000])
def test_a_damaged_byte_costs_its_chunk_and_is_counted(house, at):
    house.keep(0, 600, MQTT)
    house.backlog.flush()
    with open(segment(house), "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes((byte ^ 1,)))
    house.start()
    seqs = [seq for _, seq in house.drain(MQTT)]
    assert seqs == sorted(set(seqs))
    assert len(seqs) + house.backlog.lost == 600
    if at > 40:  # the first chunk is needed for the whole segment
        assert house.backlog.lost <= 30
    assert house.backlog._kept is None


@pytest.mark.parametrize("cut", [1, 15, 30, 300, 2000])
def test_a_torn_tail_costs_itself_and_what_follows_is_found(house, cut):
    house.keep(0, 600, MQTT)
    house.backlog.flush()
    path = segment(house)
    os.truncate(path, os.path.getsize(path) - cut)
    house.start()
    house.keep(600, 700, MQTT)
    seqs = [seq for _, seq in house.drain(MQTT)]
    assert seqs == sorted(set(seqs)) and seqs[-100:] == list(range(600, 700))
    assert len(seqs) >= 700 - 40 - cut // 5
    assert house.backlog._kept is None


@pytest.mark.parametrize("text", [b"", b"nonsense", b"1\n1 x 5", b"1\n1 7", b"\xff\x00"])
def test_damaged_cursors_cost_a_repeat_and_no_reading(house, text):
    house.keep(0, 100, MQTT)
    house.drain(MQTT, 1)
    house.backlog.flush()
    with open(os.path.join(house.path, "cursors"), "wb") as file:
        file.write(text)
    house.start()
    assert house.drain(MQTT) == numbers(0, 100)


def test_files_of_a_newer_format_are_left_alone(house):
    house.keep(0, 100, MQTT)
    house.backlog.flush()
    path = segment(house)
    with open(path, "r+b") as file:
        file.write(b"MHB\x02")
    newer = b"2 whatever comes"
    with open(os.path.join(house.path, "cursors"), "wb") as file:
        file.write(newer)
    with open(path, "rb") as file:
        before = file.read()
    house.start()
    assert house.backlog.waiting(MQTT) == 0
    house.keep(100, 200, MQTT)
    assert house.drain(MQTT) == numbers(100, 200)
    with open(path, "rb") as file:
        assert file.read() == before
    with open(os.path.join(house.path, "cursors"), "rb") as file:
        assert file.read() == newer


def test_an_output_that_is_switched_off_holds_nothing(house):
    house.keep(0, 100, PUSH)
    house.keep(100, 200, MQTT, PUSH)
    house.backlog.flush()
    house.outputs = ("mqtt",)
    house.start()
    assert house.drain(MQTT) == numbers(100, 200)
    assert house.files() == ["cursors"]


def test_extras_come_out_as_they_went_in(house):
    for seq in range(30):
        one = extra_reading(message="x" * 1024 if seq == 7 else "", tariff="%04d" % (seq % 2))
        one.boot, one.seq = 1, seq
        house.now += 10
        house.backlog.keep(one, MQTT)
    seqs = []
    while house.backlog.waiting(MQTT):
        for one in house.backlog.batch(MQTT):
            wanted = extra_reading(message="x" * 1024 if one.seq == 7 else "",
                                   tariff="%04d" % (one.seq % 2))
            wanted.boot, wanted.seq = 1, one.seq
            assert one.json(one.identity()) == wanted.json(wanted.identity())
            seqs.append(one.seq)
        house.backlog.confirm(MQTT)
    assert seqs == list(range(30))
