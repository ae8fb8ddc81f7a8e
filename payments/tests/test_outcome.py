from datetime import timedelta

import pytest
from djmoney.money import Money

from bookings.errors import BookingStateError
from bookings.models import Booking, Place, Ticket
from bookings.services.holds import remove_item
from bookings.services.lifecycle import expire_booking
from payments.gateways.base import PaymentState, RefundState
from payments.invariants import find_breaches
from payments.models import Payment, Refund
from payments.services.cancelling import cancel_booking
from payments.services.outcome import apply_state
from payments.services.refunds import retry_refund, settle_refund
from tests.booking import go_to_payment, hold, paid, pay
from tests.factories import NOON, get_place, make_event_session
from ticketing.outbox.models import Message

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=40)


def failed(payment: Payment, failure: str = "declined", **facts: object) -> PaymentState:
    return PaymentState(
        provider_id=payment.provider_id, status="failed", failure=failure, amount=payment.amount, **facts
    )


def topics() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("topic", flat=True))


def test_money_becomes_tickets_and_a_repeat_changes_nothing():
    payment = go_to_payment(hold(make_event_session("A1 A2"), "A1 A2"))

    pay(payment)
    pay(payment)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PAID
    assert payment.booking.is_confirmed
    assert Ticket.objects.count() == 2
    assert topics() == ["bookings.confirmed"]
    assert not list(find_breaches())


def test_a_failure_after_the_money_changes_nothing():
    payment = pay(go_to_payment(hold(make_event_session("A1"), "A1")))

    apply_state(payment_id=payment.pk, state=failed(payment), now=NOON)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PAID
    assert payment.booking.is_confirmed


def test_another_sum_never_confirms_and_staff_are_told(caplog):
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))

    for amount in (Money("44.99", "EUR"), Money("45.00", "USD")):
        apply_state(payment_id=payment.pk, state=paid(payment, amount=amount), now=NOON)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING
    assert payment.failure == Payment.Failure.MISMATCH
    assert not Ticket.objects.exists()
    assert "differs" in caplog.text


def test_a_decline_on_an_open_page_leaves_the_attempt_open():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))

    apply_state(payment_id=payment.pk, state=failed(payment, can_still_be_paid=True), now=NOON)
    payment.refresh_from_db()
    assert (payment.status, payment.failure) == (Payment.Status.PENDING, Payment.Failure.DECLINED)

    assert pay(payment).status == Payment.Status.PAID


def test_a_final_failure_gives_the_basket_back():
    event_session = make_event_session("A1")
    payment = go_to_payment(hold(event_session, "A1"))

    apply_state(payment_id=payment.pk, state=failed(payment, "abandoned"), now=NOON)

    payment.refresh_from_db()
    assert payment.booking.status == Booking.Status.HELD
    assert get_place(event_session, "A1").booking == payment.booking


def test_money_after_the_lapse_with_free_places_still_becomes_tickets():
    payment = go_to_payment(hold(make_event_session("A1"), "A1"))
    expire_booking(booking_id=payment.booking_id, now=LATER)

    pay(payment, now=LATER)

    assert Ticket.objects.count() == 1


def test_money_after_the_places_went_is_refunded_in_full():
    event_session = make_event_session("A1")
    payment = go_to_payment(hold(event_session, "A1"))
    pay(go_to_payment(hold(event_session, "A1", now=LATER), now=LATER), now=LATER)

    pay(payment, now=LATER)
    pay(payment, now=LATER)

    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (payment.amount, Refund.Reason.LATE)
    assert Booking.objects.get(pk=payment.booking_id).status == Booking.Status.EXPIRED
    assert topics().count("payments.refund_requested") == 1
    assert Message.objects.get(topic="bookings.resolved_late").payload["outcome"] == "refunded"
    assert not list(find_breaches())


def test_paying_twice_refunds_the_second_and_keeps_the_tickets():
    booking = hold(make_event_session("A1"), "A1")
    first, second = go_to_payment(booking), go_to_payment(booking)

    pay(first)
    pay(second)

    assert Refund.objects.get().payment == second
    assert Ticket.objects.filter(status=Ticket.Status.VALID).count() == 1
    assert not list(find_breaches())


def test_money_for_a_basket_that_changed_meanwhile_buys_nothing_and_goes_back():
    booking = hold(make_event_session("A1 A2"), "A1 A2")
    payment = go_to_payment(booking)
    apply_state(payment_id=payment.pk, state=failed(payment, "abandoned"), now=NOON)
    remove_item(booking_id=booking.pk, item_id=booking.items.first().pk, now=NOON)

    pay(payment)

    assert Refund.objects.get().payment == payment
    assert not Ticket.objects.exists()
    assert not list(find_breaches())


def test_cancelling_a_paid_booking_gives_everything_back_once():
    event_session = make_event_session("A1")
    payment = pay(go_to_payment(hold(event_session, "A1")))

    cancel_booking(booking_id=payment.booking_id, now=NOON)
    with pytest.raises(BookingStateError):
        cancel_booking(booking_id=payment.booking_id, now=NOON)

    assert Refund.objects.get().amount == payment.amount
    assert get_place(event_session, "A1").state == Place.State.FREE
    assert not list(find_breaches())


def test_a_settled_refund_never_changes_again_and_a_failed_one_can_be_sent_again():
    payment = pay(go_to_payment(hold(make_event_session("A1"), "A1")))
    cancel_booking(booking_id=payment.booking_id, now=NOON)
    refund = Refund.objects.get()
    bad = RefundState(provider_id="re_1", status="failed", error="balance too small")
    good = RefundState(provider_id="re_1", status="succeeded")

    assert settle_refund(refund_id=refund.pk, state=bad, now=NOON).error == "balance too small"
    assert retry_refund(refund_id=refund.pk).status == Refund.Status.PENDING
    assert settle_refund(refund_id=refund.pk, state=good, now=NOON).status == Refund.Status.SUCCEEDED
    assert settle_refund(refund_id=refund.pk, state=bad, now=NOON).status == Refund.Status.SUCCEEDED
    payment.refresh_from_db()
    assert payment.status == Payment.Status.REFUNDED


def test_a_breach_is_found():
    payment = pay(go_to_payment(hold(make_event_session("A1"), "A1")))
    Payment.objects.filter(pk=payment.pk).update(amount="1.00")

    assert payment.booking.reference in next(find_breaches())
