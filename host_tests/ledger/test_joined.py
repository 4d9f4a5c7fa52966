"""Records of a backup beside those that are held: none lost, none twice, nothing booked across."""

import pytest

from fixtures.ledger import Ring
from microhan.ledger.joined import Joined
from microhan.ledger.records import record
from microhan.ledger.rows import is_same_epoch

HOUR = 3600
SIZE = 22


def row(hour, epoch=5, wh=None):
    return bytes(record(hour * HOUR, [1000 + (wh or hour), 0, 0, 0], 0, epoch))


def ring(rows):
    made = Ring()
    made.list = list(rows)
    return made


class New(Ring):
    size = SIZE

    def append(self, payload, gives_way=True):
        assert not gives_way and len(payload) % SIZE == 0
        self.list += [bytes(payload[at:at + SIZE]) for at in range(0, len(payload), SIZE)]


def joined(held, given, same=None, alike=False, epoch=None, late=()):
    held, new = ring(held), New()
    one = Joined(held, new, given[-1][-1] if epoch is None else epoch, same, alike)
    for at in range(0, len(given), 20):
        for _ in one.take(bytes([SIZE]) + b"".join(given[at:at + 20])):
            pass
    for _ in one.end():
        pass
    held.list += late
    return new.list, one.catch_up()


def hours(rows):
    return [int.from_bytes(one[:4], "little") // HOUR for one in rows]


def test_an_empty_ring_takes_all_as_it_is():
    given = [row(n) for n in range(300)]
    assert joined([], given, late=[row(301)]) == (given + [row(301)], 300)


def test_what_is_older_goes_before_and_what_is_newer_behind():
    held = [row(n, wh=n + 7) for n in range(100, 250)]
    found, count = joined(held, [row(n) for n in range(300)], late=[row(299), row(301)])
    assert hours(found)[:300] == list(range(300)) and found[100:250] == held
    assert count == 150
    # of its own the ring gets what came meanwhile
    assert row(301) in found


def test_the_same_backup_again_adds_nothing():
    given = [row(n) for n in range(300)]
    assert joined(given, given) == (given, 0)
    later = given + [row(n) for n in range(300, 320)]
    assert joined(later, given) == (later, 0)


def test_an_older_ledger_takes_what_is_newer():
    assert hours(joined([row(n) for n in range(50)], [row(n) for n in range(30, 90)])[0]) == list(
        range(90))


def is_across(before, after):
    return is_same_epoch(before[-1], after[-1])


@pytest.mark.parametrize("same, mark, other, is_one", [
    (True, 5, 5, True),      # both numbers are known, and the same
    (None, 5, 5, True),      # one is not: the bits in the records say it
    (None, 5, 6, False),
    (None, 0, 0, False),     # nobody knows: nothing is booked across
    (None, 0, 5, False),
    (False, 5, 6, False),
    (False, 5, 5, False),    # another number with the same bits
])
@pytest.mark.parametrize("count", [0, 1, 6, 7])
@pytest.mark.parametrize("held_count", [0, 3, 7])
def test_nothing_is_booked_across_unless_it_is_one_meter(same, mark, other, is_one, count,
                                                         held_count):
    held = [row(n, 32 * held_count + other) for n in range(100, 110)]
    given = [row(n, 32 * (count and count - 1) + 9) for n in range(80, 90)]
    given += [row(n, 32 * count + mark) for n in range(90, 120)]
    found, _ = joined(held, given, same)
    assert hours(found) == list(range(80, 120)) and found[20:30] == held
    assert is_across(found[19], found[20]) == is_one
    assert is_across(found[29], found[30]) == is_one
    assert is_across(found[9], found[10]) == is_across(given[9], given[10])  # its own
    assert all(is_across(a, b) for a, b in zip(found[10:19], found[11:20]))
    assert all(is_across(a, b) for a, b in zip(found[30:39], found[31:40]))


def test_another_meter_whose_bits_are_the_same_is_told_apart_at_the_next_reading():
    found, _ = joined([], [row(n, 5) for n in range(9)], False, True)
    assert {one[-1] for one in found} == {6}
    assert {one[-1] for one in joined([], [row(n, 31) for n in range(9)], False, True)[0]} == {1}
    assert {one[-1] for one in joined([], [row(n, 0) for n in range(9)], False, True)[0]} == {0}


def test_records_of_channels_have_no_epoch():
    given = [n.to_bytes(4, "little") + bytes([n]) * 8 for n in range(60, 90)]
    held, new = ring(given[20:]), Ring()
    new.size = 12
    new.append = lambda payload, gives_way: new.list.extend(
        bytes(payload[at:at + 12]) for at in range(0, len(payload), 12))
    one = Joined(held, new, 77, None, False)
    for _ in one.take(b"\x0c" + b"".join(given[:25])):
        pass
    for _ in one.end():
        pass
    assert new.list == given
