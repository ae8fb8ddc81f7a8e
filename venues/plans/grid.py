"""Rows by columns: the plan of a cinema, a studio, a stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft, Shape

MOST_ROWS = 200
MOST_COLUMNS = 500
PITCH = 30.0
AISLE = 36.0
STAGE_HEIGHT = 60.0
STAGE_GAP = 60.0


class RowLabels(StrEnum):
    LETTERS = "letters"
    LETTERS_CLEAR = "letters_clear"  # Without I and O, which read like 1 and 0.
    NUMBERS = "numbers"


class Numbering(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"  # Odd numbers to the left of the middle, even ones to the right.


@dataclass(frozen=True, slots=True)
class Band:
    """The next `rows` rows, counted from the front, are sold as one category."""

    name: str
    rows: int
    color: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """What a person says about a rectangular plan, seen from the audience facing the stage.

    `aisles` are column positions counted from the left: an aisle follows each of them.
    `cross_aisles` are rows counted from the front. `wheelchair`, `companion` and `missing`
    name seats by their label ("A1"). Rows behind the last band belong to the last band.
    """

    rows: int
    columns: int
    section: str = "Stalls"
    aisles: Sequence[int] = ()
    cross_aisles: Sequence[int] = ()
    row_labels: RowLabels = RowLabels.LETTERS_CLEAR
    numbering: Numbering = Numbering.LEFT
    bands: Sequence[Band] = ()
    stage: str = "Stage"
    wheelchair: Sequence[str] = ()
    companion: Sequence[str] = ()
    missing: Sequence[str] = ()


def draft_grid(name: str, grid: Grid) -> PlanDraft:
    """The plan a grid describes, stage at the top; raises PlanFileError for an impossible one."""
    if problems := find_problems(grid):
        raise PlanFileError(problems)
    bands = grid.bands or (Band(grid.section, grid.rows),)
    categories = tuple(
        CategoryDraft(band.name, band.color or PALETTE[rank % len(PALETTE)]) for rank, band in enumerate(bands)
    )
    seats = tuple(make_seats(grid, bands))
    if unknown := sorted(marked_labels(grid) - all_labels(grid)):
        raise PlanFileError([_("There is no seat %(labels)s in this grid.") % {"labels": ", ".join(unknown)}])
    return PlanDraft(
        name=name,
        categories=categories,
        sections=(SectionDraft(grid.section, seats),),
        shapes=tuple(stage_shapes(grid.stage, 0, (grid.columns - 1) * PITCH + len(set(grid.aisles)) * AISLE)),
    )


def find_problems(grid: Grid) -> list[str]:
    problems = []
    if not 1 <= grid.rows <= MOST_ROWS:
        problems.append(_("A grid has 1 to %(most)s rows, not %(rows)s.") % {"most": MOST_ROWS, "rows": grid.rows})
    if not 1 <= grid.columns <= MOST_COLUMNS:
        problems.append(
            _("A row has 1 to %(most)s seats, not %(columns)s.") % {"most": MOST_COLUMNS, "columns": grid.columns}
        )
    if outside := [aisle for aisle in grid.aisles if not 0 < aisle < grid.columns]:
        problems.append(
            _("An aisle lies between two seats of a row: after 1 to %(last)s, not after %(outside)s.")
            % {"last": grid.columns - 1, "outside": ", ".join(map(str, outside))}
        )
    if outside := [aisle for aisle in grid.cross_aisles if not 0 < aisle < grid.rows]:
        problems.append(
            _("A cross aisle lies between two rows: after 1 to %(last)s, not after %(outside)s.")
            % {"last": grid.rows - 1, "outside": ", ".join(map(str, outside))}
        )
    if any(band.rows < 1 for band in grid.bands) or sum(band.rows for band in grid.bands) > grid.rows:
        problems.append(
            _("The price bands need at least one row each and at most %(rows)s in all.") % {"rows": grid.rows}
        )
    return problems


def make_seats(grid: Grid, bands: Sequence[Band]) -> list[SeatDraft]:
    band_of_row = [band.name for band in bands for _row in range(band.rows)]
    band_of_row += [bands[-1].name] * (grid.rows - len(band_of_row))
    numbers = column_numbers(grid.columns, grid.numbering)
    missing = set(grid.missing)
    seats = []
    for row_index, row in enumerate(row_names(grid.rows, grid.row_labels)):
        y = row_index * PITCH + sum(AISLE for aisle in set(grid.cross_aisles) if aisle <= row_index)
        for column, number in enumerate(numbers):
            label = f"{row}{number}"
            if label in missing:
                continue
            aisles_before = sum(1 for aisle in set(grid.aisles) if aisle <= column)
            seats.append(
                SeatDraft(
                    row=row,
                    number=str(number),
                    x=column * PITCH + aisles_before * AISLE,
                    y=y,
                    category=band_of_row[row_index],
                    row_rank=row_index,
                    position=column + aisles_before,
                    is_wheelchair=label in grid.wheelchair,
                    is_companion=label in grid.companion,
                )
            )
    return seats


def marked_labels(grid: Grid) -> set[str]:
    return {*grid.wheelchair, *grid.companion, *grid.missing}


def all_labels(grid: Grid) -> set[str]:
    numbers = column_numbers(grid.columns, grid.numbering)
    return {f"{row}{number}" for row in row_names(grid.rows, grid.row_labels) for number in numbers}


def row_names(count: int, labels: RowLabels) -> list[str]:
    """A to Z, then AA, AB ... (like spreadsheet columns), or 1, 2, 3 ..."""
    if labels == RowLabels.NUMBERS:
        return [str(number) for number in range(1, count + 1)]
    letters = ascii_uppercase
    if labels == RowLabels.LETTERS_CLEAR:
        letters = letters.replace("I", "").replace("O", "")
    return [letters_for(number, letters) for number in range(1, count + 1)]


def letters_for(number: int, letters: str) -> str:
    name = ""
    while number:
        number, rest = divmod(number - 1, len(letters))
        name = letters[rest] + name
    return name


def column_numbers(count: int, numbering: Numbering) -> list[int]:
    """The seat numbers of a row from left to right."""
    if numbering == Numbering.RIGHT:
        return list(range(count, 0, -1))
    if numbering == Numbering.CENTRE:
        odd = [number for number in range(count, 0, -1) if number % 2]
        return odd + [number for number in range(1, count + 1) if number % 2 == 0]
    return list(range(1, count + 1))


def stage_shapes(name: str, left: float, right: float) -> list[Shape]:
    """A stage or screen above the front row, centred on it; none without a name."""
    if not name:
        return []
    width = max((right - left) * 0.8, PITCH * 4)
    centre = (left + right) / 2
    return [
        {
            "kind": "stage",
            "x": centre - width / 2,
            "y": -STAGE_GAP - STAGE_HEIGHT,
            "width": width,
            "height": STAGE_HEIGHT,
            "text": name,
        }
    ]
