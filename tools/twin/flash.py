"""The folder that plays the device's flash: app/a.pack (the application), data/ (what it keeps).

data/ and access.json hold passwords: they are for their owner alone (0700, files 0600), made so
where they were not.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

_REGISTERS = "meter.json"
_ACCESS = "access.json"


class FlashError(Exception):
    """The folder cannot serve; the text says why and what to do."""


def _write(path, content):
    """Put JSON into a file that only its owner may read."""
    temporary = path.with_suffix(".new")
    with open(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    os.replace(temporary, path)


class Flash:
    """`root`: Path of the folder, made if need be and locked while this object lives."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.config_path = self.root / "data" / "config.json"
        try:
            self._make(self.config_path.parent)
            self._lock = open(self.root / ".lock", "w")
        except OSError as error:
            raise FlashError(f"{root} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise FlashError(f"Another twin runs in {root}. End it, or give this one a folder "
                             "of its own: --flash DIR.") from None

    def _make(self, data):
        self.root.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.root, data):
            folder.mkdir(mode=0o700, exist_ok=True)
        for path in (data, *data.iterdir()):
            path.chmod(path.stat().st_mode & 0o700)

    def close(self) -> None:
        """Let others use the folder."""
        self._lock.close()

    def install(self, tree: Path) -> None:
        """Copy a built tree's files in (boot.py, main.py, app/) and drop what was there."""
        shutil.rmtree(self.root / "app", ignore_errors=True)
        shutil.copytree(tree, self.root, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("data", ".*"))

    def config(self) -> dict[str, dict]:
        """config.json as a dict of dicts; {} if there is none. Raises FlashError."""
        try:
            given = json.loads(self.config_path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise FlashError(f"{self.config_path} is not readable: {error}. Mend or remove it."
                             ) from error
        if not isinstance(given, dict):
            raise FlashError(f"{self.config_path} must be an object of sections. Mend or "
                             "remove it.")
        wrong = [name for name, keys in given.items() if not isinstance(keys, dict)]
        if wrong:
            raise FlashError(f"{self.config_path}: {', '.join(wrong)} must be an object of keys. "
                             "Mend or remove it.")
        return given

    def configure(self, changes: dict[str, dict]) -> None:
        """Overlay {section: {key: value}} on config.json; every other key stays."""
        config = self.config()
        for section, keys in changes.items():
            config.setdefault(section, {}).update(keys)
        _write(self.config_path, config)

    def owner(self) -> tuple | None:
        """(rounds, salt, digest) of the owner's password as the firmware keeps it, or None."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads((self.config_path.parent / "grants.json").read_text())["owner"]
            return tuple(kept) if kept else None
        return None

    def access(self, token: str = "") -> dict[str, str]:
        """{"token", "password"}: what this PC's user opens the twin with. Made once, kept beside
        data/: the firmware keeps only hashes. `token`: one to use instead. The password is "" if
        the owner has chosen another one."""
        path = self.root / _ACCESS
        kept: dict = {}
        with contextlib.suppress(OSError, ValueError):
            kept = json.loads(path.read_text())
        given = self.config().get("http", {}).get("password", "")
        password = given or kept.get("password", "")
        owner = self.owner()
        if owner and not given:
            rounds, salt, digest = owner
            found = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), rounds)
            password = password if found.hex() == digest else ""
        elif not password:
            password = secrets.token_hex(6)
        made = {"token": token or kept.get("token") or secrets.token_hex(16),
                "password": password}
        if made != kept:
            _write(path, made)
        return made

    def clear(self) -> None:
        """Forget all that the device keeps, and how it was opened: as it comes out of the box."""
        for path in (*self.config_path.parent.iterdir(), self.root / _ACCESS):
            path.unlink(missing_ok=True)

    def registers(self) -> dict[str, Any]:
        """{meter: its registers} as keep_registers() left them; {} if it never did."""
        with contextlib.suppress(OSError, ValueError):
            kept = json.loads((self.root / _REGISTERS).read_text())
            return kept if isinstance(kept, dict) else {}
        return {}

    def keep_registers(self, name: str, registers: dict[str, Any]) -> None:
        """Keep what a simulated meter's registers stand at. It is the meter's, not the device's:
        beside data/."""
        path = self.root / _REGISTERS
        path.with_suffix(".new").write_text(json.dumps({**self.registers(), name: registers}))
        os.replace(path.with_suffix(".new"), path)

    def device_id(self) -> str:
        """12 hex digits: the same for the same folder, another for another one."""
        return "020000" + hashlib.sha256(str(self.root).encode()).hexdigest()[:6]
