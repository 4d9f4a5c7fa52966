"""What the store writes in a device's life: erases, space, and what a poor flash costs. Runs on
MicroPython:

    vm_wear.py FIRMWARE TYPING QUARTERS READINGS    prints a JSON object of counts
"""

import json
import os
import sys

sys.path[:0] = [sys.argv[1], sys.argv[2], sys.argv[0][:sys.argv[0].rfind("/")]]

import vfs
from vm_disk import Disk

from microhan.reading.reading import Reading
from microhan.store import files
from microhan.store.backlog import Backlog, bit_of
from microhan.store.ring import Rings

BLOCKS = 512
START = 850_003_200
MQTT = bit_of("mqtt")


def mounted(disk):
    vfs.VfsLfs2.mkfs(disk)
    vfs.mount(vfs.VfsLfs2(disk), "/flash")
    os.mkdir("/flash/data")
    return disk


def append(rings, n):
    """What is written at the end of quarter n."""
    time = (START + 900 * n).to_bytes(4, "little")
    rings.quarters.append(time + bytes(30))
    if n % 4 == 0:
        rings.hours.append(time + bytes(18))
    if n % 96 == 0:
        rings.days.append(time + bytes(18))


def a_reading(seq):
    out = Reading()
    out.boot, out.seq = 1, seq
    out.put(0, 850_000_000 + 10 * seq)
    for i in range(5, 27):
        out.put(i, 500 * i + seq * seq * (i + 7) * 31 % 41)  # as restless as a house
    return out


def ledger(quarters):
    """Erases for each append, and the most of one block."""
    disk = mounted(Disk(BLOCKS))
    rings = Rings("/flash/data/ledger")
    append(rings, 0)
    before = sum(disk.erases)
    appends = 0
    for n in range(1, quarters):
        append(rings, n)
        appends += 1 + (n % 4 == 0) + (n % 96 == 0)
    out = {"ledger: appends": appends, "ledger: erases": sum(disk.erases) - before,
           "ledger: most erases of one block": max(disk.erases)}
    vfs.umount("/flash")
    return out


def outage(readings):
    """An outage of both outputs, and how it ends."""
    disk = mounted(Disk(BLOCKS))
    now = [0]
    told = []
    backlog = Backlog("/flash/data/backlog", ("mqtt", "push"), lambda: now[0], told.append)
    for seq in range(readings):
        now[0] += 10
        backlog.keep(a_reading(seq), MQTT)
    backlog.flush()
    size = sum([os.stat("/flash/data/backlog/" + name)[6]
                for name in os.listdir("/flash/data/backlog")])
    out = {"outage: readings": readings, "outage: erases": sum(disk.erases),
           "outage: bytes": size, "outage: thinned": backlog.thinned, "outage: lost": backlog.lost}
    came = 0
    while backlog.waiting(MQTT):
        for _ in backlog.batch(MQTT):
            came += 1
        backlog.confirm(MQTT)
    out["outage: delivered"] = came
    out["outage: erases, with its delivery"] = sum(disk.erases)
    vfs.umount("/flash")
    return out


def bad_blocks():
    """One block in eight keeps nothing of what is written to it."""
    disk = mounted(Disk(64))
    disk.bad = set(range(7, 64, 8))
    return dict([("bad blocks: " + name, count) for name, count in life(disk).items()])


def full():
    """A flash that somebody has filled: no room for anything new."""
    disk = mounted(Disk(64))
    try:
        with open("/flash/filler", "wb") as file:
            for _ in range(256):
                file.write(bytes(1024))
                file.flush()
    except OSError:
        pass
    out = life(disk)
    out["kept but neither delivered nor told as lost"] = out.pop("readings not delivered")
    return dict([("full flash: " + name, count) for name, count in out.items()])


def life(disk):
    rings = Rings("/flash/data/ledger")
    now = [0]
    told = []
    backlog = Backlog("/flash/data/backlog", ("mqtt",), lambda: now[0], told.append)
    refused = settings = 0
    for n in range(60):
        try:
            append(rings, n)
        except OSError:
            refused += 1
        for k in range(5):
            now[0] += 10
            backlog.keep(a_reading(5 * n + k), MQTT)
        content = b"%d" % n * 50
        try:
            files.write("/flash/data/config.json", content)
            settings += files.read("/flash/data/config.json") != content
        except OSError:
            pass
    came = []
    while backlog.waiting(MQTT):
        came += [one.seq for one in backlog.batch(MQTT)]
        backlog.confirm(MQTT)
    rows = len(list(rings.quarters.rows(0, 1 << 32)))
    vfs.umount("/flash")
    return {"readings not delivered": 300 - len(came) - backlog.lost,
            "quarters lost without an error": 60 - rows - refused, "settings damaged": settings,
            "readings out of order": came != sorted(set(came))}


counts = ledger(int(sys.argv[3]))
for more in (outage(int(sys.argv[4])), bad_blocks(), full()):
    counts.update(more)
print(json.dumps(counts))
