"""Put drafts together: stands around a pitch, a gallery behind a floor."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle

from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SectionDraft, Shape, bounds_of

NUMBER = r"[\s,]*(-?\d+(?:\.\d+)?)"


def moved(section: SectionDraft, *, right: float = 0, down: float = 0) -> SectionDraft:
    seats = tuple(replace(seat, x=seat.x + right, y=seat.y + down) for seat in section.seats)
    box = section.box
    if box is not None:
        box = Bounds(box.left + right, box.top + down, box.right + right, box.bottom + down)
    outline = tuple((x + right, y + down) for x, y in section.outline)
    return replace(section, seats=seats, box=box, outline=outline)


def moved_shape(shape: Shape, *, right: float = 0, down: float = 0) -> Shape:
    if shape["kind"] in {"polygon", "line"}:
        return shape | {"points": [[x + right, y + down] for x, y in shape["points"]]}
    if shape["kind"] == "path":
        return shape | {"d": moved_path(shape["d"], right, down)}
    return shape | {"x": shape["x"] + right, "y": shape["y"] + down}


def moved_path(d: str, right: float, down: float) -> str:
    """Its numbers are pairs: every letter of an absolute M, L, C, Z path takes an even count of them."""
    steps = cycle((right, down))
    return re.sub(NUMBER, lambda match: f" {float(match[1]) + next(steps):.6f}".rstrip("0").rstrip("."), d)


def turned(section: SectionDraft, quarters: int) -> SectionDraft:
    """Turn a seated section clockwise about its own centre, by quarters of a circle."""
    middle_x, middle_y = bounds_of((seat.x, seat.y) for seat in section.seats).centre
    cosine, sine = round(math.cos(quarters * math.pi / 2)), round(math.sin(quarters * math.pi / 2))
    seats = tuple(
        replace(
            seat,
            x=middle_x + (seat.x - middle_x) * cosine - (seat.y - middle_y) * sine,
            y=middle_y + (seat.x - middle_x) * sine + (seat.y - middle_y) * cosine,
        )
        for seat in section.seats
    )
    return replace(section, seats=seats)


def centred_at(section: SectionDraft, x: float, y: float, *, seat_size: float) -> SectionDraft:
    now_x, now_y = section.bounds(seat_size).centre
    return moved(section, right=x - now_x, down=y - now_y)


def section_title(section: SectionDraft, seat_size: float) -> Shape:
    """Its name, above its first row."""
    bounds = section.bounds(seat_size)
    return {
        "kind": "text",
        "x": bounds.centre[0],
        "y": bounds.top - seat_size,
        "size": seat_size * 0.8,
        "text": section.name,
    }


def merge_categories(groups: Iterable[Iterable[CategoryDraft]]) -> tuple[CategoryDraft, ...]:
    """In order of first appearance; the first colour of a name wins."""
    merged: dict[str, CategoryDraft] = {}
    for group in groups:
        for category in group:
            merged.setdefault(category.name, category)
    return tuple(merged.values())


def stacked(name: str, drafts: Iterable[PlanDraft], *, gap: float = 60.0) -> PlanDraft:
    """One plan of several, front to back, each below and centred on the one before.

    Parts that show neither a stage nor a floor get their sections' names above them.
    """
    sections: list[SectionDraft] = []
    shapes: list[Shape] = []
    parts = list(drafts)
    bottom = 0.0
    for part in parts:
        bounds = part.bounds()
        right, down = -bounds.centre[0], bottom - bounds.top
        sections += [moved(section, right=right, down=down) for section in part.sections]
        below = part.shapes or [section_title(section, part.seat_size) for section in part.sections]
        shapes += [moved_shape(shape, right=right, down=down) for shape in below]
        bottom += bounds.height + gap
    return PlanDraft(
        name=name,
        categories=merge_categories(part.categories for part in parts),
        sections=tuple(sections),
        shapes=tuple(shapes),
        seat_size=parts[0].seat_size,
    )
