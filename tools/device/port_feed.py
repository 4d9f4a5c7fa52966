"""The feed of pin 1 on the chip's own pins, as far as an emulator shows them: what a restart has
left on is switched off, and the ADC, whatever it reads, holds nothing up.

No voltage is played: an emulator's ADC may read anything, or fail. What the device says of the
feed must be what its pin does.
"""

from typing import TYPE_CHECKING

from measure.limits import Row, at_least, at_most

from . import scenarios
from .bench import Bench, Setting, line_of
from .loads import health

if TYPE_CHECKING:
    from .report import Outcome
    from .scenarios import Other

PIN = 25  # an ESP32's own: board/port.py
# The end of boot.py: the pins as a restart of the firmware's leaves them. Only power makes inputs
# of them.
_LEFT = f"""
print("@ left on")
machine.Pin({PIN}, machine.Pin.OUT, value=1)
""".encode()
_OFF_S = 5  # from there: the configuration is read before, and the watchdog gives a minute
_READINGS = 3
_SILENT_S = 60  # the port is measured after 20, and fed after 25
_STATES = ("feeding", "forbidden", "fault", "low", "high", "blind")  # that it may have come to
_CONSENT = {"feed": {"consent": True}}


def run_feed(setting: Setting, scenario: "Other") -> "Outcome":
    """The rows of the application and of set-up mode, and the samples of the first."""
    with Bench(setting, scenario.name, leap=True, boot=_LEFT,
               changes={**line_of(scenarios.TEXT), **_CONSENT}) as bench:
        bench.broker.start()
        rows = [_switched_off(bench)]
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
        rows += [_reads(bench, "readings"), *_told(bench, ("waiting",))]
        assert bench.meter
        bench.meter.stop()
        bench.rest(_SILENT_S)
        rows += [row._replace(name="a silent meter: " + row.name)
                 for row in _told(bench, _STATES)]
        bench.plug_in(scenarios.TEXT, scenarios.INTERVAL_S)
        rows += [_reads(bench, "readings afterwards"), *health(bench, scenarios.PLAIN_LOW)]
        samples = bench.console.samples
    with Bench(setting, scenario.name + "-set-up", leap=True, boot=_LEFT, changes=_CONSENT,
               files={"data/mode": b"button"}) as bench:
        rows += [row._replace(name="set-up mode: " + row.name) for row in _set_up(bench)]
    return rows, samples


def _set_up(bench):
    rows = [_switched_off(bench)]
    said = bench.until(lambda: bench.console.says("access point"), scenarios.PAGE_S)
    bench.rest(_SILENT_S)
    level = bench.emulator.drives(PIN)
    return [*rows, Row("the access point is told", said, True, said),
            Row("the pin is on a minute later", level == 1, False, level != 1),
            *health(bench, scenarios.PLAIN_LOW)]


def _switched_off(bench):
    """How long the pin stays on that was on when the application starts."""
    bench.switch_on()
    left = bench.until(lambda: bench.console.says("^@ left on"), scenarios.PAGE_S)
    began = bench.clock.now()
    off = left and bench.until(lambda: bench.emulator.drives(PIN) != 1, scenarios.PAGE_S)
    return at_most("what a restart has left on, on for s",
                   round(bench.clock.now() - began, 1) if off else None, _OFF_S)


def _reads(bench, words):
    known = len(bench.broker.arrived)
    bench.until(lambda: len(bench.broker.arrived) >= known + _READINGS, scenarios.SEARCH_S)
    return at_least(words, len(bench.broker.arrived) - known, _READINGS)


def _told(bench, states):
    """What the device says, and what its pin does."""
    bench.until(bench.answers, scenarios.PAGE_S)
    state = (bench.status or {}).get("feed", {}).get("state")
    on = bench.emulator.drives(PIN) == 1
    return [Row("its state", state, " or ".join(states), state in states),
            Row("the pin is on", on, state == "feeding", on is (state == "feeding"))]
