"""Netlists: the meter's output, the cable, our front end, and the popular ones beside it."""

from dataclasses import dataclass, field

import table

from . import devices, signals

FRONT_END = table.board()["front_end"]
SIMULATION = table.board()["simulation"]
_SECTIONS = 3  # LC sections of the cable: good to tens of MHz, far above what the edges hold
_DAMPING_OHM = 300  # across each L: a cord's losses, without which a lumped line rings for ever


@dataclass(frozen=True)
class Conditions:
    """Everything that may differ from one run to the next."""

    temperature: float = 25.0
    supply: float = 5.0  # the +5 V of the dongle
    vdd: float = 3.3
    low: float = 0.2  # the meter's LOW at its own socket
    cable_m: float = 3.0
    hfe: float = 200.0
    ts_us: float = devices.TS_MMBT3904_US
    ground_ma: float = 0.0  # what else flows home through the cable's ground: FEED
    opto: tuple = ()  # (photo-current uA, hFE, tau us) of a slow meter; empty: a quick one
    baud_error: float = 0.0
    granularity_us: float = 0.0
    d1_pf: float = SIMULATION["d1_pf"]
    sections: int = _SECTIONS  # lumps that stand for the cord
    scale: dict = field(default_factory=dict)  # part -> factor: the tolerances


# Ours, with the values of board.toml.
def ours(c):
    """Threshold near 1.9 V by the divider; the base is discharged through base_ground."""
    return f"""{devices.bjt("q", hfe=c.hfe, ts_us=c.ts_us)}
{_r(c, "pull_up", "v5", "data")}
{_r(c, "base_series", "data", "base")}
{_r(c, "base_ground", "base", "0")}
Cbase base 0 3p
Q1 coll base 0 q
{_r(c, "collector", "v33", "coll")}
{_r(c, "gpio_series", "coll", "rx")}"""


def base_on_line(c):
    """The base straight on the data line, 4k7 to 5 V, 10k collector: the most copied one."""
    return f"""{devices.bjt("q", hfe=c.hfe, ts_us=c.ts_us)}
R1 v5 data {4700 * c.scale.get("pull_up", 1):.1f}
Q1 rx data 0 q
R2 v33 rx {10000 * c.scale.get("collector", 1):.1f}"""


def pull_up_only(c, ohms=1000):
    """A resistor to 3.3 V, straight to the GPIO; the UART inverts."""
    return f"R1 v33 data {ohms * c.scale.get('pull_up', 1):.1f}\nR2 data rx 1"


def internal_pull_up(c):
    """Nothing but the ESP32's own pull-up, about 45k."""
    return pull_up_only(c, 45000)


def pnp(c):
    """A PNP at 3.3 V and three times 820 ohms; non-inverting from its base's view."""
    return f"""{devices.bjt("q", kind="PNP", hfe=c.hfe, ts_us=max(c.ts_us, devices.TS_BC547_US))}
R1 v33 base {820 * c.scale.get("pull_up", 1):.1f}
R2 base data {820 * c.scale.get("base_series", 1):.1f}
Q1 rx base v33 q
R3 rx 0 {820 * c.scale.get("collector", 1):.1f}"""


@dataclass(frozen=True)
class Circuit:
    """A front end: its netlist between data, v5, v33 and rx, and what it does to the polarity."""

    key: str
    title: str
    netlist: object
    inverted: int = 0  # 1: RX is the line itself, and the UART must invert
    ts_us: float = devices.TS_BC547_US


CIRCUITS = {c.key: c for c in (
    Circuit("ours", "this board: 1k5, 10k/4k7, MMBT3904", ours, 0, devices.TS_MMBT3904_US),
    Circuit("base", "base straight on the line, 4k7/10k", base_on_line),
    Circuit("pull_up", "1k to 3.3 V, UART inverts", pull_up_only, 1),
    Circuit("pnp", "PNP, three times 820 ohm", pnp),
    Circuit("internal", "the chip's own pull-up, UART inverts", internal_pull_up, 1),
)}


def _r(c, part, a, b):
    return f"R{part} {a} {b} {FRONT_END[part] * c.scale.get(part, 1):.2f}"


def supplies(c):
    """Rails and the GPIO's own load: capacitance and clamp diodes."""
    return f"""V5 v5 0 {c.supply}
V33 v33 0 {c.vdd}
Cgpio rx 0 {SIMULATION['gpio_pf']}p
Dup rx v33 dgpio
Ddown 0 rx dgpio
{devices.DIODE_GPIO}
Cesd data 0 {c.d1_pf + SIMULATION['copper_pf']}p"""


def cable(c):
    """From the socket (m_data, m_gnd) to the board (data, 0): wires and ground in sections."""
    metres = max(c.cable_m, 0.1) / c.sections
    ohm = SIMULATION["cable_ohm_per_m"] * metres
    lines = ["Vprobe data k0 0"]  # its current is what our board gives to the line
    for i in range(c.sections):
        b = "m_data" if i == c.sections - 1 else f"k{i + 1}"
        lines += [f"Rk{i} k{i} j{i} {ohm:.4f}",
                  f"Lk{i} j{i} {b} {SIMULATION['cable_uh_per_m'] * metres:.4f}u",
                  f"Rd{i} j{i} {b} {_DAMPING_OHM}",
                  f"Ck{i} {b} 0 {SIMULATION['cable_pf_per_m'] * metres:.3f}p"]
    ground = SIMULATION["cable_ohm_per_m"] * max(c.cable_m, 0.1) / 2  # pins 3 and 6
    lines += [f"Rgnd m_gnd 0 {ground:.4f}", f"Ifeed 0 m_gnd {c.ground_ma}m",
              "Cmeter m_data m_gnd 30p"]
    return "\n".join(lines)


def meter(c):
    """The output transistor: an open collector, or a saturating phototransistor."""
    control = signals.pwl()
    if not c.opto:
        return f"""Vlow m_low m_gnd {c.low}
Vctl ctl 0 {control}
Bout m_data m_low I = V(m_data,m_low) * (1e-7 + 0.1*V(ctl))"""
    microamps, hfe, tau = c.opto
    # What LOW adds to the transistor's own saturation voltage (a diode or resistor in series).
    return f"""{devices.phototransistor("photo", hfe, tau)}
Vlow m_low m_gnd {max(0.0, c.low - 0.2)}
Vctl ctl 0 {control}
Bphoto 0 light I = {microamps}u*V(ctl)
Rlight light 0 1e9
Qm m_data light m_low photo"""


def transient(circuit, c):
    """A deck that sends signals.SENT through meter, cable and front end."""
    return f"""* {circuit.key}
.temp {c.temperature}
{supplies(c)}
{cable(c)}
{meter(c)}
{circuit.netlist(c)}
.save v(rx) v(data) i(Vprobe)
.tran 0.2u {signals.length_us():.1f}u 0 0.4u
.end
"""


def sweep(circuit, c):
    """A deck that moves the data line from 0 to 5 V: where does the GPIO turn?"""
    return f"""* threshold of {circuit.key}
.temp {c.temperature}
{supplies(c)}
{circuit.netlist(c)}
Vline line 0 0
Rline line data 1m
.save v(rx) v(data)
.dc Vline 0 5 0.01
.end
"""
