"""The difference of two plans drawn over the newer one: each kind has a form of its own as well as a colour."""

from collections.abc import Iterator
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from venues.plans.diff import Difference, Kind, SeatChange
from venues.plans.draft import PlanDraft, join_bounds
from venues.plans.outline import outline_of
from venues.plans.shape_svg import draw_shapes

# More marks than this nobody tells apart, and a browser takes seconds to draw.
MOST_MARKS = 6_000
# What is shown of a seat that changed in several ways.
FIRST = (Kind.ADDED, Kind.REMOVED, Kind.MOVED, Kind.RECATEGORISED, Kind.MARKED, Kind.RENUMBERED)


def draw_difference(old: PlanDraft, new: PlanDraft, difference: Difference) -> SafeString:
    bounds = join_bounds([old.bounds(), new.bounds()])
    changed = {(change.section, change.new.row, change.new.number) for change in difference.seats if change.new}
    count = sum(len(section.seats) for section in new.sections)
    return render_to_string(
        "admin/venues/seatingplan/_difference.svg",
        {
            "view_box": (bounds.left, bounds.top, bounds.width, bounds.height),
            "label": _("%(count)s seats differ") % {"count": f"{len(difference.seats):,}"},
            "shapes": mark_safe(draw_shapes(new.shapes)),  # noqa: S308  Drawn shape by shape, each part checked.
            "areas": [" ".join(f"{x},{y}" for x, y in outline_of(section, new.seat_size)) for section in new.sections],
            "same": [
                (seat.x, seat.y)
                for section in new.sections
                for seat in section.seats
                if (section.name, seat.row, seat.number) not in changed
            ]
            if count <= MOST_MARKS
            else [],
            "marks": [draw_mark(change, new.seat_size) for change in difference.seats[:MOST_MARKS]],
            "size": new.seat_size * 0.8,
            "half": new.seat_size * 0.4,
            "dot": new.seat_size * 0.2,
        },
    )


def kind_of(change: SeatChange) -> Kind:
    return next(kind for kind in FIRST if kind in change.kinds)


def draw_mark(change: SeatChange, seat_size: float) -> dict[str, Any]:
    seat = change.seat
    half = seat_size * 0.4
    mark: dict[str, Any] = {"kind": kind_of(change).value, "x": seat.x, "y": seat.y}
    mark |= {"left": seat.x - half, "top": seat.y - half}
    if mark["kind"] == Kind.MOVED and change.old is not None:
        mark |= {"from_x": change.old.x, "from_y": change.old.y}
    return mark


def list_legend(difference: Difference) -> Iterator[dict[str, Any]]:
    words = {
        Kind.ADDED: _("added"),
        Kind.REMOVED: _("removed"),
        Kind.MOVED: _("moved, with a line from where it was"),
        Kind.RECATEGORISED: _("in another category"),
        Kind.MARKED: _("with other marks"),
        Kind.RENUMBERED: _("renumbered"),
    }
    drawn = {kind_of(change) for change in difference.seats}
    return ({"kind": kind.value, "words": words[kind]} for kind in FIRST if kind in drawn)
