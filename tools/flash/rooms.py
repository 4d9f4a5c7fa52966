"""What the file system of a chip with 4 MB must hold one day, and what of it is taken today.

In kB of 1000 bytes, as littlefs takes them: blocks of 4 kB, and what folders cost.
"""

import build

from . import filesystem, partition

# Two copies of the application while it is updated, a ledger of years, a backlog of an outage.
ROOMS = {"app": 740, "ledger": 560, "backlog": 420}
FREE = 300  # and this must be left when they are full
SIZE = partition.VFS_SIZE / 1000


def kilobytes(files: dict[str, bytes]) -> float:
    """Returns what littlefs takes for files {path: bytes}, without what an empty one takes."""
    used = [filesystem.used_blocks(filesystem.pack(some, partition.VFS_SIZE))
            for some in (files, {})]
    return (used[0] - used[1]) * filesystem.BLOCK / 1000


def two_copies(application: dict[str, bytes]) -> dict[str, bytes]:
    """Returns the files of both copies, from the files of one."""
    one = application[build.ARCHIVE]
    return {build.ARCHIVE: one, "app/b.pack": one}
