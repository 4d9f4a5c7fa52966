"""15 V on pin 1, cords the wrong way round, and the moment of plugging in: peaks and heat.

Each event runs on the builds whose parts are slowest and fastest to open, cold and hot, and behind
each of the sources that board.toml lists: a P1 port's 0.3 A, and worse.
"""

from dataclasses import dataclass

from . import spice, waves
from .circuits import SIMULATION
from .protection import PARTS, Build, ohms, path, port

_HIGH = PARTS["port_volts"]
_AT_US = 400  # what happens, happens then
# +5 V from USB: it gives, and takes nothing back. Behind it C3, and what the board draws.
_USB = """Vusb usb 0 5.0
Rusb usb ub 0.3
Busb ub v5 I = max(0, min(3, (V(ub) - V(v5)) * 20))
Rbulk v5 b3 0.01
Cbulk b3 0 8u
Rdraw v5 0 50"""
# TAKE: C9, and no USB.
_TAKE = f"""Rc9 v5 c9 0.06
Cc9 c9 0 {SIMULATION["power"]["take_uf"]}u
Rdraw v5 0 50"""


@dataclass(frozen=True)
class Event:
    """What happens at the port, and how the dongle is used while it does."""

    title: str
    volts: str  # the port's source: {high} and {at}
    closed: str = "1"
    feed: str = "off"
    take: bool = False
    length_us: int = 1200
    step_us: float = 0.5
    cable_m: float = 3
    flows_ma: float = 5.0  # what may go on flowing: nothing that heats


_STEP = "PWL(0 5 {at}u 5 {then}u {high})"
_CONTACT = "PWL(0 0 {at}u 0 {then}u 1)"
EVENTS = {
    "plug_5": Event("plugged into 5.5 V", "5.5", _CONTACT),
    "plug_5_take": Event("plugged into 5.5 V, TAKE", "5.5", _CONTACT, take=True,
                         length_us=40000, step_us=10, flows_ma=200),
    "plug": Event("plugged into 15 V", "{high}", _CONTACT),
    "plug_long": Event("plugged into 15 V, 15 m", "{high}", _CONTACT, cable_m=15),
    "step": Event("5 V becomes 15 V", _STEP),
    "step_feed": Event("5 V becomes 15 V while feeding", _STEP, feed="on"),
    "step_take": Event("5 V becomes 15 V, TAKE", _STEP, take=True, length_us=20000, step_us=5),
    "slow": Event("15 V within 50 ms", "PWL(0 0 50m {high})", length_us=60000, step_us=20),
    "slow_feed": Event("15 V within 50 ms while feeding", "PWL(0 0 50m {high})", feed="on",
                       length_us=60000, step_us=20),
}
# (title, Build): the slowest at the highest threshold, and the quickest at the lowest.
_SLOW = {"u5_us": PARTS["u5_us"][1], "q7_hfe": PARTS["q7_hfe"][0], "q6_vth": PARTS["q6_vth"][0],
         "u5_volts": PARTS["u5_volts"][1] + PARTS["u5_drift"],
         "scale": {"ovp_top": 1.015, "ovp_bottom": 0.985}, "f1_ohm": PARTS["f1_ohm"][0]}
_QUICK = {"u5_us": PARTS["u5_us"][0], "q7_hfe": PARTS["q7_hfe"][1], "q6_vth": PARTS["q6_vth"][1],
          "u5_volts": PARTS["u5_volts"][0] - PARTS["u5_drift"], "d7_volts": PARTS["d7_volts"][0],
          "d2_volts": PARTS["d2_volts"][0], "scale": {"ovp_top": 0.985, "ovp_bottom": 1.015}}
BUILDS = tuple(Build(temperature=t, **corner) for corner in (_SLOW, _QUICK)
               for t in SIMULATION["temperature"])


@dataclass(frozen=True)
class Stress:
    """Peaks: volts, amperes, millijoules; and the current that flows on at the end."""

    p1: float
    u4_out: float
    v5: float
    q6_vds: float
    q6_vgs: float
    q6_a: float
    q6_mj: float
    d2_a: float
    d2_mj: float
    d7_a: float
    d7_mj: float
    q7_ma: float
    u5_v: float
    u5_ma: float
    f1_a: float
    stays_ma: float


