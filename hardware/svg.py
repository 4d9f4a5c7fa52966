"""Just enough SVG for our plots and drawings: same input, same bytes."""

from xml.sax.saxutils import escape

INK = "#1b1f24"
SOFT = "#6b7480"
GRID = "#d9dee4"
FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"


def _number(value):
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


class Svg:
    """A picture; coordinates in pixels, y downwards."""

    def __init__(self, width, height, title):
        self.width, self.height = width, height
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="{FONT}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>']

    def add(self, name, **attributes):
        """Any element without content; _ in a name becomes -."""
        words = [f'{key.replace("_", "-")}="{_number(v) if isinstance(v, (int, float)) else v}"'
                 for key, v in attributes.items() if v is not None]
        self._parts.append(f"<{name} {' '.join(words)}/>")

    def line(self, points, colour=INK, width=1.5, dash=None, opacity=None, fill="none"):
        """A polyline."""
        text = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self.add("polyline", points=text, fill=fill, stroke=colour, stroke_width=width,
                 stroke_dasharray=dash, stroke_opacity=opacity, stroke_linejoin="round",
                 stroke_linecap="round")

    def shape(self, points, fill, colour="none", width=1.0, opacity=None):
        """A filled polygon."""
        text = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        self.add("polygon", points=text, fill=fill, stroke=colour, stroke_width=width,
                 fill_opacity=opacity)

    def rect(self, x, y, w, h, fill="none", colour=INK, width=1.5, round_=0, dash=None):
        """A rectangle by its top left corner."""
        self.add("rect", x=x, y=y, width=w, height=h, fill=fill, stroke=colour,
                 stroke_width=width, rx=round_ or None, stroke_dasharray=dash)

    def dot(self, x, y, r=3, fill=INK, colour="none", width=1.0):
        """A disc."""
        self.add("circle", cx=x, cy=y, r=r, fill=fill, stroke=colour, stroke_width=width)

    def text(self, x, y, words, size=13, colour=INK, at="start", bold=False, turn=None):
        """Text; `at` is start, middle or end, `turn` degrees."""
        extra = ' font-weight="bold"' if bold else ""
        if turn is not None:
            extra += f' transform="rotate({turn} {_number(x)} {_number(y)})"'
        self._parts.append(
            f'<text x="{_number(x)}" y="{_number(y)}" font-size="{size}" fill="{colour}" '
            f'text-anchor="{at}"{extra}>{escape(words)}</text>')

    def lines(self, x, y, rows, size=13, step=None, **more):
        """Several rows of text, one under the other."""
        for number, row in enumerate(rows):
            self.text(x, y + number * (step or size * 1.4), row, size, **more)

    def save(self, path):
        """Writes the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*self._parts, "</svg>", ""]))


class Axes:
    """A plot's frame inside an Svg: ticks, labels, and curves in the plot's own units."""

    def __init__(self, svg, box, x_range, y_range):
        self.svg = svg
        self.x, self.y, self.w, self.h = box
        self.x_range, self.y_range = x_range, y_range

    def at(self, x, y):
        """The pixel of a point, kept inside the frame's height."""
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        y = min(max(y, y0), y1)
        return (self.x + (x - x0) / (x1 - x0) * self.w,
                self.y + self.h - (y - y0) / (y1 - y0) * self.h)

    def frame(self, x_ticks, y_ticks, x_label="", y_label="", title=""):
        """Grid, numbers and names."""
        for tick in x_ticks:
            px, _ = self.at(tick, self.y_range[0])
            self.svg.line([(px, self.y), (px, self.y + self.h)], GRID, 1)
            self.svg.text(px, self.y + self.h + 17, f"{tick:g}", 12, SOFT, "middle")
        for tick in y_ticks:
            _, py = self.at(self.x_range[0], tick)
            self.svg.line([(self.x, py), (self.x + self.w, py)], GRID, 1)
            self.svg.text(self.x - 7, py + 4, f"{tick:g}", 12, SOFT, "end")
        self.svg.rect(self.x, self.y, self.w, self.h, colour=SOFT, width=1)
        self.svg.text(self.x + self.w / 2, self.y + self.h + 36, x_label, 13, INK, "middle")
        self.svg.text(self.x - 36, self.y + self.h / 2, y_label, 13, INK, "middle", turn=-90)
        self.svg.text(self.x, self.y - 9, title, 14, INK, bold=True)

    def curve(self, points, colour, width=1.8, **more):
        """A line through points in the plot's units."""
        self.svg.line([self.at(x, y) for x, y in points], colour, width, **more)

    def band(self, x0, x1, y0, y1, fill, opacity=1):
        """A filled rectangle in the plot's units."""
        self.svg.shape([self.at(x0, y0), self.at(x1, y0), self.at(x1, y1), self.at(x0, y1)],
                       fill, opacity=opacity)

    def area(self, points, fill, opacity=1):
        """A filled polygon in the plot's units."""
        self.svg.shape([self.at(x, y) for x, y in points], fill, opacity=opacity)
