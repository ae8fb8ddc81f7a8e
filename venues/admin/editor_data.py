"""What the plan editor draws, as JSON: the plan with its sections, and the seats row by row."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.db.models import Count

from venues.admin.editor_words import list_words
from venues.colors import PALETTE
from venues.models import Seat, SeatingPlan, Section

# Up to here a plan is drawn whole, as customers see it; beyond, one section at a time.
MOST_SEATS_AT_ONCE = 2_000
COLUMNS = (
    *("section", "row", "pk", "number", "x", "y", "category"),
    *("is_wheelchair", "is_companion", "has_restricted_view", "is_blocked"),
)


def describe_plan(plan: SeatingPlan) -> dict[str, Any]:
    """The plan without its seats, or with all of them where it is drawn whole."""
    counts = count_seats(plan)
    total = sum(count for section in counts.values() for count in section.values())
    is_whole = total <= MOST_SEATS_AT_ONCE
    return {
        "name": plan.name,
        "seatSize": plan.seat_size,
        "isWhole": is_whole,
        "categories": [
            {"key": str(category.pk), "name": category.name, "color": category.color}
            for category in plan.categories.all()
        ],
        "sections": [describe_section(section, counts.get(section.pk, {})) for section in plan.sections.all()],
        "rows": list_rows(plan) if is_whole else [],
        "palette": PALETTE,
        "words": list_words(),
    }


def describe_section(section: Section, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "key": section.pk,
        "name": section.name,
        "isStanding": section.is_standing,
        "capacity": section.capacity,
        "category": str(section.category_id or ""),
        "box": [section.x, section.y, section.width, section.height],
        "outline": section.outline,
        "counts": counts,
    }


def count_seats(plan: SeatingPlan) -> dict[int, dict[str, int]]:
    """By section, then by the category's key."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    groups = Seat.objects.filter(section__plan=plan).values_list("section", "category").annotate(count=Count("pk"))
    for section, category, count in groups.order_by("section", "category"):
        counts[section][str(category)] = count
    return counts


def list_rows(plan: SeatingPlan, section: Section | None = None) -> list[dict[str, Any]]:
    """Front to back; a seat is [key, number, x, y, category, marks], the marks as bits in the order of MARKS."""
    seats = Seat.objects.filter(section__plan=plan) if section is None else Seat.objects.filter(section=section)
    ordered = seats.order_by("section__rank", "section", "row_rank", "row", "position").values_list(*COLUMNS)
    rows = []
    for (section_id, name), row in groupby(ordered, key=lambda seat: (seat[0], seat[1])):
        rows.append({"section": section_id, "name": name, "seats": [describe_seat(*seat[2:]) for seat in row]})
    return rows


def describe_seat(key: int, number: str, x: float, y: float, category: int, *marks: bool) -> list[Any]:
    bits = sum(1 << place for place, is_set in enumerate(marks) if is_set)
    return [key, number, round(x, 2), round(y, 2), str(category), bits]
