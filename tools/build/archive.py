"""The archive that one copy of the application is on the device: one file for all.

Numbers are little-endian. docs/build.md has this as a table; firmware/archive.py reads it.

    3s "MHA", B version of the format (1), I count of files,
    I size of the whole archive, I CRC-32 of the index
    index: I CRC-32 of each name (count times), I where each file begins, and the last one ends
    the files, one behind the other; the first is manifest.json

Bytes may follow the archive: firmware/archive.py does not look at them.
"""

import json
import struct
import zlib

MAGIC, VERSION = b"MHA", 1
MANIFEST = "manifest.json"
_HEAD = "<3sB3I"


class ArchiveError(Exception):
    """These bytes are no whole archive, or these files cannot be one; the text says why."""


def pack(files: dict[str, bytes], about: dict[str, str]) -> bytes:
    """The archive of files {name: bytes}. `about`: what the manifest says beside their names.

    A folder has an entry, too, without content: a name without a dot is a folder.
    """
    folders = {name[:at] for name in files for at, letter in enumerate(name) if letter == "/"}
    wrong = [name for name in files if "." not in name.rpartition("/")[2]]
    wrong += [name for name in folders if "." in name]
    if wrong:
        raise ArchiveError(f"a file's name has a dot, a folder's none: {', '.join(wrong)}")
    manifest = json.dumps({**about, "files": sorted({*files, *folders})}, separators=(",", ":"))
    all_ = {MANIFEST: manifest.encode(),
            **{name: files.get(name, b"") for name in sorted({*files, *folders})}}
    keys = [zlib.crc32(name.encode()) for name in all_]
    if len(set(keys)) != len(keys):
        raise ArchiveError("two names have one CRC-32: rename a file")
    at = struct.calcsize(_HEAD) + 8 * len(all_) + 4
    places = [at]
    for content in all_.values():
        places.append(places[-1] + len(content))
    index = struct.pack(f"<{len(keys) + len(places)}I", *keys, *places)
    head = struct.pack(_HEAD, MAGIC, VERSION, len(all_), places[-1], zlib.crc32(index))
    return head + index + b"".join(all_.values())


def unpack(archive: bytes) -> dict[str, bytes]:
    """The files of an archive {name: bytes}, its manifest among them. Raises ArchiveError."""
    try:
        magic, version, count, size, crc = struct.unpack_from(_HEAD, archive)
        start = struct.calcsize(_HEAD)
        index = archive[start:start + 8 * count + 4]
        if magic != MAGIC or version != VERSION or zlib.crc32(index) != crc or size > len(archive):
            raise ArchiveError("this is no whole archive")
        numbers = struct.unpack(f"<{2 * count + 1}I", index)
        keys, places = numbers[:count], numbers[count:]
        names = [MANIFEST, *json.loads(archive[places[0]:places[1]])["files"]]
        if [zlib.crc32(name.encode()) for name in names] != list(keys):
            raise ArchiveError("its manifest and its index name other files")
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise ArchiveError("this is no whole archive") from error
    return {name: archive[places[i]:places[i + 1]] for i, name in enumerate(names)
            if "." in name}
