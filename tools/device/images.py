"""A flash for the emulator, made as `make image` makes it, with on_device.py for its boot.py."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from build import boards
from flash import device_config, image, micropython_image

from .broker import HOST
from .clients import HOSTNAME

if TYPE_CHECKING:
    from flash.micropython_image import Firmware

    from .broker import Broker

_HERE = Path(__file__).resolve().parent
BOARD = boards.named("ESP32_GENERIC")
TOKEN = "device-token"
PASSWORD = "device-password"
ERRORS = image.ERRORS


def firmware(path: str | None, say: Callable[[str], None]) -> "Firmware":
    """A stock MicroPython for the emulated board; the newest one without a path."""
    return micropython_image.load(BOARD, path, say)


def configuration(ssid: str, broker: "Broker") -> dict[str, dict]:
    """A configuration as an owner would have it: the open network, and a Broker."""
    tls = {"tls": True, "ca": broker.ca} if broker.ca else {}
    # by TLS it wants a time server, as it would in a house: this PC, whether it is one or not
    return {"wifi": {"ssid": ssid, "hostname": HOSTNAME, "ntp": HOST if tls else ""},
            "mqtt": {"host": HOST, "port": broker.port, **tls},
            "http": {"token": TOKEN, "password": PASSWORD}}


def flash(stocked: "Firmware", config: dict | bytes, ballast: int = 0,
          more: dict[str, bytes] | None = None, boot: bytes = b"") -> bytes:
    """The bytes of a whole flash. `config`: a dict, or the bytes of the file itself; `ballast`:
    bytes of the heap that are taken for nothing, for what the application is still to become;
    `more`: other files, {path: content}; `boot`: what the end of boot.py does."""
    files = {**image.application(BOARD, _silent), **(more or {})}
    files["boot.py"] = (_HERE / "on_device.py").read_bytes().replace(
        b"BALLAST = 0", b"BALLAST = %d" % ballast) + _clock() + boot
    if isinstance(config, dict):
        config = device_config.dump(config)
    files[device_config.CONFIG_FILE] = config
    return image.merge(stocked, files, _silent)


def _clock():
    """Lines that set the chip's clock, as a time server would: TLS needs it."""
    now = time.gmtime()
    return (f"import machine\nmachine.RTC().datetime(({now.tm_year}, {now.tm_mon}, {now.tm_mday}, "
            f"0, {now.tm_hour}, {now.tm_min}, {now.tm_sec}, 0))\n").encode()


def _silent(text):
    """What the image's tools say is the same for each device."""
