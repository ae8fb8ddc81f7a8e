"""What an overview says of each section: places left, and the longest run of neighbours free."""

from dataclasses import dataclass
from functools import partial

from django.conf import settings

from bookings.seating.geometry import RESERVED, PlanRows
from bookings.seating.occupancy import FREE, TAKEN, Taken, taken_seats
from bookings.seatmap.scene import Scene
from bookings.seatmap.standing import list_standing
from ticketing.kept import Kept

FREE_SLOT, TAKEN_SLOT = bytes([FREE]), bytes([TAKEN])
IS_RESERVED = bytes(TAKEN if flags & RESERVED else FREE for flags in range(256))
KEEP_SECONDS = 1


@dataclass(frozen=True)
class Figures:
    """By section: `left` is how many places are free, `runs` how many side by side that anyone may take."""

    left: dict[int, int]
    runs: dict[int, int]


FIGURES: Kept[tuple[int, int], Figures] = Kept(most=64)


def get_figures(scene: Scene) -> Figures:
    """Kept in the process for a second: an overview is a summary, and the delta brings it up to date."""
    key = (scene.event_session.pk, scene.plan.pk)
    return FIGURES.get(key, partial(count, scene), seconds=min(KEEP_SECONDS, settings.PUBLIC_PAGE_SECONDS))


def count(scene: Scene) -> Figures:
    taken = taken_seats(scene.event_session.pk, scene.plan.pk)
    left, runs = count_seats(taken)
    left.update((standing.section.pk, standing.left) for standing in list_standing(scene))
    return Figures(left=left, runs=runs)


def count_seats(taken: Taken) -> tuple[dict[int, int], dict[int, int]]:
    rows = taken.rows
    open_to_all = cover(taken.states, rows)
    left: dict[int, int] = {}
    runs: dict[int, int] = {}
    for row, section in enumerate(rows.sections):
        slots = rows.slots_in_row(row)
        free = taken.states.count(FREE_SLOT, slots.start, slots.stop)
        left[section] = left.get(section, 0) + free
        if free > runs.get(section, 0):
            blocks = open_to_all[slots.start : slots.stop].split(TAKEN_SLOT)
            runs[section] = max(runs.get(section, 0), *map(len, blocks))
    return left, runs


def cover(states: bytes, rows: PlanRows) -> bytes:
    """The states with wheelchair and companion places as taken: both sides are 0 or 1 in every slot."""
    reserved = rows.flags.translate(IS_RESERVED)
    covered = int.from_bytes(states, "big") | int.from_bytes(reserved, "big")
    return covered.to_bytes(len(states), "big")
