"""A line to the console and to a short ring in memory."""

from micropython import const

_LINES = const(8)
_WIDTH = const(160)


class Log:
    """Call it with a text. `uptime_s()` stamps each line; `lines` holds the newest ones."""

    def __init__(self, uptime_s):
        self._uptime_s = uptime_s
        self.lines = []

    def __call__(self, text):
        """Keep and print one line, cut at 160 characters."""
        line = "%d %s" % (self._uptime_s(), text[:_WIDTH])
        if len(self.lines) >= _LINES:
            self.lines.pop(0)
        self.lines.append(line)
        print(line)
