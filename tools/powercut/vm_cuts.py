"""Cuts power at each of some writes, starts again and checks. Runs on MicroPython:

    vm_cuts.py FIRMWARE TYPING FIRST STEP ROUNDS TORN    prints a JSON object of counts

A run is what a device does in some hours: settings are changed, quarters closed, an outage of two
outputs kept and delivered. Cut number n is at its n-th write, for n = FIRST, FIRST + STEP ...; of
that write TORN quarters are still done.
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
from microhan.store.ring import Ring
from microhan.store.sequence import Sequence

BLOCKS = 128
QUEUE = 8  # of an output
FIVE_MINUTES = 30  # Readings
ROOT = "/flash/data"
MQTT, PUSH = bit_of("mqtt"), bit_of("push")


class Device:
    """The files of a device, and what its owner knows of them. The knowledge survives a cut."""

    def __init__(self, known=None):
        self.known = known or {"records": [], "doubtful": None, "settings": [None],
                               "seq": 0, "kept": {MQTT: [], PUSH: []}, "boots": [],
                               "confirming": {}}
        self.now = 0

    def start(self, disk):
        self.disk = disk
        fs = vfs.VfsLfs2(disk)
        vfs.mount(fs, "/flash")
        try:
            os.mkdir(ROOT)
        except OSError:
            pass
        self.sequence = Sequence(ROOT + "/sequence", os.urandom)
        if not disk.is_dead:
            self.known["boots"].append(self.sequence.boot)
        self.ring = Ring(ROOT + "/ledger", "h", 22, 7, 4)
        self.backlog = Backlog(ROOT + "/backlog", ("mqtt", "push"), lambda: self.now,
                               lambda text: None)

    def stop(self):
        vfs.umount("/flash")

    def work(self, rounds):
        """True if it came to the end."""
        for number in range(rounds):
            for step in (self.change_settings, self.close_quarters, self.keep, self.deliver):
                step(number)
                if self.disk.is_dead:
                    return False
        return True

    def change_settings(self, number):
        content = b'{"mqtt": {"host": "%d"}}' % number + b" " * (number * 97 % 600)
        self.known["settings"].append(content)
        files.write(ROOT + "/config.json", content)
        if not self.disk.is_dead:
            self.known["settings"] = [content]

    def close_quarters(self, number):
        records = self.known["records"]
        for _ in range(5):
            payload = (900 * (900_000 + len(records))).to_bytes(4, "little") + bytes(18)
            self.known["doubtful"] = payload
            self.ring.append(payload)
            if self.disk.is_dead:
                return
            records.append(payload)
            self.known["doubtful"] = None

    def keep(self, number):
        for _ in range(40):
            self.known["seq"] += 1
            self.now += 10
            seq = self.known["seq"]
            for bit in (MQTT,) if number % 3 == 0 else (MQTT, PUSH):
                self.backlog.keep(a_reading(seq), bit)
                self.known["kept"][bit].append(seq)
            if self.disk.is_dead:
                return

    def deliver(self, number):
        for bit, batches in ((MQTT, 1 + number % 3), (PUSH, 99 if number % 2 else 0)):
            while batches and self.backlog.waiting(bit):
                batch = [one.seq for one in self.backlog.batch(bit)]
                if self.disk.is_dead:
                    return
                self.known["confirming"][bit] = batch
                self.backlog.confirm(bit)
                if self.disk.is_dead:
                    return
                self.known["confirming"].pop(bit)
                kept = self.known["kept"][bit]
                assert kept[:len(batch)] == batch, "out of order"
                del kept[:len(batch)]
                batches -= 1


def a_reading(seq):
    out = Reading()
    out.boot, out.seq = 1, seq
    out.put(0, 850_000_000 + 10 * seq)
    out.put(2, "7340123456789012")
    for i in range(5, 21):
        out.put(i, seq * (i + 7) * 31 % 3000)
    return out


def check(device, counts):
    """What is there after the start that follows a cut; counts what is not as promised."""
    known = device.known
    boots = known["boots"]
    if len(set(boots)) != len(boots):
        counts["identities that came twice"] += 1
    found = [bytes(row) for row in device.ring.rows(0, 1 << 32)]
    records = known["records"]
    last = records[len(records) - min(len(records), 21):]
    if known["doubtful"] and found and found[-1] == known["doubtful"]:
        records.append(found.pop())  # it was written, and nobody told
    if len(set(found)) != len(found):
        counts["records that came twice"] += 1
    if found[len(found) - len(last):] != last:
        counts["closed records lost"] += 1
    if files.read(ROOT + "/config.json") not in known["settings"]:
        counts["configurations lost"] += 1
    for bit in (MQTT, PUSH):
        check_backlog(device, bit, counts)
    known["confirming"] = {}
    if device.backlog._kept is not None:
        counts["backlogs that did not become empty"] += 1


def check_backlog(device, bit, counts):
    """What one output gets."""
    known = device.known
    kept = known["kept"][bit]
    came = []
    while device.backlog.waiting(bit):
        for one in device.backlog.batch(bit):
            wanted = a_reading(one.seq)
            if one.json(one.identity()) != wanted.json(wanted.identity()):
                counts["readings altered"] += 1
            came.append(one.seq)
        device.backlog.confirm(bit)
    batch = known["confirming"].get(bit, [])
    if batch and came[:1] != batch[:1]:
        kept = kept[len(batch):]  # the confirmation was written
    elif batch:
        counts["readings handed out again"] += len(batch)
    if came != kept[:len(came)]:
        counts["readings lost or out of order"] += 1
    lost = len(kept) - len(came) + QUEUE
    counts["most readings lost"] = max(counts["most readings lost"], lost)
    if lost > FIVE_MINUTES:
        counts["more than five minutes lost"] += 1
    known["kept"][bit] = []


def run(first, step, rounds, torn):
    counts = {name: 0 for name in (
        "cuts", "identities that came twice", "records that came twice", "closed records lost",
        "configurations lost", "readings altered", "readings handed out again",
        "readings lost or out of order", "most readings lost", "more than five minutes lost",
        "backlogs that did not become empty", "starts that failed")}
    disk = Disk(BLOCKS)
    vfs.VfsLfs2.mkfs(disk)
    device = Device()
    device.start(disk)
    device.work(2)
    device.backlog.flush()
    device.stop()
    now, before, base = device.now, device.known, disk.blocks
    cut = first
    while True:
        known = {"records": list(before["records"]), "doubtful": None,
                 "settings": list(before["settings"]), "seq": before["seq"],
                 "kept": {bit: list(before["kept"][bit]) for bit in (MQTT, PUSH)},
                 "boots": list(before["boots"]), "confirming": {}}
        device = Device(known)
        device.now = now
        disk = Disk(BLOCKS, base, cut, torn)
        try:
            device.start(disk)
            done = device.work(rounds)
        except OSError:
            assert disk.is_dead
            done = False
        device.stop()
        if done:
            counts["writes of a run"] = disk.writes
            return counts
        counts["cuts"] += 1
        disk = Disk(BLOCKS, disk.blocks)
        try:
            device.start(disk)
            check(device, counts)
            device.work(2)  # and it goes on
        except Exception as error:
            counts["starts that failed"] += 1
            sys.print_exception(error)
            print("cut", cut, file=sys.stderr)
        device.stop()
        cut += step


print(json.dumps(run(*[int(one) for one in sys.argv[3:7]])))
