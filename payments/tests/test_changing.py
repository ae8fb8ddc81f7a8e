"""A change of tickets as its money goes: the difference is paid or given back, and the books close."""

from datetime import timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from bookings.change_errors import TicketsGoneError
from bookings.models import Booking, Place, Ticket
from bookings.services.attendees import name_attendees
from bookings.services.changing import keep_places
from bookings.services.holds import change_ticket_types
from bookings.services.lifecycle import expire_booking
from payments.models import CREDIT, Payment, Receipt, Refund, Voucher
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.checkout import pay_with_credit
from payments.services.refunds import send_refund
from tests.booking import hold, pay
from tests.changes import begin, change_now, check_out, choose, open_page, tickets_at
from tests.factories import NOON, get_place, make_confirmed_booking, make_event, make_event_session, make_user
from tests.vouchers import fail, give, make_voucher, open_attempt, use
from ticketing.outbox.models import Message
from ticketing.outbox.tasks import deliver_outbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_close")]


@pytest.fixture
def event():
    return make_event(fee_per_ticket=Decimal(2))


@pytest.fixture
def event_session(event):
    """45.00 and 2.00 a ticket."""
    return make_event_session("A1 A2 A3 A4", event=event, ticket_types={"Child": "20.00"})


@pytest.fixture
def dear(event):
    """Another date at 60.00."""
    return make_event_session("B1 B2 B3", event=event, price="60.00")


@pytest.fixture
def cheap(event):
    """Another date at 10.00."""
    return make_event_session("C1 C2 C3", event=event, price="10.00")


def seats_of(booking):
    valid = booking.tickets.filter(status=Ticket.Status.VALID).select_related("place__seat").order_by("pk")
    return " ".join(f"{ticket.place.seat.row}{ticket.place.seat.number}" for ticket in valid)


def refunds_of(booking):
    """What goes back to the customer."""
    refunds = Refund.objects.filter(payment__booking=booking).exclude(key__startswith="carry:")
    return [(refund.amount.amount, refund.reason, refund.destination) for refund in refunds.order_by("pk")]


def test_other_places_for_the_same_money_change_at_once(booking, event_session):
    change = change_now(choose(booking, "A1 A2", event_session, "A3 A4"))
    change_now(change)

    booking.refresh_from_db()
    assert (booking.status, change.status) == (Booking.Status.CANCELLED, Booking.Status.CONFIRMED)
    assert (seats_of(booking), seats_of(change)) == ("", "A3 A4")
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert get_place(event_session, "A3").booking == change
    assert [(each.gateway, each.amount.amount) for each in change.payments.all()] == [(CREDIT, Decimal(94))]
    assert refunds_of(booking) == []


def test_dearer_places_cost_the_difference(booking, dear):
    change = choose(booking, "A1", dear, "B1")

    payment = pay(open_page(change))

    change.refresh_from_db()
    booking.refresh_from_db()
    assert payment.amount == Money(15, "EUR")
    assert (booking.status, seats_of(booking), seats_of(change)) == (Booking.Status.CONFIRMED, "A2", "B1")
    assert sorted(change.payments.values_list("gateway", "amount")) == [(CREDIT, 47), ("sandbox", 15)]


def test_of_cheaper_places_the_rest_goes_back_the_way_it_was_paid(booking, cheap):
    change = change_now(choose(booking, "A1 A2", cheap, "C1 C2"))

    assert seats_of(change) == "C1 C2"
    assert refunds_of(booking) == [(Decimal(70), Refund.Reason.CHANGED, Refund.Destination.ORIGINAL)]
    assert Refund.objects.get(reason=Refund.Reason.CHANGED, destination="original").gateway == "sandbox"


def test_another_ticket_type_keeps_the_places(booking, event_session):
    child = event_session.tiers.get(ticket_type__name="Child").ticket_type
    change = keep_places(booking_id=begin(booking, "A1").pk, now=NOON)
    change_ticket_types(booking_id=change.pk, ticket_types={change.items.get().pk: child.pk}, now=NOON)

    change_now(check_out(change))

    ticket = change.tickets.get()
    assert (ticket.place, ticket.item.ticket_type) == (get_place(event_session, "A1"), child)
    assert get_place(event_session, "A1").booking == change
    assert refunds_of(booking) == [(Decimal(25), Refund.Reason.CHANGED, Refund.Destination.ORIGINAL)]


def test_one_place_kept_and_one_new(booking, event_session, dear):
    change = keep_places(booking_id=begin(booking, "A1 A2").pk, now=NOON)
    change.items.get(place=get_place(event_session, "A2")).delete()

    payment = pay(open_page(check_out(hold(dear, "B1", basket=change))))

    assert payment.amount == Money(15, "EUR")
    assert seats_of(change) == "A1 B1"
    assert get_place(event_session, "A2").state == Place.State.FREE


