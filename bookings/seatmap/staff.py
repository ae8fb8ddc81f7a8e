"""The hall as staff see it: who has each place, and why some are kept from sale.

Free and blocked seats are checkboxes, a customer's seat leads to the booking: all of it works by
keyboard and without JavaScript.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db.models import Count
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bookings.models import Block, Place
from bookings.seatmap.areas import Area, get_overview, outline_of
from bookings.seatmap.frame import SEAT, Frame
from bookings.seatmap.hall import neighbours
from bookings.seatmap.layouts import DrawnSeat, beside_the_row, bounds_of_seats, read_seats
from bookings.seatmap.scene import MOST_SEATS_AT_ONCE, PlanParts, get_parts
from events.models import EventSession
from venues.models import Section
from venues.plans.draft import Bounds

# Decoration in characters.
MOST_SHAPES = 40_000


@dataclass(frozen=True, slots=True)
class StaffView:
    """`kind` is plan, overview or section; a section has neighbours on the tour through all of them."""

    kind: str
    view_box: str
    markup: SafeString = field(repr=False)
    section: Section | None = None
    before: Section | None = None
    after: Section | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Why a seat is not free: `words` for people, the booking's key where a customer has it."""

    state: str
    words: str
    booking_id: int | None


def view_for_staff(
    event_session: EventSession, *, section_id: int | None, now: datetime, links_to_bookings: bool
) -> StaffView:
    """The whole plan where it is small; else an overview, or the wanted section (an unknown one is none)."""
    parts = get_parts(event_session.plan)
    if parts.seat_count <= MOST_SEATS_AT_ONCE:
        plan = parts.plan
        frame = Frame.around(Bounds(plan.left, plan.top, plan.left + plan.width, plan.top + plan.height), plan)
        names = {section.pk: section.name for section in parts.sections}
        owners = read_owners(event_session, now)
        markup = draw_seats(frame, parts, read_seats(section__plan=plan), owners, names, links=links_to_bookings)
        return StaffView("plan", frame.view_box, markup)
    section = next((each for each in parts.seated if each.pk == section_id), None)
    if section is None:
        return draw_staff_overview(event_session, parts)
    seats = read_seats(section=section)
    frame = Frame.around(bounds_of_seats(seats, section), parts.plan)
    owners = read_owners(event_session, now, section=section)
    markup = draw_seats(frame, parts, seats, owners, {}, links=links_to_bookings)
    before, after = neighbours(parts.seated, section)
    return StaffView("section", frame.view_box, markup, section, before, after)


def read_owners(event_session: EventSession, now: datetime, **which: object) -> dict[int, Owner]:
    """By seat; a hold whose time is up counts as free, because it may be taken over."""
    places = Place.objects.filter(event_session=event_session, seat__isnull=False, **which)
    rows = places.exclude(state=Place.State.FREE).values_list(
        "seat",
        "state",
        "booking",
        "booking__reference",
        "held_until",
        "blocked__block__kind",
        "blocked__block__reason",
        "blocked__block__blocked_by__name",
    )
    kinds = {str(value): str(label) for value, label in Block.Kind.choices}
    words = {Place.State.SOLD: _("sold, booking %s"), Place.State.HELD: _("held, booking %s")}
    owners: dict[int, Owner] = {}
    for seat_id, state, booking_id, reference, held_until, kind, reason, person in rows:
        if state == Place.State.HELD and held_until is not None and held_until <= now:
            continue
        if state == Place.State.BLOCKED:
            text = ", ".join(part for part in (kinds.get(kind, ""), reason, person) if part)
            owners[seat_id or 0] = Owner(state, _("blocked: %s") % text, None)
        else:
            owners[seat_id or 0] = Owner(state, words[Place.State(state)] % reference, booking_id)
    return owners


def draw_seats(
    frame: Frame,
    parts: PlanParts,
    seats: Iterable[DrawnSeat],
    owners: dict[int, Owner],
    section_names: dict[int, str],
    *,
    links: bool,
) -> SafeString:
    drawer = SeatDrawer(frame, owners, section_names, links=links)
    pieces = [frame.draw_background(parts.plan.shapes, most=MOST_SHAPES)]
    if section_names:
        pieces += [draw_floor(frame, section) for section in parts.sections if section.is_standing]
    for _row, row in groupby(seats, key=lambda seat: (seat.section, seat.row)):
        pieces += drawer.draw_row(list(row))
    return mark_safe("".join(pieces))  # noqa: S308  Every text was escaped when it was drawn.


