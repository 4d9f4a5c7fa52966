"""Figures out of a transient's vectors: peaks, energies, charges."""


def minus(plot, a, b):
    """The difference of two vectors, sample by sample."""
    return [x - y for x, y in zip(plot[a], plot[b])]


def times(a, b):
    """Product of two vectors."""
    return [x * y for x, y in zip(a, b)]


def integral(plot, values, start=0.0):
    """Over time, by trapezoids, from `start` seconds on."""
    clock = plot["time"]
    return sum((values[i] + values[i + 1]) / 2 * (clock[i + 1] - clock[i])
               for i in range(len(clock) - 1) if clock[i] >= start)


def after(plot, values, start):
    """The samples from `start` seconds on."""
    return [v for t, v in zip(plot["time"], values) if t >= start]


def first(plot, values, test, start=0.0):
    """The index of the first sample from `start` seconds on that passes `test`, or None."""
    return next((i for i, (t, v) in enumerate(zip(plot["time"], values))
                 if t >= start and test(v)), None)


def longest(plot, values, test):
    """Seconds of the longest span of samples that pass `test`."""
    best, begin = 0.0, None
    for t, v in zip(plot["time"], values):
        if test(v):
            begin = t if begin is None else begin
            best = max(best, t - begin)
        else:
            begin = None
    return best
