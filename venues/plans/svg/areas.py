"""Sections drawn as a shape without seats: people stand there, or rows fill the shape."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import MOST_PLACES
from venues.plans.draft import SEAT_SIZE, Bounds, SectionDraft, Shape, Spot, bounds_of
from venues.plans.svg.fill import MOST_ROWS, fill_rows
from venues.plans.svg.mapping import Area, Mapping
from venues.plans.svg.recognise import Findings, FoundSeat, FoundSection


@dataclass(slots=True)
class SeatlessSection:
    """`draft` for a standing one, `seats` for one with generated rows, neither while nobody said."""

    name: str
    area: Area
    category: str = ""
    fill: str = ""
    draft: SectionDraft | None = None
    seats: list[FoundSeat] = field(default_factory=list)
    title: Shape = field(default_factory=dict)


def seatless_sections(
    found: Findings, mapping: Mapping, focus: Spot, pitch: float | None
) -> tuple[list[SeatlessSection], list[str]]:
    """Raises PlanFileError for a number that is none."""
    seated = {seat.section for seat in found.seats}
    sections, notes = [], []
    for name, drawn in found.sections.items():
        outline = drawn.own_outline()
        if name in seated or not outline:
            continue
        section = make_section(name, drawn, outline, mapping)
        sections.append(section)
        area = section.area
        if area.capacity:
            box = bounds_of(outline)
            section.draft = SectionDraft(
                name, capacity=area.capacity, category=section.category, box=box, outline=rounded(outline)
            )
            section.title = title_of(name, box)
        elif area.rows or area.seats:
            section.seats = generated_seats(section, drawn, outline, focus, pitch)
        else:
            notes.append(
                _("Section “%(name)s” is drawn without seats, and nothing says how many places it has.")
                % {"name": name}
            )
    return sections, notes


def make_section(name: str, drawn: FoundSection, outline: list[Spot], mapping: Mapping) -> SeatlessSection:
    said = {key: read_count(drawn, key) for key in ("data-capacity", "data-rows", "data-seats")}
    area = mapping.areas.get(name) or Area(said["data-capacity"], said["data-rows"], said["data-seats"])
    fill = drawn.fill or next((fill for _ring, fill in drawn.shapes if fill), "")
    category = area.category or drawn.category or mapping.colors.get(fill) or name
    return SeatlessSection(name, area, category if area.capacity or area.rows or area.seats else "", fill)


def read_count(drawn: FoundSection, key: str) -> int:
    text = drawn.numbers.get(key, "0").strip()
    if not text.isdecimal() or not text.isascii() or len(text) > 6 or int(text) > MOST_PLACES:
        problem = _("%(key)s is “%(text)s”; a whole number up to %(most)s is needed here.")
        raise PlanFileError([f"{drawn.node}: " + problem % {"key": key, "text": text[:20], "most": MOST_PLACES}])
    return int(text)


def generated_seats(
    section: SeatlessSection, drawn: FoundSection, outline: list[Spot], focus: Spot, pitch: float | None
) -> list[FoundSeat]:
    if section.area.rows > MOST_ROWS:
        problem = _("section “%(name)s” cannot have more than %(most)s rows.") % {
            "name": section.name,
            "most": MOST_ROWS,
        }
        raise PlanFileError([f"{drawn.node}: {problem}"])
    rows = fill_rows(outline, focus, rows=section.area.rows, seats=section.area.seats, pitch=pitch or SEAT_SIZE)
    return [
        FoundSeat(
            node=drawn.node,
            at=spot,
            section=section.name,
            row=str(row),
            number=str(number),
            category=section.category,
            fill=section.fill,
            flags=frozenset(),
        )
        for row, spots in enumerate(rows, start=1)
        for number, spot in enumerate(spots, start=1)
    ]


def rounded(outline: list[Spot]) -> tuple[Spot, ...]:
    return tuple((round(x, 1), round(y, 1)) for x, y in outline)


def title_of(name: str, box: Bounds) -> Shape:
    size = min(box.width / max(len(name), 4), box.height / 3)
    x, y = box.centre
    return {"kind": "text", "x": round(x, 1), "y": round(y, 1), "size": round(size, 1), "text": name}
