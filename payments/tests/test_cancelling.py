"""Tickets back against money, in whole and in part, by staff under four eyes."""

from decimal import Decimal
from functools import partial

import pytest
from djmoney.money import Money

from bookings.errors import BookingStateError, TicketUsedError
from bookings.models import Booking, Place, Ticket
from payments.errors import (
    KeptTooMuchError,
    NothingToRefundError,
    RefundStateError,
    RefundTooLargeError,
    SamePersonError,
)
from payments.gateways.base import RefundState
from payments.invariants import find_breaches
from payments.models import Account, LedgerEntry, LedgerIsFinalError, Payment, Refund
from payments.services.cancelling import cancel_booking, cancel_tickets, refund_amount
from payments.services.refunds import approve_refund, reject_refund, settle_refund
from tests.booking import go_to_payment, hold, pay
from tests.concurrency import run_together
from tests.factories import NOON, get_place, make_confirmed_booking, make_event_session, make_user
from ticketing.outbox.models import Message

GIVEN = RefundState(provider_id="re_1", status="succeeded")


@pytest.fixture
def booking():
    """Two seats at 45.00 each, paid with 90.00."""
    return pay(go_to_payment(hold(make_event_session("A1 A2"), "A1 A2"))).booking


@pytest.fixture
def staff():
    return make_user("fiona")


def ticket_at(booking, seat):
    return booking.tickets.get(place=get_place(booking.items.first().event_session, seat))


def balance(booking, account):
    return sum(booking.ledger.filter(account=account).values_list("amount", flat=True))


@pytest.mark.django_db
def test_one_ticket_goes_and_the_other_stays(booking):
    gone, kept = ticket_at(booking, "A1"), ticket_at(booking, "A2")

    cancel_tickets(booking_id=booking.pk, ticket_ids=[gone.pk], now=NOON)
    cancel_tickets(booking_id=booking.pk, ticket_ids=[gone.pk], now=NOON)

    gone.refresh_from_db()
    kept.refresh_from_db()
    booking.refresh_from_db()
    assert (gone.status, kept.status) == (Ticket.Status.VOID, Ticket.Status.VALID)
    assert booking.is_confirmed
    assert gone.place.state == Place.State.FREE
    assert Refund.objects.get().amount == Money("45.00", "EUR")
    assert list(Message.objects.filter(topic="bookings.tickets_cancelled").values_list("payload", flat=True)) == [
        {"booking_id": booking.pk, "ticket_ids": [gone.pk], "actor_id": None}
    ]
    assert not list(find_breaches())


@pytest.mark.django_db
def test_the_last_ticket_closes_the_booking(booking):
    for seat in ("A1", "A2"):
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket_at(booking, seat).pk], now=NOON)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CANCELLED
    assert [refund.amount.amount for refund in Refund.objects.all()] == [45, 45]
    with pytest.raises(BookingStateError):
        cancel_tickets(booking_id=booking.pk, ticket_ids=[], now=NOON)
    assert not list(find_breaches())


@pytest.mark.django_db
def test_what_the_policy_keeps_is_not_given_back(booking):
    cancel_booking(booking_id=booking.pk, kept=Decimal("12.50"), now=NOON)

    assert Refund.objects.get().amount == Money("77.50", "EUR")
    assert balance(booking, Account.KEPT) == Decimal("-12.50")
    assert balance(booking, Account.TICKETS) == 0
    assert not list(find_breaches())


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["90.01", "-0.01"])
def test_more_than_the_tickets_cost_cannot_be_kept(booking, kept):
    with pytest.raises(KeptTooMuchError):
        cancel_booking(booking_id=booking.pk, kept=Decimal(kept), now=NOON)

    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 2
    assert not Refund.objects.exists()


