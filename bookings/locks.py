"""Every row lock and compare-and-set of this app.

Order across tables: SeatingPlan, EventSession, User, WaitingEntry, Booking, PromoCode, Place, Block, Ticket; within
one table by primary key or, for chosen seats, by the (seat, event_session) index, which is the same for everyone.
A change of tickets comes before the booking that it replaces.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import F

from accounts.models import User
from bookings.models import Block, Booking, EmailCode, Place, Ticket, Transfer, WaitingEntry, make_ticket_code
from bookings.models.email_code import MOST_TRIES
from events.models import EventSession
from promotions.models import PromoCode
from venues.models import SeatingPlan, Section


def lock_event_session(event_session_id: int) -> EventSession:
    return EventSession.objects.select_for_update().get(pk=event_session_id)


def lock_plan(plan_id: int) -> SeatingPlan:
    """Comes before the session: nobody edits the plan while a session moves to it."""
    return SeatingPlan.objects.select_for_update().get(pk=plan_id)


def lock_customer(user_id: int) -> None:
    """One request of a person at a time, so that two together cannot pass what one may have."""
    User.objects.select_for_update().values_list("pk").get(pk=user_id)


def lock_booking(booking_id: int) -> Booking:
    return Booking.objects.select_for_update().get(pk=booking_id)


def lock_waiting_entry(entry_id: int) -> WaitingEntry:
    """Two workers with the same free places meet here, and the second finds the entry served."""
    return WaitingEntry.objects.select_for_update().get(pk=entry_id)


def lock_bookings(booking_ids: Collection[int]) -> dict[int, Booking]:
    return {each.pk: each for each in Booking.objects.filter(pk__in=booking_ids).order_by("pk").select_for_update()}


def take_try(code: EmailCode, now: datetime) -> bool:
    """Count a try of this code before it is looked at: many at once are no more than many one by one."""
    working = EmailCode.objects.filter(pk=code.pk, nonce=code.nonce, valid_until__gt=now, tries__lt=MOST_TRIES)
    return bool(working.update(tries=F("tries") + 1))


def lock_first(booking: Booking) -> None:
    """Nobody else adds up what staff give back on a booking and its changes; the caller holds the booking's lock."""
    if booking.first_id is not None:
        lock_booking(booking.first_id)


def lock_promo_code(promo_code_id: int) -> PromoCode:
    """Nobody else counts its uses, or adds one, until this transaction ends."""
    return PromoCode.objects.select_for_update().get(pk=promo_code_id)


def take_seats(
    *, event_session_id: int, seat_ids: Collection[int], booking: Booking, held_until: datetime, now: datetime
) -> int:
    """Compare-and-set: hold those of the seats that are free; the caller rolls back unless it got all."""
    wanted = Place.objects.filter(event_session=event_session_id, seat__in=sorted(seat_ids))
    return wanted.free(now).update(booking=booking, state=Place.State.HELD, held_until=held_until)


def take_places(*, place_ids: Collection[int], booking: Booking, held_until: datetime, now: datetime) -> int:
    """The same for places that are known by their own key."""
    wanted = Place.objects.filter(pk__in=sorted(place_ids))
    return wanted.free(now).update(booking=booking, state=Place.State.HELD, held_until=held_until)


def lock_free_seats(*, event_session_id: int, seat_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Seat -> place for those that are free, without waiting for any that others are taking right now."""
    free = Place.objects.filter(event_session=event_session_id, seat__in=sorted(seat_ids)).free(now)
    locked = free.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    return dict(locked.values_list("seat_id", "pk"))


def lock_free_standing(*, event_session_id: int, section: Section, count: int, now: datetime) -> list[int]:
    """Up to `count` keys of free standing places, passing over those that others are taking right now."""
    places = Place.objects.filter(event_session=event_session_id, category=section.category_id, section=section)
    found: list[int] = []
    # Never-held places first: asking for both at once would keep the database from using its index.
    for free in (
        places.filter(state=Place.State.FREE),
        places.filter(state=Place.State.HELD, held_until__lte=now),
    ):
        if len(found) < count:
            locked = free.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            found += locked.values_list("pk", flat=True)[: count - len(found)]
    return found


def sell_places_of(booking: Booking) -> int:
    """Sell what the booking still owns, lapsed or not, so that nobody takes it over any more; how many that is."""
    return Place.objects.filter(booking=booking).update(state=Place.State.SOLD, held_until=None)


def hand_over_places(place_ids: Collection[int], old: Booking, new: Booking) -> None:
    """Places that a change keeps; the caller holds both bookings and knows them to be the old one's."""
    if place_ids:
        Place.objects.filter(pk__in=sorted(place_ids), booking=old).update(booking=new)


def lock_unused(tickets: Collection[Ticket], statuses: Collection[str] = (Ticket.Status.VALID,)) -> set[int]:
    """Keys of those that are valid and that no gate let in; a gate that checks one now waits for us."""
    unused = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets], status__in=statuses, checked_in_at=None)
    return set(unused.order_by("pk").select_for_update().values_list("pk", flat=True))


