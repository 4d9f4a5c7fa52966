"""/metrics: Readings and health for Prometheus, in its text format or as OpenMetrics.

Names and labels of a Reading's fields follow from their keys (reading/fields.py), as
docs/integrations/prometheus.md says. What is given of /status.json stands in metrics.txt beside
this file, where it takes no heap. A row is `name|kind|label|path|help`:

* path: the names on the way to a number, with dots between. Several names with commas between, or
  `*` for all, give a sample each, whose label is the name.
* kind: gauge and counter; milli: thousandths; ok: 1 for the text "ok", else 0; info: texts of the
  object at `path`, each a label.
"""

from typing import TYPE_CHECKING

from micropython import const

from ..reading.fields import (
    COUNT,
    FACTOR,
    HZ,
    I_CHANNELS,
    I_MESSAGE,
    LEVEL,
    TEXT,
    TIME,
    VAR,
    VARH,
    WH,
    A,
    V,
    W,
)
from ..reading.json_text import milli
from ..reading.reading import key_of, kind_of
from ..store.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .server import Sources

_ROWS = __file__[: __file__.rfind("/") + 1] + "metrics.txt"
_STALE = const(3)  # as in hub/state.py: after so many intervals without a telegram
_USUAL_S = const(10)
_UNIX = const(946684800)  # 2000-01-01 in seconds since 1970
_HOUR_S = const(3600)
_UNITS = {WH: "joules_total", VARH: "var_seconds_total", W: "watts", VAR: "vars", V: "volts",
          A: "amperes", HZ: "hertz", FACTOR: "ratio", LEVEL: "watts", TIME: "seconds"}
_PARTS = {"l": "phase", "t": "tariff", "q": "quadrant"}
# Of a channel's units: what a thousandth is, in thousandths of m3 or J.
_CHANNEL_UNITS = {"m3": 1, "Wh": 3600, "kWh": 3_600_000, "MWh": 3_600_000_000,
                  "MJ": 1_000_000, "GJ": 1_000_000_000}


def metrics(sources: "Sources", is_open: bool) -> "Iterator[bytes]":
    """The whole answer in pieces, as OpenMetrics if it `is_open`."""
    told = sources.status()  # first: what fails here can still be told
    hub = sources.hub
    state = hub.state
    if hub.reading:
        age = state.age()
        yield from _family(is_open, "reading_age_seconds", "gauge", "Since the newest telegram",
                           (("", age),))
        # Values of a meter that has fallen silent are absent rather than old, registers as well:
        # standing still they would say that nothing is used.
        if age <= _STALE * (state.interval() or _USUAL_S):
            yield from _readings(state.reading(), is_open)
    for row in rows_of(_ROWS):
        name, kind, label, path, words = row.rstrip().split("|")
        if kind == "info":
            about = told.get(path, {}) if path else told
            samples: Any = [_info([(key, about.get(key)) for key in label.split(",")])]
        else:
            samples = _told(told, path.split("."), label, kind)
        yield from _family(is_open, name, kind, words, samples)
    if sources.rings:
        yield from _family(is_open, "history_newest_time_seconds", "gauge",
                           "When the newest record of the history was", _records(sources.rings))
    if is_open:
        yield b"# EOF\n"


def _family(is_open, name, kind, words, samples):
    """A metric with its samples, (labels, value); nothing if there are none."""
    head = True
    for labels, value in samples:
        if head:
            if is_open:  # where the name of a family has none of these
                family = name.replace("_total", "").replace("_info", "")
            else:
                family = name
                kind = "gauge" if kind == "info" else kind
            if kind in ("ok", "milli"):
                kind = "gauge"
            yield ("# HELP microhan_%s %s\n# TYPE microhan_%s %s\n"
                   % (family, words, family, kind)).encode()
            head = False
        yield ("microhan_%s%s %s\n" % (name, "{" + labels + "}" if labels else "", value)).encode()


# ---- of /status.json ----------------------------------------------------------------------------

def _info(texts):
    """A sample that has texts, (label, text), as labels."""
    return ",".join(["%s=%s" % (label, _quoted(text)) for label, text in texts
                     if text is not None]), 1


