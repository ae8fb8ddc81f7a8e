"""What the open format has no word for travels beside its fields, under our own name; others ignore it.

    file  seat_size, focus, source           row   rank
    zone  origin, capacity, category, box, outline   seat  position, blocked
    area  kind: what a stage, a line or a path is; points or d of the latter two

A zone's origin is where it was written. A program that moves the zone moves everything in it, and
what it adds without our fields is counted on from its neighbours.
"""

from typing import Any

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.arrange import moved_shape
from venues.plans.checks import LAST_RANK, MOST_PLACES, MOST_PROBLEMS
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft, Shape, Spot
from venues.plans.json_areas import read_area
from venues.plans.json_reader import Reader
from venues.plans.shape_checks import shape_problems

OWN = "houselights"
VERSION = 1
FLAGS = ("is_wheelchair", "is_companion", "has_restricted_view")
PAINT = ("color", "border_color", "rotation")


def is_own(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get(OWN), dict)


def read_own(plan: dict[str, Any], *, name: str, is_recolored: bool) -> PlanDraft:
    """The draft that was written, not yet checked; raises PlanFileError for what is not even readable."""
    reader = OwnReader()
    own = plan[OWN]
    if own.get("version") != VERSION:
        raise PlanFileError([_("The file was written by a newer version of this program.")])
    categories = []
    for index, value in enumerate(reader.items(plan, "categories", "file")):
        category = reader.mapping(value, f"categories[{index}]")
        label = reader.exact(category, "name", f"categories[{index}]")
        color = reader.exact(category, "color", f"categories[{index}]")
        categories.append(CategoryDraft(label, PALETTE[index % len(PALETTE)] if is_recolored else color))
    sections, shapes = [], []
    for index, value in enumerate(reader.items(plan, "zones", "file")):
        place = f"zones[{index}]"
        zone = reader.mapping(value, place)
        moved_by = reader.moved_by(zone, place)
        sections.append(read_section(reader, zone, place, moved_by))
        for number, area in enumerate(reader.items(zone, "areas", place, required=False)):
            shapes += read_shapes(reader, area, f"{place}.areas[{number}]", moved_by)
        if len(reader.problems) >= MOST_PROBLEMS:
            break
    draft = PlanDraft(
        name=name or reader.exact(plan, "name", "file"),
        categories=tuple(categories),
        sections=tuple(sections),
        shapes=tuple(shapes),
        seat_size=reader.number(own, "seat_size", OWN),
        focus=reader.spot(own["focus"], f"{OWN}.focus") if "focus" in own else None,
        source=reader.mapping(own.get("source", {}), f"{OWN}.source"),
    )
    if reader.problems:
        raise PlanFileError(reader.problems[:MOST_PROBLEMS])
    return draft


class OwnReader(Reader):
    """Takes words as they are, because a written plan comes back as it was."""

    def exact(self, parent: dict[str, Any], key: str, place: str, *, default: str | None = None) -> str:
        value = parent.get(key, default)
        if not isinstance(value, str):
            self.note(f"{place}.{key}", _("a text is needed here."))
            return ""
        return value

    def whole(self, parent: dict[str, Any], key: str, place: str, *, default: int, most: int = LAST_RANK) -> int:
        value = parent.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self.note(f"{place}.{key}", _("a whole number from 0 to %(most)s is needed here.") % {"most": most})
            return 0
        return value

    def own(self, parent: dict[str, Any], place: str) -> dict[str, Any]:
        return self.mapping(parent.get(OWN, {}), f"{place}.{OWN}")

    def numbers(self, value: Any, count: int, place: str) -> list[float]:
        if not isinstance(value, list) or len(value) != count:
            self.note(place, _("a list of %(count)s numbers is needed here.") % {"count": count})
            return [0.0] * count
        return [self.number({"number": number}, "number", place) for number in value]

    def spot(self, value: Any, place: str) -> Spot:
        x, y = self.numbers(value, 2, place)
        return x, y

    def moved_by(self, zone: dict[str, Any], place: str) -> Spot:
        origin = self.own(zone, place).get("origin", [0, 0])
        at, was = self.point(zone, place, required=False), self.spot(origin, f"{place}.{OWN}.origin")
        return at[0] - was[0], at[1] - was[1]


