"""config.json on flash."""

import json

from ..store.files import read, write
from .schema import (
    changes,
    defaults,
    make_secrets,  # noqa: F401 - for app.py: one file on the device
    offset_minutes,  # noqa: F401
    overlaid,
)


class Settings:
    """The configuration file at `path`."""

    def __init__(self, path):
        self._path = path
        self._given = {}  # what the file says, or None where it says nothing

    def load(self):
        """(configuration, problem): the problem is None, or says what of the file does not count.

        One bad value falls back alone, and what is not known here is left out: the device stays
        on its Wi-Fi and says so, and another version may know it. A file that is no JSON object
        is kept beside as `.bad`, so that nothing the owner wrote is lost.
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
                                % ("not valid JSON" if given is None else overlaid(given)[1][0]))
        config, problems = overlaid(given)
        return config, "config.json: " + "; ".join(problems) if problems else None

    def save(self, config):
        """Write what differs from the defaults, beside what does not count in the file that was
        loaded. One that could not be read at all stays."""
        if self._given is None:
            return
        understood = overlaid(self._given)[0]
        out = {}
        for section, keys in self._given.items():
            rest = keys
            if section in understood and isinstance(keys, dict):
                known = understood[section]
                rest = {key: keys[key] for key in keys
                        if key not in known or known[key] != keys[key]}
            if rest != {}:
                out[section] = rest
        for section, keys in changes(config).items():
            if isinstance(out.setdefault(section, {}), dict):
                out[section].update(keys)
            else:
                out[section] = keys
        write(self._path, json.dumps(out).encode())
