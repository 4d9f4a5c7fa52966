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
        """Keep and print one line; what is longer than 160 characters ends in "…"."""
        if len(text) > _WIDTH:
            text = text[:_WIDTH - 1] + "…"
        line = "%d %s" % (self._uptime_s(), text)
        if len(self.lines) >= _LINES:
            self.lines.pop(0)
        self.lines.append(line)
        print(line)
