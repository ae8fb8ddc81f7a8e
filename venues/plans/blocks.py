"""Which rows stand together, and in which order people read the blocks they form."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from venues.plans.draft import Bounds, bounds_of

Point = tuple[float, float]
# Blocks hardly left of straight ahead still count as the first of a ring.
RING_START = 5.0


class HasPoints(Protocol):
    def points(self) -> list[Point]: ...


Row = TypeVar("Row", bound=HasPoints)


def find_blocks(rows: Sequence[Row], *, reach: float) -> list[list[Row]]:
    """Rows that have seats within `reach` of each other stand in one block, as do their neighbours."""
    leader = list(range(len(rows)))

    def lead(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    cells: dict[tuple[int, int], list[tuple[Point, int]]] = defaultdict(list)
    for index, row in enumerate(rows):
        for point in row.points():
            for other, other_index in around(cells, point, reach):
                if math.dist(point, other) <= reach:
                    leader[lead(index)] = lead(other_index)
            cells[cell_of(point, reach)].append((point, index))
    blocks: dict[int, list[Row]] = {}
    for index, row in enumerate(rows):
        blocks.setdefault(lead(index), []).append(row)
    return list(blocks.values())


def cell_of(point: Point, size: float) -> tuple[int, int]:
    return math.floor(point[0] / size), math.floor(point[1] / size)


def around(
    cells: dict[tuple[int, int], list[tuple[Point, int]]], point: Point, size: float
) -> Iterator[tuple[Point, int]]:
    column, row = cell_of(point, size)
    for across in (-1, 0, 1):
        for down in (-1, 0, 1):
            yield from cells.get((column + across, row + down), ())


def is_covered(points: Iterable[Point], others: Iterable[Point], *, nearest: float) -> bool:
    """Whether any point lies closer than `nearest` to one of the others."""
    cells: dict[tuple[int, int], list[tuple[Point, int]]] = defaultdict(list)
    for other in others:
        cells[cell_of(other, nearest)].append((other, 0))
    return any(math.dist(point, other) < nearest for point in points for other, _ in around(cells, point, nearest))


def in_reading_order(blocks: Sequence[list[Row]], focus: Point) -> list[list[Row]]:
    """Clockwise from the top around a stage in the middle; else by lines, left to right."""
    boxes = [bounds_of(point for row in block for point in row.points()) for block in blocks]
    if surrounds(boxes, focus):
        order = sorted(range(len(blocks)), key=lambda index: clock_angle(boxes[index].centre, focus))
    else:
        order = by_lines(boxes)
    return [blocks[index] for index in order]


def surrounds(boxes: Sequence[Bounds], focus: Point) -> bool:
    """Whether there are blocks on all four sides."""
    centres = [box.centre for box in boxes]
    return (
        any(x < focus[0] for x, _y in centres)
        and any(x > focus[0] for x, _y in centres)
        and any(y < focus[1] for _x, y in centres)
        and any(y > focus[1] for _x, y in centres)
    )


def clock_angle(point: Point, focus: Point) -> float:
    degrees = math.degrees(math.atan2(point[0] - focus[0], focus[1] - point[1]))
    return (degrees + RING_START) % 360


def by_lines(boxes: Sequence[Bounds]) -> list[int]:
    """A block belongs to the line above it when its middle is not below that line's first block."""
    lines: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda each: boxes[each].centre[1]):
        if lines and boxes[index].centre[1] <= boxes[lines[-1][0]].bottom:
            lines[-1].append(index)
        else:
            lines.append([index])
    return [index for line in lines for index in sorted(line, key=lambda each: boxes[each].left)]