def _quoted(text):
    """The value of a label."""
    for letter, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(letter, escaped)
    return '"' + text + '"'


def _told(told, names, label, kind, labels=""):
    """The samples at a path."""
    if not names:
        if kind == "ok":
            yield labels, 1 if told == "ok" else 0
        elif isinstance(told, int):
            yield labels, milli(told, 3).decode() if kind == "milli" else int(told)
    elif isinstance(told, dict):
        several = names[0] == "*" or "," in names[0]
        for name in sorted(told) if names[0] == "*" else names[0].split(","):
            if name in told:
                yield from _told(told[name], names[1:], label, kind,
                                 "%s=%s" % (label, _quoted(name)) if several else labels)


def _records(rings):
    for step, ring in (("quarter", rings.quarters), ("hour", rings.hours), ("day", rings.days)):
        newest = ring.last()
        if newest:
            yield 'step="%s"' % step, int.from_bytes(newest[:4], "little") + _UNIX


# ---- of the Reading -----------------------------------------------------------------------------

def _readings(reading, is_open):
    texts = []
    left = []
    for i in reading.fields():
        kind = kind_of(i)
        if kind in _UNITS:
            left.append(i)
        elif kind == TEXT and i != I_MESSAGE:
            key = key_of(i)
            if i < COUNT:
                texts.append((key, reading.text(i)))
            else:
                yield from _family(is_open, key + "_info", "info", "What the meter says of it",
                                   (_info([(key, reading.text(i))]),))
    if texts:
        yield from _family(is_open, "meter_info", "info", "The meter", (_info(texts),))
    while left:
        kind = kind_of(left[0])
        name = _name_of(left[0])[0]
        same = [i for i in left if kind_of(i) == kind and _name_of(i)[0] == name]
        yield from _family(is_open, name, "counter" if name.endswith("_total") else "gauge",
                           "The meter's " + name.replace("_", " "),
                           ((_name_of(i)[1], _value(reading, i)) for i in same))
        left = [i for i in left if i not in same]
    channels = reading.at(I_CHANNELS)
    if channels:
        yield from _channels(channels, is_open)


def _name_of(i):
    """(name, labels) of field i: its key, in which parts of a whole have a name of their own, so
    that no sum over a name counts twice."""
    kind = kind_of(i)
    words = key_of(i).split("_")
    if kind not in (FACTOR, TIME):
        words.pop()  # the unit
    name = []
    labels = []
    for word in words:
        if word in ("import", "export"):
            labels.append('direction="%s"' % word)
        elif len(word) == 2 and word[1].isdigit():
            name.insert(0, _PARTS[word[0]])
            labels.append('%s="%s"' % (name[0], word))
        else:
            name.append(word)
    return "_".join(name) + "_" + _UNITS[kind], ",".join(labels)


def _value(reading, i):
    """Its value, exact text in the unit of its name."""
    kind = kind_of(i)
    value = reading.at(i)
    if kind == WH or kind == VARH:
        return value * _HOUR_S
    if kind == TIME:
        return _unix(*(value if i >= COUNT else (value, reading.utc_offset)))
    return reading.text(i)


def _unix(local, utc_offset):
    return local - 60 * utc_offset + _UNIX


def _channels(channels, is_open):
    """What the meters on channels 1 to 4 stand at, and when that was."""
    volumes = []
    energies = []
    times = []
    for n in sorted(channels):
        members = channels[n]
        factor = _CHANNEL_UNITS.get(members.get("unit"))
        labels = _info([("channel", str(n)), ("id", members.get("id")),
                        ("type", str(members["type"]) if "type" in members else None)])[0]
        if factor and "value" in members:
            thousandths, decimals = members["value"]
            is_volume = factor == 1
            (volumes if is_volume else energies).append((labels, milli(
                thousandths * factor, decimals if is_volume else 3).decode()))
        if "time" in members:
            times.append((labels, _unix(*members["time"])))
    words = "What the meter on a channel stands at"
    yield from _family(is_open, "channel_cubic_meters_total", "counter", words, volumes)
    yield from _family(is_open, "channel_joules_total", "counter", words, energies)
    yield from _family(is_open, "channel_time_seconds", "gauge", "When it was read", times)
