"""What moving a date would do, how far telling people has got, and what a customer may give back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils.functional import cached_property
from djmoney.money import Money

from bookings.models import Booking, BookingItem, Place, RescheduledBooking, Rescheduling, Ticket
from bookings.selectors import list_items
from bookings.services.plan_matching import PlanMove
from bookings.services.rescheduling import NewDate, look_at_date
from events.models import EventSession
from payments.call_offs import CallOffPlan, plan_call_off
from payments.models import Refund
from payments.progress import BatchProgress
from payments.selectors import repayable
from payments.services.rescheduling import refund_key
from ticketing.money import add_up

# Enough to look at; the number says how many there are.
MOST_LISTED = 50


@dataclass(frozen=True)
class Return:
    """The tickets of a moved session that their owner may give back, and the sum for those that are chosen."""

    booking: Booking
    items: list[BookingItem]
    left: Decimal
    chosen: frozenset[int]

    def choose(self, ticket_ids: Iterable[int]) -> "Return":
        return replace(self, chosen=frozenset(ticket_ids) & {item.ticket.pk for item in self.items})

    @property
    def chosen_items(self) -> list[BookingItem]:
        return [item for item in self.items if item.ticket.pk in self.chosen]

    @property
    def tickets(self) -> list[Ticket]:
        return [item.ticket for item in self.chosen_items]

    @property
    def fees(self) -> Money:
        return add_up((item.fee for item in self.chosen_items), self.booking.currency)

    @property
    def worth(self) -> Money:
        return add_up((item.price for item in self.chosen_items), self.booking.currency) + self.fees

    @property
    def back(self) -> Money:
        """With fees; goodwill is not given twice."""
        return Money(min(self.worth.amount, self.left), self.booking.currency)

    @property
    def given_before(self) -> Money:
        return self.worth - self.back


def plan_return(row: RescheduledBooking, booking: Booking) -> Return:
    """Everything that may go back is chosen: tickets that are valid, unused and still with who booked."""
    items = [item for item in list_items(booking) if may_be_returned(item, row.rescheduling.event_session_id)]
    return Return(
        booking=booking,
        items=items,
        left=repayable(booking.pk),
        chosen=frozenset(item.ticket.pk for item in items),
    )


def may_be_returned(item: BookingItem, event_session_id: int) -> bool:
    ticket: Ticket | None = getattr(item, "ticket", None)
    if ticket is None or ticket.event_session_id != event_session_id:
        return False
    is_theirs = ticket.status == Ticket.Status.VALID and ticket.transfer_id is None
    return is_theirs and ticket.checked_in_at is None


def list_moved_items(row: RescheduledBooking) -> list[BookingItem]:
    """The booking's places in the moved session, each with `was`: the place that its ticket was for before."""
    items = [item for item in list_items(row.booking) if item.event_session_id == row.rescheduling.event_session_id]
    found = [item for item in items if hasattr(item, "ticket")]
    for item in found:
        item.was = row.rehoused.get(str(item.ticket.pk), "")  # type: ignore[attr-defined]
    return found


@dataclass(frozen=True)
class Leftover:
    """A booking whose place is not on the new plan, and where it would be instead; empty when there is none."""

    booking: Booking
    was: str
    becomes: str


@dataclass(frozen=True)
class ReschedulingPlan:
    """The dry run. `stakes` says what everybody together could ask back."""

    stakes: CallOffPlan
    move: PlanMove | None
    rehoused: list[Leftover]
    unseated: list[Leftover]
    transferred: int
    unseated_worth: Money

    @property
    def rehoused_count(self) -> int:
        return len(self.move.rehoused) if self.move else 0

    @property
    def unseated_count(self) -> int:
        return len(self.move.unseated) if self.move else 0

    @property
    def is_possible(self) -> bool:
        return self.move is None or self.move.is_possible


def plan_rescheduling(event_session: EventSession, date: NewDate, now: datetime) -> ReschedulingPlan:
    """What `reschedule` would do now. Raises NotPublishedError, NothingMovedError, DateOverError."""
    move = look_at_date(event_session, date, now)
    unseated = [place.pk for place in move.unseated] if move else []
    standing = Ticket.objects.filter(event_session=event_session, status__in=Ticket.STANDING)
    sums = BookingItem.objects.filter(ticket__in=standing.filter(place__in=unseated)).aggregate(
        price=Sum("price"), fee=Sum("fee")
    )
    worth = (sums["price"] or Decimal(0)) + (sums["fee"] or Decimal(0))
    return ReschedulingPlan(
        stakes=plan_call_off([event_session]),
        move=move,
        rehoused=list_leftovers(standing, move, list(move.rehoused)) if move else [],
        unseated=list_leftovers(standing, move, unseated) if move else [],
        transferred=standing.exclude(transfer=None).count(),
        unseated_worth=Money(worth, event_session.event.currency),
    )


def list_leftovers(standing: QuerySet[Ticket], move: PlanMove, place_ids: list[int]) -> list[Leftover]:
    """The first of those that were sold, in the order of their bookings."""
    tickets = standing.filter(place__in=place_ids).order_by("booking", "pk")
    found = tickets.select_related("booking", "place__section", "place__seat")[:MOST_LISTED]
    kept = {place.pk: place for place in move.kept if place.pk in move.rehoused}
    return [
        Leftover(ticket.booking, was=ticket.place.label, becomes=label_of(kept.get(ticket.place_id)))
        for ticket in found
    ]


def label_of(place: Place | None) -> str:
    """Where it stands after the match, which changed it in memory alone."""
    return Place(section_id=place.section_id, seat_id=place.seat_id).label if place else ""


class ReschedulingProgress(BatchProgress[Rescheduling]):
    """How far telling people has got, and what they answered."""

    row_model = RescheduledBooking
    link = "rescheduling"

    @property
    def mail_prefix(self) -> str:
        return mail_key(self.job.pk)

    @property
    def to_be_told(self) -> QuerySet[RescheduledBooking]:
        return self.rows.exclude(booking__status=Booking.Status.CANCELLED)

    @cached_property
    def answers(self) -> dict[str, int]:
        return dict(self.rows.order_by().values_list("answer").annotate(count=Count("pk")))

    @property
    def kept(self) -> int:
        return self.answers.get(RescheduledBooking.Answer.KEPT, 0)

    @property
    def returned(self) -> int:
        return self.answers.get(RescheduledBooking.Answer.REFUNDED, 0)

    @cached_property
    def exchanged(self) -> int:
        """Whose tickets of this session became others since."""
        mine = self.rows.filter(
            booking__changes__confirmed_at__gte=self.job.started_at,
            booking__changes__gives_up__event_session=self.job.event_session_id,
        )
        return mine.values("pk").distinct().count()

    @property
    def silent(self) -> int:
        return self.total - self.kept - self.returned

    @cached_property
    def refunded(self) -> list[Money]:
        mine = Refund.objects.filter(key__istartswith=refund_key(self.job.pk)).order_by()
        sums = mine.values_list("amount_currency").annotate(sum=Sum("amount"))
        return [Money(amount, currency) for currency, amount in sums]


def mail_key(rescheduling_id: int) -> str:
    """What the keys of its mails begin with."""
    return f"date_moved:{rescheduling_id}:"
