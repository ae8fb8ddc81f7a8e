"""A session moves to another time or hall: the session, its places, and which bookings that concerns.

Inner steps; who starts it also tells people and gives money back.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from bookings.availability import announce_reload
from bookings.errors import NotPublishedError
from bookings.locks import block_free_places, lock_event_session, lock_free_places, lock_plan
from bookings.models import Block, Booking, Place, RescheduledBooking, Rescheduling, Ticket
from bookings.rescheduling_errors import ClosesBeforeItOpensError, DateOverError, NothingMovedError
from bookings.services.audit import note_change
from bookings.services.blocking import keep_from_sale
from bookings.services.plan_matching import PlanMove
from bookings.services.rehousing import Rehouser
from bookings.services.replanning import Prices, carry_over
from events.models import EventSession
from venues.models import SeatingPlan


@dataclass(frozen=True, slots=True)
class NewDate:
    """When and where the session takes place from now on."""

    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None
    booking_closes_at: datetime
    plan_id: int

    def differs_from(self, event_session: EventSession) -> bool:
        was = (event_session.starts_at, event_session.ends_at, event_session.doors_at, event_session.plan_id)
        return was != (self.starts_at, self.ends_at, self.doors_at, self.plan_id)


def look_at_date(event_session: EventSession, date: NewDate, now: datetime) -> PlanMove | None:
    """What `move_session` would do to the places now; None where the plan stays. Changes nothing.

    Raises NotPublishedError, NothingMovedError, DateOverError, ClosesBeforeItOpensError.
    """
    check_date(event_session, date, now)
    if date.plan_id == event_session.plan_id:
        return None
    plan = SeatingPlan.objects.select_related("hall__venue").get(pk=date.plan_id)
    return Rehouser(event_session, plan).match(list(Place.objects.filter(event_session=event_session)))


def check_date(event_session: EventSession, date: NewDate, now: datetime) -> None:
    if event_session.status != EventSession.Status.PUBLISHED:
        raise NotPublishedError(session=event_session)
    if not date.differs_from(event_session):
        raise NothingMovedError
    if date.starts_at <= now:
        raise DateOverError
    if date.booking_closes_at <= event_session.booking_opens_at:
        raise ClosesBeforeItOpensError


def lock_for_move(event_session_id: int, date: NewDate, now: datetime) -> EventSession:
    """The session with event, hall and plan, which nobody else moves now. Raises as `look_at_date`."""
    lock_plan(date.plan_id)
    lock_event_session(event_session_id)
    event_session = EventSession.objects.select_related("event", "hall__venue", "plan__hall__venue").get(
        pk=event_session_id
    )
    check_date(event_session, date, now)
    return event_session


def move_session(
    event_session: EventSession,
    date: NewDate,
    *,
    prices: Prices,
    actor_id: int | None,
    now: datetime,
) -> PlanMove | None:
    """Give it the new date, and its places their seats on the new plan. The caller holds its lock.

    Raises PricesMissingError.
    """
    old, move = str(event_session), None
    if date.plan_id != event_session.plan_id:
        plan = SeatingPlan.objects.select_related("hall__venue").get(pk=date.plan_id)
        matcher = Rehouser(event_session, plan)
        event_session.hall = plan.hall
        move = carry_over(matcher, prices=prices, actor_id=actor_id, now=now)
    if event_session.starts_at != date.starts_at:
        event_session.moved_from = event_session.starts_at
    event_session.starts_at, event_session.ends_at, event_session.doors_at = date.starts_at, date.ends_at, date.doors_at
    event_session.booking_closes_at = date.booking_closes_at
    event_session.revision += 1
    columns = ["hall", "moved_from", "starts_at", "ends_at", "doors_at", "booking_closes_at", "revision"]
    event_session.save(update_fields=columns)
    note_change(event_session, actor_id=actor_id, text=f"Moved from {old} to {event_session}, {event_session.hall}.")
    announce_reload(event_session.pk)
    return move


def note_bookings(rescheduling: Rescheduling, *, began_by: datetime | None = None) -> int:
    """A row for each booking that holds tickets of the session and has none yet; returns how many are new.

    While the session moves that is everybody: whoever booked as it waited for its locks did so for the old date. Once
    it has moved, `began_by` leaves those who were on their way to pay for the old date.
    """
    standing = Ticket.objects.filter(event_session=rescheduling.event_session_id, status__in=Ticket.STANDING)
    holders = Booking.objects.filter(pk__in=standing.values("booking"))
    if began_by is not None:
        holders = holders.annotate(began=Coalesce("checkout_at", "created_at")).filter(began__lte=began_by)
    known = RescheduledBooking.objects.filter(rescheduling=rescheduling)
    unnoted = holders.exclude(pk__in=known.values("booking"))
    rows = [RescheduledBooking(rescheduling=rescheduling, booking=booking) for booking in unnoted.only("pk")]
    RescheduledBooking.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def note_places(rescheduling: Rescheduling, move: PlanMove) -> None:
    """Whose places are elsewhere now, and whose tickets have none any more."""
    rows: dict[int, RescheduledBooking] = {}
    changed = [*move.rehoused, *(place.pk for place in move.unseated)]
    unseated = {place.pk for place in move.unseated}
    tickets = Ticket.objects.filter(
        event_session=rescheduling.event_session_id, status__in=Ticket.STANDING, place__in=changed
    )
    by_booking: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for booking_id, ticket_id, place_id in tickets.values_list("booking", "pk", "place"):
        by_booking[booking_id].append((ticket_id, place_id))
    for row in RescheduledBooking.objects.filter(rescheduling=rescheduling, booking__in=by_booking):
        mine = by_booking[row.booking_id]
        row.unseated = [ticket_id for ticket_id, place_id in mine if place_id in unseated]
        row.rehoused = {str(ticket): move.rehoused[place] for ticket, place in mine if place in move.rehoused}
        rows[row.pk] = row
    RescheduledBooking.objects.bulk_update(rows.values(), ["unseated", "rehoused"], batch_size=500)


def retire_places(event_session_id: int, *, actor_id: int | None, now: datetime) -> int:
    """Places that nobody has any more and that are not on the session's plan leave the sale; how many."""
    off_plan = Place.objects.filter(event_session=event_session_id).exclude(section__plan=F("event_session__plan"))
    free = list(off_plan.free(now).values_list("pk", flat=True))
    if not free:
        return 0
    # Looked at again under their locks: the session may just have moved to where they are on its plan.
    place_ids = list(off_plan.filter(pk__in=lock_free_places(free, now)).values_list("pk", flat=True))
    if place_ids:
        block_free_places(place_ids=place_ids, now=now)
        event_session = EventSession.objects.select_related("plan").get(pk=event_session_id)
        reason = f"{event_session.plan.name} (v{event_session.plan.version})"
        keep_from_sale(event_session, place_ids, kind=Block.Kind.GONE, reason=reason, actor_id=actor_id, now=now)
    return len(place_ids)
