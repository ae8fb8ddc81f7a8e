"""Writes the open seating-plan format, with our own fields where it has no word for something."""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from venues.plans.draft import PlanDraft, SeatDraft, SectionDraft, Shape
from venues.plans.json_own import FLAGS, OWN, PAINT, VERSION
from venues.plans.shape_checks import FARTHEST


def write_plan_json(draft: PlanDraft) -> bytes:
    """The draft in the open format; `read_plan_json` makes the very same draft of it."""
    bounds = draft.bounds()
    origin = [max(-FARTHEST, min(-edge, FARTHEST)) for edge in (bounds.left, bounds.top)]
    own: dict[str, Any] = {"version": VERSION, "seat_size": draft.seat_size}
    own |= {"focus": list(draft.focus)} if draft.focus is not None else {}
    own |= {"source": draft.source} if draft.source else {}
    zones = [write_zone(section, origin) for section in draft.sections]
    if zones:
        zones[0]["areas"] = [write_area(shape) for shape in draft.shapes]
    content = {
        "name": draft.name,
        "categories": [{"name": category.name, "color": category.color} for category in draft.categories],
        "zones": zones,
        "size": {"width": bounds.width, "height": bounds.height},
        OWN: own,
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def write_zone(section: SectionDraft, origin: list[float]) -> dict[str, Any]:
    own: dict[str, Any] = {"origin": origin}
    own |= {"capacity": section.capacity} if section.capacity else {}
    own |= {"category": section.category} if section.category else {}
    own |= {"box": list(section.box)} if section.box is not None else {}
    own |= {"outline": [list(point) for point in section.outline]} if section.outline else {}
    rows = groupby(section.seats, key=lambda seat: (seat.row, seat.row_rank))
    return {
        "name": section.name,
        "position": spot(*origin),
        "rows": [write_row(name, rank, seats) for (name, rank), seats in rows],
        "areas": [],
        OWN: own,
    }


def write_row(name: str, rank: int, seats: Iterable[SeatDraft]) -> dict[str, Any]:
    written = [write_seat(seat) for seat in seats]
    return {"row_number": name, "position": spot(0, 0), "seats": written, OWN: {"rank": rank}}


def write_seat(seat: SeatDraft) -> dict[str, Any]:
    flags = {flag: True for flag in FLAGS if getattr(seat, flag)}
    own = {"position": seat.position} | ({"blocked": True} if seat.is_blocked else {})
    return {
        "seat_number": seat.number,
        "position": spot(seat.x, seat.y),
        "category": seat.category,
        **flags,
        OWN: own,
    }


def write_area(shape: Shape) -> dict[str, Any]:
    """Lines and paths, which the open format does not know, look like empty words to others."""
    kind = shape["kind"]
    area: dict[str, Any] = {"position": spot(shape.get("x", 0), shape.get("y", 0)), OWN: {"kind": kind}}
    area |= {key: shape[key] for key in PAINT if key in shape}
    if kind in {"rectangle", "stage"}:
        area |= {"shape": "rectangle", "rectangle": {key: shape[key] for key in ("width", "height")}}
    elif kind == "circle":
        area |= {"shape": "circle", "circle": {"radius": shape["radius"]}}
    elif kind == "ellipse":
        area |= {"shape": "ellipse", "ellipse": {"radius": spot(shape["rx"], shape["ry"])}}
    elif kind == "polygon":
        area |= {"shape": "polygon", "polygon": {"points": [spot(*point) for point in shape["points"]]}}
    else:
        area["shape"] = "text"
    if kind in {"line", "path"}:
        area["text"] = {"text": "", "position": spot(0, 0)}
        area[OWN] |= {key: shape[key] for key in ("points", "d", "text") if key in shape}
    elif "text" in shape:
        middle = spot(shape.get("width", 0) / 2, shape.get("height", 0) / 2)
        area["text"] = {"text": shape["text"], "position": middle}
        area["text"] |= {"size": shape["size"]} if "size" in shape else {}
    return area


def spot(x: float, y: float) -> dict[str, float]:
    return {"x": x, "y": y}
