"""What a Shelly Pro 3EM tells, over HTTP and UDP: docs/integrations/shelly.md."""

import json
from typing import TYPE_CHECKING

from micropython import const

from ...reading.fields import INDEX
from ...reading.json_text import milli

if TYPE_CHECKING:
    from .values import Values

# What their clients look at: the oldest firmware of a Pro 3EM that has all of these methods.
_FIRMWARE = '"20241011-114455/1.4.4-g6d2a586"'
_METHODS = ("EM.GetStatus", "EMData.GetStatus", "Shelly.GetDeviceInfo", "Shelly.GetStatus",
            "Shelly.ListMethods")
# Some batteries ask for it, as of a Shelly with one phase. Not among the methods that we tell of:
# other programs would take it in place of the first.
_SINGLE = "EM1.GetStatus"
_ENERGY_IN = INDEX["active_energy_import_kwh"]
_ENERGY_OUT = INDEX["active_energy_export_kwh"]
_VOLTAGE = INDEX["voltage_l1_v"]
_CURRENT = INDEX["current_l1_a"]
_MAX_NESTING = const(4)  # objects and lists in a frame
_FREQUENCY = INDEX["frequency_hz"]
_FACTOR = INDEX["power_factor_l1"]


def answer(path: str, values: "Values", body: bytes = b"") -> "bytes | str":
    """The body, or the key of a problem. body: a frame that is sent to /rpc."""
    if path == "/rpc":
        return _frame(values, body)
    return _result("Shelly.GetDeviceInfo" if path == "/shelly" else path[5:], values)


def _frame(values, body):
    """The answer to a frame, with the id and the sender of that."""
    if body.count(b"{") + body.count(b"[") > _MAX_NESTING:
        return "400j"
    try:
        asked = json.loads(body)
        number, method = asked["id"], asked["method"]
    except (ValueError, KeyError, TypeError):
        return "400j"
    if not isinstance(number, (int, str)) or not isinstance(method, str):
        return "400j"
    result = _result(method, values)
    if not isinstance(result, str):  # MicroPython prints a warning where bytes are compared to str
        name, told = "result", result.decode()
    elif result == "404":
        name, told = "error", json.dumps({"code": 404, "message": "No handler for " + method})
    else:
        return result
    sender = asked.get("src")
    return values.written([
        ("id", json.dumps(number)), ("src", '"%s-%s"' % (
            # They look for the name of a Shelly that has it.
            "shellyproem50" if method == _SINGLE else "shellypro3em", values.mac())),
        ("dst", json.dumps(sender) if isinstance(sender, str) else None), (name, told)])


def _result(method, values):
    if method not in _METHODS and method != _SINGLE:
        return "404"
    if method == "Shelly.ListMethods":
        return ('{"methods":["%s"]}' % '","'.join(_METHODS)).encode()
    if method == "Shelly.GetDeviceInfo":
        return _device(values)
    if values.problem or values.power() is None:
        return values.problem or "503s"
    if method == "EM.GetStatus":
        return _status(values)
    if method == "EMData.GetStatus":
        return _energies(values)
    if method == _SINGLE:
        return _single(values)
    return b'{"em:0":%s,"emdata:0":%s}' % (_status(values), _energies(values))


def _device(values):
    mac = values.mac()
    return values.written([
        ("name", "null"), ("id", '"shellypro3em-%s"' % mac), ("mac", '"%s"' % mac.upper()),
        ("slot", 0), ("model", '"SPEM-003CEBEU"'), ("gen", 2), ("fw_id", _FIRMWARE),
        ("ver", '"1.4.4"'), ("app", '"Pro3EM"'), ("auth_en", "false"), ("auth_domain", "null"),
        ("profile", '"triphase"')])


def _status(values):
    """EM.GetStatus. What the meter does not tell is null, as a Shelly writes it."""
    reading = values.reading
    members = [("id", 0)]
    currents = []
    apparents = []
    for phase in range(3):
        volts = reading.at(_VOLTAGE + phase)
        amperes = reading.at(_CURRENT + phase)
        apparent = None
        if amperes is not None:
            amperes = abs(amperes)
            currents.append(amperes)
            if volts is not None:
                apparent = volts * amperes // 1000  # thousandths of VA
                apparents.append(apparent)
        power = values.power(phase + 1)
        for name, value in (
                ("current", _decimal(amperes, 3)),
                ("voltage", _decimal(volts, max(1, reading.decimals(_VOLTAGE + phase)))),
                # Some batteries overlook a power without a point.
                ("act_power", None if power is None else "%d.0" % power),
                ("aprt_power", _decimal(apparent, 1)),
                ("pf", reading.text(_FACTOR + phase)), ("freq", reading.text(_FREQUENCY))):
            members.append(("%s_%s" % ("abc"[phase], name), value or "null"))
    members += [
        ("n_current", "null"), ("total_current", _total(currents, currents)),
        ("total_act_power", "%d.000" % values.power()),
        ("total_aprt_power", _total(apparents, currents)), ("user_calibrated_phase", "[]")]
    return values.written(members)


def _single(values):
    """EM1.GetStatus: all power, as if it were L1's."""
    reading = values.reading
    volts = _decimal(reading.at(_VOLTAGE), max(1, reading.decimals(_VOLTAGE)))
    return values.written([
        ("id", 0), ("current", "null"), ("voltage", volts or "null"),
        ("act_power", "%d.0" % values.power()), ("aprt_power", "null"), ("pf", "null"),
        ("freq", reading.text(_FREQUENCY) or "null"), ("calibration", '"factory"')])


def _energies(values):
    """EMData.GetStatus, Wh. No meter counts the energy of each phase."""
    members = [("id", 0)]
    for key, i in (("total_act", _ENERGY_IN), ("total_act_ret", _ENERGY_OUT)):
        wh = values.reading.at(i)
        members.append((key, None if wh is None else "%d.00" % wh))
    return values.written(members)


def _total(parts, phases):
    """The sum; null unless each phase with a current has its part."""
    return _decimal(sum(parts), 3) if parts and len(parts) == len(phases) else "null"


def _decimal(thousandths, decimals):
    return None if thousandths is None else milli(thousandths, decimals).decode()
