"""The soak: half a day of it, its clock, and that it sees what it is there to see."""

import array
import collections
import random
import socket
import subprocess
import time

import pytest

import soak.__main__ as soak
from fixtures import needs
from soak import machine, outcome, world
from soak.servers import Broker
from soak.tally import Tally

HALF_A_DAY = 0.5
TELEGRAMS = 4320


@pytest.fixture(autouse=True, scope="module")
def tools():
    needs.micropython("i386")
    needs.program("gcc")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(the Soak, {row: its value}, rows that are not ok) of half a day."""
    one = soak.Soak(tmp_path_factory.mktemp("soak"), "108k")
    try:
        one.run(HALF_A_DAY, 30)
        rows = one.rows("108k")
    finally:
        one.close()
    return one, {row.name: row.value for row in rows}, [row for row in rows if not row.ok]


def test_half_a_day_is_within_every_limit(run):
    one, values, missed = run
    assert not one.trouble
    assert not missed
    assert values["telegrams"] >= TELEGRAMS


def test_every_reading_of_it_comes_out_although_broker_and_server_were_away(run):
    _, values, _ = run
    for name in ("mqtt", "push"):
        assert values[f"{name}: readings delivered"] == values["telegrams"]
        assert values[f"{name}: of these later than a minute"] > 400
        assert values[f"{name}: readings lost"] == 0


def test_the_owner_saw_the_pages_and_the_events(run):
    one, values, _ = run
    assert set(one.browser.outcomes) == {200, 204}
    assert values["readings on /events"] in range(55, 65)
    assert one.browser.status["warnings"] == []


def test_history_is_written_at_its_quarters(run):
    _, values, _ = run
    assert values["history on flash, bytes"] > 48 * 36


def test_each_hour_has_its_look_at_memory(run):
    one, _, _ = run
    assert len(one.samples) in (11, 12)
    assert all(0 < s.standing <= s.free < 108 * 1024 and s.piece > 1000 for s in one.samples)
    assert max(s.backlog for s in one.samples) > 3000


def test_the_picture_has_the_curves(run):
    one, _, _ = run
    text = soak.curves.as_svg(outcome.charts(one.samples, 108 * 1024))
    assert text.count("<polyline") == 3 + 6  # three axes
    assert "0.5 days" in text


# The clock

def on_the_clock(script, around):
    """What a script prints on the VM, by a clock that leaps in the world `around`."""
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    with ours, theirs:
        process = subprocess.Popen(
            [*machine.command("140k"), "-c", script], stdout=subprocess.PIPE,
            pass_fds=[theirs.fileno()], env=machine.environment(theirs.fileno(), 1_800_000_000))
        theirs.close()
        while machine.serve(ours, around) is not None:
            pass
        return process.communicate(timeout=60)[0].decode().split()


def test_days_of_waiting_pass_at_once():
    began = time.monotonic()
    told = on_the_clock("""
