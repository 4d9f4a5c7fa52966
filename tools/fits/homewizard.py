"""What programs show of a HomeWizard P1 meter that sends what our /reading.json has."""

from typing import Any

from .walk import net

_PHASES = ("l1", "l2", "l3")
# A name of theirs for a field, and ours.
_SAME = {
    **{f"total_power_{way}{tariff}_kwh": f"active_energy_{way}{tariff}_kwh"
       for way in ("import", "export") for tariff in ("", "_t1", "_t2", "_t3", "_t4")},
    **{f"active_voltage_{phase}_v": f"voltage_{phase}_v" for phase in _PHASES},
    "active_frequency_hz": "frequency_hz", "active_power_average_w": "demand_import_w",
    "monthly_power_peak_w": "demand_peak_import_w", "unique_meter_id": "meter_id"}


def shown(values: dict) -> dict[str, Any]:
    """{their name: value} of a Reading, without its channels; None: absent."""
    told = {theirs: values.get(ours) for theirs, ours in _SAME.items()}
    for way in ("import", "export"):
        total = f"total_power_{way}_kwh"
        if told[total] is None:  # then their client takes this one
            told[total] = told[f"total_power_{way}_t1_kwh"]
    told["active_power_w"] = net(values)
    for phase in _PHASES:
        power = net(values, "_" + phase)
        current = values.get(f"current_{phase}_a")
        if current is not None and power is not None and power < 0:
            current = -abs(current)
        told[f"active_power_{phase}_w"] = power
        told[f"active_current_{phase}_a"] = current
    tariff = values.get("tariff", "")
    told["active_tariff"] = int(tariff) if tariff.isdigit() else None
    told["meter_model"] = values.get("meter_type", values.get("identification"))
    return told
