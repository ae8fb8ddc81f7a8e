"""What becomes of credit when it pays for tickets: all of them, or a part beside a card."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from djmoney.money import Money

from bookings.errors import HoldLapsedError
from bookings.models import Booking, Ticket
from bookings.services.lifecycle import expire_booking, start_checkout
from payments.credit import quote_credit
from payments.errors import (
    CreditChangedError,
    GatewayUnavailableError,
)
from payments.invariants import find_breaches
from payments.methods import Method
from payments.models import CREDIT, Payment, Refund, Voucher
from payments.services.checkout import pay_with_credit, start_payment
from payments.services.credit import return_stranded_credit
from payments.services.outcome import apply_state
from payments.services.settling import settle_unpaid_bookings
from tests.booking import CONTACT, hold, paid, pay
from tests.concurrency import run_together
from tests.customer import hear_from, run_out_of_time
from tests.factories import NOON, get_place, make_event_session
from tests.vouchers import CARD, balance_of, check_out, fail, keep_credit, make_voucher, open_attempt, use

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=40)


def test_credit_that_covers_everything_becomes_tickets_at_once():
    voucher, booking = make_voucher("45.00"), check_out(price="30.00")

    pay_with_credit(booking_id=booking.pk, credit=use(voucher, "30.00"), now=NOON)

    payment = booking.payments.get()
    assert (payment.gateway, payment.method, payment.status) == (CREDIT, Method.CREDIT, Payment.Status.PAID)
    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 15
    assert not list(find_breaches())


def test_a_sum_that_is_not_the_bookings_changes_nothing():
    voucher, booking = make_voucher("45.00"), check_out(price="30.00")

    for amount in ("29.00", "45.01"):
        with pytest.raises(CreditChangedError):
            pay_with_credit(booking_id=booking.pk, credit=use(voucher, amount), now=NOON)
    with pytest.raises(HoldLapsedError):
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "30.00"), now=LATER)

    assert not booking.payments.exists()
    assert balance_of(voucher) == 45


def test_a_voucher_whose_time_ran_out_on_the_page_pays_nothing():
    voucher, booking = make_voucher("45.00"), check_out(price="30.00")
    Voucher.objects.update(expires_at=NOON)

    with pytest.raises(CreditChangedError):
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "30.00"), now=NOON)

    assert balance_of(voucher) == 45


def test_a_part_is_kept_for_the_attempt_and_spent_with_it():
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    assert payment.amount == Money(25, "EUR")
    assert balance_of(voucher) == 0
    assert not list(find_breaches())

    pay(payment)
    pay(payment)

    assert {each.status for each in booking.payments.all()} == {Payment.Status.PAID}
    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 0
    assert not list(find_breaches())


def test_pressing_twice_keeps_it_once():
    voucher, booking = make_voucher("20.00"), check_out()

    first = open_attempt(booking, use(voucher, "20.00"))
    Payment.objects.filter(pk=first.pk).update(page_url="https://pay.example/1")
    second = open_attempt(booking, use(voucher, "20.00"))

    assert first == second
    assert Payment.objects.filter(gateway=CREDIT).count() == 1


@pytest.mark.parametrize("failure", ["abandoned", "declined", "expired"])
def test_an_attempt_that_fails_gives_it_back_and_the_basket_too(failure):
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))

    fail(payment, failure)
    fail(payment, failure)

    assert balance_of(voucher) == 20
    booking.refresh_from_db()
    assert booking.status == Booking.Status.HELD
    assert not list(find_breaches())


def test_choosing_again_moves_what_was_kept_to_the_new_attempt():
    voucher, booking = make_voucher("20.00"), check_out()
    first = open_attempt(booking, use(voucher, "20.00"))
    assert quote_credit(Voucher.objects.get(), booking, Money(45, "EUR"), NOON).amount == Money(20, "EUR")

    second = open_attempt(booking, use(voucher, "15.00"))

    assert first != second
    assert balance_of(voucher) == 5
    assert pay(first).status == Payment.Status.PAID, "the page before was quicker, and its credit is there again"
    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 0
    assert not list(find_breaches())


def test_late_money_takes_its_credit_again_while_it_is_there():
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    fail(payment, "expired")
    expire_booking(booking_id=booking.pk, now=LATER)

    pay(payment, now=LATER)

    assert booking.tickets.count() == 1
    assert balance_of(voucher) == 0
    assert not list(find_breaches())


def test_late_money_whose_credit_was_spent_elsewhere_goes_back_whole():
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    fail(payment, "expired")
    expire_booking(booking_id=booking.pk, now=LATER)
    other = check_out(price="20.00", now=LATER)
    pay_with_credit(booking_id=other.pk, credit=use(voucher, "20.00"), now=LATER)

    pay(payment, now=LATER)

    assert not booking.tickets.exists()
    refund = Refund.objects.get(payment=payment)
    assert (refund.amount, refund.reason) == (payment.amount, Refund.Reason.LATE)
    assert other.tickets.count() == 1
    assert not list(find_breaches())


def test_money_for_a_booking_that_is_paid_already_goes_back_with_its_credit():
    voucher, booking = make_voucher("20.00"), check_out()
    first, second = open_attempt(booking, None), open_attempt(booking, use(voucher, "20.00"))
    pay(first)

    pay(second)

    assert Refund.objects.get(payment=second).reason == Refund.Reason.DUPLICATE
    assert balance_of(voucher) == 20
    assert not list(find_breaches())


def test_credit_of_an_attempt_that_never_answers_is_free_again_when_the_booking_ends():
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))
    assert return_stranded_credit() == 0

    expire_booking(booking_id=booking.pk, now=LATER)
    assert return_stranded_credit() == 1
    assert return_stranded_credit() == 0

    assert balance_of(voucher) == 20
    pay(payment, now=LATER)
    assert balance_of(voucher) == 0
    assert booking.tickets.count() == 1
    assert not list(find_breaches())


def test_the_attempt_over_real_http_pays_the_rest_only(provider, client):
    now = timezone.now()
    voucher, booking = make_voucher("20.00", now=now), check_out(now=now)

    payment = start_payment(booking_id=booking.pk, offer=CARD, credit=use(voucher, "20.00"), now=now)

    assert provider.gateway.get_payment(payment.provider_id).amount == Money(25, "EUR")
    provider.pay(payment.provider_id)
    hear_from(provider, payment)
    assert booking.tickets.count() == 1
    assert not list(find_breaches())


def test_when_the_time_is_up_the_page_is_closed_and_credit_comes_back_with_it(provider):
    now = timezone.now()
    voucher, booking = make_voucher("20.00", now=now), check_out(now=now)
    start_payment(booking_id=booking.pk, offer=CARD, credit=use(voucher, "20.00"), now=now)
    run_out_of_time(booking)

    settle_unpaid_bookings(now=timezone.now())

    booking.refresh_from_db()
    assert booking.status == Booking.Status.EXPIRED
    assert {each.status for each in booking.payments.all()} == {Payment.Status.FAILED}
    assert balance_of(voucher) == 20
    assert not list(find_breaches())


def test_a_page_that_cannot_be_closed_keeps_no_credit_when_the_places_go(provider, settings):
    now = timezone.now()
    voucher, booking = make_voucher("20.00", now=now), check_out(now=now)
    start_payment(booking_id=booking.pk, offer=CARD, credit=use(voucher, "20.00"), now=now)
    provider.set(unavailable=True)
    run_out_of_time(booking, ago=settings.RELEASE_GRACE + timedelta(seconds=1))

    settle_unpaid_bookings(now=timezone.now())
    assert not list(find_breaches())
    return_stranded_credit()

    assert balance_of(voucher) == 20
    assert not list(find_breaches())


def test_while_the_provider_is_away_nothing_is_kept(provider):
    provider.set(unavailable=True)
    voucher, booking = make_voucher("20.00"), check_out()

    with pytest.raises(GatewayUnavailableError):
        start_payment(booking_id=booking.pk, offer=CARD, credit=use(voucher, "20.00"), now=NOON)

    assert balance_of(voucher) == 20
    assert not list(find_breaches())


@pytest.mark.django_db(transaction=True)
def test_of_six_bookings_that_spend_one_voucher_at_once_it_pays_for_one():
    voucher = make_voucher("45.00")
    event_session = make_event_session("A1 A2 A3 A4 A5 A6")
    bookings = [hold(event_session, f"A{number}") for number in range(1, 7)]
    for booking in bookings:
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)
    spend = [partial(pay_with_credit, booking_id=each.pk, credit=use(voucher, "45.00"), now=NOON) for each in bookings]

    results = run_together(*spend)

    assert sum(isinstance(result, Booking) for result in results) == 1
    assert sum(isinstance(result, CreditChangedError) for result in results) == 5
    assert Ticket.objects.filter(status=Ticket.Status.VALID).count() == 1
    assert balance_of(voucher) == 0


@pytest.mark.django_db(transaction=True)
def test_of_six_attempts_that_keep_a_part_of_one_voucher_two_fit():
    voucher = make_voucher("45.00")
    event_session = make_event_session("A1 A2 A3 A4 A5 A6")
    bookings = [hold(event_session, f"A{number}") for number in range(1, 7)]
    for booking in bookings:
        start_checkout(booking_id=booking.pk, contact=CONTACT, buyer=None, now=NOON)

    results = run_together(*(partial(keep_credit, each, use(voucher, "20.00"), NOON) for each in bookings))

    assert sum(isinstance(result, Payment) for result in results) == 2
    assert balance_of(voucher) == 5


def test_a_place_that_a_lapsed_hold_lost_is_not_paid_with_credit():
    voucher, booking = make_voucher(), check_out()
    event_session = booking.items.get().event_session
    hold(event_session, "A1", now=LATER)

    with pytest.raises(HoldLapsedError):
        pay_with_credit(booking_id=booking.pk, credit=use(voucher, "45.00"), now=LATER)

    assert balance_of(voucher) == 45
    assert get_place(event_session, "A1").booking != booking


def test_the_rest_is_what_the_provider_has_to_bring():
    voucher, booking = make_voucher("20.00"), check_out()
    payment = open_attempt(booking, use(voucher, "20.00"))

    apply_state(payment_id=payment.pk, state=paid(payment, amount=Money(45, "EUR")), now=NOON)

    payment.refresh_from_db()
    assert payment.failure == Payment.Failure.MISMATCH
    assert not booking.tickets.exists()
