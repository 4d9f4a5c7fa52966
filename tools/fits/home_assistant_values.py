"""Whether Home Assistant's entities show what was sent: the value, its unit, its classes."""

import contextlib
from datetime import datetime
from decimal import Decimal, InvalidOperation

from measure.limits import Row, at_least, at_most

# By the unit at the end of a key: device_class, state_class, unit.
_KINDS = {"kwh": ("energy", "total_increasing", "kWh"),
          "kvarh": (None, "total_increasing", "kvarh"),
          "w": ("power", "measurement", "W"), "var": ("reactive_power", "measurement", "var"),
          "v": ("voltage", "measurement", "V"), "a": ("current", "measurement", "A"),
          "hz": ("frequency", "measurement", "Hz")}
UNKNOWN = (None, "unknown", "unavailable")


def complete(name: str, of: int, wrong: list) -> Row:
    """A row that says how many of a number are right; the first that is not is printed."""
    if wrong:
        print(f"fits: {name}: {wrong[0]}")
    return at_least(name, of - len(wrong), of)


def none(name: str, found: list) -> Row:
    """A row that counts what must not be; the first of it is printed."""
    if found:
        print(f"fits: {name}: {found[0]}")
    return at_most(name, len(found), 0)


def wrong(sent: dict, ids: dict[str, str], states: dict[str, dict]) -> list[str]:
    """What is shown otherwise. sent: {key: value}; ids: {key: entity's id}; states: Api's."""
    found = []
    for key, value in sent.items():
        state = states.get(ids.get(key, ""), {"state": None, "attributes": {}})
        kind = _KINDS.get(key.rpartition("_")[2])
        shown = tuple(state["attributes"].get(member) for member in (
            "device_class", "state_class", "unit_of_measurement"))
        if not _same(state["state"], value) or kind and kind != shown:
            found.append(f"{key}: {value} is shown as {state['state']} {shown}")
    return found


def _same(shown, sent):
    """Whether a state says what was sent: the same number, the same moment, the same text."""
    with contextlib.suppress(InvalidOperation):
        return Decimal(str(shown)) == Decimal(str(sent))
    with contextlib.suppress(ValueError, TypeError):
        return datetime.fromisoformat(shown) == datetime.fromisoformat(sent)
    return shown == sent
