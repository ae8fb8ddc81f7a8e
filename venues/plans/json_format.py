"""The open seating-plan JSON format: zones > rows > seats, each positioned within its parent.

`seat_guid` is no key: editors repeat it between blocks. A seat is found by section, row and
number, and `layout` makes these unique. A file that we wrote says more, and `json_own` takes it as it is.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.checks import LABEL_LENGTH, MOST_PROBLEMS, NAME_LENGTH, check_draft
from venues.plans.draft import CategoryDraft, PlanDraft, Shape
from venues.plans.json_areas import read_area
from venues.plans.json_own import is_own, read_own
from venues.plans.json_reader import Reader
from venues.plans.layout import LooseRow, LooseSeat, Zone, lay_out

# The largest plan, written by us, fits in.
LARGEST_FILE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PlanFile:
    name: str
    categories: tuple[CategoryDraft, ...]
    zones: list[Zone]


def read_plan_json(content: bytes, *, name: str = "", is_recolored: bool = False) -> PlanDraft:
    """The draft in a file of at most 32 MB; raises PlanFileError with up to 20 problems.

    `is_recolored` replaces the file's category colours with ones colour-blind people can tell apart.
    """
    parsed = parse(content)
    if is_own(parsed):
        draft = read_own(parsed, name=name, is_recolored=is_recolored)
        check_draft(draft)
        return draft
    plan_file = read_file(parsed, is_recolored=is_recolored)
    sections, shapes, seat_size = lay_out(plan_file.zones)
    draft = PlanDraft(
        name=name or plan_file.name,
        categories=plan_file.categories,
        sections=tuple(sections),
        shapes=tuple(shapes),
        seat_size=seat_size,
        source={"format": "json"},
    )
    check_draft(draft)
    return draft


def parse(content: bytes) -> Any:
    if len(content) > LARGEST_FILE:
        raise PlanFileError([_("The file is larger than 32 MB.")])
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise PlanFileError([_("The file is not text in UTF-8.")]) from None
    except json.JSONDecodeError as fault:
        where = {"line": fault.lineno, "column": fault.colno}
        raise PlanFileError([_("The file is no JSON: line %(line)s, column %(column)s.") % where]) from None
    except (RecursionError, ValueError):
        raise PlanFileError([_("The file is no JSON that can be read: too deep, or a number too long.")]) from None


def read_file(content: Any, *, is_recolored: bool) -> PlanFile:
    reader = Reader()
    plan = reader.mapping(content, "file")
    categories = read_categories(reader, plan, is_recolored=is_recolored)
    known = {category.name for category in categories}
    zones = []
    for index, value in enumerate(reader.items(plan, "zones", "file")):
        zones.append(read_zone(reader, value, f"zones[{index}]", known))
        if len(reader.problems) >= MOST_PROBLEMS:
            break
    if not reader.problems and not any(row.seats for zone in zones for row in zone.rows):
        reader.note("zones", _("there is no seat in the file."))
    if reader.problems:
        raise PlanFileError(reader.problems[:MOST_PROBLEMS])
    return PlanFile(reader.words(plan, "name") or _("Seating plan"), categories, zones)


def read_categories(reader: Reader, plan: dict[str, Any], *, is_recolored: bool) -> tuple[CategoryDraft, ...]:
    categories: dict[str, CategoryDraft] = {}
    for index, value in enumerate(reader.items(plan, "categories", "file")):
        place = f"categories[{index}]"
        category = reader.mapping(value, place)
        name = reader.label(category, "name", place, longest=NAME_LENGTH)
        if name in categories:
            reader.note(place, _("the category “%(name)s” is there twice.") % {"name": name})
        safe_color = PALETTE[index % len(PALETTE)]
        color = reader.color(category, "color", place, default=safe_color)
        categories[name] = CategoryDraft(name, safe_color if is_recolored else color)
    return tuple(categories.values())


def read_zone(reader: Reader, value: Any, place: str, categories: set[str]) -> Zone:
    zone = reader.mapping(value, place)
    reader.own_id(zone, place)
    name = reader.label(zone, "name", place, longest=NAME_LENGTH - len(", block 1000"))
    left, top = reader.point(zone, place, required=False)
    rows = []
    for index, row in enumerate(reader.items(zone, "rows", place)):
        rows.append(read_row(reader, row, f"{place}.rows[{index}]", categories, (left, top)))
        if len(reader.problems) >= MOST_PROBLEMS:
            break
    shapes: list[Shape] = []
    for index, area in enumerate(reader.items(zone, "areas", place, required=False)):
        shapes += read_area(reader, area, f"{place}.areas[{index}]", (left, top))
    return Zone(name, rows, shapes)


def read_row(reader: Reader, value: Any, place: str, categories: set[str], origin: tuple[float, float]) -> LooseRow:
    row = reader.mapping(value, place)
    reader.own_id(row, place)
    name = reader.label(row, "row_number", place, longest=LABEL_LENGTH - len(" (100)"))
    x, y = reader.point(row, place)
    corner = origin[0] + x, origin[1] + y
    seats: dict[str, LooseSeat] = {}
    for index, each in enumerate(reader.items(row, "seats", place)):
        seat_place = f"{place}.seats[{index}]"
        seat = read_seat(reader, each, seat_place, categories, corner)
        if seat.number in seats:
            reader.note(seat_place, _("the number %(number)s is in this row twice.") % {"number": seat.number})
        seats[seat.number] = seat
        if len(reader.problems) >= MOST_PROBLEMS:
            break
    return LooseRow(name, list(seats.values()))


def read_seat(reader: Reader, value: Any, place: str, categories: set[str], origin: tuple[float, float]) -> LooseSeat:
    seat = reader.mapping(value, place)
    reader.own_id(seat, place)
    number = reader.label(seat, "seat_number", place, longest=LABEL_LENGTH)
    x, y = reader.point(seat, place)
    category = reader.label(seat, "category", place, longest=NAME_LENGTH)
    if category and category not in categories:
        reader.note(place, _("the category “%(name)s” is not in the file's list.") % {"name": category})
    return LooseSeat(
        number=number,
        x=origin[0] + x,
        y=origin[1] + y,
        category=category,
        is_wheelchair=reader.flag(seat, "is_wheelchair", place),
        is_companion=reader.flag(seat, "is_companion", place),
        has_restricted_view=reader.flag(seat, "has_restricted_view", place),
    )
