"""From loose rows at positions to sections in which every seat has a label a person can find.

Drawn plans repeat row letters between the blocks of a zone, and lay one floor over another.
Where a zone says the same row and number twice, its blocks become sections ("Ground floor,
block 3"); where seats of two zones lie on each other, the later zone is drawn beside.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from django.utils.translation import gettext as _

from venues.plans.arrange import moved_shape
from venues.plans.blocks import Point, find_blocks, in_reading_order, is_covered
from venues.plans.checks import label_key
from venues.plans.draft import SEAT_SIZE, Bounds, SeatDraft, SectionDraft, Shape, bounds_of, join_bounds, shape_bounds

SEAT_SHARE = 0.85  # Of the distance between two neighbours; the rest is air.
AISLE = 1.6  # Neighbours farther apart than this many pitches have an aisle between them.
HALF_LETTER = 0.28  # Of the type size, on average.
STAGE_WORDS = ("stage", "screen", "pitch", "bühne", "leinwand", "scène", "podium", "scenario", "palco")


@dataclass(frozen=True, slots=True)
class LooseSeat:
    number: str
    x: float
    y: float
    category: str
    is_wheelchair: bool = False
    is_companion: bool = False
    has_restricted_view: bool = False
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class LooseRow:
    name: str
    seats: list[LooseSeat]

    def points(self) -> list[Point]:
        return [(seat.x, seat.y) for seat in self.seats]


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    rows: list[LooseRow]
    shapes: list[Shape]

    def points(self) -> list[Point]:
        return [point for row in self.rows for point in row.points()]

    def moved(self, down: float) -> "Zone":
        rows = [replace(row, seats=[replace(seat, y=seat.y + down) for seat in row.seats]) for row in self.rows]
        return replace(self, rows=rows, shapes=[moved_shape(shape, down=down) for shape in self.shapes])


def lay_out(zones: Iterable[Zone]) -> tuple[list[SectionDraft], list[Shape], float]:
    """Sections with ranked, uniquely labelled seats; the shapes below them; the room of one seat."""
    zones = [replace(zone, rows=[row for row in zone.rows if row.seats]) for zone in zones]
    pitch = find_pitch(row for zone in zones for row in zone.rows)
    zones = mark_stage(zones)
    focus = find_focus(zones)
    placed: list[Zone] = []
    sections: list[SectionDraft] = []
    shapes: list[Shape] = []
    for zone in zones:
        # Ranks are taken where the zone was drawn: a gallery's front row faces the stage from there.
        here, down = beside(zone, placed, focus, pitch)
        placed.append(here)
        shapes += here.shapes
        if down:
            shapes.append(zone_title(here, up=down < 0, pitch=pitch))
        for section, label in zone_sections(zone, focus, pitch):
            seats = tuple(replace(seat, y=seat.y + down) for seat in section.seats)
            sections.append(replace(section, seats=seats))
            shapes += [moved_shape(label, down=down)] if label else []
    return unique_names(sections), shapes, round(pitch * SEAT_SHARE, 1)


def find_pitch(rows: Iterable[LooseRow]) -> float:
    """The usual distance between two neighbours."""
    steps = [math.dist(a, b) for row in rows for a, b in neighbours(row.points())]
    steps = [step for step in steps if step > 0]
    return median(steps) if steps else SEAT_SIZE / SEAT_SHARE


def neighbours(points: list[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise(points)


def mark_stage(zones: list[Zone]) -> list[Zone]:
    """The rectangle called a stage, or else the largest one without seats in it, becomes the stage."""
    rectangles = [shape for zone in zones for shape in zone.shapes if shape["kind"] == "rectangle"]
    points = [point for zone in zones for point in zone.points()]
    empty = [shape for shape in rectangles if not any(contains(shape_bounds(shape), point) for point in points)]
    words = [shape for zone in zones for shape in zone.shapes if is_stage_word(shape)]
    named = [shape for shape in empty if any(contains(shape_bounds(shape), (text["x"], text["y"])) for text in words)]
    if not empty:
        return zones
    stage = max(named or empty, key=lambda shape: shape["width"] * shape["height"])
    marked = stage | {"kind": "stage", "text": "" if stage in named else _("Stage")}
    return [replace(zone, shapes=[marked if shape is stage else shape for shape in zone.shapes]) for zone in zones]


def is_stage_word(shape: Shape) -> bool:
    return shape["kind"] == "text" and any(word in shape["text"].casefold() for word in STAGE_WORDS)


def contains(box: Bounds, point: Point) -> bool:
    return box.left < point[0] < box.right and box.top < point[1] < box.bottom


def find_focus(zones: list[Zone]) -> Point:
    """The middle of the stage; where none is drawn, it is taken to be at the top."""
    for zone in zones:
        for shape in zone.shapes:
            if shape["kind"] == "stage":
                return shape_bounds(shape).centre
            if is_stage_word(shape):
                return shape["x"], shape["y"]
    bounds = bounds_of(point for zone in zones for point in zone.points())
    return bounds.centre[0], bounds.top - bounds.height


def beside(zone: Zone, placed: list[Zone], focus: Point, pitch: float) -> tuple[Zone, float]:
    """The zone where its seats lie on no others, moved away from the stage; and how far down it went."""
    others = [point for other in placed for point in other.points()]
    points = zone.points()
    if not is_covered(points, others, nearest=pitch / 2):
        return zone, 0.0
    taken = join_bounds([bounds_of(others), *(shape_bounds(shape) for other in placed for shape in other.shapes)])
    own, room = bounds_of(points), pitch * 4
    above = own.centre[1] < focus[1]
    down = taken.top - room - own.bottom if above else taken.bottom + room - own.top
    return zone.moved(down), down


def zone_title(zone: Zone, *, up: bool, pitch: float) -> Shape:
    bounds = bounds_of(zone.points())
    y = bounds.top - pitch * 3 if up else bounds.bottom + pitch * 3
    return {"kind": "text", "x": bounds.centre[0], "y": y, "size": pitch, "text": zone.name}


def zone_sections(zone: Zone, focus: Point, pitch: float) -> Iterator[tuple[SectionDraft, Shape | None]]:
    """One section for the zone, or one for each block with the block's label beside it."""
    blocks = [zone.rows]
    if has_repeated_labels(zone.rows):
        blocks = find_blocks(zone.rows, reach=pitch * AISLE)
    if len(blocks) == 1:
        if zone.rows:
            yield SectionDraft(zone.name, rank_seats(zone.rows, focus, pitch)), None
        return
    for number, rows in enumerate(in_reading_order(blocks, focus), start=1):
        name = _("%(zone)s, block %(number)s") % {"zone": zone.name, "number": number}
        yield SectionDraft(name, rank_seats(rows, focus, pitch)), block_label(number, rows, focus, pitch)


