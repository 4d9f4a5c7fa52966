"""The meter on the wall: registers that add up exactly with the power that was shown.

Everything here is integer arithmetic in watt-milliseconds. Between two telegrams the power is
one number per direction, the one that the later telegram shows, and what the registers gain is
exactly that number times the time, with the part of a Wh that is not yet full carried on.
"""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from .clock import garbage_stamp, is_summer, moment, month_start, stamp

if TYPE_CHECKING:
    from meter_model.house import Flow, House

_WH = 3_600_000  # W x ms in one Wh
QUARTER_MS = 900_000
_HOUR_MS = 3_600_000
_DAY_MS = 86_400_000
PHASES = ((20, "l1"), (40, "l2"), (60, "l3"))


class Habits(NamedTuple):
    """What differs between types of meter, beside the way they write.

    reactive: "net" (3.7.0 is the sum over the phases, one direction at a time) or "split" (each
    phase counts in its own direction, both can be there at once: Sagemcom S211).
    tariffs: (number by day, number by night, day's first hour, night's first hour).
    register_ms: the registers are shown as they were at the last multiple of this (Aidon: 1 h).
    """

    phases: int = 3
    reactive: str = "net"
    tariffs: tuple = (1, 2, 7, 22)
    register_ms: int = 0
    utc_offset: int = 60  # minutes, normal time
    letter: str = "normal"  # "normal": W all year; "local": S and an hour more in summer
    gas_ms: int = _HOUR_MS


class Snapshot(NamedTuple):
    """One moment as the meter knows it.

    values: OBIS "C.D.E" -> int in the smallest unit: Wh, varh, W, var, VA, mV, mA, mHz, l (gas).
    texts: name -> what stands in the telegram: clock, tariff, serial, hexid, peaks ...
    ms: normal time, milliseconds since 1970. since: that of the snapshot before.
    """

    ms: int
    values: dict
    texts: dict
    since: int = 0


class _Register:
    """One energy: whole Wh and the rest of a Wh, in W x ms."""

    def __init__(self, wh: int) -> None:
        self.wh = wh
        self.rest = 0

    def add(self, power, ms):
        """Count `power` W for `ms`; return the Wh that this completed."""
        full, self.rest = divmod(self.rest + power * ms, _WH)
        self.wh += full
        return full


