"""The pictures: eye diagrams, thresholds over temperature, the supply under load."""

from svg import GRID, INK, SOFT, Axes, Svg
from table import PICTURES

from . import overvoltage as events
from . import signals
from .power import CASES, POWER
from .threshold import TEMPERATURES

COLOURS = {"ours": "#0b6e4f", "base": "#c1440e", "pull_up": "#7a3fb0", "pnp": "#2867b2",
           "internal": "#8a6d00"}
LEGEND = (
    ("ours", "this board", "1k5, 10k/4k7, MMBT3904. Midway,",
     "and above 1.0 V with all tolerances:", "it reads every permitted meter."),
    ("pnp", "PNP, three times 820 ohm", "The threshold is right; its slow",
     "turn-off is what costs it (eye)."),
    ("base", "base straight on the line", "Inside the permitted LOW: a meter",
     "at 0.7 V is never read."),
    ("pull_up", "1k to 3.3 V, UART inverts", "The chip's own VIL and VIH: sure",
     "only below 0.82 V."),
)
_EYE_RUNS = 12


def eye(outcomes, plots, circuits, path):
    """One eye for each circuit: RX as the UART sees it, folded at the meter's bit time."""
    picture = Svg(980, 760, "Eye diagrams of the level shifter and of the popular circuits")
    for place, key in enumerate(circuits):
        box = (70 + place % 2 * 480, 74 + place // 2 * 350, 400, 236)
        axes = Axes(picture, box, (-4.34, 13.02), (0, 3.6))
        axes.frame((-4, 0, 4, 8, 12), (0, 1, 2, 3), "µs",
                   "V at the GPIO", circuits[key].title)
        _levels(axes)
        shown = sorted(zip(outcomes[key][:_EYE_RUNS], plots[key]),
                       key=lambda pair: -pair[0].margin_us)  # those read wrong on top
        for outcome, plot in shown:
            bad = outcome.margin_us <= 0
            _fold(axes, plot, COLOURS["base"] if bad else COLOURS["ours"], 1.4 if bad else 0.7)
        wrong = sum(outcome.margin_us <= 0 for outcome, _ in shown)
        picture.text(box[0] + box[2], box[1] + box[3] + 36,
                     f"read wrong: {wrong} of {len(shown)}", 14,
                     COLOURS["base" if wrong else "ours"], "end", True)
    picture.lines(70, 26, (
        "The same random meters, cables, temperatures and supplies for each circuit; 115200 baud. "
        "Green: read right. Orange: read wrong.",), 13, colour=SOFT)
    picture.lines(70, 738, (
        "Time from the start of a bit; dashed: where it is sampled. Grey: between VIL and VIH the "
        "ESP32 may see either.",),
        13, colour=SOFT)
    picture.save(path or PICTURES / "eye.svg")


def _levels(axes):
    axes.band(-4.34, 13.02, signals.VIL * 3.3, signals.VIH * 3.3, GRID, 0.55)
    for at in (signals.BIT_US / 2, signals.BIT_US * 1.5):
        if at < 13:
            axes.curve([(at, 0), (at, 3.6)], SOFT, 1, dash="4 4")


def _fold(axes, plot, colour, width):
    """Sixteen bits with every kind of neighbour, each with half a bit before and after it."""
    times = [t * 1e6 for t in plot["time"]]
    for number in range(8, 24):
        begin = signals.LEAD_US + number * signals.BIT_US
        span = [(t - begin, v) for t, v in zip(times, plot["v(rx)"])
                if begin - 4.34 <= t <= begin + 13.02]
        axes.curve(_thin(span, 0.05), colour, width, opacity=0.4)


def _thin(points, least=0.03):
    """Leaves out points that lie, within `least` volts, on the line through those kept."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        (x0, y0), (x1, y1) = points[first], points[last]
        slope = (y1 - y0) / ((x1 - x0) or 1e-12)
        worst, where = least, None
        for i in range(first + 1, last):
            off = abs(points[i][1] - y0 - slope * (points[i][0] - x0))
            if off > worst:
                worst, where = off, i
        if where is not None:
            keep.add(where)
            spans += [(first, where), (where, last)]
    return [points[i] for i in sorted(keep)]


def thresholds(found, path=None):
    """V(DATA) at which each circuit turns, as bands over temperature."""
    picture = Svg(920, 560, "Switching threshold of each circuit over temperature")
    axes = Axes(picture, (70, 56, 560, 430), (-25, 70), (0, 5))
    axes.band(-25, 70, 0, 1, "#cfe8dc")
    axes.band(-25, 70, 4, 5, "#d6e4f5")
    axes.frame((-25, 0, 25, 50, 70), range(6), "°C", "V on the data line",
               "Where the GPIO turns, beside what the P1 specification permits")
    picture.text(*axes.at(-23, 0.13), "LOW of the meter, MARK: 0 to 1.0 V", 13, "#21593f")
    picture.text(*axes.at(-23, 4.45), "HIGH of the meter, SPACE: above 4 V", 13, "#2a4d75")
    for key in ("ours", "pnp", "base", "pull_up"):
        colour = COLOURS[key]
        rows = found[key]
        low = [(t, r.mark) for t, r in zip(TEMPERATURES, rows)]
        high = [(t, r.space) for t, r in zip(TEMPERATURES, rows)]
        axes.area(low + high[::-1], colour, 0.28 if key != "pull_up" else 0.10)
        for points in (low, high):
            axes.curve(points, colour, 2)
    for row, (key, title, *words) in enumerate(LEGEND):
        y = 84 + row * 96
        picture.rect(660, y - 11, 14, 14, COLOURS[key], "none")
        picture.text(682, y, title, 13, INK, bold=True)
        picture.lines(682, y + 18, words, 12, colour=SOFT)
    picture.text(70, 545, "A band: between its edges the ESP32 may see either. Nominal parts.",
                 13, SOFT)
    picture.save(path or PICTURES / "threshold.svg")


def supply(found, path=None):
    """+5 V and +3.3 V of the supply cases over time."""
    picture = Svg(980, 780, "The supply while Wi-Fi sends")
    shown = ("good", "weak", "weak_diode", "take_bare", "take", "take_low")
    for place, key in enumerate(shown):
        axes = Axes(picture, (64 + place % 2 * 480, 64 + place // 2 * 240, 400, 160), (0, 350),
                    (0, 5.5))
        axes.frame(range(0, 301, 50), range(6), "ms" if place > 3 else "", "V", CASES[key].title)
        floor = POWER["module_least"]
        for vector, colour in (("v(v5)", COLOURS["pnp"]), ("v(v33)", COLOURS["ours"])):
            points = [(t * 1e3, v) for t, v in zip(found[key].plot["time"],
                                                   found[key].plot[vector]) ]
            axes.curve(_thin(points, 0.02), colour, 1.6)
        axes.curve([(0, floor), (350, floor)], COLOURS["base"], 1.2, dash="5 4")
        good = found[key].ran and found[key].v33 >= floor
        words = (f"lowest {found[key].v5:.2f} / {found[key].v33:.2f} V" if good
                 else "resets at every pulse")
        picture.text(464 + place % 2 * 480, 55 + place // 2 * 240, words, 13,
                     COLOURS["ours" if good else "base"], "end", True)
    picture.text(64, 26, "Blue: +5 V. Green: +3.3 V. Orange: the least that the module may have. "
                 f"Pulses of {POWER['peak_ma']} mA, {POWER['peak_ms']} ms.", 13, SOFT)
    picture.save(path or PICTURES / "supply.svg")


# Event, amperes behind it, from and to in microseconds, and what is zero on the axis.
_SHOWN = (("plug_5", 0.3, 300, 1100, 400), ("plug", 3.0, 390, 430, 400),
          ("step", 3.0, 390, 430, 400), ("step_take", 0.3, 0, 20000, 0),
          ("slow", 3.0, 0, 60000, 0), ("slow_feed", 3.0, 0, 60000, 0))


def overvoltage(plots, path=None):
    """PIN1, what is behind Q6, and +5 V, in six events; the slowest build, cold."""
    picture = Svg(980, 780, "Pin 1: what comes, and what gets behind Q6")
    for place, (key, amperes, begin, end, zero) in enumerate(_SHOWN):
        plot, event = plots[key, amperes], events.EVENTS[key]
        unit, scale = ("ms", 1e3) if end > 2000 else ("µs", 1e6)
        span = [(begin - zero) * scale / 1e6, (end - zero) * scale / 1e6]
        axes = Axes(picture, (64 + place % 2 * 480, 64 + place // 2 * 240, 400, 160), span,
                    (0, 21))
        step = (span[1] - span[0]) / 4
        axes.frame([round(span[0] + n * step) for n in range(5)], range(0, 21, 5), unit, "V",
                   f"{event.title}, {amperes} A")
        for vector, colour in (("v(p1)", COLOURS["base"]), ("v(v5)", COLOURS["pnp"]),
                               ("v(in)", COLOURS["ours"])):
            points = [((t - zero / 1e6) * scale, v)
                      for t, v in zip(plot["time"], plot[vector])
                      if begin <= t * 1e6 <= end]
            axes.curve(_thin(points, 0.05), colour, 1.8)
        limit = events.PARTS["u4_most_v"]
        axes.curve([(span[0], limit), (span[1], limit)], SOFT, 1.2, dash="5 4")
    picture.text(64, 26, "Orange: PIN1. Green: PIN1_IN, behind Q6. Blue: +5 V. Dashed: the 7 V "
                 "that U4 stands.", 13, SOFT)
    picture.save(path or PICTURES / "overvoltage.svg")
