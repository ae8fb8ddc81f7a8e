"""Companion places are sold with a wheelchair place: of their row or, where it has none, of their section."""

from collections.abc import Collection

from bookings.seating.geometry import COMPANION, WHEELCHAIR, PlanRows


def lone_companions(rows: PlanRows, slots: Collection[int]) -> list[int]:
    """Those of a basket's slots that are companion places without a wheelchair place of theirs in it.

    In a section without any wheelchair place a companion place is a fault of the plan and sold as an
    ordinary seat, or nobody could ever buy it.
    """
    basket = set(slots)
    lone = []
    for slot in sorted(basket):
        if is_companion(rows, slot):
            wheelchairs = wheelchair_places_for(rows, slot)
            if wheelchairs and not wheelchairs & basket:
                lone.append(slot)
    return lone


def wheelchair_places_for(rows: PlanRows, companion: int) -> set[int]:
    """The slots of the wheelchair places that the companion place goes with."""
    row = rows.row_of(companion)
    return wheelchairs_in(rows, [row]) or wheelchairs_in(rows, rows.rows_in_section(rows.sections[row]))


def wheelchairs_in(rows: PlanRows, row_numbers: Collection[int]) -> set[int]:
    return {slot for row in row_numbers for slot in rows.slots_in_row(row) if rows.flags[slot] & WHEELCHAIR}


def is_companion(rows: PlanRows, slot: int) -> bool:
    """A place that is both is a wheelchair place."""
    return rows.flags[slot] & (WHEELCHAIR | COMPANION) == COMPANION
