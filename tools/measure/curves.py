"""Curves over time as plain SVG, one chart below the other."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _HEIGHT, _LEFT, _TOP = 900, 220, 70, 40


class Curve(NamedTuple):
    """Its name, its colour, and (x, y) of its points."""

    words: str
    colour: str
    points: Sequence[tuple[float, float]]


class Chart(NamedTuple):
    """Curves of one scale: `unit` of y, of which a step is so many of the points' (1000: kB of
    bytes); `end`: what the last x is in words; `limits`: (words, y) of dashed lines."""

    title: str
    unit: str
    step: int
    end: str
    curves: Sequence[Curve]
    limits: Sequence[tuple[str, float]] = ()


def as_svg(charts: Sequence[Chart]) -> str:
    """The picture."""
    height = _HEIGHT * len(charts) + 10
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{_WIDTH}" height="{height}" fill="white"/>']
    for place, chart in enumerate(charts):
        parts.append(f'<g transform="translate(0 {_HEIGHT * place})">')
        parts += _elements(chart)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _elements(chart):
    wide, high = _WIDTH - _LEFT - 20, _HEIGHT - _TOP - 40
    points = [point for curve in chart.curves for point in curve.points]
    end = max([x for x, _ in points], default=0) or 1
    most = max([y for _, y in points], default=0) or 1
    floor = _TOP + high

    def place(x, y):
        return f"{_LEFT + wide * x / end:.1f},{floor - high * y / most:.1f}"

    parts = [f'<text x="10" y="18" font-size="14">{escape(chart.title)}</text>',
             f'<text x="10" y="{_TOP + 10}">{most // chart.step:.0f} {chart.unit}</text>',
             f'<text x="10" y="{floor}">0</text>',
             f'<text x="{_LEFT + wide - 50}" y="{floor + 16}">{escape(chart.end)}</text>',
             f'<polyline fill="none" stroke="#999" points="{place(0, 0)} {place(end, 0)}"/>']
    for words, limit in chart.limits:
        parts += [f'<text x="35" y="{floor - high * limit / most:.1f}">{escape(words)}</text>',
                  f'<polyline fill="none" stroke="#999" stroke-dasharray="4" '
                  f'points="{place(0, limit)} {place(end, limit)}"/>']
    for number, curve in enumerate(chart.curves):
        drawn = " ".join(place(x, y) for x, y in curve.points)
        parts.append(f'<polyline fill="none" stroke="{curve.colour}" points="{drawn}"/>')
        parts.append(f'<text x="{_LEFT + 190 * number}" y="{floor + 16}" '
                     f'fill="{curve.colour}">{escape(curve.words)}</text>')
    return parts