def reissue_ticket(ticket: Ticket, transfer: Transfer) -> bool:
    """Compare-and-set: a new code in its recipient's name, if no gate used, voided or reissued it since it was read."""
    as_read = Ticket.objects.filter(
        pk=ticket.pk, status=Ticket.Status.VALID, checked_in_at=None, revision=ticket.revision
    )
    reissued = {"code": make_ticket_code(), "revision": ticket.revision + 1, "attendee": transfer.name}
    return bool(as_read.update(**reissued, transfer=transfer))


def take_place_back(place_id: int, booking: Booking, now: datetime) -> bool:
    """Compare-and-set: a place that is offered for resale is its booking's again, if nobody has it now."""
    offered = Place.objects.filter(pk=place_id).free(now)
    return bool(offered.update(booking=booking, state=Place.State.SOLD, held_until=None))


def is_resold(place_id: int, booking: Booking) -> bool:
    """Whether another booking bought the place; nobody gives it back while this transaction looks."""
    place = Place.objects.select_for_update().get(pk=place_id)
    return place.state == Place.State.SOLD and place.booking_id != booking.pk


def free_places_of(booking: Booking, place_ids: Collection[int] | None = None) -> int:
    """Give back what the booking still owns, or these of them; a place that someone took over stays theirs."""
    owned = Place.objects.filter(booking=booking)
    if place_ids is not None:
        owned = owned.filter(pk__in=sorted(place_ids))
    return owned.update(booking=None, state=Place.State.FREE, held_until=None)


def block_free_seats(*, event_session_id: int, seat_ids: Collection[int], now: datetime) -> int:
    """Compare-and-set: keep those of the seats from sale that no customer has; the caller names their block."""
    wanted = Place.objects.filter(event_session=event_session_id, seat__in=sorted(seat_ids))
    return wanted.free(now).update(booking=None, state=Place.State.BLOCKED, held_until=None)


def block_free_places(*, place_ids: Collection[int], now: datetime) -> int:
    """The same for places that are known by their own key."""
    wanted = Place.objects.filter(pk__in=sorted(place_ids))
    return wanted.free(now).update(booking=None, state=Place.State.BLOCKED, held_until=None)


def lock_blocked_seats(*, event_session_id: int, seat_ids: Collection[int]) -> list[int]:
    """The places of those of the seats that are blocked: nobody else releases them now."""
    places = Place.objects.filter(event_session=event_session_id, seat__in=sorted(seat_ids))
    return list(places.filter(state=Place.State.BLOCKED).select_for_update().values_list("pk", flat=True))


def lock_blocked_places(place_ids: Collection[int]) -> list[int]:
    """The same for places that are known by their own key."""
    places = Place.objects.filter(pk__in=sorted(place_ids), state=Place.State.BLOCKED).order_by("pk")
    return list(places.select_for_update().values_list("pk", flat=True))


def lock_blocks(block_ids: Collection[int]) -> list[Block]:
    return list(Block.objects.filter(pk__in=block_ids).order_by("pk").select_for_update())


def lock_free_places(place_ids: Collection[int], now: datetime) -> list[int]:
    """Those that are free still: nobody takes them, and their date does not move, until this transaction ends."""
    free = Place.objects.filter(pk__in=sorted(place_ids)).free(now).order_by("pk")
    return list(free.select_for_update().values_list("pk", flat=True))


def lock_all_places(event_session_id: int) -> list[Place]:
    """Every place of the session as it is now, so that nobody holds, sells or blocks one meanwhile."""
    return list(Place.objects.filter(event_session=event_session_id).select_for_update())
