"""Several blocks of rows around one stage: stalls in three parts, a balcony behind them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.checks import MOST_PLACES, label_key
from venues.plans.draft import SEAT_SIZE, CategoryDraft, PlanDraft, SeatDraft, SectionDraft, Shape
from venues.plans.placing import Curved, Fanned, Placing, Point, RowShape, Straight
from venues.plans.rows import (
    AISLE,
    PITCH,
    Align,
    Band,
    Grid,
    GridRow,
    bands_by_row,
    find_faults,
    find_marked,
    find_misfits,
    lay_rows,
)

MOST_BLOCKS = 40
STAGE_HEIGHT = 60.0
STAGE_GAP = 60.0
# Between two tiers there is room for the name of the one behind.
TIER_GAP = PITCH + 2 * AISLE
SHORTEST_RADIUS = STAGE_GAP + STAGE_HEIGHT + 2 * PITCH
USUAL_BEND = 60.0
LARGEST_BEND = 270
WIDEST_TURN = math.radians(330)


class Placed(StrEnum):
    BEHIND = "behind"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Block:
    """One section; `placed` tells where it stands, seen from the block before it."""

    grid: Grid
    placed: Placed = Placed.BEHIND


@dataclass(frozen=True, slots=True)
class Auditorium:
    """`bend` is the angle in degrees that the foremost row spans around the stage, unless rows are straight.

    A block beside another that names no bands has the other's.
    """

    blocks: Sequence[Block]
    row_shape: RowShape = RowShape.STRAIGHT
    bend: float = USUAL_BEND
    stage: str = "Stage"


class Fault(NamedTuple):
    """`block` is the number of the block from 0, or None where the whole is meant."""

    block: int | None
    field: str
    sentence: str


class AuditoriumError(PlanFileError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__([fault.sentence for fault in faults])


@dataclass(frozen=True, slots=True)
class LaidBlock:
    block: Block
    bands: Sequence[Band]
    rows: list[GridRow]
    at: float
    start: float


def draft_auditorium(name: str, auditorium: Auditorium) -> PlanDraft:
    """The plan, stage at the top; raises AuditoriumError with what makes it impossible, field by field."""
    refuse(list(early_faults(auditorium)))
    placing = find_placing(auditorium)
    laid = lay_blocks(auditorium, placing)
    refuse(list(late_faults(auditorium, laid, placing)))
    points = [[place(placing, block, row) for row in block.rows] for block in laid]
    left = min(x for rows in points for row in rows for x, _y in row)
    foremost = [point for block, rows in zip(laid, points, strict=True) if not block.start for point in rows[0]]
    titles = [block_title(block, placing, -left) for block in laid] if len(laid) > 1 else []
    return PlanDraft(
        name=name,
        categories=tuple(draft_categories(laid)),
        sections=tuple(draft_section(block, rows, -left) for block, rows in zip(laid, points, strict=True)),
        shapes=(*auditorium_stage(auditorium, placing, foremost, -left), *titles),
    )


def refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise AuditoriumError(faults)


def early_faults(auditorium: Auditorium) -> Iterator[Fault]:
    if not 1 <= len(auditorium.blocks) <= MOST_BLOCKS:
        yield Fault(None, "", _("A plan has 1 to %(most)s blocks.") % {"most": MOST_BLOCKS})
    if auditorium.row_shape != RowShape.STRAIGHT and not 1 <= auditorium.bend <= LARGEST_BEND:
        yield Fault(None, "bend", _("Rows bend by 1 to %(most)s degrees.") % {"most": LARGEST_BEND})
    names: set[str] = set()
    for index, block in enumerate(auditorium.blocks):
        yield from (Fault(index, field, sentence) for field, sentence in find_faults(block.grid))
        if label_key(block.grid.section) in names:
            facts = {"section": block.grid.section}
            yield Fault(index, "section", _("Another block is called “%(section)s” too.") % facts)
        names.add(label_key(block.grid.section))


def late_faults(auditorium: Auditorium, laid: Sequence[LaidBlock], placing: Placing) -> Iterator[Fault]:
    for index, block in enumerate(laid):
        yield from (Fault(index, field, sentence) for field, sentence in find_misfits(block.block.grid, block.rows))
    if auditorium.row_shape != RowShape.STRAIGHT:
        for _start, group in groupby(laid, key=lambda block: block.start):
            tier = list(group)
            turn = sum(block_extent(block.rows, block.start, placing) for block in tier)
            if turn + placing.gap(tier[0].start) * (len(tier) - 1) > WIDEST_TURN:
                names = ", ".join(block.block.grid.section for block in tier)
                sentence = _("%(names)s: the rows would meet behind the stage. Bend them less, or make them shorter.")
                yield Fault(None, "bend", sentence % {"names": names})


def find_placing(auditorium: Auditorium) -> Placing:
    if auditorium.row_shape == RowShape.STRAIGHT:
        return Straight()
    foremost = tiers_of(auditorium.blocks)[0]
    widths = [2 * front_half(block.grid) for block in foremost]
    radius = max((sum(widths) + AISLE * (len(widths) - 1)) / math.radians(auditorium.bend), SHORTEST_RADIUS)
    return Fanned(radius) if auditorium.row_shape == RowShape.FANNED else Curved(radius)


def front_half(grid: Grid) -> float:
    # Rows in the middle are laid about the front one, so the others need not be looked at.
    alone = replace(grid, rows=1, row_seats=grid.row_seats[:1]) if grid.align == Align.CENTRE else grid
    return lay_rows(alone, lambda _depth: 0.0)[0].half_width


def lay_blocks(auditorium: Auditorium, placing: Placing) -> list[LaidBlock]:
    laid: list[LaidBlock] = []
    for tier in tiers_of(auditorium.blocks):
        start = tier_end(laid, placing) + TIER_GAP if laid else 0.0
        laid += lay_tier(tier, start, placing)
        if sum(len(row.seats) for block in laid for row in block.rows) > MOST_PLACES:
            sentence = _("At most %(most)s seats are possible.") % {"most": MOST_PLACES}
            raise AuditoriumError([Fault(None, "", sentence)])
    return laid


def tiers_of(blocks: Iterable[Block]) -> list[list[Block]]:
    tiers: list[list[Block]] = []
    for block in blocks:
        if tiers and block.placed == Placed.BESIDE:
            tiers[-1].append(block)
        else:
            tiers.append([block])
    return tiers


def lay_tier(blocks: Sequence[Block], start: float, placing: Placing) -> Iterator[LaidBlock]:
    """From left to right about the middle."""
    rows_of = [lay_block(block.grid, start, placing) for block in blocks]
    extents = [block_extent(rows, start, placing) for rows in rows_of]
    gap = placing.gap(start)
    at = -(sum(extents) + gap * (len(extents) - 1)) / 2
    bands: Sequence[Band] = ()
    for block, rows, extent in zip(blocks, rows_of, extents, strict=True):
        bands = block.grid.bands or bands or (Band(block.grid.section, block.grid.rows),)
        yield LaidBlock(block, bands, rows, at + extent / 2, start)
        at += extent + gap


def lay_block(grid: Grid, start: float, placing: Placing) -> list[GridRow]:
    half = front_half(grid)
    return lay_rows(grid, lambda depth: placing.room(half, start, depth))


def block_extent(rows: Sequence[GridRow], start: float, placing: Placing) -> float:
    return max(placing.extent(row.half_width, start + row.depth) for row in rows)


def tier_end(laid: Sequence[LaidBlock], placing: Placing) -> float:
    """How far back anything reaches; a straight row that is turned reaches farthest at its ends."""
    if not isinstance(placing, Fanned):
        return max(block.start + row.depth for block in laid for row in block.rows)
    radius = placing.radius
    return max(
        math.hypot(radius + block.start + row.depth, row.half_width) - radius for block in laid for row in block.rows
    )


def place(placing: Placing, block: LaidBlock, row: GridRow) -> list[Point]:
    return [placing.point(block.at, seat.along, block.start, row.depth) for seat in row.seats]


def draft_section(laid: LaidBlock, points: Sequence[Sequence[Point]], right: float) -> SectionDraft:
    grid = laid.block.grid
    marked = find_marked(grid, laid.rows)
    category_of = bands_by_row(grid, laid.bands)
    seats = []
    for rank, (row, spots) in enumerate(zip(laid.rows, points, strict=True)):
        for seat, (x, y) in zip(row.seats, spots, strict=True):
            key = (row.name, seat.number)
            if key in marked["missing"]:
                continue
            seats.append(
                SeatDraft(
                    row=row.name,
                    number=str(seat.number),
                    x=round(x + right, 2),
                    y=round(y, 2),
                    category=category_of[rank],
                    row_rank=rank,
                    position=seat.position,
                    is_wheelchair=key in marked["wheelchair"],
                    is_companion=key in marked["companion"],
                    has_restricted_view=key in marked["restricted"],
                    is_blocked=key in marked["blocked"],
                )
            )
    return SectionDraft(grid.section, tuple(seats))


def draft_categories(laid: Sequence[LaidBlock]) -> Iterator[CategoryDraft]:
    """In order of first appearance, each with a colour of its own."""
    colors: dict[str, str] = {}
    for block in laid:
        for band in block.bands:
            colors[band.name] = colors.get(band.name) or band.color
    spare = [color for color in PALETTE if color not in colors.values()] or PALETTE
    for name, color in colors.items():
        yield CategoryDraft(name, color or spare[0])
        spare = spare[1:] + spare[:1] if not color else spare


def block_title(block: LaidBlock, placing: Placing, right: float) -> Shape:
    """Its name, in front of its first row."""
    x, y = placing.point(block.at, 0.0, block.start, -SEAT_SIZE - 6)
    title: Shape = {
        "kind": "text",
        "x": round(x + right, 2),
        "y": round(y, 2),
        "size": SEAT_SIZE * 0.8,
        "text": block.block.grid.section,
    }
    turn = round(placing.angle(block.at), 1)
    return title | {"rotation": turn} if turn else title


def auditorium_stage(auditorium: Auditorium, placing: Placing, foremost: Sequence[Point], right: float) -> list[Shape]:
    across = [x + right for x, _y in foremost]
    most = stage_room(placing.radius) if isinstance(placing, Curved) else math.inf
    return stage_shapes(auditorium.stage, min(across), max(across), most=most, centre=right)


def stage_room(radius: float) -> float:
    """The widest stage whose corners keep clear of the foremost arc and the names in front of it."""
    free = radius - 1.4 * PITCH
    halves = [math.sqrt(max(free**2 - (radius - down) ** 2, 0)) for down in (STAGE_GAP, STAGE_GAP + STAGE_HEIGHT)]
    return 2 * min(halves)


def stage_shapes(
    name: str, left: float, right: float, *, most: float = math.inf, centre: float | None = None
) -> list[Shape]:
    """A stage or screen above the front row, centred on it; none without a name."""
    if not name:
        return []
    width = max(min((right - left) * 0.8, most), PITCH * 4)
    centre = (left + right) / 2 if centre is None else centre
    return [
        {
            "kind": "stage",
            "x": round(centre - width / 2, 2),
            "y": -STAGE_GAP - STAGE_HEIGHT,
            "width": round(width, 2),
            "height": STAGE_HEIGHT,
            "text": name,
        }
    ]