class Meter:
    """A meter in a house. `ms` is the start, normal time in milliseconds since 1970."""

    def __init__(self, house: "House", habits: Habits, ms: int, seed: int = 1) -> None:
        self.house = house
        self.habits = habits
        self.ms = ms
        self.serial = 20_000_000 + _number(house, "serial", 9_999_999)
        self._registers = {code: _Register(0) for code in ("1.8.0", "2.8.0", "3.8.0", "4.8.0")}
        self._counts: dict = {}
        self._start_registers()
        self._shown = dict(self._counts)
        self._quarter_wms = 0  # W x ms of import in this quarter of an hour
        self._start_peaks()

    def _start_registers(self):
        """A past: what the house has used before the first telegram, split over the tariffs."""
        day, night = self.habits.tariffs[:2]
        for code, most in (("1.8.0", 60_000), ("2.8.0", 9000), ("3.8.0", 900), ("4.8.0", 12_000)):
            first = _number(self.house, code, most * 700) + most * 100
            second = _number(self.house, code + "n", most * 200) + most * 10
            self._registers[code].wh = first + second
            for tariff in "1234":
                self._counts[code[:-1] + tariff] = 0
            self._counts[f"{code[:-1]}{day}"] = first
            self._counts[f"{code[:-1]}{night}"] = second
            self._counts[code] = first + second
        for total, one, other in (("3.8.0", "5.8.0", "6.8.0"), ("4.8.0", "8.8.0", "7.8.0")):
            self._counts[other] = self._counts[total] // 5
            self._counts[one] = self._counts[total] - self._counts[other]

    def _start_peaks(self):
        """Four months of peaks behind us; the first was before the meter hung here."""
        now = self._wall(self.ms)
        self._peak = (1000 + _number(self.house, "peak", 4000), self.ms // _DAY_MS * _DAY_MS)
        if now.day == 1:
            self._peak = (0, self.ms)
        self._history = []
        year, month = now.year, now.month
        for back in range(4):
            first = month_start(year, month)
            first -= self._summer(first) * _HOUR_MS
            watts = 0 if back == 3 else 1500 + _number(self.house, ("peak", back), 5000)
            when = first - (3 + _number(self.house, ("when", back), 80)) * QUARTER_MS
            self._history.insert(0, (first, when, watts))
            year, month = (year - 1, 12) if month == 1 else (year, month - 1)

    def registers(self) -> dict[str, Any]:
        """What the registers stand at, for resume(): JSON will hold it."""
        return {"counts": self._counts, "shown": self._shown,
                "rests": {code: register.rest for code, register in self._registers.items()}}

    def resume(self, kept: dict[str, Any]) -> None:
        """Go on from the registers() of another run of this meter: they never fall."""
        self._counts = {code: int(kept["counts"][code]) for code in self._counts}
        self._shown = {code: int(kept["shown"][code]) for code in self._shown}
        for code, register in self._registers.items():
            register.wh, register.rest = self._counts[code], int(kept["rests"][code])

    def advance(self, ms: int) -> Snapshot:
        """Let the time be `ms` (normal time, ms since 1970, never backwards): a Snapshot.

        The power shown is that of this moment, and it is what the registers count for all the
        time since the last call.
        """
        if ms < self.ms:
            raise ValueError("a meter's time does not run backwards")
        since = self.ms
        flow = self.house.at(ms / 1000)
        values = powers(flow, self.habits.reactive)
        while self.ms < ms:
            end = min(ms, (self.ms // QUARTER_MS + 1) * QUARTER_MS)
            self._count(values, end - self.ms)
            self.ms = end
            if end % QUARTER_MS == 0:
                self._quarter_ends()
        self._energies(values)
        self._demands(values)
        return Snapshot(ms, values, self._texts(values), since)

    def _count(self, values, ms):
        tariff = self.tariff()
        importing = values["1.7.0"] > 0 or values["2.7.0"] == 0
        quadrants = {"3": "5" if importing else "6", "4": "8" if importing else "7"}
        for code, register in self._registers.items():
            gained = register.add(values[code[0] + ".7.0"], ms)
            if gained:
                self._counts[code] += gained
                self._counts[f"{code[:-1]}{tariff}"] += gained
                if code[0] in quadrants:
                    self._counts[quadrants[code[0]] + ".8.0"] += gained
        self._quarter_wms += values["1.7.0"] * ms

    def _quarter_ends(self):
        watts = self._quarter_wms // QUARTER_MS
        self._quarter_wms = 0
        if watts > self._peak[0]:
            self._peak = (watts, self.ms)
        now = self._wall(self.ms)
        if now.day == 1 and now.hour == 0 and now.minute == 0:
            self._history.append((self.ms, self._peak[1], self._peak[0]))
            del self._history[:-13]
            self._peak = (0, self.ms)
        if self.habits.register_ms and self.ms % self.habits.register_ms == 0:
            self._shown = dict(self._counts)

    def _energies(self, values):
        values.update(self._shown if self.habits.register_ms else self._counts)
        values["15.8.0"] = values["1.8.0"] + values["2.8.0"]

    def _demands(self, values):
        passed = self.ms % QUARTER_MS
        values["1.4.0"] = self._quarter_wms // passed if passed else 0
        values["1.6.0"] = self._peak[0]
        values["24.2.1"] = self._gas(self.ms)

    def _gas(self, ms):
        """Gas, litres, at the last full reading."""
        full = ms // self.habits.gas_ms * self.habits.gas_ms
        return 1_000_000 + (full // 1000 - 1_577_836_800) * 60 // 3600

    def tariff(self) -> int:
        """The tariff of this moment: by day from Monday to Friday, by night at all other times."""
        day, night, first, last = self.habits.tariffs
        now = self._wall(self.ms)
        return day if now.weekday() < 5 and first <= now.hour < last else night

    def _summer(self, ms):
        return self.habits.letter == "local" and is_summer(ms, self.habits.utc_offset)

    def _wall(self, ms):
        return moment(ms + self._summer(ms) * _HOUR_MS)

    def stamp(self, ms: int) -> str:
        """The meter's stamp of a moment, with its letter: 260115170000W."""
        return stamp(ms, self._summer(ms))

    def _texts(self, values):
        ident = f"{self.serial:08d}"
        history = "".join(
            f"({self.stamp(month)})({self.stamp(when) if watts else garbage_stamp()})"
            f"({_thousandth(watts, 2)}*kW)" for month, when, watts in self._history)
        gas = self.stamp(self.ms // self.habits.gas_ms * self.habits.gas_ms)
        clock = self.stamp(self.ms)
        return {
            "clock": clock, "day": clock[:6], "hhmmss": clock[6:12], "tariff": str(self.tariff()),
            "serial": ident, "short": ident[-6:], "hexid": f"1SIM{ident}".encode().hex().upper(),
            "gs1": gs1(ident), "hex17": f"E0099{ident}0026".encode().hex().upper(),
            "gasid": f"7SIM{ident}".encode().hex().upper(), "gas_stamp": gas,
            "gas_stamp12": gas[:12], "gas": _thousandth(values["24.2.1"], 5),
            "peak": _thousandth(values["1.6.0"], 2), "peak_stamp": self.stamp(self._peak[1]),
            "peak_stamp12": self.stamp(self._peak[1])[:12],
            "peaks": f"({len(self._history)})(1-0:1.6.0)(1-0:1.6.0){history}",
        }


def powers(flow: "Flow", reactive: str) -> dict[str, int]:
    """Momentary values of a Flow by OBIS code, as a meter with that habit nets them."""
    values: dict = {}
    _direction(values, sum(flow.p), ("1.7.0", "2.7.0"))
    if reactive == "split":
        values["3.7.0"] = sum(x for x in flow.q if x > 0)
        values["4.7.0"] = -sum(x for x in flow.q if x < 0)
    else:
        _direction(values, sum(flow.q), ("3.7.0", "4.7.0"))
    for (group, _), p, q, u in zip(PHASES, flow.p, flow.q, flow.u, strict=True):
        _direction(values, p, (f"{group + 1}.7.0", f"{group + 2}.7.0"))
        _direction(values, q, (f"{group + 3}.7.0", f"{group + 4}.7.0"))
        apparent = math.isqrt((p * p + q * q) * 1_000_000)  # mVA
        values[f"{group + 9}.7.0"] = apparent // 1000 if p >= 0 else 0
        values[f"{group + 10}.7.0"] = 0 if p >= 0 else apparent // 1000
        values[f"{group + 11}.7.0"] = apparent * 1000 // u  # mVA x 1000 / mV = mA
        values[f"{group + 12}.7.0"] = u
        values[f"{group + 12}.24.0"] = u
        values[f"{group + 13}.7.0"] = abs(p) * 1_000_000 // apparent if apparent else 1000
    _sums(values, flow)
    return values


def _direction(values, signed, codes):
    values[codes[0]] = max(0, signed)
    values[codes[1]] = max(0, -signed)


def _sums(values, flow):
    p, q = sum(flow.p), sum(flow.q)
    apparent = math.isqrt(p * p + q * q)
    values["9.7.0"], values["10.7.0"] = (apparent, 0) if p >= 0 else (0, apparent)
    values["13.7.0"] = abs(p) * 1000 // apparent if apparent else 1000
    values["15.7.0"] = abs(p)
    values["14.7.0"] = flow.hz
    values["11.7.0"] = sum(values[f"{n}.7.0"] for n in (31, 51, 71))
    values["12.7.0"] = sum(flow.u) // 3
    quadrant = ("5" if p >= 0 else "6") if q >= 0 else ("8" if p >= 0 else "7")
    for number in "5678":
        values[number + ".7.0"] = abs(q) if number == quadrant else 0


def _thousandth(value, digits):
    return f"{value // 1000:0{digits}d}.{value % 1000:03d}"


def gs1(serial: str) -> str:
    """Kamstrup's 16 digits around the 8 printed ones, the last a check digit (GS1, mod 10)."""
    digits = "5706567" + serial
    total = sum(int(digit) * (3 - 2 * (n % 2)) for n, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def _number(house, name, below):
    return int(house.noise(("meter", name), 0, 1) * below / 2 + below / 2)
