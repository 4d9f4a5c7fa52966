"""The messages of Home Assistant's MQTT discovery.

One message per entity, not the newer one per device, so that every Home Assistant since 2022
understands it. Checked against homeassistant/components/mqtt/sensor.py of 2022 and of 2026:

* A number's template gives "" where the key is absent: numeric sensors ignore it ("Ignore empty
  state"). It does not give `this.state`, which is rounded and in the unit that the owner chose:
  fed back, kWh would become MWh.
* Text and time have no such rule: their templates give `this.state`, or none without a state.
* `expire_after` counts from any message on the topic, whether it carries the key or not.
* Reactive energy has no `device_class` (it is new, older versions refuse the whole message), and
  the diagnosis is plain text ("enum" is refused before 2023.1, and lost its options until 2024.9).
* A message of the grid company ends with the first Reading without it: then the state is "". A
  state has 255 characters at most.
* What a device is said to be in one message is added to what another said: all of it is in those
  of own() only. Older versions ignore `origin` and `default_entity_id`.
* Gas, water, heat: channel_entities.py. "water" as `device_class` is refused before 2022.11.
"""

from typing import TYPE_CHECKING

from micropython import const

from ... import BUILD
from ...reading.fields import CHANNELS, COUNT, HISTORY, I_MESSAGE, TEXT, TIME, VAR, VARH, WH
from ...reading.json_text import json_text
from ...reading.reading import key_of, kind_of
from .names import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_EXPIRE_AFTER = const(3)  # intervals
_IMPORT = const(5)  # active power, of which the net power is derived
_EXPORT = const(6)

# By kind (reading/fields.py): device_class, unit, decimals shown (None = as sent).
_KINDS = (
    ("timestamp", None, None),  # TIME
    (None, None, None),  # TEXT
    ("energy", "kWh", 3),  # WH
    (None, "kvarh", 3),  # VARH
    ("power", "W", 0),  # W
    ("reactive_power", "var", 0),  # VAR
    ("voltage", "V", None),  # V
    ("current", "A", None),  # A
    ("frequency", "Hz", None),  # HZ
    ("power_factor", None, None),  # FACTOR
    ("power", "W", 0),  # LEVEL
)
_NUMBER = "{{ value_json.%s | default('') }}"
_WORD = (
    "{{ value_json.%s if value_json.%s is defined else this.state "
    "if this.state not in ['unknown', 'unavailable'] else none }}"
)
_MESSAGE = "{{ (value_json.message | default(''))[:255] }}"
# key, component, topic, template, device_class. The diagnosis is a code, with its sentences as
# attributes.
_OWN = (
    ("meter", "sensor", "meter", "{{ value_json.state }}", ""),
    ("link", "binary_sensor", "meter", "{{ 'ON' if value_json.state == 'ok' else 'OFF' }}",
     "connectivity"),
    ("problem", "binary_sensor", "warnings", "{{ 'ON' if value_json.warnings else 'OFF' }}",
     "problem"),
)
_NET = "{{ (value_json.derived | default({})).net_power_w | default('') }}"

