"""Rows that fill an outline, parallel to its front, which faces the focal point."""

import math
from collections.abc import Sequence
from itertools import pairwise

from venues.plans.draft import Spot, bounds_of
from venues.plans.svg.geometry import ring_area

MOST_ROWS = 200
# The turn at a real corner, in degrees; a drawn curve turns less at each of its points.
CORNER = 35.0
SAMPLES = 60


def fill_rows(outline: Sequence[Spot], focus: Spot, *, rows: int, seats: int, pitch: float) -> list[list[Spot]]:
    """From the front backwards, each from left to right seen from behind it.

    With `seats` exactly so many, spread by the rows' lengths; without, one for each `pitch` of a row.
    Without `rows`, as many as lie a pitch apart, or as leave each seat as much room across as along.
    """
    ring = without_repeats(outline)
    area = abs(ring_area(ring))
    if not rows and seats:
        pitch = min(math.sqrt(area / seats), pitch * 4)
    lines = RuledRows.of(ring, focus) or LevelRows(ring, focus)
    count = rows or max(round(lines.depth / pitch), 1)
    count = min(count, MOST_ROWS, seats or MOST_ROWS)
    drawn = [lines.row((index + 0.5) / count) for index in range(count)]
    lengths = [sum(line_length(part) for part in row) for row in drawn]
    shares = share_seats(lengths, seats) if seats else [max(int(each / pitch), 1) for each in lengths]
    return [along_parts(row, share) for row, share in zip(drawn, shares, strict=True) if share]