def test_names_go_with_the_tickets(booking, event_session):
    names = {ticket.pk: name for ticket, name in zip(tickets_at(booking, "A1 A2"), ["Ann", "Ben"], strict=True)}
    name_attendees(booking_id=booking.pk, names=names, now=NOON)
    change = keep_places(booking_id=begin(booking, "A1 A2").pk, now=NOON)
    change.items.get(place=get_place(event_session, "A1")).delete()

    change_now(check_out(hold(event_session, "A3", basket=change)))

    by_seat = {ticket.place.label[-1]: ticket.attendee for ticket in change.tickets.select_related("place__seat")}
    assert by_seat == {"2": "Ben", "3": "Ann"}


def test_the_change_becomes_the_buyers_who_was_not_signed_in(event_session):
    alice = make_user("alice")
    booking = make_confirmed_booking(event_session, "A1", buyer=alice)

    change = change_now(choose(booking, "A1", event_session, "A3"))

    assert Booking.objects.get(pk=change.pk).buyer == alice


@pytest.mark.parametrize("loss", ["used", "cancelled", "passed on"])
def test_money_for_tickets_that_are_gone_goes_back_whole(booking, dear, loss):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    ticket = tickets_at(booking, "A1")[0]
    if loss == "cancelled":
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON)
    elif loss == "used":
        Ticket.objects.filter(pk=ticket.pk).update(checked_in_at=NOON)
    else:
        transfer = ticket.transfers.create(status="accepted", created_at=NOON)
        Ticket.objects.filter(pk=ticket.pk).update(transfer=transfer)

    pay(payment)

    change = payment.booking
    change.refresh_from_db()
    assert refunds_of(change) == [(Decimal(15), Refund.Reason.LATE, Refund.Destination.ORIGINAL)]
    assert (change.status, change.tickets.count()) == (Booking.Status.EXPIRED, 0)
    assert get_place(dear, "B1").state == Place.State.FREE
    assert "A2" in seats_of(booking)
    assert Message.objects.get(topic="bookings.resolved_late").payload["outcome"] == "unchanged"


def test_without_anything_to_pay_tickets_that_are_gone_change_nothing(booking, event_session):
    change = choose(booking, "A1", event_session, "A3")
    cancel_tickets(booking_id=booking.pk, ticket_ids=[tickets_at(booking, "A1")[0].pk], now=NOON)

    with pytest.raises(TicketsGoneError):
        change_now(change)

    change.refresh_from_db()
    assert change.status == Booking.Status.AWAITING_PAYMENT


def test_the_customer_is_told_that_nothing_changed(booking, dear, mailoutbox):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    Ticket.objects.filter(booking=booking).update(checked_in_at=NOON)
    pay(payment)

    deliver_outbox()

    mail = next(mail for mail in mailoutbox if "could not be changed" in mail.subject)
    assert booking.reference in mail.body


def test_a_payment_that_fails_leaves_everything_as_it_was(booking, dear):
    payment = open_page(choose(booking, "A1", dear, "B1"))

    fail(payment)
    expire_booking(booking_id=payment.booking_id, now=NOON + timedelta(hours=1))

    assert seats_of(booking) == "A1 A2"
    assert get_place(dear, "B1").state == Place.State.FREE


def test_late_money_gets_the_places_while_they_are_free(booking, dear):
    payment = open_page(choose(booking, "A1", dear, "B1"))
    later = NOON + timedelta(hours=2)
    expire_booking(booking_id=payment.booking_id, now=later)

    pay(payment, now=later)

    payment.booking.refresh_from_db()
    assert (seats_of(payment.booking), seats_of(booking)) == ("B1", "A2")


def test_late_money_without_places_goes_back_and_the_old_tickets_stay(booking, event):
    full = make_event_session("B1", event=event, price="60.00")
    payment = open_page(choose(booking, "A1", full, "B1"))
    later = NOON + timedelta(hours=2)
    expire_booking(booking_id=payment.booking_id, now=later)
    make_confirmed_booking(full, "B1", now=later)

    pay(payment, now=later)

    assert seats_of(booking) == "A1 A2"
    assert refunds_of(payment.booking) == [(Decimal(15), Refund.Reason.LATE, Refund.Destination.ORIGINAL)]


def test_goodwill_is_not_given_twice(booking, dear):
    refund_amount(booking_id=booking.pk, amount=Decimal(80), key="1", note="", now=NOON, actor=make_user("fiona"))
    change = choose(booking, "A1", dear, "B1")

    payment = pay(open_page(change))

    assert payment.amount == Money(48, "EUR")  # 62.00 less the 14.00 that are left of 94.00.


