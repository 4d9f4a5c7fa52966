"""U2, the 3.3 V regulator, with a loop of finite speed; and the moment when USB is plugged in."""

from dataclasses import dataclass

import table

from . import devices, spice, waves

POWER = table.board()["simulation"]["power"]
_USB = table.board()["simulation"]["usb"]
VOLTS = 3.31
STEP_A = 0.35  # what ldo_dip_mv is told for


def netlist(node_in, node_out, dip_mv, out_uf=POWER["out_uf"]):
    """The regulator with its output capacitors.

    Its pass transistor follows the error at once by `gain` siemens, and the rest by an integral
    that is critically damped with the output's capacitance: a step of current then dips by
    2/e of step/gain. In drop-out and at its limit the integral is held back.
    """
    gain = 2 / 2.71828 * STEP_A / (dip_mv / 1000)
    rate = gain ** 2 / (4 * out_uf * 1e-6)
    most = f"min({POWER['ldo_limit_a']}, (V({node_in}) - V({node_out})) / {POWER['ldo_ohm']})"
    return f"""Bwish wish 0 V = {gain:.5f} * ({VOLTS} - V({node_out})) + V(whole)
Bpass {node_in} {node_out} I = max(0, min(V(wish), {most}))
Bwhole 0 whole I = {rate * 1e-6:.6e} * ({VOLTS} - V({node_out})
+ - (V(wish) - max(0, min(V(wish), {most}))) / {gain:.5f})
Cwhole whole 0 1u
Rwhole whole 0 1e9
Rout {node_out} o 0.005
Cout o 0 {out_uf}u"""


def check_dip(dip_mv):
    """Millivolts that the model dips in its own test, and whether it rings: mV above 3.31 V."""
    deck = f"""* a step of {STEP_A} A
Vin in 0 5
{netlist("in", "out", dip_mv)}
Istep out 0 PWL(0 0.1 1m 0.1 1.001m {0.1 + STEP_A})
.save v(out)
.tran 0.5u 2m 0 0.5u
.end
"""
    plot = spice.run([deck])[0]
    late = waves.after(plot, plot["v(out)"], 1e-3)
    return (late[0] - min(late)) * 1000, (max(late) - late[0]) * 1000


@dataclass(frozen=True)
class Inrush:
    """One cable: highest +5 V, greatest current, and the charge beyond 100 mA in 1 ms."""

    v5: float
    ampere: float
    microcoulomb: float


def _plug(volts, ohm, uh):
    return f"""* USB is plugged in
Vusb usb 0 {volts}
Vclosed closed 0 PWL(0 0 2u 0 2.1u 1)
Vm usb um 0
Bcontact um x I = V(um,x) * (1e-7 + 50*V(closed))
Lcable x y {uh}u
Rdamp x y 100
Rcable y vbus {ohm}
Cvbus vbus 0 {_USB["vbus_uf"]}u
Mq5 vbus 0 v5 v5 q5
{devices.pmos("q5", 0.9, 0.06)}
Dq5 vbus v5 body
{devices.BODY}
Rbulk v5 b 0.005
Cbulk b 0 {POWER["bulk_uf"]}u
Cin v5 0 {_USB["in_uf"]}u
{netlist("v5", "out", POWER["ldo_dip_mv"][0])}
Rdraw out 0 100
.save v(v5) v(out) i(Vm)
.tran 0.02u 1000u 0 0.2u
.end
"""


def inrush():
    """{(volts, ohm, uH): Inrush} for every combination of [simulation.usb]."""
    cases = [(v, r, uh) for v in _USB["volts"] for r in _USB["ohm"] for uh in _USB["uh"]]
    found = {}
    for case, plot in zip(cases, spice.run([_plug(*case) for case in cases])):
        beyond = [max(0.0, ampere - 0.1) for ampere in plot["i(vm)"]]
        found[case] = Inrush(max(plot["v(v5)"]), max(plot["i(vm)"]),
                             waves.integral(plot, beyond) * 1e6)
    return found