class Entities:
    """Writes config messages for the device `device_id` under Home Assistant's `prefix`."""

    def __init__(self, prefix: str, device_id: str, version: str, page: str, language: str):
        self._prefix = prefix
        self._id = device_id
        self._version = version
        self._page = page
        self.language = language
        self._net_sent = False

    def topic(self, key: str, component: str = "sensor") -> str:
        """Where the config message of `key` goes."""
        return "%s/%s/microhan_%s/%s/config" % (self._prefix, component, self._id, key)

    def own(self) -> "Iterator[tuple[str, str]]":
        """Yield (topic, payload) of the entities that there are without a telegram."""
        own = "microhan_" + self._id
        # Home Assistant adds this to what the other messages say of the device.
        about = ['"identifiers":["%s"]' % own, '"name":"microhan %s"' % self._id,
                 '"manufacturer":"microhan","model":"HAN/P1 reader"',
                 '"sw_version":"%s (%s)"' % (self._version, BUILD)]
        if self._page:
            about.append('"configuration_url":' + json_text(self._page))
        for key, component, topic, template, device_class in _OWN:
            parts = self.head(key, topic, template, "{" + ",".join(about) + "}",
                              component=component)
            parts.append('"entity_category":"diagnostic"')
            parts.append('"json_attributes_topic":"microhan/%s/%s"' % (self._id, topic))
            if device_class:
                parts.append('"device_class":"%s"' % device_class)
            yield self.topic(key, component), "{" + ",".join(parts) + "}"

    def messages(self, i: int, topic: str, interval: int,
                 hub: "Any") -> "Iterator[tuple[str, str]]":
        """Yield (topic, payload) of each entity that field `i` brings. topic: where its values
        are; interval: s, 0 while unknown."""
        kind = kind_of(i)
        state = hub.state
        expire = _EXPIRE_AFTER * interval
        if kind == CHANNELS:
            from .channel_entities import messages

            for message in messages(self, state.reading().at(i), topic, expire):
                yield message
        elif kind != HISTORY:
            decimals = hub.reading.decimals(i) if hub.reading else 1
            yield self.topic(key_of(i)), self.field(i, topic, expire, decimals)
        if _IMPORT <= i <= _EXPORT and not self._net_sent and (
                state.seen(_IMPORT) and state.seen(_EXPORT)):
            self._net_sent = True
            other = state.interval_of(_IMPORT + _EXPORT - i)
            yield self.topic("net_power_w"), self.net(
                max(expire, _EXPIRE_AFTER * other) if other else 0)

    def field(self, i: int, topic: str, expire: int, decimals_sent: int) -> str:
        """The config message of field `i`. `expire`: s, 0 for none."""
        key = key_of(i)
        kind = kind_of(i)
        device_class, unit, decimals = _KINDS[kind]
        if kind == TIME or kind == TEXT:
            template = _MESSAGE if i == I_MESSAGE else _WORD.replace("%s", key)
            parts = self.head(key, topic, template)
            if i < COUNT or kind == TIME:  # but not the tariff, the message, the breaker
                parts.append('"entity_category":"diagnostic"')
        else:
            parts = self.head(key, topic, _NUMBER.replace("%s", key))
            is_register = kind == WH or kind == VARH
            parts.append('"state_class":"%s"' % (
                "total_increasing" if is_register else "measurement"))
            if unit:
                parts.append('"unit_of_measurement":"%s"' % unit)
            if decimals is None:
                decimals = decimals_sent
            parts.append('"suggested_display_precision":%d' % decimals)
            if kind == VARH or kind == VAR:
                parts.append('"enabled_by_default":false')
        if device_class:
            parts.append('"device_class":"%s"' % device_class)
        return _closed(parts, expire)

    def net(self, expire: int) -> str:
        """The config message of the net power, which is derived."""
        parts = self.head("net_power_w", "reading", _NET)
        parts.append('"state_class":"measurement","unit_of_measurement":"W",'
                     '"suggested_display_precision":0,"device_class":"power"')
        return _closed(parts, expire)

    def registers(self, state: "Any", is_sent: "Callable[[int], bool]") -> tuple[str, str]:
        """(topic, payload) of the newest values that come seldom; is_sent(i): whether field `i` is
        one of them."""
        reading = state.reading()
        for i in list(reading.fields()):
            if not is_sent(i):
                reading.put(i, None)
        return "microhan/%s/registers" % self._id, reading.json()

    def channel_device(self, n: int, medium: str) -> str:
        """The meter on channel `n` as a device of its own: JSON."""
        own = "microhan_" + self._id
        name = "%s (microhan %s)" % (name_of(medium, self.language), self._id)
        return '{"identifiers":["%s_channel_%d"],"name":%s,"via_device":"%s"}' % (
            own, n, json_text(name), own)

    def head(self, key: str, topic: str, template: str, device: str = "", named: str = "",
             component: str = "sensor") -> list[str]:
        """What every config message has, as a list of JSON members. `device`: JSON, "" for the
        electricity meter's; named: as this key, "" for `key`. The entity's id is the same in every
        language, for those who share what they made of it."""
        own = "microhan_" + self._id
        base = "microhan/" + self._id
        return [
            '"name":' + json_text(name_of(named or key, self.language)),
            '"unique_id":"%s_%s","default_entity_id":"%s.%s_%s"' % (own, key, component, own, key),
            '"state_topic":"%s/%s"' % (base, topic),
            '"value_template":' + json_text(template),
            '"availability":[{"topic":"%s/status"}]' % base,
            '"device":' + (device or '{"identifiers":["%s"],"name":"microhan %s"}' % (
                own, self._id)),
            '"origin":{"name":"microhan","sw_version":"%s"}' % self._version,
        ]


def _closed(parts, expire):
    """The members of a config message as one; `expire`: s, 0 for none."""
    if expire:
        parts.append('"expire_after":%d' % expire)
    return "{" + ",".join(parts) + "}"
