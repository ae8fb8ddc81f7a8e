"""A plan as a plain drawing, for looking at only."""

from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from venues.models import Seat, SeatingPlan

# Beyond this many circles a browser crawls; sections are drawn as boxes then.
MOST_SEATS = 6000


def draw_plan(plan: SeatingPlan) -> SafeString:
    sections = list(plan.sections.all())
    seats = Seat.objects.filter(section__plan=plan)
    count = seats.count()
    colors = dict(plan.categories.values_list("pk", "color"))
    circles: Iterable[dict[str, Any]] = []
    if count <= MOST_SEATS:
        rows = seats.values_list("x", "y", "category", "is_wheelchair", "section__name", "row", "number")
        circles = [
            {"x": x, "y": y, "color": colors[category], "is_wheelchair": wheelchair, "label": f"{name} {row} {number}"}
            for x, y, category, wheelchair, name, row, number in rows
        ]
    return render_to_string(
        "admin/venues/seatingplan/_preview.svg",
        {
            "plan": plan,
            "seat_count": count,
            "boxes": [section for section in sections if section.is_standing or count > MOST_SEATS],
            "seats": circles,
            "radius": plan.seat_size * 0.42,
            "font_size": plan.seat_size,
            "shapes": plan.shapes,
        },
    )
