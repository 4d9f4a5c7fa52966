"""A Reading as InfluxDB line protocol (docs.influxdata.com, "Line protocol", v1 and v2).

One line: `microhan,device=<id> key=value,... seconds`. Powers are integers (`1234i`); energies,
voltages and currents are decimals, exact to the last digit that the meter sent, and always so,
because InfluxDB refuses a field that changes its type. Texts are string fields and no tags:
a tag that comes and goes (some meters send their number once an hour) would split the series.

The meters on channels have lines of their own, `microhan_channel,channel=1,device=a1b2c3 ...`,
with their own time: a gas meter's hourly value that is in every telegram stays one point.
"""

from ...reading.fields import CHANNELS, HISTORY, I_CHANNELS, I_TIME, LEVEL, TEXT, TIME, VAR, W
from ...reading.reading import key_of, kind_of
from .line_protocol import escape_tag, quote, unix


def unix_seconds(reading):
    """Return the meter's time in UTC unix seconds, or None if the Reading has none."""
    local = reading.at(I_TIME)
    return None if local is None else unix(local, reading.utc_offset)


def line(reading, device_id):
    """Return the line for `reading`, without a line feed, or None if it has no field. Lines of
    its channels follow.

    The time is in seconds: the request must say `precision=s`. Without the meter's time the
    line has none, and the database takes its own.
    """
    parts = []
    for i in reading.fields():
        kind = kind_of(i)
        if i == I_TIME or kind == HISTORY or kind == CHANNELS:
            continue
        text = reading.text(i)
        if kind == TEXT or kind == TIME:
            text = quote(text)
        elif kind == W or kind == VAR or kind == LEVEL:
            text += "i"
        parts.append(key_of(i) + "=" + text)
    seconds = unix_seconds(reading)
    out = ""
    if parts:
        out = "microhan,device=" + escape_tag(device_id) + " " + ",".join(parts)
        if seconds is not None:
            out += " " + str(seconds)
    channels = reading.at(I_CHANNELS)
    if channels:
        from .channel_lines import lines

        out += lines(channels, device_id, seconds)
    return out.lstrip("\n") or None