import asyncio, time
print(int(time.time()) // 10)
begin = time.ticks_ms()
time.sleep(1000)
print(time.ticks_diff(time.ticks_ms(), begin) // 1000)
async def tick():
    for _ in range(3):
        await asyncio.sleep(100_000)
asyncio.run(tick())
print(int(time.time()) // 1000)
""", world.World())
    assert told == ["180000000", "1000", "1800301"]
    assert time.monotonic() - began < 60


def test_an_answer_comes_when_the_world_gives_it():
    around = world.World()
    heard = []

    class Echo(world.Connection):
        def take(self, data):
            heard.append((round(around.now), data))
            around.at(around.now + 7200, lambda: self.send(data))

    server = world.Server(around, lambda sock: Echo(around, sock))
    told = on_the_clock("""
import asyncio, time
async def ask():
    reader, writer = await asyncio.open_connection("127.0.0.1", %d)
    await asyncio.sleep(60)
    writer.write(b"hello")
    await writer.drain()
    print((await reader.read(5)).decode(), time.ticks_ms() // 1000)
asyncio.run(ask())
""" % server.port, around)
    server.close()
    assert heard[0] == (60, b"hello")
    assert told == ["hello", "7260"]


def test_work_takes_time_on_it():
    told = on_the_clock("""
import time
begin = time.ticks_us()
for _ in range(300_000):
    pass
print(time.ticks_diff(time.ticks_us(), begin))
""", world.World())
    assert int(told[0]) > 1000


# What it sees

def sample(hour, free=40_000, piece=6_000, names=400, turn_ms=20.0):
    return outcome.Sample(3600 * hour, free, free - 4000, piece, names, turn_ms, 0, 0)


def missed(rows):
    return " ".join(row.name for row in rows if not row.ok)


def test_memory_that_stays_is_well():
    assert not missed(outcome.memory_rows([sample(n, 40_000 - n % 24) for n in range(2400)]))


def test_what_grows_on_the_first_day_only_is_no_creep():
    hours = [sample(n, 40_000 - 100 * min(n, 20)) for n in range(24 * 6)]
    assert not missed(outcome.memory_rows(hours))


def test_an_hour_in_which_two_loads_meet_is_no_creep():
    hours = [sample(n, 40_000 - 20_000 * (n == 2390)) for n in range(2400)]
    assert not missed(outcome.memory_rows(hours))


def scattered(hours, creep):
    """Hours whose days have low-water marks by chance: two loads met, at any hour."""
    dice = random.Random(13)
    unlucky = [dice.randrange(24) for _ in range(hours // 24 + 1)]
    return [sample(n, 40_000 - 1500 * (n % 24 in (7, 13, 20)) - creep * n
                   - dice.randrange(2_600) * (n % 24 == unlucky[n // 24])) for n in range(hours)]


@pytest.mark.parametrize("days", [3, 4.7, 7, 15, 63])
def test_days_that_differ_by_chance_are_no_creep(days):
    assert not missed(outcome.memory_rows(scattered(int(24 * days) + 1, 0)))


@pytest.mark.parametrize(("days", "creep"), [(7, 20), (15, 20), (63, 1)])
def test_a_creep_is_seen_although_days_differ(days, creep):
    rows = outcome.memory_rows(scattered(24 * days + 1, creep))
    assert "least free heap at the same hour" in missed(rows)
    values = {row.name: row.value for row in rows}
    assert values["creep that would be seen, bytes an hour"] <= creep


def test_a_run_says_which_creep_it_is_too_short_for():
    rows = outcome.memory_rows(scattered(24 * 4 + 17, 20))
    values = {row.name: row.value for row in rows}
    assert values["creep that would be seen, bytes an hour"] > 20


def test_a_low_water_mark_that_falls_in_busy_hours_only_is_seen():
    hours = [sample(n, 40_000 - (n > 1200) * 5_000 * (n % 24 == 7)) for n in range(24 * 63)]
    assert "low-water mark of the last week" in missed(outcome.memory_rows(hours))


@pytest.mark.parametrize(("of", "what"), [
    (lambda n: sample(n, free=40_000 - n), "low-water mark of the last week"),
    (lambda n: sample(n, free=40_000 - n), "free at rest in the last week"),
    (lambda n: sample(n, piece=6_000 - n), "longest free piece at the same hour"),
    (lambda n: sample(n, free=9_000), "least free heap of all"),
    (lambda n: sample(n, names=400 + n // 2000), "names in memory"),
    (lambda n: sample(n, turn_ms=20 + 600 * (n == 1200)), "longest turn of the loop"),
], ids=["leak", "leak at rest", "crumbs", "too little", "names", "turn"])
def test_what_creeps_is_seen(of, what):
    assert what in missed(outcome.memory_rows([of(n) for n in range(2400)]))


def test_a_run_without_a_look_at_memory_is_not_well():
    assert missed(outcome.memory_rows([]))


def test_what_the_device_prints_becomes_a_sample():
    text = """12 mqtt: connected
soak: [3582, 37568, 36400]
mem: total=48393490, current=10667563, peak=10667563
GC: total: 108032, used: 62640, free: 45392
 No. of 1-blocks: 1041, 2-blocks: 151, max blk sz: 142, max free sz: 410
qstr pool: n_pool=5, n_qstr=421, n_str_data_bytes=2996, n_total_bytes=7492
"""
    assert outcome.samples_of(text, 17.5, 1, 2) == [
        outcome.Sample(3582, 37568, 36400, 6560, 421, 17.5, 1, 2)]
    assert outcome.samples_of("12 mqtt: connected\n", 0, 0, 0) == []


def test_trouble_in_the_log_is_told():
    assert outcome.trouble_of("1 push: ok\nTraceback (most recent call last):\n") == [
        "Traceback (most recent call last):"]


def test_readings_are_told_apart_by_their_identity():
    tally = Tally(array.array("d", [10, 20, 30, 40]))
    for now, boot, seq in ((10, 5, 7), (100, 5, 8), (100, 5, 8), (31, 5, 10), (40, 6, 9),
                           (40, 5, 11), (40, 5, 6)):
        tally.take(now, boot, seq)
    assert tally.counts == {"delivered": 3, "late": 1, "repeated": 1, "unknown": 3}
    assert tally.missing() == 1
    rows = outcome.delivery_rows("mqtt", tally, {"kept": 0, "thinned": 0, "lost": 0, "dropped": 0},
                                 0)
    assert missed(rows) == "mqtt: readings lost mqtt: readings that were never sent"


def test_an_output_that_says_nothing_is_not_well():
    rows = outcome.delivery_rows("push", Tally(array.array("d")), {}, 0)
    assert missed(rows) == " ".join(f"push: {key}, by /status.json"
                                    for key in ("kept", "thinned", "lost", "dropped"))


def test_a_request_without_an_answer_is_told():
    assert missed(outcome.page_rows(collections.Counter({200: 3, 0: 1}), 0))


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_the_broker_takes_packets_in_any_pieces(size):
    around = world.World()
    tally = Tally(array.array("d", [0]))
    broker = Broker(around, tally)
    payload = b'{"boot": 1, "seq": 1}' + b" " * 200
    topic = b"a/reading"
    body = len(topic).to_bytes(2) + topic + b"\0\x09" + payload
    packets = b"\x10\x00" + bytes((0x32, len(body) & 127 | 128, len(body) >> 7)) + body + (
        b"\x82\x02\0\x05") + b"\xc0\0"
    with socket.create_connection(("127.0.0.1", broker.port)) as device:
        device.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(packets), size):
            device.sendall(packets[at:at + size])
            around.turn(1)
        device.settimeout(60)
        answers = b""
        wanted = b"\x20\x02\0\0" + b"\x40\x02\0\x09" + b"\x90\x03\0\x05\0" + b"\xd0\0"
        while len(answers) < len(wanted):
            around.turn(1)
            answers += device.recv(100)
    broker.go()
    assert answers == wanted
    assert tally.counts["delivered"] == 1 and not broker.wrong
