"""config.json on flash."""

import json

from .. import config as schema
from . import files


class Settings:
    """The configuration file at `path`."""

    def __init__(self, path):
        self._path = path

    def load(self):
        """(configuration, problem): the problem is None, or says why defaults stand in.

        A file that cannot be read is kept beside as `.bad`, so that nothing the owner wrote is
        lost, and the device still starts: with defaults it can at least say what is wrong.
        """
        data = files.read(self._path)
        if data is None:
            return schema.defaults(), None
        try:
            return schema.load(json.loads(data)), None
        except schema.ConfigError as error:
            problem = str(error)
        except ValueError:
            problem = "not valid JSON"
        files.write(self._path + ".bad", data)
        return schema.defaults(), "config.json: %s (kept as config.json.bad)" % problem

    def save(self, config):
        """Write what differs from the defaults."""
        files.write(self._path, json.dumps(schema.changes(config)).encode())
