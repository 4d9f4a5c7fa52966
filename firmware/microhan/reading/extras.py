"""Fields that Swedish meters do not send (fields.EXTRAS): as a Reading holds them, and as text.

Loaded with the first telegram that has one. Their shapes in Reading.wide, by kind:

* TEXT: text. VARH, W, LEVEL: integers, in varh and W.
* HZ, FACTOR: (thousandths, decimals as sent, 0 to 3).
* TIME: (local seconds since 2000, UTC offset in minutes), since it is not the telegram's time.
* HISTORY: a tuple of (time, W), oldest first; the time as for TIME, or None.
* CHANNELS: {channel, 1 to 4: {member: value}}, see CHANNEL_MEMBERS.
"""

from typing import TYPE_CHECKING

from .calendar import iso_time
from .fields import (
    CHANNELS,
    COUNT,
    EXTRA_KEYS,
    FACTOR,
    HISTORY,
    HZ,
    I_PEAK,
    KIND,
    LEVEL,
    TEXT,
    TIME,
    VARH,
    W,
)
from .json_text import json_text, milli
from .keys import key_at

if TYPE_CHECKING:
    from typing import Any

    from .reading import Reading

# The members of a channel, in the order in which they are written. `type` is the M-Bus medium (EN
# 13757-3: 3 gas, 4 heat, 7 water ...), an integer; `id`, `unit` and `valve` are text; `value` is
# (thousandths, decimals as sent); `time` is as for TIME.
CHANNEL_MEMBERS = ("type", "id", "value", "unit", "time", "valve")
_MEASURED = ("value", "unit", "time")


def member(i: int, value: "Any") -> bytes:
    """Field i as a member of a JSON object, with a comma before it: bytes."""
    shown = text(i, value)
    if KIND[i] <= TEXT:
        shown = json_text(shown)
    return (',"%s":%s' % (key_at(EXTRA_KEYS, i - COUNT), shown)).encode()


def text(i: int, value: "Any") -> str:
    """The value of field i as exact text in the unit of its key."""
    kind = KIND[i]
    if kind == TEXT:
        return value
    if kind == VARH:
        return milli(value, 3).decode()
    if kind == W or kind == LEVEL:
        return "%d" % value
    if kind == HZ or kind == FACTOR:
        return milli(*value).decode()
    if kind == TIME:
        return iso_time(*value)
    if kind == HISTORY:
        return "[" + ",".join([_month(*one) for one in value]) + "]"
    return "{" + ",".join(['"%d":%s' % (n, channel(value[n])) for n in sorted(value)]) + "}"


def channel(members: "dict[str, Any]") -> str:
    """One channel as a JSON object."""
    parts = []
    for name in CHANNEL_MEMBERS:
        value = members.get(name)
        if value is None:
            continue
        if name == "value":
            value = milli(*value).decode()
        elif name == "time":
            value = json_text(iso_time(*value))
        elif name != "type":
            value = json_text(value)
        parts.append('"%s":%s' % (name, value))
    return "{" + ",".join(parts) + "}"


def take_in(newest: "Reading", wide: "dict[int, Any]") -> bool:
    """Take the fields from COUNT on of a new Reading (`wide`) into the State's (`newest`). True if
    its channels have other members, types or units than before.
    """
    kept = dict(newest.wide)
    news = False
    for i in wide:
        if KIND[i] == CHANNELS:
            old = kept.get(i, {})
            kept[i] = joined(old, wide[i])
            news = _shape(old) != _shape(kept[i])
        elif i >= COUNT:
            kept[i] = wide[i]
            if i == I_PEAK and i + 1 not in wide:
                kept.pop(i + 1, None)  # the time of a peak that is past
    newest.wide = kept
    return news


def joined(old: "dict[int, Any]", new: "dict[int, Any]") -> "dict[int, Any]":
    """The channels `old`, brought up to date by `new`.

    A channel's value, unit and time belong together. A channel that `new` leaves out stays, but
    its value only if it has a time, which shows that it is old. Another id is another meter, of
    which nothing old is kept.
    """
    out = {}
    for n in sorted(set(old) | set(new)):
        here = new.get(n, {})
        before = old.get(n, {})
        kept = dict(before)
        if "id" in here and before.get("id", here["id"]) != here["id"]:
            kept = {}
        if "time" not in kept or [name for name in _MEASURED if name in here]:
            for name in _MEASURED:
                kept.pop(name, None)
        kept.update(here)
        out[n] = before if kept == before else kept  # equal ones share one dict
    return old if out == old else out


def _shape(channels):
    """What the outputs announce about channels."""
    return [(n, sorted(channels[n]), channels[n].get("type"), channels[n].get("unit"))
            for n in sorted(channels)]


def _month(time, watts):
    if time is None:
        return '{"w":%d}' % watts
    return '{"time":%s,"w":%d}' % (json_text(iso_time(*time)), watts)
