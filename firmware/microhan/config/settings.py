"""config.json on flash."""

import json

from micropython import const

from ..store.files import read, write
from .schema import (
    HIDDEN,  # noqa: F401 - for edit.py and app.py: one file on the device
    changes,
    defaults,
    rows,  # noqa: F401
)
from .values import (
    offset_minutes,  # noqa: F401
    validate,
)

# Said of one file. A newer version may have many keys that this one does not know, and the
# sentences stay in memory, for /status.json.
_MAX_PROBLEMS = const(5)


class Settings:
    """The configuration file at `path`."""

    def __init__(self, path: str):
        self._path = path
        self._given: dict | None = {}  # the file's content, None if it is not a JSON object

    def load(self) -> tuple:
        """(configuration, problem): the problem is None, or says what in the file is ignored.

        Each bad value falls back to its default alone, and unknown keys are ignored, so that the
        device stays on its Wi-Fi, where the owner can read the problem. A file that is not a JSON
        object is copied to `.bad`, so that nothing the owner wrote is lost.
        """
        data = read(self._path)
        if data is None:
            return defaults(), None
        try:
            given = json.loads(data)
        except ValueError:
            given = None
        self._given = given if isinstance(given, dict) else None
        if self._given is None:
            write(self._path + ".bad", data)
            return defaults(), ("config.json: %s (kept as config.json.bad)"
                                % ("not valid JSON" if given is None else validate(given)[1][0]))
        config, problems = validate(given)
        if len(problems) > _MAX_PROBLEMS:
            problems[_MAX_PROBLEMS:] = ["and %d more" % (len(problems) - _MAX_PROBLEMS)]
        return config, "config.json: " + "; ".join(problems) if problems else None

    def save(self, config: dict) -> None:
        """Write what differs from the defaults, and what was ignored in the file that was loaded:
        another version may know it. A file that is not a JSON object is left as it is."""
        if self._given is None:
            return
        loaded = validate(self._given)[0]
        out = {}
        for section, keys in self._given.items():
            ignored = keys
            if section in loaded and isinstance(keys, dict):
                known = loaded[section]
                ignored = {key: keys[key] for key in keys
                           if key not in known or known[key] != keys[key]}
            if ignored != {}:
                out[section] = ignored
        for section, keys in changes(config).items():
            if isinstance(out.setdefault(section, {}), dict):
                out[section].update(keys)
            else:
                out[section] = keys
        write(self._path, json.dumps(out).encode())