@pytest.mark.django_db
def test_a_used_ticket_cannot_be_cancelled_and_names_its_seat(booking):
    Ticket.objects.filter(pk=ticket_at(booking, "A1").pk).update(checked_in_at=NOON)

    with pytest.raises(TicketUsedError, match="seat 1"):
        cancel_booking(booking_id=booking.pk, now=NOON)

    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 2
    assert not Refund.objects.exists()


@pytest.mark.django_db
def test_goodwill_leaves_every_ticket_valid_and_is_given_once(booking, staff):
    give = partial(refund_amount, booking_id=booking.pk, key="form-1", note="Rain", now=NOON, actor=staff)

    give(amount=Decimal(20))
    give(amount=Decimal(20))

    refund = Refund.objects.get()
    assert (refund.amount.amount, refund.note, refund.requested_by) == (20, "Rain", staff)
    assert booking.tickets.filter(status=Ticket.Status.VALID).count() == 2
    assert balance(booking, Account.GOODWILL) == 20
    assert not list(find_breaches())


@pytest.mark.django_db
def test_goodwill_given_before_is_not_given_again_when_the_booking_is_cancelled(booking, staff):
    refund_amount(booking_id=booking.pk, amount=Decimal(20), key="1", note="", now=NOON, actor=staff)

    cancel_booking(booking_id=booking.pk, now=NOON)

    assert sorted(refund.amount.amount for refund in Refund.objects.all()) == [20, 70]
    assert balance(booking, Account.GOODWILL) == 0
    assert not list(find_breaches())


@pytest.mark.django_db
def test_goodwill_that_nobody_approved_yet_is_not_taken_for_given_when_the_booking_is_cancelled(
    booking, staff, settings
):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)
    [goodwill] = refund_amount(booking_id=booking.pk, amount=Decimal(60), key="1", note="", now=NOON, actor=staff)

    cancel_booking(booking_id=booking.pk, now=NOON)

    goodwill.refresh_from_db()
    assert goodwill.status == Refund.Status.REJECTED
    assert Refund.objects.get(status=Refund.Status.PENDING).amount.amount == 90
    assert balance(booking, Account.GOODWILL) == 0
    assert not list(find_breaches())


@pytest.mark.django_db
def test_no_more_is_given_than_came_in(booking, staff):
    give = partial(refund_amount, booking_id=booking.pk, note="", now=NOON, actor=staff)

    with pytest.raises(RefundTooLargeError, match="90"):
        give(amount=Decimal("90.01"), key="1")
    with pytest.raises(NothingToRefundError):
        give(amount=Decimal(0), key="2")
    give(amount=Decimal(90), key="3")
    with pytest.raises(NothingToRefundError):
        give(amount=Decimal(1), key="4")

    assert Refund.objects.count() == 1


@pytest.mark.django_db
def test_a_payment_is_refunded_only_when_all_of_it_is_given(booking):
    payment = booking.payments.get()
    for seat, status in (("A1", Payment.Status.PAID), ("A2", Payment.Status.REFUNDED)):
        cancel_tickets(booking_id=booking.pk, ticket_ids=[ticket_at(booking, seat).pk], now=NOON)
        settle_refund(refund_id=Refund.objects.latest("pk").pk, state=GIVEN, now=NOON)
        payment.refresh_from_db()
        assert payment.status == status
    assert not list(find_breaches())


@pytest.mark.django_db
def test_above_the_limit_a_second_person_decides(booking, staff, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)
    cancel_booking(booking_id=booking.pk, now=NOON, actor=staff)
    refund = Refund.objects.get()
    assert refund.status == Refund.Status.AWAITING_APPROVAL
    assert not Message.objects.filter(topic="payments.refund_requested").exists()
    assert not list(find_breaches())

    with pytest.raises(SamePersonError):
        approve_refund(refund_id=refund.pk, actor=staff)
    other = make_user("olga")
    approve_refund(refund_id=refund.pk, actor=other)

    refund.refresh_from_db()
    assert (refund.status, refund.approved_by) == (Refund.Status.PENDING, other)
    assert Message.objects.filter(topic="payments.refund_requested").count() == 1
    with pytest.raises(RefundStateError):
        reject_refund(refund_id=refund.pk, actor=other, now=NOON)