def test_what_was_given_back_meanwhile_sends_the_money_back(booking, dear):
    payment = open_page(choose(booking, "A1 A2", dear, "B1 B2"))
    refund_amount(booking_id=booking.pk, amount=Decimal(80), key="1", note="", now=NOON, actor=make_user("fiona"))

    pay(payment)

    assert seats_of(booking) == "A1 A2"
    assert refunds_of(payment.booking) == [(Decimal(30), Refund.Reason.LATE, Refund.Destination.ORIGINAL)]


def test_a_sum_smaller_than_providers_take_is_rounded_up_and_the_rest_goes_back(booking, event):
    session = make_event_session("B1", event=event, price="45.20")

    payment = pay(open_page(choose(booking, "A1", session, "B1")))

    assert payment.amount == Money(1, "EUR")
    assert refunds_of(booking) == [(Decimal("0.80"), Refund.Reason.CHANGED, Refund.Destination.ORIGINAL)]


def test_a_voucher_pays_a_part_of_the_difference(booking, dear):
    voucher = make_voucher("10.00")
    change = choose(booking, "A1", dear, "B1")

    payment = pay(open_attempt(change, use(voucher, "10.00")))

    assert payment.amount == Money(5, "EUR")
    assert sorted(change.payments.values_list("gateway", "amount")) == [(CREDIT, 10), (CREDIT, 47), ("sandbox", 5)]


def test_what_was_paid_with_a_voucher_stays_with_it(event_session, cheap):
    voucher = make_voucher("47.00")
    booking = hold(event_session, "A1")
    pay_with_credit(booking_id=check_out(booking).pk, credit=use(voucher, "47.00"), now=NOON)

    change = change_now(choose(booking, "A1", cheap, "C1"))

    assert change.payments.get().voucher == voucher
    refund = Refund.objects.get(key__startswith="change:")
    assert refund.gateway == CREDIT
    give(refund)
    voucher.refresh_from_db()
    assert voucher.balance == 35


def test_cancelling_after_a_change_pays_back_at_the_first_provider(provider, booking, event_session, cheap):
    first = booking.payments.get()
    page = provider.gateway.create_payment(
        reference=str(first.public_id),
        amount=first.amount,
        method="card",
        description="Tickets",
        return_url="http://x",
        cancel_url="http://x",
        expires_at=NOON,
    )
    provider.pay(page.provider_id)
    Payment.objects.filter(pk=first.pk).update(provider_id=page.provider_id)
    change = change_now(choose(booking, "A1 A2", event_session, "A3 A4"))
    again = change_now(choose(change, "A3", cheap, "C1"))

    cancel_booking(booking_id=again.pk, now=NOON)
    for refund_id in Refund.objects.filter(status=Refund.Status.PENDING).values_list("pk", flat=True):
        send_refund(refund_id)

    given = Refund.objects.filter(status=Refund.Status.SUCCEEDED).exclude(key__startswith="carry:")
    assert sorted((refund.amount.amount, refund.gateway) for refund in given) == [
        (Decimal(12), "sandbox"),
        (Decimal(35), "sandbox"),
    ]
    assert not Voucher.objects.filter(balance__gt=0).exists()


def test_who_cancels_for_credit_after_a_change_gets_a_code(booking, event_session, mailoutbox):
    change = change_now(choose(booking, "A1 A2", event_session, "A3 A4"))

    cancel_tickets(
        booking_id=change.pk,
        ticket_ids=[tickets_at(change, "A3")[0].pk],
        now=NOON,
        destination=Refund.Destination.CREDIT,
    )
    refund = Refund.objects.get(payment__booking=change)
    give(refund)

    voucher = Voucher.objects.get()
    assert (voucher.balance, voucher.kind) == (47, Voucher.Kind.CHANGE)
    assert voucher.expires_at is not None
    refund.refresh_from_db()
    assert refund.new_credit == voucher
    deliver_outbox()
    assert voucher.spoken_code in next(mail.body for mail in mailoutbox if "credit of" in mail.subject)


def test_papers_are_right(booking, cheap):
    change = change_now(choose(booking, "A1", cheap, "C1"))

    deliver_outbox()

    papers = Receipt.objects.filter(booking__in=[booking, change]).order_by("kind", "pk")
    assert sorted((paper.kind, paper.booking_id, paper.total.amount) for paper in papers) == sorted(
        [
            ("correction", booking.pk, Decimal(-47)),
            ("sale", booking.pk, Decimal(94)),
            ("sale", change.pk, Decimal(12)),
        ]
    )


def test_tickets_that_cost_nothing_are_changed_without_money(event):
    free = make_event_session("D1 D2", event=make_event(), price="0.00")
    booking = make_confirmed_booking(free, "D1")

    change = change_now(choose(booking, "D1", free, "D2"))

    assert seats_of(change) == "D2"


def test_what_is_gone_is_told_before_anything_is_paid(booking, dear):
    change = hold(dear, "B1", basket=begin(booking, "A1"))
    cancel_booking(booking_id=booking.pk, now=NOON)

    with pytest.raises(TicketsGoneError):
        check_out(change)
