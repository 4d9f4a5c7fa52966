"""What a multimeter shows at the front end's points: the figures of bring-up.md."""

from . import spice
from .circuits import Conditions, ours, supplies

# What is held between DATA and GND, and ohms (None: nothing). 390 ohm makes the highest LOW that
# the standard permits a meter, 1.0 V.
LOADS = {"nothing": None, "390 ohm": 390, "4.7 kohm": 4700, "a wire": 0.01}


def _deck(c, ohms):
    load = "" if ohms is None else f"Rload data 0 {ohms}"
    return f"""* test points
.temp {c.temperature}
{supplies(c)}
{ours(c)}
{load}
.save v(data) v(base) v(rx) v(v5)
.op
.end
"""


def run(supply=5.0):
    """{load: {point: volts}} at room temperature."""
    c = Conditions(supply=supply)
    plots = spice.run([_deck(c, ohms) for ohms in LOADS.values()])
    return {load: {name: plot[f"v({name})"][0] for name in ("data", "base", "rx")}
            for load, plot in zip(LOADS, plots)}
