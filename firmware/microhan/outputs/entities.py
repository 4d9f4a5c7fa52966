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
"""

from ..reading import TEXT, TIME, json_text, key_of, kind_of

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
)
_NUMBER = "{{ value_json.%s | default('') }}"
_WORD = (
    "{{ value_json.%s if value_json.%s is defined else this.state "
    "if this.state not in ['unknown', 'unavailable'] else none }}"
)
_NAMES = {"time": "Meter time", "meter_id": "Meter ID", "list_id": "List ID"}


def entity_name(i):
    """English name of field `i`: "Active power import L1", "Active energy import tariff 1"."""
    key = key_of(i)
    kind = kind_of(i)
    if key in _NAMES:
        return _NAMES[key]
    words = key.split("_")
    if kind not in (TIME, TEXT):
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

    def topic(self, key):
        """Where the config message of `key` goes."""
        return "%s/sensor/microhan_%s/%s/config" % (self._prefix, self._id, key)

    def field(self, i, expire, shown):
        """The config message of field `i`. `expire`: s, 0 for none; `shown`: decimals as sent."""
        key = key_of(i)
        kind = kind_of(i)
        device_class, state_class, unit, decimals = _KINDS[kind]
        if kind in (TIME, TEXT):
            parts = self._head(key, entity_name(i), "reading", _WORD.replace("%s", key))
            parts.append('"entity_category":"diagnostic"')
        else:
            parts = self._head(key, entity_name(i), "reading", _NUMBER.replace("%s", key))
            parts.append('"state_class":"%s","unit_of_measurement":"%s"' % (state_class, unit))
            if decimals is None:
                decimals = shown
            parts.append('"suggested_display_precision":%d' % decimals)
        if device_class:
            parts.append('"device_class":"%s"' % device_class)
        if expire:
            parts.append('"expire_after":%d' % expire)
        return "{" + ",".join(parts) + "}"

    def meter(self):
        """The config message of the diagnosis: its code, with the words as attributes."""
        parts = self._head("meter", "Meter connection", "meter", "{{ value_json.state }}")
        parts.append('"entity_category":"diagnostic"')
        parts.append('"json_attributes_topic":"microhan/%s/meter"' % self._id)
        return "{" + ",".join(parts) + "}"

    def _head(self, key, name, topic, template):
        """What every config message has, as a list of JSON members."""
        own = "microhan_" + self._id
        base = "microhan/" + self._id
        return [
            '"name":' + json_text(name),
            '"unique_id":"%s_%s"' % (own, key),
            '"state_topic":"%s/%s"' % (base, topic),
            '"value_template":' + json_text(template),
            '"availability":[{"topic":"%s/status"}]' % base,
            '"device":{"identifiers":["%s"],"name":"microhan %s","manufacturer":"microhan",'
            '"model":"HAN/P1 reader","sw_version":%s}' % (own, self._id, json_text(self._version)),
        ]