@pytest.mark.django_db
def test_many_small_sums_by_one_person_are_one_large_one(booking, staff, settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)
    for each, actor in enumerate((staff, staff, make_user("olga"))):
        refund_amount(booking_id=booking.pk, amount=Decimal(30), key=str(each), note="", now=NOON, actor=actor)

    states = list(Refund.objects.order_by("pk").values_list("status", flat=True))
    assert states == [Refund.Status.PENDING, Refund.Status.AWAITING_APPROVAL, Refund.Status.PENDING]
    assert not list(find_breaches())


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["cancel", "goodwill"])
def test_a_rejected_refund_is_not_given_and_the_books_still_add_up(booking, staff, settings, way):
    settings.REFUND_APPROVAL_LIMIT = Decimal(50)
    if way == "cancel":
        cancel_booking(booking_id=booking.pk, now=NOON, actor=staff)
    else:
        refund_amount(booking_id=booking.pk, amount=Decimal(60), key="1", note="", now=NOON, actor=staff)

    reject_refund(refund_id=Refund.objects.get().pk, actor=make_user("olga"), now=NOON)

    assert Refund.objects.get().status == Refund.Status.REJECTED
    assert not Message.objects.filter(topic="payments.refund_requested").exists()
    assert not list(find_breaches())


@pytest.mark.django_db
def test_what_the_system_gives_back_by_itself_needs_no_approval(settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(1)
    basket = hold(make_event_session("A1"), "A1")
    first, second = go_to_payment(basket), go_to_payment(basket)
    pay(first)
    pay(second)

    assert Refund.objects.get().status == Refund.Status.PENDING


@pytest.mark.django_db
def test_the_ledger_is_never_changed(booking):
    entry = LedgerEntry.objects.first()
    for change in (entry.save, entry.delete, LedgerEntry.objects.all().delete):
        with pytest.raises(LedgerIsFinalError):
            change()
    with pytest.raises(LedgerIsFinalError):
        LedgerEntry.objects.update(amount=0)
    assert not list(find_breaches())


@pytest.mark.django_db(transaction=True)
def test_of_six_cancellations_of_one_ticket_one_refund_comes():
    booking = make_confirmed_booking(make_event_session("A1 A2"), "A1 A2")
    ticket = booking.tickets.first()

    run_together(*(partial(cancel_tickets, booking_id=booking.pk, ticket_ids=[ticket.pk], now=NOON) for _ in range(6)))

    assert Refund.objects.get().amount == ticket.item.price + ticket.item.fee


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_give_everything_back_one_does(django_user_model):
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    whole = booking.payments.get().amount.amount
    staff = make_user("fiona")

    run_together(
        *(
            partial(refund_amount, booking_id=booking.pk, amount=whole, key=str(each), note="", now=NOON, actor=staff)
            for each in range(6)
        )
    )

    assert Refund.objects.get().amount.amount == whole


@pytest.mark.django_db(transaction=True)
def test_of_six_decisions_on_a_refund_one_counts(settings):
    settings.REFUND_APPROVAL_LIMIT = Decimal(1)
    booking = make_confirmed_booking(make_event_session("A1"), "A1")
    cancel_booking(booking_id=booking.pk, now=NOON, actor=make_user("fiona"))
    refund, olga = Refund.objects.get(), make_user("olga")

    results = run_together(
        *(partial(approve_refund, refund_id=refund.pk, actor=olga) for _ in range(3)),
        *(partial(reject_refund, refund_id=refund.pk, actor=olga, now=NOON) for _ in range(3)),
    )

    assert sum(isinstance(result, RefundStateError) for result in results) == 5
    assert Message.objects.filter(topic="payments.refund_requested").count() <= 1
