"""A believable house: what it draws and feeds in, at any moment.

The house has no memory. Every load is a function of the seed and of the time, made of hashed
"dice", so that the same seed gives the same house however finely it is sampled and from whatever
moment on; only the meter (meter.py) adds things up. Floats are fine in here, they are the
weather and the cook; the flow that leaves is whole watts, vars and millivolts.
"""

import hashlib
import math
from functools import lru_cache
from typing import NamedTuple

_DAY = 86400
_HOUR = 3600


class Flow(NamedTuple):
    """What passes the meter in one moment, by phase (L1, L2, L3).

    p: active power, W, positive into the house; q: reactive power, var, positive inductive;
    u: voltage, mV; hz: mains frequency, mHz.
    """

    p: tuple
    q: tuple
    u: tuple
    hz: int


class House:
    """One house. `phases` is 3 or 1: on one phase the large machines are smaller ones.

    `at(second)` gives its Flow; the second counts from 1970-01-01 00:00 of normal time where the
    house stands, since stoves and suns do not care for summer time.
    """

    LATITUDE = 59.2  # degrees
    SUN_W = 8000  # peak of the panels
    GRID_MV = 235_500  # voltage of the grid with no load
    LINE_MOHM = 280  # resistance of line and transformer, one phase

    def __init__(self, seed: int = 1, phases: int = 3) -> None:
        if phases not in (1, 3):
            raise ValueError("a house has 1 or 3 phases")
        self.seed = seed
        self.phases = phases
        self._die = lru_cache(maxsize=4096)(self._throw)

    def at(self, second: float) -> Flow:
        """The Flow at a moment (normal time, s since 1970; fractions allowed)."""
        p = [0.0, 0.0, 0.0]
        q = [0.0, 0.0, 0.0]
        for load in (self._base, self._cold, self._kitchen, self._washing):
            load(second, p, q)
        if self.phases == 1:
            p = [sum(p), 0.0, 0.0]
            q = [sum(q), 0.0, 0.0]
        for even in (self._heat_pump, self._car, self._sun):
            power, lag = even(second)
            for phase in range(self.phases):
                p[phase] += power / 3
                q[phase] += power * lag / 3
        watts = tuple(int(x) for x in p)
        return Flow(watts, tuple(int(x) for x in q), self._voltages(second, watts),
                    50_000 + int(40 * self.noise("hz", second, 30)))

    # dice

    def _throw(self, *what):
        digest = hashlib.blake2b(repr((self.seed, what)).encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") / 2**32

    def noise(self, name: str, second: float, period: float) -> float:
        """A smooth random line between -1 and 1 with a knot every `period` seconds."""
        knot, rest = divmod(second, period)
        a = self._die(name, int(knot))
        b = self._die(name, int(knot) + 1)
        part = rest / period
        part = part * part * (3 - 2 * part)
        return 2 * (a + (b - a) * part) - 1

    # small loads: add to the phases that they hang on

    def _base(self, second, p, q):
        hour = second % _DAY / _HOUR
        watts = 150 + 25 * self.noise("base", second, 300) + 6 * self.noise("flicker", second, 7)
        if 6 <= hour < 8.5 or 16 <= hour < 23:
            watts += 160 + 60 * self.noise("light", second, 1200)
        for phase, share in enumerate((0.5, 0.3, 0.2)):
            p[phase] += watts * share
            q[phase] -= 20 + watts * share * 0.3  # electronics lead

    def _cold(self, second, p, q):
        for phase, name, period, watts in ((1, "fridge", 2700, 85), (2, "freezer", 3500, 110)):
            turn = second + period * self._die(name, "start")
            if turn % period < period * (0.35 + 0.1 * self._die(name, int(turn // period))):
                p[phase] += watts
                q[phase] += watts * 0.6

    def _kitchen(self, second, p, q):
        day, now = divmod(second, _DAY)
        day = int(day)
        kettle = (6.5 + self._die("kettle", day)) * _HOUR
        if kettle <= now < kettle + 200:
            p[2] += 2000
        start = (16.7 + 1.5 * self._die("dinner", day)) * _HOUR
        end = start + (35 + 30 * self._die("courses", day)) * 60
        if not start <= now < end:
            return
        for phase, watts in ((0, 1800), (1, 1400)):
            if self._die("hob", phase, int(second // 30)) < 0.6:
                p[phase] += watts
        if self._die("oven", day) < 0.4 and (now < start + 600 or now % 100 < 45):
            p[2] += 2200

    def _washing(self, second, p, q):
        day, now = divmod(second, _DAY)
        start = (19 + 2.5 * self._die("wash", int(day))) * _HOUR
        if self._die("laundry", int(day)) < 0.7 and start <= now < start + 4500:
            heating = now - start < 1100 or 2600 < now - start < 3200
            p[1] += 2000 if heating else 120
            q[1] += 90

    # three-phase machines: give (watts in all, var per watt)

    def outside(self, second: float) -> float:
        """Temperature outside, degrees Celsius."""
        day = second / _DAY
        year = -11.5 * math.cos(2 * math.pi * (day % 365.2425 - 20) / 365.2425)
        daily = -3 * math.cos(2 * math.pi * (day % 1 - 0.125))
        return 6.5 + year + daily + 4 * self.noise("front", second, 3 * _DAY)

    def _heat_pump(self, second):
        heat = max(0.0, (17 - self.outside(second)) * 180) + 250  # W of heat; the last is the tap
        watts = min(heat / 3.1, 2600)
        smallest = 700  # below that it runs by turns of 40 minutes
        if watts < smallest:
            if second % 2400 >= 2400 * watts / smallest:
                return 15, -1.5
            watts = smallest
        if second % 5400 < 240 and self.outside(second) < 4:
            watts *= 0.45  # defrosting
        return watts * (1 + 0.03 * self.noise("compressor", second, 20)), 0.28

    def _car(self, second):
        today = int(second // _DAY)
        for day in (today - 1, today):
            if self._die("drive", day) > 0.65:
                continue
            start = day * _DAY + (18 + 5 * self._die("plug", day)) * _HOUR
            watts = 11_000 if self._die("amps", day) < 0.5 else 6900
            length = (6000 + 20_000 * self._die("trip", day)) / watts * _HOUR
            since = second - start
            if 0 <= since < length:
                return watts * min(1.0, (length - since) / 600 + 0.12), -0.02
        return 0, 0

    def _sun(self, second):
        day = second / _DAY
        tilt = math.radians(-23.44) * math.cos(2 * math.pi * (day % 365.2425 + 10) / 365.2425)
        angle = 2 * math.pi * (day % 1 - 0.5)
        here = math.radians(self.LATITUDE)
        height = (math.sin(here) * math.sin(tilt)
                  + math.cos(here) * math.cos(tilt) * math.cos(angle))
        if height <= 0:
            return 0, 0
        sky = (0.55 + 0.5 * self.noise("sky", second, 5 * _HOUR)
               + 0.25 * self.noise("cloud", second, 420))
        clear = min(1.0, max(0.12, sky + 0.2))
        return -self.SUN_W * height**1.15 * clear, 0.03

    def _voltages(self, second, watts):
        slow = 1500 * self.noise("grid", second, _HOUR)
        volts = []
        for phase, power in enumerate(watts):
            free = (self.GRID_MV + slow + 500 * self.noise(("grid", phase), second, 600)
                    + 150 * self.noise(("sag", phase), second, 20))
            # 1 mV = 1 mohm x 1 A; the load's current is near power / free voltage
            volts.append(int(free - self.LINE_MOHM * power * 1000 / free))
        return tuple(volts)
