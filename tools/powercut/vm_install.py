"""Cuts power at each of some writes while copies are installed, starts again and checks. Runs on
MicroPython:

    vm_install.py FIRMWARE TYPING FOLDER FIRST STEP TORN    prints a JSON object of counts

As vm_cuts.py. FOLDER has `keys.bin` and the packages `1` to `4`, and `bad`, which nobody signed.
A run takes `2` in, refuses `bad`, and gives `3` up after three starts. Whatever the cut, a copy
that was signed must start, whole, and take another update.
"""

import json
import os
import sys

sys.path[:0] = [sys.argv[1], sys.argv[2], sys.argv[0][:sys.argv[0].rfind("/")]]

import vfs
from vm_disk import Disk

from microhan.update import choice, install

BLOCKS = 64
APP = "/flash/app"


def content_of(path):
    with open(path, "rb") as file:
        return file.read()


FROM = sys.argv[3] + "/"
SIGNED = {content_of(FROM + name): name for name in "1234"}
BYTES = {name: content for content, name in SIGNED.items()}
BYTES["bad"] = content_of(FROM + "bad")
install._KEYS = FROM + "keys.bin"


class Lost(Exception):
    """No copy starts, or one that should not."""


def mounted(disk):
    vfs.mount(vfs.VfsLfs2(disk), "/flash")
    os.chdir("/flash")


def unmounted():
    os.chdir("/")
    vfs.umount("/flash")


def start():
    """(The slot that a start runs, the name of its copy)."""
    sys.modules.pop("archive", None)  # choose.py spends it
    from choose import find

    archive = find()
    sys.path.remove("/m")
    if not archive:
        raise Lost("no copy starts")
    vfs.umount("/m")
    content = content_of(archive.path)
    if content not in SIGNED:
        raise Lost("%s is no copy that was signed" % archive.path)
    return archive.path[4], SIGNED[content]


def settle(proves):
    """Start until nothing is left to be done. Returns the copy that runs. proves: whether one on
    trial does."""
    for _ in range(12):
        slot, name = start()
        kept, state = choice.read(APP)
        if state == "wanted":
            if not install.install(APP):
                raise OSError("no choice")
        elif state != "trial":
            return name
        elif slot == kept:
            choice.back(APP, "full", "x")
        elif proves:
            choice.keep(APP)
    raise Lost("it never settles")


def update(name, proves=True):
    """Upload a copy as a browser does, and have it installed. Returns the copy that runs then."""
    path = "%s/%s.part" % (APP, choice.other(choice.read(APP)[0]))
    data = BYTES[name]
    for at in range(0, len(data), 4096):
        with open(path, "ab" if at else "wb") as file:
            file.write(data[at:at + 4096])
    choice.want(APP, False, "silent")
    return settle(proves)


def life():
    assert update("2") == "2"
    assert update("bad") == "2" and choice.told(APP)[:9] == "signature"
    assert update("3", False) == "2" and choice.told(APP)[:6] == "starts"


def prepared():
    disk = Disk(BLOCKS)
    vfs.VfsLfs2.mkfs(disk)
    mounted(disk)
    for folder in (APP, "/flash/data"):
        os.mkdir(folder)
    with open(APP + "/a.pack", "wb") as file:
        file.write(BYTES["1"])
    unmounted()
    return disk


def cut_off(work, disk):
    """Do some work on a disk. Returns whether it came to its end."""
    mounted(disk)
    try:
        work()
    except (OSError, Lost, AssertionError):
        if not disk.is_dead:
            raise
    finally:
        unmounted()
    return not disk.is_dead


def run(first, step, torn):
    counts = {name: 0 for name in (
        "cuts", "devices lost", "updates that no longer work", "ended old", "ended new")}
    base = prepared()
    cut = first
    while True:
        disk = Disk(BLOCKS, base.blocks, cut, torn)
        done = cut_off(life, disk)
        writes = disk.writes
        if done:
            counts["writes of a run"] = writes
            return counts
        counts["cuts"] += 1
        if cut % 2:  # it goes in what follows, too
            disk = Disk(BLOCKS, disk.blocks, 1 + cut % 12, torn)
            counts["cuts"] += not cut_off(lambda: settle(True), disk)
        disk = Disk(BLOCKS, disk.blocks)
        mounted(disk)
        try:
            name = settle(cut % 3 > 0)
            counts["ended old" if name == "1" else "ended new"] += 1
            counts["updates that no longer work"] += update("4") != "4"
        except Exception as error:
            counts["devices lost"] += 1
            sys.print_exception(error)
            print("cut", cut, file=sys.stderr)
        unmounted()
        cut += step


print(json.dumps(run(*[int(one) for one in sys.argv[4:7]])))
