"""The supply under Wi-Fi's pulses: a weak USB cable, and a meter that limits and folds back."""

from dataclasses import dataclass

from . import devices, regulator, spice
from .protection import PARTS, Build, path
from .regulator import POWER


@dataclass(frozen=True)
class Supply:
    """One way to feed the dongle. `limit_ma` 0: no limit of current."""

    title: str
    volts: float
    ohm: float
    diode: bool = False
    limit_ma: float = 0  # of a meter's port: TAKE, through Q6 and D4
    bulk_uf: float = POWER["bulk_uf"]
    bulk_ohm: float = 0.02
    peak_ma: float = POWER["peak_ma"]
    reset_uf: float = 1  # C7 and 10k hold the chip in reset while the rails rise


CASES = {
    "good": Supply("good USB cable", *POWER["usb_good"]),
    "weak": Supply("weak USB cable", *POWER["usb_weak"]),
    "bad": Supply("bad USB cable, 2 ohm", POWER["usb_weak"][0], 2.0),
    "weak_diode": Supply("weak cable, Schottky diode", *POWER["usb_weak"], diode=True),
    "take_bare": Supply("TAKE, no large capacitor", 5.0, 0.8, False, POWER["take_limit_ma"]),
    "take_free": Supply("TAKE, 1000 µF, ordinary reset", 5.0, 0.8, False,
                        POWER["take_limit_ma"], POWER["take_uf"], 0.06),
    "take": Supply("TAKE, 1000 µF, C7 10 µF", 5.0, 0.8, False, POWER["take_limit_ma"],
                   POWER["take_uf"], 0.06, reset_uf=10),
    "take_most": Supply("TAKE, 1000 µF, a port of 5.5 V", 5.5, 0.8, False,
                        POWER["take_limit_ma"], POWER["take_uf"], 0.06, reset_uf=10),
    "take_least": Supply("TAKE, 1000 µF, a port of 4.4 V", 4.4, 0.8, False,
                         POWER["take_limit_ma"], POWER["take_uf"], 0.06, reset_uf=10),
    "take_low": Supply("TAKE, 1000 µF, low Wi-Fi power", 5.0, 0.8, False,
                       POWER["take_limit_ma"], POWER["take_uf"], 0.06, 300, 10),
}
_PULSES = 3
_START_MS = 200.0  # pulses begin; before, the rails rise


def _load(supply):
    """Amperes that the module draws once it runs: base, and pulses."""
    points = [(0, POWER["base_ma"])]
    at = _START_MS
    for _ in range(_PULSES):
        points += [(at, POWER["base_ma"]), (at + 0.02, supply.peak_ma),
                   (at + POWER["peak_ms"], supply.peak_ma),
                   (at + POWER["peak_ms"] + 0.02, POWER["base_ma"])]
        at += POWER["period_ms"]
    return "PWL(" + " ".join(f"{t:.3f}m {ma}m" for t, ma in points) + ")"


def _source(supply):
    if not supply.limit_ma:
        return f"Vs src 0 PWL(0 0 1m {supply.volts})\nRs src inlet {supply.ohm}"
    most, fold = supply.limit_ma / 1000, POWER["take_fold_ma"] / 1000
    # Fold-back: the limit falls with the output's voltage, and stays low while it is held down.
    return (f"Vs src 0 PWL(0 0 1m {supply.volts})\n"
            f"Bs 0 port I = min((V(src)-V(port))*20, "
            f"{fold} + {most - fold:.4f}*min(1, max(0, V(port))/4.4))\n"
            f"Rs port inlet {supply.ohm}")


def deck(supply):
    """The deck of one case: v5, v33."""
    if supply.limit_ma:
        joint = f"Rinlet inlet j1 1m\n{path(Build(), take=True)}"
    else:
        q5_and_q9 = f"Rser inlet v5 {2 * PARTS['q6_ohm']}"
        joint = ("Dser inlet v5 schottky" if supply.diode else q5_and_q9) + (
            f"\n{devices.SCHOTTKY}")
    return f"""* {supply.title}
{_source(supply)}
{joint}
Rbulk v5 b {supply.bulk_ohm}
Cbulk b 0 {supply.bulk_uf}u
Vout out v33 0
{regulator.netlist("v5", "out", max(POWER["ldo_dip_mv"]))}
Vdraw draw 0 {_load(supply)}
* reset: 10k and C7, let go of at 2.5 V; brown-out holds it below 2.5 V
Ben en0 0 V = V(v33) > 2.5 ? 1 : 0
Ren en0 en 10k
Cen en 0 {supply.reset_uf}u
Bload v33 0 I = V(draw) * (V(en) > 0.75 ? 1 : 0) * (V(v33) > 1.5 ? 1 : V(v33)/1.5) + 1m
.save v(v5) v(v33) v(en) i(Vout){" v(p1) v(in)" if supply.limit_ma else ""}
.tran 10u {_START_MS + _PULSES * POWER['period_ms']:.0f}m 0 50u
.end
"""


@dataclass(frozen=True)
class Sag:
    """What a case came to: the lowest +5 V and +3.3 V during pulses, and whether it ever ran."""

    v5: float
    v33: float
    ran: bool
    q6: float  # volts across Q6 in TAKE
    plot: dict


def run():
    """{case: Sag} for all of CASES."""
    plots = spice.run([deck(supply) for supply in CASES.values()])
    found = {}
    for key, plot in zip(CASES, plots):
        late = [i for i, t in enumerate(plot["time"]) if t > (_START_MS - 1) * 1e-3]
        ran = all(plot["v(en)"][i] > 0.75 for i in late)
        drop = max(plot["v(p1)"][i] - plot["v(in)"][i] for i in late) if "v(p1)" in plot else 0.0
        found[key] = Sag(min(plot["v(v5)"][i] for i in late),
                         min(plot["v(v33)"][i] for i in late), ran, drop, plot)
    return found
