"""What an overview says of each section: places left, and the longest run of neighbours free."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from bookings.seating.board import longest_runs
from bookings.seating.occupancy import FREE, Taken, taken_seats
from bookings.seatmap.offers import find_hidden_categories
from bookings.seatmap.scene import Scene
from bookings.seatmap.standing import count_standing
from ticketing.kept import Kept
from venues.models import Section

FREE_SLOT = bytes([FREE])
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
    return Figures(left=count_left(taken, scene.event_session.pk, scene.parts.sections), runs=longest_runs(taken))


def count_left(taken: Taken, event_session_id: int, sections: Iterable[Section]) -> dict[int, int]:
    """The free places of each section: seats from memory, because a stadium's would take the database 0.1 s."""
    standing = [section for section in sections if section.is_standing]
    left = count_standing(event_session_id, standing)
    for row, section in enumerate(taken.rows.sections):
        slots = taken.rows.slots_in_row(row)
        left[section] = left.get(section, 0) + taken.states.count(FREE_SLOT, slots.start, slots.stop)
    return left


def count_hidden(taken: Taken, event_session_id: int, sections: Iterable[Section]) -> int:
    """Those of the free places that nobody may book without an access code."""
    hidden = find_hidden_categories(event_session_id)
    if not hidden:
        return 0
    standing = [section for section in sections if section.is_standing and section.category_id in hidden]
    seats = zip(taken.states, taken.rows.categories, strict=True)
    return sum(count_standing(event_session_id, standing).values()) + sum(
        state == FREE and category in hidden for state, category in seats
    )
