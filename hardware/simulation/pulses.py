"""Nanoseconds on pin 1: electrostatic discharge, and bursts coupled into the cord."""

from dataclasses import dataclass

from . import spice, waves
from .protection import PARTS, PULSES, Build, path


@dataclass(frozen=True)
class Pulse:
    """Peaks: volts at PIN1, Q6's gate, U4's OUT and U5's cathode; D2's amperes, Q6's joules."""

    p1: float
    later: float  # PIN1, 20 ns after the pulse began
    q6_vgs: float
    q6_j: float
    u4_out: float  # either way
    u5_v: float
    d2_a: float


def _discharge(kilovolts):
    """150 pF through 330 ohm, and beside it the gun's own few pF, which make the first peak.

    The inductances make it rise within 0.8 ns, as the standard's current does.
    """
    volts = kilovolts * 1000
    return f"""Cgun gun gb 150p IC={volts}
Rgb gb 0 1m
Rgun gun gl 330
Lgun gl tip 120n
Ctip near nb 5p IC={volts}
Rnb nb 0 1m
Rtip near nl 700
Ltip nl tip 250n
Vfire fire 0 PWL(0 0 2n 0 2.8n 1)
Bfire tip j1 I = V(tip,j1) * V(fire)
Rhold j1 0 1e6"""


def _burst(kilovolts):
    """5/50 ns behind 50 ohm, through the clamp's capacitance into the cord."""
    volts = kilovolts * 2000  # open: half of it falls over its own 50 ohm
    return f"""Vburst burst 0 EXP(0 {volts} 5n 2.2n 10n 65n)
Rburst burst bc {50}
Cclamp bc j1 {PULSES["eft_pf"]}p
Rhold j1 0 1e6"""


_CASES = {
    f"ESD, +{PULSES['esd_kv']} kV": _discharge(PULSES["esd_kv"]),
    f"ESD, -{PULSES['esd_kv']} kV": _discharge(-PULSES["esd_kv"]),
    f"EFT, +{PULSES['eft_kv']} kV": _burst(PULSES["eft_kv"]),
    f"EFT, -{PULSES['eft_kv']} kV": _burst(-PULSES["eft_kv"]),
}


def _deck(source):
    b = Build(f1_ohm=PARTS["f1_ohm"][0], fast=True)
    return f"""* a pulse of nanoseconds
{source}
{path(b)}
V5 v5 0 5
.save v(p1) v(q6s) v(in) v(g) v(k) i(Vq6) i(Vd2)
.tran 0.1n 1u 0 0.2n{" uic" if "IC=" in source else ""}
.end
"""


def _read(plot):
    drop = waves.minus(plot, "v(q6s)", "v(in)")
    return Pulse(
        p1=max(map(abs, plot["v(p1)"])), later=max(waves.after(plot, plot["v(p1)"], 25e-9)),
        q6_vgs=max(map(abs, waves.minus(plot, "v(q6s)", "v(g)"))),
        q6_j=waves.integral(plot, waves.times(drop, plot["i(vq6)"])),
        u4_out=max(map(abs, plot["v(in)"])), u5_v=max(plot["v(k)"]),
        d2_a=max(map(abs, plot["i(vd2)"])))


def run():
    """Pairs of title and Pulse, with the dongle at rest: FEED off."""
    plots = spice.run([_deck(source) for source in _CASES.values()])
    return [(title, _read(plot)) for title, plot in zip(_CASES, plots)]
