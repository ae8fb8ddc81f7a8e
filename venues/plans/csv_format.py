"""Seats as a table: one line for each seat, and one for each standing section.

    section, row, seat   names; a standing section has neither row nor seat but a capacity
    x, y                 the middle of the seat, or of the standing section's box
    category             the section's name where it is empty
    wheelchair, companion, restricted, blocked   yes or no
    row_rank, position   order of the rows from the front, place in the row (an aisle leaves a gap)
    capacity, width, height   of a standing section

Without row_rank and position they are worked out, the stage being above. Background, colours and
focal point are not in a table: they travel in the JSON format.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from venues.colors import PALETTE
from venues.errors import PlanFileError
from venues.plans.checks import LABEL_LENGTH, MOST_PLACES, NAME_LENGTH, check_draft, label_key
from venues.plans.csv_table import Table, cell
from venues.plans.draft import Bounds, CategoryDraft, PlanDraft, SeatDraft, SectionDraft, standing_floor
from venues.plans.layout import SEAT_SHARE, LooseRow, LooseSeat, Zone, find_focus, find_pitch, rank_seats

COLUMNS = (
    "section",
    "row",
    "seat",
    "x",
    "y",
    "category",
    "wheelchair",
    "companion",
    "restricted",
    "blocked",
    "row_rank",
    "position",
    "capacity",
    "width",
    "height",
)
REQUIRED = ("section", "row", "seat", "x", "y")
NAMES = {column: column for column in COLUMNS} | {
    "zone": "section",
    "row_number": "row",
    "row name": "row",
    "seat_number": "seat",
    "number": "seat",
    "seat number": "seat",
    "restricted view": "restricted",
    "restricted_view": "restricted",
}
SMALLEST_FLOOR = 120.0


@dataclass(slots=True)
class Found:
    """What the lines of one section said."""

    seats: list[SeatDraft] = field(default_factory=list)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    standing: SectionDraft | None = None


def read_plan_csv(content: bytes, *, name: str = "", is_recolored: bool = False) -> PlanDraft:
    """The draft in a table of at most 20 MB; raises PlanFileError with up to 20 problems and their lines.

    Colours are always ones that colour-blind people can tell apart; `is_recolored` is there because
    every reader takes it.
    """
    table = Table(content, NAMES, REQUIRED)
    found: dict[str, Found] = {}
    for line in table.rows():
        section = table.label("section", longest=NAME_LENGTH)
        read_line(table, found.setdefault(section, Found()), section, line)
    if not found:
        raise PlanFileError([_("There is no seat in the file.")])
    sections, pitch = make_sections(found, is_ranked={"row_rank", "position"} <= table.columns.keys())
    names = dict.fromkeys(seat.category for section in sections for seat in section.seats)
    names |= dict.fromkeys(section.category for section in sections if section.is_standing)
    draft = PlanDraft(
        name=name or _("Seating plan"),
        categories=tuple(CategoryDraft(each, PALETTE[rank % len(PALETTE)]) for rank, each in enumerate(names)),
        sections=tuple(sections),
        shapes=tuple(standing_floor(section) for section in sections if section.is_standing),
        seat_size=pitch,
        source={"format": "csv"},
    )
    check_draft(draft)
    return draft


def read_line(table: Table, found: Found, section: str, line: int) -> None:
    if table.raw("capacity") not in {"", "0"}:
        if found.seats or found.standing:
            table.note(_("section “%(section)s” is there already.") % {"section": section})
        found.standing = read_standing(table, section)
        return
    seat = read_seat(table, section)
    key = label_key(seat.row), label_key(seat.number)
    first = found.lines.setdefault(key, line)
    if first != line:
        facts = {"section": section, "row": seat.row, "number": seat.number, "first": first}
        table.note(_("section “%(section)s”, row %(row)s, seat %(number)s is in line %(first)s already.") % facts)
    if found.standing:
        table.note(_("section “%(section)s” has a capacity and cannot have seats too.") % {"section": section})
    found.seats.append(seat)


def read_standing(table: Table, section: str) -> SectionDraft:
    x, y = table.number("x"), table.number("y")
    width, height = (table.number(column) if table.raw(column) else SMALLEST_FLOOR for column in ("width", "height"))
    if width <= 0 or height <= 0:
        table.note(_("width and height need to be above zero."))
    return SectionDraft(
        section,
        capacity=table.whole("capacity", most=MOST_PLACES),
        category=table.label("category", longest=NAME_LENGTH, default=section),
        box=Bounds(x - width / 2, y - height / 2, x + width / 2, y + height / 2),
    )


def read_seat(table: Table, section: str) -> SeatDraft:
    ranks = [table.whole(column) if column in table.columns else 0 for column in ("row_rank", "position")]
    return SeatDraft(
        row=table.label("row", longest=LABEL_LENGTH),
        number=table.label("seat", longest=LABEL_LENGTH),
        x=table.number("x"),
        y=table.number("y"),
        category=table.label("category", longest=NAME_LENGTH, default=section),
        row_rank=ranks[0],
        position=ranks[1],
        is_wheelchair=table.flag("wheelchair"),
        is_companion=table.flag("companion"),
        has_restricted_view=table.flag("restricted"),
        is_blocked=table.flag("blocked"),
    )


def make_sections(found: dict[str, Found], *, is_ranked: bool) -> tuple[list[SectionDraft], float]:
    """The sections, and the room of one seat."""
    zones = [Zone(name, loose_rows(section.seats), []) for name, section in found.items()]
    pitch = find_pitch(row for zone in zones for row in zone.rows)
    focus = find_focus(zones)
    sections = []
    for zone, section in zip(zones, found.values(), strict=True):
        seats = tuple(section.seats)
        if seats and not is_ranked:
            seats = rank_seats(zone.rows, focus, pitch)
        sections.append(section.standing or SectionDraft(zone.name, seats))
    return sections, round(pitch * SEAT_SHARE, 1)


def loose_rows(seats: list[SeatDraft]) -> list[LooseRow]:
    rows: dict[str, list[LooseSeat]] = {}
    for seat in seats:
        loose = LooseSeat(
            seat.number,
            seat.x,
            seat.y,
            seat.category,
            is_wheelchair=seat.is_wheelchair,
            is_companion=seat.is_companion,
            has_restricted_view=seat.has_restricted_view,
            is_blocked=seat.is_blocked,
        )
        rows.setdefault(seat.row, []).append(loose)
    return [LooseRow(name, row) for name, row in rows.items()]


def write_plan_csv(draft: PlanDraft) -> bytes:
    """A table that `read_plan_csv` and spreadsheets read; no cell of it is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(lines_of(draft))
    return text.getvalue().encode("utf-8-sig")


def lines_of(draft: PlanDraft) -> Iterator[list[object]]:
    for section in draft.sections:
        name = cell(section.name)
        for seat in section.seats:
            flags = (seat.is_wheelchair, seat.is_companion, seat.has_restricted_view, seat.is_blocked)
            yield [
                name,
                cell(seat.row),
                cell(seat.number),
                seat.x,
                seat.y,
                cell(seat.category),
                *("yes" if flag else "" for flag in flags),
                seat.row_rank,
                seat.position,
            ]
        if section.is_standing:
            box = section.bounds(draft.seat_size)
            spot = [*box.centre, cell(section.category)]
            yield [name, "", "", *spot, *[""] * 6, section.capacity, box.width, box.height]
