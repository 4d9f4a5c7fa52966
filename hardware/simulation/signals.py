"""What the meter sends, and whether a UART that listens at the GPIO would read it right."""

from bisect import bisect_right

BAUD = 115200
BIT_US = 1e6 / BAUD
LEAD_US = 30.0  # idle before the first start bit: everything has settled
# An isolated 0 after a long idle, nine zeros and an isolated 1, then as many edges as can be.
SENT = (0xFF, 0x00, 0x55)
# How late the UART may notice a start bit. The ESP32s divide 40 or 80 MHz by 347 or 694 for a bit,
# so one clock is 0.03 us; the rest is for two flip-flops and a filter. No 16-fold oversampling.
GRANULARITY_US = 0.1
# ESP32, share of its 3.3 V: below is surely 0, above is surely 1, between is nothing.
VIL, VIH = 0.25, 0.75


def frame(byte):
    """The ten bits of a byte, in the order sent."""
    return [0] + [byte >> n & 1 for n in range(8)] + [1]


def bits():
    """All bits of SENT."""
    return [bit for byte in SENT for bit in frame(byte)]


def length_us():
    """How long a transient must be: the bits, and one character of idle."""
    return LEAD_US + (len(bits()) + 6) * BIT_US


def pwl(edge_us=0.05):
    """The meter's output transistor as a PWL source: 1 is on (MARK, DATA low), 0 is off."""
    points = [(0.0, 1)]
    level = 1
    for number, bit in enumerate(bits()):
        if bit != level:
            at = LEAD_US + number * BIT_US
            points += [(at, level), (at + edge_us, bit)]
            level = bit
    if level != 1:
        at = LEAD_US + len(bits()) * BIT_US
        points += [(at, level), (at + edge_us, 1)]
    return "PWL(" + " ".join(f"{t:.4f}u {v}" for t, v in points) + ")"


def _segments(times, volts, vdd, inverted):
    """Spans of a valid level: lists of starts, ends (us) and logic levels, in order."""
    low, high = VIL * vdd, VIH * vdd
    starts, ends, levels = [], [], []
    now, before_t, before_v = None, None, None
    for t, v in zip(times, volts):
        t *= 1e6
        level = 1 if v >= high else 0 if v <= low else None
        if level != now:
            if now is not None:
                limit = high if now else low
                ends.append(_cross(before_t, before_v, t, v, limit))
            if level is not None:
                limit = high if level else low
                starts.append(t if before_t is None else _cross(before_t, before_v, t, v, limit))
                levels.append(level ^ inverted)
            now = level
        before_t, before_v = t, v
    if now is not None:
        ends.append(before_t)
    return starts, ends, levels


def _cross(t0, v0, t1, v1, limit):
    if v1 == v0:
        return t1
    return t0 + (t1 - t0) * (limit - v0) / (v1 - v0)


def margin(times, volts, vdd, baud_error=0.0, inverted=0, granularity_us=0.0):
    """Worst distance, in us, from a sampling instant to where its bit is not surely there.

    Negative: a bit is read wrong or is between the levels. The receiver's clock is off by
    `baud_error`; it notices the start bit somewhere between the two thresholds, and up to
    `granularity_us` later.
    """
    starts, ends, levels = _segments(times, volts, vdd, inverted)
    if not starts:
        return -BIT_US
    worst = BIT_US
    for number, byte in enumerate(SENT):
        begin = LEAD_US + number * 10 * BIT_US
        edge = _start_edge(starts, ends, levels, begin)
        if edge is None:
            return -BIT_US
        for seen in (edge[0], edge[1] + granularity_us):
            for place, bit in enumerate(frame(byte)):
                at = seen + (place + 0.5) * BIT_US * (1 + baud_error)
                worst = min(worst, _distance(starts, ends, levels, at, bit))
    return worst


def _start_edge(starts, ends, levels, begin):
    """(leaves 1, reaches 0) of the start bit nearest to `begin`; None if there is none."""
    best = None
    for i in range(1, len(starts)):
        if levels[i] == 0 and levels[i - 1] == 1:
            if best is None or abs(ends[i - 1] - begin) < abs(best[0] - begin):
                best = (ends[i - 1], starts[i])
    if best is None or abs(best[0] - begin) > BIT_US:
        return None
    return best


def _distance(starts, ends, levels, at, bit):
    i = bisect_right(starts, at) - 1
    if i >= 0 and levels[i] == bit and at <= ends[i]:
        return min(at - starts[i], ends[i] - at)
    near = [min(abs(at - s), abs(at - e))
            for s, e, level in zip(starts, ends, levels) if level == bit]
    return -min(near, default=BIT_US)


def skew(times, volts, vdd):
    """(delay of rising edges, of falling edges) at half the supply, worst of each, in us."""
    half = vdd / 2
    wanted = [(LEAD_US + n * BIT_US) for n in range(len(bits()) + 1)]
    rise, fall = [], []
    before_t, before_v = times[0], volts[0]
    for t, v in zip(times, volts):
        if (before_v < half) != (v < half):
            at = _cross(before_t * 1e6, before_v, t * 1e6, v, half)
            delay = min([at - w for w in wanted if w <= at + 0.01], default=None)
            if delay is not None:
                (rise if v > before_v else fall).append(delay)
        before_t, before_v = t, v
    return max(rise, default=float("nan")), max(fall, default=float("nan"))
