"""Sections drawn as a shape without seats: people stand there, or rows fill the shape."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import MOST_PLACES
from venues.plans.draft import SEAT_SIZE, SectionDraft, Shape, Spot, bounds_of
from venues.plans.svg.fill import MOST_ROWS, fill_rows
from venues.plans.svg.findings import Findings, FoundSeat, FoundSection
from venues.plans.svg.mapping import Area, Mapping


@dataclass(slots=True)
class SeatlessSection:
    """`seats` are its generated ones; without them and without a capacity nobody said what it is."""

    name: str
    area: Area
    outline: list[Spot]
    category: str
    fill: str
    seats: list[FoundSeat] = field(default_factory=list)

    @property
    def place_count(self) -> int:
        return self.area.capacity or len(self.seats)

    def standing(self) -> SectionDraft:
        return SectionDraft(
            self.name,
            capacity=self.area.capacity,
            category=self.category,
            box=bounds_of(self.outline),
            outline=tuple((round(x, 1), round(y, 1)) for x, y in self.outline),
        )

    def title(self) -> Shape:
        """Its name in its middle."""
        box = bounds_of(self.outline)
        size = min(box.width / max(len(self.name), 4), box.height / 3)
        x, y = box.centre
        return {"kind": "text", "x": round(x, 1), "y": round(y, 1), "size": round(size, 2), "text": self.name}


def seatless_sections(found: Findings, mapping: Mapping, focus: Spot, pitch: float | None) -> list[SeatlessSection]:
    """With the seats that their numbers ask for; raises PlanFileError for a number that is none."""
    seated = {seat.section for seat in found.seats}
    sections = []
    for name, drawn in found.sections.items():
        outline = drawn.own_outline()
        if name in seated or not outline:
            continue
        area = mapping.areas.get(name) or Area(
            capacity=read_count(drawn, "data-capacity"),
            rows=read_count(drawn, "data-rows"),
            seats=read_count(drawn, "data-seats"),
        )
        fill = drawn.fill or next((fill for _ring, fill in drawn.shapes if fill), "")
        section = SeatlessSection(name, area, outline, area.category or drawn.category, fill)
        if not area.capacity and (area.rows or area.seats):
            section.seats = generated_seats(section, drawn, focus, pitch)
        sections.append(section)
    return sections


def unsaid(sections: list[SeatlessSection]) -> list[str]:
    """One sentence for each of which nobody said how many places it has."""
    sentence = _("Section “%(name)s” is drawn without seats, and nothing says how many places it has.")
    return [sentence % {"name": section.name} for section in sections if not (section.seats or section.area.capacity)]


def read_count(drawn: FoundSection, key: str) -> int:
    text = drawn.numbers.get(key, "0").strip()
    if not text.isdecimal() or not text.isascii() or len(text) > 6 or int(text) > MOST_PLACES:
        problem = _("%(key)s is “%(text)s”; a whole number up to %(most)s is needed here.")
        raise PlanFileError([f"{drawn.node}: " + problem % {"key": key, "text": text[:20], "most": MOST_PLACES}])
    return int(text)


def generated_seats(section: SeatlessSection, drawn: FoundSection, focus: Spot, pitch: float | None) -> list[FoundSeat]:
    area = section.area
    if area.rows > MOST_ROWS:
        problem = _("section “%(name)s” cannot have more than %(most)s rows.")
        raise PlanFileError([f"{drawn.node}: " + problem % {"name": section.name, "most": MOST_ROWS}])
    rows = fill_rows(section.outline, focus, rows=area.rows, seats=area.seats, pitch=pitch or SEAT_SIZE)
    if sum(map(len, rows)) > MOST_PLACES:
        raise PlanFileError([f"{drawn.node}: " + _("more than %(most)s seats fit in it.") % {"most": MOST_PLACES}])
    return [
        FoundSeat(drawn.node, spot, section.name, str(row), str(number), section.category, section.fill)
        for row, spots in enumerate(rows, start=1)
        for number, spot in enumerate(spots, start=1)
    ]
