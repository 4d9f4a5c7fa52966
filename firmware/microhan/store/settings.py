"""config.json on flash."""

import json

from ..config import (
    ConfigError,
    changes,
    defaults,
    load,
    make_secrets,  # noqa: F401 - for app.py: one file on the device
    offset_minutes,  # noqa: F401
)
from .files import read, write


class Settings:
    """The configuration file at `path`."""

    def __init__(self, path):
        self._path = path

    def load(self):
        """(configuration, problem): the problem is None, or says why defaults stand in.

        A file that cannot be read is kept beside as `.bad`, so that nothing the owner wrote is
        lost, and the device still starts: with defaults it can at least say what is wrong.
        """
        data = read(self._path)
        if data is None:
            return defaults(), None
        try:
            return load(json.loads(data)), None
        except ConfigError as error:
            problem = str(error)
        except ValueError:
            problem = "not valid JSON"
        write(self._path + ".bad", data)
        return defaults(), "config.json: %s (kept as config.json.bad)" % problem

    def save(self, config):
        """Write what differs from the defaults."""
        write(self._path, json.dumps(changes(config)).encode())
