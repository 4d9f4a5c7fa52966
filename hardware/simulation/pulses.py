"""Nanoseconds on pin 1: electrostatic discharge, and bursts coupled into the cord."""

from dataclasses import dataclass

from . import spice, waves
from .protection import PARTS, PULSES, Build, path


@dataclass(frozen=True)
class Pulse:
    """Peaks: volts at PIN1, Q6, U4's OUT and the ADC's pin; amperes and joules in D2."""

    p1: float
    p1_low: float
    q6_vds: float
    q6_vgs: float
    u4_out: float
    u4_low: float
    sense: float
    d2_a: float
    d2_j: float
    k: float
    q6_j: float
    later: float  # PIN1 20 ns after the pulse began


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


CASES = {
    "esd": (f"ESD, +{PULSES['esd_kv']} kV", _discharge(PULSES["esd_kv"])),
    "esd_low": (f"ESD, -{PULSES['esd_kv']} kV", _discharge(-PULSES["esd_kv"])),
    "eft": (f"EFT, +{PULSES['eft_kv']} kV", _burst(PULSES["eft_kv"])),
    "eft_low": (f"EFT, -{PULSES['eft_kv']} kV", _burst(-PULSES["eft_kv"])),
}


def _deck(source, feed):
    b = Build(f1_ohm=PARTS["f1_ohm"][0], fast=True, u4_leak_ua=0)
    return f"""* a pulse of nanoseconds
{source}
{path(b, feed=feed)}
V5 v5 0 5
.save v(q6s) i(Vq6) v(j1) v(p1) v(in) v(g) v(k) v(sense) i(Vd2) i(Vd10)
.tran 0.1n 1u 0 0.2n{" uic" if "IC=" in source else ""}
.end
"""


def _read(plot):
    return Pulse(
        p1=max(plot["v(p1)"]), p1_low=min(plot["v(p1)"]),
        q6_vds=max(map(abs, waves.minus(plot, "v(q6s)", "v(in)"))),
        q6_vgs=max(map(abs, waves.minus(plot, "v(q6s)", "v(g)"))),
        u4_out=max(plot["v(in)"]), u4_low=min(plot["v(in)"]), sense=max(plot["v(sense)"]),
        d2_a=max(map(abs, plot["i(vd2)"])), k=max(plot["v(k)"]),
        q6_j=waves.integral(plot, waves.times(waves.minus(plot, "v(q6s)", "v(in)"),
                                              plot["i(vq6)"])),
        later=max(waves.after(plot, plot["v(p1)"], 25e-9)),
        d2_j=waves.integral(plot, waves.times(plot["v(p1)"], plot["i(vd2)"])))


def run():
    """{case: (title, Pulse, plot)}, with the dongle at rest: FEED off."""
    plots = spice.run([_deck(source, "off") for _, source in CASES.values()])
    return {key: (CASES[key][0], _read(plot), plot) for key, plot in zip(CASES, plots)}
