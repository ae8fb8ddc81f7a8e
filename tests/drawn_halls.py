"""Sessions in halls drawn as text: one line a row, from the front.

. free   x taken   | aisle   r restricted view   w wheelchair place   c companion place   b balcony
"""

from collections.abc import Iterable
from typing import Any

from bookings.models import Booking, Place
from events.models import EventSession
from tests.factories import NOON, make_event_session, make_hall
from venues.plans.draft import CategoryDraft, PlanDraft, SeatDraft, SectionDraft
from venues.services.plans import save_plan


def make_drawn_session(*lines: str, **fields: Any) -> EventSession:
    """Seat "C5" is the fifth from the left in the third row; the stage is before the middle of row A."""
    seats = [
        draw_seat(row, column, letter)
        for row, line in enumerate(lines)
        for column, letter in enumerate(line)
        if letter != "|"
    ]
    draft = PlanDraft(
        "Drawn",
        (CategoryDraft("Stalls", "#0072b2"), CategoryDraft("Balcony", "#e69f00")),
        (SectionDraft("Hall", tuple(seats)),),
        focus=(15.0 * (len(lines[0]) - 1), -60.0),
    )
    event_session = make_event_session(plan=save_plan(hall=make_hall(), draft=draft), **fields)
    taken = [(row, column) for row, line in enumerate(lines) for column, letter in enumerate(line) if letter == "x"]
    give_away(
        event_session, [f"{chr(ord('A') + row)}{column + 1}" for row, column in taken], now=fields.get("now", NOON)
    )
    return event_session


def draw_seat(row: int, column: int, letter: str) -> SeatDraft:
    return SeatDraft(
        chr(ord("A") + row),
        str(column + 1),
        x=30.0 * column,
        y=30.0 * row,
        category="Balcony" if letter == "b" else "Stalls",
        row_rank=row,
        position=column,
        is_wheelchair=letter == "w",
        is_companion=letter == "c",
        has_restricted_view=letter == "r",
    )


def give_away(event_session: EventSession, labels: Iterable[str], now: Any = NOON) -> None:
    """Someone else keeps these seats, whatever the rules say."""
    wanted = set(labels)
    if not wanted:
        return
    until = now + event_session.hold_period
    other = Booking.objects.create(currency="EUR", created_at=now, held_until=until)
    places = Place.objects.filter(event_session=event_session, seat__isnull=False).select_related("seat")
    theirs = [place.pk for place in places if name_of(place) in wanted]
    Place.objects.filter(pk__in=theirs).update(state=Place.State.HELD, booking=other, held_until=until)


def name_of(place: Place) -> str:
    return f"{place.seat.row}{place.seat.number}" if place.seat else ""


def names_of(booking: Booking) -> str:
    """The seats of a basket as "A1 A2", row by row."""
    items = booking.items.select_related("place__seat").order_by("place__seat__row_rank", "place__seat__position")
    return " ".join(name_of(item.place) for item in items)
