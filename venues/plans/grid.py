"""Rows by columns: the plan of a cinema, a studio, a stand."""

from venues.plans.auditorium import Auditorium, Block, draft_auditorium, stage_shapes
from venues.plans.draft import PlanDraft
from venues.plans.naming import Numbering, Numbers, RowLabels, row_names
from venues.plans.rows import MOST_COLUMNS, PITCH, Align, Band, Grid

__all__ = [
    "MOST_COLUMNS",
    "PITCH",
    "Align",
    "Band",
    "Grid",
    "Numbering",
    "Numbers",
    "RowLabels",
    "draft_grid",
    "row_names",
    "stage_shapes",
]


def draft_grid(name: str, grid: Grid) -> PlanDraft:
    """The plan a single straight block describes, stage at the top; raises PlanFileError for an impossible one."""
    return draft_auditorium(name, Auditorium([Block(grid)], stage=grid.stage))