def has_repeated_labels(rows: Iterable[LooseRow]) -> bool:
    labels = [(label_key(row.name), label_key(seat.number)) for row in rows for seat in row.seats]
    return len(labels) != len(set(labels))


def block_label(number: int, rows: list[LooseRow], focus: Point, pitch: float) -> Shape:
    """Behind the middle of the last row, seen from the stage."""
    middles = sorted((middle(row.points()) for row in rows), key=lambda spot: math.dist(spot, focus))
    x, y = middles[-1]
    front = middles[0] if len(middles) > 1 else focus
    depth = math.dist(front, (x, y)) or 1.0
    across, along = (x - front[0]) / depth, (y - front[1]) / depth
    text = _("Block %(number)s") % {"number": number}
    size = pitch * 0.8
    reach = pitch * 1.3 + abs(across) * len(text) * size * HALF_LETTER
    return {"kind": "text", "x": x + across * reach, "y": y + along * reach, "size": size, "text": text}


def rank_seats(rows: list[LooseRow], focus: Point, pitch: float) -> tuple[SeatDraft, ...]:
    """Rows from the stage backwards, seats from left to right with a gap in `position` at an aisle."""
    groups: dict[str, list[LooseSeat]] = {}
    for row in unrepeated(rows):
        groups.setdefault(row.name, []).extend(row.seats)
    by_distance = sorted(groups, key=lambda name: math.dist(middle(spots(groups[name])), focus))
    return tuple(
        SeatDraft(
            row=name,
            number=seat.number,
            x=seat.x,
            y=seat.y,
            category=seat.category,
            row_rank=rank,
            position=position,
            is_wheelchair=seat.is_wheelchair,
            is_companion=seat.is_companion,
            has_restricted_view=seat.has_restricted_view,
            is_blocked=seat.is_blocked,
        )
        for rank, name in enumerate(by_distance)
        for position, seat in positions(groups[name], pitch)
    )


def unrepeated(rows: Iterable[LooseRow]) -> Iterator[LooseRow]:
    """Rows of one name may share it as long as no number repeats; then comes "A (2)"."""
    numbers_of: dict[str, set[str]] = {}
    for row in rows:
        numbers = {label_key(seat.number) for seat in row.seats}
        name, again = row.name, 1
        while numbers_of.setdefault(label_key(name), set()) & numbers:
            again += 1
            name = f"{row.name} ({again})"
        numbers_of[label_key(name)] |= numbers
        yield replace(row, name=name)


def positions(seats: list[LooseSeat], pitch: float) -> Iterator[tuple[int, LooseSeat]]:
    ordered = along_the_row(seats)
    position = 0
    for index, seat in enumerate(ordered):
        if index:
            before = ordered[index - 1]
            position += 1 if math.dist((before.x, before.y), (seat.x, seat.y)) <= pitch * AISLE else 2
        yield position, seat


def along_the_row(seats: list[LooseSeat]) -> list[LooseSeat]:
    """By projection on the line between the row's ends, left to right, else top to bottom."""
    centre = middle(spots(seats))
    one = max(spots(seats), key=lambda spot: math.dist(spot, centre))
    other = max(spots(seats), key=lambda spot: math.dist(spot, one))
    start, end = sorted([one, other], key=lambda spot: (round(spot[0]), spot[1]))
    across, down = end[0] - start[0], end[1] - start[1]
    return sorted(seats, key=lambda seat: (seat.x - start[0]) * across + (seat.y - start[1]) * down)


def spots(seats: Iterable[LooseSeat]) -> list[Point]:
    return [(seat.x, seat.y) for seat in seats]


def middle(points: list[Point]) -> Point:
    return sum(x for x, _y in points) / len(points), sum(y for _x, y in points) / len(points)


def unique_names(sections: list[SectionDraft]) -> list[SectionDraft]:
    seen: set[str] = set()
    renamed = []
    for section in sections:
        name, again = section.name, 1
        while label_key(name) in seen:
            again += 1
            name = f"{section.name} ({again})"
        seen.add(label_key(name))
        renamed.append(replace(section, name=name))
    return renamed
