"""The closed curve along which a stadium's rows run: circular arcs of three sizes, joined smoothly.

A place on it is named by the direction of its outward normal, in radians, clockwise on the screen and
0 to the right. Every row is the same curve at a greater offset, so rows grow outward and stay as far
apart as they are. Lengths are in metres, the origin is the centre of the pitch.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from venues.plans.draft import Spot

QUARTER = math.pi / 2


@dataclass(frozen=True, slots=True)
class Arc:
    start: float
    end: float
    radius: float
    centre: Spot

    @property
    def angle(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Curve:
    arcs: Sequence[Arc]

    def at(self, angle: float, offset: float = 0.0) -> Spot:
        arc = self.arcs[self._index(angle % math.tau)]
        reach = arc.radius + offset
        return arc.centre[0] + reach * math.cos(angle), arc.centre[1] + reach * math.sin(angle)

    def length(self, start: float, end: float, offset: float) -> float:
        """The way from one angle to a later one."""
        return self._way_to(end, offset) - self._way_to(start, offset)

    def onward(self, start: float, way: float, offset: float) -> float:
        """The angle that lies so far after another."""
        turns, rest = divmod(self._way_to(start, offset) + way, self._way_to(math.tau, offset))
        ends = list(accumulate((arc.radius + offset) * arc.angle for arc in self.arcs))
        index = min(bisect_right(ends, rest), len(ends) - 1)
        arc = self.arcs[index]
        return turns * math.tau + arc.end - (ends[index] - rest) / (arc.radius + offset)

    def _index(self, angle: float) -> int:
        return min(bisect_right([arc.end for arc in self.arcs], angle), len(self.arcs) - 1)

    def _way_to(self, angle: float, offset: float) -> float:
        turns, rest = divmod(angle, math.tau)
        whole = sum((arc.radius + offset) * arc.angle for arc in self.arcs)
        parts = ((arc.radius + offset) * min(arc.angle, rest - arc.start) for arc in self.arcs if arc.start < rest)
        return turns * whole + sum(parts)


def rounded(*, across: float, down: float, corner: float, end_turn: float, side_turn: float) -> Curve:
    """A curve of the given half width and half height.

    Its ends turn by `end_turn` to either side of the axis and its sides by `side_turn`, gently; the
    corners have the radius `corner`. How round ends and sides are follows from that.
    """
    # The sums over a quarter of the curve of radius times sine, and times cosine, are its extents.
    ends = 1 - math.cos(end_turn), math.sin(end_turn)
    sides = math.sin(side_turn), 1 - math.cos(side_turn)
    width = across - corner * (math.cos(end_turn) - math.sin(side_turn))
    height = down - corner * (math.cos(side_turn) - math.sin(end_turn))
    scale = ends[0] * sides[1] - sides[0] * ends[1]
    end_radius = (width * sides[1] - sides[0] * height) / scale
    side_radius = (ends[0] * height - width * ends[1]) / scale
    quarter = [(end_turn, end_radius), (QUARTER - side_turn, corner), (QUARTER, side_radius)]
    turns = [
        *quarter,
        *mirrored(quarter, math.pi),
        *((turn + math.pi, radius) for turn, radius in quarter),
        *mirrored(quarter, math.tau),
    ]
    return Curve(join(turns, start=(across, 0.0)))


def mirrored(quarter: list[tuple[float, float]], until: float) -> list[tuple[float, float]]:
    """The same arcs backwards, ending at `until`."""
    starts = [0.0, *(turn for turn, _radius in quarter)]
    return [(until - start, radius) for start, (_turn, radius) in reversed(list(zip(starts, quarter, strict=False)))]


def join(turns: list[tuple[float, float]], *, start: Spot) -> list[Arc]:
    """Arcs up to each angle, every one beginning where the one before ends."""
    arcs: list[Arc] = []
    angle, (x, y) = 0.0, start
    for end, radius in turns:
        centre = x - radius * math.cos(angle), y - radius * math.sin(angle)
        arcs.append(Arc(angle, end, radius, centre))
        angle, x, y = end, centre[0] + radius * math.cos(end), centre[1] + radius * math.sin(end)
    return arcs
