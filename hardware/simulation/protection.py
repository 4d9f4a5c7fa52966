"""Pin 1's path, from the port to +5 V: F1, D2, Q6 with U5 and Q7, D7, U4 or JP1.

Nodes: j1 (the socket's pin 1), p1 (behind F1), in (behind Q6), g (Q6's gate), sense, v5.
Currents into the parts are measured with sources of 0 V: Vf1, Vd2, Vd10, Vq6, Vq7, Vd7, Vu4, Vd4.
"""

from dataclasses import dataclass, field

import table

from . import devices

PIN_1 = table.board()["pin_1"]
PARTS = table.board()["simulation"]["pin_1"]
PULSES = table.board()["simulation"]["pulses"]


@dataclass(frozen=True)
class Build:
    """One built board at one place: what may differ in the path from one run to the next."""

    temperature: float = 25.0
    f1_ohm: float = PARTS["f1_ohm"][1]
    d2_volts: float = PARTS["d2_volts"][1]
    d7_volts: float = PARTS["d7_volts"][1]
    q6_vth: float = 0.9
    q7_hfe: float = 150.0
    u4_ohm: float = PARTS["u4_ohm"][1]
    u4_leak_ua: float = 0.0
    u5_volts: float = 1.24
    u5_per_volt: float = -0.0015
    u5_ref_ua: float = 0.15
    u5_idle_ua: float = 55.0
    u5_us: float = 2.0
    in_uf: float = PIN_1["in_uf"] * PARTS["capacitor_left"]
    scale: dict = field(default_factory=dict)  # resistor's name in board.toml -> factor
    d10: bool = True
    fast: bool = False  # with the inductances that matter to nanoseconds


def limit_ma(kiloohm=PIN_1["feed_limit"] / 1000):
    """TPS2553's least, usual and greatest limit, from its data sheet's formulas."""
    return (25230 / kiloohm ** 1.016, 23950 / kiloohm ** 0.977, 22980 / kiloohm ** 0.94)


def ohms(b, name):
    """A resistor of [pin_1] in this build."""
    return PIN_1[name] * b.scale.get(name, 1)


_USUAL_MA = limit_ma()[1]


def path(b, take=False, feed="off", limit=_USUAL_MA):
    """The netlist between j1 and v5. `feed` is "off", "on", or a PWL source of 0 and 1."""
    return "\n".join((_port(b), _disconnect(b), _inner(b, take), _switch(b, feed, limit)))


def _port(b):
    """F1, D2, D10, C12 and the divider for the ADC."""
    nano = (f"Ltrace jx jy {PULSES['trace_nh']}n", f"Lclamp p1 d2k {PULSES['clamp_nh']}n",
            f"Lcap p1 c12k {PULSES['capacitor_nh']}n") if b.fast else (
            "Rtrace jx jy 1m", "Rclamp p1 d2k 1m", "Rcap p1 c12k 1m")
    return f"""Vf1 j1 jx 0
{nano[0]}
Rf1 jy p1 {b.f1_ohm}
{nano[1]}
{devices.tvs("d2", "d2k", _hot(b, b.d2_volts), PARTS["d2_ohm"])}
{nano[2]}
Rc12 c12k c12 0.02
Cc12 c12 0 {PIN_1["port_nf"]}n
Vd10 d10k p1 0
{"Dd10 0 d10k schottky" if b.d10 else "Rd10 0 d10k 1e9"}
{devices.SCHOTTKY}
Rs1 p1 sense {ohms(b, "sense_top")}
Rs2 sense 0 {ohms(b, "sense_bottom")}
Cs sense 0 100n"""


def _disconnect(b):
    """Q6, and U5 with Q7 that open it."""
    source, drain = PARTS["q6_pf"]
    lead = f"Llead p1 q6l {PULSES['lead_nh']}n" if b.fast else "Rlead p1 q6l 1m"
    return f"""{lead}
Vq6 q6l q6s 0
M6 in g q6s q6s q6
{devices.pmos("q6", b.q6_vth, PARTS["q6_ohm"])}
Dq6 in q6s body
{devices.BODY}
Cgs g q6s {source}p
Cgd g in {drain}p
Dd8 g p1 zener
.model zener D(IS=1e-14 BV={PARTS["d8_volts"]} IBV=1m RS=10)
Rg g 0 {ohms(b, "gate_pull_down")}
Rh g ref {ohms(b, "ovp_hysteresis")}
Rt p1 ref {ohms(b, "ovp_top")}
Rb ref 0 {ohms(b, "ovp_bottom")}
{devices.shunt_reference(b)}
Rk k base {ohms(b, "ovp_base_series")}
Rbe base p1 {ohms(b, "ovp_base_emitter")}
Vq7 q7c g 0
Q7 q7c base p1 q7
{devices.bjt("q7", kind="PNP", hfe=b.q7_hfe)}"""


def _inner(b, take):
    """D7, C11 and, with JP1 closed, D4."""
    joint = "Vd4 in d4a 0\nDd4 d4a v5 schottky" if take else "Vd4 in d4a 0\nRd4 d4a 0 1e9"
    return f"""{devices.tvs("d7", "in", _hot(b, b.d7_volts), PARTS["d7_ohm"], 10)}
Rc11 in c11 0.01
Cc11 c11 0 {b.in_uf}u
{joint}"""


def _switch(b, feed, limit):
    """U4: a conductance that a loop of some microseconds holds under the limit.

    On, it conducts both ways: its comparator opens it only when OUT is some 0.1 V above IN, and
    only after milliseconds. Off, it blocks both ways, but for its leak.
    """
    on = {"off": "0", "on": "1"}.get(feed, feed)
    most = 1 / b.u4_ohm
    start = PARTS["u4_start_ms"]
    return f"""Von on 0 {on}
* soft start: the limit rises with this
Rss on ss 1k
Css ss 0 {start / 3:.3f}u
Bgoal goal 0 V = min({most:.3f}, {limit / 1000:.4f} * V(ss) / max(0.001, V(v5) - V(in))) * V(on)
Rgoal goal cond 1k
Ccond cond 0 {PARTS["u4_us"] / 2:.3f}n
Vu4 u4o in 0
Bu4 v5 u4o I = V(cond) * (V(v5) - V(u4o)) + {b.u4_leak_ua}u * max(0, min(1, V(v5) - V(u4o)))"""


def _hot(b, volts):
    """A TVS's breakdown voltage at this temperature."""
    return volts * (1 + PARTS["tvs_per_k"] * (b.temperature - 25))


def port(volts, amperes, closed="1", cable_m=3.0, switched=None):
    """A source with a limit and its capacitor, a contact, and the cord to j1.

    `volts` may be a PWL source. The contact conducts while the source `closed` is 1.
    """
    world = table.board()["simulation"]
    metres = max(cable_m, 0.1) * 1.5  # there, and back by two wires
    return f"""Vport vs 0 {volts}
Bport 0 port I = max(-{amperes}, min({amperes}, (V(vs) - V(port)) * 20))
Rport port cp 0.05
Cport cp 0 {PARTS["port_uf"]}u
Vclosed closed 0 {closed}
Bcontact port cord I = (V(port) - V(cord)) * (1e-7 + 30 * V(closed))
Lcord cord cl {world["cable_uh_per_m"] * metres:.3f}u
Rdamp cord cl 300
Rcord cl j1 {world["cable_ohm_per_m"] * metres:.4f}"""
