"""What a simulated meter says, read with the settings that its owner would make."""

import datetime

import meter_model
from binary_frames import decode
from meter_model.corpus import key_of, truth  # noqa: F401 - tests take them from here

WINTER = meter_model.to_ms(datetime.datetime(2026, 1, 15, 16, 30))
SUMMER = meter_model.to_ms(datetime.datetime(2026, 6, 15, 11, 0))
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
