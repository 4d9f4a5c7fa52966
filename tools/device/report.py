"""What comes of a scenario, and the picture of both memories over time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from measure import curves
from measure.limits import Row

if TYPE_CHECKING:
    from .console import Sample

_LINES = (("Python's heap", "#9cbfe6", lambda sample: sample.allocated + sample.free),
          ("taken of it", "#3478c6", lambda sample: sample.allocated),
          ("the system's memory, free", "#c6523a", lambda sample: sample.system),
          ("its largest piece", "#e0a890", lambda sample: sample.block))


Outcome = tuple[list[Row], "list[Sample]"]  # of a scenario
Chart = tuple[str, "Sequence[Sample]", int]  # title, samples, limit


def as_svg(charts: Sequence[Chart]) -> str:
    """A picture: for each (title, samples, limit) both memories over the minutes; the limit of the
    system's memory is a dashed line."""
    return curves.as_svg([_chart(*chart) for chart in charts])


def _chart(title, samples, limit):
    end = max([sample.at for sample in samples], default=0)
    return curves.Chart(title, "kB", 1000, f"{end / 60:.1f} min", [
        curves.Curve(words, colour, [(sample.at, of(sample)) for sample in samples])
        for words, colour, of in _LINES], [(f"{limit // 1024} kB", limit)])