def draw_floor(frame: Frame, section: Section) -> str:
    """A standing section of a small plan leads to its number."""
    points = [(frame.across(x), frame.down(y)) for x, y in outline_of(section)]
    x, y = sum(x for x, _y in points) // len(points), sum(y for _x, y in points) // len(points)
    corners = " ".join(f"{x},{y}" for x, y in points)
    return (
        f'<a class="block-area" href="#standing-{section.pk}" aria-label="{escape(section.name)}">'
        f'<polygon points="{corners}"/>'
        f'<text x="{x}" y="{y}" font-size="{SEAT}" aria-hidden="true">{escape(section.name)}</text></a>'
    )


class SeatDrawer:
    def __init__(self, frame: Frame, owners: dict[int, Owner], section_names: dict[int, str], *, links: bool) -> None:
        self.frame = frame
        self.owners = owners
        self.section_names = section_names
        # Looked up once: thousands of look-ups would take longer than the drawing.
        self.label = _("Row %(row)s, seat %(number)s")
        self.row_label = _("Row %(row)s")
        self.free = _("free")
        self.booking_url = reverse("admin:bookings_booking_change", args=[0]) if links else ""

    def draw_row(self, row: list[DrawnSeat]) -> Iterator[str]:
        spots = [(self.frame.across(seat.x), self.frame.down(seat.y)) for seat in row]
        x, y = beside_the_row(spots[:2])
        name = self.row_label % {"row": row[0].row}
        if section := self.section_names.get(row[0].section):
            name = f"{section}, {name}"
        yield (
            f'<g data-row><foreignObject x="{x - SEAT // 2}" y="{y - SEAT // 2}" width="{SEAT}" height="{SEAT}">'
            f'<label class="row-pick"><input type="checkbox" name="row" value="{row[0].id}" '
            f'aria-label="{escape(name)}"><span aria-hidden="true">{escape(row[0].row)}</span></label></foreignObject>'
        )
        for seat, (across, down) in zip(row, spots, strict=True):
            yield (
                f'<foreignObject x="{across - SEAT // 2}" y="{down - SEAT // 2}" width="{SEAT}" height="{SEAT}">'
                f"{self.draw_seat(seat)}</foreignObject>"
            )
        yield "</g>"

    def draw_seat(self, seat: DrawnSeat) -> str:
        owner = self.owners.get(seat.id)
        label = self.label % {"row": seat.row, "number": seat.number}
        if section := self.section_names.get(seat.section):
            label = f"{section}, {label}"
        said = escape(f"{label}: {owner.words if owner else self.free}")
        state = owner.state if owner else "free"
        if owner is None or owner.booking_id is None:
            return (
                f'<input type="checkbox" name="seat" value="{seat.id}" class="place place--{state}" '
                f'aria-label="{said}" title="{said}">'
            )
        if not self.booking_url:
            return f'<span class="place place--{state}" role="img" aria-label="{said}" title="{said}"></span>'
        url = self.booking_url.replace("/0/", f"/{owner.booking_id}/")
        return f'<a class="place place--{state}" href="{url}" aria-label="{said}" title="{said}"></a>'


def draw_staff_overview(event_session: EventSession, parts: PlanParts) -> StaffView:
    overview = get_overview(parts)
    counts: dict[int, dict[str, int]] = {}
    places = Place.objects.filter(event_session=event_session).order_by()
    for section_id, state, count in places.values_list("section", "state").annotate(count=Count("pk")):
        counts.setdefault(section_id, {})[state] = count
    areas = "".join(draw_staff_area(area, counts.get(area.section.pk, {})) for area in overview.areas)
    return StaffView("overview", overview.view_box, mark_safe(overview.background + areas))  # noqa: S308  Escaped.


def draw_staff_area(area: Area, counts: dict[str, int]) -> str:
    section = area.section
    free, blocked = counts.get(Place.State.FREE, 0), counts.get(Place.State.BLOCKED, 0)
    facts = {"section": section.name, "free": free, "blocked": blocked}
    label = _("%(section)s: %(free)s free, %(blocked)s blocked") % facts
    href = f"#standing-{section.pk}" if section.is_standing else f"?section={section.pk}"
    top, below = area.y - float(area.size) * 0.55, area.y + float(area.size) * 0.55
    note = f"{free} / {blocked}" if blocked else f"{free}"
    return (
        f'<a class="block-area{" block-area--blocked" if blocked else ""}" href="{href}" aria-label="{escape(label)}">'
        f'<polygon points="{area.points}"/>'
        '<g aria-hidden="true">'
        f'<text x="{area.x}" y="{top:.0f}" font-size="{area.size}">{escape(area.short_name)}</text>'
        f'<text x="{area.x}" y="{below:.0f}" font-size="{area.size}">{note}</text></g></a>'
    )
