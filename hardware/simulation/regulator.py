"""U2, the 3.3 V regulator, with a loop of finite speed; and the moment when USB is plugged in."""

from dataclasses import dataclass

import table

from . import devices, spice, waves

POWER = table.board()["simulation"]["power"]
_USB = table.board()["simulation"]["usb"]
PARTS = table.board()["simulation"]["pin_1"]
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
    """USB is plugged in: highest VBUS and +5 V, the charge beyond 100 mA, what the source gives
    most once C2 is full, when +5 V is there, and the lowest +3.3 V as the module starts."""

    vbus: float
    v5: float
    microcoulomb: float
    ampere: float
    ready_ms: float
    v33: float


def _soft_start(q9_vth, q9_ohm, gate_uf):
    """From vbus to v5: C2; Q9, whose gate follows C13 and R30; Q5; C3 and C10."""
    return f"""Cvbus vbus 0 {_USB["vbus_uf"]}u
Mq9 mid g vbus vbus q9
{devices.pmos("q9", q9_vth, q9_ohm)}
Dq9 mid vbus body
Cg vbus g {gate_uf}u
Cgd mid g {PARTS["q6_pf"][1]}p
Rg g 0 {table.board()["usb"]["gate_pull_down"]}
Mq5 mid 0 v5 v5 q5
{devices.pmos("q5", 0.9, 0.06)}
Dq5 mid v5 body
{devices.BODY}
Rbulk v5 b 0.005
Cbulk b 0 {POWER["bulk_uf"]}u
Cin v5 0 {_USB["in_uf"]}u
{netlist("v5", "out", POWER["ldo_dip_mv"][0])}"""


def _contact(volts, ohm, uh):
    """The contact closes at once; the cable rings with C2."""
    return f"""* USB is plugged in
Vusb usb 0 {volts}
Vclosed closed 0 PWL(0 0 2u 0 2.1u 1)
Bcontact usb x I = V(usb,x) * (1e-7 + 50*V(closed))
Lcable x y {uh}u
Rdamp x y 100
Rcable y vbus {ohm}
{_soft_start(PARTS["q6_vth"][0], _USB["q9_ohm"][0], _USB["gate_uf"][0])}
Rdraw out 0 100
.save v(vbus) v(v5)
.tran 0.02u 300u 0 0.2u
.end
"""


def _rise(volts, *q9):
    """+5 V rises through Q9; when +3.3 V is there the module starts, with its greatest current."""
    return f"""* +5 V after USB was plugged in
Vusb usb 0 PWL(0 0 {_AT_US}u 0 {_AT_US + 5}u {volts})
Vm usb y 0
Rcable y vbus {max(_USB["ohm"])}
{_soft_start(*q9)}
Ben en0 0 V = V(out) > 2.5 ? 1 : 0
Ren en0 en 10k
Cen en 0 1u
Bload out 0 I = V(out)/3300 + {POWER["peak_ma"]}m * (V(en) > 0.75 ? 1 : 0)
.options method=gear
.save v(vbus) v(v5) v(out) v(en) i(Vm)
.tran 2u 150m 0 20u
.end
"""


_AT_US = 100


def inrush():
    """The worst of every cable in the first moment, and of every Q9 and C13 after it."""
    first = spice.run([_contact(v, r, uh) for v in _USB["volts"] for r in _USB["ohm"]
                       for uh in _USB["uh"]])
    plots = spice.run([_rise(v, vth, ohm, uf) for v in _USB["volts"] for vth in PARTS["q6_vth"]
                       for ohm in _USB["q9_ohm"] for uf in _USB["gate_uf"]])
    rises = [_read(plot) for plot in plots]
    return Inrush(max(max(plot["v(vbus)"]) for plot in first),
                  max(max(plot["v(v5)"]) for plot in first + plots),
                  *(max(rise[n] for rise in rises) for n in range(3)),
                  min(rise[3] for rise in rises))


def _read(plot):
    """Charge beyond 100 mA until the module starts, the most then, ready, least +3.3 V after."""
    starts = waves.first(plot, plot["v(en)"], lambda v: v > 0.75)
    full = waves.first(plot, plot["time"], lambda t: t > (_AT_US + 50) * 1e-6)
    beyond = [max(0.0, ampere - 0.1) if n < starts else 0.0
              for n, ampere in enumerate(plot["i(vm)"])]
    return (waves.integral(plot, beyond) * 1e6, max(plot["i(vm)"][full:starts]),
            plot["time"][starts] * 1e3 - 10, min(plot["v(out)"][starts:]))
