"""Cuts power at each of some writes while a backup is restored, starts again and checks. Runs on
MicroPython:

    vm_restore.py FIRMWARE TYPING FIRST STEP TORN    prints a JSON object of counts

As vm_cuts.py. What is there afterwards must be all old or all new, and the start must say which.
"""

import json
import os
import sys

sys.path[:0] = [sys.argv[1], sys.argv[2], sys.argv[0][:sys.argv[0].rfind("/")]]

import vfs
from vm_disk import Disk

from microhan.config import backup as config
from microhan.ledger.joined import Joined
from microhan.store import backup, files
from microhan.store.backup_reader import Blocks
from microhan.store.ring import Rings

BLOCKS = 96
ROOT = "/flash/data"
START = 850_003_200
EVER = 1 << 32
OLD = b'{"wifi": {"ssid": "here"}}'
NEW = b'{"wifi": {"ssid": "there"}}'


def all_of(rings):
    return (rings.quarters, rings.hours, rings.days, rings.channels)


def fill(rings, first, count):
    """So many quarters, and the hours and days among them."""
    sizes = 34, 22, 22
    for ring, size, every in zip(all_of(rings), sizes, (1, 4, 96)):
        rows = bytearray()
        for n in range(first, first + count):
            if n % every == 0:
                rows += (START + 900 * n).to_bytes(4, "little") + bytes(size - 6) + b"\0\5"
        if rows:
            ring.append(rows)


def time_of(row):
    return int.from_bytes(row[:4], "little")


def contents(rings):
    return [[bytes(row) for row in ring.rows(0, EVER)] for ring in all_of(rings)]


def restore(data, rings):
    """What web/restore.py does, without a client."""
    os.mkdir(ROOT + "/ledger.new")
    joined = {}
    for letter, held in zip("qhdc", all_of(rings)):
        joined[letter] = Joined(held, held.copy(ROOT + "/ledger.new"), 5, True, False)
    blocks = Blocks()
    for at in range(0, len(data), 256):
        for letter, content in blocks.feed(data[at:at + 256]):
            if letter in joined:
                for _ in joined[letter].take(content):
                    pass
    assert blocks.done
    for one in joined.values():
        for _ in one.end():
            pass
    for one in joined.values():
        one.catch_up()
    config.commit(ROOT, NEW, True)


def prepared():
    """(The disk, what is in its ledger, a backup, what both are together)."""
    disk = Disk(BLOCKS)
    vfs.VfsLfs2.mkfs(disk)
    vfs.mount(vfs.VfsLfs2(disk), "/flash")
    os.mkdir(ROOT)
    other = Rings(ROOT + "/other")
    fill(other, 0, 700)
    about = b'{"id": "a1b2c3", "meter": null, "epoch": 5}'
    data = b"".join(list(backup.pieces(other, about, b"{}", False)))
    theirs = contents(other)
    config.drop(ROOT + "/other")
    rings = Rings(ROOT + "/ledger")
    fill(rings, 690, 120)
    files.write(ROOT + "/config.json", OLD)
    old = contents(rings)
    new = [[row for row in a if not b or time_of(row) < time_of(b[0])] + b
           for a, b in zip(theirs, old)]
    vfs.umount("/flash")
    return disk, old, data, new


def started(disk):
    """What a start finds and says: (ledger, settings, words)."""
    vfs.mount(vfs.VfsLfs2(disk), "/flash")
    said = config.settle(ROOT)
    found = contents(Rings(ROOT + "/ledger")), files.read(ROOT + "/config.json"), said
    left = [name for name in os.listdir(ROOT) if name.startswith("ledger.") or name == "restore"]
    vfs.umount("/flash")
    return found + (left,)


def run(first, step, torn):
    counts = {name: 0 for name in (
        "cuts", "neither old nor new", "not told", "left behind", "starts that failed",
        "ended old", "ended new")}
    base, old, data, new = prepared()
    cut = first
    while True:
        disk = Disk(BLOCKS, base.blocks, cut, torn)
        done = False
        vfs.mount(vfs.VfsLfs2(disk), "/flash")
        try:
            restore(data, Rings(ROOT + "/ledger"))
            done = not disk.is_dead
        except OSError:
            assert disk.is_dead
        vfs.umount("/flash")
        writes = disk.writes
        if cut % 2 and not done:  # it goes in the next start, too
            disk = Disk(BLOCKS, disk.blocks, 1 + cut % 40, torn)
            try:
                started(disk)
            except OSError:
                vfs.umount("/flash")
        try:
            ledger, settings, said, left = started(Disk(BLOCKS, disk.blocks))
        except Exception as error:
            counts["starts that failed"] += 1
            sys.print_exception(error)
            ledger = settings = said = left = None
        is_new = ledger == new and settings == NEW
        is_old = ledger == old and settings == OLD
        counts["neither old nor new"] += not (is_new or is_old)
        counts["left behind"] += left != []
        counts["ended new"] += is_new
        counts["ended old"] += is_old
        if done or not cut % 2:
            words = "are restored" if is_new else "nothing was changed"
            # The first write is the folder's: before that there is nothing to tell.
            counts["not told"] += words not in (said or "") and not (is_old and cut < 4)
        if done:
            counts["writes of a run"] = writes
            return counts
        counts["cuts"] += 1
        cut += step


print(json.dumps(run(*[int(one) for one in sys.argv[3:6]])))
