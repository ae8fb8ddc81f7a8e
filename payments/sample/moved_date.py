"""A date that was moved after some had paid for it, and what they answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, RescheduledBooking
from bookings.sample.selling import PARTY, check_out, list_free_seats
from bookings.selectors import summarise
from bookings.services.lifecycle import Contact
from bookings.services.rescheduling import NewDate
from events.models import EventSession
from payments.credit import CreditUse
from payments.models import Voucher
from payments.services.checkout import pay_with_credit
from payments.services.gifts import GiftWish
from payments.services.giving import give_gift
from payments.services.rescheduling import deal_with_next, reschedule
from payments.services.rescheduling_answers import keep_tickets, return_tickets

Answer = RescheduledBooking.Answer
DEADLINE = timedelta(days=10)
# The house gives them vouchers, because the payment provider is not there yet while data are loaded.
GIFT = Decimal(50)
GIFT_REASON = "Helped at the open day"


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    answer: Answer
    is_member: bool = False

    @property
    def contact(self) -> Contact:
        return Contact(name=self.name, phone="", email=f"{self.name.lower()}@example.com")


CUSTOMERS = [
    Customer("Alice", Answer.NONE, is_member=True),
    Customer("Bob", Answer.KEPT, is_member=True),
    Customer("Clara", Answer.REFUNDED),
    Customer("Dario", Answer.NONE),
]


def sell_and_move(event_session: EventSession, *, moves_to: datetime, reason: str, now: datetime) -> None:
    """Sell two places to each customer, move the session, and let them answer."""
    seats = list_free_seats(event_session, PARTY * len(CUSTOMERS))
    bookings = {
        customer: buy(customer, event_session, seats[PARTY * index : PARTY * (index + 1)], now)
        for index, customer in enumerate(CUSTOMERS)
    }
    rescheduling = reschedule(
        event_session_id=event_session.pk,
        date=move_by(event_session, moves_to - event_session.starts_at),
        deadline=now + DEADLINE,
        reason=reason,
        actor=User.objects.filter(email="olga@example.com").first(),
        now=now,
    )
    while deal_with_next(rescheduling=rescheduling, now=now):
        pass
    for customer, booking in bookings.items():
        answer(customer, RescheduledBooking.objects.get(rescheduling=rescheduling, booking=booking), now)


def move_by(event_session: EventSession, later: timedelta) -> NewDate:
    return NewDate(
        starts_at=event_session.starts_at + later,
        ends_at=event_session.ends_at + later,
        doors_at=event_session.doors_at + later if event_session.doors_at else None,
        booking_closes_at=event_session.booking_closes_at + later,
        plan_id=event_session.plan_id,
    )


def buy(customer: Customer, event_session: EventSession, seats: list[int], now: datetime) -> Booking:
    buyer = User.objects.get(email=customer.contact.email) if customer.is_member else None
    booking = check_out(event_session, seats, buyer, customer.contact, now)
    use = CreditUse(voucher=give_voucher(customer, now), amount=summarise(booking).total)
    return pay_with_credit(booking_id=booking.pk, credit=use, now=now)


def give_voucher(customer: Customer, now: datetime) -> Voucher:
    wish = GiftWish(
        amount=GIFT,
        recipient_name=customer.name,
        recipient_email=customer.contact.email,
        message="Thank you for your help.",
        deliver_on=timezone.localdate(now),
    )
    gift = give_gift(wish=wish, reason=GIFT_REASON, actor=User.objects.get(email="fiona@example.com"), now=now)
    return Voucher.objects.get(gift=gift)


def answer(customer: Customer, row: RescheduledBooking, now: datetime) -> None:
    if customer.answer == Answer.KEPT:
        keep_tickets(row_id=row.pk, now=now)
    elif customer.answer == Answer.REFUNDED:
        tickets = list(row.booking.tickets.values_list("pk", flat=True))
        return_tickets(row_id=row.pk, ticket_ids=tickets, back=summarise(row.booking).total.amount, now=now)
