"""What can be known of an STL without anybody's library: closed, in one piece, how large."""

import re
from collections import Counter
from dataclasses import dataclass

_VERTEX = re.compile(r"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


@dataclass(frozen=True)
class Mesh:
    """A list of triangles, each three points."""

    triangles: list

    def open_edges(self):
        """Edges that are not shared by exactly two triangles that run them in opposite senses."""
        count = Counter()
        for a, b, c in self.triangles:
            for edge in ((a, b), (b, c), (c, a)):
                count[edge] += 1
        return sum(1 for (a, b), n in count.items() if n != 1 or count[(b, a)] != 1)

    def volume(self):
        """Cubic millimetres; positive when every face looks outwards."""
        total = 0.0
        for (ax, ay, az), (bx, by, bz), (cx, cy, cz) in self.triangles:
            total += (ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx)
                      + az * (bx * cy - by * cx))
        return total / 6

    def pieces(self):
        """How many parts there are that share no corner."""
        leader = {}

        def find(point):
            while leader.setdefault(point, point) != point:
                leader[point] = leader[leader[point]]
                point = leader[point]
            return point

        for a, b, c in self.triangles:
            leader[find(a)] = find(b)
            leader[find(b)] = find(c)
        return len({find(point) for point in list(leader)})

    def size(self):
        """Width, depth and height of its bounding box."""
        points = [point for triangle in self.triangles for point in triangle]
        return tuple(max(axis) - min(axis) for axis in zip(*points))


def read(path):
    """The Mesh in a text STL."""
    points = [tuple(map(float, found)) for found in _VERTEX.findall(path.read_text())]
    triangles = [tuple(points[i:i + 3]) for i in range(0, len(points), 3)]
    return Mesh([t for t in triangles if len(set(t)) == 3])
