"""From what was recognised in a drawing to a plan: named rows, ranked seats, priced by category."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from venues.errors import PlanFileError
from venues.plans.checks import MOST_PROBLEMS, label_key
from venues.plans.draft import PlanDraft, SectionDraft, Shape, Spot, bounds_of
from venues.plans.layout import SEAT_SHARE, LooseRow, LooseSeat, find_pitch, rank_seats
from venues.plans.shape_checks import shape_problems
from venues.plans.svg.areas import SeatlessSection, seatless_sections, unsaid
from venues.plans.svg.categories import list_categories, name_by_color, unnamed
from venues.plans.svg.findings import Findings, FoundSeat
from venues.plans.svg.labels import complete_labels, without_seat_labels
from venues.plans.svg.mapping import Mapping

Rows = dict[str, list[FoundSeat]]


@dataclass(slots=True)
class Built:
    """A plan that may be unfinished; `colors` counts the places whose category is told by their colour."""

    draft: PlanDraft
    notes: list[str]
    colors: Counter[str]
    seatless: list[SeatlessSection]


def pitch_of(found: Findings) -> float | None:
    """The usual distance between neighbours, as drawn; None without seats."""
    groups: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for seat in found.seats:
        groups[seat.section, seat.row].append(seat.at)
    rows = [LooseRow("", [LooseSeat("", x, y, "") for x, y in spots]) for spots in groups.values()]
    return find_pitch(rows) if any(len(row.seats) > 1 for row in rows) else None


def build_plan(found: Findings, mapping: Mapping, *, name: str, order: Iterable[str]) -> Built:
    """Raises PlanFileError for seats that are there twice. `order` names categories, best first."""
    notes = complete_labels(found)
    refuse_repeated(found.seats)
    focus = found.focus or focus_of(found)
    floors = seatless_sections(found, mapping, focus, pitch_of(found))
    seats = [*found.seats, *(seat for floor in floors for seat in floor.seats)]
    colors = name_by_color(seats, floors, mapping)
    rows_of: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
    for seat in seats:
        rows_of[seat.section][seat.row].append(seat)
    loose = {section: loose_rows(rows) for section, rows in rows_of.items()}
    pitch = find_pitch(row for rows in loose.values() for row in rows)
    standing = [floor for floor in floors if floor.area.capacity]
    sections = {
        each: SectionDraft(each, seats=rank_seats(rows, focus, pitch), outline=outline_for(found, each, rows_of[each]))
        for each, rows in loose.items()
    }
    sections |= {floor.name: floor.standing() for floor in standing}
    words = without_seat_labels(found, pitch, filled=[floor.name for floor in floors if floor.seats])
    shapes = [*found.shapes, *words, *untold_titles(words, standing)]
    draft = PlanDraft(
        name=name,
        categories=list_categories(found.seats, floors, mapping, order),
        sections=tuple(sections[each] for each in found.names if each in sections),
        # A circle without a radius shows nothing in a browser either.
        shapes=tuple(shape for shape in shapes if not any(shape_problems([shape]))),
        seat_size=round(pitch * SEAT_SHARE, 1),
        focus=focus,
        source={"format": "svg", "mapping": mapping.to_json()},
    )
    return Built(draft, [*notes, *unsaid(floors), *unnamed(colors, mapping)], colors, floors)


def loose_rows(rows: Rows) -> list[LooseRow]:
    return [LooseRow(name, [loose_seat(seat) for seat in seats]) for name, seats in rows.items()]


def loose_seat(seat: FoundSeat) -> LooseSeat:
    return LooseSeat(
        number=seat.number,
        x=round(seat.at[0], 2),
        y=round(seat.at[1], 2),
        category=seat.category,
        is_wheelchair="wheelchair" in seat.flags,
        is_companion="companion" in seat.flags,
        has_restricted_view="restricted" in seat.flags,
        is_blocked="blocked" in seat.flags,
    )


def refuse_repeated(seats: list[FoundSeat]) -> None:
    """One sentence for each id and each seat that is drawn twice."""
    problems: list[str] = []
    ids: dict[str, FoundSeat] = {}
    labels: dict[tuple[str, ...], FoundSeat] = {}
    keys = {label: label_key(label) for label in {s for seat in seats for s in (seat.section, seat.row, seat.number)}}
    for seat in seats:
        same = labels.setdefault((keys[seat.section], keys[seat.row], keys[seat.number]), seat)
        identifier = seat.node.get("id")
        twin = ids.setdefault(identifier, seat) if identifier else seat
        if same is not seat:
            words = _("section “%(section)s”, row %(row)s, seat %(number)s is there twice, first as %(first)s.")
            facts = {"section": seat.section, "row": seat.row, "number": seat.number, "first": same.node}
            problems.append(f"{seat.node}: " + words % facts)
        elif twin.node is not seat.node:
            problems.append(f"{seat.node}: " + _("%(first)s has the same id.") % {"first": twin.node})
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise PlanFileError(problems)


def focus_of(found: Findings) -> Spot:
    """In front of what is drawn, as for plans without a stage."""
    points = [seat.at for seat in found.seats]
    points = points or [spot for each in found.sections.values() for spot in each.own_outline()]
    box = bounds_of(points)
    return box.centre[0], box.top - box.height


def outline_for(found: Findings, section: str, rows: Rows) -> tuple[Spot, ...]:
    drawn = found.sections.get(section)
    if drawn is None:
        return ()
    spots = [seat.at for seats in rows.values() for seat in seats]
    return tuple((round(x, 1), round(y, 1)) for x, y in drawn.outline_around(spots))


def untold_titles(words: list[Shape], standing: list[SeatlessSection]) -> list[Shape]:
    """The names of standing sections that the drawing itself does not write."""
    written = {label_key(shape["text"]) for shape in words}
    return [floor.title() for floor in standing if label_key(floor.name) not in written]
