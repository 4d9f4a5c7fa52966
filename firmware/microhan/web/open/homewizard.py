"""What a HomeWizard P1 meter tells, API v1: docs/integrations/homewizard.md."""

from binascii import hexlify
from typing import TYPE_CHECKING

from micropython import const

from ... import VERSION
from ...reading.calendar import civil_from_days
from ...reading.fields import I_CHANNELS, I_IDENTIFICATION, I_METER_ID, INDEX
from ...reading.json_text import json_text, milli

if TYPE_CHECKING:
    from typing import Any

    from .values import Values

_METER_TYPE = INDEX["meter_type"]
_TWO_DIGITS = const(3653 * 86400)  # 2010, in seconds since 2000
_TARIFF = INDEX["tariff"]
_PEAK_TIME = INDEX["demand_peak_time"]
# A total and its four tariffs stand one after the other.
_ENERGIES = (("import", INDEX["active_energy_import_kwh"]),
             ("export", INDEX["active_energy_export_kwh"]))
_AS_SENT = (
    ("active_frequency_hz", INDEX["frequency_hz"]),
    ("active_power_average_w", INDEX["demand_import_w"]),
    ("montly_power_peak_w", INDEX["demand_peak_import_w"]),  # their spelling
)
# Media of M-Bus (EN 13757-3) that they know.
_TYPES = {3: "gas_meter", 4: "heat_meter", 6: "warm_water_meter", 7: "water_meter",
          12: "inlet_heat_meter"}


def answer(path: str, values: "Values") -> "bytes | str":
    """The body, or the key of a problem; "" for the telegram itself."""
    if path == "/api":
        return values.written([
            ("product_type", '"HWE-P1"'), ("product_name", '"P1 meter"'),
            ("serial", '"%s"' % values.mac()),
            ("firmware_version", '"%s"' % VERSION), ("api_version", '"v1"')])
    if path not in ("/api/v1/data", "/api/v1/telegram"):
        return "404"
    if values.problem or path == "/api/v1/telegram":
        return values.problem
    return values.written(_members(values))


def _members(values):
    reading = values.reading
    text = reading.text
    rssi = values.board.rssi()
    members = [
        # Theirs always has it, and Home Assistant takes an object without it for another API's.
        ("wifi_ssid", _quoted(_network(values.board.wlan())) or "null"),
        ("wifi_strength", None if rssi is None else min(100, max(0, 2 * (rssi + 100)))),
        ("meter_model", _quoted(text(_METER_TYPE) or text(I_IDENTIFICATION))),
        ("unique_id", _id(text(I_METER_ID)))]
    tariff = text(_TARIFF) or ""
    if tariff.isdigit():
        members.append(("active_tariff", int(tariff)))
    for way, total in _ENERGIES:
        for n in range(5):
            key = "total_power_%s%s_kwh" % (way, "_t%d" % n if n else "")
            members.append((key, text(total + n)))
    members.append(("active_power_w", values.power()))
    for phase in range(1, 4):
        power = values.power(phase)
        current = values.current(phase)
        if current and power is not None and power < 0 and current[0] != "-":
            current = "-" + current
        members += [("active_power_l%d_w" % phase, power),
                    ("active_voltage_l%d_v" % phase, values.voltage(phase)),
                    ("active_current_l%d_a" % phase, current)]
    for key, i in _AS_SENT:
        members.append((key, text(i)))
    members.append(("montly_power_peak_timestamp", _stamp(reading.at(_PEAK_TIME))))
    return members + _channels(reading.at(I_CHANNELS) or {}, values)


def _channels(channels, values):
    """Gas, water and heat. Their clients need id, time and value of each."""
    gas: "list[tuple[str, Any]]" = []
    external = []
    for n in sorted(channels):
        told = channels[n]
        kind = _TYPES.get(told.get("type"))
        stamp = _stamp(told.get("time"))
        if not kind or not stamp or None in [told.get(key) for key in ("id", "value", "unit")]:
            continue
        value = milli(*told["value"]).decode()
        external.append(values.written([
            ("unique_id", _id(told["id"])), ("type", '"%s"' % kind),
            ("timestamp", stamp), ("value", value),
            ("unit", json_text(told["unit"]))]).decode())
        if kind == "gas_meter" and told["unit"] == "m3" and not gas:
            gas = [("total_gas_m3", value), ("gas_timestamp", stamp),
                   ("gas_unique_id", _id(told["id"]))]
    if external:
        gas.append(("external", "[" + ",".join(external) + "]"))
    return gas


def _network(wlan):
    """The name of the Wi-Fi network; None where it is not known."""
    try:
        return wlan.config("ssid") if wlan and wlan.isconnected() else None
    except (OSError, ValueError):
        return None


def _quoted(text):
    return json_text(text) if text else None


def _id(text):
    """As P1 has it: the digits of its letters. Their clients read them back."""
    return '"%s"' % hexlify(text.encode()).decode().upper() if text else None


def _stamp(time):
    """yymmddhhmmss of the meter's own clock, a number; None before 2010: without the zero that a
    number cannot begin with, their clients read another year."""
    if time is None or time[0] < _TWO_DIGITS:
        return None
    year, month, day = civil_from_days(time[0] // 86400)
    s = time[0] % 86400
    return ((((year % 100 * 100 + month) * 100 + day) * 100 + s // 3600) * 100 + s // 60 % 60
            ) * 100 + s % 60
