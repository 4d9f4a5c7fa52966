"""Fields that Swedish meters do not send (fields.EXTRAS), as a Reading holds them and as text.

Loaded with the first telegram that has one. In Reading.more, by kind:

* TEXT: text. VARH, W, LEVEL: integers, in varh and W.
* HZ, FACTOR: (thousandths, decimals as sent, 0 to 3).
* TIME: (local s since 2000, UTC offset in minutes): such a time is another than the telegram's.
* HISTORY: a tuple of (time, W), oldest first; time as of TIME, or None.
* CHANNELS: {channel, 1 to 4: {member: value}}, see CHANNEL_MEMBERS.
"""

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

# What a channel says, in the order in which it is written. `type` is the M-Bus medium (EN 13757-3:
# 3 gas, 4 heat, 7 water ...), an integer; `id`, `unit` and `valve` are text, `value` is
# (thousandths, decimals as sent), `time` as of TIME.
CHANNEL_MEMBERS = ("type", "id", "value", "unit", "time", "valve")
_MEASURED = ("value", "unit", "time")


def member(i, value):
    """Field i as a member of a JSON object, a comma before it: bytes."""
    shown = text(i, value)
    if KIND[i] <= TEXT:
        shown = json_text(shown)
    return (',"%s":%s' % (key_at(EXTRA_KEYS, i - COUNT), shown)).encode()


def text(i, value):
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


def channel(members):
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


def take_in(newest, more):
    """Make `more`'s fields from COUNT on the State's (the Reading `newest`): True if its channels
    say something that they did not say before."""
    kept = dict(newest.more)
    news = False
    for i in more:
        if KIND[i] == CHANNELS:
            old = kept.get(i, {})
            kept[i] = joined(old, more[i])
            news = _shape(old) != _shape(kept[i])
        elif i >= COUNT:
            kept[i] = more[i]
            if i == I_PEAK and i + 1 not in more:
                kept.pop(i + 1, None)  # the time of a peak that is past
    newest.more = kept
    return news


def joined(old, new):
    """The channels `old` with what `new` says. What a channel measured, and its unit and time,
    belong together. A channel that is left out stays, but its value only with a time: else nobody
    could see that it is old. Another id is another meter."""
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
        out[n] = before if kept == before else kept  # one that stays the same stays one
    return old if out == old else out


def _shape(channels):
    """What the outputs announce of channels."""
    return [(n, sorted(channels[n]), channels[n].get("type"), channels[n].get("unit"))
            for n in sorted(channels)]


def _month(time, watts):
    if time is None:
        return '{"w":%d}' % watts
    return '{"time":%s,"w":%d}' % (json_text(iso_time(*time)), watts)
