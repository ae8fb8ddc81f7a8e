"""Places from a number alone, where nobody has drawn a layout."""

import math
from dataclasses import replace

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.checks import MOST_PLACES
from venues.plans.draft import SEAT_SIZE, Bounds, CategoryDraft, PlanDraft, SectionDraft, standing_floor
from venues.plans.grid import MOST_COLUMNS, PITCH, Grid, draft_grid, row_names, stage_shapes

# Rows wider than deep, as halls are; and an aisle at least every so many seats.
ROW_SHAPE = 1.6
BLOCK = 14
STANDING_ROOM = 0.5  # Of a seat's area, for one person.
SMALLEST_FLOOR = 240.0


def plan_from_capacity(
    name: str, capacity: int, *, seated: bool = False, section: str = "", stage: str = "Stage"
) -> PlanDraft:
    """Exactly `capacity` places, standing or in generated rows; raises PlanFileError."""
    if not 1 <= capacity <= MOST_PLACES:
        problem = _("The capacity lies between 1 and %(most)s, not %(capacity)s.")
        raise PlanFileError([problem % {"most": MOST_PLACES, "capacity": capacity}])
    if seated:
        return draft_rows(name, capacity, section or _("Seats"), stage)
    return draft_standing(name, capacity, section or _("Standing"), stage)


def draft_rows(name: str, capacity: int, section: str, stage: str) -> PlanDraft:
    columns = min(math.ceil(math.sqrt(capacity * ROW_SHAPE)), MOST_COLUMNS)
    rows = math.ceil(capacity / columns)
    grid = Grid(rows=rows, columns=columns, section=section, aisles=even_aisles(columns), stage=stage)
    last_row = row_names(rows, grid.row_labels)[-1]
    seats_in_last = capacity - (rows - 1) * columns
    missing = [f"{last_row}{number}" for number in range(seats_in_last + 1, columns + 1)]
    return draft_grid(name, replace(grid, missing=missing))


def even_aisles(columns: int) -> list[int]:
    """After equal blocks of at most 14 seats."""
    blocks = math.ceil(columns / BLOCK)
    return [round(columns * block / blocks) for block in range(1, blocks)]


def draft_standing(name: str, capacity: int, section: str, stage: str) -> PlanDraft:
    area = capacity * STANDING_ROOM * PITCH**2
    width = max(math.sqrt(area * ROW_SHAPE), SMALLEST_FLOOR)
    height = max(area / width, SMALLEST_FLOOR / 2)
    floor = SectionDraft(section, capacity=capacity, category=section, box=Bounds(0, 0, width, height))
    return PlanDraft(
        name=name,
        categories=(CategoryDraft(section, PALETTE[0]),),
        sections=(floor,),
        shapes=(*stage_shapes(stage, 0, width), standing_floor(floor)),
        seat_size=SEAT_SIZE,
    )
