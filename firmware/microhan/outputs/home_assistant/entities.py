"""The messages of Home Assistant's MQTT discovery. Imported for a round of them, then forgotten.

One message per entity, not the newer one per device: that works in every Home Assistant since
2022. Checked against homeassistant/components/mqtt/sensor.py of then and of 2026:

* A number's template gives "" where the key is absent: numeric sensors ignore it ("Ignore empty
  state"). Not `this.state`: that is what the owner sees, rounded and in the owner's unit, and
  feeding it back would turn kWh into MWh and so on.
* Text and time have no such rule and get `this.state` back, or none where there is no state.
* `expire_after` counts from any message on the topic, whether it carries the key or not.
* Reactive energy has no `device_class` (it is new, older versions refuse the whole message), and
  the diagnosis is plain text: "enum" is refused before 2023.1 and lost its options until 2024.9.
* A message of the grid company is over when a reading comes without it: "" then. A state has 255
  characters at most.
* Gas, water, heat: channels.py. "water" as `device_class` is refused before 2022.11.
"""

from micropython import const

from ...reading.fields import CHANNELS, COUNT, HISTORY, I_MESSAGE, TIME
from ...reading.json_text import json_text
from ...reading.reading import key_of, kind_of

_IMPORT = const(5)  # active power, of which the net power is derived
_EXPORT = const(6)

# By kind (reading.py): device_class, state_class, unit, decimals shown (None = as sent).
_KINDS = (
    ("timestamp", None, None, None),  # TIME
    (None, None, None, None),  # TEXT
    ("energy", "total_increasing", "kWh", 3),  # WH
    (None, "total_increasing", "kvarh", 3),  # VARH
    ("power", "measurement", "W", 0),  # W
    ("reactive_power", "measurement", "var", 0),  # VAR
    ("voltage", "measurement", "V", None),  # V
    ("current", "measurement", "A", None),  # A
    ("frequency", "measurement", "Hz", None),  # HZ
    ("power_factor", "measurement", None, None),  # FACTOR
    ("power", "measurement", "W", 0),  # LEVEL
)
_NUMBER = "{{ value_json.%s | default('') }}"
_WORD = (
    "{{ value_json.%s if value_json.%s is defined else this.state "
    "if this.state not in ['unknown', 'unavailable'] else none }}"
)
_MESSAGE = "{{ (value_json.message | default(''))[:255] }}"
_NET = "{{ (value_json.derived | default({})).net_power_w | default('') }}"
_NAMES = {"time": "Meter time", "meter_id": "Meter ID", "list_id": "List ID"}


def entity_name(i):
    """English name of field `i`: "Active power import L1", "Active energy import tariff 1"."""
    key = key_of(i)
    kind = kind_of(i)
    if key in _NAMES:
        return _NAMES[key]
    words = key.split("_")
    if _KINDS[kind][2]:
        words.pop()  # the unit
    last = words[-1]
    if len(last) == 2 and last[0] == "l":
        words[-1] = last.upper()
    elif len(last) == 2 and last[0] == "t":
        words[-1] = "tariff " + last[1]
    text = " ".join(words)
    return text[0].upper() + text[1:]


class Entities:
    """Writes config messages for the device `device_id` under Home Assistant's `prefix`."""

    def __init__(self, prefix, device_id, version):
        self._prefix = prefix
        self._id = device_id
        self._version = version
        self._net_told = False

    def topic(self, key):
        """Where the config message of `key` goes."""
        return "%s/sensor/microhan_%s/%s/config" % (self._prefix, self._id, key)

    def messages(self, i, expire, hub):
        """(topic, payload) of all that field `i` brings, one after the other."""
        kind = kind_of(i)
        state = hub.state
        if kind == CHANNELS:
            from .channel_entities import messages

            for message in messages(self, state.reading().at(i), expire):
                yield message
        elif kind != HISTORY:
            shown = hub.reading.decimals(i) if hub.reading else 1
            yield self.topic(key_of(i)), self.field(i, expire, shown)
        if _IMPORT <= i <= _EXPORT and not self._net_told and (
                state.seen(_IMPORT) and state.seen(_EXPORT)):
            self._net_told = True  # once a round
            other = state.interval_of(_IMPORT + _EXPORT - i)
            yield self.topic("net_power_w"), self.net(max(expire, 3 * other) if other else 0)

    def field(self, i, expire, shown):
        """The config message of field `i`. `expire`: s, 0 for none; `shown`: decimals as sent."""
        key = key_of(i)
        kind = kind_of(i)
        device_class, state_class, unit, decimals = _KINDS[kind]
        if not state_class:
            template = _MESSAGE if i == I_MESSAGE else _WORD.replace("%s", key)
            parts = self.head(key, entity_name(i), "reading", template)
            if i < COUNT or kind == TIME:  # a tariff, a message, the breaker: people want those
                parts.append('"entity_category":"diagnostic"')
        else:
            parts = self.head(key, entity_name(i), "reading", _NUMBER.replace("%s", key))
            parts.append('"state_class":"%s"' % state_class)
            if unit:
                parts.append('"unit_of_measurement":"%s"' % unit)
            if decimals is None:
                decimals = shown
            parts.append('"suggested_display_precision":%d' % decimals)
        if device_class:
            parts.append('"device_class":"%s"' % device_class)
        return _closed(parts, expire)

    def net(self, expire):
        """The config message of the net power, which is derived."""
        parts = self.head("net_power_w", "Net power", "reading", _NET)
        parts.append('"state_class":"measurement","unit_of_measurement":"W",'
                     '"suggested_display_precision":0,"device_class":"power"')
        return _closed(parts, expire)

    def meter(self):
        """The config message of the diagnosis: its code, with the words as attributes."""
        parts = self.head("meter", "Meter connection", "meter", "{{ value_json.state }}")
        parts.append('"entity_category":"diagnostic"')
        parts.append('"json_attributes_topic":"microhan/%s/meter"' % self._id)
        return "{" + ",".join(parts) + "}"

    def _device(self):
        return (
            '{"identifiers":["microhan_%s"],"name":"microhan %s","manufacturer":"microhan",'
            '"model":"HAN/P1 reader","sw_version":%s}'
            % (self._id, self._id, json_text(self._version)))

    def channel_device(self, n, name):
        """The device that the meter on channel `n` is: JSON."""
        own = "microhan_" + self._id
        return '{"identifiers":["%s_channel_%d"],"name":%s,"via_device":"%s"}' % (
            own, n, json_text("%s (microhan %s)" % (name, self._id)), own)

    def head(self, key, name, topic, template, device=None):
        """What every config message has, as a list of JSON members. `device`: another than the
        electricity meter's."""
        own = "microhan_" + self._id
        base = "microhan/" + self._id
        return [
            '"name":' + json_text(name),
            '"unique_id":"%s_%s"' % (own, key),
            '"state_topic":"%s/%s"' % (base, topic),
            '"value_template":' + json_text(template),
            '"availability":[{"topic":"%s/status"}]' % base,
            '"device":' + (device or self._device()),
        ]


def _closed(parts, expire):
    """The members of a config message as one; `expire`: s, 0 for none."""
    if expire:
        parts.append('"expire_after":%d' % expire)
    return "{" + ",".join(parts) + "}"
