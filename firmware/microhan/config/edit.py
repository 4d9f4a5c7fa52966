"""What the owner reads and changes of the configuration through the page."""

import json
from typing import TYPE_CHECKING

from ..store.files import read

if TYPE_CHECKING:
    from typing import Any

# schema.py is in the file of settings.py, which leaves: it is imported where it is needed, and
# handed on. A second import while the first one is held is a second copy, of 8 kB.


class Refused(Exception):
    """A change that is not allowed; nothing was stored. args: key ("mqtt.port"), sentence."""


def shown(path: str) -> dict:
    """The configuration in the file at `path`, every key, without its secrets: of those only
    {"set": whether there is one}."""
    from .settings import HIDDEN, validate

    config = validate(_given(path))[0]
    for section in config.values():
        for key in HIDDEN:
            if key in section:
                section[key] = {"set": section[key] != ""}
    return config


def check(changes: dict) -> None:
    """Raise Refused unless all of these changes are allowed."""
    from .settings import validate

    _check(changes, validate)


def _check(changes, validate):
    problems = validate(changes, False)[1]
    if problems:
        # a sentence begins with the key that it is about
        raise Refused(problems[0].split(" ")[0].rstrip(":"), problems[0])


def overlaid(path: str, section: str, keys: dict) -> dict:
    """A section as it would be with these keys. Raises Refused."""
    from .settings import HIDDEN, validate

    changes = _without_shown({section: keys}, HIDDEN)
    _check(changes, validate)
    config = validate(_given(path))[0][section]
    config.update(changes[section])
    return config


def store(path: str, changes: dict, board: "Any" = None) -> dict[str, bool]:
    """Put changes {section: {key: value}} into the file. Raises Refused, OSError.

    board: its `is_plain` and `tls_alone` say for what it has no memory (fit.py); None: one that
    has enough.

    Keys that are not named stay, and so does a secret that comes back as shown() gave it. Returns
    {"trial": whether the new settings must prove themselves, "restart": whether anything changed}.
    """
    data, on_trial = planned(path, changes, board)
    if not data:
        return {"trial": False, "restart": False}
    from .trial import put

    put(path, data, on_trial)
    return {"trial": on_trial, "restart": True}


def planned(path: str, changes: dict, board: "Any") -> tuple[bytes, bool]:
    """(What store() would put into the file, whether on trial); nothing is stored. No bytes if
    nothing changes. Raises Refused."""
    from .settings import HIDDEN, rows, validate

    # On a plain board this takes most of the heap that there is beside what answers requests: one
    # whole configuration at a time, and trial.py when it is needed.
    changes = _without_shown(changes, HIDDEN)
    _check(changes, validate)
    old = _given(path)
    _drop_defaults(old, rows())
    new = {section: dict(keys) if isinstance(keys, dict) else keys
           for section, keys in old.items()}
    for section, keys in changes.items():
        if not keys:
            continue
        part = new.get(section)
        if not isinstance(part, dict):
            part = new[section] = {}
        part.update(keys)
    _drop_defaults(new, rows())
    if new == old:
        return b"", False
    if board and (board.is_plain or "feed" in new):
        from .fit import unfit

        about = board.is_plain, board.tls_alone
        problem = unfit(validate(new)[0], *about)
        if problem and problem != unfit(validate(old)[0], *about):
            raise Refused(*problem)
    from .trial import changed

    # Without a broker there is no connection that could prove anything.
    on_trial = [section for section in changed(old, new)
                if new.get(section, {}).get("host" if section == "mqtt" else "ssid")]
    return json.dumps(new).encode(), on_trial != []


def _given(path):
    try:
        given = json.loads(read(path) or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _without_shown(changes, hidden):
    """`changes` without secrets as shown() gives them."""
    if not isinstance(changes, dict):
        return changes
    return {section: {key: keys[key] for key in keys
                      if not (key in hidden and isinstance(keys[key], dict))}
            if isinstance(keys, dict) else keys for section, keys in changes.items()}


def _drop_defaults(config, rows):
    """A value that is the default needs no place in the file."""
    for section, key, _, default, _ in rows:
        part = config.get(section)
        if isinstance(part, dict) and key in part and part[key] == default:
            del part[key]
            if not part:
                del config[section]
