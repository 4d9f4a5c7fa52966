"""What a simulated meter says, under the keys of a Reading; worked out apart from the firmware."""

import datetime

import meter_model
from binary_frames import decode

WINTER = meter_model.to_ms(datetime.datetime(2026, 1, 15, 16, 30))
SUMMER = meter_model.to_ms(datetime.datetime(2026, 6, 15, 11, 0))
KEYS = {
    "1.8": "active_energy_import{}_kwh", "2.8": "active_energy_export{}_kwh",
    "3.8": "reactive_energy_import{}_kvarh", "4.8": "reactive_energy_export{}_kvarh",
    "1.7": "active_power_import_w", "2.7": "active_power_export_w",
    "3.7": "reactive_power_import_var", "4.7": "reactive_power_export_var",
    "21.7": "active_power_import_l{}_w", "22.7": "active_power_export_l{}_w",
    "23.7": "reactive_power_import_l{}_var", "24.7": "reactive_power_export_l{}_var",
    "31.7": "current_l{}_a", "32.7": "voltage_l{}_v",
}


def key_of(code):
    """The Reading's key of an OBIS "C.D.E", or None."""
    c, d, e = map(int, code.split("."))
    if d == 8 and c <= 4 and e <= 4:
        return KEYS[f"{c}.8"].format(f"_t{e}" if e else "")
    if d != 7:
        return None
    phase = (c - 1) // 20 if c > 20 else 0
    return KEYS.get(f"{c - 20 * (phase - 1) if phase else c}.7", "").format(phase) or None


def truth(dialect, snapshot):
    """{key: value in the smallest unit} that a Reading of this telegram must have.

    Where a meter sends only tariffs, their sum is the total (DESIGN.md).
    """
    values = {key_of(code): value
              for code, value in meter_model.shown(dialect, snapshot).items() if key_of(code)}
    for form in (form for form in KEYS.values() if "energy" in form):
        tariffs = [values[key] for t in "1234" if (key := form.format("_t" + t)) in values]
        if tariffs:
            values.setdefault(form.format(""), sum(tariffs))
    return values


def unit(name):
    """Wh per count of a Kamstrup_V0001, as its owner would set it."""
    return 10 if "10wh" in name or name.startswith(("no-", "dk-")) else 1


def read(data, name, size=0):
    """(Readings, decoder) of what a dialect sent, with the settings that its owner would make."""
    dialect = meter_model.find(name)
    secret = dialect.secret
    return decode(data, size, dialect.crc != "none",
                  "local" if dialect.habits.letter == "local" else "normal",
                  dialect.habits.utc_offset, secret.key if secret else "",
                  secret.auth if secret else "", unit(name))


def snapshot_of(name, ms=WINTER, seed=3, step=7_000):
    """(dialect, Snapshot) of a meter that was switched on at `ms` and sends `step` ms later."""
    dialect = meter_model.find(name)
    meter = meter_model.new_meter(dialect, seed, ms)
    return dialect, meter.advance(ms + step)