def read_section(reader: OwnReader, zone: dict[str, Any], place: str, moved_by: Spot) -> SectionDraft:
    own = reader.own(zone, place)
    right, down = moved_by
    box = None
    if "box" in own:
        left, top, other, bottom = reader.numbers(own["box"], 4, f"{place}.{OWN}.box")
        box = Bounds(left + right, top + down, other + right, bottom + down)
    points = reader.items(own, "outline", place, required=False)
    outline = [reader.spot(point, f"{place}.{OWN}.outline") for point in points]
    seats: list[SeatDraft] = []
    for index, value in enumerate(reader.items(zone, "rows", place)):
        seats += read_row(reader, value, f"{place}.rows[{index}]", moved_by, index)
        if len(reader.problems) >= MOST_PROBLEMS:
            break
    return SectionDraft(
        name=reader.exact(zone, "name", place),
        seats=tuple(seats),
        capacity=reader.whole(own, "capacity", place, default=0, most=MOST_PLACES),
        category=reader.exact(own, "category", place, default=""),
        box=box,
        outline=tuple((x + right, y + down) for x, y in outline),
    )


def read_row(reader: OwnReader, value: Any, place: str, moved_by: Spot, index: int) -> list[SeatDraft]:
    row = reader.mapping(value, place)
    name = reader.exact(row, "row_number", place)
    rank = reader.whole(reader.own(row, place), "rank", place, default=index)
    x, y = reader.point(row, place)
    corner = x + moved_by[0], y + moved_by[1]
    seats: list[SeatDraft] = []
    for number, each in enumerate(reader.items(row, "seats", place)):
        after = seats[-1].position + 1 if seats else 0
        seats.append(read_seat(reader, each, f"{place}.seats[{number}]", corner, (name, rank, after)))
        if len(reader.problems) >= MOST_PROBLEMS:
            break
    return seats


def read_seat(reader: OwnReader, value: Any, place: str, corner: Spot, row: tuple[str, int, int]) -> SeatDraft:
    seat = reader.mapping(value, place)
    own = reader.own(seat, place)
    x, y = reader.point(seat, place)
    name, rank, position = row
    return SeatDraft(
        row=name,
        number=reader.exact(seat, "seat_number", place),
        x=x + corner[0],
        y=y + corner[1],
        category=reader.exact(seat, "category", place),
        row_rank=rank,
        position=reader.whole(own, "position", place, default=position),
        is_blocked=reader.flag(own, "blocked", place),
        **{flag: reader.flag(seat, flag, place) for flag in FLAGS},
    )


def read_shapes(reader: OwnReader, value: Any, place: str, moved_by: Spot) -> list[Shape]:
    """As written; `check_draft` tells what cannot be drawn. An area without our field is read as any other file's."""
    area = reader.mapping(value, place)
    own = reader.own(area, place)
    kind = own.get("kind")
    if kind is None:
        return read_area(reader, area, place, moved_by)
    at = reader.point(area, place, required=False)
    shape: Shape = {"kind": kind, "x": at[0], "y": at[1]}
    if kind in ("rectangle", "stage", "circle"):
        shape |= reader.mapping(area.get("circle" if kind == "circle" else "rectangle"), place)
    elif kind == "ellipse":
        radius = reader.mapping(reader.mapping(area.get("ellipse"), place).get("radius"), f"{place}.ellipse.radius")
        shape |= {"rx": radius.get("x"), "ry": radius.get("y")}
    elif kind == "polygon":
        shape = {"kind": kind, "points": read_points(reader, area, place, at)}
    elif kind != "text":
        shape = {key: own[key] for key in ("kind", "points", "d", "text") if key in own}
    shape |= {key: area[key] for key in PAINT if key in area}
    if "text" in area and kind not in ("line", "path"):
        words = reader.mapping(area["text"], f"{place}.text")
        shape |= {key: words[key] for key in ("text", "size") if key in words}
    if any(moved_by) and not reader.problems and not any(shape_problems([shape])):
        shape = moved_shape(shape, right=moved_by[0], down=moved_by[1])
    return [shape]


def read_points(reader: OwnReader, area: dict[str, Any], place: str, at: Spot) -> list[list[float]]:
    polygon = reader.mapping(area.get("polygon"), f"{place}.polygon")
    points = []
    for index, value in enumerate(reader.items(polygon, "points", f"{place}.polygon")):
        spot = f"{place}.polygon.points[{index}]"
        point = reader.mapping(value, spot)
        points.append([at[0] + reader.number(point, "x", spot), at[1] + reader.number(point, "y", spot)])
    return points
