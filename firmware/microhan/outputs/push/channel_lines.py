"""The meters on channels 1 to 4 as InfluxDB line protocol. Loaded for meters that have such.

Shape of the values: extras.CHANNEL_MEMBERS.
"""

from ...reading.json_text import milli
from .line_protocol import escape_tag, quote, unix


def lines(channels, device_id, seconds):
    """A line for each channel, with its own time or else with `seconds`; each begins with a
    line feed."""
    out = ""
    for n in sorted(channels):
        members = channels[n]
        parts = []
        for name in ("type", "id", "value", "unit", "valve"):
            value = members.get(name)
            if value is not None:
                if name == "value":
                    value = milli(*value).decode()
                else:
                    value = "%di" % value if name == "type" else quote(value)
                parts.append(name + "=" + value)
        if parts:
            out += "\nmicrohan_channel,channel=%d,device=%s %s" % (
                n, escape_tag(device_id), ",".join(parts))
            time = members.get("time")
            when = unix(*time) if time else seconds
            if when is not None:
                out += " %d" % when
    return out
