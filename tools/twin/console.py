"""What `make run` shows: one calm block on a terminal, a line a reading elsewhere."""

import datetime
import shutil
import sys
import textwrap
import zoneinfo
from typing import Any, TextIO

_PHASES = ("l1", "l2", "l3")
_WIDTH = 76
_MEDIA = {2: "electricity", 3: "gas", 4: "heat", 6: "water", 7: "water"}  # M-Bus
_INDENT = " " * 8
_HERE = zoneinfo.ZoneInfo("Europe/Stockholm")


def number(reading: dict[str, Any], key: str, digits: int, scale: int = 1, none: str = "–") -> str:
    """A value of /reading.json for people, or `none` where the meter did not send it."""
    value = reading.get(key)
    return none if value is None else f"{value / scale:,.{digits}f}"


def civil(iso: str | None) -> str:
    """Swedish civil time of a reading's ISO time, with the meter's own clock where it differs."""
    if not iso:
        return "no clock"
    when = datetime.datetime.fromisoformat(iso)
    there = f"{when.astimezone(_HERE):%Y-%m-%d %H:%M:%S}"
    own = iso[11:19]
    return there if there.endswith(own) else f"{there} (meter's clock {own})"


def _power(reading, way):
    return number(reading, f"active_power_{way}_w", 3, 1000)


def plain(reading: dict[str, Any], status: dict[str, Any] | None) -> str:
    """One reading as one line."""
    power = f"{_power(reading, 'import')} kW in, {_power(reading, 'export')} kW out"
    energy = (f"{number(reading, 'active_energy_import_kwh', 3)} kWh in, "
              f"{number(reading, 'active_energy_export_kwh', 3)} kWh out")
    return f"{civil(reading.get('time'))}  {power}  {energy}{_told(status)}"


def _state(status):
    return (status or {}).get("meter", {}).get("state", "starting")


def _told(status):
    """The state as a line's last word; a reading says by itself that something came."""
    state = _state(status)
    return "" if state in ("never", "starting") else "  " + state


def _text(status):
    return (status or {}).get("meter", {}).get("text_en", "") or _state(status)


def block(head: list[str], reading: dict[str, Any] | None, status: dict[str, Any] | None,
          foot: list[str], width: int = _WIDTH) -> list[str]:
    """The live display as lines: `head` and `foot` are given, the rest is told by the twin."""
    rows = [*head, *_wrapped("Meter", _text(status), width)]
    counters = (status or {}).get("meter", {}).get("counters", {})
    wrong = {name: n for name, n in counters.items() if n and name != "ok"}
    rows.append(f"        telegrams ok {counters.get('ok', 0)}"
                + "".join(f", {name} {n}" for name, n in wrong.items()))
    for name, output in (status or {}).get("outputs", {}).items():
        words = output.get("error") or output.get("state", "")
        queued = f", {output['queued']} waiting" if output.get("queued") else ""
        rows += _wrapped(name, words + queued, width)
    memory = (status or {}).get("memory")
    if memory:
        rows.append(f"memory  {memory.get('free', 0):,} bytes free")
    rows.append("")
    if reading:
        rows += _values(reading)
    else:
        rows.append("No reading yet.")
    for row in ["", *foot]:
        name, _, words = row.partition("     ")
        rows += _wrapped(name, words, width) if name == "log" else [row]
    return [row[:width] for row in rows]


def _wrapped(name, words, width):
    """A name and all of its words, over as many lines as they take: the end of a diagnosis is
    what to do."""
    return textwrap.wrap(words, width, initial_indent=f"{name:7} ",
                         subsequent_indent=_INDENT) or [name]


def _values(reading):
    when, _, own = civil(reading.get("time")).partition(" (")
    rows = ["(" + own] if own else []
    rows.append(f"{when:22}{'import':>16}{'export':>16}")
    for label, key, unit, digits, scale in (
            ("power", "active_power_{}_w", "kW", 3, 1000),
            ("reactive", "reactive_power_{}_var", "kvar", 3, 1000),
            ("energy", "active_energy_{}_kwh", "kWh", 3, 1),
            ("reactive energy", "reactive_energy_{}_kvarh", "kvarh", 3, 1)):
        cells = [number(reading, key.format(way), digits, scale) for way in ("import", "export")]
        if cells != ["–", "–"]:
            rows.append(f"{label:22}{cells[0]:>16}{cells[1]:>16} {unit}")
    if "demand_import_w" in reading:
        rows.append(f"{'demand, peak':22}{number(reading, 'demand_import_w', 3, 1000):>16}"
                    f"{number(reading, 'demand_peak_import_w', 3, 1000):>16} kW")
    for n, meter in sorted(reading.get("channels", {}).items()):
        label = f"{_MEDIA.get(meter.get('type'), 'meter')}, channel {n}"
        rows.append(f"{label:22}{number(meter, 'value', 3):>16} {meter.get('unit', '')}"
                    f"  {meter.get('time', '')[:16].replace('T', ' ')}".rstrip())
    rows.append(f"{'':22}" + "".join(f"{phase.upper():>12}" for phase in _PHASES))
    for label, key, digits in (("voltage, V", "voltage_{}_v", 1),
                               ("current, A", "current_{}_a", 1),
                               ("power, W", "active_power_import_{}_w", 0),
                               ("export, W", "active_power_export_{}_w", 0)):
        cells = [number(reading, key.format(phase), digits) for phase in _PHASES]
        if set(cells) != {"–"}:
            rows.append(f"{label:22}" + "".join(f"{cell:>12}" for cell in cells))
    return rows


class Console:
    """Writes to `out`. On a terminal the block is drawn over itself; lines scroll above it."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.out = out
        self.live = out.isatty()
        self._height = 0
        self._shown: dict[str, Any] | None = None
        self._state = None

    def say(self, line: str = "") -> None:
        """A line that stays."""
        self._clear()
        self._write(line + "\n")

    def show(self, head: list[str], reading: dict[str, Any] | None, status: dict[str, Any] | None,
             foot: list[str]) -> None:
        """The newest values. Not on a terminal: a line where they changed, and the diagnosis in
        words where that did."""
        if not self.live:
            state = _state(status)
            if state not in (self._state, "ok", "never", "starting"):
                self._write(_text(status) + "\n")
            self._state = state
            if reading and reading != self._shown:
                self._shown = reading
                self._write(plain(reading, status) + "\n")
            return
        size = shutil.get_terminal_size()
        rows = block(head, reading, status, foot, min(_WIDTH, max(20, size.columns - 1)))
        rows = rows[:max(1, size.lines - 1)]
        # One write, line over line: nothing blinks.
        up = f"\x1b[{self._height}F" if self._height else ""
        self._write(up + "".join(row + "\x1b[K\n" for row in rows) + "\x1b[J")
        self._height = len(rows)

    def keep(self) -> None:
        """Leave the block standing; what follows comes below."""
        if self._height:
            self._height = 0
            self._write("\n")

    def _clear(self):
        if self._height:
            self._write(f"\x1b[{self._height}F\x1b[J")
            self._height = 0

    def _write(self, text):
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:
            raise KeyboardInterrupt from None  # `make run | head`: nobody listens any more
