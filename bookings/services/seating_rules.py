"""What may be chosen together: inner steps that look at a choice after its seats were taken."""

from collections.abc import Collection
from datetime import datetime

from bookings.errors import CompanionError, CompanionStaysError, SingleGapError
from bookings.models import Booking, BookingItem, Place, Ticket
from bookings.seating.board import Board
from bookings.seating.companions import is_companion, lone_companions
from bookings.seating.gaps import advise, find_gaps
from bookings.seating.geometry import PlanRows, get_rows
from bookings.seating.labels import label_together
from bookings.seating.occupancy import taken_places, taken_seats
from events.models import EventSession


def check_companions(
    rows: PlanRows, booking: Booking, event_session: EventSession, seat_ids: Collection[int], *, is_new: bool
) -> None:
    """Refuse companion places that come without a wheelchair place of theirs in the same basket."""
    slots = rows.slots_of(seat_ids)
    if not any(is_companion(rows, slot) for slot in slots):
        return
    earlier = [] if is_new else seats_in_basket(booking, event_session.pk)
    if lone := [rows.ids[slot] for slot in lone_companions(rows, [*slots, *rows.slots_of(earlier)])]:
        raise CompanionError(labels=label_together(find_places(event_session, lone)), companion_ids=lone)


def check_companions_stay(booking: Booking, tickets: Collection[Ticket]) -> None:
    """Refuse to void the last wheelchair place of companions who would stay. Raises CompanionStaysError.

    The refusal names the tickets that have to go as well. Companions that were alone before may stay so:
    staff may have moved the session to a plan of other rows.
    """
    voided = {ticket.pk for ticket in tickets}
    wheelchairs = Ticket.objects.filter(pk__in=voided, place__seat__is_wheelchair=True)
    for event_session_id, plan_id in wheelchairs.values_list("event_session", "event_session__plan").distinct():
        valid = booking.tickets.filter(event_session=event_session_id, status=Ticket.Status.VALID)
        by_seat = {ticket.place.seat_id: ticket for ticket in valid.select_related("place__seat", "place__section")}
        rows = get_rows(plan_id)
        staying = [seat for seat, ticket in by_seat.items() if seat and ticket.pk not in voided]
        were_alone = lone_companions(rows, rows.slots_of(seat for seat in by_seat if seat))
        lone = [rows.ids[slot] for slot in lone_companions(rows, rows.slots_of(staying)) if slot not in were_alone]
        if lone:
            left = [by_seat[seat] for seat in lone]
            raise CompanionStaysError(
                labels=label_together([ticket.place for ticket in left]), ticket_ids=[ticket.pk for ticket in left]
            )


def seats_in_basket(booking: Booking, event_session_id: int) -> list[int]:
    items = BookingItem.objects.filter(booking=booking, event_session=event_session_id, place__seat__isnull=False)
    return list(items.values_list("place__seat", flat=True))


def check_gaps(rows: PlanRows, event_session: EventSession, seat_ids: Collection[int], now: datetime) -> None:
    """Refuse a choice that leaves single gaps while another of its size would not, and name that one.

    The rows of the choice are read afresh; whether there is something else is a matter of what the
    process knows of the hall. Two customers in the same instant may still leave a gap together: the
    rule guards revenue, not anybody's place, and is not worth a lock on the neighbours.
    """
    if not event_session.avoids_single_gaps:
        return
    chosen = rows.slots_of(seat_ids)
    beside = [slot for row in {rows.row_of(slot) for slot in chosen} for slot in rows.slots_in_row(row)]
    seats = [rows.ids[slot] for slot in beside if rows.ids[slot]]
    taken = taken_places(event_session.pk, now).filter(seat__in=seats).exclude(seat__in=seat_ids)
    taken_slots = rows.slots_of(taken.values_list("seat_id", flat=True))

    board = Board.empty(rows)
    board.take(taken_slots)
    if not find_gaps(board, chosen):
        return
    board = Board.of(taken_seats(event_session.pk, rows.plan_id))
    board.free(rows.slots_of(seats))
    board.take(taken_slots)
    if advice := advise(board, chosen):
        suggested = [rows.ids[slot] for slot in advice.better]
        gaps = [rows.ids[slot] for slot in advice.gaps]
        places = find_places(event_session, suggested)
        raise SingleGapError(
            gaps=label_together(find_places(event_session, gaps)),
            labels=label_together(places),
            gap_ids=gaps,
            suggested_ids=suggested,
            suggested_labels=[place.label for place in places],
        )


def find_places(event_session: EventSession, seat_ids: Collection[int]) -> list[Place]:
    """The places of these seats with what their labels need, in the order given."""
    places = Place.objects.filter(event_session=event_session, seat__in=seat_ids).select_related("seat", "section")
    by_seat = {place.seat_id: place for place in places}
    return [by_seat[seat] for seat in seat_ids if seat in by_seat]
