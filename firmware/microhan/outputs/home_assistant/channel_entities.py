"""Home Assistant's discovery of the meters on channels 1 to 4: each is a device of its own.

Gas, water, heat, other electricity meters. What a channel's members are: CHANNEL_MEMBERS in
reading/extras.py.
"""

from typing import TYPE_CHECKING

from micropython import const

from ...reading.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .entities import Entities

_GAS = const(3)  # M-Bus media (EN 13757-3, table 2); 0x16 is cold water, 6 and 7 warm and any
_HEATS = (4, 12, 13)  # heat at outlet, at inlet, heat and cooling
_COOLS = (10, 11)
_WATERS = (6, 7, 0x15, 0x16)

# By the unit as the meter writes it, in lower case: Home Assistant's unit, and the device_class
# where the medium has no better one.
_UNITS = {"m3": ("m³", "volume"), "gj": ("GJ", "energy"), "mj": ("MJ", "energy"),
          "kwh": ("kWh", "energy"), "mwh": ("MWh", "energy"), "wh": ("Wh", "energy")}
# As in entities.py: an absent number gives "", all else keeps its state.
_CHANNEL = "{%% set c = (value_json.channels | default({})).get('%d', {}) %%}"
_NUMBER = "{{ c.value | default('') }}"
_WORD = (
    "{{ c.%s if c.%s is defined else this.state "
    "if this.state not in ['unknown', 'unavailable'] else none }}"
)


def medium(members: dict) -> str:
    """What kind of meter it is: a word of names.txt."""
    kind = members.get("type")
    if kind == _GAS:
        return "gas"
    if kind in _WATERS:
        return "water"
    if kind in _HEATS:
        return "heat"
    if kind in _COOLS:
        return "cooling"
    return "electricity" if kind == 2 else "sub"


def messages(entities: "Entities", channels: dict, topic: str,
             expire: int) -> "Iterator[tuple[str, str]]":
    """Yield (topic, config) of each of the channels' entities, whose values are on `topic`."""
    for n in sorted(channels):
        members = channels[n]
        what = medium(members)
        device = entities.channel_device(n, what)
        for name in ("value", "time", "id", "valve"):
            if name in members:
                key = "channel_%d_%s" % (n, name)
                if name == "value":
                    template = _NUMBER
                    more = _value(members, what)
                else:
                    template = _WORD % (name, name)
                    more = ['"entity_category":"diagnostic"']
                    if name == "time":
                        more.append('"device_class":"timestamp"')
                parts = entities.head(key, topic, _CHANNEL % n + template, device,
                                      what + "_" + name)
                if expire:
                    more.append('"expire_after":%d' % expire)
                yield entities.topic(key), "{" + ",".join(parts + more) + "}"


def _value(members, what):
    """The members of the value's config: by its unit, and by its medium where that is volume."""
    unit = members.get("unit", "")
    unit, device_class = _UNITS.get(unit.lower(), (unit, None))
    if device_class == "volume" and what in ("gas", "water"):
        device_class = what
    parts = ['"state_class":"total_increasing"',
             '"suggested_display_precision":%d' % members["value"][1]]
    if unit:
        parts.append('"unit_of_measurement":' + json_text(unit))
    if device_class:
        parts.append('"device_class":"%s"' % device_class)
    return parts
