"""Fields that Swedish meters do not send (fields.EXTRAS), as a Reading holds them and as text.

Loaded with the first telegram that has one. In Reading.more, by kind:

* TEXT: text. VARH, W, LEVEL: integers, in varh and W.
* HZ, FACTOR: (thousandths, decimals as sent, 0 to 3).
* TIME: (local s since 2000, UTC offset in minutes): such a time is another than the telegram's.
* HISTORY: a tuple of (time, W), oldest first; time as of TIME, or None.
* CHANNELS: {channel, 1 to 4: {member: value}}, see CHANNEL_MEMBERS.
"""

from .fields import (
    CHANNELS,
    EXTRA_KEYS,  # noqa: F401 - reading.py takes it from here
    FACTOR,
    HISTORY,
    HZ,
    KIND,
    LEVEL,
    TEXT,
    TIME,
    VARH,
    W,
)
from .reading import iso_time, json_text, key_of, milli

# What a channel says, in the order in which it is written. `type` is the M-Bus medium (EN 13757-3:
# 3 gas, 4 heat, 7 water ...), an integer; `id`, `unit` and `valve` are text, `value` is
# (thousandths, decimals as sent), `time` as of TIME.
CHANNEL_MEMBERS = ("type", "id", "value", "unit", "time", "valve")


def member(i, value):
    """Field i as a member of a JSON object, a comma before it: bytes."""
    shown = text(i, value)
    if KIND[i] <= TEXT:
        shown = json_text(shown)
    return (',"%s":%s' % (key_of(i), shown)).encode()


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


def joined(i, old, new):
    """What the State keeps of field i: what a telegram left out of a channel stays, as long as it
    is the same meter's. A value takes its unit and its time with it."""
    if KIND[i] != CHANNELS or not old:
        return new
    out = dict(old)
    for n in new:
        members = new[n]
        before = out.get(n)
        if before and members.get("id") in (None, before.get("id")):
            kept = dict(before)
            if "value" in members:
                for name in ("value", "unit", "time"):
                    kept.pop(name, None)
            kept.update(members)
            members = before if kept == before else kept
        out[n] = members
    return out


def _month(time, watts):
    if time is None:
        return '{"w":%d}' % watts
    return '{"time":%s,"w":%d}' % (json_text(iso_time(*time)), watts)
