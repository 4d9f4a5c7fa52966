"""A dongle's configuration on the PC: CONFIG=file, checked by the firmware's own rules."""

import json
import sys
from pathlib import Path

from build import setup_env

DATA = "data"  # on the device: all that flashing anew keeps
CONFIG_FILE = DATA + "/config.json"
# The password of the device's access point, as text; it is on the label. Blank: it makes its own.
LABEL_FILE = DATA + "/access_point"
# Bytes that an image without secrets keeps for the two, blanks mostly. The flasher's page writes
# into them what its reader chose, without having to know littlefs: the content of a file of more
# than 128 bytes lies in a block of its own, and has no checksum.
ROOMS = {CONFIG_FILE: 1024, LABEL_FILE: 256}


for _folder in (Path(setup_env.ROOT, "tools", "vm", "cpython"), Path(setup_env.ROOT, "firmware")):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))

from microhan.config import values as _rules  # noqa: E402  needs the two folders above


class SettingsError(ValueError):
    """A configuration that cannot be used; the text names every key that is wrong."""


def read(path: str) -> dict[str, dict]:
    """Returns the configuration in a JSON file, a dict of dicts; raises SettingsError."""
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"CONFIG={path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"CONFIG={path} is not a text file.") from error
    return parse(text, f"CONFIG={path}")


def parse(text: str, source: str) -> dict[str, dict]:
    """Returns the configuration in a JSON text; `source` names it in a SettingsError."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{source} is not JSON: {error}.") from error
    check(given, source)
    return given


def check(given: object, source: str) -> None:
    """Raises SettingsError unless the firmware would take this configuration."""
    problems = "\n  ".join(_rules.validate(given)[1])
    if problems:
        raise SettingsError(f"{source} cannot be used:\n  {problems}")


def overlay(below: dict[str, dict], above: dict[str, dict]) -> dict[str, dict]:
    """Returns `below` with every key of `above` in its place, section by section."""
    merged = {section: dict(keys) for section, keys in below.items()}
    for section, keys in above.items():
        merged.setdefault(section, {}).update(keys)
    return merged


def dump(given: dict[str, dict]) -> bytes:
    """Returns the bytes of the device's configuration file."""
    return (json.dumps(given, separators=(",", ":")) + "\n").encode()


def rooms(preset: dict[str, dict], password: str = "") -> dict[str, bytes]:
    """Returns {path: bytes} of the two files that the flasher's page writes into."""
    texts = {CONFIG_FILE: json.dumps(preset, separators=(",", ":")), LABEL_FILE: password}
    return {path: texts[path].ljust(size - 1).encode() + b"\n" for path, size in ROOMS.items()}