class RuledRows:
    """Between a front and a back line, for shapes with four corners; both may be curved."""

    def __init__(self, front: list[Spot], back: list[Spot]) -> None:
        self.front, self.back = from_end_to_end(front, SAMPLES), from_end_to_end(back, SAMPLES)
        self.depth = sum(math.dist(a, b) for a, b in zip(self.front, self.back, strict=True)) / SAMPLES

    @classmethod
    def of(cls, ring: list[Spot], focus: Spot) -> "RuledRows | None":
        marks = corner_marks(ring)
        if len(marks) != 4:
            return None
        sides = [part(ring, marks[index], marks[(index + 1) % 4]) for index in range(4)]
        middles = [middle_of(side) for side in sides]
        # The front looks at the focus most directly: from the back to it, one comes nearest by every step.
        first = max(range(4), key=lambda index: gain(middles[(index + 2) % 4], middles[index], focus))
        front, back = sides[first], sides[(first + 2) % 4][::-1]
        if is_seen_backwards(front, back):
            front, back = front[::-1], back[::-1]
        return cls(front, back)

    def row(self, share: float) -> list[list[Spot]]:
        """The line at this share of the way from the front to the back."""
        pairs = zip(self.front, self.back, strict=True)
        return [[(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in pairs]]


class LevelRows:
    """Straight lines across any other shape, at a right angle to the way to the focus."""

    def __init__(self, ring: list[Spot], focus: Spot) -> None:
        centre = middle_of(ring)
        away = math.dist(centre, focus) or 1.0
        self.along = (centre[0] - focus[0]) / away, (centre[1] - focus[1]) / away
        if centre == focus:
            self.along = 0.0, 1.0
        self.ring = [self.turned(point) for point in ring]
        self.box = bounds_of(self.ring)
        self.depth = self.box.height

    def turned(self, point: Spot) -> Spot:
        """In a frame whose second axis leads away from the focus."""
        across, down = self.along
        return point[0] * down - point[1] * across, point[0] * across + point[1] * down

    def back(self, point: Spot) -> Spot:
        across, down = self.along
        return point[0] * down + point[1] * across, point[1] * down - point[0] * across

    def row(self, share: float) -> list[list[Spot]]:
        level = self.box.top + self.box.height * share
        crossings = sorted(
            a[0] + (b[0] - a[0]) * (level - a[1]) / (b[1] - a[1])
            for a, b in pairwise([*self.ring, self.ring[0]])
            if (a[1] <= level) != (b[1] <= level)
        )
        ends = zip(crossings[::2], crossings[1::2], strict=True)
        return [[self.back((left, level)), self.back((right, level))] for left, right in ends]


def without_repeats(outline: Sequence[Spot]) -> list[Spot]:
    ring = [a for a, b in pairwise([*outline, outline[0]]) if math.dist(a, b) > 1e-6]
    return ring or list(outline)


def corner_marks(ring: list[Spot]) -> list[int]:
    """Where the line turns sharply."""
    marks = []
    for index, point in enumerate(ring):
        before, after = ring[index - 1], ring[(index + 1) % len(ring)]
        one = math.atan2(point[1] - before[1], point[0] - before[0])
        two = math.atan2(after[1] - point[1], after[0] - point[0])
        turn = abs((math.degrees(two - one) + 180) % 360 - 180)
        if turn > CORNER:
            marks.append(index)
    return marks


def gain(back: Spot, front: Spot, focus: Spot) -> float:
    """How much nearer the focus is at the front, as a share of the way there."""
    return (math.dist(back, focus) - math.dist(front, focus)) / (math.dist(back, front) or 1.0)


def part(ring: list[Spot], start: int, end: int) -> list[Spot]:
    return ring[start : end + 1] if start < end else [*ring[start:], *ring[: end + 1]]


def is_seen_backwards(front: list[Spot], back: list[Spot]) -> bool:
    """Whether the front runs from right to left for someone who sits there and looks ahead."""
    across = front[-1][0] - front[0][0], front[-1][1] - front[0][1]
    behind = middle_of(back)[0] - middle_of(front)[0], middle_of(back)[1] - middle_of(front)[1]
    return across[0] * behind[1] - across[1] * behind[0] < 0


def middle_of(points: Sequence[Spot]) -> Spot:
    spots = evenly(points, SAMPLES)
    return sum(x for x, _y in spots) / len(spots), sum(y for _x, y in spots) / len(spots)


def line_length(line: Sequence[Spot]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(line))


def evenly(line: Sequence[Spot], count: int) -> list[Spot]:
    """Points at equal distances along a line, each in the middle of its share."""
    total = line_length(line)
    return points_at(line, [total * (index + 0.5) / count for index in range(count)])


def from_end_to_end(line: Sequence[Spot], count: int) -> list[Spot]:
    total = line_length(line)
    return points_at(line, [total * index / (count - 1) for index in range(count)])


def points_at(line: Sequence[Spot], distances: list[float]) -> list[Spot]:
    """The points so far along a line; `distances` rise."""
    points: list[Spot] = []
    walked = 0.0
    for a, b in pairwise(line):
        step = math.dist(a, b)
        while len(points) < len(distances) and distances[len(points)] <= walked + step:
            share = (distances[len(points)] - walked) / step if step else 0.0
            points.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share))
        walked += step
    # What rounding puts just behind the end lies at the end.
    return [*points, *[line[-1]] * (len(distances) - len(points))]


def share_seats(lengths: list[float], seats: int) -> list[int]:
    """By length, at least one each, the rest to the largest remainders."""
    spare = seats - len(lengths)
    total = sum(lengths) or 1.0
    exact = [spare * each / total for each in lengths]
    shares = [int(each) for each in exact]
    by_remainder = sorted(range(len(lengths)), key=lambda index: shares[index] - exact[index])
    for index in by_remainder[: spare - sum(shares)]:
        shares[index] += 1
    return [share + 1 for share in shares]


def along_parts(parts: list[list[Spot]], seats: int) -> list[Spot]:
    """A row may be cut by the outline into parts; each has seats by its length."""
    if len(parts) == 1:
        return evenly(parts[0], seats)
    lengths = [line_length(each) for each in parts]
    kept = sorted(range(len(parts)), key=lambda index: -lengths[index])[:seats]
    shares = share_seats([lengths[index] for index in sorted(kept)], seats)
    return [spot for index, share in zip(sorted(kept), shares, strict=True) for spot in evenly(parts[index], share)]
