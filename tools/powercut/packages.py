"""The packages that vm_install.py installs, small and signed by a key of its own."""

import struct
import subprocess
from pathlib import Path

from build import archive, keys
from release import keys as release_keys
from release import package

_SIZE = 9000  # of a module: each package lies in three blocks


def write(folder: Path, command: list[str]) -> None:
    """Into a folder. `command` runs the MicroPython that they are for."""
    told = subprocess.run([*command, "-c", "import sys; print(sys.implementation._mpy)"],
                          capture_output=True, text=True, check=True).stdout
    native = struct.pack("<I", int(told) << 8 | ord("M"))[:3]
    signer, stranger = release_keys.generate(), release_keys.generate()
    (folder / keys.NAME).write_bytes(release_keys.modulus(signer))
    for name, key in (*((name, signer) for name in "1234"), ("bad", stranger)):
        packed = archive.pack(
            {"microhan/__init__.mpy": native[:2] + b"\0",
             "core.mpy": native + name.encode() * _SIZE},
            {"version": f"{name.replace('bad', '3')}.0", "build": "", "arch": "x86", "mpy": "06"})
        (folder / name).write_bytes(package.sign(package.unsigned(packed), key))