def deck(event, b, amperes):
    """The deck of one event, build and source."""
    words = {"high": _HIGH, "at": _AT_US, "then": _AT_US + 2}
    return f"""* {event.title}
.temp {b.temperature}
{port(event.volts.format(**words), amperes, event.closed.format(**words), event.cable_m)}
{path(b, event.take, event.feed)}
{_TAKE if event.take else _USB}
.save v(p1) v(in) v(g) v(k) v(base) v(v5) i(Vf1) i(Vd2) i(Vd7) i(Vq6) i(Vq7)
.tran {event.step_us}u {event.length_us}u 0 {event.step_us}u
.end
"""


def _stress(plot, b):
    drop = waves.minus(plot, "v(p1)", "v(in)")
    gate = waves.minus(plot, "v(p1)", "v(g)")
    cathode = max(waves.minus(plot, "v(base)", "v(k)")) / ohms(b, "ovp_base_series")
    mj = {part: waves.integral(plot, waves.times(plot[f"v({node})"], plot[f"i(v{part})"])) * 1e3
          for part, node in (("d2", "p1"), ("d7", "in"))}
    return Stress(
        p1=max(plot["v(p1)"]), u4_out=max(plot["v(in)"]), v5=max(plot["v(v5)"]),
        q6_vds=max(map(abs, drop)), q6_vgs=max(map(abs, gate)),
        q6_a=max(map(abs, plot["i(vq6)"])),
        q6_mj=waves.integral(plot, waves.times(drop, plot["i(vq6)"])) * 1000,
        d2_a=max(plot["i(vd2)"]), d2_mj=mj["d2"], d7_a=max(plot["i(vd7)"]), d7_mj=mj["d7"],
        q7_ma=max(plot["i(vq7)"]) * 1000, u5_v=max(plot["v(k)"]), u5_ma=cathode * 1000,
        f1_a=max(plot["i(vf1)"]), stays_ma=plot["i(vf1)"][-1] * 1000)


def run(events=tuple(EVENTS)):
    """{event: Stress}, each the worst of all builds and sources; {(event, amperes): a plot}."""
    jobs = [(key, a, b) for key in events for a in PARTS["ports_a"] for b in BUILDS]
    plots = spice.run([deck(EVENTS[key], b, a) for key, a, b in jobs])
    found, shown = {}, {}
    for (key, a, b), plot in zip(jobs, plots):
        stress = _stress(plot, b)
        worst = found.get(key, stress)
        found[key] = Stress(*map(max, vars(worst).values(), vars(stress).values()))
        shown.setdefault((key, a), plot)
    return found, shown


def at_rest():
    """15 V for ever: {part: watts}, the most over temperature."""
    found = {}
    builds = [Build(temperature=t, d2_volts=PARTS["d2_volts"][0]) for t in
              (*SIMULATION["temperature"], 25)]
    decks = [f"""* 15 V for ever
.temp {b.temperature}
Vport j1 0 {_HIGH}
{path(b)}
V5 v5 0 5
.save v(p1) v(g) v(k) v(base) v(in) i(Vf1) i(Vd2) i(Vd10) i(Vq7) i(Vq6)
.tran 20u 20m 0 50u
.end
""" for b in builds]
    for b, plot in zip(builds, spice.run(decks)):
        now = {name: values[-1] for name, values in plot.items()}
        cathode = (now["v(base)"] - now["v(k)"]) / ohms(b, "ovp_base_series")
        watts = {
            "D2": now["v(p1)"] * now["i(vd2)"], "D10": -now["v(p1)"] * now["i(vd10)"],
            "Q6": (now["v(p1)"] - now["v(in)"]) * now["i(vq6)"],
            "Q7": (now["v(p1)"] - now["v(g)"]) * now["i(vq7)"], "U5": now["v(k)"] * cathode,
            "R21": (now["v(base)"] - now["v(k)"]) * cathode, "all": _HIGH * now["i(vf1)"]}
        for part, watt in watts.items():
            found[part] = max(found.get(part, 0.0), watt)
    return found
