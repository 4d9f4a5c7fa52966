"""Readings of meters as in the Netherlands and Belgium, with what Swedish meters do not send."""

from microhan.reading.reading import INDEX, Reading, days_from_civil

SUMMER, WINTER = 120, 60


def at(year, month, day, hour=0, minute=0, offset=WINTER):
    """(local s since 2000, UTC offset in minutes), as in extras.py."""
    return days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60, offset


NOW, OFFSET = at(2026, 5, 25, 4, 53, SUMMER)
CHANNELS = {
    1: {"type": 3, "id": "G0061123456789012", "value": (12_785_123, 3), "unit": "m3",
        "time": at(2026, 5, 25, 4, 50, SUMMER), "valve": "connected"},
    2: {"type": 7, "id": "W00777", "value": (872_234, 3), "unit": "m3",
        "time": at(2026, 5, 25, 4, 45, SUMMER)},
    3: {"type": 4, "value": (98_760, 2), "unit": "GJ", "time": at(2026, 1, 31, 23, 0)},
    4: {"type": 2, "id": "E0033000000000001", "value": (1_234_567, 3), "unit": "kWh"},
}
EXTRAS = {
    "tariff": "0002",
    "frequency_hz": (50_010, 2),
    "power_factor": (987, 3),
    "power_factor_l1": (990, 2),
    "power_factor_l2": (-500, 1),
    "power_factor_l3": (1000, 0),
    "reactive_energy_q1_kvarh": 1_234_567,
    "reactive_energy_q2_kvarh": 2,
    "reactive_energy_q3_kvarh": 0,
    "reactive_energy_q4_kvarh": 99_999_999_999,
    "demand_import_w": 2_351,
    "demand_peak_import_w": 6_989,
    "demand_peak_time": at(2026, 5, 9, 13, 45, SUMMER),
    "demand_history": ((at(2026, 3, 11, 19, 15), 4_329), (at(2026, 4, 2, 8, 0, SUMMER), 5_980)),
    "limiter_w": 999_900,
    "breaker": "ready_for_reconnection",
    "message": 'Elavbrott "i morgon" kl. 9',
    "channels": CHANNELS,
}


def extra_reading(**values):
    """A Reading with all of EXTRAS; `values` are put besides or instead, None takes one out."""
    reading = Reading(utc_offset=OFFSET)
    told = {"time": NOW, "meter_id": "E0012345", "active_power_import_w": 0,
            "active_power_export_w": 1_500, "active_power_import_l1_w": 0,
            "active_power_export_l1_w": 1_500, "voltage_l1_v": 233_100, "current_l1_a": 6_440,
            "active_energy_import_t1_kwh": 1_209_869}
    told.update(EXTRAS)
    told.update(values)
    for key, value in told.items():
        reading.put(INDEX[key], value, {"voltage_l1_v": 1, "current_l1_a": 2}.get(key, 0))
    return reading
