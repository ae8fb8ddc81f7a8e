"""From what was recognised in a drawing to a plan: named rows, ranked seats, priced by category."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.checks import LABEL_LENGTH, MOST_PROBLEMS, NAME_LENGTH, label_key
from venues.plans.draft import CategoryDraft, PlanDraft, SectionDraft, Shape, Spot, bounds_of
from venues.plans.layout import SEAT_SHARE, LooseRow, LooseSeat, find_pitch, rank_seats
from venues.plans.svg.areas import SeatlessSection, seatless_sections
from venues.plans.svg.labels import complete_labels, without_seat_labels
from venues.plans.svg.mapping import Mapping
from venues.plans.svg.recognise import Findings, FoundSeat

UNPAINTED = {"", "#000000", "#ffffff"}
Rows = dict[str, list[FoundSeat]]


@dataclass(slots=True)
class Built:
    draft: PlanDraft
    notes: list[str] = field(default_factory=list)
    colors: Counter[str] = field(default_factory=Counter)
    seatless: list[SeatlessSection] = field(default_factory=list)


def pitch_of(found: Findings) -> float | None:
    """The usual distance between neighbours, as drawn; None without seats."""
    groups: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for seat in found.seats:
        groups[seat.section, seat.row].append(seat.at)
    rows = [LooseRow("", [LooseSeat("", x, y, "") for x, y in spots]) for spots in groups.values()]
    return find_pitch(rows) if any(len(row.seats) > 1 for row in rows) else None


def build_plan(found: Findings, mapping: Mapping, *, name: str, order: Iterable[str]) -> Built:
    """Raises PlanFileError for seats that are there twice. `order` names categories, best first."""
    pitch = pitch_of(found)
    notes = complete_labels(found, pitch)
    refuse_repeated(found.seats)
    colors = Counter(seat.fill for seat in found.seats if not seat.category)
    name_colors(found, mapping, colors)
    focus = found.focus or focus_of(found)
    seatless, more_notes = seatless_sections(found, mapping, focus, pitch)
    notes += more_notes
    rows_of: dict[str, Rows] = defaultdict(lambda: defaultdict(list))
    for seat in [*found.seats, *(seat for section in seatless for seat in section.seats)]:
        rows_of[seat.section][seat.row].append(seat)
    loose = {section: loose_rows(rows) for section, rows in rows_of.items()}
    pitch = find_pitch(row for rows in loose.values() for row in rows)
    sections = [
        SectionDraft(each, seats=rank_seats(rows, focus, pitch), outline=outline_for(found, each, rows_of[each]))
        for each, rows in loose.items()
    ]
    sections += [section.draft for section in seatless if section.draft]
    shapes = [*found.shapes, *without_seat_labels(found, pitch)]
    shapes += [section.title for section in seatless if section.draft and not has_text(shapes, section.title)]
    draft = PlanDraft(
        name=name,
        categories=categories_of(found, seatless, mapping, order),
        sections=tuple(in_drawn_order(sections, found)),
        shapes=tuple(shapes),
        seat_size=round(pitch * SEAT_SHARE, 1),
        focus=focus,
        source={"format": "svg", "mapping": mapping.to_json()},
    )
    return Built(draft, notes, colors, seatless)


def loose_rows(rows: Rows) -> list[LooseRow]:
    return [
        LooseRow(
            name,
            [
                LooseSeat(
                    number=seat.number[:LABEL_LENGTH],
                    x=round(seat.at[0], 2),
                    y=round(seat.at[1], 2),
                    category=seat.category,
                    is_wheelchair="wheelchair" in seat.flags,
                    is_companion="companion" in seat.flags,
                    has_restricted_view="restricted" in seat.flags,
                    is_blocked="blocked" in seat.flags,
                )
                for seat in seats
            ],
        )
        for name, seats in rows.items()
    ]


def refuse_repeated(seats: list[FoundSeat]) -> None:
    """One sentence for each id and each seat that is drawn twice."""
    problems: list[str] = []
    ids: dict[str, FoundSeat] = {}
    labels: dict[tuple[str, ...], FoundSeat] = {}
    keys: dict[str, str] = {}

    def key(label: str) -> str:
        return keys[label] if label in keys else keys.setdefault(label, label_key(label))

    for seat in seats:
        facts = {"section": seat.section, "row": seat.row, "number": seat.number}
        same = labels.setdefault((key(seat.section), key(seat.row), key(seat.number)), seat)
        identifier = seat.node.get("id")
        twin = ids.setdefault(identifier, seat) if identifier else seat
        if same is not seat:
            words = _("section “%(section)s”, row %(row)s, seat %(number)s is there twice, first as %(first)s.")
            problems.append(f"{seat.node}: " + words % {**facts, "first": same.node})
        elif twin is not seat and twin.node is not seat.node:
            problems.append(f"{seat.node}: " + _("%(first)s has the same id.") % {"first": twin.node})
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise PlanFileError(problems)


def name_colors(found: Findings, mapping: Mapping, colors: Counter[str]) -> None:
    """Seats that no attribute gives a category have that of their colour."""
    unnamed = [fill for fill in colors if not mapping.colors.get(fill)]
    names = {fill: _("Colour %(color)s") % {"color": fill or _("none")} for fill in unnamed}
    if len(unnamed) == 1:
        names = {unnamed[0]: _("Standard")}
    for seat in found.seats:
        if not seat.category:
            seat.category = mapping.colors.get(seat.fill) or names[seat.fill]


def focus_of(found: Findings) -> Spot:
    """In front of what is drawn, as for plans without a stage."""
    points = [seat.at for seat in found.seats] or [spot for each in found.sections.values() for spot in each.outline]
    box = bounds_of(points)
    return box.centre[0], box.top - box.height


def outline_for(found: Findings, section: str, rows: Rows) -> tuple[Spot, ...]:
    drawn = found.sections.get(section)
    if drawn is None:
        return ()
    spots = [seat.at for seats in rows.values() for seat in seats]
    return tuple((round(x, 1), round(y, 1)) for x, y in drawn.outline_around(spots))


def categories_of(
    found: Findings, seatless: list[SeatlessSection], mapping: Mapping, order: Iterable[str]
) -> tuple[CategoryDraft, ...]:
    """Best first where the drawing says so, else as they appear; each with a colour of its own."""
    fills: dict[str, Counter[str]] = {}
    for seat in found.seats:
        fills.setdefault(seat.category, Counter())[seat.fill] += 1
    for section in seatless:
        if section.category:
            fills.setdefault(section.category, Counter())[section.fill] += 1
    ranks = {name: rank for rank, name in enumerate(order)}
    names = sorted(fills, key=lambda name: ranks.get(name, len(ranks)))
    taken = set(UNPAINTED)
    categories = []
    for index, name in enumerate(names):
        drawn = fills[name].most_common(1)[0][0]
        color = PALETTE[index % len(PALETTE)] if mapping.is_recolored or drawn in taken else drawn
        taken.add(color)
        categories.append(CategoryDraft(name[:NAME_LENGTH], color))
    return tuple(categories)


def in_drawn_order(sections: list[SectionDraft], found: Findings) -> list[SectionDraft]:
    """As the drawing names them, seated and standing alike."""
    places = {name: place for place, name in enumerate(dict.fromkeys([*found.sections, *(s.name for s in sections)]))}
    return sorted(sections, key=lambda section: places[section.name])


def has_text(shapes: list[Shape], title: Shape) -> bool:
    return any(shape["kind"] == "text" and label_key(shape["text"]) == label_key(title["text"]) for shape in shapes)
